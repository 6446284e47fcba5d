"""All metrics in all cells: one scan, roll-up, values with intervals, suppression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cxengine.metrics import scan as scans
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.components import Components
from cxengine.metrics.measurement import Measurements, table_of
from cxengine.metrics.segment import cubes
from cxengine.metrics.tally import Tallier, axes, times

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Evidence
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
    continuous = {name: m.signal.id for name, m in metrics.items() if not scans.is_discrete(m.signal)}
    scan = scans.Scan(
        length=project.evidence.period,
        cubes=cubes(project, origins),
        discrete=tuple(s.id for s in project.signals if scans.is_discrete(s)),
        continuous=tuple(sorted(set(continuous.values()))),
        aggregates={(name, part): a for name in continuous for part, a in aggregates[name].items()},
    )
    backend = evidence.backend
    bounds = scans.weights(backend)
    scans.check_sizes(scan, backend, bounds[1])
    weighted = bounds != (1.0, 1.0)
    table = scans.run(scan, backend, weighted=weighted)
    numbers = times(table)
    names, _ = scan.columns(backend.dialect, weighted=weighted)
    tallier = Tallier(project, scan, table, names, axes(project, numbers), numbers)
    tallies = {signal.id: tallier.tally(signal) for signal in project.signals}
    return Components(
        axes=tallier.axes,
        tallies={signal: tally for signal, tally in tallies.items() if tally is not None},
        signals={name: metric.signal.id for name, metric in metrics.items()},
        aggregates=aggregates,
        present=tallier.present,
    )


def _measured(name: str, metric: Metric, components: Components, project: Project) -> pa.Table:
    """The rows of one metric."""
    import pyarrow as pa

    from cxengine.plugin import intervals

    codes, parts = components.of(name)
    estimates = metric.measure(parts)
    subject, segment, period = components.axes.positions(codes)
    shown = parts["n"] >= project.privacy.minimum_n
    levels, subjects = zip(*components.axes.subjects, strict=True)

    def named(names: tuple[str, ...], positions: Any) -> pa.Array:
        return pa.array(names, pa.string()).take(pa.array(positions))

    def visible(numbers: Any) -> pa.Array:
        return pa.array(numbers, pa.float64(), mask=~shown)

    return pa.table(
        {
            "metric": pa.array([name] * len(codes), pa.string()),
            "level": named(levels, subject),
            "subject": named(subjects, subject),
            "segment": named(components.axes.segments, segment),
            "period": named(components.axes.periods, period),
            "n": pa.array(np.where(shown, parts["n"], 0).astype(np.int64)),
            "n_eff": pa.array(np.where(shown, intervals.effective_n(parts["w"], parts["w2"]), 0.0)),
            "value": visible(estimates.value),
            "low": visible(estimates.low),
            "high": visible(estimates.high),
            "suppressed": pa.array(~shown),
        }
    )
