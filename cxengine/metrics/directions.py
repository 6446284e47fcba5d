"""In which directions numbers may move while everything known of them stays: what does not move, follows.

Numbers of a subject are its coordinates: of each period (and of what has no time) by combination of segments,
as far as segments tell these apart. What is known of them binds them in each period by itself (`Binding`);
then parts of a subject add up to it, period by period, and periods to their totals. Parts are solved before
their totals, as `cxengine.metrics.fronts` tells. All this is linear, and solved in whole numbers modulo a
prime, without rounding.

A few directions are drawn at random in the space of all. An entry that stays where it is in one of them stays
in all, and what two entries do in a few, they do in all: an entry that moves in any direction at all moves in
all but one of `PRIME` of them. Where chance errs, it takes something for told that is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.fronts import Front
from cxengine.metrics.modular import PRIME, reduced, times

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.entries import Entries

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

_SEED = 20
_LAYERS = 3
"""Today, what moved since an earlier run, and what was then: the one less the other."""


@attrs.frozen(eq=False, slots=False)
class Coordinates:
    """How entries follow from the coordinates of their subject in their period.

    `told` has a row an entry of a period: all segments and groups, of what moved since an earlier run again,
    and of the one less the other. `linked` are the entries of which the last is known whatever is shown.
    """

    entries: Entries
    told: IntArray
    linked: BoolArray | None
    bindings: dict[bytes, IntArray] = attrs.field(factory=dict, init=False)
    fronts: dict[int, tuple[bytes, Front]] = attrs.field(factory=dict, init=False)
    """Of every subject the last, and what was known then of it and its parts: else it is solved anew."""

    @classmethod
    def of(cls, entries: Entries, linked: BoolArray | None = None) -> Coordinates:
        """`linked` are the entries of today of which a reader knows what they were before."""
        own = _own(entries)
        if linked is None:
            return cls(entries, own, None)
        none = np.zeros_like(own)
        both = np.vstack([np.hstack([own, none]), np.hstack([none, own]), np.hstack([own, -own])])
        return cls(entries, both % PRIME, linked.reshape(entries.shape))

    def directions(self, known: BoolArray) -> Directions:
        """What is left open once some entries are `known`."""
        subjects, kinds, periods = self.entries.shape
        layers = list(known.reshape(-1, subjects, kinds, periods))
        if self.linked is not None:
            layers.append(self.linked)
        patterns = np.concatenate(layers, axis=1).transpose(0, 2, 1)
        for subject in self.order:
            parts = [self.fronts[part] for part in self.parts.get(subject, ())]
            key = b"".join([np.packbits(patterns[subject]).tobytes(), *(key for key, _ in parts)])
            last, before = self.fronts.get(subject, (b"", None))
            if before is None or last != key:
                basis = [self._basis(pattern) for pattern in patterns[subject]]
                front = Front.of(basis, self.totals, [front for _, front in parts], before)
                self.fronts[subject] = key, front
        return Directions(self, {subject: front for subject, (_, front) in self.fronts.items()})

    @cached_property
    def parts(self) -> Mapping[int, tuple[int, ...]]:
        """Of every subject that is a total, its parts; each is part of at most one."""
        return dict(self.entries.sums.subjects)

    @cached_property
    def order(self) -> Sequence[int]:
        """All subjects, parts before their totals."""
        inner = {part for parts in self.parts.values() for part in parts}
        found = [one for one in range(self.entries.subjects) if one not in inner]
        for subject in found:  # grows on the way
            found.extend(self.parts.get(subject, ()))
        return found[::-1]

    @cached_property
    def totals(self) -> Sequence[tuple[int, tuple[int, ...]]]:
        """Of every total of periods its parts, what has no time among them."""
        first = self.entries.periods
        return [(total, (*parts, first + i)) for i, (total, parts) in enumerate(self.entries.sums.periods)]

    def _basis(self, pattern: BoolArray) -> IntArray:
        """Directions of the coordinates of a period, a column each, in which nothing known of it moves."""
        key = np.packbits(pattern).tobytes()
        if key not in self.bindings:
            width = self.told.shape[1]
            rows, bound = reduced(self.told[pattern])
            free = np.setdiff1d(np.arange(width), bound)
            basis = np.zeros((width, len(free)), dtype=np.int64)
            basis[free, np.arange(len(free))] = 1
            basis[bound] = -rows[:, free] % PRIME
            self.bindings[key] = basis
        return self.bindings[key]


def _own(entries: Entries) -> IntArray:
    """Of segments and groups, whether they hold the combinations from which they follow.

    An indicator that is a linear combination of those of segments is the combination of their reduced rows
    with its own values in the columns that these begin with.
    """
    segments = entries.sums.segments.astype(np.int64)
    groups = entries.groups
    held = [*segments]
    held += [segments[whole] - segments[list(parts)].sum(axis=0) for whole, parts in groups.made]
    held += [np.rint(often @ segments).astype(np.int64) for often in groups.woven]
    _, columns = reduced(segments)
    return np.array(held)[:, columns] % PRIME


@attrs.frozen(eq=False)
class Directions:
    """All directions that are left open."""

    coordinates: Coordinates
    fronts: Mapping[int, Front]

    def moves(self, entries: IntArray, number: int) -> IntArray:
        """How entries, a column each, move in a number of directions, a row each.

        Behind the entries of today are those of what moved since an earlier run, then those of what was then.
        """
        subjects, kinds, periods = self.coordinates.entries.shape
        layer, subject, kind, period = np.unravel_index(entries, (_LAYERS, subjects, kinds, periods))
        row = layer * kinds + kind
        found = np.zeros((number, len(entries)), dtype=np.int64)
        order = np.argsort(subject, kind="stable")
        ends = np.searchsorted(subject[order], np.arange(subjects + 1))
        for place, values in self._drawn(number, set(subject.tolist())):
            front = self.fronts[place]
            mine = order[ends[place] : ends[place + 1]]
            for one in np.unique(period[mine]):
                here = mine[period[mine] == one]
                told = times(self.coordinates.told[row[here]], front.basis[one])
                found[:, here] = times(values[:, front.of_period(one)], told.T)
        return found

    def _drawn(self, number: int, wanted: set[int]) -> Iterator[tuple[int, IntArray]]:
        """The subjects that are wanted, their totals before them, with their coordinates by direction."""
        parts = self.coordinates.parts
        for subject in self.coordinates.order:
            if not wanted.isdisjoint(parts.get(subject, ())):
                wanted.add(subject)
        dice = np.random.default_rng(_SEED)
        waiting: dict[int, IntArray] = {}
        for subject in reversed(self.coordinates.order):
            if subject in wanted:
                front = self.fronts[subject]
                values = waiting.pop(subject) if subject in waiting else front.drawn(number, dice)
                yield subject, values
                if not wanted.isdisjoint(parts.get(subject, ())):
                    waiting |= dict(zip(parts[subject], front.completed(values, dice), strict=True))
