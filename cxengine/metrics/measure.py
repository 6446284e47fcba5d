"""All metrics in all cells: one scan, roll-up, values with intervals, suppression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.diagnostics import ProjectError
from cxengine.metrics import customers
from cxengine.metrics import scan as scans
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.attributes import missing
from cxengine.metrics.components import Components
from cxengine.metrics.counting import countable
from cxengine.metrics.design_effect import effects
from cxengine.metrics.finest import finest_of
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.names import Names
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import membership, suppressed
from cxengine.metrics.tally import Tallier, axes, times
from cxengine.metrics.trend import changes
from cxengine.plugin.component import CENSORED, CUSTOMERS, HISTORY

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.components import Axes
    from cxengine.metrics.segment import Cube
    from cxengine.plugin import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_INTERVAL = ("value", "low", "high")


def measure(
    project: Project,
    evidence: Evidence,
    metrics: Mapping[str, Metric],
    origins: Origins | None = None,
    previous: pa.Table | None = None,
) -> Measurements:
    """Measures everything, everywhere, from one scan of the evidence.

    `metrics` are plugin instances by the id of their table, each made for a signal it does not refuse.
    `previous` are the measurements that were published before: nothing that is shown now gives away a
    suppressed cell when it is set against them.

    Raises:
        ProjectError: a segment or a component of a metric is no valid expression.
        EvidenceError: a value is too large to be added exactly.
    """
    import pyarrow as pa

    components = collect(project, evidence, metrics, origins)
    pa.default_memory_pool().release_unused()  # what the scan took, which is much
    found = {name: _estimated(name, metrics[name], components) for name in sorted(metrics)}
    groups = cubes(project, origins, evidence.types, evidence.functions)
    segments = membership(groups, finest_of(evidence))
    answers = {name: (one.codes, one.answers) for name, one in found.items()}
    hidden = suppressed(project, components, answers, segments, previous)
    table = _table(components.axes, found, {name: ~cells for name, cells in hidden.items()})
    del found, answers
    return Measurements(table, components, changes(table, project.evidence.period))


def collect(
    project: Project, evidence: Evidence, metrics: Mapping[str, Metric], origins: Origins | None = None
) -> Components:
    """The components of all metrics in all cells, and the histogram of every signal on a discrete scale.

    Raises:
        ProjectError: a segment or a component of a metric is no valid expression, or an attribute is missing.
        EvidenceError: a value is too large to be added exactly.
    """
    if wrong := tuple(missing(metrics, evidence.types, origins)):
        raise ProjectError(*wrong)
    aggregates = {name: compile_components(metric) for name, metric in metrics.items()}
    scan = scan_for(project, metrics, aggregates, cubes(project, origins, evidence.types, evidence.functions))
    finest = finest_of(evidence)
    bounds = finest.weights()
    scans.check_sizes(finest.sizes(scan.aggregated), bounds[1])
    found = finest.cells(scan, weighted=bounds != (1.0, 1.0))
    patrons = {
        asked: customers.scan(asked, scan.cubes, scan.length, evidence.backend)
        for asked in _questions(metrics, aggregates)
    }
    numbers = times(found.table, *(one.rows for one in patrons.values()))
    tallier = Tallier(project, scan, found.table, found.columns, axes(project, numbers), numbers)
    histograms = {str(s.id): tallier.histogram(s) for s in project.signals if s.id in scan.discrete}
    totals = {str(s.id): tallier.totals(s) for s in project.signals if s.id in scan.aggregated}
    components = Components(
        axes=tallier.axes,
        customers=_people(project, tallier, patrons),
        histograms={signal: found for signal, found in histograms.items() if found is not None},
        totals={signal: found for signal, found in totals.items() if found is not None},
        signals={name: metric.signal.id for name, metric in metrics.items()},
        aggregates=aggregates,
        present=tallier.present,
    )
    alike = effects(project, metrics, components, tallier, evidence.backend)
    return attrs.evolve(components, effects=alike)


def _people(
    project: Project, tallier: Tallier, patrons: Mapping[customers.Question, customers.Patrons]
) -> dict[customers.Question, customers.Customers]:
    """The customers of every question, by cell; without questions to which there are none."""
    signals = {str(signal.id): signal for signal in project.signals}
    found = {}
    for asked, one in patrons.items():
        by_customer = attrs.evolve(tallier, table=one.rows, columns={})
        tally = by_customer.histogram(signals[asked.signal])
        if tally is not None:
            found[asked] = customers.Customers(tally, asked.kind, one.facts)
    return found


def _questions(
    metrics: Mapping[str, Metric], aggregates: Mapping[str, Mapping[str, Aggregate]]
) -> tuple[customers.Question, ...]:
    """What metrics ask about customers, each question once."""
    asked = (customers.question(str(metrics[name].signal.id), parts) for name, parts in aggregates.items())
    return tuple(dict.fromkeys(one for one in asked if one is not None))


def scan_for(
    project: Project,
    metrics: Mapping[str, Metric],
    aggregates: Mapping[str, Mapping[str, Aggregate]],
    groups: tuple[Cube, ...],
) -> scans.Scan:
    """The scan that serves all metrics: histograms of values where they do, aggregates where they do not."""
    discrete = tuple(str(s.id) for s in project.signals if scans.is_discrete(s))
    wanted = {
        (name, part): aggregate
        for name, metric in metrics.items()
        for part, aggregate in aggregates[name].items()
        if aggregate.kind not in CUSTOMERS
        and (metric.signal.id not in discrete or any(a.needs_answers for a in aggregates[name].values()))
    }

    def signals(chosen: Callable[[Aggregate], bool]) -> tuple[str, ...]:
        return tuple(sorted({metrics[name].signal.id for (name, _), a in wanted.items() if chosen(a)}))

    return scans.Scan(
        length=project.evidence.period,
        cubes=groups,
        discrete=discrete,
        aggregated=tuple(sorted({metrics[name].signal.id for name, _ in wanted})),
        aggregates=wanted,
        binned=signals(lambda aggregate: aggregate.kind == "log_histogram"),
        observed=signals(lambda aggregate: CENSORED in aggregate.reads),
        followed=signals(lambda aggregate: not aggregate.reads.isdisjoint(HISTORY)),
        scales={
            str(s.id): s.scale for s in project.signals if s.id in discrete and s.scale and countable(s.scale)
        },
    )


@attrs.frozen(eq=False)
class _Estimated:
    """A metric in its cells: parallel arrays, and whether there is a value."""

    codes: IntArray
    there: BoolArray
    answers: IntArray
    """The answers behind the metric."""
    amounts: Mapping[str, FloatArray]
    """Columns of the table, where there is a value."""


def _estimated(name: str, metric: Metric, components: Components) -> _Estimated:
    from cxengine.plugin import intervals

    codes, parts = components.of(name)
    estimates = metric.measure(parts)
    n = parts["n"] if estimates.n is None else estimates.n
    there = np.isfinite(estimates.value)
    effective = intervals.effective_n(parts["w"], parts["w2"])[there] * n[there] / parts["n"][there]
    alike = components.effects.get(name)
    amounts = {
        "n_eff": effective,
        "clusters": effective if alike is None else alike.clusters[there],
        **{column: getattr(estimates, column)[there] for column in _INTERVAL},
    }
    return _Estimated(codes, there, np.where(np.isfinite(n), n, 0).astype(np.int64), amounts)


def _table(axes: Axes, found: Mapping[str, _Estimated], visible: Mapping[str, BoolArray]) -> pa.Table:
    """The rows of all metrics; `visible` tells of every cell whether it may be shown."""
    import pyarrow as pa

    def joined(part: Callable[[str, _Estimated], npt.NDArray[Any]], type_: Any) -> npt.NDArray[Any]:
        return np.concatenate([np.zeros(0, type_), *(part(name, one) for name, one in found.items())])

    codes = joined(lambda _, one: one.codes[one.there], np.int64)
    shown = joined(lambda name, one: visible[name][one.there], np.bool_)
    sizes = [int(one.there.sum()) for one in found.values()]
    columns = {
        "metric": Names(np.repeat(np.arange(len(found), dtype=np.int32), sizes), tuple(found)).column()
    }
    columns |= _keys(axes, codes)
    columns["n"] = pa.array(np.where(shown, joined(lambda _, one: one.answers[one.there], np.int64), 0))
    for name in ("n_eff", "clusters"):
        amount = joined(lambda _, one, name=name: one.amounts[name], np.float64)  # type: ignore[misc]
        columns[name] = pa.array(np.where(shown, amount, 0.0))
    hides = not shown.all()
    for name in _INTERVAL:
        amount = joined(lambda _, one, name=name: one.amounts[name], np.float64)  # type: ignore[misc]
        columns[name] = pa.array(amount, mask=~shown if hides else None)
    return pa.table(columns | {"suppressed": pa.array(~shown)})


def _keys(axes: Axes, codes: IntArray) -> dict[str, pa.Array]:
    """The key columns of cells."""
    subject, *others = axes.positions(codes)
    levels, subjects = zip(*axes.subjects, strict=True)
    found = {}
    for name, names, positions in (
        ("level", levels, subject),
        ("subject", subjects, subject),
        ("segment", axes.segments, others[0]),
        ("period", axes.periods, others[1]),
    ):
        each = {text: code for code, text in enumerate(dict.fromkeys(names))}
        of_position = np.array([each[text] for text in names], dtype=np.int32)
        found[name] = Names(of_position[positions], tuple(each)).column()
    return found
