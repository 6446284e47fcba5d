"""Distributions as counts by size: additive, small, and exact to half a percent.

A log histogram counts answers in bins of which each is 0.5% wider than the one before. Counts add up over
cells like any other component, and quantiles of the sums are off by at most 0.5%: what t-digests and other
sketches promise only on average. Bins of zero and of negative values are kept apart. The roundest number of a
bin stands for it: whole hours and days are told as they are, up to 200, tenths of them up to 20, and so is
most of what people name as a limit. Finer bins cost memory: a cell of very many times has 1,500 of them.

Source: Masson, Rim, Lee, DDSketch, PVLDB 12 (2019) 2195-2205: bins of relative width bound relative errors.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin.entries import only

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

__all__ = ["Distribution", "bins", "bins_sql", "end_of_bin", "values"]

_STEP = math.log(1.005)
_SHIFT = 1_000_000
"""Added to the number of a bin, so that those of the smallest doubles are positive too."""


def bins(sizes: FloatArray) -> FloatArray:
    """The bin of every value; bins sort like their values, 0 is the bin of zero."""
    size = np.where(sizes == 0, 1.0, np.abs(sizes))
    number = np.floor(np.log(size) / _STEP) + _SHIFT
    return np.where(sizes == 0, 0.0, np.sign(sizes) * number)


def bins_sql(column: str) -> str:
    """The same as SQL."""
    number = f"(FLOOR(LN(ABS({column})) / {_STEP!r}) + {_SHIFT})"
    return f"CASE WHEN {column} > 0 THEN {number} WHEN {column} < 0 THEN -{number} ELSE 0 END"


def end_of_bin(size: float) -> float:
    """The smallest value beyond the bin of a value above 0, but for rounding."""
    return math.exp((float(bins(np.array([size]))[0]) - _SHIFT + 1) * _STEP)


def values(numbers: FloatArray) -> FloatArray:
    """The value that stands for each bin: the roundest in it, nearest to its middle.

    Of as few digits as may be, or of as few dozens, as days are hours and minutes: up to four.
    """
    found = middle = np.exp((np.abs(numbers) - _SHIFT + 0.5) * _STEP)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for unit, digits in ((1.0, 4), (1.0, 3), (12.0, 2), (1.0, 2), (1.0, 1)):
            size = np.floor(np.log10(middle / unit))
            rounded = unit * _rounded(middle / unit, digits - 1 - size)
            within = np.isfinite(rounded) & (rounded > 0) & ((unit == 1.0) | (size > 0))  # whole dozens
            within[within] = bins(rounded[within]) == np.abs(numbers)[within]
            found = np.where(within, rounded, found)
    return np.where(numbers == 0, 0.0, np.sign(numbers) * found)


def _rounded(amounts: FloatArray, decimals: FloatArray) -> FloatArray:
    """Amounts to so many decimals, each the double next to that decimal."""
    up, down = 10.0 ** np.maximum(decimals, 0), 10.0 ** np.maximum(-decimals, 0)
    rounded: FloatArray = np.rint(amounts * up / down) * down / up
    return rounded


@attrs.frozen(eq=False)
class Distribution:
    """How much weight of each cell has which value: parallel arrays, sorted by cell and value."""

    cells: int
    """How many cells there are; some may have no entry."""
    cell: IntArray
    value: FloatArray
    w: FloatArray

    @classmethod
    def of(cls, cells: int, cell: IntArray, numbers: FloatArray, w: FloatArray) -> Distribution:
        """From weights by cell and number of a bin, which may repeat."""
        there = w > 0
        known, position = np.unique(numbers[there], return_inverse=True)
        key = cell[there] * max(len(known), 1) + position
        found, entry = np.unique(key, return_inverse=True)
        weight = np.bincount(entry, weights=w[there], minlength=len(found)).astype(np.float64)
        if not len(known):
            return cls(cells, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
        return cls(cells, found // len(known), values(known)[found % len(known)], weight)

    def only(self, cells: IntArray) -> Distribution:
        """That of some cells, given their positions, in this order."""
        return only(self, cells)
