"""RICE and ICE: products of a few judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import attrs

from cxengine.plugin import Input, Scoring, Term, option

CONFIDENCE = Input(
    about="How sure one is of reach and impact: 1 high, 0.8 medium, 0.5 low.", scale=(0.0, 1.0)
)
REACH = Input(about="Customers whom it reaches in a period, where one knows better than the evidence.")
IMPACT = Input(
    about="Impact on each whom it reaches: 3 massive, 2 high, 1 medium, 0.5 low, 0.25 minimal.",
    scale=(0.25, 3.0),
    required=True,
)


@attrs.frozen(kw_only=True)
class RiceOptions:
    """Where reach, impact and confidence come from."""

    customers: float = option(
        "Customers in a period: reach is counted in them. Without it, reach is a share.", above=0, default=1.0
    )
    impact: Literal["measured", "judged"] = option(
        "Points on each whom it reaches, by its effects; or the input `impact`, from 0.25 to 3.",
        default="measured",
    )
    assumed: float = option(
        "Confidence in an initiative with an assumed effect, where the input says nothing.",
        minimum=0,
        maximum=1,
        default=0.5,
    )
    correlational: float = option(
        "Confidence in one whose weakest effect is correlational.", minimum=0, maximum=1, default=0.8
    )
    experimental: float = option(
        "Confidence in one whose effects all come from experiments.", minimum=0, maximum=1, default=1.0
    )


class Rice(Scoring):
    """Reach x impact x confidence / effort.

    Reach is measured (the share of customers that meet the touchpoints) unless the input `reach` says
    otherwise, confidence follows from how the expectations are backed unless the input `confidence` does.
    """

    name = "rice"
    title = "RICE"
    source = 'S. McBride, "RICE: simple prioritization for product managers", Intercom, 2016'
    Options = RiceOptions

    @property
    def inputs(self) -> Mapping[str, Input]:  # type: ignore[override]
        """What may be said, and what has to be where impact is judged."""
        measured = {"reach": attrs.evolve(REACH, scale=(0.0, float("inf"))), "confidence": CONFIDENCE}
        return measured | ({"impact": IMPACT} if self.options.impact == "judged" else {})

    def terms(self) -> Sequence[Term]:
        """Impact adds, so that harm is not made less by being rare or unsure."""
        o = self.options
        impact = "inputs.impact.likely" if o.impact == "judged" else "lift.likely"
        backed = (
            f'backing == "experimental" ? {float(o.experimental)!r} : '
            f'backing == "correlational" ? {float(o.correlational)!r} : {float(o.assumed)!r}'
        )
        return (
            Term(name="impact", value=impact),
            Term(
                name="reach",
                value=f"has(inputs.reach) ? inputs.reach.likely : reach * {float(o.customers)!r}",
                role="multiplies",
            ),
            Term(
                name="confidence",
                value=f"has(inputs.confidence) ? inputs.confidence.likely : ({backed})",
                role="multiplies",
            ),
            Term(name="effort", value="effort.likely", role="divides"),
        )


class Ice(Scoring):
    """Impact x confidence x ease, each judged from 1 to 10."""

    name = "ice"
    title = "ICE"
    source = "S. Ellis and M. Brown, Hacking Growth, 2017"
    inputs = MappingProxyType(
        {
            "impact": Input(
                about="From 1 (hardly any) to 10 (changes everything).", scale=(1, 10), required=True
            ),
            "confidence": Input(about="From 1 (a guess) to 10 (proven).", scale=(1, 10), required=True),
            "ease": Input(about="From 1 (years) to 10 (a day).", scale=(1, 10), required=True),
        }
    )

    def terms(self) -> Sequence[Term]:
        """All three multiply."""
        return tuple(Term(name=n, value=f"inputs.{n}.likely", role="multiplies") for n in self.inputs)
