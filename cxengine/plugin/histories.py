"""Histories of customers: how often, since when and until when each of them came, and what was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.plugin.entries import only

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

__all__ = ["Histories"]


@attrs.frozen(eq=False)
class Histories:
    """Customers by cell: parallel arrays, one entry a cell and kind of history, sorted by cell.

    `x` is the number of days with an answer after the first, `recency` the days from the first to the last
    of them, `age` the days from the first until anybody's last answer to the signal, `spent` the sum of the
    values on those `x` days, `w` how many customers have this history.
    """

    cells: int
    cell: IntArray
    x: FloatArray
    recency: FloatArray
    age: FloatArray
    spent: FloatArray
    w: FloatArray

    def only(self, cells: IntArray) -> Histories:
        """Those of some cells, given their positions, in this order."""
        return only(self, cells)
