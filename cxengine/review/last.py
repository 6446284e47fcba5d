"""What was told last of the cells that a run hides: that of the run before it, or what that one kept of it.

A cell that is hidden because a few came since the run before may come back when enough have come since the
run that showed it. So a run that is kept to be compared with (`cxengine.review.earlier`) carries that number
along, in a column `last` of its tables; null where nobody was told it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


def with_last(table: pa.Table, earlier: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The table of a run, with what the one `earlier` tells of its hidden cells, known by their `keys`.

    Both have columns `n` and `suppressed`. Without a new column where nothing is known.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    from cxengine.metrics.earlier import LAST

    before = earlier[LAST] if LAST in earlier.column_names else pa.nulls(len(earlier), pa.int64())
    told = compute.if_else(earlier["suppressed"], before, earlier["n"])
    known = _named(earlier, keys).append_column(LAST, told).filter(compute.is_valid(told))
    hidden = _named(table, keys).append_column("row", pa.array(np.arange(len(table))))
    found = hidden.filter(table["suppressed"]).join(known, list(keys), join_type="inner")
    if not len(found):
        return table
    last = np.full(len(table), -1)
    last[found["row"].to_numpy()] = found[LAST].to_numpy()
    return table.append_column(LAST, pa.array(last, mask=last < 0))


def kept_back(table: pa.Table, earlier: pa.Table) -> str:
    """A sentence on the measurements that were told before and are hidden now; empty where there are none."""
    from cxengine.metrics.earlier import LAST
    from cxengine.metrics.measurement import ALL, CURRENT, KEYS

    found = with_last(table, earlier, KEYS)
    if LAST not in found.column_names:
        return ""
    rows = [row for row in found.select([*KEYS, LAST]).to_pylist() if row[LAST] is not None]
    rows = [row for row in rows if row["period"] != CURRENT]
    first: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: _LEVELS.index(row["level"])):
        if row["segment"] == ALL and row["period"] == ALL:
            first.setdefault(row["metric"], []).append(row["subject"])
    named = "; ".join(f"{metric} of {', '.join(places)}" for metric, places in sorted(first.items()))
    among = f", among them (everybody, all time) {named}" if named else ""
    return (
        f"Kept back, though told before: {len(rows)} figure{'s' * (len(rows) != 1)}{among}. Beside what was"
        " told then, too few have answered since; more answers bring them back."
    )


_LEVELS = ("journey", "stage", "touchpoint")


def _named(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The keys as plain texts."""
    import pyarrow as pa

    return pa.table({key: table[key].cast(pa.string()) for key in keys})
