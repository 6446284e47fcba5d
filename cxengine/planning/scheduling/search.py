"""Timetables to begin with, and local search for the length: move activities, justify, keep the not worse."""

from __future__ import annotations

import random

import attrs

from cxengine.planning.scheduling.generation import Laid, Tally, generate, justified
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.priorities import orders
from cxengine.planning.scheduling.problem import Instance

KEPT = 8
"""Activities that stay where they are cost as much as looking for one place."""


@attrs.frozen
class Found:
    """A timetable by index: starts and ways; and its cost."""

    starts: tuple[int, ...]
    ways: tuple[int, ...]
    cost: int

    def fixed(self, problem: Instance) -> dict[int, tuple[int, int]]:
        """Start and way of the activities with a fixed start: so they leave room for each other."""
        return {j: (self.starts[j], self.ways[j]) for j, s in enumerate(problem.fixed) if s is not None}


def assessed(problem: Instance, prices: Prices, laid: Laid) -> Found:
    """The timetable with its cost."""
    return Found(laid.starts, laid.ways, prices.cost(problem, laid.done))


def first(problem: Instance) -> Laid:
    """A timetable to set the scale: activities in the order in which they can be done at all."""
    return generate(problem, range(problem.size))


def constructed(problem: Instance, prices: Prices) -> Found:
    """The best timetable that a priority rule gives."""
    found = [assessed(problem, prices, generate(problem, order)) for order in orders(problem)]
    return min(found, key=lambda f: (f.cost, f.starts))


class Justification:
    """Local search for the shortest timetable, where activities last as long whenever they start, in one way.

    It never gives up: what looks like a dead end is most often a plateau.
    """

    def __init__(self, problem: Instance, prices: Prices, rng: random.Random) -> None:
        self.problem, self.prices, self.rng = problem, prices, rng
        self.tally = Tally()

    def improved(self, found: Found, least: int, looks: int) -> Found:
        """The best timetable met while looking for that many places; none is below `least`.

        A round moves one to three activities to other places in the order of starts and justifies the
        timetable. Equal cost is accepted, so that plateaus are crossed, and now and then a higher one.
        """
        best = current = found
        self.tally.looks = 0
        while self.tally.looks < looks and best.cost > least and self.problem.size > 1:
            attempt = self._neighbour(current)
            if attempt.cost <= current.cost or self.rng.random() < 0.01:
                current = attempt
            best = min(best, current, key=lambda f: f.cost)
        return best

    def _neighbour(self, current: Found) -> Found:
        order = sorted(range(self.problem.size), key=lambda j: (current.starts[j], j))
        since = min(_move(order, self.rng) for _ in range(self.rng.choice((1, 1, 2, 3))))
        self.tally.looks += 1 + since // KEPT
        kept = current.fixed(self.problem)
        kept |= {j: (current.starts[j], current.ways[j]) for j in order[:since]}
        laid = generate(self.problem, order, kept=kept, tally=self.tally)
        return assessed(self.problem, self.prices, justified(self.problem, laid.starts, self.tally))


def _move(order: list[int], rng: random.Random) -> int:
    """One activity to another place, most often a near one; the first place that changes."""
    here = rng.randrange(len(order))
    reach = max(2, int(rng.expovariate(4 / len(order))) + 2)
    there = min(max(here + rng.randint(-reach, reach), 0), len(order) - 1)
    order.insert(there, order.pop(here))
    return min(here, there)
