"""JSON Schema (2020-12) of a project's TOML, from the same classes that load it.

Editors complete and check with it. It describes one file, so nothing is required at the top. Elements
must be complete in a file that names the project and extends nothing; elsewhere they may hold just the
keys that they change in a ruleset. What a schema cannot say (references, cycles, expressions) `cxengine
check` says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

import attrs

from cxengine.plugin.registry import Kind, Registry
from cxengine.plugin.secret import Secret
from cxengine.project.model import Estimate, Expression, Identifier, Name, Project
from cxengine.project.tables import Table, is_union, tables
from cxengine.project.uses import KINDS
from cxengine.project.values import IDENTIFIER, NAME

Schema = dict[str, Any]

_SIMPLE: Mapping[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    Identifier: {"type": "string", "pattern": f"^{IDENTIFIER}$"},
    Name: {"type": "string", "pattern": f"^{NAME}$"},
    Expression: {"type": "string"},
    Secret: {"type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^/\\s]+/\\S+)$"},
    Any: {},
}


def schema(registry: Registry) -> Schema:
    """The schema of a project file; options of plugins are those that `registry` knows."""
    definitions: dict[str, Schema] = {"Estimate": _estimate()}
    properties: dict[str, Schema] = {}
    complete: dict[str, Schema] = {}
    extends = next(field for field in attrs.fields(Project) if field.name == "extends")
    properties["extends"] = {**_of_type(str, definitions), "description": extends.metadata["doc"]}
    for table in tables().values():
        properties[table.name] = _of_table(table, definitions)
        if table.many:
            demanded = _required(table.type)
            whole = {"required": demanded, "not": {"required": ["remove"]}}
            complete[table.name] = {"items": whole}
    _add_options(definitions, registry)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cxengine project",
        "description": "Customer experience as code: journeys, evidence, rules and initiatives.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "if": {"required": ["project"], "not": {"required": ["extends"]}},
        "then": {"properties": complete},
        "$defs": definitions,
    }


def _of_table(table: Table, definitions: dict[str, Schema]) -> Schema:
    element = _of_type(table.type, definitions)
    if not table.many:
        return {**element, "description": table.doc}
    definition = definitions[table.type.__name__]
    definition["required"] = [name for name in ("id", "source", "target") if _keyed_by(table, name)]
    definition["properties"]["remove"] = {
        "const": True,
        "description": "Takes the element out of what this project extends; stands beside the id alone.",
    }
    return {"type": "array", "items": element, "description": table.doc}


def _keyed_by(table: Table, name: str) -> bool:
    return (table.name == "transition") == (name != "id") and name in attrs.fields_dict(table.type)


def _of_type(annotation: Any, definitions: dict[str, Schema]) -> Schema:
    if annotation in _SIMPLE:
        return dict(_SIMPLE[annotation])
    if is_union(annotation):
        members = [m for m in get_args(annotation) if m is not type(None)]
        schemas = [_of_type(member, definitions) for member in members]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    if get_origin(annotation):
        return _of_generic(get_origin(annotation), get_args(annotation), definitions)
    if annotation is not Estimate:
        _define(annotation, definitions)
    return {"$ref": f"#/$defs/{annotation.__name__}"}


def _of_generic(origin: Any, items: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    if origin is Literal:
        return {"enum": list(items)}
    if origin in (dict, Mapping):
        return _of_mapping(items, definitions)
    if items[-1] is Ellipsis:
        return {"type": "array", "items": _of_type(items[0], definitions)}
    fixed = [_of_type(item, definitions) for item in items]
    return {"type": "array", "prefixItems": fixed, "minItems": len(items), "maxItems": len(items)}


def _of_mapping(items: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    keys, values = items
    named = {"propertyNames": {"pattern": f"^{NAME}$"}} if keys is Name else {}
    return {"type": "object", "additionalProperties": _of_type(values, definitions), **named}


def _define(kind: type[Any], definitions: dict[str, Schema]) -> None:
    if kind.__name__ in definitions:
        return
    definitions[kind.__name__] = {}
    definitions[kind.__name__].update(of_class(kind, definitions))


def of_class(kind: type[Any], definitions: dict[str, Schema]) -> Schema:
    """The schema of a class, its nested classes put into `definitions`."""
    attrs.resolve_types(kind)
    properties = {}
    for field in attrs.fields(kind):
        properties[field.name] = {**_of_type(field.type, definitions), **_annotations(field)}
    text = " ".join((kind.__doc__ or "").split("\n\n", maxsplit=1)[0].split())
    result: Schema = {"type": "object", "description": text, "properties": properties}
    return {**result, "required": _required(kind), "additionalProperties": False}


def _annotations(field: attrs.Attribute[Any]) -> Schema:
    words = {"minimum": "minimum", "maximum": "maximum", "above": "exclusiveMinimum"}
    # The bounds of an estimate hold for each of its numbers; the loader checks those.
    bounds = (
        {}
        if field.type is Estimate
        else {words[name]: field.metadata[name] for name in words if name in field.metadata}
    )
    default = default_of(field)
    shown = {} if default is None else {"default": default}
    return {"description": field.metadata.get("doc", ""), **bounds, **shown}


def default_of(field: attrs.Attribute[Any]) -> Any:
    """A field's default as TOML would write it; None where there is none that TOML could."""
    default = field.default
    if isinstance(default, bool | int | float | str):
        return default
    if isinstance(default, Secret):
        return str(default)
    if isinstance(default, tuple) and all(isinstance(item, bool | int | float | str) for item in default):
        return list(default)
    return {} if isinstance(default, MappingProxyType) and not default else None


def _required(kind: type[Any]) -> list[str]:
    return [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]


def _estimate() -> Schema:
    three = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    text = "One number, or [low, likely, high]."
    return {"description": text, "anyOf": [{"type": "number"}, three]}


def _add_options(definitions: dict[str, Schema], registry: Registry) -> None:
    """`use` chooses a plugin; the plugin chooses what `options` may hold."""
    tables_with_use: Mapping[str, Kind] = {**KINDS, "scoring": "scoring"}
    for table_name, kind in tables_with_use.items():
        definition = definitions[tables()[table_name].type.__name__]
        names = list(registry.names(kind))
        definition["properties"]["use"]["enum"] = names
        definition["allOf"] = [
            {
                "if": _uses(name, definition),
                "then": {"properties": {"options": {"$ref": f"#/$defs/{_options_name(kind, name)}"}}},
            }
            for name in names
        ]
        for name in names:
            options = of_class(registry.find(kind, name).Options, definitions)
            definitions[_options_name(kind, name)] = options
    groupings = list(registry.names("grouping"))
    definitions["RoadmapSettings"]["properties"]["group"]["enum"] = groupings


def _uses(name: str, definition: Schema) -> Schema:
    """`use` says this name, or is left out and this name is its default."""
    chosen: Schema = {"properties": {"use": {"const": name}}}
    by_default = definition["properties"]["use"].get("default") == name
    return chosen if by_default else {**chosen, "required": ["use"]}


def _options_name(kind: Kind, name: str) -> str:
    return f"{kind} {name} options".title().replace(" ", "").replace("_", "")
