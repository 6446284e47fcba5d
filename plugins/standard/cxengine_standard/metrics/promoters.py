"""Net promoter score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxengine.plugin import Contract, Estimates, Metric

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]

_SCALES = {(0.0, 10.0), (1.0, 10.0)}


class NetPromoterScore(Metric):
    """Share of promoters (9-10) less the share of detractors (0-6) of a likelihood to recommend, in points.

    Formula: 100 * (promoters - detractors) / n.

    Interval: adjusted Wald, which adds 3/4 of an answer to promoters and to detractors, three in all;
    draws come from the Dirichlet posterior with 1/2 added to each class.

    Limits: only a scale from 0 to 10 (or from 1 to 10, where that was asked) has promoters. Two very
    different distributions may have one score: look at the shares, too.

    Source: Reichheld, Harvard Business Review 81 (2003) 46-54; interval: Rocks (2016), arXiv:1601.07235.

    Accepts: a likelihood to recommend on a scale from 0 to 10 (or from 1 to 10) in steps of 1, of which
    more is better. A wording that plainly asks something else is told (CX533); one in a language that is
    not known here is taken as declared. Of relationships or of single interactions: they are two scores.

    Habits: comparing it with other industries, countries or ways of asking, which move it more than
    experience does; taking a move within the interval for news; paying by it, after which people ask
    for a ten. In a comparison over time it foretold growth no better than satisfaction did (Keiningham,
    Cooil, Andreassen, Aksoy, Journal of Marketing 71 (2007) 39-51).

    Example:
        [[signal]]
        id = "recommend"
        wording = "How likely are you to recommend us to a friend?"
        scale = { min = 0, max = 10, step = 1 }
        neutral = [7, 8]
        about = "relationship"

        [[metric]]
        id = "nps"
        use = "nps"
        signal = "recommend"
        target = 30
    """

    name = "nps"
    title = "Net Promoter Score"
    question = "How do customers feel?"
    unit = "points"
    direction = "higher_is_better"
    answers = "balance"
    accepts = Contract(question="recommendation")
    components = {"promoters": "count(value >= 9.0)", "detractors": "count(value <= 6.0)"}  # noqa: RUF012 - never changed

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """Only a declared likelihood to recommend from 0 (or 1) to 10 has promoters and detractors."""
        del options
        scale = signal.scale
        if scale is None or (scale.min, scale.max) not in _SCALES or scale.step != 1:
            return (
                f"nps needs a scale from 0 to 10 (or 1 to 10) in steps of 1, which {signal.id!r} does not"
                " declare; write `scale = { min = 0, max = 10, step = 1 }`, or use csat_mean or share"
            )
        if signal.direction != "higher_is_better":
            return f"nps needs a signal of which more is better, and {signal.id!r} says lower_is_better"
        return None

    def range(self) -> tuple[float, float]:
        """All detractors to all promoters."""
        return -100.0, 100.0

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The score with its adjusted Wald interval."""
        from cxengine.plugin import intervals

        promoters = intervals.ratio(components["promoters"], components["w"])
        detractors = intervals.ratio(components["detractors"], components["w"])
        n = intervals.effective_n(components["w"], components["w2"])
        low, high = intervals.adjusted_wald(promoters, detractors, n)
        return Estimates(100 * (promoters - detractors), 100 * low, 100 * high)

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the Dirichlet posterior of promoters, passives and detractors."""
        import numpy as np

        from cxengine.plugin import intervals

        n = intervals.effective_n(components["w"], components["w2"])
        promoters = intervals.ratio(components["promoters"], components["w"])
        detractors = intervals.ratio(components["detractors"], components["w"])
        known = n > 0
        shares = np.stack([promoters, 1 - promoters - detractors, detractors])
        counts = np.where(known, np.clip(shares, 0, 1) * n, 0) + 0.5
        gammas = rng.standard_gamma(counts[:, :, None], (*counts.shape, size))
        scores = 100 * (gammas[0] - gammas[2]) / gammas.sum(axis=0)
        return np.where(known[:, None], scores, np.nan)
