"""How customers grew: what each of them spent in a period and in the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.plugin.entries import only

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

__all__ = ["Growths"]


@attrs.frozen(eq=False)
class Growths:
    """Customers by cell: parallel arrays, one entry a cell and kind of growth, sorted by cell.

    `before` is what a customer spent in the earlier period; of the present period, `kept` is what those spent
    who had come before it, `earned` what those spent who came in it because others recommended us, and
    `bought` what all other new customers spent. `w` is how many customers are of this kind.
    """

    cells: int
    cell: IntArray
    before: FloatArray
    kept: FloatArray
    earned: FloatArray
    bought: FloatArray
    w: FloatArray

    def only(self, cells: IntArray) -> Growths:
        """Those of some cells, given their positions, in this order."""
        return only(self, cells)
