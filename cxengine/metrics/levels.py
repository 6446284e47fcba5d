"""The cells that a customer's answers are together in, for queries that find them all: places and times.

Answers of one customer at two touchpoints are together in the stage, and of two periods in all time, so
cells of every level are asked for, not only the finest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.cel.targets.sql import literal
from cxengine.metrics import spelling

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.rollup import Hierarchy

_ALL_TIME = -2
"""All time where queries write the numbers of periods; less than any of them."""


def subjects(hierarchy: Hierarchy, touchpoints: Sequence[str], dialect: str) -> dict[str, str]:
    """For every level a name, and the number of the subject that a touchpoint belongs to, or nothing.

    `touchpoints` are in the order in which the hierarchy holds them.
    """
    found = {}
    for number, level in enumerate(hierarchy.levels):
        places = [(t, int(place)) for t, place in zip(touchpoints, level, strict=True) if place >= 0]
        if places:
            cases = " ".join(f"WHEN {literal(dialect, t)} THEN {place}" for t, place in places)
            found[f"level{number}"] = spelling.integer(dialect, f"CASE touchpoint {cases} END")
    return found


def placed(levels: Sequence[str], columns: str, sums: str, keys: str, dialect: str) -> str:
    """The rows of the query `finest`, at every level, of each period and of all time.

    `columns` come before the columns `subject` and `period`, `sums` after them; it is grouped by `keys`.
    """
    times = {"period": " AND period >= 0", spelling.integer(dialect, str(_ALL_TIME)): ""}
    return " UNION ALL ".join(
        f"SELECT {columns}, {level} AS subject, {time} AS period, {sums}"  # noqa: S608 - compiled
        f" FROM finest WHERE {level} IS NOT NULL{known} GROUP BY {keys}"
        for level in levels
        for time, known in times.items()
    )


def positions(column: pa.ChunkedArray, hierarchy: Hierarchy, times: Sequence[int]) -> npt.NDArray[np.int32]:
    """The positions of the periods of such a query, given the numbers of the periods that have answers."""
    number = column.to_numpy().astype(np.int64)
    known = np.searchsorted(np.array(times), number)
    return np.where(number == _ALL_TIME, hierarchy.all_time, known).astype(np.int32)
