"""Totals of what was recorded: sales, revenue, usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxengine.plugin import Contract, Estimates, Metric

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


class _Total(Metric):
    """A sum over independent events.

    Formula: the sum of the amounts.

    Interval: that of a weighted sum of Poisson counts; for a plain count the exact one of Garwood.

    Limits: the interval tells how far chance alone would move the total of another such period; a census
    has no sampling error, and this is not one. Trends and seasons are not chance.

    Source: interval: Fay, Feuer, Statistics in Medicine 16 (1997) 791-801; Garwood, Biometrika 28 (1936)
    437-442.
    """

    direction = "higher_is_better"
    accepts = Contract(positive=True)
    components = {  # noqa: RUF012 - never changed
        "total": "sum(value)",
        "squares": "sum(value * value)",
        "largest": "max(value)",
    }

    def range(self) -> tuple[float, float]:
        """From nothing on."""
        return 0.0, float("inf")

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The total with its interval."""
        import numpy as np
        from scipy.special import chdtri

        total, variance, largest = self._moments(components)
        with np.errstate(divide="ignore", invalid="ignore"):
            low = variance / (2 * total) * chdtri(2 * total**2 / variance, 0.975)
            more, spread = total + largest, variance + largest**2
            high = spread / (2 * more) * chdtri(2 * more**2 / spread, 0.025)
        return Estimates(total, np.where(total > 0, low, 0.0), np.where(total > 0, high, np.inf))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the gamma distribution half-way between those of the two limits."""
        import numpy as np

        total, variance, largest = self._moments(components)
        mean, spread = total + largest / 2, variance + largest**2 / 2
        known = mean > 0
        shape = np.where(known, mean**2, 1) / np.where(known, spread, 1)
        drawn = rng.standard_gamma(shape[:, None], (len(total), size))
        return drawn * np.where(known, spread / np.where(known, mean, 1), np.nan)[:, None]

    def _moments(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Total, its variance, and what one more of the largest events would add."""
        from cxengine.plugin import intervals

        heavy = intervals.ratio(components["w2"], components["w"])
        return components["total"], components["squares"] * heavy, components["largest"] * heavy


class Revenue(_Total):
    """Money taken: the sum of the amounts."""

    name = "revenue"
    title = "Revenue"

    def __init__(self, options: Any, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit = signal.unit


class Usage(Revenue):
    """How much it is used: the sum of uses, minutes or visits, in the signal's unit."""

    name = "usage"
    title = "Usage"


class Sales(_Total):
    """How many sales there were: every value of the signal is one.

    Formula: the number of values.
    """

    name = "sales"
    title = "Sales"
    components = {  # noqa: RUF012 - never changed
        "total": "count()",
        "squares": "count()",
        "largest": "max(1.0)",
    }
