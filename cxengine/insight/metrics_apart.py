"""Metrics of segments at touchpoints against everybody's there, now: what the heatmap marks.

A segment is part of everybody, which makes the difference vary less than that of two groups that share
nobody, as which they are taken: less is flagged, never more. Totals are not compared: those of a part are
smaller than those of the whole.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.chances import between
from cxengine.metrics.measurement import ALL, CURRENT
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.discovery import Discovery
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.names import Names
    from cxengine.plugin import Metric
    from cxengine.project.model import Project

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen(eq=False, slots=False)
class MetricsApart:
    """Differences of segments from everybody, parallel arrays; those beyond chance once that is known."""

    metric: Names
    touchpoint: Names
    segment: Names
    p: FloatArray
    """The chance of so large a difference were there none, two-sided."""
    cutoff: float = -1.0
    """The largest chance that is beyond chance, all that the run tests considered."""

    def flagged(self, discovery: Discovery) -> MetricsApart:
        """The same with what is beyond chance."""
        return self if discovery.cutoff is None else attrs.evolve(self, cutoff=discovery.cutoff)

    def differs(self, metric: str, touchpoint: str, segment: str) -> bool:
        """Whether a metric of a segment differs from everybody's at a touchpoint, beyond chance."""
        return (metric, touchpoint, segment) in self._different

    @cached_property
    def _different(self) -> frozenset[tuple[str, str, str]]:
        rows = np.flatnonzero(self.p <= self.cutoff)
        keys = (self.metric, self.touchpoint, self.segment)
        columns = ([key.names[i] for i in key.code[rows].tolist()] for key in keys)
        return frozenset(zip(*columns, strict=True))


def metrics_apart(
    project: Project, metrics: Mapping[str, Metric], measurements: Measurements
) -> MetricsApart:
    """Every metric of every segment where it and everybody's are shown; nothing flagged yet."""
    from cxengine.metrics.names import Names

    table = measurements.table
    keys = {name: Names.of(table[name]) for name in ("metric", "level", "subject", "segment", "period")}
    compared = tuple(name for name, metric in metrics.items() if not metric.adds_up)
    here = keys["level"].among(("touchpoint",)) & keys["period"].among((CURRENT,))
    here &= keys["metric"].among(compared) & ~table["suppressed"].to_numpy()
    place = keys["metric"].code.astype(np.int64) * len(keys["subject"].names) + keys["subject"].code
    whole = np.flatnonzero(here & keys["segment"].among((ALL,)))
    whole = whole[np.argsort(place[whole])]
    part = np.flatnonzero(here & keys["segment"].among([str(one.id) for one in project.segments]))
    at = np.minimum(np.searchsorted(place[whole], place[part]), max(len(whole) - 1, 0))
    shown = place[whole][at] == place[part] if len(whole) else np.zeros(len(part), dtype=bool)
    part, whole = part[shown], whole[at[shown]] if len(whole) else part[shown]
    metric, touchpoint, segment = (keys[name].rows(part) for name in ("metric", "subject", "segment"))
    p = _chances(table, part, whole)
    for name, told in between(metrics, measurements.components).items():
        rows = np.flatnonzero(metric.among((name,)))
        found = told(*_codes(measurements, touchpoint.rows(rows), segment.rows(rows)))
        p[rows] = p[rows] if found is None else found
    return MetricsApart(metric, touchpoint, segment, p)


def _codes(measurements: Measurements, touchpoint: Names, segment: Names) -> tuple[IntArray, IntArray]:
    """The codes of the cells of segments at touchpoints now, and of everybody there."""
    assert measurements.components is not None
    axes = measurements.components.axes
    subjects, segments = ({name: i for i, name in enumerate(of)} for of in (axes.subjects, axes.segments))
    place = np.array([subjects.get(("touchpoint", name), -1) for name in touchpoint.names], dtype=np.int32)
    group = np.array([segments.get(name, -1) for name in segment.names], dtype=np.int32)
    when = np.full(len(touchpoint.code), axes.periods.index(CURRENT), dtype=np.int32)
    here, everybody = place[touchpoint.code], np.full(len(when), segments[ALL], dtype=np.int32)
    return axes.codes(here, group[segment.code], when), axes.codes(here, everybody, when)


def _chances(table: pa.Table, part: IntArray, whole: IntArray) -> FloatArray:
    """From the distances to the limits, as those of independent estimates; 1 where one is without end.

    Metrics that tell such chances themselves are asked (`cxengine.metrics.chances.between`).

    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    value, low, high = (table[name].to_numpy() for name in ("value", "low", "high"))
    with np.errstate(invalid="ignore"):
        apart = value[part] - value[whole]
        down = np.hypot(value[part] - low[part], high[whole] - value[whole])
        up = np.hypot(high[part] - value[part], value[whole] - low[whole])
    return intervals.chances_between(np.where(np.isfinite(apart), apart, 0.0), down, up)
