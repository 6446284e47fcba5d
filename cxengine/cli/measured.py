"""What was measured, on a terminal: everybody, now, at the journey and every touchpoint."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.cli.columns import columns

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurement
    from cxengine.pipeline.result import Result
    from cxengine.project.model import MetricTable

MOST = 40
_HEADS = ("metric", "at", "value", "95% from", "to", "n", "as of", "caution", "target", "benchmark")
_RARE = ("as of", "caution", "target", "benchmark")
"""Columns that are left out where nothing is in them."""


def measured(result: Result) -> str:
    """A line for every metric and place: the value with its interval, the answers, a caution, the target."""
    names = _names(result)
    rows = [(names[table.id], *row) for table in result.project.metrics for row in _rows(table, result)]
    if not rows:
        return ""
    left = len(rows) - MOST
    more = f"\n... and {left:,} more in measurements.parquet." if left > 0 else ""
    shown = [i for i, head in enumerate(_HEADS) if head not in _RARE or any(row[i] for row in rows)]
    lines = [[row[i] for i in shown] for row in rows[:MOST]]
    return columns([_HEADS[i] for i in shown], lines, names=2) + more


def fitted(result: Result) -> str:
    """A line for every model behind a metric, where its value is shown: the parameters that were fitted."""
    places = {("journey", str(result.project.project.id)): "the journey"}
    places |= {("touchpoint", str(one.id)): one.name for one in result.project.touchpoints}
    names = _names(result)
    return "\n".join(
        f"{names[one.metric]} at {places[one.level, one.subject]} is fitted with"
        f" {', '.join(f'{name} = {_parameter(value)}' for name, value in one.parameters.items())}"
        for one in result.fitted
        if (one.level, one.subject) in places
    )


def _parameter(value: float) -> str:
    """As papers print estimates: three digits after the point, or as many that tell something."""
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.1 else f"{value:.3g}"


def _names(result: Result) -> dict[str, str]:
    """What metrics are called, by id; those of one name are told apart by their ids."""
    names = {
        str(table.id): table.name or result.loaded.metrics[table.id].title for table in result.project.metrics
    }
    named = Counter(names.values())
    return {key: name if named[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def _rows(table: MetricTable, result: Result) -> Iterator[tuple[str, ...]]:
    from cxengine.planning.benefit import yardstick
    from cxengine.planning.outcome import decimals
    from cxengine.rules import wording

    metric = result.loaded.metrics[table.id]
    least = decimals(yardstick(table, metric))
    aims = tuple("" if aim is None else f"{aim:,}" for aim in (table.target, table.benchmark))
    found = [(name, one) for name, one in _places(table.id, result) if one is not None]
    for name, one in found:
        numbers = (one.value, one.low, one.high)
        digits = max(least, wording.decimals(one.low, one.high) or 0)
        shown = ("too few", "", "") if one.suppressed else tuple(number(v, digits) for v in numbers)
        n = "" if one.suppressed else f"{one.n:,}"
        then = "" if one.as_of is None else str(one.as_of)
        yield (name, *shown, n, then, _caution(one), *aims)
    if not found:
        yield ("nowhere", "", "", "", "0", "", "", *aims)


def number(value: float, digits: int) -> str:
    """A dash for a limit that is not known: infinite."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "\N{EN DASH}"


def _caution(found: Measurement) -> str:
    """In a word or three: few answers, or as many as they are worth together."""
    if not found.caution:
        return ""
    worth = round(found.n_eff)
    return "few" if worth == found.n else f"worth {worth:,}"


def _places(metric: str, result: Result) -> Iterator[tuple[str, Measurement | None]]:
    project = result.project
    yield "the journey", result.measurements.told(metric, "journey", project.project.id)
    for touchpoint in project.touchpoints:
        yield touchpoint.name, result.measurements.told(metric, "touchpoint", touchpoint.id)
