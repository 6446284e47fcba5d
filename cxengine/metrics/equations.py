"""Sums among counts: which cells are in which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.bounds import Bounds

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


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
            kept = np.logical_or.reduce([there[entries] for entries in (total, *parts)])
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

    @cached_property
    def by_entry(self) -> Any:
        """The links, column by column."""
        return self.links.tocsc()

    @cached_property
    def bounds(self) -> Bounds:
        """The same as bounds on counts."""
        return Bounds.of(self.signs)

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

        Of entries that are not there nothing is counted. `bounds` do not understand them.
        """
        from scipy.sparse import csr_array, vstack

        row, at = np.nonzero(there[entries].T)
        columns, values = entries.T[row, at], times[at]
        more = csr_array((values, (row, columns)), shape=(entries.shape[1], len(there)))
        signs = csr_array(vstack([self.signs, more]))
        return Equations(signs, _pattern(signs))


def _pattern(signs: Any) -> Any:
    """1 where there is anything."""
    found = signs.copy()
    found.data = (found.data != 0).astype(np.int64)  # what is total and part at once adds nothing
    return found
