"""Finds the constants of `cxengine.plugin.amounts`: where the interval of a mean of amounts covers 95%.

    python docs/skewness.py [--samples 20_000]

Samples of 10 to 1,000 are drawn from populations of amounts that are even (normal), skewed (gamma, Weibull)
and have a long tail (log-normal up to sigma 1). The constants are those at which the chance to miss the mean
is closest to 5% in the worst of them; that it be the same on both sides counts a twenty-fifth as much.
The tests recompute the loss near the constants that ship.
"""  # noqa: INP001

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np
from scipy.special import expit, gamma

from cxengine.plugin import amounts
from cxengine.plugin.amounts import Shape

SIZES = (10, 20, 30, 100, 300, 1000)
_VALUES = 2_000_000
_SOFT = 0.05
_SIDES = 0.04
_FREE, _STEEP = 0.006, 20.0


@attrs.frozen
class Population:
    """Amounts of one distribution, and their mean."""

    name: str
    draw: Callable[[np.random.Generator, tuple[int, int]], Any]
    mean: float


POPULATIONS = (
    Population("normal, a fifth of the mean", lambda rng, size: np.abs(rng.normal(10, 2, size)), 10.0),
    Population("gamma, shape 5", lambda rng, size: rng.gamma(5, 1, size), 5.0),
    Population("gamma, shape 2", lambda rng, size: rng.gamma(2, 1, size), 2.0),
    Population("exponential", lambda rng, size: rng.exponential(1, size), 1.0),
    Population("Weibull, shape 1.5", lambda rng, size: rng.weibull(1.5, size), float(gamma(5 / 3))),
    Population("log-normal, sigma 0.5", lambda rng, size: rng.lognormal(0, 0.5, size), np.exp(0.5**2 / 2)),
    Population("log-normal, sigma 0.75", lambda rng, size: rng.lognormal(0, 0.75, size), np.exp(0.75**2 / 2)),
    Population("log-normal, sigma 1", lambda rng, size: rng.lognormal(0, 1, size), np.exp(1 / 2)),
)


@attrs.frozen(eq=False)
class Drawn:
    """Samples of one population: mean and standard error of each, and the mean of the population."""

    population: Population
    n: int
    value: Any
    error: Any

    def limits(self, shape: Shape) -> tuple[Any, Any]:
        """The interval of each sample."""
        return amounts.limits(self.value, self.error, np.full(len(self.value), self.n - 1.0), shape=shape)

    def missed(self, shape: Shape) -> tuple[float, float]:
        """The share of intervals above and below the mean of the population."""
        low, high = self.limits(shape)
        return float((low > self.population.mean).mean()), float((high < self.population.mean).mean())


def drawn(population: Population, n: int, samples: int, seed: int = 1) -> Drawn:
    """So many samples of `n` amounts."""
    rng = np.random.default_rng([seed, n, POPULATIONS.index(population)])
    parts = []
    while samples:
        some = min(samples, max(_VALUES // n, 1))
        values = population.draw(rng, (some, n))
        parts.append((values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(n)))
        samples -= some
    value, error = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Drawn(population, n, value, error)


def everything(samples: int, sizes: tuple[int, ...] = SIZES) -> Iterator[Drawn]:
    """Samples of every population and size: fewer of the large ones."""
    for n in sizes:
        for population in POPULATIONS:
            yield drawn(population, n, samples if n < 300 else samples // 3)


def loss(shape: Shape, samples: list[Drawn]) -> float:
    """How far the chances to miss are off; smooth, so that there is a way down."""
    total = 0.0
    for one in samples:
        low, high = one.limits(shape)
        truth, soft = one.population.mean, _SOFT * one.error
        above = expit((low - truth) / np.maximum(soft, 1e-12)).mean()
        below = expit((truth - high) / np.maximum(soft, 1e-12)).mean()
        off = above + below - 0.05
        total += off**2 + _SIDES * (above - below) ** 2 + _STEEP * max(abs(off) - _FREE, 0.0) ** 2
    return 1e4 * total


def main() -> None:
    """Prints the constants, and the coverage of those that ship."""
    from scipy.optimize import minimize

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--samples", type=int, default=20_000)
    samples = list(everything(parser.parse_args().samples))
    start = attrs.astuple(amounts.SHAPE)
    found = minimize(lambda x: loss(Shape(*np.abs(x)), samples), start, method="Nelder-Mead")
    best = Shape(*np.abs(found.x).round(2))
    print(f"best {best}, loss {found.fun:.1f}; ours {amounts.SHAPE}, loss {loss(amounts.SHAPE, samples):.1f}")  # noqa: T201
    for population in POPULATIONS:
        missed = (one.missed(amounts.SHAPE) for one in samples if one.population is population)
        print(f"{population.name:28}", *(f"{100 * (1 - a - b):5.1f}" for a, b in missed))  # noqa: T201


if __name__ == "__main__":
    main()
