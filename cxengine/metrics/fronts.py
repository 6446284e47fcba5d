"""A subject with its parts: what binds it once they are solved, and how they follow from it.

Solving equations by the tree of subjects keeps them small: between a subject and what lies beyond it there
are only its own coordinates (the multifrontal method of Duff and Reid, 1983).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.modular import PRIME, reduced, times

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    Sum = tuple[int, tuple[int, ...]]


@attrs.frozen(eq=False)
class Solved:
    """Equations solved for some of their unknowns: the bound ones follow from the free and from others."""

    bound: IntArray
    free: IntArray
    how: IntArray
    """A row a bound one, a column a free one, then the others."""
    left: IntArray
    """The equations that are left among the others."""

    @classmethod
    def of(cls, rows: IntArray, unknowns: int) -> Solved:
        """Equations `rows @ (unknowns, others) = 0`."""
        rows, columns = reduced(rows)
        own = columns < unknowns
        bound = columns[own]
        free = np.setdiff1d(np.arange(unknowns), bound)
        kept = np.concatenate([free, np.arange(unknowns, rows.shape[1])])
        return cls(bound, free, -rows[np.ix_(own, kept)] % PRIME, rows[~own, unknowns:])

    def completed(self, free: IntArray, others: IntArray) -> IntArray:
        """All unknowns, given values, a row each, of the free ones and of the others."""
        found = np.zeros((len(others), len(self.bound) + len(self.free)), dtype=np.int64)
        found[:, self.free] = free
        found[:, self.bound] = times(np.hstack([free, others]), self.how.T)
        return found

    def drawn(self, others: IntArray, dice: np.random.Generator) -> IntArray:
        """All unknowns, with the free ones at random."""
        return self.completed(dice.integers(0, PRIME, (len(others), len(self.free))), others)


@attrs.frozen(eq=False)
class Front:
    """A subject, whose coordinates are how far it moves, period by period, along a basis of directions."""

    basis: Sequence[IntArray]
    """Of every period, directions (a column each) in which nothing known of the period moves."""
    starts: IntArray
    """Where the coordinates of every period begin, and the end of the last."""
    rows: IntArray
    """The equations that bind the coordinates, through its parts and its totals of periods."""
    parts: Sequence[Front]
    together: Sequence[Solved]
    """Of every period, that the parts add up, solved for coordinates of the parts."""
    across: Solved
    """The equations that bind the parts, solved for what of their coordinates these leave free."""

    @classmethod
    def of(
        cls,
        basis: Sequence[IntArray],
        totals: Sequence[Sum],
        parts: Sequence[Front],
        before: Front | None = None,
    ) -> Front:
        """With the totals of periods, and the parts that add up to the subject if there are any.

        What was solved `before` for the same bases is not solved again.
        """
        starts = np.cumsum([0, *(one.shape[1] for one in basis)])
        rows = [_over_time(basis, starts, total, members) for total, members in totals]
        together = []
        for period in range(len(basis) if parts else 0):
            of_all = [*(part.basis[period] for part in parts), basis[period]]
            last = before and before.together[period]
            known = before is not None and all(map(operator.is_, of_all, before.of_all(period)))
            together.append(last if last and known else _together(of_all))
            rows.append(_placed(together[-1].left, starts, period))
        across = _across(starts, parts, together)
        return cls(basis, starts, reduced(np.vstack([*rows, across.left]))[0], parts, together, across)

    def of_all(self, period: int) -> list[IntArray]:
        """The bases of the parts in a period, and its own."""
        return [*(part.basis[period] for part in self.parts), self.basis[period]]

    def of_period(self, period: int) -> slice:
        """Which of the coordinates are of a period."""
        return slice(int(self.starts[period]), int(self.starts[period + 1]))

    def drawn(self, number: int, dice: np.random.Generator) -> IntArray:
        """Coordinates, a row each, at random among those that nothing forbids."""
        return Solved.of(self.rows, int(self.starts[-1])).drawn(np.zeros((number, 0), dtype=np.int64), dice)

    def completed(self, values: IntArray, dice: np.random.Generator) -> list[IntArray]:
        """Coordinates of the parts at random among those that add up to these of the subject, row by row."""
        found = [np.zeros((len(values), part.starts[-1]), dtype=np.int64) for part in self.parts]
        free, at = self.across.drawn(values, dice), 0
        for period, solved in enumerate(self.together):
            mine = free[:, at : at + len(solved.free)]
            at += len(solved.free)
            both, start = solved.completed(mine, values[:, self.of_period(period)]), 0
            for part, values_of in zip(self.parts, found, strict=True):
                place = part.of_period(period)
                values_of[:, place] = both[:, start : (start := start + place.stop - place.start)]
        return found


def _over_time(basis: Sequence[IntArray], starts: IntArray, total: int, members: Sequence[int]) -> IntArray:
    """That periods add up to a total."""
    rows = _placed(basis[total], starts, total)
    for member in members:
        rows -= _placed(basis[member], starts, member)
    return rows % PRIME


def _placed(rows: IntArray, starts: IntArray, period: int) -> IntArray:
    """Equations of a period among those of all coordinates."""
    found = np.zeros((len(rows), starts[-1]), dtype=np.int64)
    found[:, starts[period] : starts[period + 1]] = rows
    return found


def _together(basis: Sequence[IntArray]) -> Solved:
    """That parts add up to the last, in a period."""
    *parts, own = basis
    beside = np.hstack(parts)
    return Solved.of(np.hstack([beside, -own % PRIME]), beside.shape[1])


def _across(starts: IntArray, parts: Sequence[Front], together: Sequence[Solved]) -> Solved:
    """What binds each of the parts, once they add up, and what that leaves for their total."""
    unknowns = sum(len(solved.free) for solved in together)
    number = sum(len(part.rows) for part in parts)
    rows, at = np.zeros((number, unknowns + starts[-1]), dtype=np.int64), 0
    for period, solved in enumerate(together):
        bound = [part.rows[:, part.of_period(period)] for part in parts]
        here = _beside(bound)
        free = len(solved.free)
        instead = times(here[:, solved.bound], solved.how)
        rows[:, at : at + free] = (here[:, solved.free] + instead[:, :free]) % PRIME
        rows[:, unknowns + starts[period] : unknowns + starts[period + 1]] = instead[:, free:]
        at += free
    return Solved.of(rows, unknowns)


def _beside(blocks: Sequence[IntArray]) -> IntArray:
    """Blocks along a diagonal."""
    ends = np.cumsum([[0, 0], *(block.shape for block in blocks)], axis=0)
    found = np.zeros(ends[-1], dtype=np.int64)
    for block, (top, left), (bottom, right) in zip(blocks, ends, ends[1:], strict=False):
        found[top:bottom, left:right] = block
    return found
