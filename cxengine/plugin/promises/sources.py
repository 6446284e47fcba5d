"""What sources promise to return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxengine.plugin.base import Batch, Reject, Source
from cxengine.plugin.promises.values import a, is_list


def batch(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """Columns of text with different names, a position a row, and rejects with theirs."""
    del plugin, arguments
    if not isinstance(result, Batch):
        return f"{a(result)} where batches were expected"
    origin: Any = result.origin
    if not isinstance(origin, str):
        return f"a batch whose origin is {a(origin)}, not a text"
    return _rows(result.rows) or _positions(result) or _rejects(result.rejects)


def _rows(rows: Any) -> str | None:
    import pyarrow as pa

    if not isinstance(rows, pa.RecordBatch):
        return f"a batch whose rows are {a(rows)}, not a RecordBatch"
    for field in rows.schema:
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            return f'a batch whose column "{field.name}" is {field.type}, not text'
    twice = [name for name, times in Counter(rows.schema.names).items() if times > 1]
    return f'a batch with two columns "{twice[0]}"' if twice else None


def _positions(found: Batch) -> str | None:
    import pyarrow as pa

    if not isinstance(found.positions, pa.Int64Array):
        of = getattr(found.positions, "type", None)
        return f"a batch whose positions are {a(found.positions) if of is None else of}, not int64"
    rows, positions = found.rows.num_rows, len(found.positions)
    if rows != positions:
        return f"a batch of {rows} rows with {positions} positions"
    return "a batch with a row without a position" if found.positions.null_count else None


def _rejects(rejects: Any) -> str | None:
    if not is_list(rejects):
        return f"a batch whose rejects are {a(rejects)}, not a tuple of Rejects"
    for one in rejects:
        if not isinstance(one, Reject):
            return f"a batch with {a(one)} among its rejects"
        kinds = (one.position, int), (one.reason, str), (one.text, str)
        if not all(isinstance(value, kind) for value, kind in kinds):
            return f"a batch with the reject {one!r}, whose position must be a number and the rest texts"
    return None


def parts(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """Sources by the names of their inputs."""
    del plugin, arguments
    if not isinstance(result, Mapping):
        return f"{a(result)} where a mapping was expected"
    if odd := [name for name in result if not isinstance(name, str)]:
        return f"a mapping with {a(odd[0])} where the name of an input was expected"
    odd = [part for part in result.values() if not isinstance(part, Source)]
    return f"a mapping that holds {a(odd[0])} where a Source was expected" if odd else None


def kept(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """A list of files and folders."""
    del plugin, arguments
    fits = is_list(result) and all(isinstance(one, Path) for one in result)
    return None if fits else f"{a(result)} where a list of Paths was expected"


def forget(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """How many rows, by the id that they named."""
    del plugin, arguments
    if not isinstance(result, Mapping):
        return f"{a(result)} where a mapping was expected"
    for who, rows in result.items():
        if not (isinstance(who, str) and isinstance(rows, int) and rows >= 0):
            return "a mapping that is not of numbers of rows by the id that they named"
    return None
