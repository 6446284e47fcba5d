"""How much of every resource is taken in every period, packed into whole numbers.

A period of a resource is a field of some bits in one large integer, the highest of which is a guard: adding
the same number to all fields sets the guards of those periods in which too little is left. So it takes a
handful of operations to know where an activity fits, however long the timetable is; and since integers do
not change, to keep a state is to keep the integers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import gcd

import attrs

from cxengine.planning.scheduling.span import Span

Demands = Sequence[tuple[int, int]]
"""Pairs of resource and share."""
Needs = tuple[tuple[int, int, int], ...]
"""Resource, what is taken of it, and how much of it may be taken already so that this still fits."""

WINDOW = 256
"""Periods that are looked at first; then twice as many, and so on."""


@attrs.frozen(eq=False)
class Fields:
    """How resources are packed."""

    needs: tuple[tuple[Needs, ...], ...]
    """What every activity needs in each of its ways, in the units of the fields."""
    resources: int
    ruler: Ruler

    @classmethod
    def of(
        cls, ways: Sequence[Sequence[Demands]], capacities: Sequence[int], agreed: Collection[int] = ()
    ) -> Fields:
        """Fields for activities that demand so much in each of their ways.

        Amounts are counted in the greatest unit in which all of a resource's are whole. What is `agreed` is
        placed even where it does not fit, so that there is room for all of it.
        """
        units, more = [0] * len(capacities), [0] * len(capacities)
        for j, choices in enumerate(ways):
            for resource, amount in (pair for demands in choices for pair in demands):
                units[resource] = gcd(units[resource], amount)
                more[resource] += amount if j in agreed else 0
        sizes = [capacity // (unit or 1) for capacity, unit in zip(capacities, units, strict=True)]
        most = max((size + extra for size, extra in zip(sizes, more, strict=True)), default=0)
        needs = tuple(
            tuple(tuple((r, a // units[r], sizes[r] - a // units[r]) for r, a in some) for some in choices)
            for choices in ways
        )
        return cls(needs, len(capacities), Ruler(most.bit_length() + 1))


class Ruler:
    """Numbers with the same in every field, for as many periods as are in use; it grows with them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.ones = _Ones(width)
        """1 in each of the first fields, by how many."""
        self.all = _All(width)
        """Every bit of the first fields, by how many."""
        self.periods = 0
        self.guards = 0
        self.lifts = _Lifts(self)
        """What sets the guard of every field that holds more than the key."""
        self.reach(64)

    def reach(self, end: int) -> None:
        """Grows to as many periods at least."""
        if end > self.periods:
            self.periods = max(end, self.periods * 5 // 4)
            self.guards = self.ones[self.periods] << self.width - 1
            self.lifts = _Lifts(self)


class _Ones(dict[int, int]):
    def __init__(self, width: int) -> None:
        self.width = width

    def __missing__(self, length: int) -> int:
        self[length] = ((1 << length * self.width) - 1) // ((1 << self.width) - 1)
        return self[length]


class _All(dict[int, int]):
    def __init__(self, width: int) -> None:
        self.width = width

    def __missing__(self, length: int) -> int:
        found = (1 << length * self.width) - 1
        if length <= WINDOW:  # long ones are many, and soon made
            self[length] = found
        return found


class _Lifts(dict[int, int]):
    def __init__(self, ruler: Ruler) -> None:
        self.ruler = ruler

    def __missing__(self, room: int) -> int:
        highest = (1 << self.ruler.width - 1) - 1
        self[room] = (highest - room) * self.ruler.ones[self.ruler.periods]
        return self[room]


class Profile:
    """What is taken of every resource."""

    def __init__(self, fields: Fields) -> None:
        self.ruler, self.width = fields.ruler, fields.ruler.width
        self.used = [0] * fields.resources

    def take(self, needs: Needs, start: int, end: int) -> None:
        """Takes it from `start` to `end`."""
        if end > self.ruler.periods:
            self.ruler.reach(end)
        stretch = self.ruler.ones[end - start] << start * self.width
        for resource, amount, _ in needs:
            self.used[resource] += amount * stretch

    def fits(self, needs: Needs, start: int, end: int) -> bool:
        """Whether there is enough from `start` to `end`."""
        return not self._blocked(needs, start, end - start)

    def first(self, needs: Needs, span: Span, ready: int) -> int:
        """The first start from `ready` on from which there is enough until the end."""
        at, window = ready, WINDOW
        while at < self.ruler.periods:
            periods = min(window, self.ruler.periods - at)
            found = self._first(needs, span, at, periods)
            if found < at + periods and (span.end(found) <= at + periods or periods < window):
                return found
            at, window = found, window * 2
        return at

    def _first(self, needs: Needs, span: Span, at: int, periods: int) -> int:
        """The first start of so many from there on from which nothing is blocked within them, if any."""
        blocked, width = self._blocked(needs, at, periods), self.width
        if not blocked:
            return at
        until = at + periods
        free = self._spread(blocked, span.shortest) ^ self.ruler.guards & self.ruler.all[periods]
        while free:
            ahead = ((free & -free).bit_length() - 1) // width
            at += ahead
            blocked >>= ahead * width
            hit = blocked & self.ruler.all[span.end(at) - at]
            if not hit:
                return at
            step = (hit.bit_length() - 1) // width + 1
            at += step
            blocked >>= step * width
            free >>= (ahead + step) * width
        return until

    def last(self, needs: Needs, length: int, limit: int) -> int:
        """The last start from which there is enough for so many periods, up to `limit` at the latest."""
        self.ruler.reach(limit + 1)
        free = self._spread(self._blocked(needs, 0, limit), length) ^ self.ruler.guards
        return ((free & self.ruler.all[limit - length + 1]).bit_length() - 1) // self.width

    def _blocked(self, needs: Needs, since: int, periods: int) -> int:
        """The guards of those of so many periods from `since` on in which there is not enough."""
        shift, blocked, used, lifts = since * self.width, 0, self.used, self.ruler.lifts
        seen = self.ruler.all[periods]
        for resource, _, room in needs:
            blocked |= (used[resource] >> shift & seen) + (lifts[room] & seen)
        return blocked & self.ruler.guards & seen

    def _spread(self, blocked: int, length: int) -> int:
        """The guards of the periods from which a stretch of that length meets one that is blocked."""
        if not length:
            return 0
        done = 1
        while 2 * done <= length:
            blocked |= blocked >> done * self.width
            done *= 2
        return blocked | blocked >> (length - done) * self.width if length > done else blocked
