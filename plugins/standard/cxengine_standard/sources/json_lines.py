"""Reads JSON lines: one object a line; fields of nested objects are columns named `outer.inner`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, Reject
from cxengine_standard.sources.canonical import canonical
from cxengine_standard.sources.text_encoding import find_encoding, undecodable

ROWS = 1 << 15

Row = Mapping[str, str | None]


def read_json_lines(path: Path, origin: str, declared: str | None) -> Iterator[Batch]:
    """The rows of a JSON lines file as text; a line that is no object is rejected.

    The file is read twice: first for the names of all fields, as any line may bring new ones.

    Raises:
        EvidenceError: CX205-CX207, when it is not text or holds no object at all.
    """
    encoding = find_encoding(path, origin, declared)
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        names = _names(path, encoding)
        if not names:
            hint = 'Each line is an object: {"score": 9, "date": "2024-05-01"}'
            message = f"{origin} holds no JSON object."
            raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))
        yield from _batches(path, origin, encoding, names)
    except UnicodeError:
        raise undecodable(path, origin, encoding) from None


def _names(path: Path, encoding: str) -> list[str]:
    """The names of all fields, in the order in which they are first found."""
    found: dict[str, None] = {}
    for value in _values(path, encoding):
        if isinstance(value, dict):
            found |= dict.fromkeys(name for name, _ in _flat(value, ""))
    return list(found)


def _batches(path: Path, origin: str, encoding: str, names: list[str]) -> Iterator[Batch]:
    rows: list[Row] = []
    positions: list[int] = []
    rejects: list[Reject] = []
    for position, row in enumerate(_rows(path, encoding), 1):
        if isinstance(row, Reject):
            rejects.append(Reject(position, row.reason, row.text))
        else:
            rows.append(row)
            positions.append(position)
        if len(rows) + len(rejects) == ROWS:
            yield _batch(origin, names, rows, positions, rejects)
            rows, positions, rejects = [], [], []
    yield _batch(origin, names, rows, positions, rejects)


def _batch(
    origin: str, names: list[str], rows: list[Row], positions: list[int], rejects: list[Reject]
) -> Batch:
    import pyarrow as pa

    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
    batch = pa.RecordBatch.from_arrays(columns, names)
    return Batch(origin, batch, pa.array(positions, pa.int64()), tuple(rejects))


def _rows(path: Path, encoding: str) -> Iterator[Row | Reject]:
    for value in _values(path, encoding):
        if isinstance(value, Reject):
            yield value
        else:
            yield {name: canonical(inner) for name, inner in _flat(value, "")}


def _values(path: Path, encoding: str) -> Iterator[dict[str, Any] | Reject]:
    """The object of every line that is not empty."""
    with path.open(encoding=encoding) as file:
        for line in file:
            if line.strip():
                yield _value(line)


def _value(line: str) -> dict[str, Any] | Reject:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Reject(0, "not JSON", line)
    return value if isinstance(value, dict) else Reject(0, "not a JSON object", line)


def _flat(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield prefix + key, inner
