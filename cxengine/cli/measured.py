"""What was measured, on a terminal: everybody, now, at the journey and every touchpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.cli.columns import columns

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurement
    from cxengine.pipeline.result import Result
    from cxengine.project.model import MetricTable

MOST = 40
_HEADS = ("metric", "at", "value", "95% from", "to", "n", "target")


def measured(result: Result) -> str:
    """A line for every metric and place: the value with its interval, the answers, the target."""
    rows = [row for table in result.project.metrics for row in _rows(table, result)]
    if not rows:
        return ""
    left = len(rows) - MOST
    more = f"\n... and {left:,} more in measurements.parquet." if left > 0 else ""
    wide = len(_HEADS) if any(row[-1] for row in rows) else len(_HEADS) - 1
    return columns(_HEADS[:wide], [row[:wide] for row in rows[:MOST]], names=2) + more


def _rows(table: MetricTable, result: Result) -> Iterator[tuple[str, ...]]:
    from cxengine.planning.benefit import yardstick
    from cxengine.planning.outcome import decimals

    metric = result.loaded.metrics[table.id]
    digits = decimals(yardstick(table, metric))
    target = "" if table.target is None else f"{table.target:,.{digits}f}"
    found = [(name, one) for name, one in _places(table.id, result) if one is not None]
    for name, one in found:
        numbers = (one.value, one.low, one.high)
        shown = ("too few", "", "") if one.suppressed else tuple(f"{v:,.{digits}f}" for v in numbers)
        yield (table.name or metric.title, name, *shown, "" if one.suppressed else f"{one.n:,}", target)
    if not found:
        yield (table.name or metric.title, "nowhere", "", "", "", "0", target)


def _places(metric: str, result: Result) -> Iterator[tuple[str, Measurement | None]]:
    project = result.project
    yield "the journey", result.measurements.get(metric, "journey", project.project.id)
    for touchpoint in project.touchpoints:
        yield touchpoint.name, result.measurements.get(metric, "touchpoint", touchpoint.id)
