"""What every limit costs: how much more could be had without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cxengine.planning.selection.outcome import Price
from cxengine.planning.selection.problem import HUNDREDTHS, Limit, Problem
from cxengine.planning.selection.solve import Solution, largest, matrices, relaxed, solve

MOST_CHOSEN_AGAIN = 4000
"""Candidates times limits up to which one chooses again for every limit; else prices are bounded."""


def prices(problem: Problem, solution: Solution, *, gap: float, nodes: int) -> Iterator[Price]:
    """The price of every limit but what initiatives require."""
    limits = [limit for limit in problem.limits if limit.kind != "requires"]
    again = len(problem.choices) * len(limits) <= MOST_CHOSEN_AGAIN
    marginal = _marginals(problem)
    for limit in limits:
        others = problem.without(limit)
        if _idle(limit):
            best, exact = solution.value, True
        elif again:
            best, exact = solve(others, gap=gap, nodes=nodes).value, True
        else:
            best, exact = relaxed(others), False
        price = max(best - solution.value, 0.0)
        how = "chosen again" if exact else "bound"
        yield Price(limit.id, limit.kind, limit.name, price, how, marginal.get(limit.id))  # type: ignore[arg-type]


def _idle(limit: Limit) -> bool:
    """Whether a limit allows everything, and so costs nothing."""
    return all(
        sum(max(times, 0) for times in row.parts.values()) <= row.high
        and sum(min(times, 0) for times in row.parts.values()) >= row.low
        for row in limit.rows
    )


def _marginals(problem: Problem) -> Mapping[str, float]:
    """What one more unit of each budget would bring, if parts of initiatives could be chosen."""
    import numpy as np
    from scipy.optimize import linprog

    if not problem.choices or not problem.limits:
        return {}
    rows = [row for limit in problem.limits for row in limit.rows]
    matrix, low, high = matrices(problem, rows)
    upper, lower = np.isfinite(high), np.isfinite(low)
    from scipy.sparse import vstack

    found: Any = linprog(
        -np.array([choice.worth for choice in problem.choices]),
        A_ub=vstack([matrix[upper], -matrix[lower]]),
        b_ub=np.concatenate([high[upper], -low[lower]]),
        bounds=(0, 1),
        method="highs",
    )
    if found.x is None:
        return {}
    by_row = dict(zip(np.flatnonzero(upper).tolist(), found.ineqlin.marginals.tolist(), strict=False))
    marginals, row = {}, 0
    for limit in problem.limits:
        if limit.kind == "budget":
            marginals[limit.id] = -by_row[row] / largest(rows[row]) * HUNDREDTHS + 0.0
        row += len(limit.rows)
    return marginals
