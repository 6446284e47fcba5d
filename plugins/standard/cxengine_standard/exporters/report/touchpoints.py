"""What is known about each touchpoint: measurements, conclusions, initiatives, where it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import Scale
from cxengine_standard.exporters.report.journey_map import in_order

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.insight import Feeling
    from cxengine.metrics.measurement import Measurement
    from cxengine.planning.roadmap import Item
    from cxengine.project.model import MetricTable, Touchpoint
    from cxengine.rules.conclusion import Conclusion

SEGMENT_ROWS = 3000
"""Beyond so many rows by segment, the page leaves them to the measurements file."""


@attrs.frozen
class Row:
    """A measurement of a metric."""

    metric: str
    subject: str
    segment: str
    measurement: Measurement
    target: float | None
    scale: Scale


@attrs.frozen
class Panel:
    """A touchpoint with everything that is known about it."""

    position: int
    touchpoint: Touchpoint
    stage: str
    channels: tuple[str, ...]
    feeling: Feeling | None
    rows: tuple[Row, ...]
    by_segment: tuple[Row, ...]
    conclusions: tuple[tuple[str, Conclusion], ...]
    """With the name of the segment that it concerns, empty for everybody."""
    items: tuple[Item, ...]


@attrs.frozen
class Wording:
    """What a metric measures."""

    metric: str
    plugin: str
    wording: str
    about: str


def panels(result: Result) -> tuple[Panel, ...]:
    """One panel a touchpoint, in the order of the journey."""
    names, scales = Names.of(result.loaded), metric_scales(result)
    rows = _rows(result, "touchpoint", names, scales)
    segments = {name: i for i, name in enumerate(names.segments.values())}
    conclusions = _conclusions(result, names)
    items = _items(result)
    counted = sum(row.segment != "Everybody" for group in rows.values() for row in group)
    return tuple(
        Panel(
            position=position,
            touchpoint=touchpoint,
            stage=names.stages.get(touchpoint.stage, touchpoint.stage),
            channels=tuple(names.channels.get(c, c) for c in touchpoint.channels),
            feeling=result.insight.feeling(touchpoint.id),
            rows=tuple(row for row in rows[touchpoint.id] if row.segment == "Everybody"),
            by_segment=tuple(
                sorted(
                    (r for r in rows[touchpoint.id] if r.segment != "Everybody" and counted <= SEGMENT_ROWS),
                    key=lambda r: (r.metric, segments.get(r.segment, 0)),
                )
            ),
            conclusions=tuple(conclusions[touchpoint.id]),
            items=tuple(items[touchpoint.id]),
        )
        for position, touchpoint in enumerate(in_order(result))
    )


def overall(result: Result) -> tuple[Row, ...]:
    """The measurements of the whole journey (by segment) and of every stage, metric by metric."""
    names, scales = Names.of(result.loaded), metric_scales(result)
    journey, stages = _rows(result, "journey", names, scales), _rows(result, "stage", names, scales)
    order = {name: i for i, name in enumerate(names.metrics.values())}
    found = [row for group in journey.values() for row in group]
    for stage in result.project.stages:
        found += [row for row in stages[stage.id] if row.segment == "Everybody"]
    return tuple(sorted(found, key=lambda row: order.get(row.metric, len(order))))


def metric_scales(result: Result) -> Mapping[str, Scale]:
    """One scale a metric, wide enough for all its intervals and its target: rows can be compared by eye."""
    spans: dict[str, list[float]] = defaultdict(list)
    for (metric, _), m in result.measurements.by_cell.items():
        if not m.suppressed:
            spans[metric] += [m.low, m.high]
    for table in result.project.metrics:
        spans[table.id] += [table.target] if table.target is not None and spans[table.id] else []
    return {metric: Scale(min(span), max(span), 6, 154) for metric, span in spans.items() if span}


def wordings(result: Result) -> tuple[Wording, ...]:
    """What each metric asks, for the notes."""
    signals = {signal.id: signal for signal in result.project.signals}
    return tuple(
        _wording(metric, signals[metric.signal].wording)
        for metric in result.project.metrics
        if metric.signal in signals
    )


def _wording(metric: MetricTable, wording: str) -> Wording:
    return Wording(metric.name or metric.id, metric.use, wording, metric.about)


def _rows(result: Result, level: str, names: Names, scales: Mapping[str, Scale]) -> dict[str, list[Row]]:
    """Present measurements of a level by subject, everybody first, then the segments as declared."""
    targets: dict[str, float | None] = {metric.id: metric.target for metric in result.project.metrics}
    order = {segment: i for i, segment in enumerate(names.segments)}
    metrics = {metric: i for i, metric in enumerate(names.metrics)}
    found: dict[str, list[Row]] = defaultdict(list)
    cells = [
        (metric, cell, m)
        for (metric, cell), m in result.measurements.by_cell.items()
        if cell.level == level and cell.period == "current"
    ]
    for metric, cell, m in sorted(
        cells, key=lambda c: (metrics.get(c[0], len(metrics)), order.get(c[1].segment, len(order)))
    ):
        name = {"touchpoint": names.touchpoints, "stage": names.stages}.get(level, {}).get(
            cell.subject, "Whole journey"
        )
        found[cell.subject].append(
            Row(
                names.metrics.get(metric, metric),
                name,
                names.segments.get(cell.segment, cell.segment),
                m,
                targets.get(metric),
                scales.get(metric, Scale(0, 1, 6, 154)),
            )
        )
    return found


def _conclusions(result: Result, names: Names) -> dict[str, list[tuple[str, Conclusion]]]:
    found: dict[str, list[tuple[str, Conclusion]]] = defaultdict(list)
    for conclusion in result.conclusions:
        subject = conclusion.subject
        told = conclusion.firings or (conclusion.unanswered and subject.about == "touchpoint")
        if subject.about != "initiative" and told:
            segment = "" if subject.segment == "all" else names.segments.get(subject.segment, subject.segment)
            found[subject.id].append((segment, conclusion))
    return found


def _items(result: Result) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    items: Sequence[Item] = result.roadmap.items if result.roadmap else ()
    for item in items:
        for touchpoint in item.touchpoints:
            found[touchpoint].append(item)
    return found
