"""Opportunity: what customers find important and are not satisfied with."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import attrs

from cxengine.plugin import Input, Scoring, Term, option

_SCALE = "the share of the two best answers, from 0 to 10"


@attrs.frozen(kw_only=True)
class OpportunityOptions:
    """The metrics that tell importance and satisfaction, both shares of the two best answers in per cent."""

    importance: str = option("Id of the metric of how important it is: a `csat_t2b` of that question.")
    satisfaction: str = option("Id of the metric of how satisfied customers are with it.")


class Opportunity(Scoring):
    """Importance + max(importance - satisfaction, 0), from 0 to 20: where customers are underserved.

    Both are tenths of the share of the two best answers, at each touchpoint of the initiative within each
    segment that it serves; the greatest opportunity counts. The inputs `importance` and `satisfaction` take
    the place of what is measured.
    """

    name = "opportunity"
    title = "Opportunity score"
    source = "A. W. Ulwick, What Customers Want, 2005"
    Options = OpportunityOptions
    inputs = MappingProxyType(
        {
            "importance": Input(about=f"How important the need is: {_SCALE}.", scale=(0, 10)),
            "satisfaction": Input(about=f"How satisfied customers are with it: {_SCALE}.", scale=(0, 10)),
        }
    )

    def terms(self) -> Sequence[Term]:
        """One: the two parts belong to the same need."""
        given = "has(inputs.importance) && has(inputs.satisfaction)"
        said = _opportunity("inputs.importance.likely", "inputs.satisfaction.likely")
        important = f"c.metrics.{self.options.importance}.value / 10.0"
        satisfied = f"c.metrics.{self.options.satisfaction}.value / 10.0"
        known = f"has(c.metrics.{self.options.importance}) && has(c.metrics.{self.options.satisfaction})"
        measured = f"cells.filter(c, {known}).map(c, {_opportunity(important, satisfied)})"
        return (Term(name="opportunity", value=f"{given} ? {said} : math.greatest({measured})"),)


def _opportunity(importance: str, satisfaction: str) -> str:
    return f"{importance} + math.greatest({importance} - {satisfaction}, 0.0)"
