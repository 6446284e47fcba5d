"""The reference of a project's TOML as Markdown, one page a table, from the model and the plugins."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import attrs

from cxengine.plugin import base, hooks
from cxengine.plugin.registry import Kind, Registry
from cxengine.plugin.scoring import Scoring
from cxengine.plugin.secret import Secret
from cxengine.project.model import Estimate, Expression, Identifier, Name, Project, Scalar
from cxengine.project.schema import default_of
from cxengine.project.tables import Table, is_union, tables, without_none
from cxengine.project.uses import KINDS

_WORDS: Mapping[Any, str] = {
    bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path",
    dt.date: "date", dt.datetime: "time", Identifier: "id", Name: "name", Expression: "CEL",
    Estimate: "estimate", Secret: 'where a secret is kept: `"env:NAME"` or `"keyring:SERVICE/USER"`',
    Any: "anything",
}  # fmt: skip

_OVERRIDES = (
    "An element with the same id changes the one in the ruleset key by key: a key that is written replaces"
    " the whole value. `remove = true` beside the id alone takes the element out."
)


@attrs.frozen
class Key:
    """A key of a table as the reference tells it."""

    name: str
    type: str
    required: bool
    default: str
    doc: str


def keys(kind: type[Any]) -> Iterator[Key]:
    """The keys of a class of the model, or of a plugin's options."""
    attrs.resolve_types(kind)
    for field in attrs.fields(kind):
        required = field.default is attrs.NOTHING
        default = default_of(field)
        shown = "" if default in (None, "", [], {}) else json.dumps(default, ensure_ascii=False)
        yield Key(field.name, _type(field), required, shown or "none", field.metadata.get("doc", ""))


def pages(registry: Registry) -> dict[str, str]:
    """File name to Markdown: an index, one page a table, one for the options of plugins, one for hooks."""
    written = {f"{table.name}.md": _table_page(table) for table in tables().values()}
    written["plugins.md"] = _plugins_page(registry)
    written["hooks.md"] = _hooks_page()
    written["README.md"] = _index_page()
    return {name: text.rstrip() + "\n" for name, text in sorted(written.items())}


def _table_page(table: Table) -> str:
    if not attrs.has(table.type):
        lines = [
            f"# {table.header}",
            table.doc,
            f"Each key is a name of your own; its value: {_words(table.type)}.",
        ]
        return "\n\n".join(lines)
    lines = [f"# {table.header}", _text(table.type)]
    if table.name in {*KINDS, "scoring"}:
        lines.append("What `options` may hold depends on `use`: see [plugins](plugins.md).")
    lines.append(key_table(table.type))
    for name, nested in _nested(table.type, ""):
        lines += [f"## {name}", _text(nested), key_table(nested)]
    return "\n\n".join(lines)


def _nested(kind: type[Any], prefix: str) -> Iterator[tuple[str, type[Any]]]:
    """Classes within a class, named by the keys that lead to them; each class once."""
    seen: set[type[Any]] = set()
    todo = [(prefix, kind)]
    while todo:
        path, current = todo.pop(0)
        attrs.resolve_types(current)
        for field in attrs.fields(current):
            for inner in _classes(field.type):
                if inner not in seen:
                    seen.add(inner)
                    name = f"{path}{field.name}"
                    yield name, inner
                    todo.append((f"{name}.", inner))


def _classes(annotation: Any) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and attrs.has(annotation) and annotation not in (Estimate, Secret):
        yield annotation
    for inner in get_args(annotation):
        yield from _classes(inner)


def key_table(kind: type[Any]) -> str:
    """The keys of a class as a table."""
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key in keys(kind):
        default = "**required**" if key.required else "" if key.default == "none" else f"`{key.default}`"
        cells = (f"`{key.name}`", key.type, default, key.doc)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) if len(rows) > 2 else "It has no options."


def _type(field: attrs.Attribute[Any]) -> str:
    refers = field.metadata.get("refers")
    words = _words(field.type)
    bounds = []
    if "minimum" in field.metadata:
        bounds.append(f"at least {field.metadata['minimum']}")
    if "above" in field.metadata:
        bounds.append(f"more than {field.metadata['above']}")
    if "maximum" in field.metadata:
        bounds.append(f"at most {field.metadata['maximum']}")
    if refers and refers in tables():
        link = f"id of a [{refers}]({refers}.md)"
        words = f"{words.removesuffix('id')}{link}" if words.endswith("id") else f"{words}, {link}"
    return ", ".join([words, *bounds])


