"""Value against complexity, and the effort-impact matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

from cxengine.plugin import Input, Scoring, Term, option

VALUE = Input(about="Value, from 1 (hardly any) to 10 (the most there is).", scale=(1, 10), required=True)


@attrs.frozen(kw_only=True)
class ValueComplexityOptions:
    """Where value comes from."""

    value: Literal["measured", "judged"] = option(
        "The impact in points, by its effects; or the input `value`, from 1 to 10.", default="measured"
    )


class ValueComplexity(Scoring):
    """Value / complexity, which initiatives declare from 1 to 5."""

    name = "value_complexity"
    title = "Value against complexity"
    source = "the value-complexity matrix of product management"
    Options = ValueComplexityOptions

    @property
    def inputs(self) -> Mapping[str, Input]:  # type: ignore[override]
        """The value, where people judge it."""
        return {"value": VALUE} if self.options.value == "judged" else {}

    def terms(self) -> Sequence[Term]:
        """One of each."""
        value = "inputs.value.likely" if self.options.value == "judged" else "impact.likely"
        complexity = Term(name="complexity", value="initiative.complexity", role="divides")
        return (Term(name="value", value=value), complexity)


class EffortImpact(Scoring):
    """Quick wins first, then big bets, then fill-ins, then the rest; within each by impact beside effort.

    The lines of the matrix are the roadmap's `quick_win_impact` and `quick_win_effort`. Within a quadrant
    initiatives are ordered by impact / (impact + effort), which is between 0 and 1, so never leaves it.
    """

    name = "effort_impact"
    title = "Effort-impact matrix"
    source = "the action priority matrix; quick wins first"

    def terms(self) -> Sequence[Term]:
        """Two steps for a large impact, one for a small effort, less than one for where it lies within."""
        return (
            Term(name="large impact", value="impact.likely >= thresholds.impact ? 1.0 : 0.0", weight=2.0),
            Term(
                name="small effort",
                value="impact.likely > 0.0 && effort.likely <= thresholds.effort ? 1.0 : 0.0",
            ),
            Term(
                name="impact beside effort",
                value="impact.likely > 0.0 ? impact.likely / (impact.likely + effort.likely) : impact.likely",
            ),
        )
