"""What was measured: values with intervals, by cell.

Layout of `Measurements.table` (Arrow), one row a metric and cell, sorted by the key columns:

    metric   text     id of the metric (this and the other keys as dictionaries of Arrow)
    level    text     touchpoint | stage | journey
    subject  text     id of the touchpoint, the stage or the project
    segment  text     id of the segment; "all" for everybody; "channel:web" for what came through a channel
    period   text     "2017", "2017-Q2", "2017-05"; "all"; "current" (what the project calls present)
    n        int64    answers (0 where suppressed)
    n_eff    float64  effective sample size, what answers are worth together: as many equally weighted,
                      independent ones have the same variance. Kish's for weights, over the design effect of
                      clusters or of weights that go with the answer (0 where suppressed). What few degrees of
                      freedom cost is in the interval alone
    clusters float64  customers (responses, where nobody knows the customer) who gave the answers, as equally
                      heavy ones: (sum W)^2 / sum W^2 over their weights W; Kish's effective sample size
                      where nobody answered twice (0 where suppressed)
    value, low, high  float64, the 95% interval; null where suppressed
    suppressed bool   too few answers to be shown
    caution  bool     shown, and worth fewer answers than the project asks for without a caution

What is suppressed now and was told by an earlier run may be told again: `Measurements.held`, of which
`cxengine.metrics.held` tells.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.components import Components
    from cxengine.metrics.discovery import Discovery
    from cxengine.metrics.shrinkage import Shrunk

Level = Literal["touchpoint", "stage", "journey"]
ALL = "all"
CURRENT = "current"


@attrs.frozen
class Cell:
    """Where a metric is measured."""

    level: Level
    subject: str
    segment: str = ALL
    period: str = CURRENT


@attrs.frozen
class Measurement:
    """A value, its 95% interval, the answers behind it; NaN and no answers where it is suppressed."""

    value: float
    low: float
    high: float
    n: int
    n_eff: float
    suppressed: bool = False
    caution: bool = False
    """Worth fewer answers than `privacy.caution_n`: see `few`."""

    @property
    def as_of(self) -> dt.date | None:
        """The day of the run that reckoned it, where it is told again; None for what is of now."""
        return None


@attrs.frozen
class Held(Measurement):
    """A measurement that is told again as an earlier run told it."""

    as_of: dt.date = attrs.field(kw_only=True)


def few(n_eff: npt.ArrayLike, least: int) -> npt.NDArray[np.bool_]:
    """Where answers carry a caution: by what they are worth together, rounded as it is shown."""
    import numpy as np

    found: npt.NDArray[np.bool_] = np.rint(n_eff) < least
    return found


SUPPRESSED = Measurement(float("nan"), float("nan"), float("nan"), 0, 0.0, suppressed=True)
"""What is said of a cell with too few answers: that there are some."""


@attrs.frozen
class Change:
    """How a metric moved from one period to the next, its 95% interval, and whether that is beyond chance."""

    since: str
    period: str
    value: float
    low: float
    high: float
    changed: bool


@attrs.frozen(slots=False, eq=False)
class Measurements:
    """All measurements of a run."""

    table: pa.Table
    components: Components | None = attrs.field(default=None, repr=False)
    """What the measurements were computed from: for insight, draws, other metrics."""
    changes: pa.Table | None = attrs.field(default=None, repr=False)
    """How metrics moved from period to period; `metrics.trend` tells the layout."""
    held: pa.Table | None = None
    """What is told again of suppressed cells: see `metrics.held`. Nothing is reckoned from it."""
    gone: frozenset[str] = frozenset()
    """Signals with cells that have fewer answers now than when they were told last."""

    def flagged(self, discovery: Discovery) -> Measurements:
        """The same with what of the changes is beyond chance."""
        from cxengine.metrics.trend import flagged

        changes = None if self.changes is None else flagged(self.changes, discovery)
        return attrs.evolve(self, changes=changes)

    def get(
        self, metric: str, level: Level, subject: str, *, segment: str = ALL, period: str = CURRENT
    ) -> Measurement | None:
        """The measurement of a metric in a cell; None where there is no answer at all."""
        row = self._places.row((metric, level, subject, segment, period))
        if row is None:
            return None
        if self._columns["suppressed"][row]:
            return SUPPRESSED
        value, low, high, n, n_eff = (self._columns[name][row].item() for name in _NUMBERS)
        return Measurement(value, low, high, n, n_eff, caution=self._columns["caution"][row].item())

    def told(
        self, metric: str, level: Level, subject: str, *, segment: str = ALL, period: str = CURRENT
    ) -> Measurement | None:
        """What is told of a cell: as `get`, or else what is told again."""
        found = self.get(metric, level, subject, segment=segment, period=period)
        if found is None or not found.suppressed:
            return found
        return self._held.get((metric, Cell(level, subject, segment, period)), found)

    def change(self, metric: str, level: Level, subject: str, *, segment: str = ALL) -> Change | None:
        """How a metric moved in the latest period, against the one before; None where one is not shown.

        Measurements must be `flagged` before.
        """
        return self._latest.get((metric, Cell(level, subject, segment)))

    def range(self, metric: str) -> tuple[float, float]:
        """The smallest and the largest possible value of a metric; infinite where there is no end."""
        unknown = (-math.inf, math.inf)
        return unknown if self.components is None else self.components.ranges.get(metric, unknown)

    def shrunk(
        self, metric: str, level: Level, subject: str, segments: Iterable[str], *, period: str = CURRENT
    ) -> dict[str, Shrunk]:
        """Values of segments, drawn towards everybody's as far as their differences may be chance.

        Only of segments that are shown, and empty where everybody is not; `metrics.shrinkage` has the method.
        """
        from cxengine.metrics.shrinkage import shrunk

        return shrunk(self, metric, level, subject, segments, period=period)

    @cached_property
    def _places(self) -> _Places:
        return _Places.of(self.table)

    @cached_property
    def _columns(self) -> Mapping[str, npt.NDArray[Any]]:
        return {name: self.table[name].to_numpy() for name in (*_NUMBERS, "suppressed", "caution")}

    @cached_property
    def _latest(self) -> dict[tuple[str, Cell], Change]:
        """The changes of the latest period that was measured, by metric and cell."""
        import pyarrow.compute as pc

        periods = sorted(set(self.table["period"].unique().to_pylist()) - {ALL, CURRENT})
        if self.changes is None or not periods:
            return {}
        latest = pc.and_(
            pc.equal(self.changes["period"].cast("string"), periods[-1]),
            pc.equal(self.changes["against"].cast("string"), "previous"),
        )
        return {
            (row["metric"], Cell(row["level"], row["subject"], row["segment"])): Change(
                **{field.name: row[field.name] for field in attrs.fields(Change)}
            )
            for row in self.changes.filter(latest).to_pylist()
        }

    @cached_property
    def by_cell(self) -> dict[tuple[str, Cell], Measurement]:
        """Every measurement by metric and cell."""
        columns = {name: self.table[name].to_pylist() for name in self.table.column_names}
        cells = map(Cell, columns["level"], columns["subject"], columns["segment"], columns["period"])
        numbers = zip(*(columns[name] for name in (*_NUMBERS, "caution")), strict=True)
        return {
            (metric, cell): SUPPRESSED if hidden else Measurement(value, low, high, n, n_eff, caution=caution)
            for metric, cell, (value, low, high, n, n_eff, caution), hidden in zip(
                columns["metric"], cells, numbers, columns["suppressed"], strict=True
            )
        }

    @cached_property
    def told_by_cell(self) -> dict[tuple[str, Cell], Measurement]:
        """What is told by metric and cell: as `by_cell`, or else what is told again."""
        return {**self.by_cell, **self._held}

    @cached_property
    def _held(self) -> dict[tuple[str, Cell], Held]:
        rows = [] if self.held is None else self.held.to_pylist()
        return {
            (row["metric"], Cell(row["level"], row["subject"], row["segment"], row["period"])): Held(
                value=row["value"],
                low=row["low"],
                high=row["high"],
                n=row["n"],
                n_eff=row["n_eff"],
                caution=row["caution"],
                as_of=row["as_of"].date(),
            )
            for row in rows
        }


_NUMBERS = ("value", "low", "high", "n", "n_eff")
KEYS = ("metric", "level", "subject", "segment", "period")
"""The columns that name a row of the table."""


@attrs.frozen(eq=False)
class _Places:
    """Finds rows by their keys without an object for each: all keys of a row are one number."""

    columns: tuple[Mapping[str, int], ...]
    """The numbers of the texts of every key column."""
    ranked: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: pa.Table) -> _Places:
        import numpy as np

        from cxengine.metrics.names import Names

        keys = [Names.of(table[name]) for name in KEYS]
        number = np.zeros(table.num_rows, dtype=np.int64)
        for key in keys:
            number = number * len(key.names) + key.code
        rows = np.argsort(number, kind="stable")
        columns = tuple({name: code for code, name in enumerate(key.names)} for key in keys)
        return cls(columns, number[rows], rows)

    def row(self, keys: Sequence[str]) -> int | None:
        """The row with these keys; None where there is none."""
        number = 0
        for codes, key in zip(self.columns, keys, strict=True):
            code = codes.get(key)
            if code is None:
                return None
            number = number * len(codes) + code
        place = int(self.ranked.searchsorted(number))
        return int(self.rows[place]) if place < len(self.rows) and self.ranked[place] == number else None
