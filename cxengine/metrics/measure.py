"""All metrics in all cells: one scan, roll-up, values with intervals, suppression."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import ProjectError
from cxengine.metrics import customers, uneven
from cxengine.metrics import scan as scans
from cxengine.metrics.again import again
from cxengine.metrics.aggregate import Excess, compile_components, excess_of
from cxengine.metrics.attributes import missing
from cxengine.metrics.blocks import blocks, estimated, table
from cxengine.metrics.chances import between, by_row
from cxengine.metrics.clusters import repeats, together
from cxengine.metrics.components import Components
from cxengine.metrics.counting import countable
from cxengine.metrics.covered import covered
from cxengine.metrics.daily import between_days
from cxengine.metrics.design_effect import effects
from cxengine.metrics.finest import finest_of
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.persons import PersonScan
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import gone, membership, suppressed, threshold
from cxengine.metrics.tally import Tallier, axes, times
from cxengine.metrics.trend import changes
from cxengine.plugin.component import CENSORED, CUSTOMERS, HISTORY

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend, Evidence
    from cxengine.metrics.aggregate import Aggregate, Scanned
    from cxengine.metrics.persons import Persons
    from cxengine.metrics.segment import Cube
    from cxengine.plugin import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


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
    found = estimated(metrics, components)
    groups = cubes(project, origins, evidence.types, evidence.functions)
    segments = membership(groups, finest_of(evidence))
    footings = {name: one.footing for name, one in found.items()}
    measured = blocks(
        components.axes,
        found,
        suppressed(project, components, footings, segments, previous),
        project.privacy.caution_n,
    )
    told = by_row(between(metrics, components), footings)
    return Measurements(
        table(components.axes, measured),
        components,
        changes(measured, project.evidence.period, components.covered, told),
        gone=frozenset() if previous is None else gone(project, components, footings, previous),
    )


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
    finest = finest_of(evidence)
    bounds = finest.weights()
    weighted = bounds != (1.0, 1.0)
    groups = cubes(project, origins, evidence.types, evidence.functions)
    scan = scan_for(project, metrics, aggregates, groups, weighted=weighted)
    scans.check_sizes(finest.sizes(scan.aggregated), bounds[1])
    found = finest.cells(scan, weighted=weighted)
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
        ranges={name: metric.range() for name, metric in metrics.items()},
        covered=covered(metrics, project.evidence.period, evidence.backend),
    )
    told = [str(s.id) for s in project.signals if s.id in components.histograms or s.id in components.totals]
    repeated = repeats(project, told, evidence.backend)
    held = _held(project, metrics, aggregates)
    with together(scan, evidence.backend) if repeated or held else nullcontext():
        by_weight = uneven.effects(metrics, components) if weighted else {}
        alike = effects(
            project, metrics, components, tallier, evidence.backend, repeated=repeated, uneven=by_weight
        )
        persons = _persons(project, tallier, repeated, held, evidence.backend)
    days = between_days(project, metrics, components, tallier, evidence.backend, repeated=repeated)
    further = again(
        [str(signal.id) for signal in project.signals],
        histories={asked.signal for asked in patrons},
        repeated={components.signals[name] for name in alike} & set(repeated),
        persons=persons,
        daily={components.signals[name] for name in days},
    )
    return attrs.evolve(components, effects=alike, days=days, persons=persons, again=further)


def _held(
    project: Project,
    metrics: Mapping[str, Metric],
    aggregates: Mapping[str, Mapping[str, Aggregate]],
) -> frozenset[str]:
    """The signals of amounts without limits that are added up, of which one person may hold nearly all."""
    if project.privacy.dominance >= 1:
        return frozenset()
    return frozenset(
        str(metric.signal.id)
        for name, metric in metrics.items()
        if metric.signal.scale is None
        and any(one.kind == "sum" or one.kind in CUSTOMERS for one in aggregates[name].values())
    )


def _persons(
    project: Project, tallier: Tallier, repeated: Collection[str], held: frozenset[str], backend: Backend
) -> dict[str, Persons]:
    """Who is behind the answers to each of the signals, where that matters for what may be shown.

    Of the signals `held`, also how much of what they amount to is of one person.
    """
    found = {}
    for signal in project.signals:
        name = str(signal.id)
        if (name in repeated or name in held) and threshold(project, signal) > 1:
            scan = PersonScan(
                name, tallier.scan, tallier.hierarchy(signal), tallier.touchpoints, amounts=name in held
            )
            found[name] = scan.run(backend, tallier.axes, tallier.times)
    return found


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
    *,
    weighted: bool,
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

    of_weights: dict[tuple[str, str], Scanned] = {
        (name, part): moment
        for name in dict.fromkeys(name for name, _ in wanted)
        for part, moment in (uneven.moments(metrics[name], aggregates[name]) if weighted else ())
    }

    excess = {
        (name, excess_of(part)): Excess(aggregate)
        for (name, part), aggregate in wanted.items()
        if aggregate.checked
    }

    def signals(chosen: Callable[[Aggregate], bool]) -> tuple[str, ...]:
        return tuple(sorted({metrics[name].signal.id for (name, _), a in wanted.items() if chosen(a)}))

    return scans.Scan(
        length=project.evidence.period,
        cubes=groups,
        discrete=discrete,
        aggregated=tuple(sorted({metrics[name].signal.id for name, _ in wanted})),
        aggregates={**wanted, **of_weights, **excess},
        binned=signals(lambda aggregate: aggregate.kind == "log_histogram"),
        observed=signals(lambda aggregate: CENSORED in aggregate.reads),
        followed=signals(lambda aggregate: not aggregate.reads.isdisjoint(HISTORY)),
        scales={
            str(s.id): s.scale for s in project.signals if s.id in discrete and s.scale and countable(s.scale)
        },
        of={name: str(metrics[name].signal.id) for name, _ in wanted},
    )
