"""The whole search: construct, improve, solve parts exactly, and say how far from the best that is."""

from __future__ import annotations

import random
from collections.abc import Sequence

import attrs

from cxengine.planning.scheduling.bound import Bound, bound
from cxengine.planning.scheduling.dual import Dual
from cxengine.planning.scheduling.feasible import allowed
from cxengine.planning.scheduling.generation import completions, ends, generate
from cxengine.planning.scheduling.neighbourhoods import Answer, replaced
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.parts import independent, joined
from cxengine.planning.scheduling.problem import Instance, Problem, Timetable, instance
from cxengine.planning.scheduling.relaxation import Relaxation
from cxengine.planning.scheduling.reordering import Reordering
from cxengine.planning.scheduling.search import Found, Justification, assessed, constructed, first

WHOLE = 120
"""Up to so many activities, the solver sees the whole problem at once."""
SMALL = 15
"""Up to so many activities the solver has the time, whatever the work, that most often makes it sure."""
SURE = 1.0
"""That deterministic time: less than a second."""
TURNS = 5
"""Local and exact search take turns so many times."""
WIDTH = 20
"""Activities that the first exact search sets free."""
SLICE = 0.03
"""Deterministic time of one exact search."""
LOOKS = 80_000
"""Places that local search looks for in a unit of work."""
LOOKS_JUSTIFYING = 160_000
"""The same where the length alone counts."""
STEPS = 100
"""Steps towards better prices for what is required."""
STEP = 0.000_008
"""Work that such a step takes, an activity."""
SUGGESTED = 5
"""After so many of them, a timetable is made."""
EXACT = 0.11
"""Deterministic time of the solver in a unit of work."""
EXACT_TABLES = 0.9
"""The same where durations depend on the start: the solver's clock runs faster on such models."""
MODEL = 0.00005
"""Deterministic time that building the solver's model is counted as, an activity."""


def optimise(problem: Problem, work: float, *, seed: int) -> Timetable:
    """The best timetable found with that much work; the same for the same problem, work and seed.

    A unit of work is about a second of one core. It is counted, in places looked at and in the solver's
    deterministic time, and never measured, so that every machine comes to the same end. No timetable that a
    priority rule gives is better, nor that of the order in which the problem names the activities.
    Activities that share nothing with others, nor require them, are solved by themselves.

    Raises:
        Infeasible: no timetable keeps what is fixed, or none was found.
    """
    parts = independent(problem)
    size = len(problem.activities)
    return joined(_best(part, work * len(part.activities) / size, seed) for part in parts)


def _best(problem: Problem, work: float, seed: int) -> Timetable:
    prepared = instance(problem)
    prices = Prices.of(prepared, max(first(prepared).done))
    relaxation = Relaxation(prepared)
    limits = bound(prepared, prices, relaxation)
    found = constructed(prepared, prices)
    if any(prepared.weights) and found.cost > limits.cost(prices):
        found, limits = _priced(prepared, prices, relaxation, found, limits, work=work)
    found = allowed(prepared, prices, found)
    least = limits.cost(prices)
    if found.cost > least:
        found, least = _searched(prepared, prices, found, least, work=work, seed=seed)
    found = slid(prepared, prices, found)
    return _timetable(prepared, prices, found, least, limits)


def _priced(
    problem: Instance, prices: Prices, relaxation: Relaxation, found: Found, limits: Bound, *, work: float
) -> tuple[Found, Bound]:
    """A better bound from prices for what is required, and the best of the timetables that they suggest."""
    steps = min(STEPS, int(work / 2 / (STEP * problem.size)))
    settled = completions(problem.settled(found.ways), found.starts)
    known = sum(weight * end for weight, end in zip(problem.weights, settled, strict=True))
    for number, priced in enumerate(Dual(problem, relaxation).steps(known, steps)):
        limits = attrs.evolve(limits, delay=max(limits.delay, priced.bound * prices.most))
        if number % SUGGESTED == 0:
            order = sorted(range(problem.size), key=lambda j: (priced.moments[j], j))
            suggested = assessed(problem, prices, generate(problem, order))
            found = min(found, suggested, key=lambda f: f.cost)
    return found, limits


