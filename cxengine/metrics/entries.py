"""Entries: cells, the groups between them and those without a time, in one grid, and how they add up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.between import Groups, groups
from cxengine.metrics.equations import Equations

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Sum = tuple[int, tuple[int, ...]]

_ROUNDING = 1e-6


@attrs.frozen(eq=False)
class Sums:
    """How cells add up, by positions on the axes of subjects, segments and periods.

    `subjects` and `periods` are totals with their parts; a total of periods also holds what has no time.
    `segments` has a row a segment, everybody first, and a column a combination of segments that occurs:
    whether the combination belongs to the segment. `dear` ranks subjects by how much their loss matters.
    """

    subjects: tuple[Sum, ...]
    segments: BoolArray
    periods: tuple[Sum, ...]
    dear: tuple[int, ...]


@attrs.frozen(eq=False)
class Entries:
    """The grid by subject, segment and period.

    Further along the axis of segments are groups between them, further along that of periods those without a
    time, for each total of periods.
    """

    subjects: int
    segments: int
    periods: int
    sums: Sums
    groups: Groups

    @classmethod
    def of(cls, shape: tuple[int, ...], sums: Sums) -> Entries:
        """Around cells of some shape."""
        subjects, segments, periods = shape
        return cls(subjects, segments, periods, sums, groups(sums.segments))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the whole grid."""
        further = len(self.groups.made) + len(self.groups.woven)
        return self.subjects, self.segments + further, self.periods + len(self.sums.periods)

    @property
    def cells(self) -> tuple[slice, ...]:
        """Where the cells are."""
        return slice(self.subjects), slice(self.segments), slice(self.periods)

    def spread(self, cells: BoolArray) -> BoolArray:
        """Of cells, as entries, flat."""
        found = np.zeros(self.shape, dtype=bool)
        found[self.cells] = cells
        return found.ravel()

    def counts(self, n: IntArray, *, sign: int = -1) -> IntArray:
        """Counts of all entries, given those of cells.

        With `sign` 1, of what groups and those without a time follow from.
        """
        counts = np.zeros(self.shape, dtype=np.int64)
        counts[:, :, :] = np.ceil(self._added_up(n, sign) - _ROUNDING)
        return counts

    def amounts(self, amounts: FloatArray) -> FloatArray:
        """Amounts of all entries, given those of cells."""
        return self._added_up(amounts, -1)

    def _added_up(self, n: npt.NDArray[Any], sign: int) -> FloatArray:
        counts = np.zeros(self.shape)
        counts[self.cells] = n
        for i, (total, parts) in enumerate(self.sums.periods, self.periods):
            counts[:, : self.segments, i] = n[:, :, total] + sign * n[:, :, list(parts)].sum(axis=2)
        for i, (whole, parts) in enumerate(self.groups.made, self.segments):
            counts[:, i] = counts[:, whole] + sign * counts[:, list(parts)].sum(axis=1)
        for i, often in enumerate(self.groups.woven, self._woven):
            times = np.abs(often) if sign > 0 else often
            counts[:, i] = np.einsum("s,tsp->tp", times, counts[:, : self.segments])
        return counts

    def sum_up(self) -> Iterator[tuple[IntArray, list[IntArray]]]:
        """All sums, as positions of totals and of their parts."""
        place = self._place
        for total, parts in self.sums.subjects:
            yield place[total].ravel(), [place[part].ravel() for part in parts]
        for i, (total, parts) in enumerate(self.sums.periods, self.periods):
            yield place[:, :, total].ravel(), [place[:, :, part].ravel() for part in (*parts, i)]
        for whole, parts in self.groups.sums:
            yield place[:, whole].ravel(), [place[:, part].ravel() for part in parts]

    def equations(self, there: BoolArray) -> Equations:
        """All sums among the entries that are there."""
        return Equations.of(self.sum_up(), there)

    def with_woven(self, equations: Equations, there: BoolArray) -> Equations:
        """With the equations of groups that follow from many segments at once, of entries that are there."""
        for i, often in enumerate(self.groups.woven, self._woven):
            counted = np.flatnonzero(often)
            entries = np.stack([self._place[:, one].ravel() for one in (i, *counted)])
            equations = equations.also(entries, np.array([-1.0, *often[counted]]), there)
        return equations

    @property
    def dear(self) -> IntArray:
        """How much the loss of each entry matters, flat.

        Of everybody more than of a segment, of all time more than of a period, of the journey more than of a
        touchpoint.
        """
        dear = np.zeros(self.shape, dtype=np.int64)
        dear[:, 0] += 3
        dear += 2 * np.array(self.sums.dear, dtype=np.int64)[:, None, None]
        for total, _ in self.sums.periods:
            dear[:, :, total] += 2
        return dear.ravel()

    @property
    def _woven(self) -> int:
        """Where groups that follow from many segments begin."""
        return self.segments + len(self.groups.made)

    @cached_property
    def _place(self) -> IntArray:
        """The positions of all entries."""
        return np.arange(int(np.prod(self.shape))).reshape(self.shape)
