"""What an initiative is worth: how far it moves the experience, for how many, where it matters.

The impact of an effect is 100 x importance of its touchpoint as a share of all x share of customers
reached x change as a share of the metric's range, positive where it is for the better. So 100 points
would lift every touchpoint from the worst to the best for everybody. Two metrics of one touchpoint are
two readings of one experience: the strongest improvement and the strongest harm there count, not the sum.
A change beyond the end of the metric's range, seen from the present value, counts up to that end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

import attrs

from cxengine.insight.insight import Insight
from cxengine.metrics.guardrails import Guardrail
from cxengine.metrics.measurement import ALL, Measurement, Measurements
from cxengine.plugin.base import Metric
from cxengine.project.merges import asked_of_employees
from cxengine.project.model import Effect, Estimate, MetricTable, Project
from cxengine.rules.conclusion import Conclusion

NOTHING = Estimate(0.0, 0.0, 0.0)


@attrs.frozen
class Yardstick:
    """How a metric is read: its name and unit, the ends of its range, which end is good.

    The ends of a metric without bounds are its declared guardrail and target; without these it has no
    `width`, and changes of it cannot be compared with others.
    """

    metric: str
    name: str
    unit: str
    low: float
    high: float
    good: int
    """+1 where high is good, -1 where low is good."""
    width: float | None

    def bounded(self, value: float) -> float:
        """The value, or the nearest possible one."""
        return min(max(value, self.low), self.high)


def yardstick(table: MetricTable, metric: Metric) -> Yardstick:
    """How the metric of that table is read."""
    low, high = metric.range()
    width: float | None = high - low
    if width == float("inf"):
        ends = (table.guardrail, table.target)
        width = abs(ends[1] - ends[0]) or None if ends[0] is not None and ends[1] is not None else None
    return Yardstick(
        metric=table.id,
        name=table.name or metric.title,
        unit=metric.unit,
        low=low,
        high=high,
        good=metric.good,
        width=width,
    )


@attrs.frozen
class Contribution:
    """An effect, the measurement it starts from, and its impact in points."""

    effect: Effect
    baseline: Measurement | None
    points: Estimate


@attrs.frozen
class Benefit:
    """The impact of an initiative, and of every effect by itself, the strongest first."""

    impact: Estimate
    contributions: tuple[Contribution, ...]


@attrs.frozen(eq=False)
class Ground:
    """What impact is reckoned from: importance of touchpoints, reach, present values, yardsticks."""

    importance: Mapping[str, float]
    """Importance of each touchpoint, as a share of all; the shares add up to 1."""
    measurements: Measurements
    insight: Insight
    yardsticks: Mapping[str, Yardstick]
    guardrails: tuple[Guardrail, ...] = ()
    employee_metrics: frozenset[str] = frozenset()
    """Metrics of what employees say."""

    @classmethod
    def of(
        cls,
        project: Project,
        conclusions: Iterable[Conclusion],
        *,
        measurements: Measurements,
        insight: Insight,
        metrics: Mapping[str, Metric],
    ) -> Ground:
        """That of a project, with what is concluded about its touchpoints and every metric by its id."""
        importance = {
            c.subject.id: c.facts["importance"] for c in conclusions if c.subject.about == "touchpoint"
        }
        return cls(
            importance=shares(project, importance),
            measurements=measurements,
            insight=insight,
            yardsticks={m.id: yardstick(m, metrics[m.id]) for m in project.metrics},
            employee_metrics=of_employees(project),
        )

    def guarded(self, part: Contribution) -> Guardrail | None:
        """The guardrail of the metric where an effect changes it, if there is one."""
        where = ("touchpoint", part.effect.touchpoint, part.effect.metric)
        return next((g for g in self.guardrails if (g.level, g.subject, g.metric) == where), None)

    def harms(self, part: Contribution) -> bool:
        """Whether an effect is expected to take its metric past a guardrail, or further past it."""
        found = self.guarded(part)
        if found is None:
            return False
        good, change = self.yardsticks[part.effect.metric].good, part.effect.change.likely
        return good * change < 0 and good * (found.measurement.value + change - found.limit) < 0

    def reach(self, touchpoint: str, segments: Sequence[str]) -> float:
        """Share of customers that meet the touchpoint and are in the segments; 0 where nobody said so.

        Segments are added up; where they overlap, together they are at most everybody there.
        """
        everybody = self._share(touchpoint, ALL)
        if not segments:
            return everybody
        return min(fsum(self._share(touchpoint, s) for s in segments), everybody)

    def baseline(self, effect: Effect) -> Measurement | None:
        """The present value that an effect starts from, as it is told; None where it is not known."""
        found = self.measurements.told(effect.metric, "touchpoint", effect.touchpoint)
        return None if found is None or found.suppressed else found

    def _share(self, touchpoint: str, segment: str) -> float:
        """Share of all customers that are in the segment and meet the touchpoint."""
        feeling = self.insight.feeling(touchpoint, segment)
        if feeling is None or feeling.grade == "none":
            return 0.0
        return feeling.reach * feeling.share


def of_employees(project: Project) -> frozenset[str]:
    """The metrics of what employees say."""
    heard = asked_of_employees(project.sources)
    return frozenset(str(metric.id) for metric in project.metrics if metric.signal in heard)


def shares(project: Project, importance: Mapping[str, float]) -> Mapping[str, float]:
    """Every touchpoint's share of all importance."""
    total = fsum(importance[t.id] for t in project.touchpoints)
    return {t.id: importance[t.id] / total if total else 0.0 for t in project.touchpoints}


def benefit(
    effects: Iterable[Effect], segments: Sequence[str], ground: Ground, *, reached: bool = False
) -> Benefit:
    """The impact of the effects for these segments (empty: for everybody).

    With `reached`, on those who are reached: as if everybody met the touchpoint and were in the segments.
    """
    contributions = [_contribution(e, None if reached else segments, ground) for e in effects]
    places = dict.fromkeys(c.effect.touchpoint for c in contributions)
    joint = [_joint([c.points for c in contributions if c.effect.touchpoint == p]) for p in places]
    total = Estimate(fsum(j.low for j in joint), fsum(j.likely for j in joint), fsum(j.high for j in joint))
    strongest = sorted(contributions, key=lambda c: (-c.points.likely, c.effect.touchpoint, c.effect.metric))
    return Benefit(total, tuple(strongest))


def _joint(points: Sequence[Estimate]) -> Estimate:
    def strongest(values: Sequence[float]) -> float:
        return max(0.0, *values) + min(0.0, *values)

    return Estimate(
        strongest([p.low for p in points]),
        strongest([p.likely for p in points]),
        strongest([p.high for p in points]),
    )


def _contribution(effect: Effect, segments: Sequence[str] | None, ground: Ground) -> Contribution:
    """What one effect is worth; without segments, on those whom it reaches."""
    baseline = ground.baseline(effect)
    stick = ground.yardsticks[effect.metric]
    if stick.width is None:
        return Contribution(effect, baseline, NOTHING)
    reach = 1.0 if segments is None else ground.reach(effect.touchpoint, segments)
    scale = 100 * ground.importance[effect.touchpoint] * reach / stick.width
    changes = [possible(c, baseline, stick) for c in attrs.astuple(effect.change)]
    low, likely, high = sorted(stick.good * c * scale for c in changes)
    return Contribution(effect, baseline, Estimate(low, likely, high))


def possible(change: float, baseline: Measurement | None, stick: Yardstick) -> float:
    """The change, or what of it leads from the present value to the end of the range."""
    if baseline is None:
        return change
    return stick.bounded(baseline.value + change) - baseline.value
