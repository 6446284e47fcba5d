"""What the heatmap can show besides emotion: every metric, by touchpoint and segment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.journey_map import in_order
from cxengine_standard.exporters.report.measures import good_way

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.metrics.measurement import Measurement

LIMIT = 60_000
"""Beyond so many cells in all, the page has emotion only; the rest is in the measurements file."""
Cell = list[float | str | None] | int | None


def metrics(result: Result, say: Language = ENGLISH) -> list[dict[str, Any]]:
    """Every metric that is measured for a segment somewhere.

    Cells come row by row, everybody first: `[value, low, high, n, step, differs, drawn]`, 0 where suppressed,
    None without answers; low and high are None where they are infinite. `step` runs from -4 (bad) to 4
    (good): how far the value is from the middle, which is the target or, without one, the mean of everybody
    at all touchpoints. `differs` is 1 or -1 where the difference from everybody is beyond chance, all that
    the run tests considered.
    `drawn` is the value drawn towards everybody's, None where nothing is drawn. One more entry is the day, as
    text, of a cell that is told again as an earlier run told it.
    """
    names = Names.of(result.loaded, say)
    columns = ("all", *(segment.id for segment in result.project.segments))
    touchpoints = [touchpoint.id for touchpoint in in_order(result)]
    if len(columns) * len(touchpoints) * len(result.project.metrics) > LIMIT:
        return []
    found = []
    for table in result.project.metrics:
        grid = [
            [result.measurements.told(table.id, "touchpoint", t, segment=s) for s in columns]
            for t in touchpoints
        ]
        if any(m is not None for row in grid for m in row[1:]):
            shown = [row[0] for row in grid if row[0] is not None and not row[0].suppressed]
            decimals = max(map(say.decimals_of, shown), default=1)
            found.append(
                {
                    "id": str(table.id),
                    "name": names.metrics[table.id],
                    "digits": min(decimals, 2),
                    **_coloured(
                        grid,
                        _drawn(result, table.id),
                        _different(result, table.id),
                        table.target,
                        good_way(result, table.id),
                        say=say,
                    ),
                }
            )
    return found


def _drawn(result: Result, metric: str) -> list[list[float | None]]:
    """The values drawn towards everybody's, in the form of the grid."""
    segments = [str(segment.id) for segment in result.project.segments]
    rows = []
    for touchpoint in in_order(result):
        found = result.measurements.shrunk(metric, "touchpoint", touchpoint.id, segments)
        drawn = {segment: _known(one.value) for segment, one in found.items() if one.kept < 1}
        rows.append([None, *(drawn.get(segment) for segment in segments)])
    return rows


def _different(result: Result, metric: str) -> list[list[bool]]:
    """Which cells differ from everybody's beyond chance, in the form of the grid."""
    apart, segments = result.insight.metrics_apart, [str(segment.id) for segment in result.project.segments]
    return [
        [False, *(apart is not None and apart.differs(metric, touchpoint.id, s) for s in segments)]
        for touchpoint in in_order(result)
    ]


def _coloured(
    grid: Sequence[Sequence[Measurement | None]],
    drawn: Sequence[Sequence[float | None]],
    different: Sequence[Sequence[bool]],
    target: float | None,
    way: int,
    *,
    say: Language,
) -> Mapping[str, Any]:
    values = [m.value for row in grid for m in row[:1] if m is not None and not m.suppressed]
    middle = target if target is not None else sum(values) / len(values) if values else 0.0
    reach = max((abs(value - middle) for value in values), default=0.0) or 1.0
    return {
        "middle": round(middle, 6),
        "target": target is not None,
        "cells": [
            [
                _cell(m, row[0] if apart else None, d, middle, reach * way, say=say)
                for m, d, apart in zip(row, shrunk, marks, strict=True)
            ]
            for row, shrunk, marks in zip(grid, drawn, different, strict=True)
        ],
    }


def _cell(
    m: Measurement | None,
    other: Measurement | None,
    drawn: float | None,
    middle: float,
    reach: float,
    *,
    say: Language,
) -> Cell:
    """`other` is everybody's, where the cell differs from that."""
    if m is None:
        return None
    if m.suppressed:
        return 0
    step = max(-4, min(4, round(4 * (m.value - middle) / reach)))
    differs = 0 if other is None else (1 if (m.value > other.value) == (reach > 0) else -1)
    then = [] if m.as_of is None else [say.as_of(m)]
    return [round(m.value, 4), _known(m.low), _known(m.high), m.n, step, differs, drawn, *then]


def _known(limit: float) -> float | None:
    """None for a limit that is not known: infinite."""
    return round(limit, 4) if math.isfinite(limit) else None
