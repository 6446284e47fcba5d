"""Limits that cannot be kept together, as few as possible: each alone could be dropped to solve it."""

from __future__ import annotations

from collections.abc import Sequence

from cxengine.planning.selection.problem import Limit, Problem
from cxengine.planning.selection.solve import feasible

STEPS = 1000
"""Nodes after which a set of limits is taken to be possible."""


def conflict(problem: Problem) -> Sequence[Limit]:
    """A smallest-by-inclusion set of limits that contradict one another, by the deletion filter.

    Every limit is dropped for good if the others contradict one another without it (Chinneck and Dravnieks,
    "Locating minimal infeasible constraint sets in linear programs", ORSA Journal on Computing 3, 1991). What
    initiatives require is tried last, so that it stays only where it is part of the contradiction.
    """
    kept = problem
    for limit in sorted(problem.limits, key=lambda one: one.kind != "requires"):
        without = kept.without(limit)
        if not feasible(without, STEPS):
            kept = without
    return kept.limits
