"""The roadmap as JSON, and the JSON Schema of that shape, both made from the classes themselves."""

from __future__ import annotations

import datetime as dt
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from cxengine.planning.roadmap import Roadmap

FORMAT = "cxengine.roadmap/1"
_PLAIN: Mapping[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    dt.date: {"type": "string", "format": "date"},
}


def roadmap_json(roadmap: Roadmap) -> dict[str, Any]:
    """The published shape: as the classes, days as ISO 8601, what is not known as null."""
    return {"format": FORMAT, **_json(roadmap)}


def _json(value: Any) -> Any:
    if attrs.has(type(value)):
        return {f.name: _json(getattr(value, f.name)) for f in attrs.fields(type(value))}
    if isinstance(value, tuple | list):
        return [_json(v) for v in value]
    if isinstance(value, Mapping):
        return {key: _json(value[key]) for key in sorted(value)}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def roadmap_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `roadmap_json` returns."""
    classes: dict[str, dict[str, Any]] = {}
    schema = _object(Roadmap, classes)
    schema["properties"] = {"format": {"const": FORMAT}, **schema["properties"]}
    schema["required"] = ["format", *schema["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Roadmap",
        **schema,
        "$defs": {name: classes[name] for name in sorted(classes)},
    }


def _object(cls: type, classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    properties = {f.name: _type(hints[f.name], classes) for f in attrs.fields(cls)}
    return {
        "description": " ".join((cls.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _type(hint: Any, classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_type(a, classes) for a in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], classes)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _type(arguments[1], classes)}
    return _PLAIN.get(hint) or _reference(hint, classes)


def _reference(cls: type, classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if cls.__name__ not in classes:
        classes[cls.__name__] = {}
        classes[cls.__name__] = _object(cls, classes)
    return {"$ref": f"#/$defs/{cls.__name__}"}
