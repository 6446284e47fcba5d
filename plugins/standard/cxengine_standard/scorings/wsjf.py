"""Weighted shortest job first."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Literal

import attrs

from cxengine.plugin import Input, Scoring, Term, option


def _judged(about: str) -> Input:
    return Input(about=f"{about}, from 1 to 20.", scale=(1, 20), required=True)


@attrs.frozen(kw_only=True)
class WsjfOptions:
    """What the cost of delay is divided by."""

    divide_by: Literal["duration", "effort"] = option(
        "The least calendar weeks, which every initiative then has to declare; or the person-weeks.",
        default="duration",
    )


class Wsjf(Scoring):
    """Cost of delay / duration: what loses most by waiting, for the shortest work, goes first."""

    name = "wsjf"
    title = "WSJF"
    source = "D. G. Reinertsen, The Principles of Product Development Flow, 2009; scales as in SAFe"
    Options = WsjfOptions
    inputs = MappingProxyType(
        {
            "business_value": _judged("Value to customers and to the business"),
            "time_criticality": _judged("How fast that value decays"),
            "risk_reduction": _judged("Risk that it takes away, or opportunity that it opens"),
        }
    )

    @property
    def needs(self) -> Sequence[Literal["duration"]]:  # type: ignore[override]
        """The duration, if that is what one divides by."""
        return ("duration",) if self.options.divide_by == "duration" else ()

    def terms(self) -> Sequence[Term]:
        """Cost of delay is the sum of three judgements."""
        costs = (Term(name=n.replace("_", " "), value=f"inputs.{n}.likely") for n in self.inputs)
        by = "initiative.duration" if self.options.divide_by == "duration" else "effort.likely"
        return (*costs, Term(name=self.options.divide_by, value=by, role="divides"))
