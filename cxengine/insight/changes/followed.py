"""The series of observed journeys: which share of a period's cases meets a touchpoint or takes a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.changes.series import Line, Measure, MeasureKind, Series
from cxengine.insight.observed.queries import Queries
from cxengine.metrics.measurement import ALL
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence

    IntArray = npt.NDArray[np.int64]

_NAMES: dict[MeasureKind, str] = {"reach": "share of cases that meet it", "step": "share that goes on to"}


@attrs.frozen(eq=False)
class _Counts:
    """Numbers of cases by segment (everybody first) and period."""

    queries: Queries
    first: int
    periods: int

    @property
    def segments(self) -> tuple[str, ...]:
        return (ALL, *(segment for cube in self.queries.cubes for segment in cube.segments))

    def of(self, table: pa.Table) -> IntArray:
        """Counts of the rows of a result: segments x periods."""
        when = table["period"].to_numpy() - self.first
        n = table["n"].to_numpy()
        rows = [np.bincount(when, weights=n, minlength=self.periods)]
        for i, cube in enumerate(self.queries.cubes):
            mask = table[f"s{i}"].to_numpy()
            weights = (n * (mask >> bit & 1) for bit in range(len(cube.segments)))
            rows += [np.bincount(when, weights=each, minlength=self.periods) for each in weights]
        return np.stack(rows).astype(np.int64)


def followed(queries: Queries, evidence: Evidence) -> Series | None:
    """The series of an observed journey, by segment; None where no case has a time.

    Steps are shares of the cases that meet the touchpoint where they begin. What fewer cases do than may be
    shown is left out, and so is what all of them do.
    """
    cases = evidence.whole.execute(queries.cases_in_time())
    if not cases.num_rows:
        return None
    periods = cases["period"].to_numpy()
    counts = _Counts(queries, int(periods.min()), int(periods.max() - periods.min()) + 1)
    everybody = counts.of(cases)
    met = dict(_by_key(counts, evidence.whole.execute(queries.visits_in_time()), ("source",)))
    taken = _by_key(counts, evidence.whole.execute(queries.steps_in_time()), ("source", "target"))
    found = [_reach(counts, key, each, everybody) for key, each in met.items()]
    found += [_step(counts, key, each, met[key[:1]]) for key, each in taken]
    lines = [line for part in found for line in part]
    return _series(queries, counts, lines)


def _by_key(
    counts: _Counts, table: pa.Table, names: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], IntArray]]:
    """The counts of every touchpoint or step, sorted."""
    import pyarrow.compute as pc

    keys = sorted(
        set(zip(*(table[name].to_pylist() for name in names), strict=True)),
        key=lambda key: tuple(map(str, key)),
    )
    for key in keys:
        chosen = np.ones(table.num_rows, dtype=bool)
        for name, value in zip(names, key, strict=True):
            same = pc.is_null(table[name]) if value is None else pc.equal(table[name], value)
            chosen &= same.fill_null(False).to_numpy()
        yield key, counts.of(table.filter(chosen))


_Row = tuple[Line, "IntArray", "IntArray"]


def _reach(counts: _Counts, key: tuple[Any, ...], some: IntArray, whole: IntArray) -> list[_Row]:
    measure = _measure(counts.queries, "reach")
    return [
        (Line(measure, "touchpoint", key[0], s), some[i], whole[i]) for i, s in enumerate(counts.segments)
    ]


def _step(counts: _Counts, key: tuple[Any, ...], some: IntArray, whole: IntArray) -> list[_Row]:
    measure = _measure(counts.queries, "step")
    source, target = key[0], key[1] or ""
    return [
        (Line(measure, "touchpoint", source, s, target), some[i], whole[i])
        for i, s in enumerate(counts.segments)
    ]


def _measure(queries: Queries, kind: MeasureKind) -> Measure:
    journey = str(queries.table.id)
    signal = next(signal for signal in queries.project.signals if signal.id == queries.table.signal)
    least = threshold(queries.project, signal)
    return Measure(kind, journey, _NAMES[kind], "share", None, (0.0, 1.0), journey, least)


def _series(queries: Queries, counts: _Counts, rows: Sequence[_Row]) -> Series | None:
    told = [
        (line, some, whole)
        for line, some, whole in rows
        if line.measure.least <= some.sum() < whole.sum() and whole.sum() >= 2 * line.measure.least
    ]
    if not told:
        return None
    some, whole = np.stack([one for _, one, _ in told]), np.stack([all_ for _, _, all_ in told])
    share = some.sum(axis=1) / whole.sum(axis=1)
    deviation = np.sqrt(share * (1 - share))
    value = np.divide(some, whole, out=np.zeros(some.shape), where=whole > 0)
    skewness = (1 - 2 * share) / deviation
    lines = tuple(row[0] for row in told)
    length = queries.project.evidence.period
    return Series(length, counts.first, lines, value, whole.astype(np.float64), whole, deviation, skewness)
