"""Return on investment, from what came in and what went out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


class ReturnOnInvestment(Metric):
    """Benefit less cost, over cost.

    The signal is an amount of money: benefits above 0, costs below. What was invested elsewhere is
    declared (`investment`) and added to the costs.

    Formula: 100 * (benefit - cost) / cost.

    Interval: that of a ratio of two independent totals of independent amounts (delta method on its
    logarithm, Student's t): how far chance alone would move the result of another such period; a
    declared investment is taken as certain. Where nothing came in, all is lost (-100%), and nothing is known
    of what may come: there is no upper limit.

    Limits: it says nothing of whether the benefit is due to the cost. Where nothing was spent, there is no
    value. That benefits, or costs, of a day go together does not widen the
    interval, as it does that of a total such as `revenue`.

    Source: Phillips, Return on Investment in Training and Performance Improvement Programs (2003);
    interval: Oehlert, The American Statistician 46 (1992) 27-29.

    Habits: benefits that would have come anyway; a return without its period.

    Example:
        [[signal]]
        id = "cash"
        wording = "Benefits above 0, costs below"
        unit = "EUR"

        [[metric]]
        id = "roi"
        use = "roi"
        signal = "cash"
        options = { investment = 20_000 }
    """

    name = "roi"
    title = "Return on investment"
    question = "What do they buy and use, and does it pay?"
    counts = "benefits and costs"
    unit = "%"
    direction = "higher_is_better"
    accepts = Contract(direction="higher_is_better")
    student = True
    made_of = ("benefit", "cost")
    components = {  # noqa: RUF012 - never changed
        "benefit": "sum(value, value > 0.0)",
        "cost": "sum(-value, value < 0.0)",
        "benefit_squares": "sum(value * value, value > 0.0)",
        "cost_squares": "sum(value * value, value < 0.0)",
    }

    @attrs.frozen(kw_only=True)
    class Options:
        """What was spent besides the costs in the evidence."""

        investment: float = option(
            "What was invested and is not in the evidence, in every cell: leave it out where touchpoints or"
            " segments are compared.",
            minimum=0,
            default=0.0,
        )

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """Amounts that may be costs, or a declared investment."""
        scale = signal.scale
        if scale is not None and scale.min >= 0 and not options.investment:
            return (
                f"roi needs costs, and {signal.id!r} has a scale from {scale.min:g}; let costs be amounts"
                " below 0, or declare `options = { investment = ... }`"
            )
        return super().refuses(signal, options)

    @property
    def wants(self) -> str:
        """Something to compare with."""
        return "costs"

    def range(self) -> tuple[float, float]:
        """Everything lost, to any return."""
        return -100.0, float("inf")

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The return with its interval."""
        import numpy as np

        from cxengine.plugin import intervals

        ratio, error = self._ratio(components)
        factor = np.exp(intervals.t_quantile(_degrees(components)) * error)
        with np.errstate(invalid="ignore"):
            high = np.where(ratio == 0, np.inf, ratio * factor)
        return Estimates(*(100 * (one - 1) for one in (ratio, ratio / factor, high)))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of which the logarithm of the ratio of benefit to cost is t-distributed; NaN of none."""
        import numpy as np

        ratio, error = self._ratio(components)
        noise = rng.standard_t(_degrees(components)[:, None], (len(ratio), size))
        told = np.where(ratio > 0, ratio, np.nan)
        drawn: FloatArray = 100 * (told[:, None] * np.exp(error[:, None] * noise) - 1)
        return drawn

    def _ratio(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Benefit over cost, and the error of its logarithm, which is infinite where nothing came in."""
        import numpy as np

        from cxengine.plugin import intervals

        heavy = intervals.ratio(components["w2"], components["w"])
        benefit, cost = components["benefit"], components["cost"] + self.options.investment
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(cost > 0, benefit / cost, np.nan)
            variance = components["benefit_squares"] / benefit**2 + components["cost_squares"] / cost**2
            return ratio, np.where(benefit > 0, np.sqrt(variance * heavy), np.inf)


def _degrees(components: Mapping[str, FloatArray]) -> FloatArray:
    """One less than the amounts are worth."""
    import numpy as np

    from cxengine.plugin import intervals

    return np.maximum(intervals.effective_n(components["w"], components["w2"]) - 1, 1)
