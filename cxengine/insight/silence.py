"""Which feelings must not be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.feelings import present
from cxengine.insight.moments import feeling_signals
from cxengine.metrics.disclosure import Sums, hidden
from cxengine.metrics.suppression import comparable, threshold

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.suppression import BoolArray, IntArray
    from cxengine.project.model import Project

Place = tuple[str, str]


def silenced(
    project: Project,
    voices: Mapping[Place, int],
    measurements: Measurements,
    segments: Mapping[str, BoolArray],
    previous: pa.Table | None = None,
) -> set[Place]:
    """The places (touchpoint, segment) whose feelings are hidden, given how many responses speak there.

    Those with too few voices; those where a measurement is suppressed that tells the same; and those that
    would give them away, as `metrics.disclosure` says. `previous` are the feelings that were published
    before (`cxengine.insight.feelings`), against which nothing must tell of a few either.
    """
    signals = {signal.id for signal in feeling_signals(project)}
    metrics = [str(metric.id) for metric in project.metrics if metric.signal in signals]
    touchpoints = sorted({touchpoint for touchpoint, _ in voices})
    n = np.zeros((len(touchpoints), len(segments), 1), dtype=np.int64)
    small = np.zeros(n.shape, dtype=bool)
    cells = {
        (t, s): (i, j, 0)
        for i, t in enumerate(touchpoints)
        for j, s in enumerate(segments)
        if (t, s) in voices
    }
    for (touchpoint, segment), cell in cells.items():
        n[cell] = voices[touchpoint, segment]
        found = (measurements.get(metric, "touchpoint", touchpoint, segment=segment) for metric in metrics)
        small[cell] = any(measured is not None and measured.suppressed for measured in found)
    least = max((threshold(project, signal) for signal in feeling_signals(project)), default=0)
    if previous is not None:
        small |= _comparable(previous, cells, n, least, present(project, measurements))
    sums = Sums((), np.array(list(segments.values())), (), (0,) * len(touchpoints))
    silent = hidden(n, sums, least, small)
    return {place for place, cell in cells.items() if silent[cell]}


def _comparable(
    previous: pa.Table, cells: Mapping[Place, tuple[int, int, int]], n: IntArray, least: int, period: str
) -> BoolArray:
    """The cells that a reader of the earlier run could set against it: those of the same period."""
    shown, before = np.full(n.shape, -1, dtype=np.int64), np.zeros(n.shape, dtype=bool)
    for row in previous.to_pylist():
        cell = cells.get((row["touchpoint"], row["segment"]))
        if cell is not None and row["period"] == period:
            before[cell] = row["suppressed"]
            shown[cell] = -1 if row["suppressed"] else row["n"]
    return (n > 0) & comparable(shown, before, n, least)
