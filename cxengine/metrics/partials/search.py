"""Looks for customers in every file of a folder: in its bytes as they lie, and in the values they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.metrics.partials.state import INDEX

if TYPE_CHECKING:
    import pyarrow as pa

SURE = 8
"""Shorter ids occur in bytes by chance, so they are looked for as whole words of values alone."""


@attrs.frozen
class Trace:
    """Something of a customer that was found, and where."""

    customer: str
    what: str
    place: str


def traces(folder: Path, pseudonyms: Mapping[str, str], marks: Mapping[str, str]) -> Iterator[Trace]:
    """Everything that is found of customers, given by id, in a folder or in one file.

    The marks in the list of the forgotten do not count: they are there to keep the customers out.
    """
    for path in found(folder):
        data = path.read_bytes()
        if path.name == INDEX:
            data = _less_forgotten(data, marks)
        values = "\n".join(_values(path)) if path.suffix == ".parquet" else _unescaped(data)
        for customer, hidden in pseudonyms.items():
            place = path.relative_to(folder).as_posix() if path != folder else path.as_posix()
            for what, text in (("pseudonym", hidden), ("mark", marks[customer])):
                if text.encode() in data or bytes.fromhex(text) in data or text in values:
                    yield Trace(customer, what, place)
            if (len(customer.encode()) >= SURE and customer.encode() in data) or _is_word(customer, values):
                yield Trace(customer, "id", place)


def found(folder: Path) -> list[Path]:
    """All files in a folder, or the one file that it is."""
    return sorted(one for one in (folder, *folder.rglob("*")) if one.is_file())


def _unescaped(data: bytes) -> str:
    """A text, with the characters that JSON writes as numbers."""
    text = data.decode(errors="replace")
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)


def _less_forgotten(data: bytes, marks: Mapping[str, str]) -> bytes:
    """The index without the list of the forgotten."""
    import json

    content = json.loads(data)
    listed = frozenset(marks.values())
    content["forgotten"]["marks"] = [m for m in content["forgotten"]["marks"] if m not in listed]
    return json.dumps(content, ensure_ascii=False).encode()


def _is_word(word: str, text: str) -> bool:
    return word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _values(path: Path) -> Iterator[str]:
    """Every distinct text in a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.read_table(path)
    for name in table.column_names:
        column: pa.ChunkedArray = table[name]
        if pa.types.is_string(column.type):
            yield from (value for value in column.unique().to_pylist() if value is not None)
