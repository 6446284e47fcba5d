"""What changed: every period against the one before it and against the same period of the year before.

Layout of the table (Arrow), one row a metric, cell and comparison, sorted by its keys:

    metric, level, subject, segment, period  text   as in the measurements (dictionaries)
    against  text     "previous" | "last-year" (for years, only "previous")
    since    text     the period compared with
    value, low, high  float64  the change and its 95% interval; of what adds up over time, such as sales, for
                      a period as long as the later one
    p        float64  the chance of so large a change were there none, two-sided
    changed  bool     beyond chance, all that the run tests considered (`cxengine.metrics.discovery`);
                      `flagged` adds it, when everything else that is tested is known

Cells that are suppressed in either period are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import period
from cxengine.metrics.blocks import Block, Cells, repeated
from cxengine.metrics.covered import whole_days
from cxengine.metrics.measurement import ALL, CURRENT
from cxengine.metrics.names import Names
from cxengine.plugin import intervals

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.chances import Between
    from cxengine.metrics.covered import Covered
    from cxengine.metrics.discovery import Discovery
    from cxengine.project.model import Period

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


def changes(
    measured: Sequence[Block],
    length: Period,
    covered: Mapping[str, Covered] | None = None,
    told: Mapping[str, Between] | None = None,
) -> pa.Table:
    """The changes between periods of all metrics, nothing flagged yet; a metric is a chunk of the table.

    `covered` has the metrics that add up over time: their periods are compared per day, and the change told
    is that of a whole period as long as the later one. `told` has the metrics that tell themselves how
    probable differences are, given the rows of their blocks.

    The two periods are taken as independent. Where the same customers answer in both, they are alike, and
    the change varies less than that: intervals are too wide then, and less is flagged, never more.

    The intervals cover 97% at n = 10 and 95% from n = 30 on. Comparisons share periods and levels share
    answers, so their chances depend on each other; simulated, the false discovery rate holds.
    """
    import pyarrow as pa

    names = pa.array([block.metric for block in measured], pa.string())
    if not measured:
        nobody, nothing = Names(np.zeros(0, dtype=np.int32), ()), np.zeros(0)
        keys = dict.fromkeys(("level", "subject", "segment", "period"), nobody)
        none = Cells(keys, nothing.astype(np.int64), nothing, nothing, *[nothing.astype(bool)] * 2)
        measured = [Block("", none, nothing, nothing, nothing)]
    pairs = {cells: _Pairs.of(cells, length) for cells in dict.fromkeys(block.cells for block in measured)}
    days, by_itself = covered or {}, told or {}
    found = [
        _compared(block, pairs[block.cells], days.get(block.metric), by_itself.get(block.metric))
        for block in measured
    ]
    return pa.concat_tables(
        pa.table(
            {
                "metric": repeated(number, names, len(one["p"])),
                **pairs[block.cells].columns,
                **one,
            }
        )
        for number, (block, one) in enumerate(zip(measured, found, strict=True))
    )


def flagged(changes: pa.Table, discovery: Discovery) -> pa.Table:
    """The same with what is beyond chance."""
    import pyarrow.compute as pc

    least = -1.0 if discovery.cutoff is None else discovery.cutoff
    return changes.append_column("changed", pc.less_equal(changes["p"], least))


@attrs.frozen(eq=False)
class _Pairs:
    """Rows of the same cell that are compared: the later, the earlier, and the columns that tell of both."""

    now: IntArray
    then: IntArray
    columns: Mapping[str, pa.Array]

    @classmethod
    def of(cls, cells: Cells, length: Period) -> _Pairs:
        kinds = (
            {"previous": 1} if length == "year" else {"last-year": period.LAST_YEAR[length], "previous": 1}
        )
        now, then, kind = _pairs(cells, length, tuple(kinds.values()))
        columns = {name: key.rows(now).column() for name, key in cells.keys.items()}
        columns["against"] = Names(kind.astype(np.int32), tuple(kinds)).column()
        columns["since"] = cells.keys["period"].rows(then).column()
        return cls(now, then, columns)


def _pairs(cells: Cells, length: Period, steps: Sequence[int]) -> tuple[IntArray, IntArray, IntArray]:
    """The rows of the same cell that are some `steps` of periods apart: the later, the earlier, which step.

    The later rows come in their order, each with its steps in theirs.
    """
    keys = cells.keys
    rows = np.flatnonzero(~cells.suppressed & ~keys["period"].among((ALL, CURRENT)))
    number = _numbers_of(cells, length)[rows]
    key = np.zeros(len(rows), dtype=np.int64)
    for name in ("level", "subject", "segment"):
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
    return rows[later], rows[earlier[later, kind]], kind


def _numbers_of(cells: Cells, length: Period) -> IntArray:
    """The number of the period of every row."""
    periods = cells.keys["period"]
    return _numbers(periods.names, length)[periods.code]


def _numbers(labels: Sequence[str], length: Period) -> IntArray:
    """Periods as whole numbers, one apart; what is no single period is 0."""
    singles = [0 if label in {ALL, CURRENT} else period.number(length, label) for label in labels]
    return np.array(singles, dtype=np.int64)


def _compared(
    block: Block, pairs: _Pairs, covered: Covered | None, told: Between | None
) -> dict[str, FloatArray]:
    """The changes of a metric, one entry a pair of rows: `value`, `low`, `high` and `p`.

    They are those of value, low and high in two periods, of independent samples; of totals, at the same
    length. The distances to the limits combine as those of independent estimates; the p-value is that of the
    normal deviate whose half width reaches to the limit on the side of no change, unless the metric tells
    its own.

    Source: Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702.
    """
    side = _Side.of(block)
    now, then = side.at(pairs.now), side.at(pairs.then)
    if covered is not None:
        numbers = _numbers_of(block.cells, covered.length)
        whole = whole_days(covered.length, numbers[pairs.now])
        now = now.at_length(whole / covered.days(numbers[pairs.now]))
        then = then.at_length(whole / covered.days(numbers[pairs.then]))
    value = np.subtract(now.value, then.value, out=now.value)  # sides are copies: their room is used again
    down = np.sqrt(np.add(now.below, then.above, out=now.below), out=now.below)
    up = np.sqrt(np.add(now.above, then.below, out=now.above), out=now.above)
    p = None if told is None else told(pairs.now, pairs.then)
    if p is None:
        p = intervals.chances_between(value, down, up)
    return {
        "value": value,
        "low": np.subtract(value, down, out=down),
        "high": np.add(value, up, out=up),
        "p": p,
    }


@attrs.frozen(eq=False)
class _Side:
    """Values with the squares of the distances to their limits, which add up where values are independent."""

    value: FloatArray
    below: FloatArray
    above: FloatArray

    @classmethod
    def of(cls, block: Block) -> _Side:
        """Every value of the block, once, however many pairs it is in."""
        below, above = block.value - block.low, block.high - block.value
        return cls(block.value, np.square(below, out=below), np.square(above, out=above))

    def at(self, rows: IntArray) -> _Side:
        return _Side(self.value.take(rows), self.below.take(rows), self.above.take(rows))

    def at_length(self, times: FloatArray) -> _Side:
        """Totals of periods so many times as long."""
        return _Side(self.value * times, self.below * times**2, self.above * times**2)
