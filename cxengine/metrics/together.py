"""How estimates move together because they rest on the answers of the same customers.

Near its value a metric is a sum over answers, by its slopes as `design_effect` takes them. What every
customer (response, where nobody knows the customer) adds to several metrics at several places, multiplied
and added up over the customers, estimates their covariances (Taylor linearisation), whatever signals the
metrics are of: people whom search pleases recommend us, too. Of metrics that have no slopes (of times until
an event, of customers), and where all answers are alike, only this is known: they move independently where
nobody is behind both.

Source: Binder, International Statistical Review 51 (1983) 279-292.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.cel.targets.sql import literal, literals
from cxengine.metrics import period, spelling
from cxengine.metrics.clusters import pairs
from cxengine.metrics.exact import billionths, floats
from cxengine.metrics.linear import of_answers, slopes, term
from cxengine.metrics.measure import scan_for
from cxengine.metrics.measurement import ALL, CURRENT, Cell
from cxengine.metrics.tally import WHOLE

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.components import Components
    from cxengine.metrics.measurement import Level
    from cxengine.metrics.scan import Scan
    from cxengine.plugin import Metric
    from cxengine.project.model import Project

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen(order=True)
class Place:
    """A metric at a touchpoint or in the journey, of everybody, in the current period."""

    metric: str
    level: Level
    subject: str


def correlations(
    places: Sequence[Place],
    project: Project,
    metrics: Mapping[str, Metric],
    components: Components,
    backend: Backend,
) -> FloatArray:
    """Between the estimates of all places, each with answers: shape (places, places); NaN where unknown.

    It takes one scan of the answers to the signals of the metrics; none for one place.
    """
    known = np.eye(len(places))
    if len(places) < 2:
        return known
    used = {place.metric: metrics[place.metric] for place in places}
    aggregates = {name: components.aggregates[name] for name in used}
    scan = scan_for(project, used, aggregates, (), weighted=False)
    asking = _Asking(project, components, scan, backend.dialect)
    row = backend.execute(asking.query([asking.added(place, used[place.metric]) for place in places]))
    products, shared = np.zeros_like(known), np.zeros_like(known)
    for number, (i, j) in enumerate(_both(places)):
        products[i, j] = products[j, i] = floats(billionths(row[f"p{number}"]))[0]
        shared[i, j] = shared[j, i] = row[f"s{number}"][0].as_py() or 0
    deviation = np.sqrt(np.diag(products))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.clip(products / np.outer(deviation, deviation), -1.0, 1.0)
    found = np.where(shared == 0, 0.0, found)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


@attrs.frozen
class _Added:
    """What answers add to an estimate."""

    signal: str
    touchpoints: tuple[str, ...]
    """Those whose answers count."""
    sql: str
    """What one of them adds, before it is weighted, in units that make it about 1."""
    ever: bool
    """Whether answers of all periods count, as they do for what is about customers."""

    def where(self, dialect: str) -> str:
        """SQL that is true of the answers that count."""
        places = literals(dialect, self.touchpoints)
        return f"signal = {literal(dialect, self.signal)} AND touchpoint IN ({places})"


@attrs.frozen(eq=False)
class _Asking:
    """The scan that finds out."""

    project: Project
    components: Components
    scan: Scan
    dialect: str

    def added(self, place: Place, metric: Metric) -> _Added:
        """What answers add to the estimate at a place."""
        signal, aggregates = metric.signal, self.components.aggregates[place.metric]
        observed = signal.id in self.scan.observed
        parts = one_cell(self.components, place)
        estimate = metric.measure(parts)
        unit = float((estimate.high - estimate.low)[0] / np.sqrt(parts["n"][0]))
        terms = [
            f"{literal(self.dialect, float(slope[0]) / unit)} * "
            + self._double(term(part, aggregates, self.dialect, observed=observed))
            for part, slope in sorted(slopes(metric, parts, aggregates).items())
            if np.isfinite(unit) and unit > 0
        ]
        everywhere = tuple(str(t.id) for t in self.project.touchpoints)
        whole = (WHOLE,) if signal.about == "relationship" else everywhere
        touchpoints = (place.subject,) if place.level == "touchpoint" else whole
        sql = " + ".join(terms) or self._double("0")
        return _Added(str(signal.id), touchpoints, sql, not of_answers(aggregates))

    def query(self, terms: Sequence[_Added]) -> str:
        """One row: of every two estimates the products of what customers add, and how many are in both."""
        integer = partial(spelling.integer, self.dialect)
        products = []
        for number, (i, j) in enumerate(_both(terms)):
            product = self._amount(f"{self._double(f't{i}')} * {self._double(f't{j}')}")
            products += [f"SUM({product}) AS p{number}", f"SUM({integer(f'm{i} * m{j}')}) AS s{number}"]
        totals = f"{self._totals(terms)} GROUP BY cluster"
        return f"SELECT {', '.join(products)} FROM ({totals}) AS totals"  # noqa: S608 - compiled

    def _totals(self, terms: Sequence[_Added]) -> str:
        """What every customer adds to each estimate, and whether any answer is behind it."""
        sums = []
        for i, added in enumerate(terms):
            now = self.components.present
            counts = f"n{i} = 1" + ("" if now is None or added.ever else f" AND period = {now}")
            weighted = self._amount(f"CASE WHEN {counts} THEN {self._double('weight')} * x{i} END")
            there = spelling.integer(self.dialect, f"CASE WHEN {counts} THEN 1 ELSE 0 END")
            sums += [f"COALESCE(SUM({weighted}), 0) AS t{i}", f"MAX({there}) AS m{i}"]
        length = self.project.evidence.period
        time = f"COALESCE({period.sql(length, self.dialect)}, {period.NO_TIME})"
        return (
            f"SELECT {', '.join(sums)} FROM ({self._answers(terms)}) AS answered"  # noqa: S608 - compiled
            f" JOIN (SELECT response, COALESCE(customer, response_id) AS cluster, {time} AS period, weight"
            " FROM responses) AS responded USING (response)"
        )

    def _answers(self, terms: Sequence[_Added]) -> str:
        """What every answer adds to each estimate, and whether it counts."""
        columns = []
        for i, added in enumerate(terms):
            where = added.where(self.dialect)
            columns.append(f"CASE WHEN {where} THEN {added.sql} ELSE {self._double('0')} END AS x{i}")
            columns.append(f"CASE WHEN {where} THEN 1 ELSE 0 END AS n{i}")
        signals = sorted({added.signal for added in terms})
        return (
            f"SELECT response, {', '.join(columns)} FROM {self.scan.source(self.dialect)}"  # noqa: S608 - compiled
            f" WHERE {self.scan.answered(signals, self.dialect)}"
        )

    def _amount(self, sql: str) -> str:
        return spelling.amount(self.dialect, sql)

    def _double(self, sql: str) -> str:
        return spelling.double(self.dialect, sql)


def _both(things: Sequence[object]) -> list[tuple[int, int]]:
    """The positions of every two things, and of each with itself."""
    return sorted(pairs(range(len(things))))


def one_cell(components: Components, place: Place) -> Mapping[str, Any]:
    """The components of a metric at a place that has answers."""
    codes, parts = components.of(place.metric)
    code = components.axes.code(Cell(place.level, place.subject, ALL, CURRENT))
    position = int(np.flatnonzero(codes == code)[0])
    return {part: _only(amounts, position) for part, amounts in parts.items()}


def _only(amounts: Any, position: int) -> Any:
    """The components of one cell."""
    if isinstance(amounts, np.ndarray):
        return amounts[position : position + 1]
    mine = amounts.cell == position
    kept = {
        field.name: getattr(amounts, field.name)[mine]
        for field in attrs.fields(type(amounts))
        if field.name not in {"cells", "cell"}
    }
    return attrs.evolve(amounts, cells=1, cell=np.zeros(int(mine.sum()), dtype=np.int64), **kept)
