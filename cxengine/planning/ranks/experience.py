"""What was measured, and how much it matters, in a world: the columns behind facts and impacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from cxengine.insight.drivers.facts import drawn_importances, importances
from cxengine.insight.moments import feeling_signals
from cxengine.metrics.measurement import ALL, Level, Measurement
from cxengine.planning.benefit import Ground
from cxengine.planning.ranks.worlds import Measured, Quantity, World
from cxengine.plugin import intervals
from cxengine.project.model import Project

FEELINGS: Mapping[str, tuple[int, float, float]] = {
    "emotion": (1, -1.0, 1.0),
    "pain": (-1, 0.0, 1.0),
    "love": (1, 0.0, 1.0),
}
"""Feelings: which end is good, and the least and greatest value."""


@attrs.frozen(eq=False, slots=False)
class Experience:
    """Measurements, feelings, reach and importance of a project in a world."""

    project: Project
    ground: Ground
    world: World

    def metric(self, metric: str, level: Level, subject: str, segment: str = ALL) -> Quantity | None:
        """The value of a metric; None where it is not measured or not shown."""
        found = self.ground.measurements.told(metric, level, subject, segment=segment)
        if found is None or found.suppressed:
            return None
        stick = self.ground.yardsticks[metric]
        place = subject if level == "touchpoint" else level
        answers = (self.signals[metric], place, segment)
        return self._measured(answers, found, stick.good, stick.low, stick.high)

    def feeling(self, name: str, touchpoint: str, segment: str = ALL) -> Quantity | None:
        """Emotion, pain or love of a segment at a touchpoint; None where that is not known."""
        felt = self.ground.insight.feeling(touchpoint, segment)
        found = None if felt is None else getattr(felt, name)
        if found is None or found.suppressed:
            return None
        good, least, most = FEELINGS[name]
        return self._measured((self._feeling, touchpoint, segment), found, good, least, most)

    def reach(self, touchpoint: str, segments: Sequence[str] = ()) -> Quantity:
        """Share of customers that meet the touchpoint and are in the segments, as `Ground.reach`."""
        everybody = self._of_all(touchpoint, ALL)
        if not segments:
            return everybody
        total: Quantity = 0.0
        for segment in segments:
            total = total + self._of_all(touchpoint, segment)
        return np.minimum(total, everybody)

    def share_of_responses(self, touchpoint: str, segment: str = ALL) -> Quantity:
        """Share of the segment's responses that speak about the touchpoint."""
        felt = self.ground.insight.feeling(touchpoint, segment)
        if felt is None or felt.grade == "none":
            return 0.0
        return self._share(("reach", touchpoint, segment), felt.reach, felt.base)

    def importance(self, touchpoint: str) -> Quantity:
        """How much a touchpoint matters, from 0 to 1: as declared, or by the driver model that says so."""
        return self._importances[touchpoint]

    def importance_share(self, touchpoint: str) -> Quantity:
        """The same as a share of all."""
        total = self._total_importance
        return np.where(total > 0, self._importances[touchpoint] / np.where(total > 0, total, 1.0), 0.0)[()]

    @cached_property
    def _total_importance(self) -> Any:
        return np.asarray(sum(self._importances.values()))

    @cached_property
    def _importances(self) -> Mapping[str, Quantity]:
        drivers = self.ground.insight.drivers
        known = importances(self.project, drivers)
        drawn = self.world.resampled(("drivers",), drawn_importances(self.project, drivers)) if known else {}
        declared = {
            str(t.id): self.world.declared(("touchpoint", t.id, "importance"), float(t.importance))
            for t in self.project.touchpoints
        }
        return {**declared, **known, **drawn}

    def _of_all(self, touchpoint: str, segment: str) -> Quantity:
        felt = self.ground.insight.feeling(touchpoint, segment)
        if felt is None or felt.grade == "none":
            return 0.0
        part: Quantity = 1.0
        if segment != ALL:
            everybody = self.ground.insight.feeling(touchpoint, ALL)
            base = everybody.base if everybody is not None else float("inf")
            part = self._share(("segment", "", segment), felt.share, base)
        return self.share_of_responses(touchpoint, segment) * part

    def _share(self, name: tuple[str, ...], value: float, base: float) -> Quantity:
        if not np.isfinite(base) or base <= 0:
            return value
        low, high = intervals.wilson(np.array([value]), np.array([base]))
        return self.world.measured(
            Measured(name, value, float(low[0]), float(high[0]), base, least=0.0, most=1.0)
        )

    def _measured(
        self, answers: tuple[str, ...], found: Measurement, good: int, least: float, most: float
    ) -> Quantity:
        return self.world.measured(
            Measured(
                answers,
                found.value,
                found.low,
                found.high,
                found.n_eff,
                good=1 if good > 0 else -1,
                least=least,
                most=most,
            )
        )

    @cached_property
    def signals(self) -> Mapping[str, str]:
        """The signal that each metric measures."""
        return {str(m.id): str(m.signal) for m in self.project.metrics}

    @cached_property
    def _feeling(self) -> str:
        """What the feelings are told by: the one signal about them, or several together."""
        return " and ".join(str(signal.id) for signal in feeling_signals(self.project))
