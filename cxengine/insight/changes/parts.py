"""Parts of time: of which of them the cases of an observed journey may be told.

What a change tells are numbers and shares of the cases of some periods together. Those parts of time are
cells beside what is told of the journey elsewhere and what the previous run told of it, and
`cxengine.metrics.disclosure` decides about them. Changes of metrics need none of this: they tell of periods
that measurements show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.earlier import NOT_COMPARED

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

EVERY_CASE = ""
"""Instead of a touchpoint: cases whatever they meet."""


@attrs.frozen
class Part:
    """The cases of a segment that meet a touchpoint, or all, in some periods."""

    touchpoint: str
    segment: str
    periods: frozenset[int] | None
    """By number; None for all time, with the cases that have none."""


@attrs.frozen(eq=False)
class Cases:
    """How many cases of an observed journey there are, and what is told of them beside changes."""

    journey: str
    touchpoints: tuple[str, ...]
    """`EVERY_CASE` first."""
    segments: tuple[str, ...]
    """Everybody first."""
    first: int
    """Number of the first period."""
    n: IntArray
    """By touchpoint, segment and period."""
    held: BoolArray
    """By segment, to which of the combinations of segments that occur it belongs."""
    often: int
    """The most cases of one person."""
    least: int
    """Nothing may be told of fewer persons."""
    shown: Mapping[Part, int]
    """What is told today whatever is decided here."""
    before: Mapping[Part, int]
    """What the previous run told."""
    ended: int | None
    """Number of the last period of the previous run; None where that told of none."""

    def told(self, series: Sequence[Sequence[Part]]) -> set[Part]:
        """Those of the parts that may be told, if all are to be told; those of a series are all time."""
        wanted = list(dict.fromkeys(part for parts in series for part in parts))
        grid = _Grid.of(self, wanted)
        unseen = hidden(
            grid.n,
            Sums((), self.held, grid.sums(series), (0,) * len(self.touchpoints)),
            self.least,
            people=grid.people,
            before=grid.before if self.before else None,
            settled=grid.settled(wanted),
        )
        return {part for part in wanted if not unseen[grid.place(part)]}


@attrs.frozen(eq=False)
class _Grid:
    """Touchpoints, segments, and times: pieces that no part divides, then what parts tell of, then all."""

    cases: Cases
    stretches: tuple[frozenset[int], ...]
    pieces: BoolArray
    """By stretch, the pieces within it; the last row are those after the previous run."""
    n: IntArray

    @classmethod
    def of(cls, cases: Cases, wanted: Sequence[Part]) -> _Grid:
        numbers = range(cases.first, cases.first + cases.n.shape[2])
        parts = (*wanted, *cases.shown, *cases.before)
        stretches = tuple(sorted({one.periods for one in parts if one.periods is not None}, key=sorted))
        since = numbers if cases.ended is None else range(cases.ended + 1, numbers.stop)
        within = np.array([[number in one for number in numbers] for one in (*stretches, frozenset(since))])
        pieces, piece = np.unique(within, axis=1, return_inverse=True)
        n = np.zeros((*cases.n.shape[:2], pieces.shape[1] + len(stretches) + 1), dtype=np.int64)
        for i in range(pieces.shape[1]):
            n[:, :, i] = cases.n[:, :, piece.ravel() == i].sum(axis=2)
        for i, held in enumerate(pieces[:-1], pieces.shape[1]):
            n[:, :, i] = n[:, :, : len(held)][:, :, held].sum(axis=2)
        n[:, :, -1] = cases.n.sum(axis=2)
        found = cls(cases, stretches, pieces, n)
        for part, count in cases.shown.items():
            if part.periods is None:  # with the cases that have no time
                n[found.place(part)] = count
        return found

    @property
    def people(self) -> People:
        """Of every cell, what follows about persons from the most cases that anyone has."""
        often = np.full_like(self.n, self.cases.often)
        return People(-(-self.n // often), self.n, often)

    def sums(self, series: Sequence[Sequence[Part]]) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """How times add up: pieces to stretches and to all time, the stretches of a series to all time."""
        each, every = range(self.pieces.shape[1]), self.n.shape[2] - 1
        stretches = tuple(
            (i, tuple(np.flatnonzero(held).tolist()))
            for i, held in enumerate(self.pieces[:-1], len(each))
            if held.any()
        )
        apart = {tuple(sorted(self.place(part)[2] for part in parts)) for parts in series}
        return (*stretches, (every, tuple(each)), *((every, one) for one in sorted(apart)))

    def place(self, part: Part) -> tuple[int, int, int]:
        """Where the cell of a part is."""
        when = -1 if part.periods is None else self.pieces.shape[1] + self._number[part.periods]
        return self.cases.touchpoints.index(part.touchpoint), self.cases.segments.index(part.segment), when

    @cached_property
    def _number(self) -> dict[frozenset[int], int]:
        return {one: i for i, one in enumerate(self.stretches)}

    def settled(self, wanted: Sequence[Part]) -> IntArray:
        """What is told, what is told nowhere, and what is to be decided, as `hidden` wants it."""
        found = np.full(self.n.shape, -1, dtype=np.int64)
        for part in wanted:
            found[self.place(part)] = 0
        for part in self.cases.shown:
            found[self.place(part)] = 1
        return found

    @property
    def before(self) -> IntArray:
        """What the previous run told of every cell: nothing was there of what came after it."""
        found = np.full(self.n.shape, NOT_COMPARED, dtype=np.int64)
        if self.cases.ended is not None:
            found[:, :, : self.pieces.shape[1]][:, :, self.pieces[-1]] = 0
        for part, count in self.cases.before.items():
            touchpoint, segment, when = self.place(part)
            found[touchpoint, segment, when] = count
            for i, stretch in enumerate(self.stretches, self.pieces.shape[1]):
                if part.periods is not None and stretch - self._later == part.periods - self._later:
                    found[touchpoint, segment, i] = count
        return found

    @cached_property
    def _later(self) -> frozenset[int]:
        """The periods after the previous run."""
        ended, stop = self.cases.ended, self.cases.first + self.cases.n.shape[2]
        return frozenset() if ended is None else frozenset(range(ended + 1, stop))
