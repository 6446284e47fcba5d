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

    Interval: that of the number of events (Poisson, Jeffreys' prior) and that of their mean amount (as
    of `mean`), combined on the logarithmic scale.

    Limits: the interval tells how far chance alone would move the total of another such period; a census
    has no sampling error, and this is not one. Trends and seasons are not chance.

    Source: interval of the number: Brown, Cai, DasGupta, Statistica Sinica 13 (2003) 19-49; of the two
    together: Zou, Taleban, Huo, Computational Statistics and Data Analysis 53 (2009) 3755-3764.
    """

    direction = "higher_is_better"
    accepts = Contract(positive=True)
    components = {"total": "sum(value)", "squares": "sum(value * value)"}  # noqa: RUF012 - never changed

    def range(self) -> tuple[float, float]:
        """From nothing on."""
        return 0.0, float("inf")

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The total with its interval: anything from 0 on where all amounts are 0."""
        import numpy as np

        from cxengine.plugin import amounts

        total, uneven, n = self._moments(components)
        low, high = amounts.total_limits(total, uneven, n)
        known = total > 0
        return Estimates(total, np.where(known, low, 0.0), np.where(known, high, np.inf))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of number and mean amount."""
        import numpy as np

        from cxengine.plugin import amounts

        total, uneven, n = self._moments(components)
        drawn = amounts.total_draws(total, uneven, n, rng, size)
        return np.where((total > 0)[:, None], drawn, np.nan)

    def _moments(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Total, squared coefficient of variation of the amounts, and effective number of events."""
        from cxengine.plugin import intervals

        total, w = components["total"], components["w"]
        uneven = intervals.ratio(components["squares"] * w, total**2) - 1
        return total, uneven, intervals.effective_n(w, components["w2"])


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
    components = {"total": "count()", "squares": "count()"}  # noqa: RUF012 - never changed
