"""Measurements as rows: named, with unit, target and a scale on which rows can be compared by eye."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import Scale

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import MetricTable

EVERYBODY = "all"
SEGMENT_ROWS = 3000
"""Beyond so many rows by segment and touchpoint, the page leaves them to the measurements file."""


@attrs.frozen
class Gauge:
    """How a metric is shown: its name, unit, target, and the scale of its drawn intervals."""

    name: str
    unit: str
    target: float | None
    scale: Scale


@attrs.frozen
class Row:
    """A present measurement: of what, in which segment (names)."""

    gauge: Gauge
    subject: str
    segment: str
    everybody: bool
    measurement: Measurement


@attrs.frozen
class MetricPanel:
    """A metric with what it asks, of the whole journey, by stage and by segment."""

    gauge: Gauge
    table: MetricTable
    wording: str
    journey: Row | None
    stages: tuple[Row, ...]
    segments: tuple[Row, ...]


def gauges(result: Result) -> dict[str, Gauge]:
    """The gauge of every metric, in the order declared."""
    names = Names.of(result.loaded).metrics
    signals = {signal.id: signal for signal in result.project.signals}
    spans: dict[str, list[float]] = defaultdict(list)
    for (metric, _), m in result.measurements.told_by_cell.items():
        if not m.suppressed:
            spans[metric] += filter(math.isfinite, (m.value, m.low, m.high))
    found: dict[str, Gauge] = {}
    for table in result.project.metrics:
        use = result.loaded.uses["metric", table.id]
        span = spans[table.id] or [0.0, 1.0]
        span += [table.target] if table.target is not None else []
        unit = use.plugin(use.options, signals[table.signal]).unit
        found[table.id] = Gauge(names[table.id], unit, table.target, Scale(min(span), max(span), 6, 154))
    return found


def good_way(result: Result, metric: str) -> int:
    """1 where more is better, -1 where less is."""
    return result.loaded.metrics[metric].good


def rows(result: Result, level: str, say: Language = ENGLISH) -> Mapping[str, tuple[Row, ...]]:
    """Present measurements of a level by subject: metric by metric, everybody first, segments as declared."""
    names, known = Names.of(result.loaded, say), gauges(result)
    named = {"touchpoint": names.touchpoints, "stage": names.stages}.get(level, {})
    metrics, segments = list(known), list(names.segments)
    cells = [
        (metric, cell, measurement)
        for (metric, cell), measurement in result.measurements.told_by_cell.items()
        if cell.level == level
        and cell.period == "current"
        and metric in known
        and cell.segment in names.segments
    ]
    found: dict[str, list[Row]] = defaultdict(list)
    for metric, cell, m in sorted(cells, key=lambda c: (metrics.index(c[0]), segments.index(c[1].segment))):
        row = Row(
            gauge=known[metric],
            subject=named.get(cell.subject, names.touchpoint("journey")),
            segment=names.segments[cell.segment],
            everybody=cell.segment == EVERYBODY,
            measurement=m,
        )
        found[cell.subject].append(row)
    return {subject: tuple(group) for subject, group in found.items()}


def metric_panels(result: Result, say: Language = ENGLISH) -> tuple[MetricPanel, ...]:
    """One panel a metric that has an answer, in the order declared."""
    journey = rows(result, "journey", say).get(result.project.project.id, ())
    stages = rows(result, "stage", say)
    wordings = {signal.id: signal.wording for signal in result.project.signals}
    found = []
    for table, gauge in zip(result.project.metrics, gauges(result).values(), strict=True):
        whole = [row for row in journey if row.gauge == gauge]
        panel = MetricPanel(
            gauge=gauge,
            table=table,
            wording=wordings[table.signal],
            journey=next((row for row in whole if row.everybody), None),
            stages=tuple(
                row
                for stage in result.project.stages
                for row in stages.get(stage.id, ())
                if row.gauge == gauge and row.everybody
            ),
            segments=tuple(row for row in whole if not row.everybody),
        )
        found += [panel] if panel.journey or panel.stages else []
    return tuple(found)
