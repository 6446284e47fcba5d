"""Metrics without a value, nowhere or where there are answers: each is told once, with cause and way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.exact import BEYOND
from cxengine.metrics.measurement import ALL, CURRENT, Cell
from cxengine.metrics.names import Names
from cxengine.metrics.suppression import threshold
from cxengine.project.merges import carried

if TYPE_CHECKING:
    from cxengine.metrics.components import Components
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin.base import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins

_NAMED = 3
"""Places that are told by name."""
_MORE = (
    "Longer periods, fewer segments and more answers show more; beside a run before, more new ones, or"
    " `--previous none` if nobody else has seen that run."
)


def unmeasured(
    project: Project,
    metrics: Mapping[str, Metric],
    measurements: Measurements,
    origins: Origins | None = None,
) -> Iterator[Diagnostic]:
    """A note for every metric that has no value now: anywhere, or at places that have answers."""
    if measurements.components is None:
        return
    for table in project.metrics:
        name = str(table.id)
        told = _told(project, metrics[name], name, measurements, measurements.components)
        if told is not None:
            place = origins.locate(("metric", name)) if origins else None
            yield Diagnostic("CX532", told[0], place, told[1], severity="note")


def _told(
    project: Project, metric: Metric, name: str, measurements: Measurements, components: Components
) -> tuple[str, str] | None:
    """What is told of a metric, and the way out; None where there is nothing to tell."""
    rows = np.flatnonzero(Names.of(measurements.table["metric"]).among((name,)))
    hidden = measurements.table["suppressed"].to_numpy()[rows]
    now = Names.of(measurements.table["period"]).among((CURRENT,))[rows]
    if (now & ~hidden).any():
        return _silent(project, metric, name, measurements, components)
    nowhere = f"{name} is measured nowhere"
    everybody = Names.of(measurements.table["segment"]).among((ALL,))[rows]
    if (now & hidden & everybody).any():
        least = threshold(project, metric.signal)
        few = f"would tell of fewer than {least} people, by itself or beside the rest"
        return (
            f"{nowhere} now: whatever were shown {few}.",
            _MORE,
        )
    here = components.axes.code(Cell("journey", str(project.project.id), ALL, CURRENT))
    if (~hidden).any() and (here is None or not np.isin(here, components.cells(name))):
        return (
            f"{nowhere} now: no answer to {metric.signal.id} is of the period that counts as the present.",
            'Is a source out of date? `current = "all"` in [evidence] counts all of them as the present.',
        )
    if not len(components.cells(name)):
        return _unanswered(project, metric, nowhere)
    wants, way_out = _lacks(metric, name, components)
    return f"{nowhere}, though there are answers: {wants}.", way_out


_WAY_OUT = "More evidence tells it where any can; else other options, or another metric of the same signal."


def _lacks(metric: Metric, name: str, components: Components) -> tuple[str, str]:
    """Why answers are not enough for a value, and the way out."""
    _, parts = components.of(name)
    aggregates = components.aggregates[name]
    beyond = (part for part, one in aggregates.items() if one.checked and np.isnan(parts[part]).any())
    if part := next(beyond, None):
        what = f"divided by 0, or too large to be added exactly (from {BEYOND:g} on)"
        return (
            f'some of them add to "{part}" what is {what}',
            "Leave these answers out with a condition, `sum(..., value != 0.0)`, or add up a larger unit.",
        )
    return f"it needs {metric.wants}" if metric.wants else "they do not tell it", _WAY_OUT


def _unanswered(project: Project, metric: Metric, nowhere: str) -> tuple[str, str]:
    """Of a signal without answers."""
    signal = str(metric.signal.id)
    if any(signal in carried(source) for source in project.sources):
        hint = "Look at what became of the values of its sources: blank, quarantined, excluded?"
        usable = f", or none that it can use: it needs {metric.wants}" if metric.wants else ""
        return f"{nowhere}: there is no answer to {signal}{usable}.", hint
    hint = f'Map a column to it: [[source.mapping.signals]] with `signal = "{signal}"`.'
    return f"{nowhere}: no source has answers to {signal}.", hint


def _silent(
    project: Project, metric: Metric, name: str, measurements: Measurements, components: Components
) -> tuple[str, str] | None:
    """Of places with answers that are not enough for a value."""
    places = [Cell("journey", str(project.project.id))]
    places += [Cell("touchpoint", str(touchpoint.id)) for touchpoint in project.touchpoints]
    codes = components.cells(name)
    missing = [
        "journey" if one.level == "journey" else one.subject
        for one in places
        if (code := components.axes.code(Cell(one.level, one.subject, ALL, CURRENT))) is not None
        and np.isin(code, codes)
        and measurements.get(name, one.level, one.subject) is None
    ]
    if not missing:
        return None
    named = ", ".join(missing[:_NAMED]) + (
        f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    )
    wants, way_out = _lacks(metric, name, components)
    return f"{name} has no value at {named}, though there are answers: {wants}.", way_out
