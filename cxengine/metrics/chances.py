"""The chances of what was measured, were something else true: a limit, or what was measured elsewhere.

A metric may tell them itself (`Metric.chances`, `Metric.chances_between`), where its interval is not as sure
on one side as on the other, or where many answers share a value, as of times in whole days. Those of all
others are of the normal deviate that reaches to the limit of the interval
(`cxengine.plugin.intervals.chances`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.components import only
from cxengine.metrics.covered import part_over
from cxengine.plugin import Metric, intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.blocks import Footing
    from cxengine.metrics.components import Components
    from cxengine.metrics.measurement import Cell, Measurement, Measurements

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Parts = Mapping[str, Any]

Between = Callable[["IntArray", "IntArray"], "FloatArray | None"]
"""The two-sided chances of the differences between cells, by pair, given those of both."""


@attrs.frozen(eq=False, slots=False)
class Chances:
    """One-sided chances of measurements."""

    measurements: Measurements
    metrics: Mapping[str, Metric]

    def beyond(self, name: str, cell: Cell, found: Measurement, limit: float, side: int) -> float:
        """The chance of a value so high, or higher (`side` 1), or so low (-1), were the limit true.

        Of a total, `found` and `limit` are those of a whole period (`cxengine.metrics.covered.at_its_end`).
        """
        told = self._told(name, cell, limit, side)
        if told is None:
            value, low, high, at = np.array([[found.value], [found.low], [found.high], [limit]])
            told = intervals.chances(value, low, high, at, side)
        return float(told[0])

    def _told(self, name: str, cell: Cell, limit: float, side: int) -> FloatArray | None:
        """What the metric says of it; None where it leaves it to the interval."""
        parts = self._parts(name, cell)
        if parts is None:
            return None
        covered = part_over(name, self.measurements) or 1.0
        return self.metrics[name].chances(parts, np.array([limit * covered]), side)

    def _parts(self, name: str, cell: Cell) -> Parts | None:
        """The components of a metric in one cell, of a metric that tells chances itself."""
        components = self.measurements.components
        if components is None or not tells(self.metrics[name], "chances"):
            return None
        if name not in self._known:
            self._known[name] = components.of(name)
        codes, parts = self._known[name]
        code = components.axes.code(cell)
        place = np.flatnonzero(codes == code)
        return only(parts, place) if len(place) else None

    @cached_property
    def _known(self) -> dict[str, tuple[IntArray, Parts]]:
        """The cells and components of the metrics that were asked about."""
        return {}


def between(metrics: Mapping[str, Metric], components: Components | None) -> dict[str, Between]:
    """The metrics that tell themselves how probable differences between cells are, given their codes."""
    return {
        name: _between(name, metric, components)
        for name, metric in metrics.items()
        if components is not None and tells(metric, "chances_between")
    }


def by_row(told: Mapping[str, Between], footings: Mapping[str, Footing]) -> dict[str, Between]:
    """The same, given rows of the blocks that rest on some footings."""
    return {name: _by_row(one, footings[name]) for name, one in told.items()}


def _by_row(told: Between, footing: Footing) -> Between:
    codes = footing.codes[footing.there]
    return lambda ones, others: told(codes[ones], codes[others])


def _between(name: str, metric: Metric, components: Components) -> Between:
    def chances(ones: IntArray, others: IntArray) -> FloatArray | None:
        codes, parts = components.of(name)
        return metric.chances_between(parts, *(np.searchsorted(codes, some) for some in (ones, others)))

    return chances


def tells(metric: Metric, method: str) -> bool:
    """Whether a class has a word of its own; components are not asked for in vain."""
    return getattr(type(metric), method) is not getattr(Metric, method)
