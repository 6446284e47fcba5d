"""Totals of what was recorded: sales, revenue, usage."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric
from cxengine.plugin.component import DAYS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class _Side:
    """What came in, or what went back: amounts from 0 on, one entry a cell."""

    total: FloatArray
    squares: FloatArray
    w: FloatArray
    n: FloatArray
    """Effective number of events."""
    degrees: FloatArray
    """Degrees of freedom of amounts: of all events, whichever way they went."""
    together: FloatArray | float = 0.0
    """What it adds to the squared relative error of their number that events of a day go together."""

    @property
    def uneven(self) -> FloatArray:
        """The squared coefficient of variation of the amounts."""
        from cxengine.plugin import intervals

        return intervals.ratio(self.squares * self.w, self.total**2) - 1

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """The interval of the total; nothing where there is none."""
        import numpy as np

        from cxengine.plugin import amounts

        low, high = amounts.total_limits(
            self.total, self.uneven, self.n, self.degrees, together=self.together
        )
        return np.where(self.total > 0, low, 0.0), np.where(self.total > 0, high, 0.0)

    def draws(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of the total: shape (cells, size)."""
        import numpy as np

        from cxengine.plugin import amounts

        drawn = amounts.total_draws(
            self.total, self.uneven, self.n, rng, size, degrees=self.degrees, together=self.together
        )
        return np.where((self.total > 0)[:, None], drawn, 0.0)


class _Total(Metric):
    """A sum over events.

    Formula: the sum of the amounts.

    Interval: that of the number of events (Poisson, Jeffreys' prior) and that of their mean amount (as
    of `mean`), combined on the logarithmic scale. That events of a day go together (weather, campaigns), and
    days of some weeks, widens it: by how much is estimated from the days of all time
    (`docs/statistics.md`). What came in and what went back are two such totals, independent of
    each other, whose intervals are combined for their difference.

    Limits: the interval tells how far chance alone would move the total of another such period; a census
    has no sampling error, and this is not one. Trends, seasons and the pattern of the week are not chance.
    Periods are compared at one length, by the days that the evidence covers; that a month has more weekends
    than another is not accounted for. Peaks that a week does not tell (paydays, holidays) count as chance and
    widen intervals. Shocks that last for weeks are known from half a year on, better from a year: of 90 days
    of them, up to 11 of 100 comparisons were flagged at 5% though nothing had changed. A segment is taken to
    feel what everybody feels at the touchpoint, and nothing that it feels alone.

    Source: interval of the number: Brown, Cai, DasGupta, Statistica Sinica 13 (2003) 19-49; of two
    together: Zou, Taleban, Huo, Computational Statistics and Data Analysis 53 (2009) 3755-3764.
    """

    direction = "higher_is_better"
    adds_up = True
    made_of = ("total",)

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The total with its interval: anything from 0 on where all amounts are 0."""
        import numpy as np

        came, went = self._varying(components)
        value = came.total - went.total
        (least, most), (low, high) = came.limits(), went.limits()
        below, above = (
            np.hypot(came.total - least, high - went.total),
            np.hypot(most - came.total, went.total - low),
        )
        nothing = (came.total == 0) & (went.total == 0)
        return Estimates(value, value - below, np.where(nothing, np.inf, value + above))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of number and mean amount, of what came in and of what went back."""
        import numpy as np

        came, went = self._varying(components)
        drawn = came.draws(rng, size)
        if went.total.any():
            drawn = drawn - went.draws(rng, size)
        return np.where(((came.total > 0) | (went.total > 0))[:, None], drawn, np.nan)

    def chances(self, components: Mapping[str, FloatArray], limits: FloatArray, side: int) -> FloatArray:
        """Those of amounts, even or skewed; the interval's where something went back, or all are 0."""
        import numpy as np

        from cxengine.plugin import amounts, intervals

        came, went = self._varying(components)
        found = self.measure(components)
        by_interval = intervals.chances(found.value, found.low, found.high, limits, side)
        counted = amounts.total_chances(
            came.total, came.uneven, came.n, limits, side, degrees=came.degrees, together=came.together
        )
        return np.where((went.total == 0) & (came.total > 0), counted, by_interval)

    def _varying(self, components: Mapping[str, FloatArray]) -> tuple[_Side, _Side]:
        """Both sides, with what days add, which is in proportion to them."""
        import numpy as np

        from cxengine.plugin import intervals

        came, went = self._sides(components)
        if DAYS not in components:
            return came, went
        together = np.nan_to_num(intervals.ratio(components[DAYS], came.total**2 + went.total**2))
        return attrs.evolve(came, together=together), attrs.evolve(went, together=together)

    @abstractmethod
    def _sides(self, components: Mapping[str, FloatArray]) -> tuple[_Side, _Side]:
        """What came in, and what went back."""


