"""Cases tried on rules: what each one's facts lead to, and where that is not what was expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine import cel
from cxengine.diagnostics import Location, ProjectError, closest
from cxengine.metrics.measurement import ALL
from cxengine.plugin.base import Grouping, GroupingItem
from cxengine.project.cases import Case, CaseBook, Expectation, Written
from cxengine.project.model import Project
from cxengine.project.origins import Origins
from cxengine.rules.cases.given import Reader, answered
from cxengine.rules.compiler import readable
from cxengine.rules.conclude import conclude_one
from cxengine.rules.conclusion import Conclusion, Subject
from cxengine.rules.ruleset import CompiledRule, Layer, RuleSet
from cxengine.rules.wording import listed

Facts = Mapping[str, Any]

_A = {
    "response": "a response",
    "project": "the project",
    "touchpoint": "a touchpoint",
    "cell": "a cell",
    "initiative": "an initiative",
}
_RULES = ("fired", "not_fired", "unanswered")
_ONLY_OF = {
    "excluded": ("initiative", "response"),
    "required": ("initiative",),
    "area": ("initiative",),
    "score": ("initiative",),
    "proposes": ("touchpoint", "cell"),
}
"""Expectations that only some subjects can meet."""


@attrs.frozen
class Failure:
    """An expectation that was not met; `rule` is the one to look at, if it is one."""

    key: str
    expected: str
    actual: str
    place: Location | None
    rule: str | None = None


@attrs.frozen(eq=False)
class Trial:
    """A case that was tried: everything known about its subject afterwards, and what failed."""

    case: Case
    place: Location | None
    conclusion: Conclusion
    facts: Facts
    failures: tuple[Failure, ...]


@attrs.frozen(eq=False)
class Prepared:
    """A case with its facts read; `facts` hold the parameters and defaults that it did not mention."""

    case: Case
    subject: Subject
    facts: Facts
    own_params: frozenset[str]
    """Parameters that the case sets itself."""


@attrs.frozen(eq=False)
class Bench:
    """Rules on which cases are tried."""

    project: Project
    ruleset: RuleSet
    grouping: Grouping
    origins: Origins
    """Where the project's rules are written; `book` knows where the cases are."""
    book: CaseBook
    cases: tuple[Prepared, ...]

    def trials(self) -> tuple[Trial, ...]:
        """Every case, tried on the rules as they are."""
        return tuple(self.trial(case, self.ruleset) for case in self.cases)

    def trial(self, prepared: Prepared, ruleset: RuleSet) -> Trial:
        """A case, tried on these rules."""
        case = prepared.case
        conclusion = conclude_one(ruleset, prepared.subject, prepared.facts)
        known = ruleset.settled(conclusion)
        failures = _Comparison(case, conclusion, known, ruleset, self).failures()
        return Trial(case, self.book.origins.locate(("case", case.id)), conclusion, known, tuple(failures))

    def rule(self, rule: str) -> CompiledRule:
        """The rule of that id."""
        every = (one for layers in self.ruleset.layers.values() for one in _all(layers))
        return next(one for one in every if one.rule.id == rule)


def prepare(
    project: Project, ruleset: RuleSet, grouping: Grouping, origins: Origins, book: CaseBook
) -> Bench:
    """The bench for these cases.

    Raises:
        ProjectError: cases name facts, rules or areas that there are not, each at its place.
    """
    reader = Reader(book.origins)
    cases = tuple(_prepared(written, project, ruleset, reader) for written in book.cases)
    if reader.findings:
        raise ProjectError(*reader.findings)
    return Bench(project, ruleset, grouping, origins, book, cases)


