"""From an order to a timetable: serial schedule generation, forwards and backwards.

Serial schedule generation places activities one after another, each as early as what it requires and the
capacities allow (Kolisch, "Serial and parallel resource-constrained project scheduling methods revisited",
EJOR 90, 1996). Every order gives a timetable in which nothing can start earlier without something else
starting later, and for every regular objective some order gives an optimal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from cxengine.planning.scheduling.problem import Instance

NOTHING: Mapping[int, int] = MappingProxyType({})


class Tally:
    """Counts the places that are looked at: what search costs, the same on every machine."""

    def __init__(self) -> None:
        self.looks = 0


def generate(
    problem: Instance,
    order: Iterable[int],
    *,
    kept: Mapping[int, int] = NOTHING,
    tally: Tally | None = None,
) -> list[int]:
    """The start of every activity when they are placed in that order.

    An activity is placed after everything it requires, which thereby comes forward in the order. Activities
    with a fixed start keep it and are placed first; so are those `kept` at their starts, with everything
    they require.
    """
    free = [[c] * problem.horizon for c in problem.capacities]
    starts = [-1] * problem.size
    done = [0] * problem.size
    tally = tally or Tally()
    fixed = {j: start for j, start in enumerate(problem.fixed) if start is not None}
    for j, start in {**kept, **fixed}.items():
        starts[j], done[j] = start, problem.spans[j].completion(start)
        _take(free, problem.demands[j], start, problem.spans[j].end(start))
    for wanted in order:
        for j in _needed(problem, wanted, starts):
            ready = problem.heads[j]
            for p in problem.before[j]:
                ready = max(ready, done[p])
            starts[j] = _place(problem, j, ready, free, tally)
            done[j] = problem.spans[j].completion(starts[j])
    return starts


def filled(problem: Instance, kept: Mapping[int, int], until: int) -> dict[int, int]:
    """The activities kept at their starts, and what else can be completed by then, in the given order."""
    free = [[c] * (problem.horizon + until) for c in problem.capacities]
    starts = [-1] * problem.size
    done = [0] * problem.size
    for j, start in kept.items():
        starts[j], done[j] = start, problem.spans[j].completion(start)
        _take(free, problem.demands[j], start, problem.spans[j].end(start))
    for wanted in problem.given:
        for j in _needed(problem, wanted, starts):
            if any(starts[p] < 0 for p in problem.before[j]) or problem.fixed[j] is not None:
                continue
            ready = max([problem.heads[j], *(done[p] for p in problem.before[j])])
            start = _stretch(problem, j, ready, free, Tally())
            if problem.spans[j].completion(start) <= until:
                starts[j], done[j] = start, problem.spans[j].completion(start)
                _take(free, problem.demands[j], start, problem.spans[j].end(start))
    return {j: start for j, start in enumerate(starts) if start >= 0}


def _needed(problem: Instance, wanted: int, starts: Sequence[int]) -> list[int]:
    """What has to be placed so that the wanted activity is, in an order that can be followed."""
    if starts[wanted] >= 0:
        return []
    if all(starts[p] >= 0 for p in problem.before[wanted]):
        return [wanted]
    found, seen, pending = list[int](), set[int](), [wanted]
    while pending:
        j = pending[-1]
        missing = [p for p in problem.before[j] if starts[p] < 0 and p not in seen]
        if missing:
            pending += missing
            continue
        pending.pop()
        if j not in seen:
            seen.add(j)
            found.append(j)
    return found


def _place(problem: Instance, j: int, ready: int, free: list[list[int]], tally: Tally) -> int:
    """The first stretch from `ready` on in which every resource has enough left; it is taken."""
    start = _stretch(problem, j, ready, free, tally)
    _take(free, problem.demands[j], start, problem.spans[j].end(start))
    return start


def _stretch(problem: Instance, j: int, ready: int, free: list[list[int]], tally: Tally) -> int:
    """The start of the first stretch from `ready` on in which every resource has enough left."""
    span, demands = problem.spans[j], problem.demands[j]
    start = ready
    while True:
        end = span.end(start)
        if end > problem.horizon:
            for row, capacity in zip(free, problem.capacities, strict=True):
                row.extend([capacity] * (end - len(row)))
        tally.looks += 1
        blocked = _last_blocked(free, demands, start, end)
        if blocked < 0:
            return start
        start = blocked + 1


def _last_blocked(free: list[list[int]], demands: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """The last period of the stretch in which some resource has too little left; -1 where there is none."""
    for resource, amount in demands:
        row = free[resource]
        if start < end and min(row[start:end]) < amount:
            return next(period for period in range(end - 1, start - 1, -1) if row[period] < amount)
    return -1


def _take(free: list[list[int]], demands: Sequence[tuple[int, int]], start: int, end: int) -> None:
    for resource, amount in demands:
        row = free[resource]
        row[start:end] = [left - amount for left in row[start:end]]


def ends(problem: Instance, starts: Sequence[int]) -> list[int]:
    """The end of every activity."""
    return [span.end(start) for span, start in zip(problem.spans, starts, strict=True)]


def completions(problem: Instance, starts: Sequence[int]) -> list[int]:
    """When every activity is completed."""
    return [span.completion(start) for span, start in zip(problem.spans, starts, strict=True)]


def justified(problem: Instance, starts: Sequence[int], tally: Tally | None = None) -> list[int]:
    """The timetable pushed to the right as far as it goes and back to the left.

    Double justification (Valls, Ballestin, Quintanilla, "Justification and RCPSP: a technique that pays",
    EJOR 165, 2005) never makes the whole longer and often makes it shorter. Only where every activity lasts
    as long whenever it starts.
    """
    until = ends(problem, starts)
    last = max(until)
    free = [[c] * last for c in problem.capacities]
    late = [0] * problem.size
    for j in sorted(range(problem.size), key=lambda j: (-until[j], -j)):
        duration = problem.spans[j].then
        end = min([last, *(late[s] for s in problem.after[j])])
        while True:
            blocked = _first_blocked(free, problem.demands[j], end - duration, end)
            if blocked < 0:
                break
            end = blocked
        late[j] = end - duration
        _take(free, problem.demands[j], late[j], end)
    return generate(problem, sorted(range(problem.size), key=lambda j: (late[j], j)), tally=tally)


def _first_blocked(free: list[list[int]], demands: Sequence[tuple[int, int]], start: int, end: int) -> int:
    for resource, amount in demands:
        row = free[resource]
        if start < end and min(row[start:end]) < amount:
            return next(period for period in range(start, end) if row[period] < amount)
    return -1
