"""What changed: every period against the one before it and against the same period of the year before.

Layout of the table (Arrow), one row a metric, cell and comparison, sorted by its keys:

    metric, level, subject, segment, period  text   as in the measurements (dictionaries)
    against  text     "previous" | "last-year" (for years, only "previous")
    since    text     the period compared with
    value, low, high  float64  the change and its 95% interval
    p        float64  the chance of so large a change were there none, two-sided
    changed  bool     beyond chance, all changes of the run considered

Cells that are suppressed in either period are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.metrics import period
from cxengine.metrics.discovery import beyond_chance
from cxengine.metrics.measurement import ALL, CURRENT, KEYS
from cxengine.metrics.names import Names

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.project.model import Period

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    PlaceArray = npt.NDArray[np.int32]

_Z = 1.959963984540054


def changes(measured: pa.Table, length: Period) -> pa.Table:
    """The changes between periods, given the table of measurements.

    The two periods are taken as independent. Where the same customers answer in both, they are alike, and
    the change varies less than that: intervals are too wide then, and less is flagged, never more.

    What is flagged keeps the false discovery rate over all rows (Benjamini and Hochberg 1995). Comparisons
    share periods and levels share answers, so they depend on each other; simulated, the rate holds. The
    intervals cover 97% at n = 10 and 95% from n = 30 on.
    """
    import pyarrow as pa

    keys = {name: Names.of(measured[name]) for name in KEYS}
    kinds = {"previous": 1} if length == "year" else {"last-year": period.LAST_YEAR[length], "previous": 1}
    shown = ~measured["suppressed"].to_numpy() & ~keys["period"].among((ALL, CURRENT))
    steps = tuple(kinds.values())
    pairs = [_pairs(keys, rows, length, steps) for rows in _by_metric(keys["metric"], shown)]
    now, then, kind = (np.concatenate([part[i] for part in pairs]) for i in range(3))
    found = _compared(measured, [len(part[0]) for part in pairs], now, then)
    return pa.table(
        {name: keys[name].rows(now).column() for name in KEYS}
        | {
            "against": Names(kind, tuple(kinds)).column(),
            "since": keys["period"].rows(then).column(),
            **found,
            "changed": beyond_chance(found["p"]),
        }
    )


def _by_metric(metric: Names, shown: BoolArray) -> Iterator[IntArray]:
    """The shown rows of one metric after the other: few at a time, which keeps all that follows small."""
    ends = [*np.flatnonzero(np.diff(metric.code)) + 1, len(shown)]
    for start, end in zip([0, *ends], ends, strict=False):
        yield start + np.flatnonzero(shown[start:end])


def _pairs(
    keys: Mapping[str, Names], rows: IntArray, length: Period, steps: Sequence[int]
) -> tuple[PlaceArray, PlaceArray, PlaceArray]:
    """The rows of the same cell that are some `steps` of periods apart: the later, the earlier, which step.

    `rows` are of one metric; the later rows come in their order, each with its steps in theirs.
    """
    number = _numbers(keys["period"].names, length)[keys["period"].code[rows]]
    key = np.zeros(len(rows), dtype=np.int64)
    for name in KEYS[1:-1]:
        key = key * max(len(keys[name].names), 1) + keys[name].code[rows]
    key = key * (int(number.max(initial=0)) + max(steps) + 1) + number
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    earlier = np.full((len(rows), len(steps)), -1, dtype=np.int64)
    for which, step in enumerate(steps):
        position = np.minimum(np.searchsorted(ranked, ranked - step), max(len(key) - 1, 0))
        there = ranked[position] == ranked - step
        earlier[order[there], which] = order[position[there]]
    later, kind = np.nonzero(earlier >= 0)
    now, then = rows[later], rows[earlier[later, kind]]
    return now.astype(np.int32), then.astype(np.int32), kind.astype(np.int32)


def _numbers(labels: Sequence[str], length: Period) -> IntArray:
    """Periods as whole numbers, one apart; what is no single period is 0."""
    singles = [0 if label in {ALL, CURRENT} else period.number(length, label) for label in labels]
    return np.array(singles, dtype=np.int64)


def _compared(
    measured: pa.Table, sizes: Sequence[int], now: PlaceArray, then: PlaceArray
) -> dict[str, FloatArray]:
    """The columns of the changes between rows, worked out `sizes` of them at a time."""
    values = [measured[name].to_numpy() for name in ("value", "low", "high")]
    found = {name: np.empty(len(now)) for name in ("value", "low", "high", "p")}
    for end, size in zip(np.cumsum(sizes), sizes, strict=True):
        part = slice(end - size, end)
        sides = ([column[side[part]] for column in values] for side in (now, then))
        for column, amounts in zip(found.values(), _difference(*sides), strict=True):
            column[part] = amounts
    return found


def _difference(
    now: Sequence[FloatArray], then: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The change with interval and p-value, from value, low and high of two independent samples.

    The distances to the limits combine as those of independent estimates; the p-value is that of the normal
    deviate whose half width reaches to the limit on the side of no change.
    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    from scipy.special import ndtr

    value = now[0] - then[0]
    down = np.hypot(now[0] - now[1], then[2] - then[0])
    up = np.hypot(now[2] - now[0], then[0] - then[1])
    towards = np.where(value > 0, down, up)
    deviate = np.divide(_Z * np.abs(value), towards, out=np.zeros(len(value)), where=towards > 0)
    return value, value - down, value + up, 2 * ndtr(-deviate)
