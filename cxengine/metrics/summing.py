"""What metrics ask of signals without a discrete scale, added up as answers stream by, cell by cell.

What one answer adds is worked out by the engine, as a decimal, as in a query that groups
(`cxengine.metrics.scan`), so that both give the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.counters import LEAST, MOST, SUM, Counters, How
from cxengine.metrics.exact import SAFE, billionths, decimals
from cxengine.metrics.names import Names
from cxengine.plugin.component import CENSORED, COUNTS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.aggregate import Scanned
    from cxengine.metrics.places import Bounds, Places
    from cxengine.metrics.scan import Scan

    AmountArray = npt.NDArray[Any]
    IntArray = npt.NDArray[np.int64]

_HOWS: Mapping[str, How] = {"count": SUM, "sum": SUM, "min": LEAST, "max": MOST}


@attrs.frozen(eq=False)
class Sums:
    """Adds up the answers to a signal."""

    scan: Scan
    signal: str
    touchpoints: tuple[str, ...]
    aggregates: Mapping[str, Scanned]
    """What is asked for, by column."""
    counters: Counters

    @classmethod
    def of(cls, scan: Scan, signal: str, bounds: Bounds, touchpoints: tuple[str, ...]) -> Sums | None:
        """One that has added up nothing; None where it would take too many counters."""
        names, _ = scan.columns("duckdb", weighted=False)
        aggregates = {names[part]: a for part, a in scan.aggregates.items() if scan.of[part[0]] == signal}
        hows = {name: _HOWS[aggregate.kind] for name, aggregate in aggregates.items()}
        counters = Counters.of(bounds, len(touchpoints), hows)
        return None if counters is None else cls(scan, signal, touchpoints, aggregates, counters)

    @property
    def signals(self) -> tuple[str, ...]:
        """The one that is added up."""
        return (self.signal,)

    @property
    def sql(self) -> str:
        """What every answer adds."""
        added = [f"{a.each('duckdb', weighted=False)} AS {name}" for name, a in self.aggregates.items()]
        return (
            f"SELECT {', '.join(['response', 'touchpoint', *added])} FROM answers"  # noqa: S608 - compiled
            f" WHERE {self.scan.answered(self.signals, 'duckdb')}"
        )

    def add(self, batch: pa.RecordBatch, at: IntArray, places: Places) -> bool:
        """Adds up some answers, to responses `at` these positions; False where that might not be exact."""
        amounts = {name: self._amounts(batch[name], a) for name, a in self.aggregates.items()}
        for name, amount in amounts.items():
            if self.counters.hows[name] is SUM:
                exact = np.abs(amount.astype(np.float64)).sum() < SAFE / 2
            else:
                exact = np.isnan(amount).sum() == batch[name].null_count
            if not exact:
                return False
        key = batch["touchpoint"].indices.to_numpy().astype(np.int64)
        self.counters.add(key, at, places, amounts)
        return self.counters.largest < SAFE / 2

    @staticmethod
    def _amounts(column: pa.Array, aggregate: Scanned) -> AmountArray:
        """What answers add: whole numbers, billionths of what is added up, NaN for no extreme."""
        import pyarrow as pa

        if aggregate.kind == "sum":
            return billionths(pa.chunked_array([column]))
        numbers: AmountArray = column.to_numpy(zero_copy_only=False)
        return numbers.astype(np.int64 if aggregate.kind in COUNTS else np.float64)

    def table(self, cube: int) -> pa.Table:
        """The rows of a cube."""
        import pyarrow as pa

        key, columns, amounts = self.counters.rows(cube)
        nothing = np.zeros(len(key), dtype=np.int32)
        columns["signal"] = Names(nothing, (self.signal,)).column()
        columns["touchpoint"] = Names(key.astype(np.int32), self.touchpoints).column()
        columns["answer"] = pa.nulls(len(key), pa.float64())
        if self.scan.observed:
            columns[CENSORED] = pa.array(nothing.astype(bool))
        for name, aggregate in self.aggregates.items():
            if aggregate.kind in COUNTS:
                columns[name] = pa.array(amounts[name]).cast(pa.decimal128(38, 0))
            elif aggregate.kind == "sum":
                columns[name] = decimals(amounts[name])
            else:
                columns[name] = pa.array(amounts[name], mask=np.isnan(amounts[name]))
        return pa.table(columns)
