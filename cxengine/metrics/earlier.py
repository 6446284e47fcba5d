"""What an earlier run showed, held against today's cells: a reader of both subtracts one from the other.

`before` are arrays like today's numbers of answers: what the earlier run told of each cell, `WAS_HIDDEN`
where it hid the cell, `NOT_COMPARED` where it told of no such cell at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

WAS_HIDDEN = -1
NOT_COMPARED = -2


@attrs.frozen(eq=False)
class Since:
    """What came or went since the earlier run, by entry: cells, then what follows from them."""

    counts: IntArray
    least: IntArray
    """At least so many persons are behind what came or went."""
    known: BoolArray
    """Where it is known here; elsewhere the earlier run hid something."""
    seen: BoolArray
    """Where the earlier run showed the cell, so that it is seen if the cell is shown today."""
    hid: BoolArray
    """Where the earlier run hid the cell."""

    def secret(self, threshold: int) -> BoolArray:
        """What must not be told: of a few, and of what was hidden."""
        few: BoolArray = self.known & (self.counts != 0) & (self.least < threshold)
        return few | self.hid


def compared(n: IntArray, before: IntArray, persons: IntArray, threshold: int) -> BoolArray:
    """The cells whose numbers, set against those of an earlier run, would tell of a few.

    Arrays by subject, segment (everybody first) and period; `persons` are at least behind what came or went
    since. A cell that was hidden has not visibly grown unless everybody there was shown and has grown by the
    threshold or, for everybody, there are now twice as many answers as the threshold.
    """
    moved = (before >= 0) & (n != before)
    grown = (before[:, :1] >= 0) & (n[:, :1] > before[:, :1]) & (persons[:, :1] >= threshold)
    grown = np.broadcast_to(grown, n.shape).copy()
    grown[:, 0] = n[:, 0] >= 2 * threshold
    found: BoolArray = (moved & (persons < threshold)) | ((before == WAS_HIDDEN) & ~grown)
    return found & (n > 0)
