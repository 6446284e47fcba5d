"""Changes that were made, and what became of the metrics that they were to move.

A metric at a touchpoint is compared between the last whole period before the change and the latest one that
is shown after the period of the change. What it moved by meanwhile at the other touchpoints of the project,
where nothing was delivered in that time, is taken off, as what would have come anyway (difference in
differences): the mean of their moves. Distances to limits combine as those of independent estimates.

It is no experiment. Touchpoints are often chosen because they were at their worst, and what was at its worst
gets better by itself (regression to the mean): so a move is told beside what was expected, and called none
where its interval holds 0. A move is called better or worse where it is beyond chance, all that the run tests
considered.
Sources: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702; Card and Krueger, American Economic
Review 84 (1994) 772-793 (differences in differences).
"""

from __future__ import annotations

from functools import cached_property
from math import fsum, hypot
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.insight.finding import certainty
from cxengine.insight.gaps.measure import measure_of
from cxengine.insight.gaps.remedies import expected
from cxengine.metrics import period
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL, CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cxengine.insight.gaps.measure import Measure
    from cxengine.metrics.discovery import Discovery
    from cxengine.metrics.measurement import Measurement, Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import DeliveredTable, Effect, MetricTable, Project

Verdict = Literal["better", "worse", "none seen", "unclear", "too early", "not measured"]


@attrs.frozen
class DeliveredEffect:
    """What became of a metric at a touchpoint after a change. Numbers are None where too little is shown."""

    delivered: str
    touchpoint: str
    metric: str
    segment: str
    """The segment that was served, where it is one; else "all"."""
    expected: Interval
    """Towards the good end of the metric, like all numbers here, in its unit."""
    part: float | None
    """What was expected or, where that is more, what it moved by beyond elsewhere, as a part of the metric's
    whole range; None of a metric without ends."""
    before: str
    after: str
    """Labels of the periods that are compared; empty where there is none."""
    moved: Interval | None
    elsewhere: float | None
    """What the metric moved by at other touchpoints, on average; None where there are none to compare."""
    net: Interval | None
    """What it moved by beyond that."""
    n: int
    """Answers in the period with fewer of them."""
    verdict: Verdict
    """Better or worse: the net move is beyond chance, all that the run tests considered. None seen: its
    interval holds 0 and not what was expected. Unclear: anything else, so that more answers are needed."""
    p: float | None = None
    """The chance of so large a net move were there none, two-sided."""


def delivered_effects(
    project: Project, measurements: Measurements, metrics: Mapping[str, Metric]
) -> tuple[DeliveredEffect, ...]:
    """Every effect of every delivered change, in the order of the project; none flagged."""
    if not project.delivered:
        return ()
    course = _Course(project, measurements, metrics)
    return tuple(
        course.effect(table, effect, str(table.segments[0]) if len(table.segments) == 1 else ALL)
        for table in project.delivered
        for effect in table.effects
    )


def judged(effects: Sequence[DeliveredEffect], discovery: Discovery) -> tuple[DeliveredEffect, ...]:
    """The effects, those called better or worse that are beyond chance."""
    return tuple(
        attrs.evolve(one, verdict="better" if one.net.value > 0 else "worse")
        if one.net is not None and one.p is not None and discovery.falls(one.p)
        else one
        for one in effects
    )


