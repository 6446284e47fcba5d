"""Whether anything keeps what is fixed: fixed starts, last completions, and what they wait for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
    """Start and way of the activities that are bound, by index; where there are none, is that proven?"""

    at: dict[int, tuple[int, int]] | None
    proven: bool = True


def keeps(problem: Instance, starts: Sequence[int]) -> bool:
    """Whether a timetable, in the quickest ways, keeps every fixed start, last completion and capacity."""
    done = completions(problem, starts)
    in_time = all(end <= latest for end, latest in zip(done, problem.latest, strict=True))
    after = all(done[p] <= starts[j] for j in range(problem.size) for p in problem.before[j])
    begun = all(start >= head for start, head in zip(starts, problem.heads, strict=True))
    return in_time and after and begun and _within(problem, starts)


def _within(problem: Instance, starts: Sequence[int]) -> bool:
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
    if keeps(problem.settled(found.ways), found.starts):
        return found
    placed = place(problem, bound_ones(problem))
    if placed.at is None:
        raise Infeasible(placed.proven)
    order = sorted(range(problem.size), key=lambda j: (found.starts[j], j))
    repaired = assessed(problem, prices, generate(problem, order, kept=placed.at))
    assert keeps(problem.settled(repaired.ways), repaired.starts)
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
    """Starts and ways for the chosen activities alone, by a constraint solver with one worker."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    starts: dict[int, cp_model.IntVar] = {}
    done: dict[int, cp_model.IntVar] = {}
    used: list[list[tuple[cp_model.IntervalVar, int]]] = [[] for _ in problem.capacities]
    ways: dict[tuple[int, int], cp_model.IntVar] = {}
    for j in sorted(chosen):
        options = {way: _options(problem, j, way) for way in range(len(problem.slower[j]) + 1)}
        options = {way: rows for way, rows in options.items() if rows}
        if not options:
            return Placed(None)
        rows = [row for some in options.values() for row in some]
        starts[j] = model.new_int_var(min(r[0] for r in rows), max(r[0] for r in rows), f"s{j}")
        end = model.new_int_var(min(r[1] for r in rows), max(r[1] for r in rows), f"e{j}")
        done[j] = model.new_int_var(min(r[2] for r in rows), max(r[2] for r in rows), f"d{j}")
        for way, some in options.items():
            ways[j, way] = model.new_bool_var(f"w{j}.{way}")
            model.add_allowed_assignments([starts[j], end, done[j]], some).only_enforce_if(ways[j, way])
            size = model.new_int_var(0, max(r[1] - r[0] for r in some), f"l{j}.{way}")
            interval = model.new_optional_interval_var(starts[j], size, end, ways[j, way], f"i{j}.{way}")
            for resource, amount in problem.in_way(j, way)[1]:
                used[resource].append((interval, amount))
        model.add_exactly_one(ways[j, way] for way in options)
    for j, start in starts.items():
        for p in problem.before[j]:
            model.add(start >= done[p])
    for uses, capacity in zip(used, problem.capacities, strict=True):
        if uses:
            model.add_cumulative([i for i, _ in uses], [a for _, a in uses], capacity)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = PROOF
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        way_of = {j: way for (j, way), chosen in ways.items() if solver.value(chosen)}
        return Placed({j: (solver.value(start), way_of[j]) for j, start in starts.items()})
    return Placed(None, status == cp_model.INFEASIBLE)


def _options(problem: Instance, j: int, way: int) -> list[tuple[int, int, int]]:
    """Start, end and completion of an activity wherever its own dates allow it."""
    span, fixed = problem.in_way(j, way)[0], problem.fixed[j]
    last = min(problem.latest[j], problem.horizon)
    possible = range(problem.heads[j], last + 1) if fixed is None else range(fixed, fixed + 1)
    rows = [(t, span.end(t), span.completion(t)) for t in possible if t >= problem.heads[j]]
    return [row for row in rows if row[2] <= last]