def _timetable(problem: Instance, prices: Prices, found: Found, least: int, limits: Bound) -> Timetable:
    def by_name(values: Sequence[int]) -> dict[str, int]:
        return dict(zip(problem.names, values, strict=True))

    settled = problem.settled(found.ways)
    done = completions(settled, found.starts)
    delay = sum(weight * end for weight, end in zip(problem.weights, done, strict=True))
    late = sum(max(end - due, 0) for end, due in zip(done, problem.due, strict=True) if due is not None)
    rest = least - prices.tardy * late  # what is proven of delay and length, when nothing else is late
    proven = found.cost == least
    least_delay = -(-max(limits.delay, rest - prices.length * max(done)) // prices.most)
    return Timetable(
        starts=by_name(found.starts),
        ends=by_name(ends(settled, found.starts)),
        completed=by_name(done),
        ways=by_name(found.ways),
        tardiness=late,
        delay=delay,
        length=max(done),
        least_delay=delay if proven else min(least_delay, delay),
        least_length=max(done) if proven else max(limits.length, 0 if delay else rest),
        proven=proven,
    )


def _searched(
    problem: Instance, prices: Prices, found: Found, least: int, *, work: float, seed: int
) -> tuple[Found, int]:
    """Local search and exact search in turns; a short look at the whole first.

    Where durations depend on the start, the solver is too slow for parts to pay: it looks at the whole of
    what is small, and the rest of the work is local search.
    """
    rng = random.Random(seed)  # noqa: S311 - a search needs repeatable dice
    length_only = problem.steady and not any(problem.weights) and not prices.tardy
    local = Justification(problem, prices, rng) if length_only else Reordering(problem, prices, rng)
    exact = ExactSearch(problem, prices, random.Random(seed))  # noqa: S311
    share = 0.5 if problem.steady else 1.0
    looks = int(share * work * (LOOKS_JUSTIFYING if length_only else LOOKS) / TURNS)
    limit = work * exact.rate / 2 / TURNS
    if problem.size <= WHOLE:
        look = exact.slice if problem.steady else work * exact.rate / 2
        look = max(look, SURE) if problem.size <= SMALL and work >= 0.1 else look
        found, least = exact.whole(found, least, look)
    for turn in range(TURNS):
        if found.cost <= least:
            break
        found = local.improved(found, least, looks)
        if turn == 1 and problem.size <= WHOLE:
            found, least = exact.whole(found, least, limit)
        elif problem.steady:
            found, least = exact.improved(found, least, limit)
    return found, least


class ExactSearch:
    """Exact search of parts that remembers the dice and the width between its turns."""

    def __init__(self, problem: Instance, prices: Prices, rng: random.Random) -> None:
        self.problem, self.prices, self.rng = problem, prices, rng
        self.width = WIDTH
        self.rate = EXACT if problem.steady else EXACT_TABLES
        self.slice = SLICE * self.rate / EXACT

    def whole(self, found: Found, least: int, limit: float) -> tuple[Found, int]:
        """All activities at once; what the solver proves raises the bound."""
        everything = frozenset(range(self.problem.size))
        answer = self._answer(found, everything, everything, limit, self._until(found))
        if answer.found is not None:
            found = self._placed(*answer.found)
        return found, found.cost if answer.proven else max(least, min(answer.bound, found.cost))

    def improved(self, found: Found, least: int, limit: float) -> tuple[Found, int]:
        """Part after part; a part that was solved makes the next one wider, until it is all."""
        while limit > 0 and found.cost > least:
            free = self._free(found)
            seen = self._seen(found, free)
            answer = self._answer(found, seen, free, min(limit, self.slice))
            limit -= answer.spent + MODEL * len(seen)
            if answer.found is not None:
                found = slid(self.problem, self.prices, self._placed(*answer.found))
            elif answer.proven and len(free) == self.problem.size:
                return self.whole(found, least, limit)
            self.width = min(self.width + 1, self.problem.size) if answer.proven else max(self.width - 1, 5)
        return found, least

    def _until(self, found: Found) -> tuple[int, ...]:
        """The last completion of every activity in a timetable that costs no more than this one."""
        problem, prices = self.problem, self.prices
        relaxation = Relaxation(problem)
        extra = [max((span.then for span, _ in ways), default=0) for ways in problem.slower]
        last = problem.horizon + sum(
            max(more - span.then, 0) for more, span in zip(extra, problem.spans, strict=True)
        )
        until = [last] * problem.size
        for j, weight in enumerate(prices.delay):
            if weight:  # all others cost at least this, so it cannot cost more than the rest
                others = (*prices.delay[:j], 0, *prices.delay[j + 1 :])
                rest = bound(problem, attrs.evolve(prices, delay=others), relaxation).cost(prices)
                until[j] = min(last, (found.cost - rest) // weight)
        return tuple(until)

    def _answer(
        self,
        found: Found,
        seen: frozenset[int],
        free: frozenset[int],
        limit: float,
        until: Sequence[int] | None = None,
    ) -> Answer:
        return replaced(
            self.problem,
            self.prices,
            found,
            seen=seen,
            free=free,
            limit=limit,
            seed=self.rng.getrandbits(30),
            until=until,
        )

    def _placed(self, starts: Sequence[int], ways: Sequence[int]) -> Found:
        done = completions(self.problem.settled(ways), starts)
        return Found(tuple(starts), tuple(ways), self.prices.cost(self.problem, done))

    def _free(self, found: Found) -> frozenset[int]:
        """Activities that run at about the same time."""
        middle = found.starts[self.rng.randrange(self.problem.size)]
        order = sorted(
            range(self.problem.size),
            key=lambda j: abs(found.starts[j] - middle) + self.rng.random() * 4,
        )
        return frozenset(order[: self.width])

    def _seen(self, found: Found, free: frozenset[int]) -> frozenset[int]:
        """The free activities and those that come after them, as many as the solver can bear."""
        low = min(found.starts[j] for j in free)
        spans = self.problem.settled(found.ways).spans
        later = (j for j, s in enumerate(found.starts) if spans[j].end(s) > low)
        return frozenset([*sorted(later, key=lambda j: (found.starts[j], j))[:WHOLE], *free])


def slid(problem: Instance, prices: Prices, found: Found) -> Found:
    """Everything as early as its order allows, where that costs no more."""
    order = sorted(range(problem.size), key=lambda j: (found.starts[j], j))
    early = assessed(problem, prices, generate(problem, order, kept=found.fixed(problem)))
    return min(early, found, key=lambda f: f.cost)