class Revenue(_Total):
    """Net money taken: the sum of the amounts; refunds are amounts below 0.

    Accepts: any amount of money.

    Habits: a month against the one before, whatever its length and season; growth by price told as
    growth by customers.

    Example:
        [[signal]]
        id = "amount"
        wording = "Amount of an order, refunds below 0"
        unit = "EUR"

        [[metric]]
        id = "revenue"
        use = "revenue"
        signal = "amount"
    """

    name = "revenue"
    title = "Revenue"
    question = "What do they buy and use, and does it pay?"
    counts = "sales and refunds"
    components = {  # noqa: RUF012 - never changed
        "total": "sum(value)",
        "squares": "sum(value * value)",
        "back": "sum(value, value < 0)",
        "back_squares": "sum(value * value, value < 0)",
        "times_back": "count(value < 0)",
    }

    def __init__(self, options: Any, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit = signal.unit

    def range(self) -> tuple[float, float]:
        """From nothing on, where a scale says that nothing goes back."""
        scale = self.signal.scale
        return (0.0 if scale and scale.min >= 0 else float("-inf")), float("inf")

    def _sides(self, components: Mapping[str, FloatArray]) -> tuple[_Side, _Side]:
        from cxengine.plugin import intervals

        w, n = components["w"], intervals.effective_n(components["w"], components["w2"])
        back, squares, times = (components[name] for name in ("back", "back_squares", "times_back"))
        each, rest = intervals.ratio(n, w), w - times
        came = _Side(components["total"] - back, components["squares"] - squares, rest, each * rest, n - 1)
        return came, _Side(-back, squares, times, each * times, n - 1)


class Usage(Revenue):
    """How much it is used: the sum of uses, minutes or visits, in the signal's unit, less corrections.

    Habits: more use as more value, where it may be more trouble; totals where the number of users
    changed.

    Example:
        [[signal]]
        id = "minutes"
        wording = "Minutes of use"
        unit = "minutes"

        [[metric]]
        id = "usage"
        use = "usage"
        signal = "minutes"
    """

    name = "usage"
    title = "Usage"
    question = "What do they buy and use, and does it pay?"
    counts = "records of use"
    accepts = Contract(positive=True)


class Sales(_Total):
    """How many sales there were: every value of the signal is one, whatever the amount.

    Formula: the number of values.

    Habits: a month against the one before, whatever its length and season.

    Example:
        [[signal]]
        id = "order"
        wording = "Amount of an order"
        unit = "EUR"

        [[metric]]
        id = "sales"
        use = "sales"
        signal = "order"
    """

    name = "sales"
    title = "Sales"
    question = "What do they buy and use, and does it pay?"
    counts = "sales"
    accepts = Contract(positive=True)
    components = {"total": "count()"}  # noqa: RUF012 - never changed

    def range(self) -> tuple[float, float]:
        """From nothing on."""
        return 0.0, float("inf")

    def _sides(self, components: Mapping[str, FloatArray]) -> tuple[_Side, _Side]:
        import numpy as np

        from cxengine.plugin import intervals

        total, nothing = components["total"], np.zeros(len(components["total"]))
        n = intervals.effective_n(components["w"], components["w2"])
        alike = np.full(len(total), np.inf)  # every sale counts as one: nothing is to be known of amounts
        return _Side(total, total, components["w"], n, alike), _Side(*[nothing] * 5)
