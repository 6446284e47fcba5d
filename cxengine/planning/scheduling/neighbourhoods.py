"""Small exact searches: a part of the timetable is set free and a constraint solver places it anew.

Large neighbourhood search (Shaw 1998) over partial-order schedules (Godard, Laborie, Nuijten, "Randomized
large neighborhood search for cumulative scheduling", ICAPS 2005): what is not set free keeps its order
and may slide; what lies outside the part that the solver sees keeps its place. The solver is CP-SAT with
one worker, a seed and a limit in its own deterministic time, so that every machine finds the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection
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
    """What the solver says: a cheaper timetable if it found one, and a bound on the part that it saw."""

    starts: tuple[int, ...] | None
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
) -> Answer:
    """Places the `free` activities anew, lets others that are `seen` slide in their order, keeps the rest."""
    from ortools.sat.python import cp_model

    part = _Part(problem, prices, known, frozenset(seen), frozenset(free))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
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
        seen: frozenset[int],
        free: frozenset[int],
    ) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.prices, self.at = problem, prices, known.starts
        self.until = ends(problem, known.starts)
        self.done = completions(problem, known.starts)
        self.seen = sorted(j for j in seen if problem.fixed[j] is None)
        self.free = free
        self.model = cp_model.CpModel()
        self.starts: dict[int, cp_model.IntVar] = {}
        self.ends: dict[int, cp_model.LinearExpr] = {}
        self.completed: dict[int, cp_model.LinearExpr] = {}
        self.intervals: dict[int, cp_model.IntervalVar] = {}
        within = set(self.seen)
        self.last = max((self.done[j] for j in self.seen), default=0)
        for j in self.seen:
            self._place(j, within)
        self._precedence(within)
        self._order(within)
        self._capacity(within)
        self._objective(known.cost, within)

    def _place(self, j: int, within: set[int]) -> None:
        low, high = self._window(j, within)
        span = self.problem.spans[j]
        start = self.model.new_int_var(low, max(high - span.shortest, low), f"s{j}")
        self.starts[j] = start
        self.model.add_hint(start, self.at[j])
        possible = range(low, max(high - span.shortest, low) + 1)
        lengths = [span.end(t) - t for t in possible]
        if len(set(lengths)) == 1:
            self.ends[j] = start + lengths[0]
            self.intervals[j] = self.model.new_fixed_size_interval_var(start, lengths[0], f"i{j}")
        else:
            size = self._looked_up(j, lengths, start - low)
            end = self.model.new_int_var(low, low + len(lengths) + max(lengths), f"e{j}")
            self.ends[j] = end
            self.intervals[j] = self.model.new_interval_var(start, size, end, f"i{j}")
        waits = [span.completion(t) - span.end(t) for t in possible]
        self.completed[j] = self.ends[j] + (
            waits[0] if len(set(waits)) == 1 else self._looked_up(j, waits, start - low)
        )
        self.model.add(self.completed[j] <= high)

    def _looked_up(self, j: int, values: list[int], index: cp_model.LinearExprT) -> cp_model.IntVar:
        """The value at the index."""
        found = self.model.new_int_var(min(values), max(values), f"v{j}")
        self.model.add_element(index, values, found)
        return found

    def _window(self, j: int, within: set[int]) -> tuple[int, int]:
        """The first start and the last completion that leave what is not seen where it is."""
        problem = self.problem
        low = max([problem.heads[j], *(self.done[p] for p in problem.before[j] if p not in within)])
        high = min([self.last, problem.latest[j], *(self.at[s] for s in problem.after[j] if s not in within)])
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
        for link in links(self.problem, self.at, within - self.free):
            self.model.add(self.starts[link.after] >= self.ends[link.before])

    def _capacity(self, within: set[int]) -> None:
        low = min((self.problem.heads[j] for j in self.seen), default=0)
        for resource, capacity in enumerate(self.problem.capacities):
            intervals, amounts = list["cp_model.IntervalVar"](), list[int]()
            for j, demands in enumerate(self.problem.demands):
                for used, amount in demands:
                    if used != resource:
                        continue
                    if j in within:
                        intervals.append(self.intervals[j])
                        amounts.append(amount)
                    elif self.until[j] > low and self.until[j] > self.at[j]:
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

    def read(self, solver: cp_model.CpSolver) -> tuple[int, ...]:
        found = list(self.at)
        for j, start in self.starts.items():
            found[j] = solver.value(start)
        return tuple(found)
