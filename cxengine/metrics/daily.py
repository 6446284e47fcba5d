"""How much more totals over time vary because events of a day, or of some weeks, go together.

This is one more query for each signal of which a metric adds up over time (`Metric.adds_up`): what its
events came to by touchpoint and day, a small table. How much more than independent events they vary
(`cxengine.metrics.dispersion`) is told by the days of all time, of everybody at a touchpoint, in a stage,
on the journey. It makes the variance of a period larger in proportion to its events; a segment with the
part q of them feels what all feel together, so that its variance is larger by q times as much.

Where customers, or responses, have several events, those of a day are one event there: how they make totals
vary is known already (`cxengine.metrics.design_effect`), and days tell what is to be added.

Nothing is known of events without a date, of fewer than 15 days, and of what is booked at regular times
that are more than a week apart, as once a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import spelling
from cxengine.metrics.dispersion import NONE, Dispersion, dispersion
from cxengine.metrics.exact import BEYOND, billionths, floats
from cxengine.metrics.linear import WEIGHT, Terms, placed, slopes
from cxengine.metrics.measurement import ALL, CURRENT
from cxengine.metrics.names import Names

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.components import Axes, Components
    from cxengine.metrics.rollup import Hierarchy
    from cxengine.metrics.scan import Scan
    from cxengine.metrics.tally import Tallier
    from cxengine.plugin import Metric
    from cxengine.project.model import Project, Signal

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Pairs = Mapping[tuple[int, int], FloatArray]

_FAR = 3653
"""How many days from the middle of all events there may be to a day that counts: ten years."""
_WEEK = 7
_REGULAR = 0.5
"""How much the days between bookings vary at most, as a part of their mean; of independent events it is 1."""


def between_days(
    project: Project,
    metrics: Mapping[str, Metric],
    components: Components,
    tallier: Tallier,
    backend: Backend,
    *,
    repeated: Mapping[str, bool],
) -> dict[str, FloatArray]:
    """What days add to the variance of every total, by cell; of metrics that add up over time.

    `repeated` are the signals to which somebody answered more than once, as `clusters.repeats` tells.
    """
    found: dict[str, FloatArray] = {}
    for signal in project.signals:
        asked = {
            name: metrics[name]
            for name in sorted(components.covered)
            if components.signals[name] == signal.id and components.multiplies(name)
        }
        lines = {name: _Line.of(name, metric, components) for name, metric in asked.items()}
        lines = {name: line for name, line in lines.items() if line.slopes}
        if lines:
            found |= _of_signal(signal, lines, components, tallier, backend, repeated=repeated)
    return found


def _of_signal(
    signal: Signal,
    lines: Mapping[str, _Line],
    components: Components,
    tallier: Tallier,
    backend: Backend,
    *,
    repeated: Mapping[str, bool],
) -> dict[str, FloatArray]:
    """Those of the metrics of a signal; none where what they add up is too large to be multiplied exactly."""
    terms = Terms.of(
        {name: line.slopes for name, line in lines.items()},
        components,
        backend.dialect,
        observed=signal.id in tallier.scan.observed,
    )
    asking = DailyScan(str(signal.id), terms.texts, terms.pairs, tallier.scan, signal.id in repeated)
    days = asking.run(backend, tallier.touchpoints)
    if days is None:
        return {}
    hierarchy = tallier.hierarchy(signal)
    return {name: line.variances(days, terms.places[name], hierarchy) for name, line in lines.items()}


@attrs.frozen(eq=False)
class Days:
    """What events came to: parallel arrays, one entry a touchpoint (by position) and day, sorted by both."""

    touchpoint: IntArray
    day: IntArray
    totals: tuple[FloatArray, ...]
    """Of every term."""
    squares: Pairs
    """Of what belongs together, by pair of terms."""

    def of(self, subject: int, hierarchy: Hierarchy) -> Days:
        """Those at the touchpoints of a subject, which may repeat."""
        places = np.concatenate([np.flatnonzero(level == subject) for level in hierarchy.levels])
        here = np.isin(self.touchpoint, places)
        return Days(
            self.touchpoint[here],
            self.day[here],
            tuple(one[here] for one in self.totals),
            {pair: one[here] for pair, one in self.squares.items()},
        )


@attrs.frozen(eq=False)
class DailyScan:
    """What events come to by day. `terms` are SQL, of which pairs are multiplied."""

    signal: str
    terms: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    scan: Scan
    clustered: bool
    """Whether the events of a customer on one day are one."""

    def run(self, backend: Backend, touchpoints: tuple[str, ...]) -> Days | None:
        """The days; None where something is too large to be multiplied."""
        table = backend.execute(self.sql(backend.dialect))
        if any(table["beyond"].to_pylist()):
            return None
        name = Names.of(table["touchpoint"])
        known = {touchpoint: place for place, touchpoint in enumerate(touchpoints)}
        place = np.array([known.get(one, -1) for one in name.names], dtype=np.int64)[name.code]
        day = table["day"].to_numpy().astype(np.int64)
        middle = np.median(day) if len(day) else 0
        rows = np.lexsort((day, place))
        rows = rows[(np.abs(day - middle) <= _FAR)[rows] & (place >= 0)[rows]]

        def amounts(column: str) -> FloatArray:
            found: FloatArray = floats(billionths(table[column]))[rows]
            return found

        return Days(
            place[rows],
            day[rows],
            tuple(amounts(f"t{i}") for i in range(len(self.terms))),
            {pair: amounts(f"q{k}") for k, pair in enumerate(self.pairs)},
        )

    def sql(self, dialect: str) -> str:
        """The query: by day; where events of a customer belong together, by customer before."""
        weight = spelling.double(dialect, "weight")
        each = [f"{weight} * x{i}" for i in range(len(self.terms))]
        sums = [f"SUM({spelling.amount(dialect, one)})" for one in each]
        if not self.clustered:
            columns = [*(f"{one} AS t{i}" for i, one in enumerate(sums)), *self._products(dialect, each)]
            return self._grouped(dialect, "touchpoint, day", columns)
        columns = [f"{one} AS u{i}" for i, one in enumerate(sums)]
        whole = [spelling.double(dialect, f"u{i}") for i in range(len(self.terms))]
        sums = [f"SUM(u{i}) AS t{i}" for i in range(len(self.terms))]
        return (
            f"SELECT touchpoint, day, {', '.join((*sums, *self._products(dialect, whole)))}"  # noqa: S608 - compiled
            f" FROM ({self._grouped(dialect, 'touchpoint, day, cluster', columns)}) AS together"
            " GROUP BY touchpoint, day"
        )

    def _grouped(self, dialect: str, keys: str, columns: list[str]) -> str:
        """The query of sums over answers."""
        cluster = ", COALESCE(customer, response_id) AS cluster" if self.clustered else ""
        terms = ", ".join(f"{spelling.double(dialect, term)} AS x{i}" for i, term in enumerate(self.terms))
        day = spelling.integer(dialect, spelling.day(dialect, "occurred_on"))
        return (
            f"SELECT {keys}, {', '.join(columns)}"  # noqa: S608 - compiled or quoted
            f" FROM (SELECT response, touchpoint, {terms} FROM {self.scan.source(dialect)}"
            f" WHERE {self.scan.answered((self.signal,), dialect)}) AS answered"
            f" JOIN (SELECT response, {day} AS day, weight{cluster} FROM responses"
            f" WHERE occurred_on IS NOT NULL) AS responded USING (response) GROUP BY {keys}"
        )

    def _products(self, dialect: str, terms: list[str]) -> list[str]:
        """The sums of products of terms, and whether one of the terms is too large to be squared."""
        sums = [
            f"SUM({spelling.bounded(dialect, f'{terms[i]} * {terms[j]}')}) AS q{k}"
            for k, (i, j) in enumerate(self.pairs)
        ]
        inside = " AND ".join(spelling.within(f"{term} * {term}", BEYOND) for term in terms)
        return [*sums, f"MAX(CASE WHEN {inside} THEN 0 ELSE 1 END) AS beyond"]


@attrs.frozen(eq=False)
class _Line:
    """A total in all its cells, and how the total of all time rises with its components, by subject."""

    axes: Axes
    single: npt.NDArray[np.bool_]
    """Whether a period is one day."""
    codes: IntArray
    w: FloatArray
    subjects: IntArray
    slopes: Mapping[str, FloatArray]
    """One entry a subject."""

    @classmethod
    def of(cls, name: str, metric: Metric, components: Components) -> _Line:
        axes = components.axes
        codes, parts = components.of(name)
        subject, segment, when = axes.positions(codes)
        whole = (segment == axes.segments.index(ALL)) & (when == axes.periods.index(ALL))
        ever = {part: amount[whole] for part, amount in parts.items() if isinstance(amount, np.ndarray)}
        found = slopes(metric, ever, components.aggregates[name]) if whole.any() else {}
        longer = {ALL} if components.present is not None else {ALL, CURRENT}
        by_day = components.covered[name].length == "day"
        single = np.array([by_day and label not in longer for label in axes.periods])
        return cls(axes, single, codes, parts["w"], subject[whole], found)

    def variances(self, days: Days, places: Mapping[str, int], hierarchy: Hierarchy) -> FloatArray:
        """What days add to the variance of every cell.

        That of all events, in proportion to those of the period, and to the square of the part of these that
        is the cell's: who all feel the same shock vary together.
        """
        subject, segment, when = self.axes.positions(self.codes)
        everybody = self.codes + (self.axes.segments.index(ALL) - segment) * len(self.axes.periods)
        of_period = self.w[np.minimum(np.searchsorted(self.codes, everybody), len(self.codes) - 1)]
        found = np.zeros(len(self.codes))
        for row, place in enumerate(self.subjects.tolist()):
            of_a_day, of_longer = self._added(row, days.of(place, hierarchy), places)
            here = subject == place
            added = np.where(self.single[when[here]], of_a_day, of_longer)
            found[here] = added * self.w[here] ** 2 / np.maximum(of_period[here], self.w[here])
        return found

    def _added(self, row: int, days: Days, places: Mapping[str, int]) -> tuple[float, float]:
        """What is added for each event of a subject, by the days there: to single days, to longer periods."""
        slopes = {part: float(slope[row]) for part, slope in self.slopes.items()}
        events = float(days.totals[places[WEIGHT]].sum())
        totals = sum(slope * days.totals[places[part]] for part, slope in slopes.items())
        squares = sum(
            (1 if one == other else 2) * slopes[one] * slopes[other] * days.squares[pair]
            for (one, other), pair in placed(slopes, places).items()
        )
        found = _dispersed(days.day, np.asarray(totals), np.asarray(squares))
        each = float(np.sum(squares)) / events if events > 0 else 0.0
        return found.of_a_day * each, found.of_longer * each


def _dispersed(day: IntArray, totals: FloatArray, squares: FloatArray) -> Dispersion:
    """How much more totals vary, given the days on which there was something, which may repeat."""
    there = np.unique(day)
    if len(there) < 2 or _booked(np.diff(there)):
        return NONE
    place = day - there[0]
    by_day = (np.bincount(place, weights=one).astype(np.float64) for one in (totals, np.maximum(squares, 0)))
    return dispersion(*by_day)


def _booked(apart: IntArray) -> bool:
    """Whether days are those on which somebody books what happened on others: regularly, and seldom."""
    return bool(np.median(apart) > _WEEK and np.std(apart) < _REGULAR * np.mean(apart))
