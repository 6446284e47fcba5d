"""What the scan leaves of the evidence: additive components by cell, small and immutable.

A cell is a subject (touchpoint, stage, journey), a segment and a period. For a signal on a discrete
scale the components are its `Histogram`: how often every value was answered, and with what weight. It
is all that any metric needs, so a changed threshold, target or metric is answered without a scan. For
a continuous signal the components are the `Totals` of the aggregates that were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.exact import floats
from cxengine.metrics.measurement import Cell, Level

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.exact import ExactArray, FloatArray

    IntArray = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Axes:
    """The names behind the numbers of cells, sorted, so that the codes of cells sort like their names.

    A cell's code is `(subject * len(segments) + segment) * len(periods) + period`, of the positions of
    its parts here.
    """

    subjects: tuple[tuple[Level, str], ...]
    segments: tuple[str, ...]
    periods: tuple[str, ...]

    def codes(self, subject: IntArray, segment: IntArray, period: IntArray) -> IntArray:
        """The codes of cells, given the positions of their parts."""
        return (subject * len(self.segments) + segment) * len(self.periods) + period

    def positions(self, codes: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """The positions of subject, segment and period of every code."""
        outer, period = np.divmod(codes, len(self.periods))
        subject, segment = np.divmod(outer, len(self.segments))
        return subject, segment, period

    def code(self, cell: Cell) -> int | None:
        """The code of a cell; None where there can be no such cell."""
        try:
            subject = self.subjects.index((cell.level, cell.subject))
            segment, period = self.segments.index(cell.segment), self.periods.index(cell.period)
        except ValueError:
            return None
        return (subject * len(self.segments) + segment) * len(self.periods) + period


@attrs.frozen(eq=False)
class Histogram:
    """Answers on a discrete scale, by cell and value.

    `codes` are the cells that have answers, ascending. The other arrays have one entry a cell and value,
    sorted by both: `cell` (position in `codes`), `value`, `n` answers, and exactly, in billionths, the
    sum of their weights `w` and of the squares of their weights `w2`.
    """

    codes: IntArray
    cell: IntArray
    value: FloatArray
    n: IntArray
    w: ExactArray
    w2: ExactArray

    def evaluate(self, metric: str, aggregates: Mapping[str, Aggregate]) -> dict[str, FloatArray]:
        """The components of a metric: one entry a cell. `metric` tells nothing here: any can be asked for."""
        del metric
        values, position = np.unique(self.value, return_inverse=True)
        w = floats(self.w)
        found = {
            "n": self.add(self.n.astype(np.float64)),
            "w": self.add(w),
            "w2": self.add(floats(self.w2)),
        }
        for name, aggregate in aggregates.items():
            each = aggregate.of(values)[position]
            if aggregate.kind in {"count", "sum"}:
                found[name] = self.add(each * w)
            else:
                found[name] = self._extreme(np.fmin if aggregate.kind == "min" else np.fmax, each)
        return found

    def add(self, entries: FloatArray) -> FloatArray:
        """Sums of the entries of every cell, in the order of the values."""
        return np.bincount(self.cell, weights=entries, minlength=len(self.codes)).astype(np.float64)

    def _extreme(self, pick: np.ufunc, entries: FloatArray) -> FloatArray:
        if not len(self.codes):
            return np.zeros(0)
        return np.asarray(pick.reduceat(entries, np.searchsorted(self.cell, np.arange(len(self.codes)))))


@attrs.frozen(eq=False)
class Totals:
    """Aggregates over the answers of a continuous signal, one entry a cell.

    `amounts` holds `n`, `w`, `w2` and the columns of the scan: exact sums in billionths (but for `n`, a
    count) and plain extremes. `columns` names the column of every component of every metric.
    """

    codes: IntArray
    amounts: Mapping[str, ExactArray]
    columns: Mapping[tuple[str, str], str]

    def evaluate(self, metric: str, aggregates: Mapping[str, Aggregate]) -> dict[str, FloatArray]:
        """The components of a metric that was part of the scan: one entry a cell."""
        amounts = self.amounts
        found = {"n": amounts["n"].astype(np.float64), "w": floats(amounts["w"]), "w2": floats(amounts["w2"])}
        for name, aggregate in aggregates.items():
            amount = amounts[self.columns[metric, name]]
            found[name] = floats(amount) if aggregate.kind in {"count", "sum"} else amount
        return found


@attrs.frozen(eq=False)
class Components:
    """Everything that was scanned: one tally a signal, and what each metric makes of it."""

    axes: Axes
    tallies: Mapping[str, Histogram | Totals]
    """By signal; only signals that have answers."""
    signals: Mapping[str, str]
    """The signal of every metric."""
    aggregates: Mapping[str, Mapping[str, Aggregate]]
    """The components of every metric."""
    present: int | None
    """The number of the period that counts as the present; None where everything does."""

    def of(self, metric: str) -> tuple[IntArray, Mapping[str, FloatArray]]:
        """The codes of the cells where a metric has answers, and its components there.

        To draw a metric: `codes, parts = components.of("nps")`, `metric.draw(parts, rng, 1000)`.
        """
        tally = self.tallies.get(self.signals[metric])
        if tally is None:
            names = ("n", "w", "w2", *self.aggregates[metric])
            return np.zeros(0, dtype=np.int64), {name: np.zeros(0) for name in names}
        return tally.codes, tally.evaluate(metric, self.aggregates[metric])

    def histogram(self, signal: str) -> Histogram | None:
        """The answers to a signal on a discrete scale; None where there are none."""
        tally = self.tallies.get(signal)
        return tally if isinstance(tally, Histogram) else None
