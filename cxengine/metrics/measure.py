"""All metrics in all cells: one scan, roll-up, values with intervals, suppression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cxengine.metrics import scan as scans
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.components import Components
from cxengine.metrics.measurement import Measurements, table_of
from cxengine.metrics.segment import cubes
from cxengine.metrics.tally import Tallier, axes, times
from cxengine.plugin.component import CENSORED, HISTORY

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.aggregate import Aggregate
    from cxengine.plugin import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def measure(
    project: Project, evidence: Evidence, metrics: Mapping[str, Metric], origins: Origins | None = None
) -> Measurements:
    """Measures everything, everywhere, from one scan of the evidence.

    `metrics` are plugin instances by the id of their table, each made for a signal it does not refuse.

    Raises:
        ProjectError: a segment or a component of a metric is no valid expression.
        EvidenceError: a value is too large to be added exactly.
    """
    components = collect(project, evidence, metrics, origins)
    tables = [_measured(name, metric, components, project) for name, metric in sorted(metrics.items())]
    return Measurements(table_of(tables), components)


def collect(
    project: Project, evidence: Evidence, metrics: Mapping[str, Metric], origins: Origins | None = None
) -> Components:
    """The components of all metrics in all cells, and the histogram of every signal on a discrete scale.

    Raises:
        ProjectError: a segment or a component of a metric is no valid expression.
        EvidenceError: a value is too large to be added exactly.
    """
    aggregates = {name: compile_components(metric) for name, metric in metrics.items()}
    scan = _scan(project, metrics, aggregates, origins)
    backend = evidence.backend
    bounds = scans.weights(backend)
    scans.check_sizes(scan, backend, bounds[1])
    weighted = bounds != (1.0, 1.0)
    table = scans.run(scan, backend, weighted=weighted)
    numbers = times(table)
    names, _ = scan.columns(backend.dialect, weighted=weighted)
    tallier = Tallier(project, scan, table, names, axes(project, numbers), numbers)
    histograms = {str(s.id): tallier.histogram(s) for s in project.signals if s.id in scan.discrete}
    totals = {str(s.id): tallier.totals(s) for s in project.signals if s.id in scan.aggregated}
    return Components(
        axes=tallier.axes,
        histograms={signal: found for signal, found in histograms.items() if found is not None},
        totals={signal: found for signal, found in totals.items() if found is not None},
        signals={name: metric.signal.id for name, metric in metrics.items()},
        aggregates=aggregates,
        present=tallier.present,
    )


def _scan(
    project: Project,
    metrics: Mapping[str, Metric],
    aggregates: Mapping[str, Mapping[str, Aggregate]],
    origins: Origins | None,
) -> scans.Scan:
    """The scan that serves all metrics: histograms of values where they do, aggregates where they do not."""
    discrete = tuple(str(s.id) for s in project.signals if scans.is_discrete(s))
    wanted = {
        (name, part): aggregate
        for name, metric in metrics.items()
        for part, aggregate in aggregates[name].items()
        if metric.signal.id not in discrete or any(a.needs_answers for a in aggregates[name].values())
    }

    def signals(chosen: Callable[[Aggregate], bool]) -> tuple[str, ...]:
        return tuple(sorted({metrics[name].signal.id for (name, _), a in wanted.items() if chosen(a)}))

    return scans.Scan(
        length=project.evidence.period,
        cubes=cubes(project, origins),
        discrete=discrete,
        aggregated=tuple(sorted({metrics[name].signal.id for name, _ in wanted})),
        aggregates=wanted,
        binned=signals(lambda aggregate: aggregate.kind == "log_histogram"),
        observed=signals(lambda aggregate: CENSORED in aggregate.reads),
        followed=signals(lambda aggregate: not aggregate.reads.isdisjoint(HISTORY)),
    )


def _measured(name: str, metric: Metric, components: Components, project: Project) -> pa.Table:
    """The rows of one metric."""
    import pyarrow as pa

    from cxengine.plugin import intervals

    codes, parts = components.of(name)
    estimates = metric.measure(parts)
    there = np.isfinite(estimates.value)
    value, low, high = estimates.value[there], estimates.low[there], estimates.high[there]
    answers = (parts["n"] if estimates.n is None else estimates.n)[there]
    effective = intervals.effective_n(parts["w"], parts["w2"])[there] * answers / parts["n"][there]
    subject, segment, period = components.axes.positions(codes[there])
    shown = answers >= project.privacy.minimum_n
    levels, subjects = zip(*components.axes.subjects, strict=True)

    def named(names: tuple[str, ...], positions: Any) -> pa.Array:
        return pa.array(names, pa.string()).take(pa.array(positions))

    def visible(numbers: Any) -> pa.Array:
        return pa.array(numbers, pa.float64(), mask=~shown)

    return pa.table(
        {
            "metric": pa.array([name] * len(value), pa.string()),
            "level": named(levels, subject),
            "subject": named(subjects, subject),
            "segment": named(components.axes.segments, segment),
            "period": named(components.axes.periods, period),
            "n": pa.array(np.where(shown, answers, 0).astype(np.int64)),
            "n_eff": pa.array(np.where(shown, effective, 0.0)),
            "value": visible(value),
            "low": visible(low),
            "high": visible(high),
            "suppressed": pa.array(~shown),
        }
    )
