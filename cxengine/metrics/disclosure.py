"""What may be shown: small cells are hidden, and so much besides that nothing shown gives them away.

Answers add up in three ways: touchpoints to stages and the journey, periods to all time, segments to those
that hold them. Every sum is an equation; whoever reads a run knows the shown cells and solves for the
others. A cell with fewer answers than the threshold is hidden first. One more cell is hidden while a hidden
cell, or a small group that is no cell (everybody but a segment, one segment without another, the undated),
follows from shown cells or is bounded so tightly that its count has no choice, or while what is hidden in a
shown sum has in all fewer answers than the threshold: of those in the sum that tells, the one whose loss
matters least. What turns out to be hidden in vain is shown again, the dearest first. That is greedy, hence
not always the smallest set that protects. The reader is supposed to
know which combinations of segments occur.

The numbers of all metrics of a signal add up like its counts, so the counts decide for them.
Source: Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapters 4 and 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.equations import Equations

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]
    Sum = tuple[int, tuple[int, ...]]

_FAMILIES = 64
_AT_ONCE = 16
_SECOND_LOOKS = 400


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


def hidden(n: IntArray, sums: Sums, threshold: int, small: BoolArray | None = None) -> BoolArray:
    """Which cells must not be shown, by subject, segment and period, as `n`, their numbers of answers.

    `small` are cells to be protected like those with too few. Cells without answers are known to be empty.
    """
    cells = n > 0
    first = cells & ((n < threshold) if small is None else (n < threshold) | small)
    groups = _groups(sums.segments)
    counts = _counts(n, sums, groups)
    secret = (counts > 0) & (counts < threshold)
    if not first.any() and not secret.any():
        return first
    listed = np.zeros(counts.shape, dtype=bool)
    listed[_cells(n)] = cells
    shown = listed.copy()
    shown[_cells(n)] = cells & ~first
    equations = Equations.of(_sums(counts.shape, n, sums, groups), counts.ravel() > 0)
    closed = _Closing(equations, counts.ravel(), listed.ravel(), secret.ravel(), _dear(counts.shape, sums))
    kept = closed.close(shown.ravel(), threshold).reshape(counts.shape)
    found: BoolArray = cells & ~kept[_cells(n)]
    return found


@attrs.frozen(eq=False)
class _Closing:
    """Entries (cells and groups), flat: their counts, which are cells, which must not be told, their rank."""

    equations: Equations
    counts: IntArray
    listed: BoolArray
    secret: BoolArray
    dear: IntArray

    def close(self, shown: BoolArray, threshold: int) -> BoolArray:
        """What may stay shown."""
        small = self.secret | (self.listed & ~shown)
        while telling := self._tells(shown, small, threshold):
            shown = self._less(telling, shown)
        spare = np.flatnonzero(self.listed & ~shown & ~small)
        spare = spare[np.lexsort((spare, -self.counts[spare], -self.dear[spare]))][:_SECOND_LOOKS]
        known = shown | (self.counts == 0)
        vain = spare[~self.equations.telling(known, small & ~known, spare)]
        return self._more(vain, shown, small, threshold)

    def _more(self, cells: IntArray, shown: BoolArray, small: BoolArray, threshold: int) -> BoolArray:
        """With those of the cells, one after the other, that tell nothing more.

        What tells nothing together tells nothing one by one: they are tried by halves.
        """
        more = shown.copy()
        more[cells] = True
        if not len(cells) or not self._tells(more, small, threshold):
            return more
        if len(cells) == 1:
            return shown
        half = len(cells) // 2
        return self._more(cells[half:], self._more(cells[:half], shown, small, threshold), small, threshold)

    def _tells(self, shown: BoolArray, protected: BoolArray, threshold: int) -> list[int]:
        """The equations that tell too much."""
        known = shown | (self.counts == 0)
        asked = protected & ~known
        told = self.equations.told(known, asked)
        if not told.any():
            told = self.equations.pinned(known, self.counts, asked)
        small = self.equations.small_remainders(shown, self.counts, threshold)
        return [*self._telling(told, shown), *small.tolist()]

    def _telling(self, told: BoolArray, shown: BoolArray) -> list[int]:
        """For each entry that is told, the equation that tells it most directly and holds something shown."""
        links, columns = self.equations.links, self.equations.links.tocsc()
        gaps = links @ (~shown).astype(np.int64)
        useful = links @ shown.astype(np.int64) > 0
        found = []
        for entry in np.flatnonzero(told).tolist():
            near = columns.indices[columns.indptr[entry] : columns.indptr[entry + 1]]
            while not useful[near].any():  # nothing to hide nearby: look around
                near = np.flatnonzero(links @ (links[near].sum(axis=0) > 0).astype(np.int64) > 0)
            near = near[useful[near]]
            found.append(int(near[np.lexsort((near, gaps[near]))[0]]))
        return found

    def _less(self, telling: list[int], shown: BoolArray) -> BoolArray:
        """One cell less in each telling equation: the least dear, best one whose sums have gaps."""
        links = self.equations.links
        columns = links.tocsc()
        whole = links @ (self.listed & ~shown).astype(np.int64) == 0
        opened = links.T @ whole.astype(np.int64)
        shown, done = shown.copy(), np.zeros(links.shape[0], dtype=bool)
        for equation in sorted(set(telling)):
            members = links.indices[links.indptr[equation] : links.indptr[equation + 1]]
            choice = members[shown[members]]
            if not done[equation] and len(choice):
                order = np.lexsort((choice, opened[choice], self.dear[choice]))
                least = choice[order[0]]
                shown[least] = False
                done[columns.indices[columns.indptr[least] : columns.indptr[least + 1]]] = True
        return shown


def _cells(n: IntArray) -> tuple[slice, ...]:
    """Where the cells are among cells and groups."""
    return tuple(slice(0, size) for size in n.shape)


@attrs.frozen(eq=False)
class _Groups:
    """Groups between segments: what is left of a segment without others that lie in it.

    `sums` are segments with their parts; a part beyond the number of segments is a group. `made` tells how
    each group is found: the segment less the others.
    """

    sums: tuple[Sum, ...]
    made: tuple[Sum, ...]


def _groups(segments: BoolArray) -> _Groups:
    """The groups that differences of a few segments leave, each once."""
    columns = {row.tobytes(): i for i, row in reversed(list(enumerate(segments)))}
    sums: list[Sum] = []
    made: list[Sum] = []
    for whole, parts in _families(segments):
        left = segments[whole] & ~segments[list(parts)].any(axis=0)
        if not left.any():
            sums.append((whole, parts))
            continue
        place = columns.setdefault(left.tobytes(), len(segments) + len(made))
        if place == len(segments) + len(made):
            made.append((whole, parts))
        sums.append((whole, (*parts, place)))
    return _Groups(tuple(sums), tuple(made))


def _families(segments: BoolArray) -> Iterator[Sum]:
    """Segments with others that lie apart from each other within them.

    Every pair; of everybody also two and three of the first at a time, up to a few dozen, and as many
    as fit.
    """
    within: BoolArray = np.all(segments[:, None, :] >= segments[None, :, :], axis=2)
    for whole in range(len(segments)):
        yield from ((whole, (part,)) for part in np.flatnonzero(within[whole]).tolist() if part != whole)
    some = segments.any(axis=1) & ~segments.all(axis=1)
    proper = np.flatnonzero(some).tolist()
    few = (family for size in (2, 3) for family in combinations(proper[:_AT_ONCE], size))
    apart = (family for family in few if _apart(segments[list(family)]))
    yield from ((0, family) for family in islice(apart, _FAMILIES))
    for first in proper[:_FAMILIES]:
        family = _filled(segments, first, proper)
        if len(family) > 3:
            yield 0, family


def _apart(segments: BoolArray) -> bool:
    """Whether no two of the segments share anybody."""
    return bool((segments.sum(axis=0) <= 1).all())


def _filled(segments: BoolArray, first: int, choice: Sequence[int]) -> tuple[int, ...]:
    """Segments apart from each other, from the first on, as many as fit."""
    family, taken = [first], segments[first].copy()
    for segment in choice:
        if not (taken & segments[segment]).any():
            family.append(segment)
            taken |= segments[segment]
    return tuple(sorted(family))


def _counts(n: IntArray, sums: Sums, groups: _Groups) -> IntArray:
    """Counts of cells, of groups (further along the axis of segments) and of those without a time."""
    subjects, segments, periods = n.shape
    counts = np.zeros((subjects, segments + len(groups.made), periods + len(sums.periods)), dtype=np.int64)
    counts[_cells(n)] = n
    for i, (total, parts) in enumerate(sums.periods):
        counts[:, :segments, periods + i] = n[:, :, total] - n[:, :, list(parts)].sum(axis=2)
    for i, (whole, parts) in enumerate(groups.made):
        counts[:, segments + i] = counts[:, whole] - counts[:, list(parts)].sum(axis=1)
    return counts


def _sums(
    shape: tuple[int, ...], n: IntArray, sums: Sums, groups: _Groups
) -> Iterator[tuple[IntArray, list[IntArray]]]:
    """All equations, as positions of totals and of their parts."""
    place = np.arange(int(np.prod(shape))).reshape(shape)
    periods = n.shape[2]
    for total, parts in sums.subjects:
        yield place[total].ravel(), [place[part].ravel() for part in parts]
    for i, (total, parts) in enumerate(sums.periods):
        yield place[:, :, total].ravel(), [place[:, :, part].ravel() for part in (*parts, periods + i)]
    for whole, parts in groups.sums:
        yield place[:, whole].ravel(), [place[:, part].ravel() for part in parts]


def _dear(shape: tuple[int, ...], sums: Sums) -> IntArray:
    """How much the loss of an entry matters.

    Of everybody more than of a segment, of all time more than of a period, of the journey more than of a
    touchpoint.
    """
    dear = np.zeros(shape, dtype=np.int64)
    dear[:, 0] += 3
    dear += 2 * np.array(sums.dear, dtype=np.int64)[:, None, None]
    for total, _ in sums.periods:
        dear[:, :, total] += 2
    return dear.ravel()
