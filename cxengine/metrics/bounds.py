"""How narrowly counts are bounded by sums of which some are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

_FAR = 2**60


@attrs.frozen(eq=False)
class Bounds:
    """Equations among counts, as totals and parts."""

    whole: _Side
    parts: _Side

    @classmethod
    def of(cls, signs: Any) -> Bounds:
        """`signs` is a sparse matrix, a row an equation, a column an entry: 1 for a total, -1 for a part."""
        return cls(_Side.of(signs.maximum(0)), _Side.of(-signs.minimum(0)))

    def pinned(self, known: BoolArray, counts: IntArray, asked: BoolArray) -> BoolArray:
        """The entries of `asked` whose count is left no choice, as no count is less than one.

        Bounds are carried from equation to equation until they stay.
        """
        parts, whole = self.parts, self.whole
        low = np.where(known, counts, 1)
        high = np.where(known, counts, int(counts.sum()) + 1)
        while True:
            before = low, high
            low = np.maximum(low, whole.least(parts.sums(low)))
            high = np.minimum(high, whole.most(parts.sums(high)))
            rooms = whole.sums(high) - parts.sums(low)
            high = np.minimum(high, parts.most(rooms) + low)
            needs = whole.sums(low) - parts.sums(high)
            low = np.maximum(low, parts.least(needs) + high)
            if (low == before[0]).all() and (high == before[1]).all():
                pinned: BoolArray = asked & (low == high)
                return pinned

    def small_remainders(
        self, known: BoolArray, counts: IntArray, persons: tuple[IntArray, IntArray, IntArray], threshold: int
    ) -> IntArray:
        """The equations with a known total whose unknown parts are of fewer persons than the threshold.

        `persons` are of every entry the persons at least and at most, and the most answers of one of them.
        """
        parts, whole = self.parts, self.whole
        total = whole.sums(known.astype(np.int64)) > 0
        covered = counts * known
        for _ in range(3):  # what is shown within hidden parts, through all three axes
            inside = np.maximum(whole.least(parts.sums(covered)), 0)
            covered = np.where(known, counts, inside)
        left = np.abs(whole.sums(counts) - parts.sums(covered))
        rows: IntArray = np.flatnonzero(total & (left > 0))
        least, most, often = persons
        few = -(-left // np.maximum(whole.sums(often), 1))[rows] < threshold
        rows = rows[few]
        if (often > 1).any() and len(rows):
            rows = rows[self._behind(rows, known, covered, (least, most)) < threshold]
        else:
            rows = rows[left[rows] < threshold]
        return rows

    def _behind(
        self, rows: IntArray, known: BoolArray, covered: IntArray, persons: tuple[IntArray, IntArray]
    ) -> IntArray:
        """At least how many persons are behind the unknown parts of equations.

        Those of the total without those of what is known; those of any unknown part without what is known
        of it.
        """
        least, most = persons
        parts, whole = self.parts.matrix[rows], self.whole.matrix[rows]
        others = whole @ least - parts @ np.where(known, most, covered)
        apart = _Side.of(parts.T).least(np.where(known, 0, least - covered))
        found: IntArray = np.maximum(others, apart)
        return found


@attrs.frozen(eq=False)
class _Side:
    """One side of equations, totals or parts: a row an equation, a column an entry."""

    matrix: Any
    starts: IntArray
    """Where the equations of each entry begin among `rows`, of the entries `there`."""
    rows: IntArray
    there: IntArray

    @classmethod
    def of(cls, matrix: Any) -> _Side:
        by_entry = matrix.tocsc()
        by_entry.eliminate_zeros()
        sizes = np.diff(by_entry.indptr)
        return cls(matrix.tocsr(), by_entry.indptr[:-1][sizes > 0], by_entry.indices, np.flatnonzero(sizes))

    def sums(self, amounts: IntArray) -> IntArray:
        """What the side of every equation adds up to."""
        found: IntArray = self.matrix @ amounts
        return found

    def most(self, limits: IntArray) -> IntArray:
        """For every entry, the smallest limit of the equations on whose side it is."""
        return self._of_entries(np.minimum, limits, _FAR)

    def least(self, limits: IntArray) -> IntArray:
        """For every entry, the largest limit of the equations on whose side it is."""
        return self._of_entries(np.maximum, limits, -_FAR)

    def _of_entries(self, how: np.ufunc, limits: IntArray, nothing: int) -> IntArray:
        found = np.full(self.matrix.shape[1], nothing, dtype=np.int64)
        if len(self.there):
            found[self.there] = how.reduceat(limits[self.rows], self.starts)
        return found
