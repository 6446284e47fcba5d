"""Whether anything keeps what is fixed: fixed starts, last completions, and what they wait for."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from cxengine.planning.scheduling.generation import completions, ends, generate
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.search import Found, assessed

PROOF = 2.0
"""Deterministic time in which the solver is to find out."""


class Infeasible(Exception):  # noqa: N818 - it says what the instance is, not that something went wrong
    """No timetable keeps what is fixed; `proven` is False where none was found in reasonable time."""

    def __init__(self, proven: bool) -> None:
        super().__init__("no timetable keeps what is fixed" if proven else "no timetable was found")
        self.proven = proven


@attrs.frozen
class Placed:
    """Starts of the activities that are bound, by index, where there are any; else whether that is proven."""

    starts: dict[int, int] | None
    proven: bool = True


def keeps(problem: Instance, starts: tuple[int, ...]) -> bool:
    """Whether a timetable keeps every fixed start, every last completion and every capacity."""
    done = completions(problem, starts)
    in_time = all(end <= latest for end, latest in zip(done, problem.latest, strict=True))
    after = all(done[p] <= starts[j] for j in range(problem.size) for p in problem.before[j])
    begun = all(start >= head for start, head in zip(starts, problem.heads, strict=True))
    return in_time and after and begun and _within(problem, starts)


def _within(problem: Instance, starts: tuple[int, ...]) -> bool:
    until = ends(problem, starts)
    changes: dict[int, dict[int, int]] = {}
    for j, demands in enumerate(problem.demands):
        for resource, amount in demands:
            row = changes.setdefault(resource, {})
            row[starts[j]] = row.get(starts[j], 0) + amount
            row[until[j]] = row.get(until[j], 0) - amount
    for resource, row in changes.items():
        used = 0
        for period in sorted(row):
            used += row[period]
            if used > problem.capacities[resource]:
                return False
    return True


def allowed(problem: Instance, prices: Prices, found: Found) -> Found:
    """The timetable, where it keeps what is fixed; else one that does.

    Raises:
        Infeasible: there is none, or none was found.
    """
    if keeps(problem, found.starts):
        return found
    placed = place(problem, bound_ones(problem))
    if placed.starts is None:
        raise Infeasible(placed.proven)
    at = placed.starts
    early = sorted(at, key=lambda j: (at[j], j))
    by_start = sorted(range(problem.size), key=lambda j: (found.starts[j], j))
    repaired = assessed(problem, prices, generate(problem, [*early, *by_start]))
    assert keeps(problem, repaired.starts)  # placed in the order of their starts, nothing starts later
    return repaired


def bound_ones(problem: Instance) -> frozenset[int]:
    """Activities with a fixed start or a last completion, and all that they wait for."""
    chosen = {j for j, start in enumerate(problem.fixed) if start is not None}
    chosen |= {j for j, latest in enumerate(problem.latest) if latest < problem.horizon}
    for j in sorted(chosen, reverse=True):
        pending = [j]
        while pending:
            more = [p for p in problem.before[pending.pop()] if p not in chosen]
            chosen.update(more)
            pending += more
    return frozenset(chosen)


def place(problem: Instance, chosen: Collection[int]) -> Placed:
    """Starts for the chosen activities alone, by a constraint solver with one worker."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    starts: dict[int, cp_model.IntVar] = {}
    done: dict[int, cp_model.LinearExprT] = {}
    intervals: dict[int, cp_model.IntervalVar] = {}
    for j in sorted(chosen):
        span, fixed = problem.spans[j], problem.fixed[j]
        last = min(problem.latest[j], problem.horizon)
        possible = range(problem.heads[j], last + 1) if fixed is None else range(fixed, fixed + 1)
        rows = [(t, span.end(t), span.completion(t)) for t in possible]
        rows = [row for row in rows if row[2] <= last and row[0] >= problem.heads[j]]
        if not rows:
            return Placed(None)
        starts[j] = model.new_int_var_from_domain(cp_model.Domain.from_values([r[0] for r in rows]), f"s{j}")
        sizes, waits = {r[1] - r[0] for r in rows}, {r[2] - r[1] for r in rows}
        if len(sizes) == len(waits) == 1:
            intervals[j] = model.new_fixed_size_interval_var(starts[j], min(sizes), f"i{j}")
            done[j] = starts[j] + (min(sizes) + min(waits))
            continue
        end = model.new_int_var(rows[0][1], rows[-1][1], f"e{j}")
        completed = model.new_int_var(rows[0][2], rows[-1][2], f"d{j}")
        model.add_allowed_assignments([starts[j], end, completed], rows)
        size = model.new_int_var(min(sizes), max(sizes), f"l{j}")
        intervals[j] = model.new_interval_var(starts[j], size, end, f"i{j}")
        done[j] = completed
    for j, start in starts.items():
        for p in problem.before[j]:
            model.add(start >= done[p])
    for resource, capacity in enumerate(problem.capacities):
        uses = [(j, a) for j in starts for r, a in problem.demands[j] if r == resource]
        if uses:
            model.add_cumulative([intervals[j] for j, _ in uses], [a for _, a in uses], capacity)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = PROOF
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Placed({j: solver.value(start) for j, start in starts.items()})
    return Placed(None, status == cp_model.INFEASIBLE)
