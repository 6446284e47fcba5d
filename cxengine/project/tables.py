"""The tables of a project in TOML, read from the model: what loader, schema and reference walk over."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, Union, get_args, get_origin

import attrs

from cxengine.project.model import Project


@attrs.frozen
class Table:
    """A top-level table: its name in TOML, its field of `Project`, and the type of an element."""

    name: str
    field: str
    doc: str
    type: Any
    many: bool
    required: bool

    @property
    def header(self) -> str:
        """As it is written in TOML."""
        return f"[[{self.name}]]" if self.many else f"[{self.name}]"


@cache
def tables(root: type = Project) -> dict[str, Table]:
    """All top-level tables of a file by their name in TOML, in the order of the class that holds them."""
    attrs.resolve_types(root)
    found = [_table(field) for field in attrs.fields(root) if field.name != "extends"]
    return {table.name: table for table in found}


def _table(field: attrs.Attribute[Any]) -> Table:
    many = get_origin(field.type) is tuple
    element = get_args(field.type)[0] if many else without_none(field.type)
    name = field.metadata.get("toml", field.name)
    return Table(name, field.name, field.metadata["doc"], element, many, field.default is attrs.NOTHING)


def without_none(annotation: Any) -> Any:
    """The type behind `X | None`; other types as they are."""
    if not is_union(annotation):
        return annotation
    members = tuple(member for member in get_args(annotation) if member is not types.NoneType)
    return members[0] if len(members) == 1 else Union[members]  # noqa: UP007 - built at run time


def is_union(annotation: Any) -> bool:
    """Whether a type is `X | Y` or `Union[X, Y]`."""
    return get_origin(annotation) in (types.UnionType, Union)
