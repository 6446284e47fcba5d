"""Shares of cases and of departures, with Wilson's interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cxengine.insight.observed.flow import Share
from cxengine.plugin import intervals


def share(count: int, n: int) -> Share:
    """`count` of `n` cases, each of which counts once."""
    return _share(count, n, float(n))


def clustered(sums: Mapping[str, int], *, departures: int, squares: int, cases: int) -> Share:
    """The part of departures that take a step, where cases are the sample and not their departures.

    The variance is that of a ratio of sums over cases, with `times` the sum of the times y that each case
    takes the step, `yy` of their squares, `xy` of the products with its departures x, `squares` of x squared;
    Wilson's interval has as many departures as would have that variance, at most all there are.
    Source: Cochran, Sampling Techniques (1977), section 3.12 (proportions in cluster sampling).
    """
    p = sums["times"] / departures
    spread = sums["yy"] - 2 * p * sums["xy"] + p * p * squares
    if p in (0.0, 1.0) or cases < 2:
        return _share(sums["times"], departures, float(cases))
    variance = max(spread, 0.0) * cases / (cases - 1) / departures**2
    effective = p * (1 - p) / variance if variance > 0 else float(departures)
    return _share(sums["times"], departures, min(effective, float(departures)))


def _share(count: int, n: int, effective: float) -> Share:
    low, high = intervals.wilson(np.array([count / n]), np.array([effective]))
    return Share(count / n, float(low[0]), float(high[0]), count, n)