def _words(annotation: Any) -> str:
    """A type in words."""
    annotation = without_none(annotation)
    if annotation in _WORDS:
        return _WORDS[annotation]
    if annotation == Scalar:
        return "text, number, true or false"
    if is_union(annotation):
        return " or ".join(_words(item) for item in get_args(annotation) if item is not type(None))
    if get_origin(annotation):
        return _generic_words(get_origin(annotation), get_args(annotation))
    return "table (see below)"


def _generic_words(origin: Any, items: tuple[Any, ...]) -> str:
    if origin is Literal:
        return ", ".join(f'`"{item}"`' for item in items)
    if origin in (dict, Mapping):
        return f"table of {_words(items[1])}"
    if items[-1] is Ellipsis:
        return f"list of {_words(items[0])}"
    return f"list of {len(items)}: {', '.join(_words(item) for item in items)}"


def _text(kind: Any) -> str:
    return inspect.getdoc(kind) or ""


def _plugins_page(registry: Registry) -> str:
    intro = "The plugins that come with cxengine. `cxengine plugins` lists those that are installed."
    lines = ["# Plugins", intro]
    kinds: tuple[tuple[Kind, str], ...] = (
        ("source", "Sources (`[[source]]`)"),
        ("enricher", "Enrichers (`[[enricher]]`)"),
        ("metric", "Metrics (`[[metric]]`)"),
        ("scoring", "Methods of scoring (`[scoring]`)"),
        ("grouping", "Groupings (`[roadmap]`, key `group`)"),
        ("exporter", "Exporters (`[[export]]`)"),
    )
    for kind, title in kinds:
        lines.append(f"## {title}")
        for offer in registry.offers:
            if offer.kind == kind:
                plugin = offer.plugin
                told = _text(plugin) if kind != "metric" else _of_metric(offer.name, plugin)
                lines += [f"### {offer.name}", told, key_table(plugin.Options)]
                for name, nested in _nested(plugin.Options, ""):
                    lines += [f"#### {name}", _text(nested), key_table(nested)]
    return "\n\n".join(lines)


def _of_metric(name: str, metric: type[Any]) -> str:
    """What it is in a paragraph; the catalogue has the rest."""
    definition, _, _ = _text(metric).partition("\n\n")
    return f"{definition} [Formula, interval, limits, an example](../metrics.md#{name})"


def _hooks_page() -> str:
    intro = (
        "A distribution with plugins declares an entry point in the group `cxengine`: a module with these"
        " hooks. Each returns classes; import them inside the hook, so that nothing is loaded before its use."
    )
    lines = ["# Hooks", intro]
    bases: dict[str, type[base.Plugin]] = {
        "sources": base.Source,
        "enrichers": base.Enricher,
        "metrics": base.Metric,
        "scorings": Scoring,
        "groupings": base.Grouping,
        "exporters": base.Exporter,
    }
    for name, hook in inspect.getmembers(hooks, inspect.isfunction):
        if name.startswith("cxengine_"):
            lines += [f"## {name}", _text(hook)]
            kind = bases.get(name.removeprefix("cxengine_"))
            if kind is None:
                continue
            lines += [f"Its classes derive from `cxengine.plugin.{kind.__name__}`. {_text(kind)}"]
            methods = [getattr(kind, method) for method in sorted(kind.__abstractmethods__)]
            lines += [f"- `{method.__name__}`: {_summary(method)}" for method in methods]
    return "\n\n".join(lines)


def _summary(member: object) -> str:
    return " ".join(_text(member).split("\n\n", maxsplit=1)[0].split())


def _index_page() -> str:
    rows = ["| table | what it declares |", "|---|---|"]
    rows += [f"| [`{table.header}`]({table.name}.md) | {table.doc} |" for table in tables().values()]
    extends = next(field for field in attrs.fields(Project) if field.name == "extends")
    lines = [
        "# Reference",
        "Generated from the model by `make docs`; `cxengine schema` prints the same as JSON Schema.",
        "A project is one file, or a folder: `cxengine.toml` and the other `*.toml` files beside it.",
        f"`extends`: {extends.metadata['doc']} {_OVERRIDES}",
        "\n".join(rows),
        "[Plugins](plugins.md) and their options; [hooks](hooks.md) for plugin authors.",
    ]
    return "\n\n".join(lines)
