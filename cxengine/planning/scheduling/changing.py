"""A timetable that is changed bit by bit: what stays as it is costs nothing.

Activities are placed one after another in the order of their keys (serial schedule generation). When some
get other keys, only those are placed anew whose turn comes later and which need a resource that is used
otherwise by then, or wait for something that is completed at another time. It is known what was taken of a
resource before each of its activities, so that one that is used as before is left alone from there on.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

import attrs

from cxengine.planning.scheduling.generation import NOTHING, Laid, Tally, best_place, generate
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.profile import Profile

TAIL = 10
"""So many are placed anew after the last new key before a change that costs more is given up."""


@attrs.frozen
class Change:
    """Other keys, and what they lead to."""

    keys: Mapping[int, float]
    places: Mapping[int, tuple[int, int, int]]
    """Start, way and completion of every activity that is placed otherwise."""
    cost: int


class Changing:
    """A timetable and the order that it comes from; nothing comes before what it requires.

    What has a fixed start is `kept` in its way.
    """

    def __init__(
        self,
        problem: Instance,
        prices: Prices,
        order: Sequence[int],
        *,
        tally: Tally,
        kept: Mapping[int, tuple[int, int]] = NOTHING,
    ) -> None:
        self.problem, self.prices, self.tally = problem, prices, tally
        laid = generate(problem, order, kept=kept, tally=tally)
        self.starts, self.ways, self.done = list(laid.starts), list(laid.ways), list(laid.done)
        self.cost = prices.cost(problem, self.done)
        self.keys = [0.0] * problem.size
        for turn, j in enumerate(order):
            self.keys[j] = float(turn)
        self.resources = [
            tuple(sorted({r for needs in ways for r, _, _ in needs})) for ways in problem.fields.needs
        ]
        self.users: list[list[int]] = [[] for _ in problem.capacities]
        """Who uses each resource, in order, but those with a fixed start, which come before all."""
        self.taken: list[list[int]] = [[] for _ in problem.capacities]
        """What was taken of the resource before each of them, and in the end."""
        self.turns: list[dict[int, int]] = [{} for _ in problem.capacities]
        self.soonest: list[list[int]] = [[] for _ in problem.capacities]
        """The first start of any whose turn at the resource has not yet come."""
        self.longest = [
            max(problem.spans[j].longest, *(span.longest for span, _ in problem.slower[j]), 0)
            for j in range(problem.size)
        ]
        """Periods from the start of each to its completion, at most."""
        agreed = Profile(problem.fields)
        for j, start in enumerate(problem.fixed):
            if start is None:
                for r in self.resources[j]:
                    self.users[r].append(j)
            else:
                needs, span = problem.fields.needs[j][self.ways[j]], problem.in_way(j, self.ways[j])[0]
                agreed.take(needs, start, span.end(start))
        self._agreed = agreed.used
        self.scratch = Profile(problem.fields)
        for r in range(len(problem.capacities)):
            self._count(r)

    @property
    def laid(self) -> Laid:
        """The timetable as it is."""
        return Laid(tuple(self.starts), tuple(self.ways), tuple(self.done))

    def changed(self, keys: Mapping[int, float], *, allowed: float = math.inf) -> Change | None:
        """What comes of other keys for some activities, none of which has a fixed start.

        None where it soon turns out to cost more than is allowed. Nothing may come before what it requires;
        of equal keys, those of lower index come first.
        """
        keys = {j: key for j, key in keys.items() if key != self.keys[j]}
        attempt = _Attempt(self, keys)
        if not attempt.succeeds(allowed):
            return None
        return Change(keys, attempt.places, self._cost(attempt.places))

    def accept(self, change: Change) -> None:
        """Makes a change, which must be one of the timetable as it is."""
        for j, key in change.keys.items():
            self.keys[j] = key
        for j, (start, way, done) in change.places.items():
            self.starts[j], self.ways[j], self.done[j] = start, way, done
        self.cost = change.cost
        for r in sorted({r for j in (*change.keys, *change.places) for r in self.resources[j]}):
            self._count(r)

    def spread(self) -> None:
        """Spreads the keys out; the order stays."""
        for turn, j in enumerate(sorted(range(self.problem.size), key=self._turn)):
            self.keys[j] = float(turn)

    def _count(self, resource: int) -> None:
        """What was taken of a resource before each of those that use it."""
        users = sorted(self.users[resource], key=self._turn)
        used, taken = self._agreed[resource], list[int]()
        scratch, needs = self.scratch, self.problem.fields.needs
        for j in users:
            taken.append(used)
            start, way = self.starts[j], self.ways[j]
            scratch.used[resource] = used
            scratch.take(needs[j][way], start, self.problem.in_way(j, way)[0].end(start))
            used = scratch.used[resource]
        self.users[resource], self.taken[resource] = users, [*taken, used]
        self.turns[resource] = {j: turn for turn, j in enumerate(users)}
        starts = (self.starts[j] for j in reversed(users))
        self.soonest[resource] = [*accumulate(starts, min)][::-1]

    def _turn(self, j: int) -> tuple[float, int]:
        return self.keys[j], j

    def turn(self, resource: int, key: float, j: int) -> int:
        """Whose turn comes at a resource where an activity with that key would be."""
        return bisect_right(self.users[resource], (key, j), key=self._turn)

    def dearer(self, j: int, done: int) -> int:
        """What an activity costs more than now when it is completed then."""
        prices, problem = self.prices, self.problem
        return prices.of_one(problem, j, done) - prices.of_one(problem, j, self.done[j])

    def _cost(self, places: Mapping[int, tuple[int, int, int]]) -> int:
        prices, cost = self.prices, self.cost
        for j, (_, _, done) in places.items():
            cost += self.dearer(j, done)
        return cost + prices.length * (self._length(places) - max(self.done))

    def _length(self, places: Mapping[int, tuple[int, int, int]]) -> int:
        return max(places[j][2] if j in places else done for j, done in enumerate(self.done))


class _Attempt:
    """Places anew what has to be."""

    def __init__(self, known: Changing, keys: Mapping[int, float]) -> None:
        self.known, self.keys = known, keys
        self.places: dict[int, tuple[int, int, int]] = {}
        self.used: dict[int, int] = {}
        """What is taken of the resources that are used otherwise by now."""
        self.since: dict[int, int] = {}
        """The first start of any whose turn came when that began."""
        self.pending = [(known.keys[j], j) for j in keys] + [(key, j) for j, key in keys.items()]
        heapq.heapify(self.pending)
        self.queued = set(keys)
        self.added = 0
        """What it costs more so far."""

    def succeeds(self, allowed: float) -> bool:
        """Goes on until nothing is left to place; False where it is given up, since it costs more."""
        known, keys = self.known, self.keys
        last = max((*keys.values(), *(known.keys[j] for j in keys)), default=0.0)
        after = 0
        while self.pending:
            key, j = heapq.heappop(self.pending)
            if key > last:
                after += 1
                if after > TAIL and self.added > allowed:
                    return False
            if j not in keys:
                self._place(j, [known.turns[r][j] for r in known.resources[j]], 1)
            elif key == keys[j]:
                self._place(j, [known.turn(r, key, j) for r in known.resources[j]], 0)
            else:
                for r in known.resources[j]:
                    turn = known.turns[r][j]
                    self._on(r, self.used.get(r, known.taken[r][turn]), turn + 1)
        return True

    def _place(self, j: int, turns: Sequence[int], step: int) -> None:
        known = self.known
        problem, profile, resources = known.problem, known.scratch, known.resources[j]
        for r, turn in zip(resources, turns, strict=True):
            profile.used[r] = self.used.get(r, known.taken[r][turn])
        ready, since = self._ready(j)
        start, way = best_place(problem, profile, j, ready, known.tally, since=since)
        span = problem.in_way(j, way)[0]
        profile.take(problem.fields.needs[j][way], start, span.end(start))
        if start != known.starts[j] or way != known.ways[j]:
            done = span.completion(start)
            self.places[j] = (start, way, done)
            if done != known.done[j]:
                self.added += known.dearer(j, done)
                for s in problem.after[j]:
                    if problem.fixed[s] is None:
                        self._queue(s)
        for r, turn in zip(resources, turns, strict=True):
            self._on(r, profile.used[r], turn + step)

    def _ready(self, j: int) -> tuple[int, int]:
        """From when on it may start, and from when on it is worth looking.

        What it found no place in, or was completed later in, was as full as now before any activity started
        that came after the change: so it does not end before that, unless it may start sooner than it might.
        """
        known, problem = self.known, self.known.problem
        ready = before = problem.heads[j]
        for p in problem.before[j]:
            before = max(before, known.done[p])
            ready = max(ready, self.places[p][2] if p in self.places else known.done[p])
        if ready < before or j in self.keys:
            return ready, ready
        since = min((self.since[r] for r in known.resources[j] if r in self.used), default=known.starts[j])
        return ready, since - known.longest[j]

    def _on(self, resource: int, used: int, turn: int) -> None:
        """Goes on with a resource of which so much is taken before that turn."""
        known = self.known
        if used == known.taken[resource][turn]:
            self.used.pop(resource, None)
        else:
            if resource not in self.used:
                self.since[resource] = known.soonest[resource][max(turn - 1, 0)]
            self.used[resource] = used
            if turn < len(known.users[resource]):
                self._queue(known.users[resource][turn])

    def _queue(self, j: int) -> None:
        if j not in self.queued:
            self.queued.add(j)
            heapq.heappush(self.pending, (self.known.keys[j], j))
