"""A project as one TOML file: what was resolved from files, rulesets and parameters, written out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cxengine.project.params import WITH_OPTIONS
from cxengine.project.tables import Table, tables
from cxengine.project.tree import Tree


def written(tree: Tree, names: Iterable[str]) -> str:
    """The tables of these names, in the order of the model; loading the text gives the same values."""
    import tomli_w

    wanted = set(names)
    chosen = [table for table in tables().values() if table.name in wanted and tree.values[table.name]]
    return tomli_w.dumps({table.name: _held(table, tree.values[table.name]) for table in chosen})


def _held(table: Table, values: Mapping[str | int, Any]) -> Any:
    if not table.many:
        return dict(values)
    if table.name not in WITH_OPTIONS:
        return list(values.values())
    return [_protected(element) for element in values.values()]


def _protected(element: Mapping[str, Any]) -> Mapping[str, Any]:
    """An element in whose options parameters are filled in: what looks like one by now is none."""
    return {**element, "options": _escaped(element["options"])} if "options" in element else element


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, list) else value
