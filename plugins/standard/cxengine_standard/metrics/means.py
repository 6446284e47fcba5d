"""Means of answers: any value, satisfaction, effort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


_END = 0.1
"""How much of an answer is added at either end of what answers may be."""
_EQUAL = 1e-12


class Mean(Metric):
    """Mean of the answers, in their own unit.

    Formula: sum of the answers / n. Sums are taken around the middle of the scale, where there is one, so
    that they lose no digits.

    Interval: on a scale Student's t, within the scale; a tenth of an answer is added at either end, so
    that equal answers never claim certainty. Without a scale, where no answer is below 0, that of a mean of
    amounts: Student's, bent as far as the relative error says that amounts are skewed. Where all amounts are
    equal, a tenth of one is added at 0 and at twice their value; where all are 0, the mean may be anything
    from 0 on.

    Limits: the points of a scale are taken as equally far apart. Equal amounts tell little of how far
    others may be off, and amounts of which some are below 0 have Student's interval, which is too narrow for
    a few, very uneven ones.

    Source: Student, Biometrika 6 (1908) 1-25; the added answers: after Agresti, Coull, The American
    Statistician 52 (1998) 119-126; skewed amounts: after Hall, JRSS B 54 (1992) 221-228, with constants of
    our own (`docs/skewness.py`).

    Accepts: any answer, amount or duration that has ended, whichever end is good.

    Habits: the mean of times of which some are still open (told, CX534): that is for `resolution_time`;
    the mean of amounts of which a few decide, where the median was meant.

    Example:
        [[signal]]
        id = "basket"
        wording = "Amount of an order"
        unit = "EUR"

        [[metric]]
        id = "basket"
        use = "mean"
        signal = "basket"
    """

    name = "mean"
    title = "Mean"
    question = "Anything else"
    student = True
    unbiased = True
    made_of = ("total",)

    def __init__(self, options: Any, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit = signal.unit
        scale = signal.scale
        self._middle = (scale.min + scale.max) / 2 if scale else 0.0
        deviation = "(value - scale.middle)" if scale else "value"
        self.components = {"total": f"sum({deviation})", "squares": f"sum({deviation} * {deviation})"}
        if scale is None:
            self.components["least"] = "min(value)"

    def range(self) -> tuple[float, float]:
        """The scale, or no bound."""
        return self._ends

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The mean with its interval."""
        import numpy as np

        from cxengine.plugin import amounts, intervals

        value, variance, n = self._moments(components)
        low, high = intervals.mean(value, variance, n, self._ends, added=_added(components, n))
        if self.signal.scale is None:
            counted = components["least"] >= 0
            skewed = amounts.limits(value, *_error(variance, n))
            low, high = np.where(counted, skewed[0], low), np.where(counted, skewed[1], high)
            high = np.where((value == 0) & (variance == 0), np.inf, high)
        return Estimates(value, low, high)

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose quantiles are those of the interval."""
        import numpy as np

        from cxengine.plugin import amounts, intervals

        value, variance, n = self._moments(components)
        added = _added(components, n)
        drawn = intervals.mean_draws(value, variance, n, rng, size, bounds=self._ends, added=added)
        if self.signal.scale is None:
            counted = (components["least"] >= 0)[:, None]
            drawn = np.where(counted, amounts.draws(value, *_error(variance, n), rng, size), drawn)
            drawn = np.where(((value == 0) & (variance == 0))[:, None], np.nan, drawn)
        return drawn

    def chances(
        self, components: Mapping[str, FloatArray], limits: FloatArray, side: int
    ) -> FloatArray | None:
        """Those of amounts, even or skewed; by Student where some are below 0; on a scale the interval's."""
        import numpy as np
        from scipy.special import stdtr

        from cxengine.plugin import amounts

        if self.signal.scale is not None:
            return None
        value, variance, n = self._moments(components)
        error, degrees = _error(variance, n)
        counted = amounts.chances(value, error, degrees, limits, side, least=components["least"])
        with np.errstate(divide="ignore", invalid="ignore"):
            signed = stdtr(degrees, side * (limits - value) / error)
        found = np.where(components["least"] >= 0, counted, signed)
        return np.where((value == 0) & (variance == 0), 0.5, found)

    @property
    def _ends(self) -> tuple[float, float]:
        scale = self.signal.scale
        return (scale.min, scale.max) if scale else (float("-inf"), float("inf"))

    def _moments(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean, variance and effective number of answers."""
        from cxengine.plugin import intervals

        shift = intervals.ratio(components["total"], components["w"])
        variance = intervals.ratio(components["squares"], components["w"]) - shift**2
        n = intervals.effective_n(components["w"], components["w2"])
        if self.signal.scale is None:
            variance, n = _with_others(shift, variance, n)
        return self._middle + shift, variance, n


def _with_others(value: FloatArray, variance: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance and effective number of amounts; where all are equal, with a tenth of one at 0 and at twice.

    Equal amounts do not tell how far off others may be: they are taken as equal ends of a scale are.
    """
    import numpy as np

    equal = (n > 1) & (variance <= _EQUAL * value**2)
    more = n + 2 * _END
    return np.where(equal, 2 * _END * value**2 / more, variance), np.where(equal, more, n)


def _added(components: Mapping[str, FloatArray], n: FloatArray) -> FloatArray:
    """How much of an answer is added at either end: a tenth, and less where weights differ.

    Student's quantile of the effective number is then wide already: simulated with weights of 0.5, 1 and 3,
    ten answers cover 95.3% with this, 95.9% with a tenth of an answer of average weight. Where answers of a
    customer make up for each other they are worth more than they are, and what is added stays a tenth.
    """
    import numpy as np

    from cxengine.plugin import intervals

    return _END * np.minimum(intervals.ratio(n, components["n"]), 1.0) ** 2


def _error(variance: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The standard error of a mean and its degrees of freedom; infinite of a single answer."""
    import numpy as np

    degrees = np.maximum(n - 1, 1e-3)
    return np.where(n > 1, np.sqrt(np.maximum(variance, 0) / degrees), np.inf), degrees


class MeanSatisfaction(Mean):
    """CSAT as the mean of the answers on the declared scale.

    Limits: the points of the scale are taken as equally far apart, and means on different scales do not
    compare. `csat_t2b` is what the industry reports as CSAT.

    Accepts: any answer on a declared scale, whichever end is good.

    Habits: a mean without its distribution: 3.5 may be everybody at 3 or 4, or half of them at 5 and
    half at 2; means of scales of different lengths side by side.

    Example:
        [[signal]]
        id = "satisfaction"
        wording = "How satisfied were you?"
        scale = { min = 1, max = 5, step = 1 }

        [[metric]]
        id = "csat"
        use = "csat_mean"
        signal = "satisfaction"
        target = 4.0
    """

    name = "csat_mean"
    title = "Customer satisfaction (mean)"
    question = "How do customers feel?"

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """A mean satisfaction without a scale says nothing."""
        del options
        if signal.scale is None:
            return (
                f"csat_mean needs a declared scale, and {signal.id!r} has none;"
                " declare `scale = { min = 1, max = 5, step = 1 }`, or use mean for amounts and durations"
            )
        return None


_VERSIONS = {"v1": ((1.0, 5.0), "lower_is_better"), "v2": ((1.0, 7.0), "higher_is_better")}


class CustomerEffort(Mean):
    """Customer effort score: the mean of the answers, in one of its two published versions.

    v1 asks how much effort it took, from 1 (very low) to 5 (very high), low is good. v2 asks for
    agreement that it was made easy, from 1 to 7, high is good.

    Limits: the versions run in opposite directions on different scales; they are never pooled, nor do
    their values compare. For another wording or scale use `mean`.

    Source: v1: Dixon, Freeman, Toman, Harvard Business Review 88 (2010) 116-122; v2: Dixon, Toman,
    DeLisi, The Effortless Experience (2013); interval: Student, Biometrika 6 (1908) 1-25.

    Accepts: for v1 a scale from 1 to 5 of which less is better, for v2 one from 1 to 7 of which more
    is. A wording that plainly asks for ease in v1, or for effort in v2, is told (CX533).

    Habits: mixing versions, or reading one as the other; asking about effort where there was none.
    Where v2 is reported as the share who agree, that is `share` with `at_least = 5`. Of the metrics
    that were compared for how well they foretell who stays, top two boxes of satisfaction did best (de
    Haan, Verhoef, Wiesel, International Journal of Research in Marketing 32 (2015) 195-206).

    Example:
        [[signal]]
        id = "ease"
        wording = "The company made it easy for me to handle my issue."
        scale = { min = 1, max = 7, step = 1 }

        [[metric]]
        id = "ces"
        use = "ces"
        signal = "ease"
        options = { version = "v2" }
    """

    name = "ces"
    title = "Customer effort score"
    question = "How do customers feel?"

    @attrs.frozen(kw_only=True)
    class Options:
        """Which of the two scores it is; they run in opposite directions and are never mixed."""

        version: Literal["v1", "v2"] = option('"v1": effort, 1-5, low is good. "v2": ease, 1-7, high.')

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.direction = signal.direction

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Scale and direction of the signal must be those of the version."""
        (least, most), direction = _VERSIONS[options.version]
        scale = signal.scale
        if scale is None or (scale.min, scale.max) != (least, most) or signal.direction != direction:
            found = "no scale" if scale is None else f"a scale from {scale.min:g} to {scale.max:g}"
            return (
                f"ces {options.version} needs a scale from {least:g} to {most:g} with direction {direction},"
                f" and {signal.id!r} declares {found} with {signal.direction};"
                " correct the signal, or use mean for an effort score of your own"
            )
        return None

    @classmethod
    def doubts(cls, signal: Signal, options: Options) -> str | None:
        """A wording that is of the other version."""
        asks = Contract(question="effort" if options.version == "v1" else "ease")
        return asks.doubted_by(f"ces {options.version}", signal)
