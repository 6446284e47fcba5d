"""What a plan follows from, in five factors, and mixtures of two projects factor by factor.

Data is what was measured. Everything else is written: how things are measured (definition), what follows
from what (rule), what could be done and what it is expected to bring and to take (estimate), who does it and
until when (capacity).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import attrs

from cxengine.project.tables import tables, without_none
from cxengine.project.tree import Tree, texts

Factor = Literal["data", "definition", "rule", "estimate", "capacity"]
FACTORS: tuple[Factor, ...] = get_args(Factor)

OF_TABLE: Mapping[str, Factor] = {
    "project": "definition",
    "evidence": "definition",
    "stage": "definition",
    "touchpoint": "definition",
    "transition": "definition",
    "channel": "definition",
    "segment": "definition",
    "persona": "definition",
    "signal": "definition",
    "metric": "definition",
    "rox": "definition",
    "driver_model": "definition",
    "moments_of_truth": "definition",
    "params": "rule",
    "rule": "rule",
    "table": "rule",
    "area": "rule",
    "roadmap": "rule",
    "goal": "rule",
    "input": "rule",
    "scoring": "rule",
    "selection": "rule",
    "exclusion": "rule",
    "bundle": "rule",
    "quota": "rule",
    "initiative": "estimate",
    "history": "estimate",
    "team": "capacity",
    "budget": "capacity",
    "milestone": "capacity",
}
"""The factor of every table that planning reads."""

NOT_PLANNED = frozenset(
    {
        *("source", "enricher", "observed_journey", "delivered", "export"),
        *("engine", "privacy", "weighting", "calendar", "scenario"),
    }
)
"""Tables that a plan does not read: what they change, is measured, or is written elsewhere."""

_CAPACITY_OF_ROADMAP = frozenset({"start", "weeks", "holidays", "release_windows", "freezes"})
_SHARED = ("signal", "metric", "rox", "params", "segment", "channel")
"""Tables of which a mixture holds what either run knows: without a measurement nothing follows from it."""


def factor_of(table: str, key: str = "") -> Factor:
    """The factor that a table belongs to; of `[roadmap]`, that a key of it does."""
    if table == "roadmap" and key in _CAPACITY_OF_ROADMAP:
        return "capacity"
    return OF_TABLE.get(table, "rule")


@attrs.frozen
class Edit:
    """An element or a key of a table that two projects write differently; None where one has it not."""

    factor: Factor
    table: str
    name: str
    """The element's id; the key of a table that is there once."""
    key: str
    """The key of the element; empty where the whole element is new or gone."""
    before: Any
    after: Any


def edits(before: Tree, after: Tree) -> Iterator[Edit]:
    """Everything that was written differently, in the order of the model.

    A parameter that nothing here reads says where evidence comes from: it counts as data.
    """
    for table in tables().values():
        if table.name in NOT_PLANNED:
            continue
        old, new = before.values[table.name], after.values[table.name]
        for name in dict.fromkeys((*old, *new)):
            one, other = old.get(name), new.get(name)
            if one == other:
                continue
            factor = factor_of(table.name, str(name))
            if table.name == "params" and not (_reads(before, str(name)) or _reads(after, str(name))):
                factor = "data"
            if table.many and one is not None and other is not None:
                for key in dict.fromkeys((*one, *other)):
                    if one.get(key) != other.get(key):
                        yield Edit(factor, table.name, str(name), key, one.get(key), other.get(key))
            else:
                yield Edit(factor, table.name, str(name), "", one, other)
        if table.many and list(old) != list(new) and set(old) == set(new):
            yield Edit(factor_of(table.name), table.name, "", "order", list(old), list(new))


def _reads(tree: Tree, parameter: str) -> bool:
    """Whether any expression or text of a project reads a parameter."""
    wanted = re.compile(rf"\bparams\.{re.escape(parameter)}\b")
    return any(
        wanted.search(text) for name, held in tree.values.items() if name != "params" for text in texts(held)
    )


def mixed(before: Tree, after: Tree, changed: Collection[Factor]) -> Tree:
    """The earlier project with the later one's tables for the factors in `changed`.

    What one names and the mixture does not have is left out: an effect at a touchpoint that is not there
    counts nothing.
    """
    values: dict[str, dict[str | int, Any]] = {}
    for table in tables().values():
        old, new = before.values[table.name], after.values[table.name]
        if table.name == "roadmap":
            picked = {k: old for k in old if factor_of("roadmap", str(k)) not in changed}
            picked |= {k: new for k in new if factor_of("roadmap", str(k)) in changed}
            values[table.name] = {key: source[key] for key, source in picked.items()}
            continue
        chosen, other = (new, old) if factor_of(table.name) in changed else (old, new)
        extra = {k: v for k, v in other.items() if k not in chosen} if table.name in _SHARED else {}
        values[table.name] = {**chosen, **extra}
    known = {name: {str(key) for key in elements} for name, elements in values.items()}
    pruned = {name: _pruned_table(name, elements, known) for name, elements in values.items()}
    return Tree(pruned, {**before.places, **after.places})


# --- references to what is not there ---------------------------------------------------------------

_Known = Mapping[str, Collection[str]]
_GONE = object()


def _pruned_table(name: str, elements: Mapping[str | int, Any], known: _Known) -> dict[str | int, Any]:
    table = tables()[name]
    if not table.many:
        return dict(elements)
    pruned = {key: _pruned(element, table.type, known) for key, element in elements.items()}
    return {key: element for key, element in pruned.items() if element is not _GONE}


def _pruned(value: Any, kind: Any, known: _Known) -> Any:
    """A value without references to elements that are not known; `_GONE` where it cannot be without."""
    if isinstance(value, list) and get_origin(kind) is tuple:
        items = [_pruned(item, get_args(kind)[0], known) for item in value]
        return [item for item in items if item is not _GONE]
    if not isinstance(value, dict) or not (isinstance(kind, type) and attrs.has(kind)):
        return value
    attrs.resolve_types(kind)
    fields = {field.name: field for field in attrs.fields(kind)}
    held = {}
    for name, inner in value.items():
        found = _pruned_key(inner, fields[name], known) if name in fields else inner
        if found is not _GONE:
            held[name] = found
        elif fields[name].default is attrs.NOTHING:
            return _GONE
    return held


def _pruned_key(value: Any, field: attrs.Attribute[Any], known: _Known) -> Any:
    refers = field.metadata.get("refers")
    if refers is None:
        return _pruned(value, without_none(field.type), known)
    names = {*known[refers], *field.metadata.get("also", ())}
    if isinstance(value, str):
        return value if value in names else _GONE
    return [one for one in value if one in names] if isinstance(value, list) else value
