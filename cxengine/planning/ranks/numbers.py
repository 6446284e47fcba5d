"""The numbers on which the order depends: parameters, weights, importances, worths of segments, estimates.

A number that is written in a formula or a condition becomes a variable, so that it can take other values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.rewrite import rebuilt
from cxengine.cel.unparse import unparse
from cxengine.insight.drivers.facts import importances
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.ranks.impacts import change_name
from cxengine.planning.ranks.matters import Matters
from cxengine.planning.ranks.programs import Path
from cxengine.planning.ranks.prospect import effort_name, input_name
from cxengine.planning.ranks.scene import Scene, quoted
from cxengine.project.model import Estimate
from cxengine.rules.ruleset import CompiledRule, Layer, RuleSet
from cxengine.rules.scoring import Score

Kind = Literal["parameter", "weight", "importance", "segment value", "effort", "change", "input"]
_LONGEST = 48


@attrs.frozen
class Number:
    """A number that could be another one; of an estimate all three numbers change by the same factor.

    `path` is what a world knows it by; `least` and `most` are the values that it may take.
    """

    kind: Kind
    subject: tuple[str, ...]
    name: str
    now: float
    path: Path
    unit: str = ""
    least: float = float("-inf")
    most: float = float("inf")

    @property
    def is_estimate(self) -> bool:
        """Whether it is estimated rather than decided."""
        return self.kind in ("effort", "change", "input")


@attrs.frozen(eq=False)
class Decided:
    """The numbers that somebody decided, and the rules with variables for those that are written in them."""

    numbers: tuple[Number, ...]
    ruleset: RuleSet


def decided(scene: Scene, matters: Matters) -> Decided:
    """All numbers that somebody decided and that may matter for the order."""
    written = _Written(scene.ruleset, matters)
    found = [*_params(scene, matters), *written.numbers]
    measured = importances(scene.project, scene.ground.insight.drivers)
    for touchpoint in scene.project.touchpoints:
        path = ("touchpoint", str(touchpoint.id), "importance")
        if touchpoint.id not in measured:
            name = f"the importance of {touchpoint.name}"
            found.append(
                Number("importance", path, name, float(touchpoint.importance), path, least=0.0, most=1.0)
            )
    for segment in scene.project.segments if matters.read("segment_value") else ():
        path = ("segment", str(segment.id), "value")
        name = f"the value of {segment.name}"
        found.append(Number("segment value", path, name, float(segment.value), path, least=0.0))
    return Decided(tuple(found), written.ruleset)


def estimated(scene: Scene, appraisal: Appraisal) -> Iterator[Number]:
    """What is estimated of a candidate, but for what is nothing."""
    candidate, initiative = appraisal.candidate, appraisal.candidate.initiative
    places = {str(t.id): t.name for t in scene.project.touchpoints}
    metrics = {str(m.id): m.name or str(m.id) for m in scene.project.metrics}
    if initiative.effort.likely:
        key, name = effort_name(candidate), f"the effort of {quoted(initiative.name)}"
        yield Number("effort", key[1:], name, float(initiative.effort.likely), key, "person-weeks")
    for effect in initiative.effects:
        key = change_name(candidate, effect)
        where = f"{metrics[effect.metric]} at {places[effect.touchpoint]}"
        name = f"the change of {where} by {quoted(initiative.name)}"
        if effect.change.likely:
            yield Number("change", key[1:], name, float(effect.change.likely), key)
    for label, value in initiative.inputs.items():
        if isinstance(value, Estimate) and value.likely:
            key = input_name(candidate, str(label))
            yield Number("input", key[1:], f"{label} of {quoted(initiative.name)}", float(value.likely), key)


def _params(scene: Scene, matters: Matters) -> Iterator[Number]:
    rules = (p for rule in matters.rules for p in (rule.when, *rule.derive.values()))
    programs = [scene.ruleset.score, *rules]
    read = {path for program in programs for path in program.reads}
    for name, value in scene.project.params.items():
        path = ("params", str(name))
        if path in read and isinstance(value, int | float) and not isinstance(value, bool):
            yield Number("parameter", path, str(name), float(value), path)


class _Written:
    """The numbers in the score and in the rules that matter; those of decision tables stay as they are."""

    def __init__(self, ruleset: RuleSet, matters: Matters) -> None:
        self.numbers: list[Number] = []
        where = tuple(map(str, ruleset.scoring.path))
        score = self._weighted(ruleset.scoring, where)
        rules = {rule.rule.id: self._rule(rule) for rule in matters.rules if rule.table is None}
        layers = {
            about: tuple(Layer(tuple(rules.get(r.rule.id, r) for r in layer.rules)) for layer in kind)
            for about, kind in ruleset.layers.items()
        }
        self.ruleset = attrs.evolve(ruleset, score=score, layers=layers)

    def _weighted(self, scoring: Score, subject: Sequence[str]) -> cel.Program:
        """The score with variables for what its author decided: numbers of a formula, weights of a method.

        Other numbers in a method are its own; a weight is one number, however often the formula names it.
        """
        if not scoring.method:
            return self._opened(scoring.program, subject, "the score")
        terms = {term.value.canonical(): term for term in scoring.terms if term.weight != 1.0}
        variables: dict[str, str] = {}

        def replaced(node: ast.Node, around: ast.Node) -> ast.Node:
            if not isinstance(node, ast.Literal) or type(node.value) is not float:
                return rebuilt(node, lambda inner: replaced(inner, node))
            match around:
                case ast.Call(function="_*_", arguments=(first, other)) if first is node:
                    weighed = unparse(other)
                    term = terms.get(weighed)
                case _:
                    return node
            if term is None or term.weight != node.value:
                return node
            if weighed not in variables:
                variables[weighed] = variable = f"@number{len(self.numbers)}"
                at, name = (*subject, term.name), f"the weight of {term.name}"
                self.numbers.append(Number("weight", at, name, node.value, (variable,)))
            return ast.Variable(node.span, node.type, variables[weighed])

        return attrs.evolve(scoring.program, tree=replaced(scoring.program.tree, scoring.program.tree))

    def _rule(self, compiled: CompiledRule) -> CompiledRule:
        where = f'rule "{compiled.rule.id}"'
        derive: Mapping[str, cel.Program] = {
            name: self._opened(program, (*compiled.path, "derive", name), where)
            for name, program in compiled.derive.items()
        }
        return attrs.evolve(
            compiled, when=self._opened(compiled.when, (*compiled.path, "when"), where), derive=derive
        )

    def _opened(self, program: cel.Program, subject: Sequence[str], where: str) -> cel.Program:
        """The program with a variable for each of its numbers."""

        def replaced(node: ast.Node, around: ast.Node) -> ast.Node:
            if not isinstance(node, ast.Literal) or type(node.value) is not float:
                return rebuilt(node, lambda inner: replaced(inner, node))
            variable = f"@number{len(self.numbers)}"
            text = unparse(around)
            name = f"`{node.value:g}`" + (f" of `{text}`" if len(text) <= _LONGEST else "") + f" in {where}"
            at = (*subject, str(node.span[0]))
            self.numbers.append(Number("weight", at, name, node.value, (variable,)))
            return ast.Variable(node.span, node.type, variable)

        return attrs.evolve(program, tree=replaced(program.tree, program.tree))
