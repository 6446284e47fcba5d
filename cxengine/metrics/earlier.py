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
LAST = "last"
"""The column of an earlier run's tables that tells what was told last of the cells that it hid."""
LAST_MADE = "last_made"
"""The column beside it: when the run that told it was made (UTC)."""


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


@attrs.frozen(eq=False)
class Earlier:
    """What earlier runs told: arrays by subject, segment (everybody first) and period."""

    before: IntArray
    last: IntArray | None
    """What was told last of the cells that the earlier run hid, `NOT_COMPARED` of those that never were told;
    None where nobody knows."""
    often: IntArray
    """Nobody gives more answers to a cell."""

    def tells(self, n: IntArray, persons: IntArray, threshold: int) -> BoolArray:
        """The cells whose numbers `n`, set against those of earlier runs, would tell of a few.

        `persons` are at least behind what came or went since the earlier run.
        """
        few = (self.before >= 0) & (n != self.before) & (persons < threshold)
        found: BoolArray = few | ((self.before == WAS_HIDDEN) & self._kept_back(n, persons, threshold))
        return found & (n > 0)

    def _kept_back(self, n: IntArray, persons: IntArray, threshold: int) -> BoolArray:
        """Which of the cells that were hidden stay so, as few came since they were told last.

        Where that is not known, until everybody there was shown and has grown by the threshold or, for
        everybody, until there are twice as many answers as the threshold.
        """
        if self.last is not None:
            came = np.abs(n - self.last)
            few: BoolArray = (
                (self.last >= 0) & (came > 0) & (-(-came // np.maximum(self.often, 1)) < threshold)
            )
            return few
        before = self.before
        grown = (before[:, :1] >= 0) & (n[:, :1] > before[:, :1]) & (persons[:, :1] >= threshold)
        grown = np.broadcast_to(grown, n.shape).copy()
        grown[:, 0] = n[:, 0] >= 2 * threshold
        return ~grown
