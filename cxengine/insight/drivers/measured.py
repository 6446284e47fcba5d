"""The results of every driver, from sums of products and what resampling made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.bootstrap import Replicates
from cxengine.insight.drivers.importance import Method, importance, of_replicates
from cxengine.insight.drivers.noise import chances, with_noise
from cxengine.insight.drivers.quadrants import quadrants
from cxengine.insight.drivers.question import Column, Question
from cxengine.insight.drivers.relative_weights import regression
from cxengine.insight.drivers.report import DriverResult, Quadrant, Role
from cxengine.insight.drivers.silence import rounded
from cxengine.insight.drivers.sums import Sums
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen(eq=False, slots=False)
class Measured:
    """Everything that is known of a model's drivers, in the order of the model."""

    question: Question
    sums: Sums
    correlations: FloatArray
    """Of drivers and outcome, made to fit together."""
    drawn: Replicates
    spearman: tuple[Interval, ...]
    effective: float
    """Rows of the smallest pair, by their weights."""
    roles: Mapping[int, Role]
    hidden: frozenset[int]
    """Drivers whose means must not be shown."""
    least: int
    """The least number of answers that may be shown."""

    @cached_property
    def own(self) -> FloatArray:
        """Importances: shape (p,)."""
        return self._importance[0]

    @property
    def sampling_error(self) -> float:
        """Of the importances, from sampling orders of drivers."""
        return self._importance[1]

    @cached_property
    def many(self) -> FloatArray:
        """Replicates of the importances: shape (m, p)."""
        return self._replicates[0]

    @cached_property
    def order(self) -> list[int]:
        """Positions of the drivers, the most important first."""
        return [int(i) for i in np.argsort(-self.own, kind="stable")]

    def r2(self) -> Interval:
        """What all drivers explain together."""
        return bootstrap.of_share(float(self.own.sum()), self.many.sum(axis=1), self.sums.blocks)

    def above(self) -> tuple[tuple[float, ...], ...]:
        """How probably one driver (row) is more important than another (column), in their order."""
        many = self.many[:, self.order]
        chance = (many[:, :, None] > many[:, None, :]).mean(axis=0)
        return tuple(tuple(float(p) for p in row) for row in chance)

    def results(self) -> tuple[DriverResult, ...]:
        """Of every driver, the most important first."""
        places = self._quadrants()
        return tuple(self._result(i, rank, places[i]) for rank, i in enumerate(self.order, 1))

    def _result(self, i: int, rank: int, quadrant: Quadrant | None) -> DriverResult:
        column, blocks = self.question.drivers[i], self.sums.blocks
        total = float(self.own.sum())
        hidden = i in self.hidden
        return DriverResult(
            id=column.id,
            name=column.name,
            signal=column.place.signal,
            touchpoint=column.place.touchpoint,
            n=rounded(self.sums.answers()[i, -1], self.least),
            mean=float("nan") if hidden else self._mean(i),
            performance=None if hidden else self._performance(i, column),
            pearson=bootstrap.of_correlation(
                float(self.correlations[i, -1]), self.drawn.correlations[:, i, -1], blocks
            ),
            spearman=self.spearman[i],
            coefficient=bootstrap.percentiles(
                float(self._coefficients[0][i]), self._coefficients[1][:, i], blocks
            ),
            slope=bootstrap.percentiles(float(self._slopes[0][i]), self._slopes[1][:, i], blocks),
            importance=bootstrap.of_share(float(self.own[i]), self.many[:, i], blocks),
            share=float(self.own[i]) / total if total > 0 else 0.0,
            other_method=float(self._other[i]),
            rank=rank,
            ranks=self._ranks(i),
            above_noise=float((self._replicates[1][:, i] > self._replicates[1][:, -1]).mean()),
            quadrant=None if hidden else quadrant,
            role=self.roles.get(i),
            restates_outcome=abs(float(self.correlations[i, -1])) >= self.question.model.leakage,
            p=float(self._chances[i]),
        )

    # --- importance --------------------------------------------------------------------------------

    @cached_property
    def _rng(self) -> np.random.Generator:
        return bootstrap.rng_of(str(self.question.model.id), "importance")

    @cached_property
    def _importance(self) -> tuple[FloatArray, float]:
        found = importance(self.correlations, self.question.model.method, self._rng)
        return found.shares, found.error

    @cached_property
    def _replicates(self) -> tuple[FloatArray, FloatArray]:
        """Replicates of the importances; and once more beside a driver of noise, which is the last."""
        method, base = self.question.model.method, self.correlations
        many = of_replicates(self.drawn.correlations, base, self.own, method, self._rng)
        noisy = with_noise(self.drawn.correlations, base, self.effective, self._rng)
        still = np.insert(np.insert(base, -1, 0.0, axis=0), -1, 0.0, axis=1)
        still[-2, -2] = 1.0
        beside = of_replicates(noisy, still, np.append(self.own, 0.0), method, self._rng)
        return many, beside

    @cached_property
    def _chances(self) -> FloatArray:
        """How probably noise would be as important."""
        many, beside = self._replicates
        return chances(self.own, many, beside[:, -1], self.sums.blocks)

    @cached_property
    def _other(self) -> FloatArray:
        """Importances by the other method."""
        other: Method = "johnson" if self.question.model.method == "lmg" else "lmg"
        return importance(self.correlations, other, self._rng).shares

    def _ranks(self, i: int) -> tuple[int, int]:
        ranks = (self.many >= self.many[:, i : i + 1]).sum(axis=1)
        low, high = np.quantile(ranks, [0.025, 0.975], method="inverted_cdf")
        return int(low), int(high)

    # --- means and effects -------------------------------------------------------------------------

    @cached_property
    def _coefficients(self) -> tuple[FloatArray, FloatArray]:
        return regression(self.correlations), regression(self.drawn.correlations)

    @cached_property
    def _slopes(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients in points of the outcome for a point of the driver."""
        outcome = self.question.outcome
        units = outcome.unit / np.array([column.unit for column in self.question.drivers])
        one, many = self._coefficients
        own = self.sums.total().deviations()[0]
        drawn = self.drawn.deviations
        return one * own[-1] / own[:-1] * units, many * drawn[:, -1:] / drawn[:, :-1] * units

    @cached_property
    def _means(self) -> tuple[FloatArray, FloatArray]:
        """Means of the drivers in the units of their signals, and replicates."""
        own, many = self.sums.total().means()[0], self.drawn.means
        return self.question.means(own)[:-1], self.question.means(many)[:, :-1]

    def _mean(self, i: int) -> float:
        return float(self._means[0][i])

    def _performance(self, i: int, column: Column) -> Interval | None:
        value = float(column.performances(self._means[0][i : i + 1])[0])
        if np.isnan(value):
            return None
        return bootstrap.of_share(value, column.performances(self._means[1][:, i]), self.sums.blocks)

    def _quadrants(self) -> list[Quadrant | None]:
        columns = self.question.drivers
        own = np.array([c.performances(self._means[0][i : i + 1])[0] for i, c in enumerate(columns)])
        many = np.stack([c.performances(self._means[1][:, i]) for i, c in enumerate(columns)], axis=1)
        share = self.own / max(float(self.own.sum()), 1e-300)
        shares = self.many / np.maximum(self.many.sum(axis=1, keepdims=True), 1e-300)
        return quadrants(share, own, self.question.model.cross, (shares, many))
