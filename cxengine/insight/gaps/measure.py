"""What can fall short of a desired state: the emotion, and every metric with a target."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.metrics.covered import at_its_end, is_total
from cxengine.metrics.measurement import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import MetricTable, Project, Touchpoint


EMOTION = "emotion"


@attrs.frozen
class Measure:
    """A number of a touchpoint, with the ends of its range and the one that is good."""

    id: str
    by: Literal["emotion", "metric"]
    low: float
    high: float
    good: int
    """+1 where high is good, -1 where low is good."""

    @property
    def width(self) -> float | None:
        """From end to end; None without ends."""
        return self.high - self.low if isfinite(self.high - self.low) else None

    @property
    def best(self) -> float:
        """The good end."""
        return self.high if self.good > 0 else self.low

    def now(
        self, touchpoint: str, segment: str, measurements: Measurements, insight: Insight
    ) -> Measurement | None:
        """The current state, as it is told; None where it is unknown or must not be shown.

        A total of a period that is not over is held against a whole one's, at the same rate. How much of the
        period was over when a total was told that is told again, nobody knows.
        """
        if self.by == "emotion":
            feeling = insight.feeling(touchpoint, segment)
            found = None if feeling is None else feeling.emotion
        else:
            found = measurements.told(self.id, "touchpoint", touchpoint, segment=segment)
        if found is None or found.suppressed:
            return None
        if self.by == "emotion":
            return found
        if found.as_of is not None:
            return None if is_total(self.id, measurements) else found
        return at_its_end(found, self.id, measurements)


@attrs.frozen
class Desired:
    """A measure and where it should be at a touchpoint."""

    measure: Measure
    value: float
    declared: Literal["touchpoint", "metric"]


FELT = Measure(EMOTION, "emotion", -1.0, 1.0, 1)


def measure_of(table: MetricTable, metric: Metric) -> Measure:
    """A metric as a measure."""
    return Measure(str(table.id), "metric", *metric.range(), metric.good)


def target_at(touchpoint: Touchpoint, table: MetricTable) -> float | None:
    """Where a metric should be there: as the touchpoint says, else as the metric says of everywhere."""
    own = [target.value for target in touchpoint.targets if target.metric == table.id]
    return own[0] if own else table.target


def desired_at(project: Project, touchpoint: Touchpoint, metrics: Mapping[str, Metric]) -> Iterator[Desired]:
    """Everything that is desired of a touchpoint, the emotion first."""
    if touchpoint.desired is not None:
        yield Desired(FELT, float(touchpoint.desired), "touchpoint")
    here = {target.metric for target in touchpoint.targets}
    for table in project.metrics:
        value = target_at(touchpoint, table)
        if value is not None:
            declared: Literal["touchpoint", "metric"] = "touchpoint" if table.id in here else "metric"
            yield Desired(measure_of(table, metrics[str(table.id)]), float(value), declared)
