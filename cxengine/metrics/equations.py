"""Sums among counts, and which counts follow from others by solving them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
_FAR = 2**60


@attrs.frozen(eq=False)
class Equations:
    """Equations `total = sum of parts` among entries that are known by their positions.

    `signs` is a sparse matrix, a row an equation and a column an entry: 1 for a total, -1 for a part.
    """

    signs: Any
    links: Any
    """The same matrix without signs."""

    @classmethod
    def of(cls, sums: Iterable[tuple[IntArray, Sequence[IntArray]]], there: BoolArray) -> Equations:
        """Equations among the entries that are there; the others are known to be nothing.

        `sums` are arrays of positions: of totals, and for each of them of its parts.
        """
        from scipy.sparse import csr_array

        totals, members = [], []
        for total, parts in sums:
            kept = there[total]
            totals.append(total[kept])
            members.append([part[kept] for part in parts])
        starts = np.cumsum([0, *map(len, totals)])
        nothing = np.zeros(0, dtype=np.int64)
        rows, columns, values = [nothing], [nothing], [nothing]
        for start, total, parts in zip(starts, totals, members, strict=False):
            for sign, entries in [(1, total), *((-1, part) for part in parts)]:
                present = there[entries]
                rows.append((start + np.arange(len(entries)))[present])
                columns.append(entries[present])
                values.append(np.full(int(present.sum()), sign, dtype=np.int64))
        where = (np.concatenate(rows), np.concatenate(columns))
        signs = csr_array((np.concatenate(values), where), shape=(int(starts[-1]), len(there)))
        return cls(signs, abs(signs))

    def told(self, known: BoolArray, asked: BoolArray) -> BoolArray:
        """The entries of `asked` that follow from the `known` ones."""
        known = self._one_by_one(known)
        rows = self._binding(~known, asked)
        columns = np.flatnonzero((self.links[rows].sum(axis=0) > 0) & ~known)
        if len(columns):
            known = known.copy()
            known[columns[self._fixed(rows, columns)]] = True
        return known & asked

    def telling(self, known: BoolArray, asked: BoolArray, entries: IntArray) -> BoolArray:
        """Which of the unknown entries, became one of them known, would surely tell one of `asked`.

        It does where the two move together in every direction that the equations leave open.
        """
        known = self._one_by_one(known)
        mine = np.zeros(len(known), dtype=bool)
        mine[entries] = True
        rows = self._binding(~known, asked | mine)
        columns = np.flatnonzero((self.links[rows].sum(axis=0) > 0) & ~known)
        found = np.zeros(len(known), dtype=bool)
        if len(columns):
            found[columns] = _together(self._open(rows, columns, 3), asked[columns], mine[columns])
        return found[entries]

    def told_by_two(self, known: BoolArray, asked: BoolArray, few: Callable[[int, int], bool]) -> BoolArray:
        """The entries of `asked` whose sum with another of them follows, where both are `few`.

        It does where one moves against the other in every direction that the equations leave open.
        """
        from scipy.spatial import KDTree

        known = self._one_by_one(known)
        found = np.zeros(len(known), dtype=bool)
        rows = self._binding(~known, asked)
        columns = np.flatnonzero((self.links[rows].sum(axis=0) > 0) & ~known)
        if not len(columns):
            return found
        way = self._open(rows, columns, 3).T
        loose = np.flatnonzero(asked[columns] & (np.linalg.norm(way, axis=1) > _ZERO))
        if not len(loose):
            return found
        against = KDTree(way[loose]).query_ball_point(-way[loose], r=_ALIKE)
        for one, others in zip(columns[loose], against, strict=True):
            if any(few(int(one), int(columns[loose[other]])) for other in others):
                found[one] = True
        return found

    def pinned(self, known: BoolArray, counts: IntArray, asked: BoolArray) -> BoolArray:
        """The entries of `asked` whose count is left no choice, as no count is less than one.

        Bounds are carried from equation to equation until they stay.
        """
        parts, whole = self.signs.minimum(0), self.signs.maximum(0)
        low = np.where(known, counts, 1)
        high = np.where(known, counts, int(counts.sum()) + 1)
        while True:
            before = low, high
            low = np.maximum(low, self._least(whole.T, -(parts @ low)))
            high = np.minimum(high, self._most(whole.T, -(parts @ high)))
            rooms = whole @ high + parts @ low
            high = np.minimum(high, self._most(-parts.T, rooms) + low)
            needs = whole @ low + parts @ high
            low = np.maximum(low, self._least(-parts.T, needs) + high)
            if (low == before[0]).all() and (high == before[1]).all():
                pinned: BoolArray = asked & (low == high)
                return pinned

    @staticmethod
    def _most(places: Any, limits: IntArray) -> IntArray:
        """The smallest limit of the equations in which each entry has its place."""
        matrix = places.tocoo()
        found = np.full(places.shape[0], _FAR, dtype=np.int64)
        np.minimum.at(found, matrix.row, limits[matrix.col])
        return found

    @staticmethod
    def _least(places: Any, limits: IntArray) -> IntArray:
        """The largest limit of the equations in which each entry has its place."""
        matrix = places.tocoo()
        found = np.full(places.shape[0], -_FAR, dtype=np.int64)
        np.maximum.at(found, matrix.row, limits[matrix.col])
        return found

    def small_remainders(
        self, known: BoolArray, counts: IntArray, persons: tuple[IntArray, IntArray, IntArray], threshold: int
    ) -> IntArray:
        """The equations with a known total whose unknown parts are of fewer persons than the threshold.

        `persons` are of every entry the persons at least and at most, and the most answers of one of them.
        """
        parts, whole = -self.signs.minimum(0), self.signs.maximum(0)
        total = whole @ known.astype(np.int64) > 0
        covered = counts * known
        for _ in range(3):  # what is shown within hidden parts, through all three axes
            inside = np.maximum(self._least(whole.T, parts @ covered), 0)
            covered = np.where(known, counts, inside)
        left = np.abs(whole @ counts - parts @ covered)
        rows: IntArray = np.flatnonzero(total & (left > 0))
        least, most, often = persons
        few = -(-left // np.maximum(whole @ often, 1))[rows] < threshold
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
        parts, whole = -self.signs.minimum(0).tocsr()[rows], self.signs.maximum(0).tocsr()[rows]
        others = whole @ least - parts @ np.where(known, most, covered)
        apart = self._most(parts, np.where(known, 0, covered - least))
        found: IntArray = np.maximum(others, -apart)
        return found

    @property
    def number(self) -> int:
        """How many equations there are."""
        return int(self.signs.shape[0])

    def beside(self, other: Equations, linked: BoolArray) -> Equations:
        """These and others, whose entries follow; of a `linked` entry, it less the other's is known."""
        from scipy.sparse import block_diag, csr_array, vstack

        at, size = np.flatnonzero(linked), len(linked)
        row, one = np.arange(len(at)), np.ones(len(at), dtype=np.int64)
        where = (np.concatenate([row, row]), np.concatenate([at, at + size]))
        links = csr_array((np.concatenate([one, -one]), where), shape=(len(at), 2 * size))
        signs = csr_array(vstack([block_diag((self.signs, other.signs)), links]))
        return Equations(signs, _pattern(signs))

    def also(self, entries: IntArray, times: FloatArray, there: BoolArray) -> Equations:
        """With further equations: the columns of `entries`, counted so many `times`, add up to nothing.

        Of entries that are not there nothing is counted. Only `told` and `telling` understand them.
        """
        from scipy.sparse import csr_array, vstack

        row, at = np.nonzero(there[entries].T)
        columns, values = entries.T[row, at], times[at]
        more = csr_array((values, (row, columns)), shape=(entries.shape[1], len(there)))
        signs = csr_array(vstack([self.signs, more]))
        return Equations(signs, _pattern(signs))

    def _one_by_one(self, known: BoolArray) -> BoolArray:
        """With all that follows from equations with a single unknown, again and again."""
        known = known.copy()
        places = np.arange(len(known), dtype=np.int64)
        while True:
            unknown = (~known).astype(np.int64)
            single = self.links @ unknown == 1
            if not single.any():
                return known
            known[(self.links @ (unknown * places))[single]] = True

    def _binding(self, unknown: BoolArray, asked: BoolArray) -> IntArray:
        """The equations that may bind what is asked: none with an unknown of its own that nobody asks for."""
        rows: IntArray = np.flatnonzero(self.links @ unknown.astype(np.int64) > 0)
        while True:
            lonely = (self.links[rows].sum(axis=0) == 1) & unknown & ~asked
            binding = rows[self.links[rows] @ lonely.astype(np.int64) == 0]
            if len(binding) == len(rows):
                return rows
            rows = binding

    def _fixed(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Which unknowns the equations fix, though none by itself.

        What the equations leave open is a space of directions. A direction drawn at random within it is
        zero at an unknown only where all of them are: there the equations leave nothing open.
        """
        fixed: BoolArray = np.abs(self._open(rows, columns, 1)[0]) < _ZERO
        return fixed

    def _open(self, rows: IntArray, columns: IntArray, number: int) -> FloatArray:
        """Directions drawn at random within the space that the equations leave open."""
        from scipy.sparse.linalg import lsmr

        matrix = self.signs[rows][:, columns].astype(np.float64)
        drawn = np.random.default_rng(_SEED).standard_normal((number, len(columns)))
        size = 20 * (len(rows) + len(columns))
        bound = [lsmr(matrix.T, one, atol=1e-13, btol=1e-13, conlim=0, maxiter=size)[0] for one in drawn]
        left: FloatArray = drawn - np.array([matrix.T @ one for one in bound])
        return left


def _together(directions: FloatArray, asked: BoolArray, entries: BoolArray) -> BoolArray:
    """Which entries move together with one that is asked for, in all directions."""
    from scipy.spatial import KDTree

    length = np.linalg.norm(directions, axis=0)
    loose = length > _ZERO
    if not (asked & loose).any():
        return np.zeros(len(asked), dtype=bool)
    way = (directions / np.where(loose, length, 1.0) * np.where(directions[0] < 0, -1.0, 1.0)).T
    apart, _ = KDTree(way[asked & loose]).query(way, distance_upper_bound=_ALIKE)
    found: BoolArray = entries & loose & (apart < _ALIKE)
    return found


def _pattern(signs: Any) -> Any:
    """1 where there is anything."""
    found = signs.copy()
    found.data = (found.data != 0).astype(np.int64)  # what is total and part at once adds nothing
    return found
