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

    Interval: delta method on the logarithm of the ratio, with Student's t and customers as independent,
    each with all that he or she spent in both periods.

    Limits: where the evidence does not reach back nine tenths of the earlier period there is no value; it
    must reach further back to tell customers who return after more than a period from new ones. Measured
    once, in the period of the last purchase. One more scan, keyed by customer.

    Source: Reichheld, Darnell, Burns, Net Promoter 3.0, Harvard Business Review 99 (2021) 80-89;
    interval: Cochran, Sampling Techniques (1977), section 6.3.
    """

    name = "net_revenue_retention"
    title = "Net revenue retention"
    unit = "%"
    direction = "higher_is_better"
    accepts = Contract(about="relationship", positive=True)
    components = {"customers": "growth(options.days, '')"}  # noqa: RUF012 - never changed
    less = 0.0
    """What is taken from the ratio, in percent."""

    @attrs.frozen(kw_only=True)
    class Options:
        """What a period is."""

        days: float = option("Length of a period.", above=0, default=365.0)

    def range(self) -> tuple[float, float]:
        """Everything lost, to any growth."""
        return -self.less, float("inf")

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The share with its interval; `n` are all customers of both periods."""
        import numpy as np

        from cxengine.plugin import intervals

        ratio, error = self._ratio(components["customers"])
        factor = np.exp(intervals.t_quantile(_degrees(components["customers"])) * error)
        return Estimates(*(100 * one - self.less for one in (ratio, ratio / factor, ratio * factor)))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of which the logarithm of the ratio is t-distributed."""
        import numpy as np

        ratio, error = self._ratio(components["customers"])
        noise = rng.standard_t(_degrees(components["customers"])[:, None], (len(ratio), size))
        drawn: FloatArray = 100 * ratio[:, None] * np.exp(error[:, None] * noise) - self.less
        return drawn

    def _counted(self, customers: Growths) -> FloatArray:
        """What counts of what each customer spends now."""
        return customers.kept

    def _ratio(self, customers: Growths) -> tuple[FloatArray, FloatArray]:
        """What counts now over all that was spent before, and the error of its logarithm, by cell."""
        import numpy as np

        now, w = self._counted(customers), customers.w

        def total(amounts: FloatArray) -> FloatArray:
            sums = np.bincount(customers.cell, weights=amounts * w, minlength=customers.cells)
            return sums.astype(np.float64)

        before, after, n = total(customers.before), total(now), total(np.ones(len(w)))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((before > 0) & (after > 0) & (n > 1), after / before, np.nan)
            off = now - ratio[customers.cell] * customers.before
            error = np.sqrt(total(off**2) * n / (n - 1)) / after
        return ratio, error


def _degrees(customers: Growths) -> FloatArray:
    """One less than there are customers."""
    import numpy as np

    n = np.bincount(customers.cell, weights=customers.w, minlength=customers.cells).astype(np.float64)
    return np.maximum(n - 1, 1)


class EarnedGrowth(NetRevenueRetention):
    """Growth that was earned, not bought: net revenue retention plus earned new customers, less 100%.

    Formula: 100 * (kept + earned) / before - 100, with the periods of `net_revenue_retention`; `earned`
    is what customers spend who came in the present and of whom any purchase has the attribute `earned`.

    Limits: as good as the answer to why a customer came. Those of `net_revenue_retention`: evidence of
    two periods at least, one more scan, keyed by customer.
    """

    name = "earned_growth"
    title = "Earned growth rate"
    components = {"customers": "growth(options.days, options.earned)"}  # noqa: RUF012 - never changed
    less = 100.0

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

    def _counted(self, customers: Growths) -> FloatArray:
        return customers.kept + customers.earned
