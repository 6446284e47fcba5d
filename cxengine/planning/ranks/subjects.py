"""What is known about a subject in every row of a world, and what rules conclude from it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from cxengine import cel
from cxengine.cel.rewrite import element
from cxengine.planning.ranks.programs import Path, Press, Values
from cxengine.rules.ruleset import CompiledRule, selected


@attrs.define(eq=False)
class Subject:
    """A touchpoint, an initiative or the project.

    `given` are its facts now, without what rules derive; `varying` tells the columns of those that vary,
    None for all others. `derived` fills as rules are concluded.
    """

    given: Mapping[str, Any]
    varying: Callable[[Path], Any]
    lists: Mapping[str, Sequence[Subject]] = MappingProxyType({})
    """Its places, by the fact that lists them."""
    whole: Subject | None = None
    """The project, of which every subject reads what rules derive."""
    derived: dict[str, Values] = attrs.Factory(dict)
    facts: Mapping[str, Any] = attrs.field(init=False)
    """The facts now, with each place by itself as well."""
    _places: Mapping[str, Subject] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._places = {
            element(name, i): place for name, places in self.lists.items() for i, place in enumerate(places)
        }
        self.facts = {**self.given, **{name: place.facts for name, place in self._places.items()}}

    def column(self, path: Path) -> Any:
        """A fact that may vary, as a column, or as a number where it does not; None where there is none."""
        if path[0] in self._places:
            return self._places[path[0]].column(path[1:])
        if path[0] in self.derived:
            return self.derived[path[0]].column()
        if path[0] == "project" and self.whole is not None and path[1:2] and path[1] in self.whole.derived:
            return self.whole.derived[path[1]].column()
        found = self.varying(path)
        return selected(self.given, path) if found is None else found

    def rows(self, count: int, others: Iterable[Path] = ()) -> Iterator[dict[str, Any]]:
        """The facts of every row, as rules read them, and `others` that are no facts."""
        paths = [path for path in _leaves(self.given) if path[0] not in self.lists]
        varying = {path: self.varying(path) for path in paths}
        columns = {path: np.broadcast_to(c, count) for path, c in varying.items() if c is not None}
        columns |= {(name,): np.ma.asarray(v.column()) for name, v in self.derived.items()}
        columns |= {path: np.broadcast_to(self.column(path), count) for path in others}
        if self.whole is not None:
            columns |= {("project", n): np.ma.asarray(v.column()) for n, v in self.whole.derived.items()}
        listed = {name: [place.rows(count) for place in found] for name, found in self.lists.items()}
        plain = {path: values.tolist() for path, values in columns.items()}
        for row in range(count):
            facts = {name: value for name, value in self.given.items() if name not in listed}
            for path, values in plain.items():
                _set(facts, path, values[row])
            yield facts | {name: [next(place) for place in places] for name, places in listed.items()}


def _leaves(facts: Mapping[str, Any], start: Path = ()) -> Iterator[Path]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*start, name))
        else:
            yield (*start, name)


def _set(facts: dict[str, Any], path: Path, value: Any) -> None:
    """Sets a fact in records that are copied for it; one that is masked, and now None, is not there."""
    for part in path[:-1]:
        facts[part] = {**facts.get(part, {})}
        facts = facts[part]
    if value is None:
        facts.pop(path[-1], None)
    else:
        facts[path[-1]] = value


@attrs.frozen(eq=False)
class Concluding:
    """The rules about one kind of subject that matter, layer by layer, for every row of a world."""

    rules: tuple[CompiledRule, ...]
    """In an order in which each reads only what earlier ones derive."""
    booleans: frozenset[str]
    """The derived facts that are false until a rule says otherwise."""
    press: Press
    rows: int

    def conclude(self, subject: Subject) -> dict[str, Any]:
        """Adds what the rules derive to the subject; tells of every rule in which rows it fires."""
        subject.derived |= {name: Values(np.broadcast_to(False, self.rows)) for name in self.booleans}
        return {compiled.rule.id: self._fire(compiled, subject) for compiled in self.rules}

    def _fire(self, compiled: CompiledRule, subject: Subject) -> Any:
        """A rule that cannot be decided, or whose formulas fail, does not fire; see `conclude_one`."""
        fires = self.value(compiled.when, subject).filled(False)
        found = {name: self.value(program, subject) for name, program in compiled.derive.items()}
        for values in found.values():
            fires = fires if values.present is None else fires & values.present
        for name, values in found.items():
            if name in self.booleans:
                subject.derived[name] = Values(values.filled(False) & fires)
            else:
                kept = values.values.astype(float) if values.values.dtype.kind in "iu" else values.values
                subject.derived[name] = Values(kept, None if fires.all() else fires)
        return fires

    def value(self, program: cel.Program, subject: Subject) -> Values:
        """The value of a program for a subject."""
        lengths = {name: len(places) for name, places in subject.lists.items()}
        return self.press.prepared(program, lengths).values(subject, self.rows)
