"""Shares of cases and of departures, with Wilson's interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from cxengine.insight.observed.flow import Share
from cxengine.plugin import intervals


@attrs.frozen
class Whole:
    """What a share is of: cases or departures."""

    n: int
    squares: int
    """The sum of the squares of those of each person."""
    persons: int

    def share(self, row: Mapping[str, Any], name: str) -> Share:
        """The part that a row tells by a name: its sums over persons are `name`, `name_yy` and `name_xy`."""
        return share(row[name], self.n, self.effect(row, name))

    def effect(self, row: Mapping[str, Any], name: str) -> float:
        """How many times the variance is that of cases that have nothing to do with one another, at least 1.

        Persons are the sample, and what one of them does is alike: the variance is that of a ratio of sums
        over persons, of y that are a part of their x.
        Source: Cochran, Sampling Techniques (1977), section 3.12 (proportions in cluster sampling).
        """
        if self.squares == self.n:  # nobody has two
            return 1.0
        p = row[name] / self.n
        if p in (0.0, 1.0) or self.persons < 2:
            return self.n / self.persons
        spread = row[f"{name}_yy"] - 2 * p * row[f"{name}_xy"] + p * p * self.squares
        variance = spread * self.persons / (self.persons - 1) / self.n**2
        return float(max(variance * self.n / (p * (1 - p)), 1.0))


def share(count: int, n: int, effect: float = 1.0) -> Share:
    """`count` of `n` cases, whose variance is `effect` times that of cases which have nothing in common."""
    low, high = intervals.wilson(np.array([count / n]), np.array([n / effect]))
    return Share(count / n, float(low[0]), float(high[0]), count, n)
