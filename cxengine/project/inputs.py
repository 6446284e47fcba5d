"""What only people can say of initiatives: inputs, declared or asked for by a method, read strictly.

A project that was loaded holds every input that formulas may read, whoever declared it, and of every
initiative the values as estimates and words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine.diagnostics import CxengineError, Diagnostic, closest
from cxengine.plugin.base import OptionError
from cxengine.plugin.scoring import Input, Scoring
from cxengine.project.checks import Parts
from cxengine.project.model import Estimate, Identifier, InputTable, Name, Project, Scale
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.structure import structure
from cxengine.project.uses import Use
from cxengine.project.values import describe

Values = Mapping[Name, Any]


def check_inputs(parts: Parts, use: Use | None) -> Iterator[Diagnostic]:
    """What is wrong with inputs: those that nobody asks for, that are missing, or that do not fit."""
    roadmap = parts.raw.get(("roadmap",), {})
    if use is not None and "score" in roadmap:
        place, other = parts.origins.locate(("roadmap", "score")), parts.origins.locate(("scoring", "use"))
        if place.file == other.file:
            message = f"The score is said twice: by this formula, and by [scoring] ({other})."
            yield Diagnostic("CX194", message, place, "Take out one of them.")
    tables = parts.of("input")
    for key, table in tables.items():
        if table.scale is not None and table.choices:
            message = f"The input {key} is a number on a scale, or one of its choices, but not both."
            yield Diagnostic("CX193", message, parts.origins.locate(("input", key, "choices")))
    try:
        method = _made(use)
    except CxengineError as error:
        blamed: TomlPath = ("options", *error.option) if isinstance(error, OptionError) else ("use",)
        place = parts.origins.locate(("scoring", *blamed))
        yield from (attrs.evolve(d, location=d.location or place) for d in error.diagnostics)
        return
    reader = _Reader(parts, method, asked_inputs(tables.values(), method))
    for key, initiative in parts.of("initiative").items():
        yield from reader.check(initiative, ("initiative", key), f'Initiative "{key}"')
    for key, rule in parts.of("rule").items():
        if rule.propose is not None:
            yield from reader.check(rule.propose, ("rule", key, "propose"), f'The proposal of rule "{key}"')


def with_inputs(project: Project, use: Use | None) -> Project:
    """The project with every input declared, and all values as estimates and words; it was checked."""
    method = _made(use)
    if method is None and not project.inputs:
        return project
    asked = asked_inputs(project.inputs, method)
    told = {name: one for name, one in asked.items() if one.counts is None}
    told |= dict(method.digested) if method else {}
    own = {str(table.id): table for table in project.inputs}
    tables = tuple(own.get(name) or _table(name, one) for name, one in told.items())

    def read(values: Values) -> Values:
        given, _ = typed_inputs(values, asked)
        digested = method.digest(given) if method else {}
        kept = {Name(Identifier(n)): v for n, v in given.items() if n in told}
        return {**kept, **{Name(Identifier(n)): Estimate(*v) for n, v in digested.items()}}

    initiatives = (attrs.evolve(i, inputs=read(i.inputs)) for i in project.initiatives)
    rules = (
        attrs.evolve(r, propose=attrs.evolve(r.propose, inputs=read(r.propose.inputs))) if r.propose else r
        for r in project.rules
    )
    return attrs.evolve(project, inputs=tables, initiatives=tuple(initiatives), rules=tuple(rules))


def _made(use: Use | None) -> Scoring | None:
    method = use.make() if use else None
    assert method is None or isinstance(method, Scoring)
    return method


def asked_inputs(tables: Sequence[InputTable] | Any, method: Scoring | None) -> dict[str, Input]:
    """Every input that may be given: those of the method, and those declared, which have the last word."""
    found = dict(method.inputs) if method else {}
    for table in tables:
        known = found.get(str(table.id), Input(about=""))
        scale = (table.scale.min, table.scale.max) if table.scale else known.scale
        about, choices = table.about or known.about, table.choices or known.choices
        found[str(table.id)] = attrs.evolve(known, about=about, scale=scale, choices=choices)
    return found


def _table(name: str, one: Input) -> InputTable:
    scale = Scale(min=one.scale[0], max=one.scale[1]) if one.scale else None
    return InputTable(id=Name(Identifier(name)), about=one.about, scale=scale, choices=one.choices)


@attrs.frozen(eq=False)
class _Reader:
    """Holds what was given against what is asked for."""

    parts: Parts
    method: Scoring | None
    asked: Mapping[str, Input]

    def check(self, element: Any, path: TomlPath, who: str) -> Iterator[Diagnostic]:
        """Everything that is wrong with the inputs of one initiative."""
        for name in element.inputs:
            if name not in self.asked:
                yield self._unknown(str(name), path)
        given, misfits = typed_inputs(element.inputs, self.asked)
        for name, problem in misfits.items():
            place = self.parts.origins.locate((*path, "inputs", name))
            yield Diagnostic("CX192", f"The input `{name}` {problem}.", place, self.asked[name].about or None)
        if self.method is None:
            return
        for name, one in self.asked.items():
            if one.required and name not in element.inputs:
                yield self._missing(f"input `{name}`", path, who, f"{one.about} Write inputs.{name} = ...")
        for key in self.method.needs:
            if getattr(element, key) is None:
                yield self._missing(f"`{key}`", path, who, None)
        if not misfits:
            try:
                self.method.digest(given)
            except OptionError as error:
                at = self.parts.origins.locate((*path, "inputs", *error.option))
                yield from (attrs.evolve(d, location=at) for d in error.diagnostics)

    def _unknown(self, name: str, path: TomlPath) -> Diagnostic:
        meant = closest(name, self.asked)
        known = f"Known: {', '.join(self.asked)}. " if self.asked else ""
        hint = f'Did you mean "{meant}"?' if meant else f'{known}Declare it: [[input]] id = "{name}"'
        place = self.parts.origins.locate((*path, "inputs", name), key=True)
        return Diagnostic("CX190", f'Nobody asks for the input "{name}".', place, hint)

    def _missing(self, what: str, path: TomlPath, who: str, hint: str | None) -> Diagnostic:
        assert self.method is not None
        asking = self.parts.origins.locate(("scoring", "use"))
        message = f'{who} has no {what}, which the method "{self.method.name}" ({asking}) needs.'
        return Diagnostic("CX191", message, self.parts.origins.locate(path), hint)


def typed_inputs(
    values: Mapping[str, Any] | Values, asked: Mapping[str, Input]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values as estimates, words and tables of counts; and what is wrong with the others."""
    read: dict[str, Any] = {}
    misfits: dict[str, str] = {}
    for name, value in values.items():
        if name in asked:
            found, problem = _one(value, asked[name])
            if problem:
                misfits[str(name)] = problem
            else:
                read[str(name)] = found
    return read, misfits


def _one(value: Any, one: Input) -> tuple[Any, str]:
    """The value as the input is meant, or why it is not."""
    if isinstance(value, Estimate):
        value = list(attrs.astuple(value))
    if one.counts is not None:
        return value, _misfit_of_counts(value, one.counts)
    if one.choices:
        listed = ", ".join(f'"{word}"' for word in one.choices)
        return value, "" if value in one.choices else f"must be one of {listed}, not {describe(value)}"
    estimate, problems = structure({"value": value}, _One)
    if problems or estimate is None:
        return None, problems[0].message.removeprefix("`value` ").rstrip(".")
    low, high = one.scale or (float("-inf"), float("inf"))
    if not low <= estimate.value.low <= estimate.value.high <= high:
        return None, f"must be from {low:g} to {high:g}, not {describe(value)}"
    return estimate.value, ""


def _misfit_of_counts(value: Any, shape: tuple[int, int]) -> str:
    rows, columns = shape
    fits = isinstance(value, list) and len(value) == rows
    for row in value if fits else ():
        fits = fits and isinstance(row, list) and len(row) == columns
        fits = fits and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in row)
    return "" if fits else f"must be {rows} lists of {columns} counts each"


@attrs.frozen
class _One:
    value: Estimate