@attrs.frozen(eq=False, slots=False)
class _Course:
    """What is shown of every metric, place and period."""

    project: Project
    measurements: Measurements
    metrics: Mapping[str, Metric]

    @cached_property
    def tables(self) -> Mapping[str, MetricTable]:
        """The declared metrics by their ids."""
        return {str(table.id): table for table in self.project.metrics}

    def effect(self, table: DeliveredTable, effect: Effect, segment: str) -> DeliveredEffect:
        """What became of one expected effect."""
        metric, touchpoint = str(effect.metric), str(effect.touchpoint)
        shown = self._shown(metric, touchpoint, segment)
        finished = period.of_day(self.project.evidence.period, table.finished)
        before = max((number for number in shown if number < finished), default=None)
        after = max((number for number in shown if number > finished), default=None)
        measure = measure_of(self.tables[metric], self.metrics[metric])
        good = measure.good
        change = expected(effect.change.low, effect.change.likely, effect.change.high)
        bare = DeliveredEffect(
            delivered=str(table.id),
            touchpoint=touchpoint,
            metric=metric,
            segment=segment,
            expected=_turned(change, good),
            part=_part(change.value, measure),
            before="" if before is None else self._label(before),
            after="" if after is None else self._label(after),
            moved=None,
            elsewhere=None,
            net=None,
            n=0,
            verdict="not measured" if before is None else "too early",
        )
        if before is None or after is None:
            return bare
        moved = _turned(_difference(shown[after], shown[before]), good)
        others = [_turned(other, good) for other in self._elsewhere(metric, segment, before, after)]
        net = _less(moved, others)
        return attrs.evolve(
            bare,
            moved=moved,
            elsewhere=fsum(other.value for other in others) / len(others) if others else None,
            net=net,
            part=_part(max(abs(change.value), abs(net.value)), measure),
            n=min(shown[before].n, shown[after].n),
            verdict=_not_seen(net, bare.expected),
            p=1 - certainty(net.value, net.low, net.high),
        )

    def _shown(self, metric: str, touchpoint: str, segment: str) -> Mapping[int, Measurement]:
        """The measurements of single periods that are shown, by the number of the period."""
        length = self.project.evidence.period
        components = self.measurements.components
        found = {}
        for label in components.axes.periods if components is not None else ():
            one = self.measurements.get(metric, "touchpoint", touchpoint, segment=segment, period=label)
            if label not in {ALL, CURRENT} and one is not None and not one.suppressed:
                found[period.number(length, label)] = one
        return found

    def _elsewhere(self, metric: str, segment: str, before: int, after: int) -> Iterator[Interval]:
        """How the metric moved at the touchpoints where nothing was delivered in that time."""
        length = self.project.evidence.period
        busy = {
            effect.touchpoint
            for table in self.project.delivered
            for effect in table.effects
            if before <= period.of_day(length, table.finished) <= after
        }
        for touchpoint in self.project.touchpoints:
            if touchpoint.id not in busy:
                shown = self._shown(metric, str(touchpoint.id), segment)
                if before in shown and after in shown:
                    yield _difference(shown[after], shown[before])

    def _label(self, number: int) -> str:
        return period.label(self.project.evidence.period, number)


def _part(size: float, measure: Measure) -> float | None:
    return abs(size) / measure.width if measure.width else None


def _difference(now: Measurement, then: Measurement) -> Interval:
    """The change between two independent samples."""
    value = now.value - then.value
    down, up = (
        hypot(now.value - now.low, then.high - then.value),
        hypot(now.high - now.value, then.value - then.low),
    )
    return Interval(value, value - down, value + up)


def _less(moved: Interval, others: Sequence[Interval]) -> Interval:
    """A move less the mean of others."""
    if not others:
        return moved
    k = len(others)
    value = moved.value - fsum(other.value for other in others) / k
    down = hypot(moved.value - moved.low, *((other.high - other.value) / k for other in others))
    up = hypot(moved.high - moved.value, *((other.value - other.low) / k for other in others))
    return Interval(value, value - down, value + up)


def _turned(found: Interval, good: int) -> Interval:
    """Towards the good end."""
    ends = sorted((good * found.low, good * found.high))
    return Interval(good * found.value, *ends)


def _not_seen(net: Interval, wanted: Interval) -> Verdict:
    """What is said of a move that may be chance."""
    seen = not net.low <= 0 <= net.high
    return "unclear" if seen or net.low <= wanted.value <= net.high else "none seen"
