"""Reads JSON lines: one object a line; fields of nested objects are columns named `outer.inner`.

Arrow reads many lines at once. Where it cannot (a line is no object, values of a field have several types),
those lines are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch
from cxengine_standard.sources import json_rows
from cxengine_standard.sources.canonical import canonical_column
from cxengine_standard.sources.text_encoding import find_encoding, undecodable

if TYPE_CHECKING:
    import pyarrow as pa

CHARACTERS = 1 << 21
"""Read at a time."""
EXACT = 2.0**53
"""Larger whole numbers lose digits as floating-point numbers."""


def read_json_lines(path: Path, origin: str, declared: str | None) -> Iterator[Batch]:
    """The rows of a JSON lines file as text; a line that is no object is rejected.

    The file is read twice: first for the names of all fields, as any line may bring new ones.

    Raises:
        EvidenceError: CX205-CX207, when it is not text or holds no object at all.
    """
    encoding = find_encoding(path, origin, declared)
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        names, texts = _fields(path, encoding)
        if not names:
            hint = 'Each line is an object: {"score": 9, "date": "2024-05-01"}'
            message = f"{origin} holds no JSON object."
            raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint))
        first = 1
        for lines in _lines(path, encoding):
            yield _batch(origin, names, lines, first, texts)
            first += len(lines)
    except UnicodeError:
        raise undecodable(path, origin, encoding) from None


def _lines(path: Path, encoding: str) -> Iterator[list[str]]:
    """The lines that are not empty, many at a time."""
    rest, ended = "", False
    with path.open(encoding=encoding) as file:
        while not ended:
            text = file.read(CHARACTERS)
            ended = not text
            *lines, rest = (rest + text).split("\n")
            if ended:
                lines.append(rest)
            if found := [line for line in lines if line and not line.isspace()]:
                yield found


def _fields(path: Path, encoding: str) -> tuple[list[str], pa.Schema]:
    """The names of all fields, in the order in which they are first found, and those that are text."""
    import pyarrow as pa

    names: dict[str, None] = {}
    texts = pa.schema([])
    for lines in _lines(path, encoding):
        found = _table(lines, texts)
        if found is None:
            names |= dict.fromkeys(json_rows.names(lines))
        else:
            names |= dict.fromkeys(_flat(found).column_names)
            texts = pa.unify_schemas([texts, pa.schema(_texts(found.schema))])
    return list(names), texts


def _texts(fields: Sequence[pa.Field]) -> Iterator[pa.Field]:
    """What is written between quotes: also what looks like a moment, which is to stay as it was written."""
    import pyarrow as pa

    for field in fields:
        kind = field.type
        if pa.types.is_struct(kind):
            inner = list(_texts([kind.field(i) for i in range(kind.num_fields)]))
            if inner:
                yield pa.field(field.name, pa.struct(inner))
        elif pa.types.is_timestamp(kind):
            yield pa.field(field.name, pa.string())
        elif pa.types.is_list(kind) and pa.types.is_timestamp(kind.value_type):
            yield pa.field(field.name, pa.list_(pa.string()))


def _batch(origin: str, names: Sequence[str], lines: list[str], first: int, texts: pa.Schema) -> Batch:
    import pyarrow as pa

    found = _table(lines, texts)
    columns = None if found is None else _columns(found, names)
    if columns is None:
        return json_rows.batch(origin, names, lines, first)
    none = pa.nulls(len(lines), pa.string())
    rows = pa.RecordBatch.from_arrays([columns.get(name, none) for name in names], list(names))
    return Batch(origin, rows, pa.array(range(first, first + len(lines)), pa.int64()))


def _table(lines: list[str], texts: pa.Schema) -> pa.Table | None:
    """The objects of lines as Arrow reads them; None where it reads something else than an object a line."""
    import pyarrow as pa
    from pyarrow import json

    if not all(map(_is_for_arrow, lines)):
        return None
    data = "\n".join(lines).encode()
    try:
        found = json.read_json(
            pa.BufferReader(data),
            read_options=json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=json.ParseOptions(explicit_schema=texts),
        )
    except pa.ArrowInvalid:
        return None
    if found.num_rows != len(lines):
        return None
    order = [*dict.fromkeys(found.column_names)]
    return found if len(order) == len(found.column_names) else None


def _is_for_arrow(line: str) -> bool:
    """Whether Arrow survives the line, be it JSON or not.

    Its parser recurses, and does not stop where a line does: from brace to brace no line goes on in the next.
    """
    return line.lstrip()[0] == "{" and line.rstrip()[-1] == "}" and not json_rows.is_deep(line)


def _flat(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _columns(table: pa.Table, names: Sequence[str]) -> dict[str, pa.Array] | None:
    """The columns as text; None where that would lose something."""
    known = frozenset(names)
    flat = _flat(table)
    if len(set(flat.column_names)) < len(flat.column_names) or known & set(_objects(table.schema, "")):
        return None
    found = {}
    for name, column in zip(flat.column_names, flat.columns, strict=True):
        values = column.combine_chunks()
        if not _is_whole(values):
            return None
        found[name] = canonical_column(values)
    return found


def _objects(fields: Sequence[pa.Field], before: str) -> Iterator[str]:
    """The names of fields that hold objects."""
    import pyarrow as pa

    for field in fields:
        if pa.types.is_struct(field.type):
            yield before + field.name
            yield from _objects([*field.type], f"{before}{field.name}.")


def _is_whole(values: pa.Array) -> bool:
    """Whether the values are what was written: no digits lost, no moments made of text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_floating(kind):
        exact = pc.and_(pc.is_finite(values), pc.less(pc.abs(values), EXACT))
        return bool(pc.all(exact).as_py() is not False)
    if pa.types.is_list(kind):
        inner = kind.value_type
        return bool(pa.types.is_string(inner) or pa.types.is_int64(inner))
    return any(
        fits(kind) for fits in (pa.types.is_string, pa.types.is_int64, pa.types.is_boolean, pa.types.is_null)
    )
