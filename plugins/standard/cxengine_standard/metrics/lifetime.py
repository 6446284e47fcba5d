"""The value of customers over their lifetime: simple by retention, and by models of buying and dying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option
from cxengine_standard.metrics.means import Mean

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.plugin.histories import Histories
    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]

_PARAMETERS = ("r", "alpha", "a", "b", "p", "q", "v")
"""Of BG/NBD and of gamma-gamma, by the names of the papers."""
_ROUNDING = 1e-12
"""What is no difference, relative to what is compared."""


class SimpleLifetimeValue(Mean):
    """Lifetime value of a customer who may leave after every period; margins, not revenue.

    Formula: m * r / (1 + i - r): margin m of a period (the mean of the signal, what a customer brings in
    a period, times `margin`), retention r, discount i.

    Interval: that of the mean alone (as of `mean`): retention, discount and margin are declared and taken
    as certain.

    Limits: refunds, amounts below 0, count against what a customer brings. Every customer has the same
    constant retention, and the first payment is that of the next period. A little more retention is much
    more value: try several.

    Source: Gupta, Lehmann, Journal of Interactive Marketing 17 (2003) 9-24.

    Habits: revenue in place of margin (that is `lifetime_revenue_simple`); a retention that was never
    measured; the mean customer, whom a few large ones make.

    Example:
        [[signal]]
        id = "yearly"
        wording = "What a customer brings in a year"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "clv"
        use = "clv_simple"
        signal = "yearly"
        options = { retention = 0.8, discount = 0.1, margin = 0.3 }
    """

    name = "clv_simple"
    title = "Customer lifetime value (simple)"
    question = "What are they worth?"
    counts = "amounts, one a customer and period"
    direction = "higher_is_better"
    accepts = Contract(about="relationship", positive=True)

    @attrs.frozen(kw_only=True)
    class Options:
        """Assumptions about one period."""

        retention: float = option(
            "Share of customers who stay from period to period.", minimum=0, maximum=0.999
        )
        discount: float = option("What money loses in a period.", minimum=0)
        margin: float = option("Share of the amounts that is profit.", above=0, maximum=1)

    @property
    def _periods(self) -> float:
        """How many of today's periods a customer is worth."""
        retention = self.options.retention
        return float(retention / (1 + self.options.discount - retention) * self.options.margin)

    def range(self) -> tuple[float, float]:
        """The scale's, times the periods that a customer is worth."""
        low, high = super().range()
        return low * self._periods, high * self._periods

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The mean's estimate, times the periods that a customer is worth."""
        mean = super().measure(components)
        return Estimates(*(one * self._periods for one in (mean.value, mean.low, mean.high)))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of the mean, times the periods that a customer is worth."""
        return super().draw(components, rng, size) * self._periods

    def chances(
        self, components: Mapping[str, FloatArray], limits: FloatArray, side: int
    ) -> FloatArray | None:
        """Those of the mean at the limit of which it is so many times; without retention nothing is told."""
        return super().chances(components, limits / self._periods, side) if self._periods else None


class SimpleLifetimeRevenue(SimpleLifetimeValue):
    """The same sum over revenue instead of margin; it overstates what a customer is worth, hence its name.

    Formula: m * r / (1 + i - r), with the mean revenue of a period as m.

    Habits: telling it as what a customer is worth, or setting it against what it costs to win one.

    Example:
        [[signal]]
        id = "yearly"
        wording = "What a customer brings in a year"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "clr"
        use = "lifetime_revenue_simple"
        signal = "yearly"
        options = { retention = 0.8, discount = 0.1 }
    """

    name = "lifetime_revenue_simple"
    title = "Customer lifetime revenue (simple)"
    question = "What are they worth?"
    counts = "amounts, one a customer and period"

    @attrs.frozen(kw_only=True)
    class Options:
        """Assumptions about one period."""

        retention: float = option(
            "Share of customers who stay from period to period.", minimum=0, maximum=0.999
        )
        discount: float = option("What money loses in a period.", minimum=0)

        @property
        def margin(self) -> float:
            """All of it."""
            return 1.0


class ModelledLifetimeValue(Metric):
    """Mean value of a customer over a horizon: purchases by BG/NBD, their value by the gamma-gamma model.

    The signal is the amount of a purchase; purchases of one day count as one.

    Formula: margin * the mean over customers of expected purchases (closed form with 2F1) times expected
    value of each, discounted every four weeks. Both models are fitted by maximum likelihood in every
    cell; the estimates (r, alpha in weeks, a, b; p, q, v in the unit of the amounts) are told below the
    value on the terminal and are in `fitted.json`.

    Interval: that of the fitted parameters (delta method on the logarithm), for these customers, with
    Student's quantile of as many degrees of freedom as customers came back, less the seven parameters.
    Where nobody is seen to leave, the model is the NBD, and the lower limit that of as many who leave as
    the histories do not rule out (profile likelihood).

    Limits: for purchases without a contract only. Refunds, amounts below 0, are left out, as is usual: they
    are no purchases, and a purchase counts with what was paid. Where fewer than `least` customers came back,
    there is no value. Value is taken as independent of frequency: look at `value_frequency_correlation`,
    which should be near 0. One more scan, keyed by customer.

    Source: Fader, Hardie, Lee, Marketing Science 24 (2005) 275-284; Fader, Hardie, The Gamma-Gamma Model
    of Monetary Value (2013).

    Habits: using it for contracts and subscriptions, of which the end is seen; a horizon far beyond the
    evidence; believing it of single customers.

    Example:
        [[signal]]
        id = "spent"
        wording = "Amount of a purchase"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "clv"
        use = "clv_bg_nbd"
        signal = "spent"
        options = { margin = 0.3, weeks = 52 }

        [[source]]
        id = "purchases"
        kind = "order"
        options = { path = "purchases.csv" }

        [source.mapping]
        response_id = "order"
        customer_id = "customer"
        occurred_at = "day"

        [[source.mapping.signals]]
        signal = "spent"
        columns = { amount = "journey" }
    """

    name = "clv_bg_nbd"
    title = "Customer lifetime value (BG/NBD)"
    question = "What are they worth?"
    counts = "customers"
    direction = "higher_is_better"
    accepts = Contract(about="relationship", positive=True)
    components = {"customers": "histories()"}  # noqa: RUF012 - never changed

    @attrs.frozen(kw_only=True)
    class Options:
        """How far to look, and what money is worth."""

        weeks: int = option("The horizon.", minimum=1, maximum=520, default=52)
        discount: float = option("What money loses in a year.", minimum=0, default=0.1)
        margin: float = option("Share of the amounts that is profit.", above=0, maximum=1)
        least: int = option("Returning customers that a fit needs.", minimum=10, default=50)

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit = signal.unit

    @property
    def wants(self) -> str:
        """Customers to fit the models to."""
        return f"{self.options.least} customers who came back, and spending that the gamma-gamma model fits"

    def range(self) -> tuple[float, float]:
        """From nothing on."""
        return 0.0, float("inf")

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """Value and interval of every cell."""
        import numpy as np

        from cxengine.plugin import intervals

        value, below, above = self._estimates(components["customers"])
        return Estimates(value, value * np.exp(-intervals.Z * below), value * np.exp(intervals.Z * above))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose logarithm is normal on either side, with the errors of the interval."""
        import numpy as np

        value, below, above = self._estimates(components["customers"])
        noise = rng.standard_normal((len(value), size))
        error = np.where(noise < 0, below[:, None], above[:, None])
        drawn: FloatArray = value[:, None] * np.exp(error * noise)
        return drawn

    def fitted(self, components: Mapping[str, Any]) -> Mapping[str, FloatArray]:
        """The parameters of both models, times in weeks; no b where nobody is seen to leave."""
        import numpy as np

        from cxengine_standard.metrics.buying import fit_both, nobody_leaves

        customers: Histories = components["customers"]
        found = np.full((len(_PARAMETERS), customers.cells), np.nan)
        for cell, histories in self._enough(customers):
            both = fit_both(*histories)
            if both is None:
                continue
            buying, worth = both
            found[:, cell] = *buying.parameters, *worth.parameters
            if nobody_leaves(buying):
                found[[_PARAMETERS.index(name) for name in "ab"], cell] = 0.0, np.nan
        return dict(zip(_PARAMETERS, found, strict=True))

    def _estimates(self, customers: Histories) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Value and relative errors, below and above, of every cell."""
        import numpy as np

        from cxengine_standard.metrics.buying import lifetime_value

        weeks, discount = self.options.weeks, self.options.discount
        found = np.full((3, customers.cells), np.nan)
        for cell, histories in self._enough(customers):
            found[:, cell] = lifetime_value(*histories, weeks=weeks, discount=discount)
        return found[0] * self.options.margin, found[1], found[2]

    def _enough(self, customers: Histories) -> Iterator[tuple[int, tuple[FloatArray, ...]]]:
        """Every cell to which enough came back, with x, recency and age in weeks, amounts and weights."""
        import numpy as np

        edges = np.searchsorted(customers.cell, np.arange(customers.cells + 1))
        for cell, (start, end) in enumerate(pairwise(edges)):
            part = slice(start, end)
            x, w = customers.x[part], customers.w[part]
            if w[x > 0].sum() >= self.options.least:
                recency, age = customers.recency[part] / 7, customers.age[part] / 7
                yield cell, (x, recency, age, customers.spent[part], w)


class ValueFrequencyCorrelation(Metric):
    """Correlation of how often customers come back with what they spend each time; of those who came back.

    The gamma-gamma model behind `clv_bg_nbd` takes it as 0.

    Formula: Pearson's correlation of repeat purchases and mean value of each.

    Interval: Fisher's, on the scale of the inverse hyperbolic tangent.

    Limits: a few large customers decide it. Refunds are left out. One more scan, keyed by customer.

    Source: interval: Fisher, Metron 1 (1921) 3-32.

    Habits: reading a correlation as a target: it tests an assumption, and neither end is good.

    Example:
        [[signal]]
        id = "spent"
        wording = "Amount of a purchase"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "independence"
        use = "value_frequency_correlation"
        signal = "spent"

        [[source]]
        id = "purchases"
        kind = "order"
        options = { path = "purchases.csv" }

        [source.mapping]
        response_id = "order"
        customer_id = "customer"
        occurred_at = "day"

        [[source.mapping.signals]]
        signal = "spent"
        columns = { amount = "journey" }
    """

    name = "value_frequency_correlation"
    title = "Correlation of value and frequency"
    best = 0.0
    question = "What are they worth?"
    counts = "customers who came back"
    direction = "lower_is_better"
    accepts = Contract(about="relationship", positive=True)
    components = {"customers": "histories()"}  # noqa: RUF012 - never changed

    @property
    def wants(self) -> str:
        """Customers who differ."""
        return "four customers who came back, who differ in both, and not all along one line"

    def range(self) -> tuple[float, float]:
        """From -1 to 1."""
        return -1.0, 1.0

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The correlation with Fisher's interval."""
        import numpy as np

        from cxengine.plugin import intervals

        value, n = self._correlation(components["customers"])
        centre, half = np.arctanh(value), intervals.Z / np.sqrt(np.maximum(n - 3, 1))
        return Estimates(value, np.tanh(centre - half), np.tanh(centre + half), n)

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws on Fisher's scale."""
        import numpy as np

        value, n = self._correlation(components["customers"])
        error = 1 / np.sqrt(np.maximum(n - 3, 1))
        drawn: FloatArray = np.tanh(
            np.arctanh(value)[:, None] + error[:, None] * rng.standard_normal((len(value), size))
        )
        return drawn

    def _correlation(self, customers: Histories) -> tuple[FloatArray, FloatArray]:
        """The correlation and the number of customers who came back."""
        import numpy as np

        back = customers.x > 0
        x, cell, w = customers.x[back], customers.cell[back], customers.w[back]
        each = customers.spent[back] / x

        def total(amounts: FloatArray) -> FloatArray:
            return np.bincount(cell, weights=amounts * w, minlength=customers.cells).astype(np.float64)

        n = total(np.ones(len(x)))
        means = [total(part) / np.maximum(n, 1) for part in (x, each)]
        off_x, off_y = (part - mean[cell] for part, mean in zip((x, each), means, strict=True))
        squares = [total(off**2) for off in (off_x, off_y)]
        differ = [
            part > n * (_ROUNDING * mean) ** 2 for part, mean in zip(squares, means, strict=True)
        ]  # whoever pays 19.99 each time pays as much on average but for the last digit
        with np.errstate(divide="ignore", invalid="ignore"):
            value = total(off_x * off_y) / np.sqrt(squares[0] * squares[1])
        known = (n > 3) & differ[0] & differ[1] & (np.abs(value) < 1 - _ROUNDING)
        return np.where(known, value, np.nan), n
