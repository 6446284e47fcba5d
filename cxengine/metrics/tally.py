"""From the rows of the scan to components by cell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import period
from cxengine.metrics.components import Axes, Histogram, Totals
from cxengine.metrics.exact import UNIT, billionths, scaled
from cxengine.metrics.measurement import ALL, CURRENT, Level
from cxengine.metrics.names import Names
from cxengine.metrics.pooling import poolable, pooled
from cxengine.metrics.rollup import Hierarchy, Rows, concatenated, roll_up
from cxengine.metrics.segment import populations
from cxengine.plugin.component import ADDITIVE, CENSORED
from cxengine.plugin.distribution import bins

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.pooling import Populations
    from cxengine.metrics.scan import Scan
    from cxengine.project.model import Project, Signal

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

WHOLE = "journey"
"""The touchpoint of answers about the whole relationship."""


def axes(project: Project, times: list[int]) -> Axes:
    """All subjects, segments and periods, each sorted; `times` are the periods that have answers."""
    subjects: list[tuple[Level, str]] = [
        *(("touchpoint", str(t.id)) for t in project.touchpoints),
        *(("stage", str(s.id)) for s in project.stages),
        ("journey", str(project.project.id)),
    ]
    return Axes(
        subjects=tuple(sorted(subjects)),
        segments=tuple(sorted(populations(project))),
        periods=(*(period.label(project.evidence.period, time) for time in times), ALL, CURRENT),
    )


def times(*tables: pa.Table) -> list[int]:
    """The numbers of the periods that have answers, ascending."""
    found = {number for table in tables for number in table["period"].unique().to_pylist()}
    return sorted(found - {None})


@attrs.frozen(eq=False)
class Tallier:
    """Adds up the rows of one scan, signal by signal."""

    project: Project
    scan: Scan
    table: pa.Table
    columns: Mapping[tuple[str, str], str]
    """The column of every component of a metric of a continuous signal."""
    axes: Axes
    times: list[int]

    def histogram(self, signal: Signal) -> Histogram | None:
        """All cells of a signal on a discrete scale; None where it has no answers that have ended."""
        found = self._rolled_up(signal, {})
        if found is None:
            return None
        rows, values, censored = found
        ended = rows.where(~censored)
        if not len(ended):
            return None
        cells, cell = self._cells(ended)
        weights = (ended.sums["w"], ended.sums["w2"]) if "w" in ended.sums else None
        return Histogram(cells, cell.astype(np.int32), values[~censored], ended.sums["n"], weights)

    def totals(self, signal: Signal) -> Totals | None:
        """All cells of a signal whose answers are aggregated; None where it has none."""
        found = self._rolled_up(signal, self.columns)
        if found is None:
            return None
        rows, values, censored = found
        cells, cell = self._cells(rows)
        amounts = {**rows.sums, **rows.lows, **rows.highs}
        if "w" not in amounts:
            amounts["w"] = amounts["w2"] = scaled(amounts["n"], UNIT)
        if signal.id in self.scan.discrete:
            values = bins(values)
        return Totals(cells, cell, values, censored, amounts, self.columns)

    def _rolled_up(
        self, signal: Signal, columns: Mapping[tuple[str, str], str]
    ) -> tuple[Rows, FloatArray, npt.NDArray[np.bool_]] | None:
        """The rows of all cells, with the value (or bin) of each and whether it is censored."""
        import pyarrow as pa

        wanted = {*self.scan.keys, *(f"s{i}" for i in range(len(self.scan.cubes))), "n", "w", "w2"}
        wanted.update(columns.values())
        table = self.table.select([name for name in self.table.column_names if name in wanted])
        table = table.filter(pa.array(self._signals.among((str(signal.id),))))
        values, value = np.unique(table["answer"].to_numpy(), return_inverse=True)
        key = 2 * value
        if CENSORED in table.column_names:
            key = key + table[CENSORED].to_numpy().astype(np.int64)
        rows = self._of_all_cells(self._rows(table, key, columns), self._populations(table), signal)
        return (rows, values[rows.value // 2], rows.value % 2 == 1) if len(rows) else None

    @cached_property
    def _signals(self) -> Names:
        return Names.of(self.table["signal"])

    def _cells(self, rows: Rows) -> tuple[IntArray, IntArray]:
        """The codes of the cells, and of every row the position of its own; rows are sorted by cell."""
        codes = self.axes.codes(rows.subject, rows.segment, rows.period)
        first = np.diff(codes, prepend=-1) != 0
        return codes[first], np.cumsum(first) - 1

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """In the order of hierarchies: those of the project, then the relationship as a whole."""
        return (*(str(t.id) for t in self.project.touchpoints), WHOLE)

    @property
    def present(self) -> int | None:
        """The number of the period that counts as the present; None where everything does."""
        return self.times[-1] if self.project.evidence.current == "latest" and self.times else None

    def hierarchy(self, signal: Signal) -> Hierarchy:
        """The journey pools its touchpoints; of a relationship, only what was said about the whole counts."""
        subjects = {subject: i for i, subject in enumerate(self.axes.subjects)}
        touchpoints, whole = self.project.touchpoints, signal.about == "relationship"
        journey = subjects["journey", str(self.project.project.id)]
        levels = (
            [*(subjects["touchpoint", str(t.id)] for t in touchpoints), -1],
            [*(subjects["stage", str(t.stage)] for t in touchpoints), -1],
            [*[-1 if whole else journey] * len(touchpoints), journey if whole else -1],
        )
        return Hierarchy(
            levels=tuple(np.array(level, dtype=np.int32) for level in levels),
            all_time=self.axes.periods.index(ALL),
            now=self.axes.periods.index(CURRENT),
            present=None if self.present is None else len(self.times) - 1,
        )

    def _of_all_cells(self, rows: Rows, populations: Populations, signal: Signal) -> Rows:
        """The rows of all subjects, segments and periods, sorted, from those of everybody."""
        hierarchy = self.hierarchy(signal)
        if poolable(rows, populations, hierarchy):
            return pooled(rows, populations, hierarchy)
        found = [rows.where(chosen).at(segment=segment) for segment, chosen in populations]
        return roll_up(concatenated(found), hierarchy)

    def _populations(self, table: pa.Table) -> Populations:
        """Everybody and every segment, with the rows that belong to it; everybody is told by one cube."""
        found = []
        for i, cube in enumerate(self.scan.cubes):
            column = table[f"s{i}"]
            of_cube = np.flatnonzero(column.is_valid().to_numpy())
            mask = column.drop_null().to_numpy()
            if i == 0:
                found.append((self.axes.segments.index(ALL), of_cube))
            for bit, segment in enumerate(cube.segments):
                found.append((self.axes.segments.index(segment), of_cube[(mask >> bit) & 1 == 1]))
        return found

    def _rows(self, table: pa.Table, value: IntArray, columns: Mapping[tuple[str, str], str]) -> Rows:
        """The rows of the scan as numbers."""
        touchpoint = Names.of(table["touchpoint"])
        known = {name: place for place, name in enumerate(self.touchpoints)}
        places = np.array([known.get(name, -1) for name in touchpoint.names], dtype=np.int32)
        numbers = table["period"].fill_null(period.NO_TIME).to_numpy().astype(np.int64)
        n = table["n"].to_numpy().astype(np.int64, copy=False)
        sums = {"n": n} | {w: billionths(table[w]) for w in ("w", "w2") if w in table.column_names}
        kinds = {column: self.scan.aggregates[component].kind for component, column in columns.items()}
        extremes = {
            kind: {c: table[c].to_numpy().astype(np.float64) for c, k in kinds.items() if k == kind}
            for kind in ("min", "max")
        }
        return Rows(
            subject=places[touchpoint.code],
            segment=np.full(len(n), self.axes.segments.index(ALL), dtype=np.int32),
            period=np.where(numbers == period.NO_TIME, -1, np.searchsorted(self.times, numbers)).astype(
                np.int32
            ),
            value=value.astype(np.int32),
            sums=sums | {c: billionths(table[c]) for c, kind in kinds.items() if kind in ADDITIVE},
            lows=extremes["min"],
            highs=extremes["max"],
        )
