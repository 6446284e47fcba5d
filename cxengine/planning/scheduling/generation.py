"""From an order to a timetable: serial schedule generation, forwards and backwards.

Serial schedule generation places activities one after another, each as early as what it requires and the
capacities allow (Kolisch, "Serial and parallel resource-constrained project scheduling methods revisited",
EJOR 90, 1996). Every order gives a timetable in which nothing can start earlier without something else
starting later, and for every regular objective some order gives an optimal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import attrs

from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.profile import Profile

NOTHING: Mapping[int, tuple[int, int]] = MappingProxyType({})


class Tally:
    """Counts the places that are looked at: what search costs, the same on every machine."""

    def __init__(self) -> None:
        self.looks = 0


@attrs.frozen
class Laid:
    """Where activities are placed, by index: start, way and completion; -1 where one has no place."""

    starts: tuple[int, ...]
    ways: tuple[int, ...]
    done: tuple[int, ...]


class _Laying:
    """A timetable in the making."""

    def __init__(self, problem: Instance, kept: Mapping[int, tuple[int, int]], tally: Tally) -> None:
        self.problem, self.tally = problem, tally
        self.needs = problem.fields.needs
        self.profile = Profile(problem.fields)
        self.starts = [-1] * problem.size
        self.ways = [0] * problem.size
        self.done = [0] * problem.size
        for j, (start, way) in kept.items():
            self.take(j, start, way)
        for j, fixed in enumerate(problem.fixed):
            if fixed is not None and j not in kept:
                self.take(j, fixed, self._way_at(j, fixed))

    def take(self, j: int, start: int, way: int) -> None:
        span = self.problem.in_way(j, way)[0]
        self.starts[j], self.ways[j], self.done[j] = start, way, span.completion(start)
        self.profile.take(self.needs[j][way], start, span.end(start))

    def _way_at(self, j: int, start: int) -> int:
        """The first way that fits at a start that is fixed; the quickest where none does."""
        for way, needs in enumerate(self.needs[j]):
            if self.profile.fits(needs, start, self.problem.in_way(j, way)[0].end(start)):
                return way
        return 0

    def ready(self, j: int) -> int:
        ready = self.problem.heads[j]
        for p in self.problem.before[j]:
            ready = max(ready, self.done[p])
        return ready

    def best(self, j: int) -> tuple[int, int]:
        return best_place(self.problem, self.profile, j, self.ready(j), self.tally)

    def laid(self) -> Laid:
        return Laid(tuple(self.starts), tuple(self.ways), tuple(self.done))


def best_place(
    problem: Instance, profile: Profile, j: int, ready: int, tally: Tally, *, since: int = 0
) -> tuple[int, int]:
    """The start, from `ready` on, and the way in which an activity is completed first.

    Where it is known that it fits nowhere before `since`, that is not looked at.
    """
    needs, quickest, since = problem.fields.needs[j], problem.spans[j], max(ready, since)
    start, way = profile.first(needs[0], quickest, since), 0
    tally.looks += 1
    if start > ready and problem.slower[j]:
        completed = quickest.completion(start)
        for number, (span, _) in enumerate(problem.slower[j], 1):
            if span.completion(since) < completed:
                other = profile.first(needs[number], span, since)
                tally.looks += 1
                if span.completion(other) < completed:
                    start, way, completed = other, number, span.completion(other)
    return start, way


def generate(
    problem: Instance,
    order: Iterable[int],
    *,
    kept: Mapping[int, tuple[int, int]] = NOTHING,
    tally: Tally | None = None,
) -> Laid:
    """Where activities are placed in that order, each in the way in which it is completed first.

    An activity is placed after everything it requires, which thereby comes forward in the order. Those
    `kept` at a start in a way are placed first, with everything they require; so are those with a fixed
    start.
    """
    laying = _Laying(problem, kept, tally or Tally())
    for wanted in order:
        if laying.starts[wanted] < 0:
            for j in _needed(problem, wanted, laying.starts):
                laying.take(j, *laying.best(j))
    return laying.laid()


def filled(problem: Instance, kept: Mapping[int, tuple[int, int]], until: int) -> Laid:
    """The activities kept where they are, and what else can be completed by then, in the given order."""
    laying = _Laying(attrs.evolve(problem, fixed=(None,) * problem.size), kept, Tally())
    for wanted in problem.given:
        for j in _needed(problem, wanted, laying.starts):
            if any(laying.starts[p] < 0 for p in problem.before[j]) or problem.fixed[j] is not None:
                continue
            start, way = laying.best(j)
            if problem.in_way(j, way)[0].completion(start) <= until:
                laying.take(j, start, way)
    return laying.laid()


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


def ends(problem: Instance, starts: Sequence[int]) -> list[int]:
    """The end of every activity, in its quickest way."""
    return [span.end(start) for span, start in zip(problem.spans, starts, strict=True)]


def completions(problem: Instance, starts: Sequence[int]) -> list[int]:
    """When every activity is completed, in its quickest way."""
    return [span.completion(start) for span, start in zip(problem.spans, starts, strict=True)]


def justified(problem: Instance, starts: Sequence[int], tally: Tally | None = None) -> Laid:
    """The timetable pushed to the right as far as it goes and back to the left.

    Double justification (Valls, Ballestin, Quintanilla, "Justification and RCPSP: a technique that pays",
    EJOR 165, 2005) never makes the whole longer and often makes it shorter. Only where every activity lasts
    as long whenever it starts, in one way.
    """
    until = ends(problem, starts)
    last, profile = max(until), Profile(problem.fields)
    late = [0] * problem.size
    for j in sorted(range(problem.size), key=lambda j: (-until[j], -j)):
        duration, needs = problem.spans[j].then, problem.fields.needs[j][0]
        late[j] = profile.last(needs, duration, min([last, *(late[s] for s in problem.after[j])]))
        profile.take(needs, late[j], late[j] + duration)
    return generate(problem, sorted(range(problem.size), key=lambda j: (late[j], j)), tally=tally)
