"""All documents of a project as one tree: elements by id, later layers over earlier ones.

An element of an array of tables is found at `(table, id)`; one without a usable id at `(table, number)`,
so that its errors can still be told. A transition's id is `source -> target`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, Location, closest
from cxengine.project.document import Document
from cxengine.project.layers import Layer
from cxengine.project.model import Project
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.tables import Table, tables

Place = tuple[Document, TomlPath]


@attrs.frozen
class Tree:
    """Raw values by table and key, and where the values that a document wrote begin."""

    values: dict[str, dict[str | int, Any]] = attrs.field(factory=dict)
    places: dict[TomlPath, Place] = attrs.field(factory=dict)
    folders: dict[TomlPath, Path] = attrs.field(factory=dict)
    """Where relative file names start, for values in which that is not the folder of their file."""
    replaced: dict[TomlPath, tuple[tuple[Any, Place], ...]] = attrs.field(factory=dict)
    """What layers below had said, and where, of values that later ones say anew; the most basic first."""

    def place(self, path: TomlPath) -> Place | None:
        """The document that wrote the value at `path`, and the path in that document."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                document, start = self.places[path[:length]]
                return document, (*start, *path[length:])
        return None

    def locate(self, path: TomlPath, *, key: bool = False) -> Location | None:
        """Where the value at `path` stands in its file (or its key), or else what should contain it."""
        place = self.place(path)
        return place[0].locate(place[1], key=key) if place else None


def grow(layers: tuple[Layer, ...], findings: list[Diagnostic], root: type = Project) -> Tree:
    """One tree of all layers, the most basic first; what contradicts goes to `findings`.

    `root` is the class whose fields are the tables that the files may hold.
    """
    tree = Tree({name: {} for name in tables(root)})
    for layer in layers:
        own = _own_tree(layer, findings, root)
        for table in tables(root).values():
            lay = _lay_elements if table.many else _lay_keys
            lay(tree, own, table, findings)
    return tree


# --- one layer -------------------------------------------------------------------------------------


def _own_tree(layer: Layer, findings: list[Diagnostic], root: type) -> Tree:
    """The tree of one layer, in which nothing may be said twice."""
    tree = Tree({name: {} for name in tables(root)})
    known = [*tables(root), *(field.name for field in attrs.fields(root) if field.name == "extends")]
    for document in layer.documents:
        for name, value in document.data.items():
            table = tables(root).get(name)
            if table is None:
                if name not in known:
                    findings.append(_unknown_table(name, document, known))
            elif table.many:
                _add_elements(tree, table, value, document, findings)
            else:
                _add_keys(tree, table, value, document, findings)
    return tree


def _unknown_table(name: str, document: Document, known: list[str]) -> Diagnostic:
    meant = closest(name, known)
    hint = f'Did you mean "{meant}"?' if meant else f"Tables: {', '.join(known)}."
    place = document.locate((name,), key=True)
    if (name, 0) in document._entries:  # noqa: SLF001 - an array of tables has no place of its own
        place = document.locate((name, 0))
    return Diagnostic("CX110", f'Unknown table or key "{name}".', place, hint)


def _add_keys(
    tree: Tree, table: Table, value: object, document: Document, findings: list[Diagnostic]
) -> None:
    if not isinstance(value, dict):
        place = document.locate((table.name, 0) if isinstance(value, list) and value else (table.name,))
        hint = f"Write {table.header}."
        findings.append(Diagnostic("CX111", f"`{table.name}` is one table.", place, hint))
        return
    known = tree.values[table.name]
    tree.places.setdefault((table.name,), (document, (table.name,)))
    for key, item in value.items():
        if key in known:
            first = tree.locate((table.name, key), key=True)
            message = f"`{key}` of {table.header} is written twice; first at {first}."
            findings.append(Diagnostic("CX118", message, document.locate((table.name, key), key=True)))
            continue
        known[key] = item
        tree.places[table.name, key] = (document, (table.name, key))


