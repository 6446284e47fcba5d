"""JSON Schema (draft 2020-12) of attrs classes, for what is published."""

from __future__ import annotations

import builtins
import collections.abc
import datetime as dt
import inspect
import types
import typing
from typing import Any, NewType

import attrs

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    dt.date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
    Any: {},
}


def schema_of(root: type, **constants: str) -> dict[str, Any]:
    """The schema of a class and of all classes it holds. A number is null where it is not known.

    `constants` are further keys of the document with the one value that each has.
    """
    definitions: dict[str, Any] = {}
    _type(root, definitions)
    top = definitions.pop(root.__name__)
    fixed = {name: {"const": value} for name, value in constants.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": root.__name__,
        **top,
        "properties": {**fixed, **top["properties"]},
        "required": [*fixed, *top["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def _type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if isinstance(kind, NewType):
        return _type(kind.__supertype__, definitions)
    if attrs.has(kind):
        return _reference(kind, definitions)
    schema: dict[str, Any]
    arguments = typing.get_args(kind)
    match typing.get_origin(kind):
        case typing.Literal:
            schema = {"enum": list(arguments)}
        case typing.Union | types.UnionType:
            schema = {"anyOf": [_type(one, definitions) for one in arguments]}
        case builtins.tuple:
            schema = {"type": "array", "items": _type(arguments[0], definitions)}
        case collections.abc.Mapping:
            schema = {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
        case _:
            raise TypeError(f"{kind} has no JSON Schema")
    return schema


def _reference(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # stands here already for a class that holds itself
        attrs.resolve_types(kind)
        fields = attrs.fields(kind)
        definitions[kind.__name__] = {
            "type": "object",
            "description": inspect.cleandoc(kind.__doc__ or ""),
            "properties": {field.name: _type(field.type, definitions) for field in fields},
            "required": [field.name for field in fields],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
