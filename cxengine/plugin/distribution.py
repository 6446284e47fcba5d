"""Distributions as counts by size: additive, small, and exact to half a percent.

A log histogram counts answers in bins of which each is 1% wider than the one before. Counts add up over
cells like any other component, and quantiles of the sums are off by at most half a percent: what t-digests
and other sketches promise only on average. Bins of zero and of negative values are kept apart.

Source: Masson, Rim, Lee, DDSketch, PVLDB 12 (2019) 2195-2205: bins of relative width bound relative errors.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

__all__ = ["Distribution", "bins", "bins_sql", "values"]

_STEP = math.log(1.01)
_SHIFT = 100_000
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


def values(numbers: FloatArray) -> FloatArray:
    """The value that stands for each bin: its geometric middle."""
    size = np.exp((np.abs(numbers) - _SHIFT + 0.5) * _STEP)
    return np.where(numbers == 0, 0.0, np.sign(numbers) * size)


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
