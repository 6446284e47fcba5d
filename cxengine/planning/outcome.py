"""How one sees that an item worked: KPI, baseline, target, date, and a sentence that says so."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import attrs

from cxengine.metrics.measurement import ALL, Measurement
from cxengine.planning.benefit import Benefit, Contribution, Ground, Yardstick
from cxengine.planning.calendar import one_period_after
from cxengine.planning.roadmap import Kpi
from cxengine.project.model import Period, Segment
from cxengine.rules import wording


@attrs.frozen
class Among:
    """Whom an item is for, and where the metric of its main effect is among them now."""

    segment: str
    name: str
    now: Measurement


def kpi(
    main: Contribution, stick: Yardstick, end: dt.date | None, period: Period, among: Among | None = None
) -> Kpi | None:
    """The metric of the main effect, from where it is to where the likely change takes it.

    It is read among everybody, or among those whom the item is for. It is judged one period after the item
    is finished, when a full period of answers is in. There is none without a present value: a change from
    nowhere leads nowhere.
    """
    baseline = among.now if among else main.baseline
    if baseline is None:
        return None
    return Kpi(
        metric=stick.metric,
        metric_name=f"{stick.name} ({among.name})" if among else stick.name,
        touchpoint=main.effect.touchpoint,
        baseline=baseline,
        target=stick.bounded(baseline.value + main.effect.change.likely),
        unit=stick.unit,
        by=one_period_after(end, period) if end else None,
        segment=among.segment if among else ALL,
    )


def among(main: Contribution, segments: Sequence[Segment], ground: Ground) -> Among | None:
    """Those whom an item for one segment is for, where the metric is shown of them."""
    if len(segments) != 1:
        return None
    (one,) = segments
    found = ground.measurements.told(
        main.effect.metric, "touchpoint", main.effect.touchpoint, segment=str(one.id)
    )
    return None if found is None or found.suppressed else Among(str(one.id), one.name, found)


def main_effect(benefit: Benefit) -> Contribution | None:
    """The effect with the greatest likely impact."""
    return benefit.contributions[0] if benefit.contributions else None


def success(goal: Kpi, stick: Yardstick, touchpoint: str) -> str:
    """The criterion in one sentence; `touchpoint` is the name that people know."""
    now = goal.baseline
    bound = "at least" if stick.good > 0 else "at most"
    digits = decimals(stick, goal.target - (now.value if now else goal.target))
    by = f" by {goal.by.isoformat()}" if goal.by else ""
    unit = goal.unit if goal.unit == "%" else f" {goal.unit}".rstrip()
    present = f" ({measured(now, digits)})" if now else ""
    return f"{goal.metric_name} at {touchpoint} {bound} {goal.target:.{digits}f}{unit}{present}{by}"


def measured(now: Measurement, digits: int) -> str:
    """A present value with its interval, with at least so many digits: "now 3.7, 95% 3.6 to 3.8, n = 412".

    What is told again has its day instead of "now": "3.7 as of 2026-11-12, 95% 3.6 to 3.8, n = 412".
    """
    digits = max(digits, wording.decimals(now.low, now.high) or 0)
    value, low, high = (
        f"{v:.{digits}f}" if math.isfinite(v) else wording.shown(v) for v in (now.value, now.low, now.high)
    )
    told = f"now {value}" if now.as_of is None else f"{value} as of {now.as_of}"
    return f"{told}, 95% {low} to {high}, n = {now.n}"


def decimals(stick: Yardstick, change: float = 0.0) -> int:
    """Digits after the point that the metric deserves: more on narrow ranges and for small changes."""
    digits = 1 if stick.width is None or stick.width > 20 else 2
    while change and digits < 6 and abs(change) < 10**-digits:
        digits += 1
    return digits
