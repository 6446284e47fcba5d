"""Small exact searches: a part of the timetable is set free and a constraint solver places it anew.

Large neighbourhood search (Shaw 1998) over partial-order schedules (Godard, Laborie, Nuijten, "Randomized
large neighborhood search for cumulative scheduling", ICAPS 2005): what is not set free keeps its order
and may slide; what lies outside the part that the solver sees keeps its place. The solver is CP-SAT with
one worker, a seed and a limit in its own deterministic time, so that every machine finds the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.planning.scheduling.generation import completions, ends
from cxengine.planning.scheduling.links import links
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.search import Found

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


@attrs.frozen
class Answer:
    """What the solver says: a cheaper timetable where it found one, and a bound on the part that it saw."""

    found: tuple[tuple[int, ...], tuple[int, ...]] | None
    """Starts and ways."""
    bound: int
    proven: bool
    """Nothing cheaper exists for this neighbourhood than what is known now."""
    spent: float
    """Deterministic time."""


def replaced(
    problem: Instance,
    prices: Prices,
    known: Found,
    *,
    seen: Collection[int],
    free: Collection[int],
    limit: float,
    seed: int,
    until: Sequence[int] | None = None,
) -> Answer:
    """Places the `free` activities anew, lets others that are `seen` slide in their order, keeps the rest.

    `until` holds the last completion of every activity that is worth a look; without it, that is the end of
    what is seen now, and what is proven is proven of timetables that do not end later.
    """
    from ortools.sat.python import cp_model

    part = _Part(problem, prices, known, seen=frozenset(seen), free=frozenset(free), until=until)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
    if not problem.steady:  # probing every value of the tables would eat up the time
        solver.parameters.cp_model_probing_level = 0
    solver.parameters.use_overload_checker_in_cumulative = True
    solver.parameters.use_timetable_edge_finding_in_cumulative = True
    status = solver.solve(part.model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    spent = solver.response_proto.deterministic_time
    return Answer(
        part.read(solver) if found else None,
        known.cost if status == cp_model.INFEASIBLE else math.ceil(solver.best_objective_bound - 1e-6),
        status in (cp_model.OPTIMAL, cp_model.INFEASIBLE),
        spent,
    )


class _Part:
    """The model of the part that the solver sees."""

    def __init__(
        self,
        problem: Instance,
        prices: Prices,
        known: Found,
        *,
        seen: frozenset[int],
        free: frozenset[int],
        until: Sequence[int] | None,
    ) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.prices, self.at = problem, prices, known.starts
        self.ways, settled = known.ways, problem.settled(known.ways)
        self.now = settled.demands
        self.until = ends(settled, known.starts)
        self.done = completions(settled, known.starts)
        self.seen = sorted(j for j in seen if problem.fixed[j] is None)
        self.free = free
        self.model = cp_model.CpModel()
        self.starts: dict[int, cp_model.IntVar] = {}
        self.ends: dict[int, cp_model.LinearExpr] = {}
        self.completed: dict[int, cp_model.LinearExpr] = {}
        self.intervals: dict[int, cp_model.IntervalVar] = {}
        self.chosen: dict[tuple[int, int], cp_model.IntVar] = {}
        self.either: dict[tuple[int, int], cp_model.IntervalVar] = {}
        within = set(self.seen)
        last = max((self.done[j] for j in self.seen), default=0)
        self.limits = (last,) * problem.size if until is None else tuple(until)
        self.last = max(last, *self.limits)
        for j in self.seen:
            self._place(j, within)
        self._precedence(within)
        self._order(within)
        self._capacity(within)
        self._objective(known.cost, within)

    def _place(self, j: int, within: set[int]) -> None:
        low, high = self._window(j, within)
        quickest = self.problem.spans[j].shortest
        start = self.model.new_int_var(low, max(high - quickest, low), f"s{j}")
        self.starts[j] = start
        self.model.add_hint(start, self.at[j])
        possible = range(low, max(high - quickest, low) + 1)
        ways = range(len(self.problem.slower[j]) + 1) if j in self.free else (self.ways[j],)
        if len(ways) == 1:
            self.intervals[j], self.ends[j], self.completed[j] = self._in_way(j, ways[0], possible, None)
        else:
            self.completed[j] = self.model.new_int_var(low, max(high, low), f"c{j}")
            for way in ways:
                chosen = self.model.new_bool_var(f"w{j}.{way}")
                self.model.add_hint(chosen, way == self.ways[j])
                self.chosen[j, way] = chosen
                self.either[j, way], _, done = self._in_way(j, way, possible, chosen)
                self.model.add(self.completed[j] == done).only_enforce_if(chosen)
            self.model.add_exactly_one(self.chosen[j, way] for way in ways)
        self.model.add(self.completed[j] <= high)

    def _in_way(
        self, j: int, way: int, possible: range, chosen: cp_model.IntVar | None
    ) -> tuple[cp_model.IntervalVar, cp_model.LinearExpr, cp_model.LinearExpr]:
        """The interval of an activity in a way, its end and its completion; absent where it is not chosen."""
        start, span = self.starts[j], self.problem.in_way(j, way)[0]
        lengths = [span.end(t) - t for t in possible] if span.ends else [span.then]
        waits = [span.completion(t) - span.end(t) for t in possible] if span.releases else [0]
        always: cp_model.LiteralT = True if chosen is None else chosen
        name = f"i{j}.{way}"
        if len(set(lengths)) == 1:
            end: cp_model.LinearExpr = start + lengths[0]
            interval = self.model.new_optional_fixed_size_interval_var(start, lengths[0], always, name)
        else:
            size = self._looked_up(j, lengths, start - possible.start)
            end = self.model.new_int_var(possible.start, possible.stop + max(lengths), f"e{j}.{way}")
            interval = self.model.new_optional_interval_var(start, size, end, always, name)
        if len(set(waits)) == 1:
            return interval, end, end + waits[0]
        return interval, end, end + self._looked_up(j, waits, start - possible.start)

    def _looked_up(self, j: int, values: list[int], index: cp_model.LinearExprT) -> cp_model.IntVar:
        """The value at the index."""
        found = self.model.new_int_var(min(values), max(values), f"v{j}")
        self.model.add_element(index, values, found)
        return found

    def _window(self, j: int, within: set[int]) -> tuple[int, int]:
        """The first start and the last completion that leave what is not seen where it is."""
        problem = self.problem
        low = max([problem.heads[j], *(self.done[p] for p in problem.before[j] if p not in within)])
        high = min(
            [self.limits[j], problem.latest[j], *(self.at[s] for s in problem.after[j] if s not in within)]
        )
        if any(self.prices.delay) or self.prices.tardy:
            return low, max(high, low + problem.spans[j].shortest)
        # the length alone counts: whatever is later than this cannot be shorter
        return low, min(high, max(self.done) - 1 - problem.tails[j])

    def _precedence(self, within: set[int]) -> None:
        for j in self.seen:
            for s in self.problem.after[j]:
                if s in within:
                    self.model.add(self.starts[s] >= self.completed[j])

    def _order(self, within: set[int]) -> None:
        """What is not set free gets its people from where it has them now."""
        settled = self.problem.settled(self.ways)
        for link in links(settled, self.at, within - self.free):
            self.model.add(self.starts[link.after] >= self.ends[link.before])

    def _capacity(self, within: set[int]) -> None:
        low = min((self.problem.heads[j] for j in self.seen), default=0)
        for resource, capacity in enumerate(self.problem.capacities):
            intervals, amounts = list["cp_model.IntervalVar"](), list[int]()
            for (j, way), interval in self.either.items():
                amount = sum(a for used, a in self.problem.in_way(j, way)[1] if used == resource)
                intervals += [interval] if amount else []
                amounts += [amount] if amount else []
            for j, demands in enumerate(self.now):
                for used, amount in demands:
                    if used != resource:
                        continue
                    if j in self.intervals:
                        intervals.append(self.intervals[j])
                        amounts.append(amount)
                    elif j not in within and self.until[j] > low and self.until[j] > self.at[j]:
                        size = self.until[j] - self.at[j]
                        intervals.append(self.model.new_fixed_size_interval_var(self.at[j], size, ""))
                        amounts.append(amount)
            if sum(amounts) > capacity:
                self.model.add_cumulative(intervals, amounts, capacity)

    def _objective(self, cost: int, within: set[int]) -> None:
        from ortools.sat.python import cp_model

        prices, problem = self.prices, self.problem
        terms: list[cp_model.LinearExprT] = []
        known = 0
        for j, end in enumerate(self.done):
            if j not in within:
                due = problem.due[j]
                known += prices.delay[j] * end + (prices.tardy * max(end - due, 0) if due is not None else 0)
                continue
            if prices.delay[j]:
                terms.append(prices.delay[j] * self.completed[j])
            due = problem.due[j]
            if due is not None:
                late = self.model.new_int_var(0, self.last, f"l{j}")
                self.model.add(late >= self.completed[j] - due)
                terms.append(prices.tardy * late)
        outside = max((e for j, e in enumerate(self.done) if j not in within), default=0)
        length = self.model.new_int_var(outside, max(self.last, outside), "length")
        for j in self.seen:
            self.model.add(length >= self.completed[j])
        total = cp_model.LinearExpr.sum([*terms, prices.length * length]) + known
        self.model.add(total <= cost - 1)
        self.model.minimize(total)

    def read(self, solver: cp_model.CpSolver) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Starts and ways."""
        at, ways = list(self.at), list(self.ways)
        for j, start in self.starts.items():
            at[j] = solver.value(start)
        for (j, way), chosen in self.chosen.items():
            ways[j] = way if solver.value(chosen) else ways[j]
        return tuple(at), tuple(ways)
