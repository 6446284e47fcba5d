"""When things may be finished, and how far goals are reached: the values that a roadmap holds."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import attrs

from cxengine.metrics.measurement import Held, Measurement

Basis = Literal["estimate", "history", "mixed"]


@attrs.frozen
class Chance:
    """The probability that something is finished on that day or before."""

    probability: float
    day: dt.date


@attrs.frozen
class Forecast:
    """When something may be finished: p80 is the day by which it is with a probability of 80%."""

    p10: dt.date
    p50: dt.date
    p80: dt.date
    p90: dt.date
    as_planned: float
    """Probability that it is finished on the planned day or before."""
    basis: Basis
    """Whether durations are drawn from efforts, from a history, or, of several items, from both."""
    fan: tuple[Chance, ...]
    """Day by probability, from 5% to 95%: for a chart."""


@attrs.frozen
class Span:
    """A value with the interval that holds 95% of its draws."""

    value: float
    low: float
    high: float


@attrs.frozen
class GoalOutcome:
    """A goal, and what the roadmap is expected to add to it."""

    id: str
    name: str
    metric: str | None
    metric_name: str
    touchpoint: str | None
    """None for the whole journey."""
    unit: str
    baseline: Measurement | Held | None
    target: float | None
    by: dt.date | None
    contribution: Span | None
    """By its day, or by the end of the plan; None where nothing says how far the metric moves."""
    expected: Span | None
    """The value that is to be expected then."""
    probability: float | None
    """That the target is reached."""
    items: tuple[str, ...]
    """The items that add to it, by id; of those finished by the day in the plan."""
