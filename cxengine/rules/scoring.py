"""The score of initiatives as a checked program, and the terms that it is made of.

A method of scoring says its terms; a formula of the author's own is taken apart into its addends, or into its
factors and divisors. Either way the terms make up the score: see `cxengine.plugin.scoring`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.plugin.scoring import Link, Role, Scoring, Term, formula
from cxengine.project.model import Project, RoadmapSettings
from cxengine.rules.desk import Desk, Path

_FORMULA: Path = ("roadmap", "score")
_METHOD: Path = ("scoring", "use")


@attrs.frozen(eq=False)
class CompiledTerm:
    """A term with its formulas as programs; `name` is what people call it."""

    name: str
    role: Role
    value: cel.Program
    weight: cel.Program | float = 1.0


@attrs.frozen
class TermValue:
    """A term of one score. `amount` is what is added, multiplied or divided by."""

    name: str
    role: Role
    value: float
    weight: float
    amount: float


@attrs.frozen(eq=False)
class Score:
    """How initiatives are scored: the whole as a program, its terms, and itself without its divisors."""

    program: cel.Program
    text: str
    terms: tuple[CompiledTerm, ...]
    worth: cel.Program
    """What a chosen initiative is worth, where one has to choose: the score without what it is divided by."""
    path: Path
    """Where it is written."""
    method: str = ""
    """What people call the method; nothing where the author wrote the formula."""
    source: str = ""
    """Who described the method, where."""
    links: tuple[Link, ...] = ()

    def values(self, facts: Mapping[str, Any]) -> tuple[TermValue, ...]:
        """The terms for these facts, for which the score can be computed."""
        return tuple(_value(term, facts) for term in self.terms)


def whole(terms: Sequence[TermValue]) -> float:
    """The score that terms make up."""
    adds = [term.amount for term in terms if term.role == "adds"]
    total = math.fsum(adds) if adds else 1.0
    if adds and total <= 0:
        return total
    for term in terms:
        if term.role in ("multiplies", "raises"):
            total *= term.amount
        elif term.role == "divides":
            total /= term.amount
    return total


def _value(term: CompiledTerm, facts: Mapping[str, Any]) -> TermValue:
    value = float(term.value(facts))
    weight = term.weight if isinstance(term.weight, float) else float(term.weight(facts))
    amounts = {"adds": weight * value, "raises": 1 + weight * value}
    return TermValue(term.name, term.role, value, weight, amounts.get(term.role, value))


# --- compiling -------------------------------------------------------------------------------------


def compile_score(
    project: Project, environment: cel.Environment, desk: Desk, method: Scoring | None
) -> Score | None:
    """The score of a project; None, and findings, where it cannot be."""
    score = _formula(project, environment, desk) if method is None else None
    if method is not None:
        score = _method(project, method, environment, desk)
    wanted = project.selection.value
    if score is not None and wanted is not None:
        worth = desk.number(environment, wanted, ("selection", "value"))
        score = attrs.evolve(score, worth=worth) if worth else None
    return score


def _method(project: Project, method: Scoring, environment: cel.Environment, desk: Desk) -> Score | None:
    _check_links(project, method, desk)
    said = tuple(method.terms())
    names = [term.name for term in said]
    if not said or len(set(names)) < len(names):
        message = f'the method "{method.name}" has no terms, or two of the same name: {", ".join(names)}'
        desk.report("CX519", message, _METHOD, "this is a fault of the plugin: report it to its author")
        return None
    terms = [_term(term, environment, desk) for term in said]
    compiled = tuple(term for term in terms if term is not None)
    if len(compiled) < len(terms):
        return None
    text = formula(said)
    program = desk.number(environment, text, _METHOD)
    worth = desk.number(environment, formula(said, divided=False), _METHOD)
    if program is None or worth is None:
        return None
    links = tuple(method.links())
    return Score(program, text, compiled, worth, _METHOD, method.title, method.source, links)


def _term(term: Term, environment: cel.Environment, desk: Desk) -> CompiledTerm | None:
    at: Path = ("scoring", "options", *term.path) if term.path else _METHOD
    value = desk.number(environment, term.value, at, shift=term.shift)
    if not isinstance(term.weight, str):
        return CompiledTerm(term.name, term.role, value, float(term.weight)) if value else None
    weight = desk.number(environment, term.weight, (*at[:-1], "weight") if term.path else at)
    if weight is not None and any(path[0] != "params" for path in weight.reads):
        message = f"the weight of {term.name} may read `params` only: it is the same for all initiatives"
        where: Path = (*at[:-1], "weight") if term.path else at
        desk.report("CX519", message, where, "move what differs into the value")
        return None
    return CompiledTerm(term.name, term.role, value, weight) if value and weight else None


def _check_links(project: Project, method: Scoring, desk: Desk) -> None:
    """Links name driver models, and no two of one stream share a driver: that would count a change twice."""
    models = {str(model.id): model for model in project.driver_models}
    seen: dict[tuple[str, str, str], str] = {}
    for link in method.links():
        if link.model not in models:
            known = ", ".join(models) or "none"
            message = f'there is no driver model "{link.model}"'
            desk.report("CX516", message, ("scoring", "options"), f"There are: {known}.")
            continue
        for driver in models[link.model].drivers:
            place = (link.stream, str(driver.signal), str(driver.touchpoint))
            other = seen.setdefault(place, link.model)
            if other != link.model:
                message = (
                    f"{link.stream} would be counted twice: {driver.signal} at {driver.touchpoint or 'all'}"
                    f' drives the outcomes of both "{other}" and "{link.model}"'
                )
                desk.report("CX516", message, ("scoring", "options"), "Link one of the two models.")
                break


# --- taking a formula apart ------------------------------------------------------------------------


def _formula(project: Project, environment: cel.Environment, desk: Desk) -> Score | None:
    default = attrs.fields(RoadmapSettings).score.default
    text = str(project.roadmap.score if project.roadmap else default)
    program = desk.number(environment, text, _FORMULA)
    if program is None:
        return None
    addends = list(_addends(program.tree, 1.0))
    factors = list(_factors(program.tree, "multiplies"))
    if len(addends) > 1:
        terms = tuple(_part(program, node, "adds", sign) for node, sign in addends)
    elif len(factors) > 1:
        terms = tuple(_part(program, node, role) for node, role in factors)
    else:
        terms = (_part(program, program.tree, "adds"),)
    kept = tuple(term for term in terms if term.role != "divides")
    worth = program
    if len(kept) < len(terms):
        undivided = " * ".join(f"({term.name})" for term in kept) or "1.0"
        worth = environment.compile(undivided)
    return Score(program, text, terms, worth, _FORMULA)


def _part(program: cel.Program, node: ast.Node, role: Role, weight: float = 1.0) -> CompiledTerm:
    part = attrs.evolve(program, tree=node)
    return CompiledTerm(part.canonical(), role, part, weight)


def _addends(node: ast.Node, sign: float) -> Iterator[tuple[ast.Node, float]]:
    match node:
        case ast.Call(function="_+_" | "_-_" as name, arguments=(left, right)) if node.type == cel.DOUBLE:
            yield from _addends(left, sign)
            yield from _addends(right, sign if name == "_+_" else -sign)
        case ast.Call(function="-_", arguments=(inner,)) if node.type == cel.DOUBLE:
            yield from _addends(inner, -sign)
        case _:
            yield node, sign


def _factors(node: ast.Node, role: Role) -> Iterator[tuple[ast.Node, Role]]:
    match node:
        case ast.Call(function="_*_", arguments=(left, right)) if node.type == cel.DOUBLE:
            yield from _factors(left, role)
            yield from _factors(right, role)
        case ast.Call(function="_/_", arguments=(left, right)) if node.type == cel.DOUBLE:
            yield from _factors(left, role)
            yield from _factors(right, "divides" if role == "multiplies" else "multiplies")
        case _:
            yield node, role
