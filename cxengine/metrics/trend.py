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

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import period
from cxengine.metrics.discovery import beyond_chance
from cxengine.metrics.measurement import ALL, CURRENT, KEYS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.project.model import Period

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

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

    keys = {name: _Names.of(measured[name]) for name in KEYS}
    shown = ~measured["suppressed"].to_numpy() & ~keys["period"].among((ALL, CURRENT))
    rows = np.flatnonzero(shown)
    number = _numbers(keys["period"], length)[rows]
    cell = _cells(keys, rows)
    steps = {"previous": 1} if length == "year" else {"last-year": period.LAST_YEAR[length], "previous": 1}
    pairs = [_pairs(cell, number, steps[against]) for against in sorted(steps)]
    now, then = (rows[np.concatenate(side)] for side in zip(*pairs, strict=True))
    kind = np.repeat(np.arange(len(pairs)), [len(later) for later, _ in pairs])
    order = np.lexsort((kind, np.searchsorted(rows, now)))
    now, then, kind = now[order], then[order], kind[order]
    value, low, high, p = _difference(*(_values(measured, side) for side in (now, then)))
    return pa.table(
        {name: keys[name].column(now) for name in KEYS}
        | {
            "against": _Names(np.arange(len(steps)), tuple(sorted(steps))).column(kind),
            "since": keys["period"].column(then),
            "value": value,
            "low": low,
            "high": high,
            "p": p,
            "changed": beyond_chance(p),
        }
    )


@attrs.frozen(eq=False)
class _Names:
    """A column of text as numbers: `code` is the position of each row's text in `names`."""

    code: IntArray
    names: tuple[str, ...]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Names:
        encoded = column.combine_chunks().dictionary_encode()
        return cls(encoded.indices.to_numpy().astype(np.int64), tuple(encoded.dictionary.to_pylist()))

    def among(self, names: Sequence[str]) -> BoolArray:
        """The rows with one of these texts."""
        chosen = np.array([name in names for name in self.names], dtype=bool)
        return chosen[self.code]

    def column(self, rows: IntArray) -> pa.DictionaryArray:
        """The texts of some rows."""
        import pyarrow as pa

        codes = pa.array(self.code[rows].astype(np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array(self.names, pa.string()))


def _numbers(periods: _Names, length: Period) -> IntArray:
    """Periods as whole numbers, one apart; what is no single period is 0."""
    single = [label not in {ALL, CURRENT} for label in periods.names]
    each = [
        period.number(length, label) if one else 0 for label, one in zip(periods.names, single, strict=True)
    ]
    return np.array(each, dtype=np.int64)[periods.code]


def _cells(keys: Mapping[str, _Names], rows: IntArray) -> IntArray:
    """A number for every metric and cell, whatever the period."""
    place = np.zeros(len(rows), dtype=np.int64)
    for name in KEYS[:-1]:
        place = place * max(len(keys[name].names), 1) + keys[name].code[rows]
    return place


def _pairs(cell: IntArray, number: IntArray, step: int) -> tuple[IntArray, IntArray]:
    """The rows of the same cell that are `step` periods apart: the later and the earlier ones."""
    width = int(number.max(initial=0)) + step + 1
    key = cell * width + number
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    position = np.minimum(np.searchsorted(ranked, ranked - step), max(len(key) - 1, 0))
    there = ranked[position] == ranked - step
    return order[there], order[position[there]]


def _values(table: pa.Table, rows: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    value, low, high = (table[name].to_numpy()[rows] for name in ("value", "low", "high"))
    return value, low, high


def _difference(
    now: tuple[FloatArray, FloatArray, FloatArray], then: tuple[FloatArray, FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The change with interval and p-value, from the values and intervals of two independent samples.

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
