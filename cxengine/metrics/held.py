"""Figures that are told again as an earlier run told them, while what came since must not be told yet.

They are in a table beside the measurements of now, one row for each that is suppressed there: the keys, then
`n`, `n_eff`, `clusters`, `value`, `low`, `high`, `caution`, and `as_of`, when the run that reckoned them was
made (UTC). Nothing is reckoned from them, so nothing mixes answers of now with those of then.

The file of a run has one table of both: with `as_of` (null for what is of now), and the figures of then in
rows that stay `suppressed`. Whoever leaves suppressed rows out reads what is of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxengine.metrics.measurement import KEYS

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt
    import pyarrow as pa

    IntArray = npt.NDArray[np.int64]

AS_OF = "as_of"
_NUMBERS = ("n", "n_eff", "clusters", "value", "low", "high", "caution")
_NOTHING = {"n": 0, "n_eff": 0.0, "clusters": 0.0, "caution": False}
"""What is said of suppressed cells; null where it is not here."""
_CHUNK = 1 << 16


def written(table: pa.Table, held: pa.Table | None) -> pa.Table:
    """The table of a run's file: what is measured now, and what is told again."""
    import pyarrow as pa

    if held is None:
        return table.append_column(AS_OF, _of_now(len(table)))
    place = _places(table, held)
    for name in _NUMBERS:
        column = table[name]
        then, nothing = np.array(column.to_numpy()), np.array(column.is_null().to_numpy())
        then[place], nothing[place] = held[name].to_numpy(), False
        table = table.set_column(
            table.column_names.index(name), name, pa.array(then, type=column.type, mask=nothing)
        )
    made = np.full(len(table), "NaT", dtype="datetime64[us]")
    made[place] = held[AS_OF].to_numpy()
    return table.append_column(AS_OF, pa.array(made))


def of_now(table: pa.Table) -> pa.Table:
    """What a run measured, without what its file tells again."""
    from pyarrow import compute

    if AS_OF not in table.column_names:
        return table
    then = compute.is_valid(table[AS_OF])
    table = table.drop_columns([AS_OF])
    if not compute.any(then).as_py():
        return table
    for name in _NUMBERS:
        nothing = compute.if_else(then, _NOTHING.get(name), table[name]).cast(table[name].type)
        table = table.set_column(table.column_names.index(name), name, nothing)
    return table


def of_then(table: pa.Table) -> pa.Table | None:
    """What the file of a run tells again; None where that is nothing."""
    from pyarrow import compute

    if AS_OF not in table.column_names:
        return None
    found = table.filter(compute.is_valid(table[AS_OF])).select([*KEYS, *_NUMBERS, AS_OF])
    return found if len(found) else None


def told(table: pa.Table, made: dt.datetime) -> pa.Table:
    """All figures of the file of a run, `made` then: what it measured, and what it told again."""
    import pyarrow as pa
    from pyarrow import compute

    before = table[AS_OF] if AS_OF in table.column_names else pa.nulls(len(table), pa.timestamp("us"))
    when = compute.if_else(table["suppressed"], before, pa.scalar(made, pa.timestamp("us")))
    found = table.select([*KEYS, *_NUMBERS]).append_column(AS_OF, when)
    return found.filter(compute.is_valid(when))


def again(table: pa.Table, figures: pa.Table) -> pa.Table | None:
    """Those of the `figures` that are suppressed in the table of now, in its order; None where none is."""
    import pyarrow as pa

    place = _places(table, figures)
    hidden = np.append(table["suppressed"].to_numpy(), np.False_)
    rows = np.flatnonzero(hidden[place])
    if not len(rows):
        return None
    return figures.take(pa.array(rows[np.argsort(place[rows], kind="stable")])).combine_chunks()


def _places(table: pa.Table, rows: pa.Table) -> IntArray:
    """Where in the table the keys of rows are; -1 where they are not."""
    import pyarrow as pa

    one, other = (
        pa.table({name: each[name].cast(pa.string()) for name in KEYS}).append_column(
            column, pa.array(np.arange(len(each)))
        )
        for each, column in ((table, "place"), (rows, "row"))
    )
    found = other.join(one, list(KEYS), join_type="inner")
    place = np.full(len(rows), -1, dtype=np.int64)
    place[found["row"].to_numpy()] = found["place"].to_numpy()
    return place


def _of_now(rows: int) -> pa.ChunkedArray:
    """No time, in every row; in few bytes, however many they are."""
    import pyarrow as pa

    chunk = pa.nulls(_CHUNK, pa.timestamp("us"))
    return pa.chunked_array([chunk] * (rows // _CHUNK) + [chunk[: rows % _CHUNK]], pa.timestamp("us"))
