"""Sentiment of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


class Sentiment(Metric):
    """Share of positive less the share of negative texts, in points; scores run from -1 to 1.

    Formula: 100 * (positive - negative) / n / (sensitivity + specificity - 1): where it is known how
    often the classifier recognises an opinion and how often it leaves the others alone, with the same two
    rates for both sides.

    Interval: adjusted Wald, divided like the value; the rates are taken as certain. Where a side has more
    opinions than the rates allow, the value is the end of the scale, and the interval reaches as far from
    there as it would without a correction, or further.

    Limits: a value at the end of the scale with declared rates says that these rates are wrong, or that
    chance is large; look at the value without them. As good as the classifier: VADER is close to people on
    short English texts, and weak on long reviews. One author's texts are as one answer only where the
    mapping names customers.

    Source: the correction: Rogan, Gladen, American Journal of Epidemiology 107 (1978) 71-76; interval:
    Rocks (2016), arXiv:1601.07235.

    Habits: taking it for satisfaction: who writes, and where, decides it; comparing languages or
    sources, of which the classifier recognises different shares.

    Example:
        [[signal]]
        id = "tone"
        wording = "What people write, scored from -1 to 1"
        scale = { min = -1, max = 1 }

        [[metric]]
        id = "sentiment"
        use = "sentiment"
        signal = "tone"
        options = { threshold = 0.05 }
    """

    name = "sentiment"
    title = "Sentiment"
    question = "How do customers feel?"
    counts = "texts"
    unit = "points"
    direction = "higher_is_better"
    accepts = Contract(scale=(-1.0, 1.0), direction="higher_is_better")
    components = {  # noqa: RUF012 - never changed
        "positive": "count(value >= options.threshold)",
        "negative": "count(value <= -options.threshold)",
    }

    @attrs.frozen(kw_only=True)
    class Options:
        """What counts as an opinion, and how well it is recognised."""

        threshold: float = option("Scores this far from 0 are opinions.", above=0, maximum=1, default=0.05)
        sensitivity: float = option("Share of opinions that are recognised.", above=0, maximum=1, default=1.0)
        specificity: float = option(
            "Share of other texts that are not taken for one.", above=0, maximum=1, default=1.0
        )

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Scores from -1 to 1, from a classifier that is better than chance."""
        if options.sensitivity + options.specificity <= 1:
            return "a classifier with sensitivity + specificity of at most 1 tells nothing; use another"
        return super().refuses(signal, options)

    def range(self) -> tuple[float, float]:
        """All negative to all positive."""
        return -100.0, 100.0

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The difference with its adjusted Wald interval."""
        import numpy as np

        from cxengine.plugin import intervals

        positive, negative, n = self._shares(components)
        limits = intervals.adjusted_wald(positive, negative, n)
        plain = positive - negative
        value = np.clip(100 * plain / self._power, -100, 100)
        low, high = (np.clip(100 * one / self._power, -100, 100) for one in limits)
        ends = [np.clip(value + 100 * (one - plain), -100, 100) for one in limits]  # as if rates were perfect
        return Estimates(value, np.fmin(low, ends[0]), np.fmax(high, ends[1]))

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the Dirichlet posterior with 1/2 added to each class."""
        import numpy as np

        positive, negative, n = self._shares(components)
        shares = np.stack([positive, 1 - positive - negative, negative])
        counts = np.where(n > 0, np.clip(shares, 0, 1) * n, 0) + 0.5
        gammas = rng.standard_gamma(counts[:, :, None], (*counts.shape, size))
        drawn = 100 * (gammas[0] - gammas[2]) / gammas.sum(axis=0)
        plain = 100 * (positive - negative)[:, None]
        end = np.where(np.abs(plain) > 100 * self._power, np.sign(plain) * 100, np.nan)
        inside = np.sign(plain) * np.minimum(np.sign(plain) * (drawn - plain), 0)  # away from the end
        corrected = np.where(np.isnan(end), drawn / self._power, end + inside)
        return np.where((n > 0)[:, None], np.clip(corrected, -100, 100), np.nan)

    @property
    def _power(self) -> float:
        return float(self.options.sensitivity + self.options.specificity - 1)

    def _shares(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        from cxengine.plugin import intervals

        n = intervals.effective_n(components["w"], components["w2"])
        positive = intervals.ratio(components["positive"], components["w"])
        return positive, intervals.ratio(components["negative"], components["w"]), n
