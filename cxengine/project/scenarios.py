"""Scenarios: the project with named overrides laid over it, checked at the lines where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, ProjectError, closest, errors
from cxengine.project.load import Loaded, resolve
from cxengine.project.model import Scenario
from cxengine.project.params import WITH_OPTIONS
from cxengine.project.tables import tables
from cxengine.project.tree import Tree, overlaid, texts

_OWN = frozenset({"id", "name", "about"})
_OF_RESPONSES = frozenset({"rule", "table"})
"""Tables whose elements may be about responses: these are asked before anything is measured."""
TABLES = tuple(f.name for f in attrs.fields(Scenario) if f.name not in _OWN)
"""The tables that a scenario may change: those that planning reads and measuring does not."""


def scenario(loaded: Loaded, name: str) -> Loaded:
    """The project as a scenario has it.

    Raises:
        ProjectError: with everything that is wrong with the scenario, at its lines.
    """
    findings: list[Diagnostic] = []
    own = _own_tree(loaded, name, findings)
    findings += _unknown_params(loaded, own)
    findings += _measured_by(loaded, name, own)
    for table in tables().values():
        if table.many and table.name in TABLES:
            findings += _unknown_elements(loaded, name, own, table.name, table.type)
    if errors(findings):
        raise ProjectError(*findings)
    tree = overlaid(loaded.tree, own, findings)
    try:
        resolved = resolve(tree, loaded.layers, loaded.registry, findings)
    except ProjectError as error:
        raise ProjectError(*(_in_scenario(name, one) for one in error.diagnostics)) from None
    return attrs.evolve(resolved, network=loaded.network)


def _in_scenario(name: str, found: Diagnostic) -> Diagnostic:
    """A mistake that stands where the project itself has none: the scenario makes it one."""
    return attrs.evolve(found, message=f'In scenario "{name}": {found.message}')


def check_scenarios(loaded: Loaded) -> Iterator[Diagnostic]:
    """Everything that is wrong with any scenario of the project."""
    for one in loaded.project.scenarios:
        try:
            scenario(loaded, one.id)
        except ProjectError as error:
            yield from errors(error.diagnostics)


def _own_tree(loaded: Loaded, name: str, findings: list[Diagnostic]) -> Tree:
    """What the scenario writes, as a tree of tables."""
    written: Mapping[str, Any] = loaded.tree.values["scenario"][name]
    tree = Tree({table: {} for table in tables()})
    for table in (t for t in TABLES if t in written):
        place = loaded.tree.place(("scenario", name, table))
        assert place is not None
        document, start = place
        held = written[table]
        entries = held.items() if isinstance(held, dict) else enumerate(held)
        if isinstance(held, dict):
            tree.places[table,] = (document, start)
        for key, value in entries:
            known = key if isinstance(held, dict) else value.get("id", key)
            if known in tree.values[table]:
                message = f'Scenario "{name}" changes {table} "{known}" twice.'
                findings.append(Diagnostic("CX116", message, document.locate((*start, key))))
            tree.values[table][known] = value
            tree.places[table, known] = (document, (*start, key))
    return tree


def _unknown_params(loaded: Loaded, own: Tree) -> Iterator[Diagnostic]:
    declared = loaded.tree.values["params"]
    for key, value in own.values["params"].items():
        place = own.locate(("params", key), key=True)
        if key not in declared:
            meant = closest(str(key), map(str, declared))
            hint = f'Did you mean "{meant}"?' if meant else "Declare it in [params]."
            yield Diagnostic("CX125", f'The project has no parameter "{key}".', place, hint)
        elif _kind(value) is not _kind(declared[key]):
            message = f"`{key}` must be {_kind(declared[key])}, as in [params], not {_kind(value)}."
            yield Diagnostic("CX126", message, own.locate(("params", key)))


def _kind(value: Any) -> str:
    return "true or false" if isinstance(value, bool) else "text" if isinstance(value, str) else "a number"


def _measured_by(loaded: Loaded, name: str, own: Tree) -> Iterator[Diagnostic]:
    """Parameters that say how evidence is collected and measured: a scenario measures nothing anew."""
    if not own.values["params"]:
        return
    read = list(_texts_of_evidence(loaded))
    for key in own.values["params"]:
        reads = re.compile(rf"\$\{{{re.escape(str(key))}\}}|\bparams\.{re.escape(str(key))}\b")
        where = next((table for table, text in read if reads.search(text)), None)
        if where:
            message = (
                f'Scenario "{name}" changes `{key}`, which [[{where}]] reads: it would have to measure anew.'
            )
            hint = f"Run the project with --set {key}=... and compare the runs with `cxengine diff`."
            yield Diagnostic("CX188", message, own.locate(("params", key)), hint)


def _texts_of_evidence(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Every text of the tables that measuring reads, as written, with the name of its table."""
    names = {*WITH_OPTIONS, "signal", "segment", *_OF_RESPONSES} - {"export"}
    for layer in loaded.layers:
        for document in layer.documents:
            for table in names & document.data.keys():
                for element in document.data[table]:
                    if table not in _OF_RESPONSES or element.get("about") == "response":
                        yield from ((table, text) for text in texts(element))


def _unknown_elements(loaded: Loaded, name: str, own: Tree, table: str, kind: Any) -> Iterator[Diagnostic]:
    """Elements that are to be changed and are not there: new ones say all that is required."""
    required = {f.name for f in attrs.fields(kind) if f.default is attrs.NOTHING}
    known = loaded.tree.values[table]
    for key, element in own.values[table].items():
        if key in known or "remove" in element or required <= element.keys():
            continue
        if isinstance(key, int):
            place = own.locate((table, key))
            yield Diagnostic("CX112", f"`id` is missing: which {table} is changed?", place)
            continue
        meant = closest(key, map(str, known))
        missing = ", ".join(f"`{one}`" for one in sorted(required - element.keys()))
        hint = f'Did you mean "{meant}"?' if meant else f"A new one needs {missing}."
        message = f'Scenario "{name}" changes {table} "{key}", which there is not.'
        yield Diagnostic("CX189", message, own.locate((table, key, "id")), hint)
