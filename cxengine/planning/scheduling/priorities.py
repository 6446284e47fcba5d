"""Orders to begin with, one for each classic priority rule.

Kolisch and Hartmann, "Experimental investigation of heuristics for resource-constrained project
scheduling", EJOR 174, 2006, compare the rules for length; for weighted completion the natural order is by
weight over work (Smith, "Various optimizers for single-stage production", 1956), here counted together
with what an activity holds up.
"""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.planning.scheduling.problem import Instance


def orders(problem: Instance) -> Iterator[tuple[int, ...]]:
    """The order of the problem, and orders of all activities, each by another rule."""
    everything = range(problem.size)
    length = [span.shortest for span in problem.spans]
    until = max((problem.heads[j] + length[j] + problem.tails[j] for j in everything), default=0)
    energy = _energies(problem, length)
    worth = [w / max(e, 1e-9) for w, e in zip(problem.weights, energy, strict=True)]
    bundle = _bundled(problem, energy)
    due = [
        until - problem.tails[j] if day is None else min(day, until - problem.tails[j])
        for j, day in enumerate(problem.due)
    ]
    late = [10**9 if day is None else day for day in problem.due]
    yield problem.given
    yield tuple(sorted(problem.given, key=lambda j: late[j]))
    yield tuple(sorted(everything, key=lambda j: (late[j], -bundle[j], j)))
    yield tuple(sorted(everything, key=lambda j: (-bundle[j], j)))
    yield tuple(sorted(everything, key=lambda j: (-worth[j], j)))
    yield tuple(sorted(everything, key=lambda j: (due[j] - length[j], j)))
    yield tuple(sorted(everything, key=lambda j: (due[j], j)))
    yield tuple(sorted(everything, key=lambda j: (-problem.tails[j], j)))


def _energies(problem: Instance, length: list[int]) -> list[float]:
    """The share of the scarcest resource that an activity takes, times how long it takes it."""
    return [
        max((amount / max(problem.capacities[r], 1) for r, amount in problem.demands[j]), default=0.0)
        * length[j]
        for j in range(problem.size)
    ]


def _bundled(problem: Instance, energy: list[float]) -> list[float]:
    """The best ratio of weight to energy that an activity opens: its own, or on the way to what needs it."""
    best = [0.0] * problem.size
    for j in reversed(range(problem.size)):
        weight, work = float(problem.weights[j]), max(energy[j], 1e-9)
        best[j] = weight / work
        for s in sorted(problem.after[j], key=lambda s: -best[s]):
            if best[s] <= best[j]:
                break
            weight += problem.weights[s]
            work += max(energy[s], 1e-9)
            best[j] = max(best[j], weight / work)
    return best