def _prepared(written: Written, project: Project, ruleset: RuleSet, reader: Reader) -> Prepared:
    case = written.case
    own: dict[str, cel.Type] = {d.name: d.type for d in ruleset.derived[case.about]}
    types = readable(project, case.about, ruleset.derived) | own
    given = reader.facts(case.given, types, ("case", case.id, "given"))
    _check(case, project, ruleset, reader)
    if case.about == "response":
        given = answered(given, [str(signal.id) for signal in project.signals])
    params = {n: v if isinstance(v, bool | str) else float(v) for n, v in written.params.items()}
    own_params = given.get("params", {})
    facts = {**given, "params": {**params, **own_params}}
    if case.about not in {"project", "response"} and ruleset.derived["project"]:
        facts["project"] = {**ruleset.defaults("project"), **given.get("project", {})}
    falsehoods = ruleset.defaults("touchpoint")
    if case.about == "cell":
        facts = {**falsehoods, **facts}
    elif case.about == "initiative" and "touchpoints" in facts:
        facts["touchpoints"] = [{**falsehoods, **place} for place in facts["touchpoints"]]
    return Prepared(case, _subject(case, given), facts, frozenset(own_params))


def _subject(case: Case, given: Facts) -> Subject:
    record = given.get("touchpoint" if case.about == "cell" else case.about, {})
    segment = given.get("segment", {}).get("id", ALL) if case.about == "cell" else ALL
    return Subject(case.about, record.get("id", case.id), segment)


# --- what a case may expect ------------------------------------------------------------------------


def _check(case: Case, project: Project, ruleset: RuleSet, reader: Reader) -> None:
    """That the case expects something, and only what there is."""
    start, expect = ("case", case.id, "expect"), case.expect
    if expect == Expectation():
        hint = 'For example expect.not_fired = ["..."], which is a case too.'
        reader.report("CX424", f'Case "{case.id}" expects nothing.', start, hint)
    for key in _RULES:
        for index, name in enumerate(getattr(expect, key)):
            _check_rule(name, case, ruleset, reader, (*start, key, index))
    for name in expect.because:
        _check_rule(name, case, ruleset, reader, (*start, "because", name))
    types = {d.name: d.type for d in ruleset.derived[case.about]}
    for name, value in expect.derived.items():
        if name in types:
            reader.value(value, types[name], (*start, "derived", name))
            continue
        meant = closest(name, types)
        hint = f'Did you mean "{meant}"?' if meant else f"Derived: {', '.join(sorted(types)) or 'nothing'}."
        message = f'No rule about {_A[case.about]} derives "{name}".'
        reader.report("CX423", message, (*start, "derived", name), hint, key=True)
    for key, subjects in _ONLY_OF.items():
        if case.about not in subjects and getattr(expect, key) not in {None, ()}:
            able = " or ".join(_A[subject] for subject in subjects)
            message = f"Only {able} has `{key}`; this case is about {_A[case.about]}."
            reader.report("CX424", message, (*start, key), key=True)
    areas = [str(a.id) for a in project.areas]
    if expect.area and expect.area not in areas:
        meant = closest(expect.area, areas)
        hint = f'Did you mean "{meant}"?' if meant else f"Areas: {', '.join(areas) or 'none'}."
        reader.report("CX423", f'There is no area "{expect.area}".', (*start, "area"), hint)


def _check_rule(name: str, case: Case, ruleset: RuleSet, reader: Reader, path: tuple[str | int, ...]) -> None:
    kinds: dict[str, str] = {
        rule.rule.id: about for about, layers in ruleset.layers.items() for rule in _all(layers)
    }
    if kinds.get(name) == case.about:
        return
    if name in kinds:
        message = f'Rule "{name}" is about {_A[kinds[name]]}, this case about {_A[case.about]}.'
        reader.report("CX423", message, path)
        return
    alike = [r for r, about in kinds.items() if about == case.about]
    meant = closest(name, alike)
    hint = f'Did you mean "{meant}"?' if meant else f"Rules: {', '.join(sorted(alike)) or 'none'}."
    reader.report("CX423", f'There is no rule "{name}".', path, hint)


def _all(layers: Sequence[Layer]) -> Iterator[CompiledRule]:
    return (rule for layer in layers for rule in layer.rules)


