"""The series of observed journeys: which share of a period's cases meets a touchpoint or takes a step.

They are the same with small periods and without them: of a change, parts of time are told, and `Cases` knows
which of those may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.changes.parts import EVERY_CASE, Cases
from cxengine.insight.changes.series import Line, Measure, MeasureKind, Series
from cxengine.insight.observed.queries import Queries
from cxengine.metrics.measurement import ALL
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.changes.told import Told

    BoolArray = npt.NDArray[np.bool_]
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

    def held(self, table: pa.Table) -> BoolArray:
        """By segment, to which of the combinations of segments that occur it belongs."""
        masks = np.unique(np.stack([table[name].to_numpy() for name in self.queries.masks], axis=1), axis=0)
        rows = [np.ones(len(masks), dtype=bool)]
        for i, cube in enumerate(self.queries.cubes):
            rows += [masks[:, i] >> bit & 1 == 1 for bit in range(len(cube.segments))]
        return np.stack(rows)

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


@attrs.frozen(eq=False)
class Followed:
    """The series of an observed journey, and the cases behind them."""

    series: Series
    cases: Cases


def followed(queries: Queries, evidence: Evidence, today: Told, before: Told) -> Followed | None:
    """The series of an observed journey, by segment; None where no case has a time, or there are too few.

    Steps are shares of the cases that meet the touchpoint where they begin. What fewer cases do than may be
    shown is left out, and so is what all of them do. `today` and `before` are what this run, beside changes,
    and the previous one tell of the journey.
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
    series = _series(queries, counts, [line for part in found for line in part])
    if series is None:
        return None
    each = {EVERY_CASE: everybody, **{key[0]: n for key, n in met.items()}}
    return Followed(series, _cases(counts, each, cases, today, before))


def _cases(counts: _Counts, n: Mapping[str, IntArray], cases: pa.Table, today: Told, before: Told) -> Cases:
    """The cases, given how many there are of all and of each touchpoint."""
    journey, length = str(counts.queries.table.id), counts.queries.project.evidence.period
    shown, earlier = (
        {
            part: count
            for part, count in told.cases(journey, length).items()
            if part.touchpoint in n and part.segment in counts.segments
        }
        for told in (today, before)
    )
    return Cases(
        journey=journey,
        touchpoints=tuple(n),
        segments=counts.segments,
        first=counts.first,
        n=np.stack(list(n.values())),
        held=counts.held(cases),
        often=cases["often"][0].as_py(),
        least=_least(counts.queries),
        shown=shown,
        before=earlier,
        ended=before.ended(length),
    )


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
    return Measure(kind, journey, _NAMES[kind], "share", None, (0.0, 1.0), journey, _least(queries))


def _least(queries: Queries) -> int:
    """Nothing is told of fewer cases."""
    signal = next(signal for signal in queries.project.signals if signal.id == queries.table.signal)
    return threshold(queries.project, signal)


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
    hidden = np.zeros(whole.shape, dtype=bool)
    n = whole.astype(np.float64)
    return Series(length, counts.first, lines, value, n, whole, deviation, skewness, hidden)
