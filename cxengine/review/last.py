"""What was told last of the cells that a run hides: that of the run before it, or what that one kept of it.

A cell that is hidden because a few came since the run before may come back when enough have come since the
run that showed it. So a run that is kept to be compared with (`cxengine.review.earlier`) carries that number
along, in a column `last` of its tables; null where nobody was told it. Beside it, `last_made` is when that
run was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from cxengine.insight.insight import Insight


def with_last(
    table: pa.Table, earlier: pa.Table, keys: Sequence[str], made: dt.datetime | None = None
) -> pa.Table:
    """The table of a run, with what the one `earlier` tells of its hidden cells, known by their `keys`.

    Both have columns `n` and `suppressed`. Where it is known when the earlier run was `made`, a second column
    has the time of the run that told each number. Without new columns where nothing is known.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    from cxengine.metrics.earlier import LAST, LAST_MADE

    own = {LAST: earlier["n"], LAST_MADE: pa.scalar(made, pa.timestamp("us"))}
    told = {
        name: compute.if_else(earlier["suppressed"], _column(earlier, name, one.type), one)
        for name, one in own.items()
    }
    known = _named(earlier, keys).append_column(LAST, told[LAST]).append_column(LAST_MADE, told[LAST_MADE])
    known = known.filter(compute.is_valid(known[LAST]))
    hidden = _named(table, keys).append_column("row", pa.array(np.arange(len(table))))
    found = hidden.filter(table["suppressed"]).join(known, list(keys), join_type="inner")
    if not len(found):
        return table
    last, when = np.full(len(table), -1), np.full(len(table), "NaT", dtype="datetime64[us]")
    last[found["row"].to_numpy()] = found[LAST].to_numpy()
    when[found["row"].to_numpy()] = found[LAST_MADE].to_numpy()
    table = table.append_column(LAST, pa.array(last, mask=last < 0))
    return table if made is None else table.append_column(LAST_MADE, pa.array(when))


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    """A column of a table, or nothing."""
    import pyarrow as pa

    return table[name] if name in table.column_names else pa.nulls(len(table), kind)


def kept_back(table: pa.Table, earlier: pa.Table, held: pa.Table | None) -> str:
    """What became of measurements that were told before and are hidden now; empty where there are none.

    `held` are those that are told again as they were.
    """
    from cxengine.metrics.earlier import LAST
    from cxengine.metrics.held import AS_OF
    from cxengine.metrics.measurement import CURRENT, KEYS

    found = with_last(table, earlier, KEYS)
    if LAST not in found.column_names:
        return ""
    again = [] if held is None else held.select([*KEYS, AS_OF]).to_pylist()
    again = [row for row in again if row["period"] != CURRENT]
    told = {tuple(row[key] for key in KEYS) for row in again}
    rows = [row for row in found.select([*KEYS, LAST]).to_pylist() if row[LAST] is not None]
    lost = [row for row in rows if row["period"] != CURRENT and tuple(row[key] for key in KEYS) not in told]
    return " ".join(filter(None, (_again(again), _lost(lost))))


def _again(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is told as it was."""
    from cxengine.metrics.held import AS_OF

    if not rows:
        return ""
    when = _when([f"{row[AS_OF]:%Y-%m-%d}" for row in rows])
    return (
        f"Told again as of {when}: {_counted(len(rows), 'figure')}. Beside what was told then, too few have"
        " answered since; the newer answers wait for others."
    )


def felt_again(insight: Insight, previous: Sequence[Mapping[str, Any]]) -> str:
    """What became of feelings that were told before and are hidden now; empty where there are none.

    `previous` are those that the earlier run told, as rows.
    """
    before = {(row["touchpoint"], row["segment"]) for row in previous}
    days = [f"{one.as_of}" for one in insight.feelings if one.as_of is not None]
    lost = sum(one.emotion.suppressed and (one.touchpoint, one.segment) in before for one in insight.feelings)
    told = f"Told again as of {_when(days)}: {_counted(len(days), 'feeling')}." if days else ""
    kept = f"Kept back, though told before: {_counted(lost, 'feeling')}." if lost else ""
    return " ".join(filter(None, (told, kept)))


def _when(days: Sequence[str]) -> str:
    first, last = min(days), max(days)
    return first if first == last else f"{first} to {last}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _lost(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is told no more."""
    from cxengine.metrics.measurement import ALL

    if not rows:
        return ""
    first: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: _LEVELS.index(row["level"])):
        if row["segment"] == ALL and row["period"] == ALL:
            first.setdefault(row["metric"], []).append(row["subject"])
    named = "; ".join(f"{metric} of {', '.join(places)}" for metric, places in sorted(first.items()))
    among = f", among them (everybody, all time) {named}" if named else ""
    return (
        f"Kept back, though told before: {_counted(len(rows), 'figure')}{among}. Beside what was"
        " told then, too few have answered since; more answers bring them back, or `--previous none` if"
        " nobody else has seen that run."
    )


_LEVELS = ("journey", "stage", "touchpoint")


def _named(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The keys as plain texts."""
    import pyarrow as pa

    return pa.table({key: table[key].cast(pa.string()) for key in keys})
