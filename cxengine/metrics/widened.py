"""Effective numbers of answers with which a metric's own interval is as wide as degrees of freedom ask for.

What the variance of few clusters, or of uneven weights, may be off by is made up for by Student's quantile of
its degrees of freedom. A metric is told an effective number of answers n alone, and makes its interval of it:
of a fixed quantile, or of Student's of `n - 1`, with a variance that it divides by n or by `n - 1`
(`Metric.student`, `Metric.unbiased`). Where it takes Student's, n stands on both sides, and is solved for.

It serves the interval, and nothing else: what answers are worth, which is told, goes by their variance alone.
How sure that variance is says nothing about how much the answers say.

Source: Korn, Graubard, Survey Methodology 24 (1998) 193-201.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.plugin import Metric

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]

LEAST_DEGREES = 0.5
"""Of fewer, Student's quantile says nothing any more."""
_FEWEST_DEGREES = 0.05
"""Of which a metric may take it: what it asks for then is beyond all numbers that answers have."""
_REACH, _HALVINGS = 14.0, 32
"""Where the number of answers is looked for, on the log scale."""


@attrs.frozen(eq=False)
class Divisors:
    """By cell of a metric, what Kish's effective number of answers is divided by."""

    design: FloatArray
    """The design effect: for as many equally weighted, independent answers as have the same variance."""
    interval: FloatArray
    """For as many as make the metric's own interval as wide as the degrees of freedom ask for."""

    def where(self, there: BoolArray, other: Divisors) -> Divisors:
        """These in some cells, others elsewhere."""
        return Divisors(
            np.where(there, self.design, other.design), np.where(there, self.interval, other.interval)
        )


def nothing(cells: int) -> Divisors:
    """Where Kish's number is right."""
    return Divisors(np.ones(cells), np.ones(cells))


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
