"""The scan of answers as they stream by: every cell has its counter, and DuckDB only reads.

A cell is a number made of the positions of its parts: touchpoint, value, period and, by cube, mask. Where so
few cells are possible that each may have a counter, counting takes a fraction of what grouping by five keys
takes, and no more memory for more answers, as these come in pieces. Signals on discrete scales are counted by
value; what metrics ask of others is added up (`cxengine.metrics.summing`). Whatever does not fit, such as
values off the scale, is left to a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.counters import SUM, Counters
from cxengine.metrics.exact import SAFE, UNIT, decimals
from cxengine.metrics.names import Names
from cxengine.metrics.places import Bounds, places
from cxengine.metrics.summing import Sums
from cxengine.plugin.component import CENSORED

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.metrics.places import Places
    from cxengine.metrics.scan import Scan
    from cxengine.project.model import Scale

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


def countable(scale: Scale) -> bool:
    """Whether the position of a value on the scale tells the value exactly."""
    return scale.step is not None and scale.step % 1 == 0 and scale.min % 1 == 0


@attrs.frozen(eq=False)
class Counted:
    """What was counted: rows sorted by nothing, with the columns of `cxengine.metrics.scan`."""

    signals: frozenset[str]
    """Those that are told; a query has to tell the others."""
    tables: tuple[pa.Table, ...]


def counted(scan: Scan, backend: DuckDB, *, weighted: bool) -> Counted:
    """What the scan gives for the signals whose answers can be counted."""
    bounds = Bounds.of(backend, scan)
    if bounds is None:
        return Counted(frozenset(), ())
    ways = _ways(scan, bounds, backend, weighted=weighted)
    weighing = weighted and bounds.weights != (1.0, 1.0)
    for piece in places(backend, scan, bounds, weighing=weighing) if ways else ():
        for way in tuple(ways):
            if not _add(way, piece, backend):
                ways.remove(way)
    return Counted(
        frozenset(signal for way in ways for signal in way.signals),
        tuple(way.table(cube) for way in ways for cube in range(len(scan.cubes))),
    )


def _add(way: _Steps | Sums, piece: Places, backend: DuckDB) -> bool:
    """Counts the answers of a piece; False where one of them cannot be counted."""
    batches = backend.stream(f"{way.sql} AND {piece.condition}")
    return all(way.add(*piece.among(batch), piece) for batch in batches)


def _ways(scan: Scan, bounds: Bounds, backend: DuckDB, *, weighted: bool) -> list[_Steps | Sums]:
    """Who counts the answers to which signals, where there are not too many cells."""
    signals, touchpoints = (_enumerated(backend, column) for column in ("signal", "touchpoint"))
    weighing = weighted and bounds.weights != (1.0, 1.0)
    heaviest = max(bounds.weights[1], bounds.weights[1] ** 2) if weighing else 0.0
    answers = int(backend.execute("SELECT COUNT(*) AS n FROM answers")["n"][0].as_py())
    found: list[_Steps | Sums | None] = []
    if answers * heaviest * UNIT < SAFE:
        found.append(_Steps.of(scan, bounds, signals, touchpoints, weighted=weighted))
    if not weighted:
        found += [Sums.of(scan, signal, bounds, touchpoints) for signal in scan.summable]
    return [way for way in found if way is not None]


@attrs.frozen(eq=False)
class _Steps:
    """Counts the answers to signals on discrete scales by their value."""

    scan: Scan
    names: tuple[str, ...]
    """All signals, those that are not counted, too."""
    touchpoints: tuple[str, ...]
    lows: FloatArray
    steps: FloatArray
    points: IntArray
    """How many values each signal has; none where it is not counted."""
    weighted: bool
    """Whether weights are asked for."""
    counters: Counters

    @classmethod
    def of(
        cls,
        scan: Scan,
        bounds: Bounds,
        names: tuple[str, ...],
        touchpoints: tuple[str, ...],
        *,
        weighted: bool,
    ) -> _Steps | None:
        """One that has counted nothing; None where it would take too many counters."""
        scaled = [None if name in scan.aggregated else scan.scales.get(name) for name in names]
        points = [0 if s is None else round((s.max - s.min) / (s.step or 1)) + 1 for s in scaled]
        keys = len(touchpoints) * sum(points) * (2 if scan.observed else 1)
        weighing = weighted and bounds.weights != (1.0, 1.0)
        counters = Counters.of(bounds, keys, {"w": SUM, "w2": SUM} if weighing else {})
        if counters is None:
            return None
        return cls(
            scan=scan,
            names=names,
            touchpoints=touchpoints,
            lows=np.array([0.0 if s is None else s.min for s in scaled]),
            steps=np.array([1.0 if s is None else s.step or 1.0 for s in scaled]),
            points=np.array(points, dtype=np.int64),
            weighted=weighted,
            counters=counters,
        )

    @property
    def signals(self) -> tuple[str, ...]:
        """Those that are counted."""
        return tuple(name for name, points in zip(self.names, self.points, strict=True) if points)

    @property
    def sql(self) -> str:
        """The answers to count."""
        return (
            f"SELECT response, signal, touchpoint, value, {CENSORED} FROM answers"  # noqa: S608 - quoted
            f" WHERE {self.scan.answered(self.signals, 'duckdb')}"
        )

    def add(self, batch: pa.RecordBatch, at: IntArray, places: Places) -> bool:
        """Counts some answers, to responses `at` these positions; False where one is off its scale."""
        signal = batch["signal"].indices.to_numpy()
        value = batch["value"].to_numpy(zero_copy_only=False)
        low, step = self.lows[signal], self.steps[signal]
        position = np.rint((value - low) / step)
        if not ((position * step + low == value) & (position >= 0) & (position < self.points[signal])).all():
            return False
        key = position.astype(np.int64) + (np.cumsum(self.points) - self.points)[signal]
        key += batch["touchpoint"].indices.to_numpy().astype(np.int64) * int(self.points.sum())
        if self.scan.observed:
            key = 2 * key + batch[CENSORED].to_numpy(zero_copy_only=False)
        self.counters.add(key, at, places, {name: amount[at] for name, amount in places.weights.items()})
        return True

    def table(self, cube: int) -> pa.Table:
        """The rows of a cube."""
        import pyarrow as pa

        key, columns, amounts = self.counters.rows(cube)
        if self.scan.observed:
            key, ended = np.divmod(key, 2)
            columns[CENSORED] = pa.array(ended.astype(bool))
        touchpoint, answer = np.divmod(key, int(self.points.sum()))
        ends = np.cumsum(self.points)
        signal = np.searchsorted(ends, answer, side="right")
        position = answer - (ends - self.points)[signal]
        columns["signal"] = Names(signal.astype(np.int32), self.names).column()
        columns["touchpoint"] = Names(touchpoint.astype(np.int32), self.touchpoints).column()
        columns["answer"] = pa.array(self.lows[signal] + position * self.steps[signal])
        if self.weighted:
            one = columns["n"].to_numpy() * UNIT
            columns |= {name: decimals(amounts.get(name, one)) for name in ("w", "w2")}
        return pa.table(columns)


def _enumerated(backend: DuckDB, column: str) -> tuple[str, ...]:
    """All texts that a column of answers can hold, in the order of their codes; none if it has no codes."""
    import pyarrow as pa

    found = backend.stream(f"SELECT {column} FROM answers LIMIT 1").read_all()[column]  # noqa: S608 - a name
    if not pa.types.is_dictionary(found.type) or not len(found):
        return ()
    return tuple(found.chunk(0).dictionary.to_pylist())