# --- expected and actual ---------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Comparison:
    """What a case expects beside what came out."""

    case: Case
    conclusion: Conclusion
    facts: Facts
    ruleset: RuleSet
    bench: Bench

    def failures(self) -> Iterator[Failure]:
        """Every expectation that was not met."""
        for one in (self._rules, self._values, self._labels, self._texts, self._verdicts):
            yield from one()

    def _rules(self) -> Iterator[Failure]:
        expect = self.case.expect
        wanted = {"fired": "it fires", "not_fired": "it does not fire", "unanswered": "it cannot be decided"}
        for key, wish in wanted.items():
            for index, rule in enumerate(getattr(expect, key)):
                state, told = self._state(rule)
                if state != key and not (key == "not_fired" and state == "unanswered"):
                    yield self._failure((key, index), f"{rule}: {wish}", told, rule)

    def _state(self, rule: str) -> tuple[str, str]:
        if any(f.rule == rule for f in self.conclusion.firings):
            return "fired", "it fires"
        missing = next((u.missing for u in self.conclusion.unanswered if u.rule == rule), None)
        if missing is not None:
            return "unanswered", f"it cannot be decided without {missing}"
        return "not_fired", "it does not fire"

    def _values(self) -> Iterator[Failure]:
        writers = {d.name: d.rule for d in self.ruleset.derived[self.case.about]}
        for name, expected in self.case.expect.derived.items():
            actual = self.facts.get(name)
            if not _same(actual, expected):
                path = ("derived", name)
                yield self._failure(path, f"{name} = {_literal(expected)}", _literal(actual), writers[name])

    def _labels(self) -> Iterator[Failure]:
        proposed = [f.proposal.name for f in self.conclusion.firings if f.proposal]
        for key, actual in (("tags", self.conclusion.tags), ("proposes", proposed)):
            for index, expected in enumerate(getattr(self.case.expect, key)):
                if expected not in actual:
                    told = listed([f'"{a}"' for a in actual]) or "none"
                    yield self._failure((key, index), f'"{expected}"', told)

    def _texts(self) -> Iterator[Failure]:
        told = {f.rule: f.because for f in self.conclusion.firings}
        for rule, expected in self.case.expect.because.items():
            if told.get(rule) != expected:
                actual = f'"{told[rule]}"' if rule in told else self._state(rule)[1]
                yield self._failure(("because", rule), f'"{expected}"', actual, rule)

    def _verdicts(self) -> Iterator[Failure]:
        actual: Mapping[str, Callable[[], Any]] = {
            "excluded": lambda: self.conclusion.excluded,
            "required": lambda: self.conclusion.required,
            "area": self._area,
            "score": self._score,
        }
        for key, found in actual.items():
            expected = getattr(self.case.expect, key)
            if expected is not None and not _same(found(), expected):
                yield self._failure((key,), _literal(expected), _literal(found()))

    def _area(self) -> str:
        bench = self.bench
        item = GroupingItem(self.conclusion.subject.id, self.facts)
        (assigned,) = bench.grouping.group([item], bench.project.areas, self.ruleset.areas)
        return assigned.area or ""

    def _score(self) -> Any:
        try:
            return self.ruleset.score(self.facts)
        except cel.CelError as error:
            return error.message

    def _failure(
        self, path: Sequence[str | int], expected: str, actual: str, rule: str | None = None
    ) -> Failure:
        place = self.bench.book.origins.locate(("case", self.case.id, "expect", *path))
        return Failure(str(path[0]), expected, actual, place, rule)


def _same(actual: Any, expected: Any) -> bool:
    """Equal; numbers to nine digits, which no rounding of a decimal exceeds."""
    if isinstance(expected, bool | str) or isinstance(actual, bool | str | None):
        return type(actual) is type(expected) and bool(actual == expected)
    return math.isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-12)


def _literal(value: Any) -> str:
    """The value as it would be written in a case."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)
