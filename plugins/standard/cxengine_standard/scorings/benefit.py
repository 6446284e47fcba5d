"""The benefit model: what an initiative brings in money over the years, against what it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import expm1, log1p
from types import MappingProxyType
from typing import Literal

import attrs

from cxengine.plugin import Input, Link, Scoring, Term, option

Stream = Literal["retention", "revenue", "cross_selling", "cost_reduction"]

SHARED = ("retention", "revenue")
"""Streams of the same customers: who is kept goes on buying, and counts once."""

_CUSTOMERS = "has(inputs.kept_customers) || has(inputs.revenue)"
_SAID = f"{_CUSTOMERS} || has(inputs.cross_selling)"
_WEEKS = "math.greatest(has(initiative.duration) ? initiative.duration : effort.likely, 1.0)"
_NOTHING = "0.0"


def _yearly(about: str) -> Input:
    return Input(about=about, scale=(0.0, float("inf")))


@attrs.frozen(kw_only=True)
class OutcomeLink:
    """What an outcome of a driver model is worth: an effect counts by what it does to it, and by no more."""

    model: str = option("Id of the driver model.")
    stream: Stream = option("What the outcome brings.")
    worth: float = option("Money a year for one more point of the outcome, for all customers.")


@attrs.frozen(kw_only=True)
class Emphasis:
    """What makes a gain count more than its money, and by how much: 1 + weight x value, each."""

    segment: float = option(
        "Worth of the segment that it serves, beside 1 for everybody: the most valuable first.",
        minimum=0,
        maximum=1,
        default=0.0,
    )
    pain: float = option("Pain that it goes for, from 0 to 1.", minimum=0, default=0.0)
    love: float = option("Love that it builds on, from 0 to 1.", minimum=0, default=0.0)
    goals: float = option("Weight of the goals that it serves, from 0 to 1 of all.", minimum=0, default=0.0)


@attrs.frozen(kw_only=True)
class BenefitOptions:
    """Prices, the years that count, and what is emphasised."""

    week_cost: float = option("What a person-week costs.", minimum=0)
    years: float = option("Years for which benefits count, from when the work is done.", above=0, default=3.0)
    rate: float = option("Yearly rate at which later money counts less.", minimum=0, maximum=1, default=0.08)
    lifetime_value: float = option("Margin that a kept customer brings in all.", minimum=0, default=0.0)
    customer_point: float = option(
        "Money a year for a point of impact on customers that nothing else counts.", minimum=0, default=0.0
    )
    employee_point: float = option("Money a year for a point of impact on employees.", minimum=0, default=0.0)
    links: tuple[OutcomeLink, ...] = option("Outcomes that drivers move, and their worth.", default=())
    emphasis: Emphasis = option("What counts more than its money.", default=Emphasis())
    per: tuple[Literal["duration", "complexity"], ...] = option(
        "What a gain is divided by; a loss is not.", default=("duration", "complexity")
    )


class BenefitModel(Scoring):
    """Expected net present value of what it brings less what it costs, by its duration and complexity.

    Revenue growth, up- and cross-selling, cost reduction, retention, and the satisfaction of customers and
    employees, each counted once: revenue is that of customers who would not have come otherwise; kept
    customers count by their lifetime value; what the inputs say takes the place of linked outcomes; and
    points of satisfaction have a price only where neither says what they lead to.
    """

    name = "benefit"
    title = "Benefit model"
    source = "net present value of disjoint effects; see docs/prioritizing.md"
    Options = BenefitOptions
    inputs = MappingProxyType(
        {
            "revenue": _yearly("Margin a year from customers who would not have come otherwise."),
            "cross_selling": _yearly("Margin a year from customers who buy more, or better."),
            "cost_reduction": _yearly("Costs saved a year."),
            "kept_customers": _yearly("Customers a year who would have left otherwise."),
        }
    )

    def links(self) -> Sequence[Link]:
        """Retention and revenue are one stream: a change counts in one of them."""
        return tuple(
            Link(model=one.model, stream="retention and revenue" if one.stream in SHARED else one.stream)
            for one in self.options.links
        )

    def terms(self) -> Sequence[Term]:
        """Present values, then what is emphasised, then what they are divided by."""
        return (*self._gains(), self._cost(), *self._emphasised(), *self._divisors())

    def _gains(self) -> Iterator[Term]:
        """What comes in a year, from when the work is done, as often as the years are worth now."""
        o = self.options
        annuity = -expm1(-o.years * log1p(o.rate)) / o.rate if o.rate else o.years
        for name, yearly in self._yearly():
            waited = f"({yearly}) / (1.0 + {float(o.rate)!r} * {_WEEKS} / 52.0)" if o.rate else yearly
            yield Term(name=name, value=waited, weight=annuity)

    def _yearly(self) -> Iterator[tuple[str, str]]:
        """What may come in a year, by name; without what has no price."""
        o = self.options
        kept = f"{_expected('inputs.kept_customers')} * {float(o.lifetime_value)!r}"
        kept = f"({_CUSTOMERS}) ? (has(inputs.kept_customers) ? {kept} : 0.0)"
        if o.lifetime_value or self._linked("retention") != _NOTHING:
            yield "retention", f"{kept} : {self._linked('retention')}"
        new = f"({_CUSTOMERS}) ? (has(inputs.revenue) ? {_expected('inputs.revenue')} : 0.0)"
        yield "revenue growth", f"{new} : {self._linked('revenue')}"
        yield "up- and cross-selling", self._said("cross_selling")
        yield "cost reduction", self._said("cost_reduction")
        if o.customer_point:
            points = f"{_expected('points.customers')} * {float(o.customer_point)!r}"
            yield "customer satisfaction", f"({_SAID}) ? 0.0 : {points}"
        if o.employee_point:
            yield "employee satisfaction", f"{_expected('points.employees')} * {float(o.employee_point)!r}"

    def _said(self, stream: Stream) -> str:
        return f"has(inputs.{stream}) ? {_expected(f'inputs.{stream}')} : {self._linked(stream)}"

    def _linked(self, stream: Stream) -> str:
        """What linked outcomes bring a year; an outcome that was not measured brings nothing."""
        parts = []
        for one in self.options.links:
            if one.stream == stream:
                fact = f"outcomes.{one.model.replace('-', '_')}"
                parts.append(f"(has({fact}) ? {_expected(fact)} * {float(one.worth)!r} : 0.0)")
        return f"({' + '.join(parts)})" if parts else _NOTHING

    def _cost(self) -> Term:
        value = f"initiative.cost + {_expected('effort')} * {float(self.options.week_cost)!r}"
        return Term(name="cost", value=value, weight=-1.0)

    def _emphasised(self) -> Iterator[Term]:
        values = {
            "segment": ("valuable segment", "segment_value - 1.0"),
            "pain": ("pain", "has(feelings.pain) ? feelings.pain : 0.0"),
            "love": ("love", "has(feelings.love) ? feelings.love : 0.0"),
            "goals": ("goals", "alignment"),
        }
        for key, (name, value) in values.items():
            weight = float(getattr(self.options.emphasis, key))
            if weight:
                yield Term(name=name, value=value, role="raises", weight=weight)

    def _divisors(self) -> Iterator[Term]:
        values = {"duration": _WEEKS, "complexity": "initiative.complexity"}
        for name in dict.fromkeys(self.options.per):
            yield Term(name=name, value=values[name], role="divides")


def _expected(estimate: str) -> str:
    """The mean of a three-point estimate (PERT): sums of money add up by expectation."""
    return f"(({estimate}.low + 4.0 * {estimate}.likely + {estimate}.high) / 6.0)"
