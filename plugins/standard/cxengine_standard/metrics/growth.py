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
    the ratio itself does not tell of those who might have. Where nothing is kept, the upper limit is that of
    the share alone: those who might have stayed are taken to spend what they did.

    Limits: refunds, amounts below 0, are netted with what the customer spent in the same period; where all of
    them got back more than they spent, nothing is kept. Where the
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

        from cxengine.plugin import intervals

        customers = components["customers"]
        ratio, down, up = _kept(customers)
        _, most = intervals.wilson(*_stayed(customers))
        high = np.where(ratio > 0, ratio * np.exp(up), np.where(ratio == 0, most, np.nan))
        return Estimates(100 * ratio, 100 * ratio * np.exp(-down), 100 * high)

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose logarithm is normal on either side, as far out as the limits; of the share at 0."""
        import numpy as np

        from cxengine.plugin import intervals

        customers = components["customers"]
        ratio, down, up = (part[:, None] for part in _kept(customers))
        noise = rng.standard_normal((len(ratio), size)) / intervals.Z
        drawn: FloatArray = 100 * ratio * np.exp(noise * np.where(noise > 0, up, down))
        if (ratio == 0).any():
            share = intervals.beta_draws(*_stayed(customers), rng, size)
            drawn = np.where(ratio == 0, 100 * share, drawn)
        return drawn


def _two_periods(days: float) -> str:
    return f"purchases of the last {days:g} days and of as many before, back to nine tenths of those"


def _kept(customers: Growths) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What is kept of what was spent before, and how far the logarithms of its limits are off, by cell.

    Where nothing is kept, they are not off: 0.
    """
    import numpy as np

    from cxengine.plugin import intervals

    stay = np.where(customers.kept > 0, 1.0, 0.0)
    before, staying, after, stayers = (
        _total(customers, part) for part in (customers.before, customers.before * stay, customers.kept, stay)
    )
    ratio, growth = intervals.ratio(np.maximum(after, 0), before), intervals.ratio(after, staying)
    share, worth = _stayed(customers)
    low, high = intervals.wilson(share, worth)
    grown = stay * (customers.kept - growth[customers.cell] * customers.before)
    left = customers.before * (stay - share[customers.cell])
    spread, loss = (np.sqrt(_total(customers, part**2)) for part in (grown, left))
    together = np.nan_to_num(intervals.ratio(_total(customers, grown * left), spread * loss))
    degrees = np.maximum(stayers - 1, 1)
    told = (stayers > 1) & (staying > 0)  # who spent nothing before tells nothing of growth
    with np.errstate(divide="ignore", invalid="ignore"):
        half = intervals.t_quantile(degrees) * spread / after * np.sqrt(stayers / degrees)
        away = (np.log(share / low), np.log(high / share))
        down, up = (
            np.where(told, np.sqrt(np.maximum(a**2 + half**2 + 2 * together * a * half, 0)), np.inf)
            for a in away
        )
    ratio = np.where(_number(customers) > 1, ratio, np.nan)
    return ratio, np.where(ratio == 0, 0, down), np.where(ratio == 0, 0, up)


def _stayed(customers: Growths) -> tuple[FloatArray, FloatArray]:
    """The share of the earlier spending whose customers stayed, and as of how many customers it is."""
    import numpy as np

    from cxengine.plugin import intervals

    before = _total(customers, customers.before)
    staying = _total(customers, np.where(customers.kept > 0, customers.before, 0))
    share = np.clip(intervals.ratio(staying, before), 0, 1)  # who got back more than he spent leaves over 1
    return share, _worth(customers)


def _worth(customers: Growths) -> FloatArray:
    """As many customers as would be as precise if all had spent the same before; 0 where that is nothing."""
    import numpy as np

    from cxengine.plugin import intervals

    before = np.maximum(_total(customers, customers.before), 0)
    return intervals.effective_n(before, _total(customers, customers.before**2))


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
    each with all that he or she spent in both periods. Where nothing is kept or earned, the upper limit is
    Wilson's, of a share of none of as many customers as they are worth.

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

        customers = components["customers"]
        ratio, error = self._ratio(customers)
        factor = np.exp(intervals.t_quantile(_degrees(customers)) * error)
        _, most = intervals.wilson(np.zeros(len(ratio)), _worth(customers))
        high = np.where(ratio == 0, most, ratio * factor)
        return Estimates(*(100 * (one - 1) for one in (ratio, ratio / factor, high)))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of which the logarithm of the ratio is t-distributed; of Jeffreys' posterior at 0."""
        import numpy as np

        from cxengine.plugin import intervals

        customers = components["customers"]
        ratio, error = self._ratio(customers)
        noise = rng.standard_t(_degrees(customers)[:, None], (len(ratio), size))
        drawn: FloatArray = ratio[:, None] * np.exp(error[:, None] * noise)
        if (nothing := ratio == 0).any():
            share = intervals.beta_draws(np.zeros(len(ratio)), _worth(customers), rng, size)
            drawn = np.where(nothing[:, None], share, drawn)
        return 100 * (drawn - 1)

    def _ratio(self, customers: Growths) -> tuple[FloatArray, FloatArray]:
        """What counts now over all that was spent before, and the error of its logarithm, by cell.

        Where nothing counts now, it has none: 0.
        """
        import numpy as np

        now = customers.kept + customers.earned
        before, after, n = _total(customers, customers.before), _total(customers, now), _number(customers)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((before > 0) & (n > 1), np.maximum(after, 0) / before, np.nan)
            off = now - ratio[customers.cell] * customers.before
            error = np.sqrt(_total(customers, off**2) * n / (n - 1)) / after
        return ratio, np.where(ratio == 0, 0, error)


def _degrees(customers: Growths) -> FloatArray:
    """One less than there are customers."""
    import numpy as np

    return np.maximum(_number(customers) - 1, 1)
