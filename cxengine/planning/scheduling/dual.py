"""The price of requirements: what raises the bound where activities wait for each other.

Lagrangian relaxation of the requirements ("Dual decomposition of a single-machine scheduling problem", van
de Velde, Mathematical Programming 69, 1995), with mean moments in the place of completions: a price for
each requirement moves weight from what waits to what it waits for, and the relaxation that is left is
solved for any prices. Whatever they are, its value is a bound. They are improved by subgradient steps
(Held, Wolfe, Crowder, "Validation of subgradient optimization", Mathematical Programming 6, 1974). The
order of the moments is what a good timetable looks like (Möhring, Schulz, Stork, Uetz, "Solving project
scheduling problems by minimum cut computations", Management Science 49, 2003).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs

from cxengine.planning.scheduling.bound import whole
from cxengine.planning.scheduling.problem import Instance
from cxengine.planning.scheduling.relaxation import Relaxation

PATIENCE = 4
"""Steps without a better bound before they are made smaller."""


@attrs.frozen
class Priced:
    """What prices of the requirements lead to."""

    bound: int
    """The sum of weight times completion is not less in any timetable."""
    moments: tuple[float, ...]
    """The mean moment of every activity."""


class Dual:
    """Prices that become better step by step."""

    def __init__(self, problem: Instance, relaxation: Relaxation) -> None:
        self.problem, self.relaxation = problem, relaxation
        self.waits = [(i, j) for j in range(problem.size) for i in problem.before[j]]
        self.apart = [relaxation.lags[i] + relaxation.leads[j] for i, j in self.waits]
        self.prices = [0.0] * len(self.waits)
        self.into: list[list[int]] = [[] for _ in range(problem.size)]
        for edge, (_, j) in enumerate(self.waits):
            self.into[j].append(edge)

    def steps(self, known: int, most: int) -> Iterator[Priced]:
        """Up to so many steps, towards the sum of weight times completion that is known to be possible."""
        best, length, since = -math.inf, 1.0, 0
        for _ in range(most):
            value, moments = self._value()
            yield Priced(whole(value), tuple(moments))
            since = 0 if value > best + 1e-9 * abs(best) else since + 1
            best = max(best, value)
            if since >= PATIENCE:
                length, since = length / 2, 0
            broken = [
                moments[i] + gap - moments[j] for (i, j), gap in zip(self.waits, self.apart, strict=True)
            ]
            steepness = math.fsum(
                b * b for b, price in zip(broken, self.prices, strict=True) if b > 0 or price > 0
            )
            if not steepness or value >= known:
                return
            step = length * (known - value) / steepness
            self.prices = [max(price + step * b, 0.0) for price, b in zip(self.prices, broken, strict=True)]
            self._affordable()

    def _value(self) -> tuple[float, list[float]]:
        """The value of the relaxation at these prices, and its moments."""
        weights = [float(w) for w in self.problem.weights]
        for (i, j), price in zip(self.waits, self.prices, strict=True):
            weights[i] += price
            weights[j] -= price
        weights = [max(w, 0.0) for w in weights]
        moments = self.relaxation.moments(weights)
        return math.fsum(
            (
                *(w * m for w, m in zip(weights, moments, strict=True)),
                *(w * lag for w, lag in zip(self.problem.weights, self.relaxation.lags, strict=True)),
                *(price * gap for price, gap in zip(self.prices, self.apart, strict=True)),
            )
        ), moments

    def _affordable(self) -> None:
        """Nothing gives away more weight than it has."""
        has = [float(w) for w in self.problem.weights]
        for j in reversed(range(self.problem.size)):
            wanted = math.fsum(self.prices[edge] for edge in self.into[j])
            share = min(1.0, has[j] / wanted) if wanted > 0 else 1.0
            for edge in self.into[j]:
                self.prices[edge] *= share
                has[self.waits[edge][0]] += self.prices[edge]
