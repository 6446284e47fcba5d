"""What no timetable can beat, found without search."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence

import attrs

from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance


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


def bound(problem: Instance, prices: Prices) -> Bound:
    """What no timetable is below.

    The length is at least that of the longest chain, and of all work through each resource between the
    shortest head and the shortest tail around it. Every activity's delay is bounded on the busiest resource
    that it uses, by letting that resource work on one activity at a time with all its people, interrupted
    at will, by weight over work: such a schedule has the least weighted sum of mean busy times (Goemans,
    Queyranne, Schulz, Skutella, Wang, "Single machine scheduling with release dates", SIAM J. Discrete
    Math. 15, 2002), and an activity ends no earlier than half its length after its own. Calendars only make
    things later.
    """
    shortest = [span.shortest for span in problem.spans]
    least = [span.completion(head) for head, span in zip(problem.heads, problem.spans, strict=True)]
    length = max([0, *(end + tail for end, tail in zip(least, problem.tails, strict=True))])
    energies = [_energies(problem, r, shortest) for r in range(len(problem.capacities))]
    for used in energies:
        if used:
            head, tail = min(problem.heads[j] for j in used), min(problem.tails[j] for j in used)
            length = max(length, head + math.ceil(sum(used.values()) - 1e-9) + tail)
    late = sum(max(end - due, 0) for end, due in zip(least, problem.due, strict=True) if due is not None)
    delay = math.ceil(_delay(problem, prices, energies, shortest, least) - 1e-6)
    return Bound(delay, late, length)


def _energies(problem: Instance, resource: int, shortest: Sequence[int]) -> dict[int, float]:
    """Periods for which each activity would keep the whole of the resource busy."""
    return {
        j: shortest[j] * amount / problem.capacities[resource]
        for j, demands in enumerate(problem.demands)
        for used, amount in demands
        if used == resource and shortest[j]
    }


def _delay(
    problem: Instance,
    prices: Prices,
    energies: Sequence[Mapping[int, float]],
    shortest: Sequence[int],
    least: Sequence[int],
) -> float:
    load = [math.fsum(used.values()) for used in energies]
    own: list[dict[int, tuple[int, float, int]]] = [{} for _ in energies]
    total = 0.0
    for j, weight in enumerate(prices.delay):
        uses = [r for r, used in enumerate(energies) if j in used]
        if not weight or not uses:
            total += weight * least[j]
            continue
        busiest = max(uses, key=lambda r: (load[r], -r))
        own[busiest][j] = (problem.heads[j], energies[busiest][j], weight)
    for jobs in own:
        busy = _mean_busy_times(jobs)
        shared = math.fsum(weight * (busy[j] + shortest[j] / 2) for j, (_, _, weight) in jobs.items())
        alone = math.fsum(weight * least[j] for j, (_, _, weight) in jobs.items())
        total += max(shared, alone)
    return total


def _mean_busy_times(jobs: dict[int, tuple[int, float, int]]) -> dict[int, float]:
    """The mean busy time of each job (release, length, weight), preemptive, by weight over length."""
    waiting = sorted(jobs, key=lambda j: (jobs[j][0], j))
    left = {j: length for j, (_, length, _) in jobs.items()}
    moment = dict.fromkeys(jobs, 0.0)
    ready: list[tuple[float, int]] = []
    now, index = 0.0, 0
    while ready or index < len(waiting):
        if not ready:
            now = max(now, float(jobs[waiting[index]][0]))
        while index < len(waiting) and jobs[waiting[index]][0] <= now:
            j = waiting[index]
            heapq.heappush(ready, (-jobs[j][2] / jobs[j][1], j))
            index += 1
        _, j = ready[0]
        until = now + left[j]
        if index < len(waiting):
            until = min(until, float(jobs[waiting[index]][0]))
        moment[j] += (until - now) * (until + now) / 2
        left[j] -= until - now
        now = until
        if left[j] <= 1e-12:
            heapq.heappop(ready)
    return {j: moment[j] / length for j, (_, length, _) in jobs.items()}
