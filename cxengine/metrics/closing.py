"""Hides one more cell after the other until nothing that is shown tells too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.equations import Equations

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

_SECOND_LOOKS = 400


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

    def small_remainders(self, known: BoolArray, threshold: int) -> IntArray:
        """The equations with a known total whose unknown parts are of fewer persons than the threshold."""
        persons = self.least, self.most, self.often
        return self.equations.bounds.small_remainders(known, self.counts, persons, threshold)


@attrs.frozen(eq=False)
class Closing:
    """What adds up, which entries are cells to decide about, which must not be told, their rank.

    Behind the entries of today may follow what came or went since an earlier run: of the same entries, in the
    same order.
    """

    equations: Equations
    """Of all entries: those of the layers, one after the other, and between them."""
    essential: Equations
    """Those of them from which the others follow."""
    offset: int
    """How many of them are about today alone."""
    today: Layer
    since: Layer | None
    seen: BoolArray
    """Of which entries is seen what came or went, if they are shown."""
    listed: BoolArray
    secret: BoolArray
    base: BoolArray
    """What is known whatever is shown here."""
    dear: IntArray

    def close(self, shown: BoolArray, threshold: int) -> BoolArray:
        """What may stay shown."""
        small = self.secret.copy()
        small[: self.today.size] |= self.listed & ~shown
        small &= ~self.base
        if self.base[self.today.counts.nonzero()].any():  # what is told already cannot be protected
            small &= ~self.essential.left(self.base, small).told()
        while telling := self._tells(shown, small, threshold):
            fewer = self._less(telling, shown)
            if np.array_equal(fewer, shown):
                break
            shown = fewer
        spare = np.flatnonzero(self.listed & ~shown & ~small[: self.today.size])
        spare = spare[np.lexsort((spare, -self.today.counts[spare], -self.dear[spare]))][:_SECOND_LOOKS]
        known = self._known(shown)
        vain = spare[~self.essential.telling(known, small & ~known, spare)]
        return self._more(vain, shown, small, threshold)

    def _known(self, shown: BoolArray) -> BoolArray:
        known = self.base.copy()
        known[: self.today.size] |= shown
        return known

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
        known = self._known(shown)
        asked = protected & ~known
        left = self.essential.left(known, asked)
        told = left.told() & asked
        size = self.today.size
        if not told.any():
            told[:size] = self.today.equations.bounds.pinned(known[:size], self.today.counts, asked[:size])
        found = self._telling(told, shown)
        found += self.today.small_remainders(known[:size], threshold).tolist()
        if self.since is not None:
            few = self.since.small_remainders(known[:size] & self.seen, threshold)
            found += (self.offset + few).tolist()
        if not found:
            found = self._telling(left.told_by_two(asked, self._few(threshold)), shown)
        return found

    def _few(self, threshold: int) -> Callable[[int, int], bool]:
        """Whether two entries together may be of fewer persons than the threshold."""
        least = self.today.least
        once = bool((self.today.often <= 1).all())

        def few(one: int, other: int) -> bool:
            if max(one, other) >= len(least):  # how many came where cells were hidden is not known here
                return False
            both = least[one], least[other]
            return bool((sum(both) if once else max(both)) < threshold)

        return few

    def _telling(self, told: BoolArray, shown: BoolArray) -> list[int]:
        """For each entry that is told, the equation that tells it most directly and holds something shown."""
        if not told.any():
            return []
        links, columns = self.equations.links, self.equations.links.tocsc()
        clear = [shown] if self.since is None else [shown, self._known(shown)[: self.today.size] & self.seen]
        gaps = links @ (~np.concatenate(clear)).astype(np.int64)
        useful = links @ np.tile(shown & self._open, len(clear)).astype(np.int64) > 0
        found = []
        for entry in np.flatnonzero(told).tolist():
            near = columns.indices[columns.indptr[entry] : columns.indptr[entry + 1]]
            while not useful[near].any():  # nothing to hide nearby: look around
                around = np.flatnonzero(links @ (links[near].sum(axis=0) > 0).astype(np.int64) > 0)
                if len(around) == len(near):
                    break
                near = around
            near = near[useful[near]]
            if len(near):
                found.append(int(near[np.lexsort((near, gaps[near]))[0]]))
        return found

    @property
    def _open(self) -> BoolArray:
        """The entries that hiding makes unknown."""
        return self.listed & ~self.base[: self.today.size]

    def _less(self, telling: list[int], shown: BoolArray) -> BoolArray:
        """One cell less in each telling equation: the least dear, best one whose sums have gaps."""
        links, size = self.equations.links, self.today.size
        columns, every = links.tocsc(), self.today.equations.links
        whole = every @ (self.listed & ~shown).astype(np.int64) == 0
        opened, choosable = every.T @ whole.astype(np.int64), self._open
        shown, done = shown.copy(), np.zeros(links.shape[0], dtype=bool)
        for equation in sorted(set(telling)):
            members = links.indices[links.indptr[equation] : links.indptr[equation + 1]] % size
            choice = members[shown[members] & choosable[members]]
            if not done[equation] and len(choice):
                order = np.lexsort((choice, opened[choice], self.dear[choice]))
                least = choice[order[0]]
                shown[least] = False
                for entry in range(least, links.shape[1], size):
                    done[columns.indices[columns.indptr[entry] : columns.indptr[entry + 1]]] = True
        return shown
