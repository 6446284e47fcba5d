"""What the scan leaves of the evidence: additive components by cell, small and immutable.

A cell is a subject (touchpoint, stage, journey), a segment and a period. For a signal on a discrete
scale the components are its `Histogram`: how often every value was answered, and with what weight. It
is all that most metrics need, so a changed threshold, target or metric is answered without a scan. For
a continuous signal, and for metrics that read more of an answer than its value, the components are the
`Totals` of the aggregates that were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.aggregate import LARGE, excess_of
from cxengine.metrics.customers import Customers, Question, question
from cxengine.metrics.exact import UNIT, floats, scaled
from cxengine.metrics.measurement import Cell, Level
from cxengine.plugin.component import ADDITIVE, CENSORED, DAYS
from cxengine.plugin.distribution import Distribution, bins

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.metrics.again import Again
    from cxengine.metrics.aggregate import Aggregate, Moment
    from cxengine.metrics.covered import Covered
    from cxengine.metrics.design_effect import Effects
    from cxengine.metrics.exact import ExactArray, FloatArray
    from cxengine.metrics.persons import Persons

    IntArray = npt.NDArray[np.int64]
    PlaceArray = npt.NDArray[np.int32]
    Parts = dict[str, Any]
    """Components by name: one entry a cell, a `Distribution` of a log histogram."""


_BEYOND = 2
_DENSE = 4
"""Up to how many times as many values and cells as there are entries may have an entry each."""


@attrs.frozen(eq=False)
class Axes:
    """The names behind the numbers of cells, sorted, so that the codes of cells sort like their names.

    A cell's code is `(subject * len(segments) + segment) * len(periods) + period`, of the positions of
    its parts here.
    """

    subjects: tuple[tuple[Level, str], ...]
    segments: tuple[str, ...]
    periods: tuple[str, ...]

    def codes(self, subject: PlaceArray, segment: PlaceArray, period: PlaceArray) -> IntArray:
        """The codes of cells, given the positions of their parts."""
        return (subject.astype(np.int64) * len(self.segments) + segment) * len(self.periods) + period

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
    cell: PlaceArray
    value: FloatArray
    n: IntArray
    weights: tuple[ExactArray, ExactArray] | None = None
    """`w` and `w2`; None where every weight is 1."""

    @property
    def w(self) -> ExactArray:
        """The sums of weights."""
        return scaled(self.n, UNIT) if self.weights is None else self.weights[0]

    @property
    def w2(self) -> ExactArray:
        """The sums of squares of weights."""
        return scaled(self.n, UNIT) if self.weights is None else self.weights[1]

    def evaluate(self, metric: str, aggregates: Mapping[str, Aggregate]) -> Parts:
        """The components of a metric: one entry a cell. `metric` tells nothing here: any can be asked for."""
        del metric
        values, position = self.distinct
        found: Parts = {**self._counts}
        for name, aggregate in aggregates.items():
            each = aggregate.of(values)
            if aggregate.kind == "log_histogram":
                cell, w = self.cell.astype(np.int64), floats(self.w)
                found[name] = Distribution.of(
                    len(self.codes), cell, bins(values)[position], each[position] * w
                )
            elif aggregate.kind in ADDITIVE:
                found[name] = self._weighted(each)
            else:
                found[name] = self._extreme(np.fmin if aggregate.kind == "min" else np.fmax, each[position])
        return found

    def _weighted(self, each: FloatArray) -> FloatArray:
        """Sums over the values of every cell of what `each` value counts, by the weight of its answers."""
        if self._by_value is None or not np.isfinite(each).all():
            return self.add(each[self.distinct[1]] * floats(self.w))
        found = np.zeros(len(self.codes))
        for amount, weights in zip(each, self._by_value, strict=True):
            if amount != 0:
                found += weights if amount == 1 else amount * weights
        return found

    @cached_property
    def _by_value(self) -> FloatArray | None:
        """The weight of every value (rows) in every cell; None where few cells have most values.

        Adding whole rows takes a tenth of the time of adding entries, to the same bits.
        """
        values, position = self.distinct
        if len(values) * len(self.codes) > _DENSE * len(self.cell):
            return None
        found = np.zeros((len(values), len(self.codes)))
        found[position, self.cell] = floats(self.w)
        return found

    @cached_property
    def distinct(self) -> tuple[FloatArray, PlaceArray]:
        """The values that occur, and of every entry the position of its value among them."""
        values, position = np.unique(self.value, return_inverse=True)
        return values, position.astype(np.int32)

    @cached_property
    def _counts(self) -> Mapping[str, FloatArray]:
        """What every metric asks for; whoever gets it must not change it."""
        sums = {
            "n": self.add(self.n.astype(np.float64)),
            "w": self.add(floats(self.w)),
            "w2": self.add(floats(self.w2)),
        }
        for amount in sums.values():
            amount.flags.writeable = False
        return sums

    def add(self, entries: FloatArray) -> FloatArray:
        """Sums of the entries of every cell, in the order of the values."""
        return np.bincount(self.cell, weights=entries, minlength=len(self.codes)).astype(np.float64)

    def _extreme(self, pick: np.ufunc, entries: FloatArray) -> FloatArray:
        if not len(self.codes):
            return np.zeros(0)
        return np.asarray(pick.reduceat(entries, np.searchsorted(self.cell, np.arange(len(self.codes)))))


@attrs.frozen(eq=False)
class Totals:
    """Aggregates over the answers to a signal, by cell, bin and whether the values are censored.

    `codes` are the cells that have answers, ascending. The other arrays have one entry a cell, bin and
    state, sorted: `cell` (position in `codes`), `bin` (nothing but NaN where no metric asks for a log
    histogram), `censored`, and `amounts`: `n`, `w`, `w2` and the columns of the scan, as exact sums in
    billionths (but for `n`, a count) and plain extremes. `columns` names the column of every component
    of every metric.
    """

    codes: IntArray
    cell: IntArray
    bin: FloatArray
    censored: npt.NDArray[np.bool_]
    amounts: Mapping[str, ExactArray]
    columns: Mapping[tuple[str, str], str]

    def seen_by(self, aggregates: Mapping[str, Aggregate]) -> Totals:
        """What a metric sees: only a metric that reads `censored` sees values that have not ended."""
        if not self.censored.any() or any(CENSORED in aggregate.reads for aggregate in aggregates.values()):
            return self
        there = ~self.censored
        cells, cell = np.unique(self.cell[there], return_inverse=True)
        amounts = {name: amount[there] for name, amount in self.amounts.items()}
        return attrs.evolve(
            self,
            codes=self.codes[cells],
            cell=cell,
            bin=self.bin[there],
            censored=self.censored[there],
            amounts=amounts,
        )

    def evaluate(self, metric: str, aggregates: Mapping[str, Aggregate] | Mapping[str, Moment]) -> Parts:
        """The components of a metric that was part of the scan: one entry a cell."""
        amounts = self.amounts
        found: Parts = {
            "n": self._add(amounts["n"]).astype(np.float64),
            "w": floats(self._add(amounts["w"])),
            "w2": floats(self._add(amounts["w2"])),
        }
        for name, aggregate in aggregates.items():
            amount = amounts[self.columns[metric, name]]
            if aggregate.kind == "log_histogram":
                found[name] = Distribution.of(len(self.codes), self.cell, self.bin, floats(amount))
            elif aggregate.kind in ADDITIVE:
                found[name] = np.where(self.excess(metric, name) < _BEYOND, floats(self._add(amount)), np.nan)
            else:
                found[name] = self._merge(np.fmin if aggregate.kind == "min" else np.fmax, amount)
        return found

    def excess(self, metric: str, part: str) -> FloatArray:
        """By cell, how much too large what answers add to a component is: see `Excess`."""
        column = self.columns.get((metric, excess_of(part)))
        if column is None:
            return np.zeros(len(self.codes))
        return np.asarray(self._merge(np.fmax, self.amounts[column]), dtype=np.float64)

    def _add(self, amount: ExactArray) -> ExactArray:
        return self._merge(np.add, amount)

    def _merge(self, how: np.ufunc, amount: ExactArray) -> ExactArray:
        """One entry a cell from the entries of its bins."""
        if not len(self.codes):
            return amount
        return np.asarray(how.reduceat(amount, np.searchsorted(self.cell, np.arange(len(self.codes)))))


@attrs.frozen(eq=False)
class Components:
    """Everything that was scanned: one tally a signal, and what each metric makes of it."""

    axes: Axes
    histograms: Mapping[str, Histogram]
    """By signal: those on a discrete scale that have answers."""
    totals: Mapping[str, Totals]
    """By signal: those of which a metric needs more than a histogram of values."""
    customers: Mapping[Question, Customers]
    """By what metrics ask about the customers of a signal."""
    signals: Mapping[str, str]
    """The signal of every metric."""
    aggregates: Mapping[str, Mapping[str, Aggregate]]
    """The components of every metric."""
    present: int | None
    """The number of the period that counts as the present; None where everything does."""
    ranges: Mapping[str, tuple[float, float]] = attrs.field(factory=dict)
    """The smallest and the largest possible value of every metric."""
    effects: Mapping[str, Effects] = attrs.field(factory=dict)
    """The design effects of the metrics whose answers come in clusters, or have unequal weights."""
    covered: Mapping[str, Covered] = attrs.field(factory=dict)
    """The days that the evidence covers, of the metrics that add up over time."""
    days: Mapping[str, FloatArray] = attrs.field(factory=dict)
    """By metric that adds up over time, and cell: see `cxengine.plugin.component.DAYS`."""
    persons: Mapping[str, Persons] = attrs.field(factory=dict)
    """By signal to which somebody answered more than once: who is behind the answers."""
    again: tuple[Again, ...] = ()
    """The scans beside the one that all cells come from."""

    def of(self, metric: str) -> tuple[IntArray, Mapping[str, Any]]:
        """The codes of the cells where a metric has answers, and its components there.

        Where answers come in clusters, or weights differ, `w2` is larger, so that Kish's effective number is
        the one that the interval is made of. A total has a component `cxengine.plugin.component.DAYS`, where
        days tell. To draw a metric: `codes, parts = components.of("nps")`, `metric.draw(parts, rng, 1000)`.
        """
        codes, parts = self._evaluated(metric)
        if metric in self.effects:
            parts = {**parts, "w2": parts["w2"] * self.effects[metric].divisors.interval}
        if metric in self.days:
            parts = {**parts, DAYS: self.days[metric]}
        return codes, parts

    def behind_interval(self, metric: str, cell: Cell) -> float:
        """What an interval is made of, as a part of the effective number of answers that is told.

        Less than 1 where there are few degrees of freedom.
        """
        code, effects = self.axes.code(cell), self.effects.get(metric)
        if code is None or effects is None:
            return 1.0
        codes = self.cells(metric)
        place = int(codes.searchsorted(code))
        if place == len(codes) or codes[place] != code:
            return 1.0
        return float(effects.divisors.design[place] / effects.divisors.interval[place])

    def multiplies(self, metric: str) -> bool:
        """Whether what answers add to a metric is small enough for totals to be multiplied exactly."""
        checked = {name: one for name, one in self.aggregates[metric].items() if one.checked}
        totals = self.totals.get(self.signals[metric])
        if totals is not None and all((metric, name) in totals.columns for name in checked):
            return not any(totals.excess(metric, name).any() for name in checked)
        values, _ = self.histograms.get(self.signals[metric], _NO_ANSWERS).distinct
        return all((np.abs(one.of(values)) < LARGE).all() for one in checked.values())

    def cells(self, metric: str) -> IntArray:
        """The codes of the cells where a metric has answers."""
        aggregates, signal = self.aggregates[metric], self.signals[metric]
        if (asked := question(signal, aggregates)) is not None:
            return (self.customers.get(asked) or _nobody(asked)).tally.codes
        totals = self.totals.get(signal)
        if totals is not None and all((metric, name) in totals.columns for name in aggregates):
            return totals.seen_by(aggregates).codes
        return self.histograms.get(signal, _NO_ANSWERS).codes

    def _evaluated(self, metric: str) -> tuple[IntArray, Mapping[str, Any]]:
        aggregates, signal = self.aggregates[metric], self.signals[metric]
        if (asked := question(signal, aggregates)) is not None:
            customers = self.customers.get(asked) or _nobody(asked)
            return customers.tally.codes, customers.evaluate(tuple(aggregates))
        totals = self.totals.get(signal)
        if totals is not None and all((metric, name) in totals.columns for name in aggregates):
            seen = totals.seen_by(aggregates)
            return seen.codes, seen.evaluate(metric, aggregates)
        histogram = self.histograms.get(signal, _NO_ANSWERS)
        return histogram.codes, histogram.evaluate(metric, aggregates)

    def histogram(self, signal: str) -> Histogram | None:
        """The answers to a signal on a discrete scale; None where there are none."""
        return self.histograms.get(signal)


_NOTHING = np.zeros(0, dtype=np.int64)
_NO_ANSWERS = Histogram(_NOTHING, _NOTHING.astype(np.int32), np.zeros(0), _NOTHING)


def _nobody(asked: Question) -> Customers:
    return Customers(_NO_ANSWERS, asked.kind, dict.fromkeys(asked.facts, np.zeros(0)))


def only(parts: Mapping[str, Any], cells: IntArray) -> Parts:
    """The components of some cells, given their positions among all that `parts` tell of, in this order."""
    return {
        name: part[cells] if isinstance(part, np.ndarray) else part.only(cells)
        for name, part in parts.items()
    }
