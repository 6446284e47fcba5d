"""The size of every gap, how sure it is, and what declared initiatives are expected to leave of it.

How sure a gap is follows from the chance of what was measured were the truth at what is desired
(`cxengine.metrics.chances`), how sure it will be closed from the interval of what remains: the normal deviate
that reaches to its limit on the side of no gap. What remains is the size less the mean of every change
(Beta-PERT, as experts estimate it), for the share of customers whom the initiative serves; distances to
limits combine as those of independent estimates, and changes of several initiatives add up, up to the end of
the measure's range.
Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
"""

from __future__ import annotations

from math import fsum, hypot
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.gaps.gap import Gap
from cxengine.insight.gaps.measure import FELT, desired_at
from cxengine.insight.gaps.remedies import Remedies
from cxengine.insight.grade import grade_of
from cxengine.metrics.chances import Chances
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL, Cell
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cxengine.insight.gaps.measure import Desired
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurement, Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Project, Touchpoint


def sizes(
    project: Project, measurements: Measurements, insight: Insight, metrics: Mapping[str, Metric]
) -> Iterator[Gap]:
    """The gap of everything that is desired, wherever its current state is shown or judged."""
    remedies = Remedies(project, measurements, insight, metrics)
    chances = Chances(measurements, metrics)
    for touchpoint in project.touchpoints:
        wanted = tuple(desired_at(project, touchpoint, metrics))
        for segment in (ALL, *(str(s.id) for s in project.segments)):
            for desired in wanted:
                now = desired.measure.now(str(touchpoint.id), segment, measurements, insight)
                if now is not None:
                    cell = Cell("touchpoint", str(touchpoint.id), segment)
                    yield _measured(cell, desired, now, remedies, chances)
                elif desired.measure == FELT and segment == ALL and touchpoint.emotion is not None:
                    yield _judged(touchpoint, desired, float(touchpoint.emotion), remedies)


def _measured(cell: Cell, desired: Desired, now: Measurement, remedies: Remedies, chances: Chances) -> Gap:
    """The gap between a measurement and what is desired."""
    measure, place, segment = desired.measure, cell.subject, cell.segment
    ends = sorted(measure.good * (desired.value - end) for end in (now.low, now.high))
    size = Interval(measure.good * (desired.value - now.value), *ends)
    changes = remedies.changes(measure, place, segment)
    after = _after(size, changes) if changes else None
    none, there = _chances(size, desired, now, cell, chances)
    tested = segment == ALL and now.as_of is None
    return Gap(
        touchpoint=place,
        segment=segment,
        measure=measure.id,
        by=measure.by,
        declared=desired.declared,
        desired=desired.value,
        current=Interval(now.value, now.low, now.high),
        n=now.n,
        size=size,
        part=size.value / measure.width if measure.width else None,
        probability=there,
        grade=grade_of(now, measure.width, remedies.project.privacy),
        initiatives=remedies.initiatives(measure, place, segment),
        remaining=None if after is None else _within(after, measure.good * (desired.value - measure.best)),
        closed=None if after is None else 1 - above_nothing(after),
        p=none if tested else None,
        as_of=now.as_of,
    )


def _judged(touchpoint: Touchpoint, desired: Desired, emotion: float, remedies: Remedies) -> Gap:
    """The gap between what an author assumes and what is desired: a judgement without a spread."""
    place, size = str(touchpoint.id), desired.value - emotion
    return Gap(
        touchpoint=place,
        segment=ALL,
        measure=desired.measure.id,
        by=desired.measure.by,
        declared=desired.declared,
        desired=desired.value,
        current=Interval(emotion, emotion, emotion),
        n=0,
        size=Interval(size, size, size),
        part=size / 2,
        probability=None,
        grade="judged",
        initiatives=remedies.initiatives(desired.measure, place, ALL),
        remaining=None,
        closed=None,
    )


def _after(size: Interval, changes: Sequence[Interval]) -> Interval:
    """What is left of a gap after changes, were there no end of the range."""
    value = size.value - fsum(change.value for change in changes)
    down = hypot(size.value - size.low, *(change.high - change.value for change in changes))
    up = hypot(size.high - size.value, *(change.value - change.low for change in changes))
    return Interval(value, value - down, value + up)


def _within(after: Interval, least: float) -> Interval:
    """No less is left than at the end of the range."""
    return Interval(max(after.value, least), max(after.low, least), max(after.high, least))


def _chances(
    size: Interval, desired: Desired, now: Measurement, cell: Cell, chances: Chances
) -> tuple[float, float]:
    """The chance of so large a gap, or a larger one, were there none; how probable it is that there is one.

    Where there seems to be none, that is the chance of so good a value, were what is desired true. Where many
    answers share what is desired, both may be above a half, and nothing is told. Of what is told again only
    its interval is known.
    """
    measure = desired.measure
    if measure.by == "emotion" or now.as_of is not None:
        there = above_nothing(size)
        return 1 - there, there
    none, good = (chances.beyond(measure.id, cell, now, desired.value, way * measure.good) for way in (-1, 1))
    if size.value == 0:
        return none, 0.5
    return none, max(1 - none, 0.5) if size.value > 0 else min(good, 0.5)


def above_nothing(size: Interval) -> float:
    """The chance that the true value is above 0, of normal deviates by the interval."""
    value, low, high, nothing = np.array([size.value, size.low, size.high, 0.0])[:, None]
    return float(intervals.chances(value, low, high, nothing, -1)[0])
