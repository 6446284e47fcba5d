"""A timetable that no real one beats: every resource does one activity at a time, interrupted at will.

A resource may work on an activity with all that it has, and leave it for another; what it gets done in a
period is what its calendar allows. The least weighted sum of mean moments, when that work is done, is then
reached by weight over work among what may begin (Goemans, Queyranne, Schulz, Skutella, Wang, "Single
machine scheduling with release dates", SIAM J. Discrete Math. 15, 2002; the exchange of two pieces of work
that proves it needs no more than that time goes on, so it holds for any calendar). In any real timetable an
activity ends some time after its mean moment, and starts some time before it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from cxengine.planning.scheduling.clock import Clock
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.span import Span


@attrs.frozen
class Shape:
    """How an activity does its work in one of its ways, wherever it starts."""

    work: int
    """What it does at least, rounded up to the periods that it keeps."""
    lead: float
    """Periods from its start to the mean moment of its work, at least."""
    lag: float
    """Periods from there to its end, at least."""

    @classmethod
    def of(cls, span: Span, pace: Sequence[int]) -> Shape:
        """The shape of an activity with that span at that pace."""
        last = len(span.ends)
        until = np.array((*span.ends, last + span.then))
        paces = np.array((*pace, *[pace[-1]] * (last + span.then - len(pace))))
        done = np.concatenate(([0], np.cumsum(paces)))
        moments = np.concatenate(([0], np.cumsum(paces * (2 * np.arange(len(paces)) + 1))))
        starts = np.arange(last + 1)
        did, twice = done[until] - done[starts], moments[until] - moments[starts]
        if not did.min():
            return cls(0, 0.0, float(span.shortest))
        middle = twice / (2 * did)
        return cls(int(did.min()), float((middle - starts).min()), float((until - middle).min()))


class Relaxation:
    """The relaxation of an instance, for any weights."""

    def __init__(self, problem: Instance) -> None:
        self.problem = problem
        scales = self._scales()
        self.loads: list[dict[int, int]] = [{} for _ in problem.capacities]
        """What each resource has to do for every activity that uses it."""
        self.leads, self.lags = list[float](), list[float]()
        shapes: dict[tuple[int, int], Shape] = {}
        for j, pace in enumerate(problem.paces):
            ways = [(problem.spans[j], problem.demands[j]), *problem.slower[j]]
            for span, _ in ways:
                if (id(span), id(pace)) not in shapes:
                    shapes[id(span), id(pace)] = Shape.of(span, pace)
            own = [shapes[id(span), id(pace)] for span, _ in ways]
            for resource, _ in problem.demands[j]:
                least = min(dict(d).get(resource, 0) * s.work for (_, d), s in zip(ways, own, strict=True))
                if least:
                    self.loads[resource][j] = least * scales[resource] // max(pace)
            self.leads.append(min(shape.lead for shape in own))
            self.lags.append(min(shape.lag for shape in own))
        self.clocks = [self._clock(resource, scale) for resource, scale in enumerate(scales)]
        self._jobs = self._assigned()
        self.groups = [[j for _, _, j in jobs] for jobs in self._jobs]
        """The activities that each resource does."""
        self.free = sorted(set(range(problem.size)).difference(*self.groups))
        """Those that use nothing."""

    def _scales(self) -> list[int]:
        """A common multiple of the greatest paces at which each resource works."""
        found = [1] * len(self.problem.capacities)
        for pace, demands in zip(self.problem.paces, self.problem.demands, strict=True):
            for resource, _ in demands:
                found[resource] = math.lcm(found[resource], max(pace))
        return found

    def _clock(self, resource: int, scale: int) -> Clock:
        """What the resource gets done, where in every period the fastest of its calendars holds."""
        used = {self.problem.paces[j] for j in self.loads[resource]}
        longest = max(map(len, used), default=1)
        paces = [[p * scale // max(pace) for p in pace] for pace in sorted(used)] or [[1]]
        fastest = [max(p[min(t, len(p) - 1)] for p in paces) for t in range(longest)]
        return Clock([self.problem.capacities[resource] * p for p in fastest])

    def _assigned(self) -> list[list[tuple[int, int, int]]]:
        """Release, work and number of the activities of each resource: the busiest that they use."""
        after = [
            clock.period(sum(load.values())) for clock, load in zip(self.clocks, self.loads, strict=True)
        ]
        jobs: list[list[tuple[int, int, int]]] = [[] for _ in self.loads]
        for j, head in enumerate(self.problem.heads):
            uses = [r for r, load in enumerate(self.loads) if j in load]
            if uses:
                busiest = max(uses, key=lambda r: (after[r], -r))
                jobs[busiest].append((self.clocks[busiest].done(head), self.loads[busiest][j], j))
        return [sorted(some) for some in jobs]

    def lengths(self) -> Iterator[int]:
        """What no timetable is shorter than, by resource."""
        heads, tails = self.problem.heads, self.problem.tails
        for load, clock in zip(self.loads, self.clocks, strict=True):
            if load:
                before = clock.done(min(heads[j] for j in load))
                yield clock.period(before + sum(load.values())) + min(tails[j] for j in load)

    def moments(self, weights: Sequence[float]) -> list[float]:
        """The mean moment of every activity where the weighted sum of them is least.

        What uses nothing counts from its start on. Weights must not be negative.
        """
        found = [float(head) for head in self.problem.heads]
        for jobs, clock in zip(self._jobs, self.clocks, strict=True):
            _by_weight_over_work(jobs, clock, weights, found)
        return found


def _by_weight_over_work(
    jobs: Sequence[tuple[int, int, int]], clock: Clock, weights: Sequence[float], found: list[float]
) -> None:
    """One resource, always at what has most weight over work of what may begin."""
    left = {j: work for _, work, j in jobs}
    twice = dict.fromkeys(left, 0)
    ready: list[tuple[float, int]] = []
    now = since = index = 0
    while ready or index < len(jobs):
        if not ready:
            now = max(now, jobs[index][0])
            since = clock.moments(now)
        while index < len(jobs) and jobs[index][0] <= now:
            _, work, j = jobs[index]
            heapq.heappush(ready, (-weights[j] / work, j))
            index += 1
        j = ready[0][1]
        until = now + left[j]
        if index < len(jobs):
            until = min(until, jobs[index][0])
        moments = clock.moments(until)
        twice[j] += moments - since
        left[j] -= until - now
        now, since = until, moments
        if not left[j]:
            heapq.heappop(ready)
    for _, work, j in jobs:
        found[j] = twice[j] / (2 * work)
