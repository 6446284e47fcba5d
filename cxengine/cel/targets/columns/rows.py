"""The way round for what has no array form: every row's facts rebuilt, and the exact evaluation of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...ast import Node, Variable, walk
from ...errors import CelError
from ...evaluate import Evaluation
from ...functions import Function
from ...types import MapType, NullableType, RecordType, Type
from .inputs import Table, as_list, default, kind, of_list

__all__ = ["by_row"]

_ABSENT = object()
Rows = list[Any]


def by_row(node: Node, functions: Mapping[str, Function]) -> Callable[[Table], tuple[Any, Any, Any]]:
    """A function from a table to values, failed rows and nulls of a closed `node`."""
    variables = _variables(node)
    kind_ = kind(node.type)
    filler = as_list(default(kind_), kind_)[0]

    def run(table: Table) -> tuple[Any, Any, Any]:
        facts = {name: _facts(table, name, type_) for name, type_ in variables.items()}
        values, failed, null = (
            [filler] * table.rows,
            np.zeros(table.rows, np.bool_),
            np.zeros(table.rows, np.bool_),
        )
        for row in range(table.rows):
            given = {name: column[row] for name, column in facts.items() if column[row] is not _ABSENT}
            try:
                value = Evaluation(given, functions).value(node)
            except CelError:
                failed[row] = True
                continue
            if value is None:
                null[row] = True
            else:
                values[row] = value
        if kind_ not in {"object", "null_type"}:
            return of_list(values, kind_), failed, null
        return (
            of_list([None if null[row] else value for row, value in enumerate(values)], kind_),
            failed,
            null,
        )

    return run


def _variables(node: Node) -> dict[str, Type]:
    """The variables under `node` as declared: where a null was ruled out, another mention says nullable."""
    found: dict[str, Type] = {}
    for part in walk(node):
        if isinstance(part, Variable) and not isinstance(found.get(part.name), NullableType):
            found[part.name] = part.type
    return found


def _facts(table: Table, path: str, type_: Type) -> Rows:
    """The fact at `path` in every row, `_ABSENT` where it is missing."""
    inner = type_.base if isinstance(type_, NullableType) else type_
    if path not in table and isinstance(inner, RecordType):
        return _records(table, {name: (f"{path}.{name}", field) for name, field in inner.fields})
    if path not in table and isinstance(inner, MapType):
        fields = {name: (f"{path}.{name}", inner.value) for name in table.under(path)}
        return _records(table, fields) if fields else [_ABSENT] * table.rows
    kind_ = kind(type_)
    values, missing = table.get(path, kind_)
    items = as_list(values, kind_)
    items = items * table.rows if len(items) == 1 else items
    if missing is None:
        return items
    gap = None if isinstance(type_, NullableType) and path in table else _ABSENT
    gone = np.broadcast_to(missing, table.rows).tolist()
    return [gap if gone[row] else item for row, item in enumerate(items)]


def _records(table: Table, fields: Mapping[str, tuple[str, Type]]) -> Rows:
    columns = {name: _facts(table, path, type_) for name, (path, type_) in fields.items()}
    return [
        {name: column[row] for name, column in columns.items() if column[row] is not _ABSENT}
        for row in range(table.rows)
    ]
