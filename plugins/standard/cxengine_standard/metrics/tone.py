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

    Interval: adjusted Wald, divided like the value; the rates are taken as certain.

    Limits: as good as the classifier: VADER is close to people on short English texts, and weak on long
    reviews. One author's texts are as one answer only where the mapping names customers.

    Source: the correction: Rogan, Gladen, American Journal of Epidemiology 107 (1978) 71-76; interval:
    Rocks (2016), arXiv:1601.07235.
    """

    name = "sentiment"
    title = "Sentiment"
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
        low, high = intervals.adjusted_wald(positive, negative, n)
        return Estimates(
            *(np.clip(100 * one / self._power, -100, 100) for one in (positive - negative, low, high))
        )

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the Dirichlet posterior with 1/2 added to each class."""
        import numpy as np

        positive, negative, n = self._shares(components)
        shares = np.stack([positive, 1 - positive - negative, negative])
        counts = np.where(n > 0, np.clip(shares, 0, 1) * n, 0) + 0.5
        gammas = rng.standard_gamma(counts[:, :, None], (*counts.shape, size))
        drawn = np.clip(100 * (gammas[0] - gammas[2]) / gammas.sum(axis=0) / self._power, -100, 100)
        return np.where((n > 0)[:, None], drawn, np.nan)

    @property
    def _power(self) -> float:
        return float(self.options.sensitivity + self.options.specificity - 1)

    def _shares(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        from cxengine.plugin import intervals

        n = intervals.effective_n(components["w"], components["w2"])
        positive = intervals.ratio(components["positive"], components["w"])
        return positive, intervals.ratio(components["negative"], components["w"]), n
