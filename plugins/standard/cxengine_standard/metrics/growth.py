"""Earned growth: what customers bring who stay, and who come because others recommended us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.plugin.growths import Growths
    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


class NetRevenueRetention(Metric):
    """What customers who had come before spend now, over what everybody spent in the period before.

    Formula: 100 * kept / before. The present are the last `days` before the last purchase in the
    evidence, the earlier period as many days before; `before` is what was spent then, `kept` what those
    spend now whose first purchase is older than the present.

    Interval: that of the share of the earlier spending whose customers stayed (Wilson's, of as many as
    they are worth where some spent more than others) and that of how much more these spend (delta method
    on the logarithm, Student's t), combined with their correlation. Few customers leave, and the error of
    the ratio itself does not tell of those who might have.

    Limits: refunds, amounts below 0, are netted with what the customer spent in the same period. Where the
    evidence does not reach back all of the earlier period, both periods are half of what there is; where it
    does not reach back nine tenths of it, there is no value. It must reach further
    back to tell customers who return after more than a period from new ones. Measured once, in the period of
    the last purchase. One more scan, keyed by customer.

    Source: Reichheld, Darnell, Burns, Net Promoter 3.0, Harvard Business Review 99 (2021) 80-89;
    interval: Zou, Donner, Statistics in Medicine 27 (2008) 1693-1702; of the growth: Cochran, Sampling
    Techniques (1977), section 6.3.

    Habits: leaving out those who left; prices that rose, told as loyalty.

    Example:
        [[signal]]
        id = "spent"
        wording = "Amount of a purchase"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "nrr"
        use = "net_revenue_retention"
        signal = "spent"
        options = { days = 365 }

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

    name = "net_revenue_retention"
    title = "Net revenue retention"
    question = "Do they stay, and do they bring others?"
    counts = "customers of both periods"
    unit = "%"
    direction = "higher_is_better"
    accepts = Contract(about="relationship", positive=True)
    components = {"customers": "growth(options.days, '')"}  # noqa: RUF012 - never changed

    @attrs.frozen(kw_only=True)
    class Options:
        """What a period is."""

        days: float = option("Length of a period.", above=0, default=365.0)

    @property
    def wants(self) -> str:
        """Both periods."""
        return _two_periods(self.options.days)

    def range(self) -> tuple[float, float]:
        """Everything lost, to any growth."""
        return 0.0, float("inf")

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The share with its interval; `n` are all customers of both periods."""
        import numpy as np

        ratio, down, up = _kept(components["customers"])
        return Estimates(100 * ratio, 100 * ratio * np.exp(-down), 100 * ratio * np.exp(up))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose logarithm is normal on either side, as far out as the limits."""
        import numpy as np

        from cxengine.plugin import intervals

        ratio, down, up = (part[:, None] for part in _kept(components["customers"]))
        noise = rng.standard_normal((len(ratio), size)) / intervals.Z
        drawn: FloatArray = 100 * ratio * np.exp(noise * np.where(noise > 0, up, down))
        return drawn


def _two_periods(days: float) -> str:
    return f"purchases of the last {days:g} days and of as many before, back to nine tenths of those"


def _kept(customers: Growths) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What is kept of what was spent before, and how far the logarithms of its limits are off, by cell."""
    import numpy as np

    from cxengine.plugin import intervals

    stay = np.where(customers.kept > 0, 1.0, 0.0)
    before, staying, after, stayers = (
        _total(customers, part) for part in (customers.before, customers.before * stay, customers.kept, stay)
    )
    known = (before > 0) & (after > 0) & (_number(customers) > 1)
    plain, growth = intervals.ratio(staying, before), intervals.ratio(after, staying)
    share = np.clip(plain, 0, 1)  # who was paid back more than he spent leaves more than all
    low, high = intervals.wilson(share, intervals.ratio(before**2, _total(customers, customers.before**2)))
    grown = stay * (customers.kept - growth[customers.cell] * customers.before)
    left = customers.before * (stay - share[customers.cell])
    spread, loss = (np.sqrt(_total(customers, part**2)) for part in (grown, left))
    together = np.nan_to_num(intervals.ratio(_total(customers, grown * left), spread * loss))
    degrees = np.maximum(stayers - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = intervals.t_quantile(degrees) * spread / after * np.sqrt(stayers / degrees)
        away = (np.log(share / low), np.log(high / share))
        down, up = (
            np.where(stayers > 1, np.sqrt(np.maximum(a**2 + half**2 + 2 * together * a * half, 0)), np.inf)
            for a in away
        )
    return np.where(known, plain * growth, np.nan), down, up


def _total(customers: Growths, amounts: FloatArray) -> FloatArray:
    """The sum over the customers of every cell."""
    import numpy as np

    sums = np.bincount(customers.cell, weights=amounts * customers.w, minlength=customers.cells)
    return sums.astype(np.float64)


def _number(customers: Growths) -> FloatArray:
    """How many customers every cell has."""
    import numpy as np

    return _total(customers, np.ones(len(customers.w)))


class EarnedGrowth(Metric):
    """Growth that was earned, not bought: net revenue retention plus earned new customers, less 100%.

    Formula: 100 * (kept + earned) / before - 100, with the periods of `net_revenue_retention`; `earned`
    is what customers spend who came in the present and of whom any purchase has the attribute `earned`.

    Interval: delta method on the logarithm of the ratio, with Student's t and customers as independent,
    each with all that he or she spent in both periods.

    Limits: as good as the answer to why a customer came. Those of `net_revenue_retention`: evidence of
    two periods at least, one more scan, keyed by customer.

    Source: Reichheld, Darnell, Burns, Net Promoter 3.0, Harvard Business Review 99 (2021) 80-89;
    interval: Cochran, Sampling Techniques (1977), section 6.3.

    Habits: counting every new customer as earned; asking why they came long after.

    Example:
        [[signal]]
        id = "spent"
        wording = "Amount of a purchase"
        unit = "EUR"
        about = "relationship"

        [[metric]]
        id = "earned"
        use = "earned_growth"
        signal = "spent"
        options = { earned = "referred" }

        [[source]]
        id = "purchases"
        kind = "order"
        options = { path = "purchases.csv" }

        [source.mapping]
        response_id = "order"
        customer_id = "customer"
        occurred_at = "day"

        [source.mapping.attributes.referred]
        column = "referred"
        recode = { yes = true, no = false }
        type = "boolean"

        [[source.mapping.signals]]
        signal = "spent"
        columns = { amount = "journey" }
    """

    name = "earned_growth"
    title = "Earned growth rate"
    question = "Do they stay, and do they bring others?"
    counts = "customers of both periods"
    unit = "%"
    direction = "higher_is_better"
    accepts = Contract(about="relationship", positive=True)
    components = {"customers": "growth(options.days, options.earned)"}  # noqa: RUF012 - never changed

    @attrs.frozen(kw_only=True)
    class Options:
        """What a period is, and which customers were earned."""

        earned: str = option(
            "Boolean attribute of a purchase: its customer came because somebody recommended us."
        )
        days: float = option("Length of a period.", above=0, default=365.0)

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.attributes = {options.earned: "boolean"}

    @property
    def wants(self) -> str:
        """Both periods."""
        return _two_periods(self.options.days)

    def range(self) -> tuple[float, float]:
        """Everything lost, to any growth."""
        return -100.0, float("inf")

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The growth with its interval; `n` are all customers of both periods."""
        import numpy as np

        from cxengine.plugin import intervals

        ratio, error = self._ratio(components["customers"])
        factor = np.exp(intervals.t_quantile(_degrees(components["customers"])) * error)
        return Estimates(*(100 * (one - 1) for one in (ratio, ratio / factor, ratio * factor)))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of which the logarithm of the ratio is t-distributed."""
        import numpy as np

        ratio, error = self._ratio(components["customers"])
        noise = rng.standard_t(_degrees(components["customers"])[:, None], (len(ratio), size))
        drawn: FloatArray = 100 * (ratio[:, None] * np.exp(error[:, None] * noise) - 1)
        return drawn

    def _ratio(self, customers: Growths) -> tuple[FloatArray, FloatArray]:
        """What counts now over all that was spent before, and the error of its logarithm, by cell."""
        import numpy as np

        now = customers.kept + customers.earned
        before, after, n = _total(customers, customers.before), _total(customers, now), _number(customers)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((before > 0) & (after > 0) & (n > 1), after / before, np.nan)
            off = now - ratio[customers.cell] * customers.before
            error = np.sqrt(_total(customers, off**2) * n / (n - 1)) / after
        return ratio, error


def _degrees(customers: Growths) -> FloatArray:
    """One less than there are customers."""
    import numpy as np

    return np.maximum(_number(customers) - 1, 1)
