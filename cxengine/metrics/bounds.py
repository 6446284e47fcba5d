"""How narrowly counts are bounded by sums of which some are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]
    Range = tuple[IntArray, IntArray]

_FAR = 2**60
_AXES = 3
"""Parts of a subject, of a segment and of a time lie within each other."""


@attrs.frozen(eq=False)
class Bounds:
    """Equations among counts, as totals and parts."""

    whole: _Side
    parts: _Side
    signs: Any
    """The equations as they are given, a row each."""
    by_entry: Any
    """The same by entry."""

    @classmethod
    def of(cls, signs: Any) -> Bounds:
        """`signs` is a sparse matrix, a row an equation, a column an entry: 1 for a total, -1 for a part."""
        whole, parts = _Side.of(signs.maximum(0)), _Side.of(-signs.minimum(0))
        both = signs.copy()
        both.eliminate_zeros()  # what is total and part at once
        return cls(whole, parts, both.tocsr(), both.tocsc())

    def range(self, known: BoolArray, counts: IntArray) -> Range:
        """The least and the most that counts can be: carried from equation to equation until they stay."""
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
                return low, high

    def narrowed(self, range_: Range, entries: IntArray) -> Range:
        """The same, once the ranges of some entries are narrower: only what that changes is looked at.

        In every equation what a count adds to it is what all others do not.
        """
        low, high = (one.copy() for one in range_)
        while len(entries):
            within = np.zeros(self.signs.shape[0], dtype=bool)
            within[self.by_entry.indices[_places(self.by_entry, entries)]] = True
            rows = np.flatnonzero(within)
            places = _places(self.signs, rows)
            at, signs = self.signs.indices[places], self.signs.data[places]
            sizes = np.diff(self.signs.indptr)[rows]
            starts = np.cumsum(sizes) - sizes
            one, other = signs * low[at], signs * high[at]
            least, most = np.minimum(one, other), np.maximum(one, other)
            up = least - np.repeat(np.add.reduceat(least, starts), sizes)
            down = most - np.repeat(np.add.reduceat(most, starts), sizes)
            one, other = signs * up, signs * down
            before = low.copy(), high.copy()
            np.maximum.at(low, at, np.minimum(one, other))
            np.minimum.at(high, at, np.maximum(one, other))
            entries = np.flatnonzero((low != before[0]) | (high != before[1]))
        return low, high

    def small_remainders(
        self,
        known: BoolArray,
        counts: IntArray,
        persons: tuple[IntArray, IntArray, IntArray],
        threshold: int,
        *,
        carried: bool,
    ) -> tuple[IntArray, IntArray]:
        """The equations with a known total whose unknown parts are of fewer persons than the threshold.

        And how many answers the parts are.

        `persons` are of every entry the persons at least and at most, and the most answers of one of them.
        Where those of parts are `carried` to their totals, more of them are known.
        """
        parts, whole = self.parts, self.whole
        total = whole.sums(known.astype(np.int64)) > 0
        covered = counts * known
        for _ in range(_AXES):  # what is shown within hidden parts
            inside = np.maximum(whole.least(parts.sums(covered)), 0)
            covered = np.where(known, counts, inside)
        left = np.abs(whole.sums(counts) - parts.sums(covered))
        rows: IntArray = np.flatnonzero(total & (left > 0))
        _, _, often = persons
        few = -(-left // np.maximum(whole.sums(often), 1))[rows] < threshold
        rows = rows[few]
        if (often > 1).any() and len(rows):
            apart = (
                self._unknown(known, counts, persons) if carried else np.where(known, 0, persons[0] - covered)
            )
            rows = rows[
                self._behind(rows, np.where(known, persons[1], covered), persons[0], apart) < threshold
            ]
        else:
            rows = rows[left[rows] < threshold]
        return rows, left[rows]

    def _behind(self, rows: IntArray, told: IntArray, least: IntArray, apart: IntArray) -> IntArray:
        """At least how many persons are behind the unknown parts of equations.

        Those of the total without those that are `told`; those `apart` in any unknown part.
        """
        parts, whole = self.parts.matrix[rows], self.whole.matrix[rows]
        found: IntArray = np.maximum(whole @ least - parts @ told, _Side.of(parts.T).least(apart))
        return found

    def _unknown(
        self, known: BoolArray, counts: IntArray, persons: tuple[IntArray, IntArray, IntArray]
    ) -> IntArray:
        """At least how many persons are behind what of every entry is not known.

        What is not known of a total is what is not known of its parts, in the equation that tells most of it:
        all persons behind it in one of them are behind it.
        """
        parts, whole = self.parts, self.whole
        least, _, often = persons
        covered, found = counts * known, np.where(known, 0, least)
        for _ in range(_AXES):
            inside = parts.sums(covered)
            most = np.maximum(whole.least(inside), 0)
            told = whole.sums(most) == inside
            among = whole.most(np.where(told, _Side.of(parts.matrix.T).least(found), _FAR))
            covered = np.where(known, counts, most)
            left = counts - covered
            found = np.maximum(least - covered, -(-left // np.maximum(often, 1)))
            found = np.where(known, 0, np.maximum(found, np.where(among < _FAR, among, 0)))
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


def _places(matrix: Any, lines: IntArray) -> IntArray:
    """Where what some lines of a compressed matrix hold is."""
    starts = matrix.indptr[lines]
    sizes = matrix.indptr[lines + 1] - starts
    found: IntArray = np.arange(int(sizes.sum())) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return found
