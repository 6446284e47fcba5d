"""How an initiative is tried first: how many answers show the expected effect, and how long they take.

Two groups of equal size, one with the change and one without, compared by a two-sided test at 5% that finds
the expected effect with a probability of 80%: n = (z(0.975) + z(0.8))^2 (var1 + var2) / change^2 a group
(Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 2003, section 4.2, without continuity
correction). The variance of an answer is that of the metric's type: p(1 - p) of a share, p + d - (p - d)^2 of
a balance of promoters and detractors, the measured one of a mean; of the group with the change at the value
that is expected there. Answers that are not worth as much as independent ones (weights, the same customer
twice) are needed in proportion.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Literal

import attrs

from cxengine.metrics.measurement import Measurement

ALPHA, POWER = 0.05, 0.8
_Z_ALPHA, _Z_POWER = 1.959963984540054, 0.8416212335729143
LONGEST = 26
"""Weeks; a pilot that takes longer is not planned."""

Answers = Literal["share", "balance", "mean"]


@attrs.frozen
class Pilot:
    """A comparison of customers with and without the change, on the item's KPI."""

    metric: str
    touchpoint: str
    change: float
    """The effect that it has to be able to show, in the metric's unit."""
    per_group: int
    """Answers that each group needs."""
    answers_a_week: float | None
    """Answers about the touchpoint that may take part; None where nobody knows when answers came."""
    weeks: int | None
    """How long that takes."""
    start: dt.date | None
    end: dt.date | None
    """Empty where it takes too long, or the item is for later."""
    power: float
    alpha: float
    text: str
    """The plan in one sentence."""


def per_group(baseline: Measurement, change: float, answers: Answers) -> int | None:
    """Answers that each group needs to show the change; None where there is none to show.

    Nor is there a number where all answers are the same, or the interval has no end, so that nobody knows how
    much they differ.
    """
    if not change or not math.isfinite(change) or baseline.n_eff <= 1:
        return None
    variances = sum(_variances(baseline, change, answers))
    if variances <= 0 or not math.isfinite(variances):
        return None
    needed = (_Z_ALPHA + _Z_POWER) ** 2 * variances / change**2
    worth = max(baseline.n / baseline.n_eff, 1.0)
    return max(math.ceil(needed * worth - 1e-9), 2)


def _variances(now: Measurement, change: float, answers: Answers) -> tuple[float, float]:
    """The variance of an answer without and with the change."""
    half = (now.high - now.low) / 2
    match answers:
        case "share":
            shares = [min(max(value / 100, 0.0), 1.0) for value in (now.value, now.value + change)]
            before, after = (1e4 * share * (1 - share) for share in shares)
            return before, after
        case "balance":
            # the adjusted Wald interval counts three answers more, and is wider of few degrees of freedom;
            # no answers between -100 and 100 differ more than those at the ends
            measured = min((half / _Z_ALPHA) ** 2 * (now.n_eff + 3), 1e4 - now.value**2)
            moved = measured + now.value**2 - min(max(now.value + change, -100.0), 100.0) ** 2
            return measured, max(moved, 0.0)
        case "mean":
            measured = (half / _student(now.n_eff)) ** 2 * now.n_eff
            return measured, measured


def _student(n: float) -> float:
    """The quantile of Student's t of which an interval of a mean is made."""
    from scipy.special import stdtrit

    return float(stdtrit(max(n - 1, 1.0), 0.975))


def weeks_needed(needed: int, answers_a_week: float | None) -> int | None:
    """Weeks until both groups have their answers."""
    return math.ceil(2 * needed / answers_a_week - 1e-9) if answers_a_week else None


def after(day: dt.date, weeks: int) -> dt.date:
    """The last day of a pilot that begins on that day."""
    return day + dt.timedelta(weeks=weeks, days=-1)
