"""When work gets done: time measured by what a resource gets done in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Clock:
    """A resource that gets so much done in period 0, 1, ...; the last entry holds for ever after."""

    def __init__(self, pace: Sequence[int]) -> None:
        self._pace = pace[-1]
        self._done = [0, *accumulate(pace)]
        self._moments = [0, *accumulate(work * (2 * t + 1) for t, work in enumerate(pace))]

    def done(self, period: int) -> int:
        """What can be done before that period."""
        last = len(self._done) - 1
        return self._done[period] if period <= last else self._done[last] + (period - last) * self._pace

    def period(self, work: int) -> int:
        """The first period before which so much can be done."""
        last = len(self._done) - 1
        if work <= self._done[last]:
            return bisect_left(self._done, work)
        return last - (self._done[last] - work) // self._pace

    def moments(self, work: int) -> int:
        """The middles of the periods in which the first so much is done, added up over all of it, twice."""
        t = bisect_right(self._done, work) - 1
        last = len(self._done) - 1
        if t < last:
            return self._moments[t] + (work - self._done[t]) * (2 * t + 1)
        more, rest = divmod(work - self._done[last], self._pace)
        whole = self._moments[last] + self._pace * more * (2 * last + more)
        return whole + rest * (2 * (last + more) + 1)
