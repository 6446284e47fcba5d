"""What was measured: values with intervals, by cell.

Layout of `Measurements.table` (Arrow), one row a metric and cell, sorted by the key columns:

    metric   text     id of the metric
    level    text     touchpoint | stage | journey
    subject  text     id of the touchpoint, the stage or the project
    segment  text     id of the segment; "all" for everybody
    period   text     "2017", "2017-Q2", "2017-05"; "all"; "current" (what the project calls present)
    n        int64    answers (0 where suppressed)
    n_eff    float64  Kish's effective sample size
    value, low, high  float64, the 95% interval; null where suppressed
    suppressed bool   too few answers to be shown
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    import pyarrow as pa

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


@attrs.frozen(slots=False, eq=False)
class Measurements:
    """All measurements of a run."""

    table: pa.Table

    def get(
        self, metric: str, level: Level, subject: str, *, segment: str = ALL, period: str = CURRENT
    ) -> Measurement | None:
        """The measurement of a metric in a cell; None where there is no answer at all."""
        return self.by_cell.get((metric, Cell(level, subject, segment, period)))

    @cached_property
    def by_cell(self) -> dict[tuple[str, Cell], Measurement]:
        """Every measurement by metric and cell."""
        return dict(self._rows())

    def _rows(self) -> Iterator[tuple[tuple[str, Cell], Measurement]]:
        nan = float("nan")
        for row in self.table.to_pylist():
            cell = Cell(row["level"], row["subject"], row["segment"], row["period"])
            hidden = row["suppressed"]
            numbers = (nan, nan, nan) if hidden else (row["value"], row["low"], row["high"])
            yield (row["metric"], cell), Measurement(numbers[0], numbers[1], numbers[2], row["n"], row["n_eff"], hidden)
