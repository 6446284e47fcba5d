"""Local search over orders: activities take another turn at a resource, with what stands in their way."""

from __future__ import annotations

import random

from cxengine.planning.scheduling.changing import Changing
from cxengine.planning.scheduling.generation import Tally
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.search import Found, assessed

REACH = 4.0
"""Turns that an activity is moved on average."""
TOGETHER = 8
"""No more activities take another turn at once."""
HEAT = 0.003
"""Share of what an activity costs on average that a timetable may cost more, at first, on average."""
PATIENCE = 2000
"""Places that are looked for without success, times the number of activities, before the search gives up."""
_NARROW = 1e-6
"""Keys that are closer than that are spread out again."""


class Reordering:
    """Local search that remembers the dice between its turns."""

    def __init__(self, problem: Instance, prices: Prices, rng: random.Random) -> None:
        self.problem, self.prices, self.rng = problem, prices, rng
        self.tally = Tally()

    def improved(self, found: Found, least: int, looks: int) -> Found:
        """The best timetable met while looking for that many places; none is below `least`.

        An activity is moved some turns at the resource that most others use, and with it what it requires, or
        what requires it, where that would be in its way. A timetable that costs more is accepted now and
        then: the less more it costs, and the earlier in the search, the more often (Kirkpatrick, Gelatt,
        Vecchi, "Optimization by simulated annealing", Science 220, 1983).
        """
        self.tally.looks = last = 0
        order = sorted(range(self.problem.size), key=lambda j: (found.starts[j], j))
        kept, best = found.fixed(self.problem), found
        now = Changing(self.problem, self.prices, order, tally=self.tally, kept=kept)
        movable = [j for j, users in enumerate(now.resources) if users and self.problem.fixed[j] is None]
        while movable and self.tally.looks < looks and best.cost > least:
            if self.tally.looks - last > PATIENCE * self.problem.size:
                break
            self.tally.looks += 1
            allowed = self._allowed(now.cost, 1 - self.tally.looks / looks)
            keys = self._keys(now, self.rng.choice(movable))
            change = now.changed(keys, allowed=allowed) if keys else None
            if change is not None and change.cost <= now.cost + allowed:
                now.accept(change)
            if now.cost < best.cost:
                best, last = assessed(self.problem, self.prices, now.laid), self.tally.looks
        return best

    def _allowed(self, cost: int, left: float) -> float:
        """By how much a timetable may cost more."""
        return HEAT * cost / self.problem.size * left * self.rng.expovariate(1)

    def _keys(self, now: Changing, j: int) -> dict[int, float]:
        """Keys that let it and what stands in its way take another turn; none where that is too much."""
        resource = max(now.resources[j], key=lambda r: (len(now.users[r]), -r))
        users, here = now.users[resource], now.turns[resource][j]
        there = here + (1 + int(self.rng.expovariate(1 / REACH))) * self.rng.choice((-1, 1))
        there = min(max(there, 0), len(users) - 1)
        if there == here:
            return {}
        low = now.keys[users[there - (there < here)]] if there > 0 else now.keys[users[0]] - 1
        high = now.keys[users[there + (there > here)]] if there + 1 < len(users) else now.keys[users[-1]] + 1
        if high - low < _NARROW:
            now.spread()
            return {}
        moved = self._in_the_way(now, j, low if there < here else high, earlier=there < here)
        step = (high - low) / (len(moved) + 1)
        return {i: low + step * (n + 1) for n, i in enumerate(moved)}

    def _in_the_way(self, now: Changing, j: int, key: float, *, earlier: bool) -> list[int]:
        """The activity and what comes before it, or after it, and has to move with it, in order."""
        links = self.problem.before if earlier else self.problem.after
        found, pending = {j}, [j]
        while pending and len(found) <= TOGETHER:
            for i in links[pending.pop()]:
                apart = now.keys[i] > key if earlier else now.keys[i] < key
                if apart and i not in found and self.problem.fixed[i] is None:
                    found.add(i)
                    pending.append(i)
        return sorted(found, key=lambda i: (now.keys[i], i)) if len(found) <= TOGETHER else []
