"""Rules and decision tables about responses: attributes that are computed where the responses are, in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxengine import cel
from cxengine.cel.types import EnumType
from cxengine.evidence.derive import DIALECT, DerivedAttribute, columns
from cxengine.evidence.exclude import Exclusion
from cxengine.project.model import Project
from cxengine.rules.desk import Desk
from cxengine.rules.ruleset import CompiledRule, Layer, RuleSet

_VALUES = (cel.BOOL, cel.DOUBLE, cel.INT, cel.STRING)


def derived_attributes(ruleset: RuleSet) -> tuple[tuple[DerivedAttribute, ...], ...]:
    """What rules derive of every response, layer by layer.

    A tag that several rules give is made in the last of their layers.
    """
    found: dict[str, tuple[int, DerivedAttribute]] = {}
    for depth, rule in _rules(ruleset):
        for name, value in rule.derive.items():
            before = found[name][1].when if name in found else ()
            found[name] = (depth, DerivedAttribute(name, (*before, rule.when), value))
    layers = range(len(ruleset.layers["response"]))
    return tuple(tuple(one for depth, one in found.values() if depth == layer) for layer in layers)


def exclusions(ruleset: RuleSet) -> tuple[Exclusion, ...]:
    """The rules that leave responses out, by id."""
    excluding = [rule for _, rule in _rules(ruleset) if rule.rule.exclude]
    return tuple(
        Exclusion(rule.rule.id, rule.when, reason(rule, ruleset))
        for rule in sorted(excluding, key=lambda rule: rule.rule.id)
    )


def reason(rule: CompiledRule, ruleset: RuleSet) -> str:
    """Why a rule or table about responses says what it says: its reason, or else its condition."""
    if not (rule.table or rule.rule).because:
        return " ".join(rule.when.source.text.split())
    return rule.because({"params": ruleset.params})


def _rules(ruleset: RuleSet) -> Iterator[tuple[int, CompiledRule]]:
    """The rules about responses, with the number of their layer."""
    for depth, layer in enumerate(ruleset.layers["response"]):
        yield from ((depth, rule) for rule in layer.rules)


def refuse_unspeakable(layers: Sequence[Layer], project: Project, desk: Desk) -> None:
    """Says what cannot be computed where responses are, at its character."""
    for rule in (rule for layer in layers for rule in layer.rules):
        if rule.table and rule.table.collect in {"min", "max"}:
            message = f"the {rule.table.collect} of rows is not computed where responses are"
            hint = 'write hit = "priority" or hit = "first", and the rows in their order'
            desk.report("CX408", message, (*rule.path, "collect"), hint)
            continue
        for name, value in rule.derive.items():
            if value.type not in _VALUES and not isinstance(value.type, EnumType):
                message = f"an attribute is a number, a text or a truth value, not a {value.type}"
                desk.report("CX408", message, (*rule.path, "derive", name), "derive something simpler")
                continue
            try:
                value.sql(DIALECT, columns(value, project.params))
            except cel.CelError as error:
                desk.place(error.diagnostics, (*rule.path, "derive", name))
        try:
            rule.when.predicate(DIALECT, columns(rule.when, project.params))
        except cel.CelError as error:
            desk.place(error.diagnostics, (*rule.path, "when"))
