"""Chance that gives the same text on every machine and version.

Only `random.Random.random()` is used, the one stream that Python promises never to change, and every
entity has a stream of its own, named by the seed and the entity: what is drawn for one response does
not move when another response draws more.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")
_NORMAL = NormalDist()


class Dice:
    """Draws for one entity, such as `Dice(2026, "response", 17)`."""

    def __init__(self, *name: object) -> None:
        self._stream = random.Random("/".join(map(str, name)))  # noqa: S311 - not for secrets

    def uniform(self) -> float:
        """A number from 0 to 1, both excluded."""
        return self._stream.random() * (1 - 2**-40) + 2**-41

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self._stream.random() < probability

    def one_of(self, things: Sequence[T]) -> T:
        """One of the things, all equally likely."""
        return things[int(self._stream.random() * len(things))]

    def weighted(self, shares: dict[T, float]) -> T:
        """One of the keys, as likely as its share; shares add up to 1."""
        return quantile(tuple(shares), tuple(shares.values()), self._stream.random())

    def normal(self) -> float:
        """A standard normal deviate."""
        return _NORMAL.inv_cdf(self.uniform())

    def exponential(self, median: float) -> float:
        """A waiting time with that median."""
        return -math.log(self.uniform()) * median / math.log(2)


def quantile(values: Sequence[T], shares: Sequence[float], u: float) -> T:
    """The value at the quantile `u` of a distribution over ordered values."""
    passed = 0.0
    for value, share in zip(values, shares, strict=True):
        passed += share
        if u < passed:
            return value
    return values[-1]


def percentile_of(deviate: float) -> float:
    """The quantile at which a standard normal deviate stands."""
    return _NORMAL.cdf(deviate)


@cache
def answer_shares(low: int, high: int, mean: float, spread: float = 3.0) -> tuple[float, ...]:
    """Shares of the answers `low..high` of a scale with exactly that mean: a beta-binomial.

    A smaller `spread` pushes answers to the ends of the scale, as angry and happy customers do.
    """
    trials = high - low
    success = (mean - low) / trials
    if not 0 < success < 1:
        raise ValueError(f"a mean of {mean} is impossible on a scale from {low} to {high}")
    a, b = success * spread, (1 - success) * spread
    return tuple(math.comb(trials, k) * _beta(k + a, trials - k + b) / _beta(a, b) for k in range(trials + 1))


def _beta(a: float, b: float) -> float:
    return math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))
