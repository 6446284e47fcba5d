"""The choice that a roadmap makes, the first k, and what knowing more would add to it.

What is chosen is worth the sum of its scores; what is left out in a draw is worth nothing there. Required
candidates are chosen in any case, and at most k candidates in all.

The value of information is found by regression over the joint draws: Strong, Oakley and Brennan, "Estimating
multiparameter partial expected value of perfect information from a probabilistic sensitivity analysis
sample", Medical Decision Making 34 (2014); for data that are still to be gathered Strong, Oakley, Brennan and
Breeze, Medical Decision Making 35 (2015). Each half of the draws tests the choices that the regression of the
other half makes. So a regression that is not good enough understates the value, and chance does not overstate
it: the expectation of what is found is at most the value, which is at most that of perfect information.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.planning.ranks.scores import Scores

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.intp]
    BoolArray = npt.NDArray[np.bool_]

PIECES = {3: 16, 12: 3}
"""Pieces of the line that stands for the effect of a quantity, with equally many draws each, by the number of
quantities up to which there are so many; of more quantities each has one straight line.
"""
_STEADY = 1e-9
"""What keeps the equations solvable where quantities move together."""
CONTENDERS = 60
"""Candidates, beyond those in the choice, among which better ones are looked for."""


@attrs.frozen
class Gain:
    """What a choice gains, in points of the score, and the standard error of that."""

    value: float
    error: float


@attrs.frozen(eq=False, slots=False)
class Choice:
    """The first `k` of a declared order, in joint draws: `worth` by candidate (rows) and draw (columns)."""

    ids: tuple[str, ...]
    worth: FloatArray
    declared: BoolArray
    """Which candidates the declared order chooses."""
    forced: BoolArray
    """Which of those are required."""
    k: int

    @classmethod
    def of(cls, scores: Scores, order: Sequence[str], required: Sequence[str], k: int) -> Choice:
        """The choice among those candidates that come into question at all."""
        first = set(order[:k])
        declared = np.array([name in first for name in scores.ids])
        forced = declared & np.array([name in set(required) for name in scores.ids])
        high = int(0.99 * (scores.score.shape[1] - 1))
        hope = np.array([np.partition(row, high)[high] for row in scores.score])
        hope[declared] = np.inf
        kept = np.sort(np.argsort(-hope, kind="stable")[: k + CONTENDERS])
        worth = np.where(np.isneginf(scores.score[kept]), 0.0, scores.score[kept])
        return cls(tuple(scores.ids[i] for i in kept), worth, declared[kept], forced[kept], k)

    @cached_property
    def expected(self) -> float:
        """What the declared choice is worth, on average."""
        return float(self.worth[self.declared].sum(axis=0).mean())

    @cached_property
    def settled(self) -> BoolArray:
        """The best choice as long as nothing more is known."""
        return self.best(self.worth.mean(axis=1, keepdims=True))[:, 0]

    @cached_property
    def regret(self) -> Gain:
        """How much more the best choice of each draw is worth than the declared one."""
        lost = (self.worth * self.best(self.worth)).sum(axis=0) - self.worth[self.declared].sum(axis=0)
        return _gain(lost)

    @cached_property
    def perfect(self) -> Gain:
        """What knowing everything would add to the best choice: the expected value of perfect information."""
        better = (self.worth * self.best(self.worth)).sum(axis=0) - self.worth[self.settled].sum(axis=0)
        return _gain(better)

    def best(self, worth: FloatArray) -> BoolArray:
        """The best choice for each column: what is required, then the most valuable of the rest."""
        return _best(worth, self.forced, self.k)

    def knowing(self, quantities: Sequence[FloatArray], concerned: Sequence[str]) -> Gain:
        """What knowing these quantities would add to the best choice; never less than nothing.

        Only the scores of the candidates that are `concerned` depend on them.
        """
        moved = np.array([name in set(concerned) for name in self.ids])
        if not quantities or not moved.any():
            return Gain(0.0, 0.0)
        rows = self._near(moved)
        worth, moved, forced = self.worth[rows], moved[rows], self.forced[rows]
        present = worth[self.settled[rows]].sum(axis=0)
        pieces = next((count for most, count in PIECES.items() if len(quantities) <= most), 1)
        design = np.concatenate([_pieces(quantity, pieces) for quantity in quantities])
        better = np.empty(worth.shape[1])
        halves = np.arange(len(better)) % 2 == 0
        for fitted in (halves, ~halves):
            expected = np.repeat(worth.mean(axis=1, keepdims=True), int((~fitted).sum()), axis=1)
            expected[moved] = _predicted(design, worth[moved], fitted)
            better[~fitted] = (worth[:, ~fitted] * _best(expected, forced, self.k)).sum(axis=0)
        found = _gain(better - present)
        return Gain(max(found.value, 0.0), found.error)

    def is_open(self, candidate: str) -> bool:
        """Whether to know a candidate's score alone would ever change the best choice: in more than 0.1%."""
        row, mean = self.ids.index(candidate), self.worth.mean(axis=1)
        if self.settled[row]:
            best_outside = mean[~self.settled].max(initial=0.0)
            crosses = ~self.forced[row] & (self.worth[row] < best_outside)
        else:
            free = mean[self.settled & ~self.forced]
            is_full = self.settled.sum() >= self.k
            crosses = self.worth[row] > (free.min(initial=np.inf) if is_full else 0.0)
        return bool(np.mean(crosses) > 0.001)

    def _near(self, moved: BoolArray) -> IntArray:
        """The candidates that the best choice may hold when only some of them move."""
        others = np.where(moved | self.settled, -np.inf, self.worth.mean(axis=1))
        reserve = np.argsort(-others, kind="stable")[: int(moved.sum())]
        near = moved | self.settled
        near[reserve] = True
        return np.flatnonzero(near)


def _best(worth: FloatArray, forced: BoolArray, k: int) -> BoolArray:
    free = np.where(forced[:, None], -np.inf, worth)
    places = k - int(forced.sum())
    chosen = np.zeros(worth.shape, np.bool_)
    if places > 0:
        order = np.argsort(-free, axis=0, kind="stable")[:places]
        np.put_along_axis(chosen, order, np.take_along_axis(free, order, axis=0) > 0, axis=0)
    chosen[forced] = True
    return chosen


def _predicted(design: FloatArray, outcome: FloatArray, fitted: BoolArray) -> FloatArray:
    """Outcomes (rows) in the draws that are not `fitted`, by least squares over those that are.

    By the normal equations, summed without BLAS, whose sums depend on the number of threads.
    """
    known, asked = design[:, fitted], design[:, ~fitted]
    middle, mean = known.mean(axis=1, keepdims=True), outcome[:, fitted].mean(axis=1, keepdims=True)
    known = known - middle
    squares = np.einsum("id,jd->ij", known, known)
    squares[np.diag_indices(len(squares))] += _STEADY * fitted.sum()
    effects = np.linalg.solve(squares, np.einsum("id,od->io", known, outcome[:, fitted] - mean))
    predicted: FloatArray = mean + np.einsum("io,id->od", effects, asked - middle)
    return predicted


def _pieces(quantity: FloatArray, count: int) -> FloatArray:
    """A basis of lines that bend at quantiles of a quantity: one row each."""
    knots = np.unique(np.quantile(quantity, np.linspace(0, 1, count + 1)))
    pieces: FloatArray = np.clip((quantity - knots[:-1, None]) / np.diff(knots)[:, None], 0.0, 1.0)
    return pieces


def _gain(values: FloatArray) -> Gain:
    return Gain(float(values.mean()), float(values.std() / np.sqrt(max(len(values), 1))))
