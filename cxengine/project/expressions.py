"""Where a project holds expressions, found by the types of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import attrs

from cxengine.project.model import DecisionTable, Expression, Project
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.tables import tables, without_none

__all__ = ["expressions"]

_NO_CELL = "because"


def expressions(project: Project) -> Iterator[tuple[TomlPath, str]]:
    """Every expression of a project and its path: (table, id, key ...); cells of decision tables are ones.

    Texts with expressions in braces are not among them, nor are options of plugins.
    """
    for table in tables().values():
        held = getattr(project, table.field)
        if table.many:
            for element in held:
                name = getattr(element, "id", None) or f"{element.source} -> {element.target}"
                yield from _within(element, (table.name, name))
        elif held is not None:
            yield from _of(held, table.type, (table.name,))


def _within(element: Any, at: TomlPath) -> Iterator[tuple[TomlPath, str]]:
    attrs.resolve_types(type(element))
    for field in attrs.fields(type(element)):
        path = (*at, field.metadata.get("toml", field.name))
        yield from _of(getattr(element, field.name), without_none(field.type), path)
    if isinstance(element, DecisionTable):
        yield from _cells(element, at)


def _of(value: Any, type_: Any, path: TomlPath) -> Iterator[tuple[TomlPath, str]]:
    if value is None:
        return
    if type_ is Expression:
        yield path, value
    elif attrs.has(type(value)):
        yield from _within(value, path)
    elif get_origin(type_) is Mapping:
        for name, item in value.items():
            yield from _of(item, get_args(type_)[1], (*path, name))
    elif get_origin(type_) is tuple and isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _of(item, get_args(type_)[0], (*path, index))


def _cells(table: DecisionTable, at: TomlPath) -> Iterator[tuple[TomlPath, str]]:
    rows = [((*at, "rows", index), row) for index, row in enumerate(table.rows)]
    for path, row in [*rows, ((*at, "default"), table.default)]:
        for name, cell in row.items():
            if isinstance(cell, str) and str(name) != _NO_CELL and cell.strip() not in {"", "-"}:
                yield (*path, name), cell
