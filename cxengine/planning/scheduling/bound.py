"""What no timetable can beat, found without search."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.relaxation import Relaxation

ROUNDING = 1e-12
"""More than what sums of floating-point numbers lose of their size."""


@attrs.frozen
class Bound:
    """What no timetable is below, in each of the things that cost."""

    delay: int
    tardiness: int
    """Periods."""
    length: int

    def cost(self, prices: Prices) -> int:
        """A cost that no timetable is below."""
        return self.delay + prices.tardy * self.tardiness + prices.length * self.length


def bound(problem: Instance, prices: Prices, relaxation: Relaxation | None = None) -> Bound:
    """What no timetable is below.

    The length is at least that of the longest chain, and of all work through each resource between the
    shortest head and the shortest tail around it. Delay is that of the relaxation, in which each resource
    does one activity at a time, or of the chains.
    """
    relaxed = relaxation or Relaxation(problem)
    least = [span.completion(head) for head, span in zip(problem.heads, problem.spans, strict=True)]
    length = max([0, *(end + tail for end, tail in zip(least, problem.tails, strict=True))])
    length = max([length, *relaxed.lengths()])
    late = sum(max(end - due, 0) for end, due in zip(least, problem.due, strict=True) if due is not None)
    return Bound(_delay(prices, relaxed, least), late, length)


def _delay(prices: Prices, relaxed: Relaxation, least: Sequence[int]) -> int:
    moments = relaxed.moments(prices.delay)
    total = sum(prices.delay[j] * least[j] for j in relaxed.free)
    for group in relaxed.groups:
        alone = sum(prices.delay[j] * least[j] for j in group)
        shared = math.fsum(prices.delay[j] * (moments[j] + relaxed.lags[j]) for j in group)
        total += max(alone, whole(shared))
    return total


def whole(delay: float) -> int:
    """The least whole number that a sum which is rounded somehow can stand for."""
    return math.ceil(delay * (1 - ROUNDING) - 1e-6)
