"""The series of metrics: their values in every period, from components, without a further scan."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.changes.series import Line, Measure, Series
from cxengine.metrics import period
from cxengine.metrics.measurement import ALL
from cxengine.metrics.suppression import threshold
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from cxengine.insight.changes.series import BoolArray, FloatArray, IntArray
    from cxengine.metrics.components import Components
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Estimates, Metric
    from cxengine.project.model import Project

_WIDTH = 2 * 1.959963984540054
FEWEST = 4
"""Periods with answers, and shown, that a series needs."""
_SKEWED = 2.0
"""Skewness of amounts without an upper bound: that of waiting times."""


def measured(
    project: Project, metrics: Mapping[str, Metric], measurements: Measurements, name: str
) -> Series | None:
    """The series of one metric in all cells that may be shown; None where there are too few periods.

    Only periods that are shown count: whatever is told of a series follows from measurements that are shown.
    Values of what adds up over time are for a period of average length, and their error goes with the days
    that the evidence covers, not with the number of answers, which is what is measured.
    """
    components = measurements.components
    assert components is not None, "measurements come from measure()"
    axes, length = components.axes, project.evidence.period
    labels = [label for label in axes.periods if label not in {ALL, "current"}]
    if len(labels) < FEWEST:
        return None
    numbers = np.array([period.number(length, label) for label in labels], dtype=np.int64)
    codes, parts = components.of(name)
    estimates = metrics[name].measure(parts)
    subject, segment, when = axes.positions(codes)
    if (days := _days(components, name, numbers)) is not None:
        each = np.append(days[numbers - numbers[0]], [days.sum(), days.sum()])
        estimates = _at_one_length(estimates, each[when], period.average_days(length))
    answers = parts["n"] if estimates.n is None else estimates.n
    effective = intervals.effective_n(parts["w"], parts["w2"]) * answers / parts["n"]
    place, total = subject * len(axes.segments) + segment, axes.periods.index(ALL)
    there = np.isfinite(estimates.value) & (answers > 0)
    whole = there & (when == total) & np.isfinite(estimates.low) & np.isfinite(estimates.high)
    single = there & (when < len(labels))
    shown = _shown(measurements, name, axes.subjects, axes.segments)
    cells = np.array(sorted(set(place[whole].tolist()) & shown), dtype=np.int64)
    if not len(cells):
        return None
    single &= np.isin(place, cells)
    at = np.searchsorted(cells, place[single]), numbers[when[single]] - numbers[0]
    shape = len(cells), int(numbers[-1] - numbers[0]) + 1
    value, n, counted = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    value[at], n[at] = estimates.value[single], effective[single]
    counted[at] = answers[single].astype(np.int64)
    rows = np.flatnonzero(whole)[np.argsort(place[whole])]
    rows = rows[np.isin(place[rows], cells)]
    hidden = np.zeros(shape, dtype=bool)
    hidden[at] = _suppressed(measurements, name, codes[single])
    deviation = (estimates.high[rows] - estimates.low[rows]) / _WIDTH * np.sqrt(effective[rows])
    if days is not None:
        n = np.where(counted > 0, effective[rows][:, None] * days / days.sum(), 0.0)
    n *= np.minimum(1.0, effective[rows] / np.maximum(n.sum(axis=1), 1e-300))[:, None]
    measure = _measure(project, metrics[name], name)
    who = (
        (axes.subjects[i], axes.segments[j]) for i, j in zip(*divmod(cells, len(axes.segments)), strict=True)
    )
    lines = tuple(Line(measure, level, subject, segment) for (level, subject), segment in who)
    skew = _skewness(estimates.value[rows], deviation, measure.range)
    found = Series(length, int(numbers[0]), lines, value, n, counted, deviation, skew, hidden)
    return found.only((((counted > 0) & ~hidden).sum(axis=1) >= FEWEST) & (deviation > 0))


def _days(components: Components, name: str, numbers: IntArray) -> FloatArray | None:
    """The days covered of every period from the first to the last; None of what does not add up over time."""
    covered = components.covered.get(name)
    return None if covered is None else covered.days(np.arange(numbers[0], numbers[-1] + 1))


def _at_one_length(estimates: Estimates, days: FloatArray, average: float) -> Estimates:
    """Totals of so many days as those of a period of average length."""
    value, low, high = (one * average / days for one in (estimates.value, estimates.low, estimates.high))
    return attrs.evolve(estimates, value=value, low=low, high=high)


def _measure(project: Project, metric: Metric, name: str) -> Measure:
    table = next(table for table in project.metrics if table.id == name)
    signal = next(signal for signal in project.signals if signal.id == metric.signal.id)
    return Measure(
        kind="metric",
        id=name,
        name=f"{table.name or name}{f' per {project.evidence.period}' if metric.adds_up else ''}",
        unit=metric.unit,
        direction=signal.direction if metric.direction == "as_signal" else metric.direction,
        range=metric.range(),
        family=str(signal.id),
        least=threshold(project, signal),
    )


def _shown(
    measurements: Measurements,
    name: str,
    subjects: tuple[tuple[str, str], ...],
    segments: tuple[str, ...],
) -> set[int]:
    """The cells that may be shown over all time, as numbers."""
    subject = {key: i for i, key in enumerate(subjects)}
    segment = {key: i for i, key in enumerate(segments)}
    import pyarrow.compute as pc

    table = measurements.table
    table = table.filter(pc.and_(pc.equal(table["metric"], name), pc.equal(table["period"], ALL)))
    table = table.filter(pc.invert(table["suppressed"]))
    columns = (table[key].to_pylist() for key in ("level", "subject", "segment"))
    return {
        subject[level, one] * len(segments) + segment[who] for level, one, who in zip(*columns, strict=True)
    }


def _suppressed(measurements: Measurements, name: str, codes: IntArray) -> BoolArray:
    """Which cells of a metric are suppressed."""
    import pyarrow.compute as pc

    assert measurements.components is not None
    axes, table = measurements.components.axes, measurements.table
    table = table.filter(pc.and_(pc.equal(table["metric"], name), table["suppressed"]))
    subject = {one: i for i, one in enumerate(axes.subjects)}
    segment, when = ({one: i for i, one in enumerate(names)} for names in (axes.segments, axes.periods))
    columns = (table[key].to_pylist() for key in ("level", "subject", "segment", "period"))
    found = [
        (subject[level, one] * len(segment) + segment[who]) * len(when) + when[label]
        for level, one, who, label in zip(*columns, strict=True)
    ]
    hidden: BoolArray = np.isin(codes, np.array(found, dtype=np.int64))
    return hidden


def _skewness(mean: FloatArray, deviation: FloatArray, ends: tuple[float, float]) -> FloatArray:
    """Of a single answer: as if all were at the ends of the scale, which is the most it can be."""
    low, high = ends
    if isfinite(low) and isfinite(high):
        return (low + high - 2 * mean) / deviation
    return np.full(len(mean), _SKEWED if isfinite(low) else 0.0)
