"""Rules, compiled and layered, with the other expressions that read the same facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic
from cxengine.project.model import DecisionTable, Proposal, Rule
from cxengine.rules.conclusion import About, Conclusion
from cxengine.rules.scoring import Score
from cxengine.rules.template import Template
from cxengine.rules.vocabulary import Derived

if TYPE_CHECKING:
    from cxengine.rules.tables import Grid


@attrs.frozen(eq=False)
class CompiledProposal:
    """A proposal with its texts as templates."""

    proposal: Proposal
    name: Template
    about: Template
    public_name: Template

    def __call__(self, facts: Mapping[str, Any]) -> Proposal:
        """The proposal with values filled in."""
        return attrs.evolve(
            self.proposal,
            name=self.name(facts),
            about=self.about(facts),
            public_name=self.public_name(facts),
        )


class Told(Protocol):
    """A text that is made of facts."""

    @property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """The facts that it names."""

    def __call__(self, facts: Mapping[str, Any]) -> str:
        """The text with values filled in."""


@attrs.frozen(eq=False)
class CompiledRule:
    """A rule whose condition, formulas and texts are checked programs.

    A decision table is one too: `rule` then says as a rule what the table says as rows, and `grid` holds the
    rows.
    """

    rule: Rule
    when: cel.Program
    derive: Mapping[str, cel.Program]
    because: Told
    propose: CompiledProposal | None = None
    grid: Grid | None = None

    @property
    def table(self) -> DecisionTable | None:
        """What the author wrote, where that is a table."""
        return self.grid.table if self.grid else None

    @property
    def path(self) -> tuple[str, str]:
        """Where it is written."""
        return ("table" if self.table else "rule", self.rule.id)


@attrs.frozen(eq=False, slots=False)
class Layer:
    """Rules that do not read one another's facts, sorted by id."""

    rules: tuple[CompiledRule, ...]

    @cached_property
    def conditions(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """All conditions as one function: each rule's value, or the `CelError` it failed with."""
        return cel.fuse({compiled.rule.id: compiled.when for compiled in self.rules})


@attrs.frozen(eq=False)
class RuleSet:
    """All rules of a project in layers, and the expressions over what they conclude.

    `layers` holds, for each kind of subject, rules that read only what earlier layers derive. `areas` are
    the conditions of those areas that have one; `score` is the whole formula of the score, `scoring` how it
    is made up.
    """

    layers: Mapping[About, tuple[Layer, ...]]
    derived: Mapping[About, tuple[Derived, ...]]
    areas: Mapping[str, cel.Program]
    score: cel.Program
    scoring: Score
    warnings: tuple[Diagnostic, ...] = ()
    params: Mapping[str, Any] = attrs.Factory(dict)
    """The fact `params`."""

    def attribute_types(self) -> dict[str, str]:
        """The attributes that rules derive of responses, with the kind of their values."""
        kinds: dict[cel.Type, str] = {cel.BOOL: "boolean", cel.DOUBLE: "number"}
        return {d.name: kinds.get(d.type, "text") for d in self.derived["response"]}

    def defaults(self, about: About) -> dict[str, Any]:
        """What holds of every subject until a rule says otherwise: derived booleans are false."""
        return {d.name: False for d in self.derived[about] if d.type == cel.BOOL}

    def settled(self, conclusion: Conclusion) -> dict[str, Any]:
        """All facts about a subject after the rules: given, derived, and false where nothing was derived."""
        return {
            **self.defaults(conclusion.subject.about),
            **conclusion.facts,
            **conclusion.derived,
        }


def selected(facts: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value of `facts` at `path`; None where it is absent."""
    value: Any = facts
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value
