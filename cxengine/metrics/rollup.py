"""From the finest cells to every cell: periods add up to all time, touchpoints to stages and the journey."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    PlaceArray = npt.NDArray[np.int32]
    Amounts = Mapping[str, npt.NDArray[Any]]
    Change = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
    Place = int | PlaceArray | None

_DENSE = 8
"""Up to how many positions there may be for each row, so that an entry for each costs less than sorting."""
_NONE: Amounts = {}


@attrs.frozen(eq=False)
class Rows:
    """Parallel arrays: positions on the axes, position of the value, and amounts by name.

    `sums` are exact and add up; of `lows` and `highs` the smallest and the largest remains.
    """

    subject: PlaceArray
    segment: PlaceArray
    period: PlaceArray
    value: PlaceArray
    sums: Amounts
    lows: Amounts = _NONE
    highs: Amounts = _NONE

    def __len__(self) -> int:
        return len(self.value)

    def where(self, chosen: npt.NDArray[np.bool_] | IntArray) -> Rows:
        """The chosen rows, in the order chosen."""
        return self._made([array[chosen] for array in self._positions()], *[lambda array: array[chosen]] * 3)

    def at(self, *, subject: Place = None, segment: Place = None, period: Place = None) -> Rows:
        """The same rows elsewhere: `rows.at(period=0)`; what is not named stays."""
        old = (self.subject, self.segment, self.period)
        moved = [
            was if place is None else np.broadcast_to(np.asarray(place, dtype=np.int32), len(self))
            for was, place in zip(old, (subject, segment, period), strict=True)
        ]
        return attrs.evolve(self, subject=moved[0], segment=moved[1], period=moved[2])

    def combined(self) -> Rows:
        """One row for each distinct position, sorted."""
        if not len(self):
            return self
        key = self._key()
        size = int(key.max()) + 1
        return self._counted(key, size) if size <= _DENSE * len(self) else self._sorted(key)

    def _counted(self, key: IntArray, size: int) -> Rows:
        """`combined` by an entry for every position there could be: for rows that fill most of them."""
        there = np.zeros(size, dtype=bool)
        there[key] = True
        places = np.flatnonzero(there)
        first = np.empty(size, dtype=np.int64)
        first[key] = np.arange(len(self))

        def merged(how: np.ufunc, array: npt.NDArray[Any], nothing: float) -> npt.NDArray[Any]:
            amounts = np.full(size, nothing, dtype=array.dtype)
            how.at(amounts, key, array)
            return amounts[places]

        return self._made(
            [array[first[places]] for array in self._positions()],
            lambda array: merged(np.add, array, 0),
            lambda array: merged(np.fmin, array, np.nan),
            lambda array: merged(np.fmax, array, np.nan),
        )

    def _sorted(self, key: IntArray) -> Rows:
        """`combined` by sorting: for rows that are few of those there could be."""
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        return self._made(
            [array[order[starts]] for array in self._positions()],
            lambda array: np.add.reduceat(array[order], starts),
            lambda array: np.fmin.reduceat(array[order], starts),
            lambda array: np.fmax.reduceat(array[order], starts),
        )

    def _key(self) -> IntArray:
        """One number for all positions, which sorts like them."""
        key = np.zeros(len(self), dtype=np.int64)
        for array in self._positions():
            key = key * (int(array.max()) + 2) + array + 1
        return key

    def _positions(self) -> list[PlaceArray]:
        return [self.subject, self.segment, self.period, self.value]

    def _made(self, positions: Sequence[PlaceArray], sums: Change, lows: Change, highs: Change) -> Rows:
        """Rows at other positions whose amounts were made from these."""
        subject, segment, period, value = positions
        return Rows(
            subject,
            segment,
            period,
            value,
            {name: sums(array) for name, array in self.sums.items()},
            {name: lows(array) for name, array in self.lows.items()},
            {name: highs(array) for name, array in self.highs.items()},
        )


def concatenated(parts: Sequence[Rows]) -> Rows:
    """All rows of all parts, which hold the same amounts."""
    first = parts[0]
    return Rows(
        np.concatenate([part.subject for part in parts]),
        np.concatenate([part.segment for part in parts]),
        np.concatenate([part.period for part in parts]),
        np.concatenate([part.value for part in parts]),
        {name: np.concatenate([part.sums[name] for part in parts]) for name in first.sums},
        {name: np.concatenate([part.lows[name] for part in parts]) for name in first.lows},
        {name: np.concatenate([part.highs[name] for part in parts]) for name in first.highs},
    )


def in_segments(rows: Rows, mask: IntArray, segments: Sequence[int]) -> list[Rows]:
    """The rows of each segment; bit i of the mask is the i-th of `segments` (positions)."""
    return [
        rows.where(np.flatnonzero((mask >> bit) & 1)).at(segment=segment)
        for bit, segment in enumerate(segments)
    ]


@attrs.frozen(eq=False)
class Hierarchy:
    """Where the rows of a touchpoint and of a period belong.

    `levels` are arrays from the position of a touchpoint to that of a subject on the axis, one array a
    level, negative where it belongs to none. `all_time` and `now` are positions of periods; `present`
    is the period that counts as now, None where all do.
    """

    levels: tuple[PlaceArray, ...]
    all_time: int
    now: int
    present: int | None

    @property
    def current(self) -> int:
        """The position of the period that is called current: the one that counts as now, or all time."""
        return self.all_time if self.present is None else self.present


def roll_up(rows: Rows, hierarchy: Hierarchy) -> Rows:
    """Rows of touchpoints and single periods (negative: no time) to rows of all subjects and periods.

    Rows of the same cell and value may repeat.
    """
    ever = rows.at(period=hierarchy.all_time).combined()
    current = (
        ever if hierarchy.present is None else rows.where(rows.period == hierarchy.present).combined()
    ).at(period=hierarchy.now)
    timed = concatenated([rows.where(rows.period >= 0), ever, current])
    found = []
    for subjects in hierarchy.levels:
        moved = timed.at(subject=subjects[timed.subject])
        found.append(moved.where(moved.subject >= 0).combined())
    return concatenated(found).combined()
