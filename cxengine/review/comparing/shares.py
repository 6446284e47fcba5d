"""How much of a change each of several causes made: shares that add up to the whole.

The share of a cause is its mean effect over the orders in which the causes can be put in one after another
(Shapley, "A value for n-person games", 1953). Combinations that cannot be planned are never passed through:
the mean is over the orders in which every step can.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from typing import TypeVar

import attrs

Cause = TypeVar("Cause", bound=str)


@attrs.frozen
class Walks:
    """The orders of some causes in which every step can be planned."""

    orders: tuple[tuple[str, ...], ...]

    @property
    def steps(self) -> frozenset[frozenset[str]]:
        """Every combination that an order passes through."""
        return frozenset(frozenset(order[:n]) for order in self.orders for n in range(len(order) + 1))


def walks(causes: Sequence[str], possible: Callable[[frozenset[str]], bool]) -> Walks:
    """All orders of the causes, but for those with a step that is not `possible`."""
    found = [
        order
        for order in permutations(causes)
        if all(possible(frozenset(order[:n])) for n in range(len(order) + 1))
    ]
    return Walks(tuple(found))


def shares(walked: Walks, value: Mapping[frozenset[str], Fraction | int]) -> dict[str, Fraction]:
    """The share of every cause in value(all) - value(none), exactly: they add up to it."""
    total: dict[str, Fraction] = {cause: Fraction(0) for cause in walked.orders[0]}
    for order in walked.orders:
        for n, cause in enumerate(order):
            total[cause] += value[frozenset(order[: n + 1])] - value[frozenset(order[:n])]
    return {cause: amount / len(walked.orders) for cause, amount in total.items()}


def rounded(parts: Mapping[Cause, Fraction], digits: int) -> dict[Cause, float]:
    """The parts with so many digits, in such a way that they add up to their rounded sum.

    What rounding leaves over goes to the parts that lost most by it (largest remainders).
    """
    unit = Fraction(1, 10**digits)
    whole = round(sum(parts.values(), Fraction(0)) / unit)
    floors = {cause: part // unit for cause, part in parts.items()}
    left = int(whole - sum(floors.values()))
    by_loss = sorted(parts, key=lambda cause: (floors[cause] - parts[cause] / unit, cause))
    given: Collection[Cause] = by_loss[:left]
    return {cause: round((floors[cause] + (cause in given)) * float(unit), digits) for cause in parts}
