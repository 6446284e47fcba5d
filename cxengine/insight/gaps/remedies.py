"""What declared initiatives are expected to change of a measure, for whom.

A metric is changed by the effects on it. An emotion is changed by effects on metrics that are the mean of
what people felt on a declared scale: the change is that of the feeling of the mean answer. Of several such
effects of one initiative at a touchpoint the strongest counts: they are readings of one experience.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import fsum
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.moments import feeling_signals, feelings
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cxengine.insight.gaps.measure import Measure
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Effect, InitiativeTable, Project


@attrs.frozen(eq=False, slots=False)
class Remedies:
    """The declared initiatives of a project, and what their effects start from."""

    project: Project
    measurements: Measurements
    insight: Insight
    metrics: Mapping[str, Metric]

    def initiatives(self, measure: Measure, touchpoint: str, segment: str) -> tuple[str, ...]:
        """Those that address a measure there.

        An emotion is addressed by any effect there, a metric by those on the same signal: a top-two-box
        rises with the mean, though nobody says by how much.
        """
        return tuple(
            str(initiative.id)
            for initiative, _, effects in self._there(touchpoint, segment)
            if any(self._about(effect, measure) for effect in effects)
        )

    def _about(self, effect: Effect, measure: Measure) -> bool:
        """Whether an effect is on the measure, or on another reading of its answers."""
        if measure.by == "emotion":
            return True
        return self.metrics[str(effect.metric)].signal.id == self.metrics[measure.id].signal.id

    def changes(self, measure: Measure, touchpoint: str, segment: str) -> tuple[Interval, ...]:
        """What each of them that tells it is expected to bring, towards the good end."""
        found = []
        for _, served, effects in self._there(touchpoint, segment):
            told = [e for e in effects if measure.by == "emotion" or e.metric == measure.id]
            brought = [b for e in told if (b := self._brought(e, measure, segment)) is not None]
            if brought:
                best = max(brought, key=lambda change: abs(change.value))
                found.append(Interval(*(served * end for end in attrs.astuple(best))))
        return tuple(found)

    def _there(
        self, touchpoint: str, segment: str
    ) -> Iterator[tuple[InitiativeTable, float, tuple[Effect, ...]]]:
        """Initiatives with effects there, the share of the segment whom each serves, and those effects."""
        for initiative, effects in self._by_touchpoint.get(touchpoint, ()):
            served = self._served(initiative, touchpoint, segment)
            if served > 0:
                yield initiative, served, effects

    @cached_property
    def _by_touchpoint(self) -> dict[str, list[tuple[InitiativeTable, tuple[Effect, ...]]]]:
        found: dict[str, list[tuple[InitiativeTable, tuple[Effect, ...]]]] = {}
        for initiative in self.project.initiatives:
            for touchpoint in dict.fromkeys(str(effect.touchpoint) for effect in initiative.effects):
                effects = tuple(effect for effect in initiative.effects if effect.touchpoint == touchpoint)
                found.setdefault(touchpoint, []).append((initiative, effects))
        return found

    @cached_property
    def _feelings(self) -> frozenset[str]:
        """The signals that tell a feeling."""
        return frozenset(str(signal.id) for signal in feeling_signals(self.project))

    def _served(self, initiative: InitiativeTable, touchpoint: str, segment: str) -> float:
        """The share of the segment's people at a touchpoint whom an initiative serves.

        Of everybody, the segments it names add up; where they overlap, together they are at most everybody.
        """
        if not initiative.segments or segment in initiative.segments:
            return 1.0
        if segment != ALL:
            return 0.0
        shown = [self.insight.feeling(touchpoint, str(s)) for s in (ALL, *initiative.segments)]
        met = [0.0 if f is None or f.emotion.suppressed else f.reach * f.share for f in shown]
        return min(fsum(met[1:]) / met[0], 1.0) if met[0] > 0 else 0.0

    def _brought(self, effect: Effect, measure: Measure, segment: str) -> Interval | None:
        """What an effect brings, towards the good end; None where it does not tell of the measure."""
        change = expected(effect.change.low, effect.change.likely, effect.change.high)
        if measure.by == "metric":
            ends = sorted((measure.good * change.low, measure.good * change.high))
            return Interval(measure.good * change.value, *ends)
        return self._felt(effect, change, segment)

    def _felt(self, effect: Effect, change: Interval, segment: str) -> Interval | None:
        """A change of a mean answer as one of a mean feeling."""
        metric = self.metrics[str(effect.metric)]
        scale = metric.signal.scale
        now = self.measurements.told(
            str(effect.metric), "touchpoint", str(effect.touchpoint), segment=segment
        )
        if (
            scale is None
            or str(metric.signal.id) not in self._feelings
            or metric.range() != (scale.min, scale.max)
        ):
            return None
        if now is None or now.suppressed:
            return None
        answers = now.value + np.array([0.0, *attrs.astuple(change)])
        moved = feelings(metric.signal, np.clip(answers, scale.min, scale.max))
        value, *ends = (moved[1:] - moved[0]).tolist()
        return Interval(value, *sorted(ends))


@lru_cache(maxsize=4096)
def expected(low: float, likely: float, high: float) -> Interval:
    """The mean of an expert's estimate with the 95% interval of its Beta-PERT distribution.

    Source: Malcolm, Roseboom, Clark, Fazar, Operations Research 7 (1959) 646-669.
    """
    from scipy.special import betaincinv

    width = high - low
    if width <= 0:
        return Interval(likely, likely, likely)
    first, second = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
    ends = [low + width * float(betaincinv(first, second, part)) for part in (0.025, 0.975)]
    return Interval((low + 4 * likely + high) / 6, *ends)
