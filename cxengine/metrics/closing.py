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
    from cxengine.metrics.directions import Coordinates
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

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.counts)

    def range(self, known: BoolArray) -> Range:
        """The least and the most that counts can be once some entries of these and others are known."""
        return self.equations.bounds.range(known[: self.size], self.counts)

    def narrowed(self, range_: Range, entries: IntArray) -> Range:
        """The same with some more."""
        low, high = (one.copy() for one in range_)
        low[entries] = high[entries] = self.counts[entries]
        return self.equations.bounds.narrowed((low, high), entries)

    def small_remainders(
        self, known: BoolArray, threshold: int, *, carried: bool
    ) -> tuple[list[int], list[int]]:
        """The equations with a known total whose unknown parts are of too few persons, and their answers.

        More persons are known where those behind what is left of parts are `carried` to their totals.
        """
        persons = self.least, self.most, self.often
        rows, left = self.equations.bounds.small_remainders(
            known, self.counts, persons, threshold, carried=carried
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
        """What may stay shown; what follows from it, and need not be hidden, is shown, too."""
        small = self.secret.copy()
        small[: self.today.size] |= self.listed & ~shown
        small[: len(self.base)] &= ~self.base
        if self._told_already:  # what is told already cannot be protected
            small[self._followed(self.base, np.flatnonzero(small))] = False
        asked = told = np.flatnonzero(small)
        open_ = np.flatnonzero(shown)
        while True:
            told = self._followed(self._known(shown), told)  # what moves does so still when more is hidden
            fewer = self._less(self._tells(shown, asked, told, threshold), shown)
            if np.array_equal(fewer, shown):
                implied = self._followed(self._known(shown), open_[~shown[open_]])
                fewer = self._less(self._tells_with(implied, shown, asked, threshold), shown)
                if np.array_equal(fewer, shown):
                    return self._more(_and(shown, implied), asked, threshold)
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
        carried = self.since is not None
        left = self._remainders(known, threshold, carried=carried)
        found = self._telling(told, shown) | {row for row, _ in left}
        if not found:
            moves = self.coordinates.directions(known).moves(asked, TWO)
            found = self._telling(asked[self._by_two(asked, moves, threshold) > 0], shown)
        return found

    def _tells_with(self, implied: IntArray, shown: BoolArray, asked: IntArray, threshold: int) -> set[int]:
        """The equations that tell too much only once hidden cells that follow are known as shown ones are."""
        if not len(implied):
            return set()
        known, every = self._known(shown), self._known(_and(shown, implied))
        before, now = ({row for row, _ in self._remainders(one, threshold)} for one in (known, every))
        found = self._telling(asked[self._pinned(asked, self.today.range(every))], shown)
        if rows := sorted(now - before):
            within = self.equations.links[rows].sum(axis=0)[implied] > 0
            found |= self._telling(implied[within] if within.any() else implied, shown)
        return found

    def _followed(self, known: BoolArray, asked: IntArray) -> IntArray:
        """Which of the entries follow."""
        return asked[followed(self.coordinates.directions(known).moves(asked, TWO))]

    def _remainders(self, known: BoolArray, threshold: int, *, carried: bool = True) -> set[tuple[int, int]]:
        """The equations in which too few are left beside what is shown, and how many answers.

        Persons are not `carried` to totals where cells are chosen that are to be hidden and there is no
        earlier run, beside which little is left of sums: chosen one by one, the others come out worse
        (550 cells of the demo for 74).
        """
        size = self.today.size
        today = self.today.small_remainders(known[:size], threshold, carried=carried)
        found = set(zip(*today, strict=True))
        if self.since is not None:
            rows, left = self.since.small_remainders(known[:size] & self.seen, threshold, carried=True)
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
        spare = spare[np.lexsort((spare, -self.today.counts[spare], -self.dear[spare]))]
        waiting = spare[:_SECOND_LOOKS]
        while len(waiting):
            spare = spare[~shown[spare]]
            directions = self.coordinates.directions(self._known(shown))
            moves = directions.moves(np.concatenate([spare, asked]), TWO + 1)
            spare = spare[~together(moves[:, : len(spare)], moves[:, len(spare) :])]
            waiting = waiting[np.isin(waiting, spare)]
            cells, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            beside = spare[~np.isin(spare, cells)]
            shown = self._with(cells, beside, asked, shown, threshold)
        return shown

    def _with(
        self,
        cells: IntArray,
        beside: IntArray,
        asked: IntArray,
        shown: BoolArray,
        threshold: int,
    ) -> BoolArray:
        """With those of the cells, one after the other, that tell nothing more of what is asked.

        What follows from one of them, of the others and of those `beside`, is shown with it, or neither is.
        """
        spare = np.concatenate([cells, beside])
        directions = self.coordinates.directions(self._known(shown))
        drawn = directions.moves(np.concatenate([spare, asked]), len(cells) + TWO + 1)
        rows = Rows(drawn, TWO + 1)
        told_already = followed(rows.kept[:TWO, : len(spare)])
        range_ = self.today.range(self._known(shown))
        told = self._told(asked, rows.kept[:TWO, len(spare) :], range_, threshold)
        left = self._remainders(self._known(shown), threshold)
        waiting = list(range(len(cells)))
        while waiting:
            later = []
            for place in waiting:
                moves = rows.without(place)
                new = followed(moves[:, : len(spare)]) & ~told_already
                new[place] = True
                more = _and(shown, spare[new])
                narrower = self.today.narrowed(range_, spare[new & ~shown[spare]])
                now = self._told(asked, moves[:, len(spare) :], narrower, threshold)
                if (now > told).any():
                    continue
                if not self._remainders(self._known(more), threshold) <= left:
                    later.append(place)  # a sum before its parts
                    continue
                rows.show(place)
                shown, range_ = more, narrower
            if len(later) == len(waiting):
                break
            waiting = [place for place in later if not shown[cells[place]]]
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


def _and(shown: BoolArray, cells: IntArray) -> BoolArray:
    """What is shown with some more cells."""
    more = shown.copy()
    more[cells] = True
    return more
