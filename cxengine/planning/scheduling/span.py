"""How long an activity lasts, and when it is released, by the period in which it starts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import count
from operator import sub

import attrs
import numpy as np


@attrs.frozen
class Span:
    """How long an activity lasts, by the period in which it starts."""

    ends: tuple[int, ...]
    """Its end when it starts in period 0, 1, ..., as long as the calendar changes."""
    then: int
    """Periods that it lasts when it starts later than that."""
    releases: tuple[int, ...] = ()
    """Its completion when it ends in period 0, 1, ...; later it is completed when it ends."""

    def completion(self, start: int) -> int:
        """When it is completed where it starts in that period."""
        end = self.end(start)
        return self.releases[end] if end < len(self.releases) else end

    @property
    def steady(self) -> bool:
        """Whether it lasts as long whenever it starts, and is completed when it ends."""
        return not self.ends and not self.releases

    def end(self, start: int) -> int:
        """The end when it starts in that period."""
        return self.ends[start] if start < len(self.ends) else start + self.then

    @cached_property
    def shortest(self) -> int:
        """Periods that it lasts at least."""
        return min(self.then, *map(sub, self.ends, count())) if self.ends else self.then

    @cached_property
    def longest(self) -> int:
        """Periods from its start to its completion, at most."""
        lasts = max(self.then, *map(sub, self.ends, count())) if self.ends else self.then
        return lasts + max((until - end for end, until in enumerate(self.releases)), default=0)


def releases(window: Sequence[bool]) -> tuple[int, ...]:
    """The completion of what ends in period 0, 1, ...: the end of the next period of the window."""
    found, following = [], len(window) + 1
    for end in range(len(window), 0, -1):
        following = end if window[end - 1] else following
        found.append(following)
    return (0, *reversed(found))


def span_of(pace: tuple[int, ...], work: int, least: int) -> Span:
    """The span of that much work at a pace of so much in period 0, 1, ..., of so many periods at least."""
    then = max(-(-work // pace[-1]), least)
    if len(set(pace)) == 1:
        return Span((), then)
    done = np.cumsum((0, *pace, *[pace[-1]] * then))
    starts = np.arange(len(pace))
    worked = np.searchsorted(done, done[: len(pace)] + work)
    return Span(tuple(np.maximum(worked, starts + least).tolist()), then)
