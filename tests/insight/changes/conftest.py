"""Series with a planted truth: shares of binomial answers, at touchpoints, for everybody and two segments."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from cxengine.insight.changes.series import Line, Measure, Series
from cxengine.metrics import period

FIRST = {"day": "2024-01-01", "month": "2021-01", "quarter": "2021-Q1"}
MEASURE = Measure("metric", "csat", "Satisfied", "%", "higher_is_better", (0.0, 1.0), "satisfaction", 10)


@attrs.frozen(eq=False)
class Planted:
    """Answers of two segments at touchpoints: the probability of a good one, and how many answer."""

    length: str
    probability: np.ndarray
    """Touchpoints x segments x periods."""
    rate: float
    spread: float = 0.0
    """Standard deviation of what all answers of a period have in common."""
    alike: float = 0.0
    """Correlation of that between neighbouring periods."""

    def draw(self, rng):
        """One evidence of it: lines are everybody, segment a, segment b of every touchpoint."""
        shape = self.probability.shape
        n = rng.poisson(self.rate, shape)
        good = rng.binomial(n, np.clip(self.probability + self._common(rng, shape), 0.0, 1.0))
        n, good = (np.concatenate([x.sum(axis=1, keepdims=True), x], axis=1) for x in (n, good))
        n, good = n.reshape(-1, shape[-1]), good.reshape(-1, shape[-1])
        share = good.sum(axis=1) / n.sum(axis=1)
        deviation = np.sqrt(share * (1 - share))
        return Series(
            length=self.length,
            first=period.number(self.length, FIRST[self.length]),
            lines=tuple(
                Line(MEASURE, "touchpoint", f"t{i:02}", segment)
                for i in range(shape[0])
                for segment in ("all", "a", "b")
            ),
            value=np.divide(good, n, out=np.zeros(n.shape), where=n > 0),
            n=n.astype(float),
            answers=n,
            deviation=deviation,
            skewness=(1 - 2 * share) / deviation,
        )

    def _common(self, rng, shape):
        if not self.spread:
            return 0.0
        noise = rng.normal(0, self.spread, (shape[0], 1, shape[2]))
        for t in range(1, shape[2]):
            noise[..., t] = self.alike * noise[..., t - 1] + np.sqrt(1 - self.alike**2) * noise[..., t]
        return noise


@pytest.fixture
def rng():
    return np.random.default_rng(20240229)


@pytest.fixture
def planted():
    """Makes a `Planted` of so many touchpoints and periods, all with the same probability."""

    def make(length="day", touchpoints=20, periods=90, p=0.3, rate=10.0, **more):
        probability = np.full((touchpoints, 2, periods), p)
        return Planted(length, probability, rate, **more)

    return make
