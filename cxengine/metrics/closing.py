"""Hides one more cell after the other until nothing that is shown tells too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.spare import Rows
from cxengine.metrics.told import TWO, by_two, followed, together

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.bounds import Range
    from cxengine.metrics.directions import Coordinates, Directions
    from cxengine.metrics.equations import Equations

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

_SECOND_LOOKS = 400
_AT_ONCE = 100


@attrs.frozen(eq=False)
class Layer:
    """Entries that add up, flat: cells, and groups that follow from them."""

    equations: Equations
    counts: IntArray
    """Answers."""
    least: IntArray
    """At least so many persons gave them."""
    most: IntArray
    """At most so many."""
    often: IntArray
    """Nobody gave more of them."""
    carried: bool = False
    """Whether persons behind what is left of parts are carried to their totals: more is known of them then.

    Beside an earlier run, as what is left of sums is small there; else choices, made one by one, come out
    worse by it (550 cells of the demo are hidden for 74).
    """

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.counts)

    def range(self, known: BoolArray) -> Range:
        """The least and the most that counts can be once some entries of these and others are known."""
        return self.equations.bounds.range(known[: self.size], self.counts)

    def narrowed(self, range_: Range, entry: int) -> Range:
        """The same with one more."""
        low, high = (one.copy() for one in range_)
        low[entry] = high[entry] = self.counts[entry]
        return self.equations.bounds.narrowed((low, high), np.array([entry]))

    def small_remainders(self, known: BoolArray, threshold: int) -> tuple[list[int], list[int]]:
        """The equations with a known total whose unknown parts are of too few persons, and their answers."""
        persons = self.least, self.most, self.often
        rows, left = self.equations.bounds.small_remainders(
            known, self.counts, persons, threshold, carried=self.carried
        )
        return rows.tolist(), left.tolist()


@attrs.frozen(eq=False)
class Closing:
    """What adds up, which entries are cells to decide about, which must not be told, their rank.

    Behind the entries of today may follow what came or went since an earlier run: of the same entries, in the
    same order.
    """

    equations: Equations
    """Of all entries: those of the layers, one after the other, and between them."""
    coordinates: Coordinates
    """From which all entries follow."""
    offset: int
    """How many of them are about today alone."""
    today: Layer
    since: Layer | None
    seen: BoolArray
    """Of which entries is seen what came or went, if they are shown."""
    listed: BoolArray
    secret: BoolArray
    """Of what was at an earlier run, too, behind what came or went."""
    base: BoolArray
    """What is known whatever is shown here."""
    dear: IntArray

    def close(self, shown: BoolArray, threshold: int) -> BoolArray:
        """What may stay shown."""
        small = self.secret.copy()
        small[: self.today.size] |= self.listed & ~shown
        small[: len(self.base)] &= ~self.base
        if self._told_already:  # what is told already cannot be protected
            small[self._followed(self.base, np.flatnonzero(small))] = False
        asked = told = np.flatnonzero(small)
        while True:
            told = self._followed(self._known(shown), told)  # what moves does so still when more is hidden
            fewer = self._less(self._tells(shown, asked, told, threshold), shown)
            if np.array_equal(fewer, shown):
                return self._more(shown, asked, threshold)
            shown = fewer

    @property
    def _told_already(self) -> bool:
        """Whether anything is known that is somebody's."""
        return self.since is not None or bool(self.base[self.today.counts.nonzero()].any())

    def _known(self, shown: BoolArray) -> BoolArray:
        known = self.base.copy()
        known[: self.today.size] |= shown
        return known

    def _tells(self, shown: BoolArray, asked: IntArray, told: IntArray, threshold: int) -> set[int]:
        """The equations that tell too much, given which of the entries that are asked for are told."""
        known = self._known(shown)
        if not len(told):
            told = asked[self._pinned(asked, self.today.range(known))]
        found = self._telling(told, shown) | {row for row, _ in self._remainders(known, threshold)}
        if not found:
            moves = self.coordinates.directions(known).moves(asked, TWO)
            found = self._telling(asked[self._by_two(asked, moves, threshold) > 0], shown)
        return found

    def _followed(self, known: BoolArray, asked: IntArray) -> IntArray:
        """Which of the entries follow."""
        return asked[followed(self.coordinates.directions(known).moves(asked, TWO))]

    def _remainders(self, known: BoolArray, threshold: int) -> set[tuple[int, int]]:
        """The equations in which too few are left beside what is shown, and how many answers."""
        size = self.today.size
        found = set(zip(*self.today.small_remainders(known[:size], threshold), strict=True))
        if self.since is not None:
            rows, left = self.since.small_remainders(known[:size] & self.seen, threshold)
            found |= set(zip([self.offset + row for row in rows], left, strict=True))
        return found

    def _pinned(self, asked: IntArray, range_: Range) -> BoolArray:
        """Which of the entries are left no choice."""
        low, high = range_
        found = np.zeros(len(asked), dtype=bool)
        today = asked < self.today.size  # of what came where cells were hidden nobody knows the sums
        found[today] = low[asked[today]] == high[asked[today]]
        return found

    def _by_two(self, asked: IntArray, moves: IntArray, threshold: int) -> IntArray:
        """With how many others the entries follow, if with one of them they are of too few persons."""
        found = np.zeros(len(asked), dtype=np.int64)
        today = asked < self.today.size  # how many came where cells were hidden is not known here
        once = bool((self.today.often <= 1).all())
        found[today] = by_two(moves[:, today], self.today.least[asked[today]], threshold, once=once)
        return found

    def _more(self, shown: BoolArray, asked: IntArray, threshold: int) -> BoolArray:
        """With what was hidden in vain, the dearest first, as long as it tells nothing more."""
        hidden = self.listed & ~shown
        hidden[asked[asked < self.today.size]] = False
        spare = np.flatnonzero(hidden)
        spare = spare[np.lexsort((spare, -self.today.counts[spare], -self.dear[spare]))][:_SECOND_LOOKS]
        while len(spare):
            directions = self.coordinates.directions(self._known(shown))
            moves = directions.moves(np.concatenate([spare, asked]), TWO + 1)
            spare = spare[~together(moves[:, : len(spare)], moves[:, len(spare) :])]
            shown = self._with(spare[:_AT_ONCE], asked, directions, shown, threshold)
            spare = spare[_AT_ONCE:]
        return shown

    def _with(
        self, cells: IntArray, asked: IntArray, directions: Directions, shown: BoolArray, threshold: int
    ) -> BoolArray:
        """With those of the cells, one after the other, that tell nothing more of what is asked."""
        number = len(cells)
        rows = Rows(directions.moves(np.concatenate([cells, asked]), number + TWO + 1), TWO + 1)
        range_ = self.today.range(self._known(shown))
        told = self._told(asked, rows.kept[:TWO, number:], range_, threshold)
        left = self._remainders(self._known(shown), threshold)
        waiting = list(range(number))
        while waiting:
            later = []
            for place in waiting:
                narrower = self.today.narrowed(range_, int(cells[place]))
                now = self._told(asked, rows.without(place)[:, number:], narrower, threshold)
                if (now > told).any():
                    continue
                more = shown.copy()
                more[cells[place]] = True
                if not self._remainders(self._known(more), threshold) <= left:
                    later.append(place)  # a sum before its parts
                    continue
                rows.show(place)
                shown, range_ = more, narrower
            if len(later) == len(waiting):
                break
            waiting = later
        return shown

    def _told(self, asked: IntArray, moves: IntArray, range_: Range, threshold: int) -> IntArray:
        """In which ways the entries are told, a row each, and with how many others."""
        return np.stack([followed(moves), self._pinned(asked, range_), self._by_two(asked, moves, threshold)])

    def _telling(self, told: IntArray, shown: BoolArray) -> set[int]:
        """For each entry that is told, the equation that tells it most directly and holds something shown."""
        if not len(told):
            return set()
        links, columns = self.equations.links, self.equations.by_entry
        clear = [shown] if self.since is None else [shown, self._known(shown)[: self.today.size] & self.seen]
        gaps = links @ (~np.concatenate(clear)).astype(np.int64)
        useful = links @ np.tile(shown & self._open, len(clear)).astype(np.int64) > 0
        found = set()
        for entry in told.tolist():
            column = entry if entry < len(self.base) else entry - self.today.size  # what was, by what came
            near = columns.indices[columns.indptr[column] : columns.indptr[column + 1]]
            while not useful[near].any():  # nothing to hide nearby: look around
                around = np.flatnonzero(links @ (links[near].sum(axis=0) > 0).astype(np.int64) > 0)
                if len(around) == len(near):
                    break
                near = around
            near = near[useful[near]]
            if len(near):
                found.add(int(near[np.lexsort((near, gaps[near]))[0]]))
        return found

    @property
    def _open(self) -> BoolArray:
        """The entries that hiding makes unknown."""
        return self.listed & ~self.base[: self.today.size]

    def _less(self, telling: set[int], shown: BoolArray) -> BoolArray:
        """One cell less in each telling equation: the least dear, best one whose sums have gaps."""
        links, size = self.equations.links, self.today.size
        columns, every = self.equations.by_entry, self.today.equations.links
        whole = every @ (self.listed & ~shown).astype(np.int64) == 0
        opened, choosable = every.T @ whole.astype(np.int64), self._open
        shown, done = shown.copy(), np.zeros(links.shape[0], dtype=bool)
        for equation in sorted(telling):
            members = links.indices[links.indptr[equation] : links.indptr[equation + 1]] % size
            choice = members[shown[members] & choosable[members]]
            if not done[equation] and len(choice):
                order = np.lexsort((choice, opened[choice], self.dear[choice]))
                least = choice[order[0]]
                shown[least] = False
                for entry in range(least, links.shape[1], size):
                    done[columns.indices[columns.indptr[entry] : columns.indptr[entry + 1]]] = True
        return shown
