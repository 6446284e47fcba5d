"""The models behind metrics: what they were fitted to be, where everybody's value is shown.

Parameters follow from the same components as a value. They are told where it is, and kept back where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.chances import tells
from cxengine.metrics.components import only
from cxengine.metrics.measurement import Cell, Level

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric


@attrs.frozen
class Fitted:
    """The model of a metric at a place, of everybody, now: its parameters by name."""

    metric: str
    level: Level
    subject: str
    parameters: Mapping[str, float]


def fitted(metrics: Mapping[str, Metric], measurements: Measurements) -> tuple[Fitted, ...]:
    """Of every metric that fits a model, wherever it is shown: the journey first."""
    models = {name: metric for name, metric in metrics.items() if tells(metric, "fitted")}
    return tuple(one for name, metric in models.items() for one in _of(name, metric, measurements))


def _of(name: str, metric: Metric, measurements: Measurements) -> Iterator[Fitted]:
    components = measurements.components
    cells = list(_shown(name, measurements))
    if components is None or not cells:
        return
    codes, parts = components.of(name)
    wanted = {components.axes.code(cell) for cell in cells}
    places = [i for i, code in enumerate(codes.tolist()) if code in wanted]
    told = metric.fitted(only(parts, np.array(places)))
    for i, cell in enumerate(cells):
        known = {name: float(of[i]) for name, of in told.items() if np.isfinite(of[i])}
        if known:
            yield Fitted(name, cell.level, cell.subject, known)


def _shown(name: str, measurements: Measurements) -> Iterator[Cell]:
    """Where everybody's present value of a metric is shown, in the order of the codes of cells."""
    for level, subject in measurements.components.axes.subjects if measurements.components else ():
        found = measurements.get(name, level, subject)
        if found is not None and not found.suppressed:
            yield Cell(level, subject)
