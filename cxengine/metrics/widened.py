"""Effective numbers of answers with which a metric's own interval is as wide as degrees of freedom ask for.

What the variance of few clusters, or of uneven weights, may be off by is made up for by Student's quantile of
its degrees of freedom. A metric is told an effective number of answers n alone, and makes its interval of it:
of a fixed quantile, or of Student's of `n - 1`, with a variance that it divides by n or by `n - 1`
(`Metric.student`, `Metric.unbiased`). Where it takes Student's, n stands on both sides, and is solved for.

Source: Korn, Graubard, Survey Methodology 24 (1998) 193-201.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric

    FloatArray = npt.NDArray[np.float64]

LEAST_DEGREES = 0.5
"""Of fewer, Student's quantile says nothing any more."""
_FEWEST_DEGREES = 0.05
"""Of which a metric may take it: what it asks for then is beyond all numbers that answers have."""
_REACH, _HALVINGS = 14.0, 32
"""Where the number of answers is looked for, on the log scale."""


def effect(metric: Metric, ratio: FloatArray, degrees: FloatArray, answers: FloatArray) -> FloatArray:
    """By cell, what `answers` are divided by for the interval of a metric to be as wide as it should be.

    Which is as wide as Student's with so many `degrees` of freedom, of a variance that is `ratio` times the
    one of independent answers: of their mean squared deviation over `answers`.
    """
    wanted = _quantile(degrees) ** 2
    if not metric.student:
        scaled: FloatArray = ratio * wanted / _quantile(np.maximum(answers - 1, degrees)) ** 2
        return scaled
    there = np.maximum(answers, LEAST_DEGREES)
    low, high = (np.log(there / ratio) + side * _REACH for side in (-1, 1))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        n = np.exp(middle)
        own = _quantile(np.maximum(n - 1, _FEWEST_DEGREES)) ** 2
        wide = own * there > wanted * ratio * (n - 1 if metric.unbiased else n)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    solved: FloatArray = there / np.exp(low)
    return solved


def _quantile(degrees: FloatArray) -> FloatArray:
    """Student's quantile to seven digits, by a table of logarithms: a tenth of the time."""
    found: FloatArray = np.exp(np.interp(1 / degrees, *_table()))
    return found


@cache
def _table() -> tuple[FloatArray, FloatArray]:
    """Inverse degrees of freedom, ascending, and the logarithms of their quantiles."""
    inverse = np.linspace(0.0, 1 / _FEWEST_DEGREES, 40_001)
    with np.errstate(divide="ignore"):
        return inverse, np.log(intervals.t_quantile(1 / inverse))
