"""Lines of JSON one by one: whatever they hold, with the reason where a line is no object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cxengine.plugin import Batch, Reject
from cxengine_standard.sources.canonical import canonical

NOT_JSON = "not JSON"
NO_OBJECT = "not a JSON object"
DEEPEST = 100
"""Levels of lists and objects in each other, at most."""
TOO_DEEP = f"nested more than {DEEPEST} levels deep"
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_BRACKET = re.compile(r"[][{}]")


def is_deep(line: str) -> bool:
    """Whether lists and objects stand in each other more than `DEEPEST` levels deep.

    What parses JSON recurses: a line of brackets would exhaust its stack and end the process.
    """
    if len(line) <= 2 * DEEPEST or line.count("[") + line.count("{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", line)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            return True
    return False


def names(lines: Sequence[str]) -> list[str]:
    """The names of all fields, in the order in which they are first found."""
    found: dict[str, None] = {}
    for line in lines:
        value = _value(line)
        if isinstance(value, dict):
            found |= dict.fromkeys(name for name, _ in _flat(value, "", frozenset()))
    return list(found)


def batch(origin: str, fields: Sequence[str], lines: Sequence[str], first: int) -> Batch:
    """The rows as text; an object in a field that elsewhere holds a value is given as it is written."""
    import pyarrow as pa

    known = frozenset(fields)
    rows: list[Mapping[str, str | None]] = []
    positions: list[int] = []
    rejects: list[Reject] = []
    for position, line in enumerate(lines, first):
        value = _value(line)
        if isinstance(value, dict):
            rows.append({name: canonical(inner) for name, inner in _flat(value, "", known)})
            positions.append(position)
        else:
            rejects.append(Reject(position, value, line))
    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in fields]
    found = pa.RecordBatch.from_arrays(columns, list(fields))
    return Batch(origin, found, pa.array(positions, pa.int64()), tuple(rejects))


def _value(line: str) -> dict[str, Any] | str:
    """The object of a line, or why it is none. NaN, which JSON does not have, stays a word."""
    if is_deep(line):
        return TOO_DEEP
    try:
        value = json.loads(line, parse_constant=str)
        if "\\u" in line:
            json.dumps(value, ensure_ascii=False).encode()  # fails where half a character was written
    except ValueError:
        return NOT_JSON
    return value if isinstance(value, dict) else NO_OBJECT


def _flat(value: Mapping[str, Any], prefix: str, known: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = prefix + key
        if isinstance(inner, dict):
            if name in known:
                yield name, inner
            yield from _flat(inner, f"{name}.", known)
        else:
            yield name, inner
