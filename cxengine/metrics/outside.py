"""Finds values beyond the range that a project declares: the formula or the range is not what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.names import Names

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin.base import Metric
    from cxengine.project.origins import Origins

TOLERANCE = 1e-9
"""What arithmetic may add to an end, as a part of it."""


def outside(
    metrics: Mapping[str, Metric], measurements: Measurements, origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """A warning for every metric that declares a `range` in which not all of its values lie."""
    table = measurements.table
    for name, metric in sorted(metrics.items()):
        if getattr(metric.options, "range", None) is None:
            continue
        low, high = metric.range()
        rows = np.flatnonzero(Names.of(table["metric"]).among((name,)))
        value = table["value"].to_numpy()[rows]
        least, most = low - TOLERANCE * (1 + abs(low)), high + TOLERANCE * (1 + abs(high))
        beyond = np.nan_to_num(np.maximum(least - value, value - most), nan=-np.inf)
        wrong = int((beyond > 0).sum())
        if wrong:
            worst = int(beyond.argmax())
            at = table.slice(int(rows[worst]), 1).select(["subject", "segment", "period"]).to_pylist()[0]
            message = (
                f"{name} is {value[worst]:.4g} at {at['subject']} ({at['segment']}, {at['period']}), outside"
                f" its range {low:g} to {high:g}; {wrong:,} of {len(rows):,} values are."
            )
            place = origins.locate(("metric", name, "options", "range")) if origins else None
            hint = "Declare the ends that the formula can reach, or mend the formula."
            yield Diagnostic("CX531", message, place, hint, severity="warning")
