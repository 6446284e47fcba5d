"""What equations leave open: in which directions the unknown entries may move, told from a few random ones.

An entry that stays where it is in a direction drawn at random within the space of all directions that the
equations leave open stays there in all of them: it follows. What two entries do in random directions, they do
in all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_ZERO = 1e-7
_ALIKE = 1e-6
_SEED = 20
_DRAWN = 3


@attrs.frozen(eq=False)
class Left:
    """What some equations leave open.

    `known` is true of the entries that are known; `columns` are those of the others that the equations bind
    together, and `matrix` are the equations, a column for each of them.
    """

    known: BoolArray
    columns: IntArray
    matrix: Any

    def told(self) -> BoolArray:
        """The entries that are known or follow."""
        found = self.known.copy()
        found[self.columns[np.abs(self._first) < _ZERO]] = True
        return found

    def told_by_two(self, asked: BoolArray, few: Callable[[int, int], bool]) -> BoolArray:
        """The entries of `asked` whose sum with another of them follows, where both are `few`.

        It does where one moves against the other.
        """
        found = np.zeros(len(self.known), dtype=bool)
        pairs = self._against(self._first[:, None], np.flatnonzero(asked[self.columns]), few)
        if pairs:
            pairs = self._against(self._ways, np.unique(pairs), few)
        found[self.columns[[one for one, _ in pairs]]] = True
        return found

    def moving_with(self, asked: BoolArray, entries: BoolArray) -> BoolArray:
        """Which of `entries` move together with one that is asked for."""
        found = np.zeros(len(self.known), dtype=bool)
        if len(self.columns):
            found[self.columns] = _together(self._ways, asked[self.columns], entries[self.columns])
        return found

    def _against(
        self, ways: FloatArray, places: IntArray, few: Callable[[int, int], bool]
    ) -> list[tuple[int, int]]:
        """Every two of the columns at some places that move against each other and are `few`, both ways."""
        from scipy.spatial import KDTree

        loose = places[np.linalg.norm(ways[places], axis=1) > _ZERO]
        if not len(loose):
            return []
        against = KDTree(ways[loose]).query_ball_point(-ways[loose], r=_ALIKE)
        return [
            (int(one), int(other))
            for one, others in zip(loose, against, strict=True)
            for other in loose[others]
            if few(int(self.columns[one]), int(self.columns[other]))
        ]

    @cached_property
    def _first(self) -> FloatArray:
        """How the columns move in one direction."""
        return self._projected(0)

    @cached_property
    def _ways(self) -> FloatArray:
        """How the columns move, each a row, in some directions."""
        return np.stack([self._first, *map(self._projected, range(1, _DRAWN))], axis=1)

    def _projected(self, number: int) -> FloatArray:
        """A direction that is drawn at random, without what the equations bind of it."""
        from scipy.sparse.linalg import lsmr

        size = len(self.columns)
        if not size:
            return np.zeros(0)
        drawn = np.random.default_rng(_SEED).standard_normal((number + 1, size))[number]
        most = 20 * sum(self.matrix.shape)
        bound = lsmr(self.matrix.T, drawn, atol=1e-13, btol=1e-13, conlim=0, maxiter=most)[0]
        left: FloatArray = drawn - self.matrix.T @ bound
        return left


def _together(ways: FloatArray, asked: BoolArray, entries: BoolArray) -> BoolArray:
    """Which entries move together with one that is asked for, in all directions."""
    from scipy.spatial import KDTree

    length = np.linalg.norm(ways, axis=1)
    loose = length > _ZERO
    if not (asked & loose).any():
        return np.zeros(len(asked), dtype=bool)
    way = ways / np.where(loose, length, 1.0)[:, None] * np.where(ways[:, :1] < 0, -1.0, 1.0)
    apart, _ = KDTree(way[asked & loose]).query(way, distance_upper_bound=_ALIKE)
    found: BoolArray = entries & loose & (apart < _ALIKE)
    return found
