"""Ranks in every draw, and what they say of each item: intervals, the first k, pairs, tiers.

Ranks with their uncertainty instead of a bare order: Goldstein and Spiegelhalter, "League tables and their
limitations", JRSS A 159 (1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.planning.ranks import streams
from cxengine.planning.ranks.scores import Scores

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.signedinteger]

APART = 0.8
"""Two items can be told apart when one belongs above the other with at least this probability."""
WITHIN = (0.1, 0.9)
"""The quantiles of the 80% interval of a rank."""
_CHUNK = 1_000_000
"""Scores that are sorted at a time."""


@attrs.frozen(eq=False)
class Ranks:
    """How often each candidate (rows) has each rank (columns, from the first)."""

    ids: tuple[str, ...]
    counts: IntArray

    @classmethod
    def of(cls, scores: Scores) -> Ranks:
        """The ranks of all candidates in all draws; equal scores are put in an order by chance."""
        items, draws = scores.keys.shape
        counts = np.zeros(items * items, np.int32)
        step = max(_CHUNK // max(items, 1), 1)
        chance = np.array([streams.raw(("tie", name), 1)[0] for name in scores.ids], np.uint64)
        for start in range(0, draws, step):
            block = np.ascontiguousarray(-scores.keys[:, start : start + step].T)
            order = _sorted(block, chance, start)
            places = order * items + np.arange(items)
            counts += np.bincount(places.ravel(), minlength=len(counts))
        return cls(scores.ids, counts.reshape(items, items))

    def within(self, quantile: float) -> IntArray:
        """The least rank of each candidate that this part of its draws does not exceed."""
        reached: npt.NDArray[np.bool_] = (
            np.cumsum(self.counts, axis=1) >= quantile * self.counts.sum(axis=1, keepdims=True) - 1e-9
        )
        first: IntArray = reached.argmax(axis=1) + 1
        return first

    def top(self, k: int) -> FloatArray:
        """How probably each candidate is among the first k."""
        found: FloatArray = self.counts[:, :k].sum(axis=1) / self.counts.sum(axis=1)
        return found


def _sorted(block: FloatArray, chance: npt.NDArray[np.uint64], start: int) -> IntArray:
    """The candidates from first to last in each draw (rows); `block` holds keys, the smallest first."""
    order: IntArray = np.argsort(block, axis=1).astype(np.int64, copy=False)
    ordered = np.take_along_axis(block, order, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    for row in np.flatnonzero(tied).tolist():
        order[row] = np.lexsort((_mixed(chance, start + row), block[row]))
    return order


def _mixed(chance: npt.NDArray[np.uint64], draw: int) -> npt.NDArray[np.uint64]:
    """A number for each candidate in a draw, as if by chance (Steele, Lea and Flood, OOPSLA 2014)."""
    z = chance + np.uint64((draw * 0x9E3779B97F4A7C15) % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def above(scores: Scores, first: str, second: str) -> float:
    """How probably one candidate belongs above another; a tie counts half."""
    one, other = (scores.keys[scores.ids.index(name)] for name in (first, second))
    return float(np.mean((one > other) + 0.5 * (one == other)))


def matrix(scores: Scores, ids: Sequence[str]) -> FloatArray:
    """`above` of every pair: the row's candidate above the column's, one half on the diagonal."""
    keys = scores.keys[[scores.ids.index(name) for name in ids]]
    found = np.full((len(ids), len(ids)), 0.5)
    for row in range(len(ids)):
        rest = keys[row + 1 :]
        found[row, row + 1 :] = np.mean((keys[row] > rest) + 0.5 * (keys[row] == rest), axis=1)
    lower = np.tril_indices(len(ids), -1)
    found[lower] = 1 - found.T[lower]
    return found


def tiers(pairs: FloatArray) -> list[list[int]]:
    """Runs of items of which no two can be told apart, each as long as can be, from the first item on.

    "Cannot be told apart" is not transitive (Luce, "Semiorders and a theory of utility discrimination",
    Econometrica 24, 1956): of many small steps each may be doubtful and the way from end to end sure. So a
    tier ends before the first item that can be told apart from any in it. Within a tier no two can; of items
    in different tiers, neighbours may be as close as any. `pairs` is what `matrix` gives.
    """
    found: list[list[int]] = []
    for item in range(len(pairs)):
        run = found[-1] if found else []
        apart = np.maximum(pairs[item, run], 1 - pairs[item, run]) >= APART
        if not run or apart.any():
            found.append([item])
        else:
            run.append(item)
    return found