def _add_elements(
    tree: Tree, table: Table, value: object, document: Document, findings: list[Diagnostic]
) -> None:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        hint = f"Write {table.header} before each of them."
        place = document.locate((table.name,), key=True)
        findings.append(Diagnostic("CX111", f"`{table.name}` is a list of tables.", place, hint))
        return
    known = tree.values[table.name]
    for index, item in enumerate(value):
        key: str | int | None = _identity(table, item)
        if key in known:
            findings.append(_twice(tree, table, key, document, index))
        if key is None or key in known:
            key = len(known)
        known[key] = item
        tree.places[table.name, key] = (document, (table.name, index))


def _twice(tree: Tree, table: Table, key: str | int, document: Document, index: int) -> Diagnostic:
    """A second element with the same id; where the two differ, that is worth knowing."""
    name = "source" if table.name == "transition" else "id"
    first, second = tree.values[table.name][key], document.data[table.name][index]
    differ = [one for one in {**first, **second} if first.get(one) != second.get(one)]
    hint = (
        f"The two differ in {', '.join(f'`{one}`' for one in differ)}." if differ else "Remove one of them."
    )
    place = tree.locate((table.name, key, name))
    message = f'{table.name.capitalize()} "{key}" is declared twice; first at {place}.'
    return Diagnostic("CX116", message, document.locate((table.name, index, name)), hint)


def _identity(table: Table, item: Mapping[str, Any]) -> str | None:
    if table.name == "transition":
        ends = (item.get("source"), item.get("target"))
        return " -> ".join(ends) if all(isinstance(end, str) for end in ends) else None  # type: ignore[arg-type]
    return item["id"] if isinstance(item.get("id"), str) else None


# --- one layer over another ------------------------------------------------------------------------


def overlaid(base: Tree, own: Tree, findings: list[Diagnostic]) -> Tree:
    """A tree with what another writes laid over it; both stay as they are."""
    tree = Tree({name: dict(held) for name, held in base.values.items()}, dict(base.places), base.folders)
    tree.replaced.update(base.replaced)
    for table in tables().values():
        (_lay_elements if table.many else _lay_keys)(tree, own, table, findings)
    return tree


def _lay_keys(tree: Tree, own: Tree, table: Table, findings: list[Diagnostic]) -> None:
    """A key that the later layer writes replaces the whole value."""
    del findings
    if (table.name,) in own.places:
        tree.places[table.name,] = own.places[table.name,]
    for key, value in own.values[table.name].items():
        tree.values[table.name][key] = value
        tree.places[table.name, key] = own.places[table.name, key]


def _lay_elements(tree: Tree, own: Tree, table: Table, findings: list[Diagnostic]) -> None:
    """An element with a known id changes it key by key, or removes it; other elements are new."""
    base = tree.values[table.name]
    for key, item in own.values[table.name].items():
        document, start = own.places[table.name, key]
        known = isinstance(key, str) and key in base
        if "remove" in item:
            misuse = _misuse(table, key, item, base)
            if misuse:
                findings.append(attrs.evolve(misuse, location=document.locate((*start, "remove"))))
            else:
                del base[key]
        elif known:
            for name in base[key].keys() & item.keys():
                path: TomlPath = (table.name, key, name)
                if before := tree.place(path):
                    tree.replaced[path] = (*tree.replaced.get(path, ()), (base[key][name], before))
            base[key] = {**base[key], **item}
            for name in item:
                tree.places[table.name, key, name] = (document, (*start, name))
        else:
            new = key if isinstance(key, str) else len(base)
            base[new] = item
            tree.places[table.name, new] = (document, start)


def _misuse(
    table: Table, key: str | int, item: Mapping[str, Any], base: Mapping[str | int, Any]
) -> Diagnostic | None:
    """What is wrong with an element that says `remove`."""
    others = [name for name in item if name not in ("id", "source", "target", "remove")]
    if item["remove"] is not True:
        return Diagnostic("CX122", "`remove` can only be true.")
    if others:
        return Diagnostic("CX122", f"`remove` stands beside the id alone, not beside `{others[0]}`.")
    if key in base:
        return None
    meant = closest(str(key), [known for known in base if isinstance(known, str)])
    hint = f'Did you mean "{meant}"?' if meant else None
    return Diagnostic("CX122", f'What this project extends has no {table.name} "{key}" to remove.', hint=hint)


def texts(value: Any) -> Iterator[str]:
    """Every text in a raw value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)
