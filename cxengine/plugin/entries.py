"""Components of which a cell has any number of entries: parallel arrays, sorted by `cell`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

T = TypeVar("T", bound=Any)


def only(entries: T, cells: IntArray) -> T:
    """The entries of some cells, given their positions, in this order."""
    first, last = (np.searchsorted(entries.cell, cells, side=side) for side in ("left", "right"))
    count = last - first
    start = np.cumsum(count) - count
    chosen = np.arange(count.sum()) + np.repeat(first - start, count)
    arrays = {
        field.name: getattr(entries, field.name)[chosen]
        for field in attrs.fields(type(entries))
        if field.name not in {"cells", "cell"}
    }
    found: T = attrs.evolve(entries, cells=len(cells), cell=np.repeat(np.arange(len(cells)), count), **arrays)
    return found
