"""Rules about responses: attributes that are computed where the responses are, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from cxengine import cel
from cxengine.cel.types import EnumType
from cxengine.evidence.derive import DIALECT, DerivedAttribute, columns
from cxengine.project.model import Project
from cxengine.rules.desk import Desk
from cxengine.rules.ruleset import Layer, RuleSet

_VALUES = (cel.BOOL, cel.DOUBLE, cel.INT, cel.STRING)


def derived_attributes(ruleset: RuleSet) -> tuple[tuple[DerivedAttribute, ...], ...]:
    """What rules derive of every response, layer by layer."""
    return tuple(
        tuple(
            DerivedAttribute(name, rule.when, value)
            for rule in layer.rules
            for name, value in rule.derive.items()
        )
        for layer in ruleset.layers["response"]
    )


def refuse_unspeakable(layers: Sequence[Layer], project: Project, desk: Desk) -> None:
    """Says what cannot be computed where responses are, at its character."""
    for rule in (rule for layer in layers for rule in layer.rules):
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
