"""From the events of a log to an observed journey."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.insight.observed.flow import (
    Begin,
    Departure,
    Loop,
    ObservedJourney,
    Rest,
    Step,
    Variant,
    Visit,
)
from cxengine.insight.observed.populations import of_populations
from cxengine.insight.observed.queries import Queries
from cxengine.insight.observed.rows import Rows
from cxengine.insight.observed.shares import Whole
from cxengine.insight.observed.silence import Log, Thing
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.diagnostics import Location
    from cxengine.evidence.evidence import Evidence
    from cxengine.project.model import ObservedJourneyTable, Project
    from cxengine.project.origins import Origins

Row = Mapping[str, Any]


@attrs.frozen
class Observed:
    """The observed journeys of a project; those with too few cases to tell about are in the notes."""

    journeys: tuple[ObservedJourney, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def observe(
    project: Project,
    graph: nx.DiGraph[str],
    evidence: Evidence,
    origins: Origins | None = None,
    previous: Sequence[Row] = (),
) -> Observed:
    """How customers went, for every `[[observed_journey]]`.

    Cases count alike: no weights are applied, as an event log is no sample of a population. `previous` are
    the journeys that were published before, as in `observed.json`: beside them nothing tells of a few cases.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    if not project.observed_journeys:
        return Observed()
    groups = cubes(project, origins, evidence.types, evidence.functions)
    before = {journey["id"]: journey for journey in previous}
    journeys, notes = [], []
    for table in project.observed_journeys:
        queries = Queries(project, graph, table, groups)
        rows, least = Rows.of(queries, evidence), _least(project, table)
        earlier = before.get(str(table.id))
        if rows.log.persons < least:
            notes.append(_too_few(table, least, _place(table, origins)))
        elif earlier is not None and rows.log.moved(Log.published(earlier), least):
            notes.append(_too_few_moved(table, least, _place(table, origins)))
        else:
            journeys.append(_journey(queries, rows, earlier, least))
    return Observed(tuple(journeys), tuple(notes))


def _too_few(table: ObservedJourneyTable, least: int, place: Location | None) -> Diagnostic:
    message = f"The log of {table.id} has cases of fewer than {least} persons with an event at a touchpoint."
    hint = "Map its activities to touchpoints, or give it more cases; nothing is shown of so few."
    return Diagnostic("CX264", message, place, hint=hint, severity="warning")


def _too_few_moved(table: ObservedJourneyTable, least: int, place: Location | None) -> Diagnostic:
    message = (
        f"In the log of {table.id}, cases of fewer than {least} persons came or went since the previous run."
    )
    hint = "Beside that run it would tell of those few; it is told again once more came or went."
    return Diagnostic("CX264", message, place, hint=hint, severity="warning")


def _place(table: ObservedJourneyTable, origins: Origins | None) -> Location | None:
    return None if origins is None else origins.locate(("observed_journey", str(table.id)))


def _least(project: Project, table: ObservedJourneyTable) -> int:
    """Cases of fewer persons are not shown."""
    return threshold(project, next(signal for signal in project.signals if signal.id == table.signal))


def _journey(queries: Queries, rows: Rows, earlier: Row | None, least: int) -> ObservedJourney:
    """One observed journey, beside what was published of it `earlier`."""
    graph, cases, log = queries.graph, rows.cases, rows.log
    told = log.tellable(None if earlier is None else Log.published(earlier), least)
    populations, hidden = of_populations(queries, rows, earlier, least)
    steps = _steps(queries, rows, told)
    common = [row for row in rows.ways if ("variant", *row["way"]) in told]
    begins = [row for row in rows.begins if ("begin", row["touchpoint"]) in told]
    left = [row for row in rows.departures if _departure(row) in told]
    return ObservedJourney(
        id=str(queries.table.id),
        source=str(queries.table.source),
        cases=cases,
        events=log.events,
        variants=rows.ways[0]["variants"],
        follows=rows.every.share(rows.totals, "follows"),
        begins=_begins(queries, begins, rows.every),
        steps=steps,
        common=tuple(Variant(tuple(r["way"]), rows.every.share(r, "n"), r["designed"]) for r in common),
        loops=_loops(queries, rows, told),
        departures=_departures(left, rows.every),
        unmet=tuple(
            str(node) for node, seen in graph.nodes(data="frontstage") if seen and node not in rows.met
        ),
        populations=populations,
        rest=Rest(
            steps=len(rows.steps) - len(steps),
            variants=rows.ways[0]["variants"] - len(common),
            begins=len(rows.begins) - len(begins),
            departures=len(rows.departures) - len(left),
            populations=len(hidden),
        ),
        threshold=least,
        unmapped=rows.every.share(rows.totals, "unmapped"),
        follows_mapped=rows.every.share(rows.totals, "designed"),
        visits=_visits(queries, rows, told),
        hidden=hidden,
        persons=log.persons,
    )


def _departure(row: Row) -> Thing:
    return "departure", row["kind"], row["source"], row["target"] or ""


def _begins(queries: Queries, rows: Iterable[Row], every: Whole) -> tuple[Begin, ...]:
    starts = queries.graph.graph["starts"]
    ranked = sorted(rows, key=lambda row: (-row["n"], row["touchpoint"]))
    return tuple(Begin(r["touchpoint"], every.share(r, "n"), r["touchpoint"] in starts) for r in ranked)


def _steps(queries: Queries, rows: Rows, told: Container[Thing]) -> tuple[Step, ...]:
    """The steps that may be shown."""
    shown: list[Step] = []
    for touchpoint in (node for node in queries.graph if node in rows.met):
        here = [row for row in rows.steps if row["source"] == touchpoint]
        named = [row for row in here if ("step", touchpoint, row["target"] or "") in told]
        ranked = sorted(named, key=lambda row: (-row["times"], row["target"] or ""))
        shown += [_step(queries, row, rows.met[touchpoint]) for row in ranked]
    return tuple(shown)


def _step(queries: Queries, row: Row, met: Row) -> Step:
    source, target = row["source"], row["target"]
    graph = queries.graph
    designed = source in graph.graph["ends"] if target is None else graph.has_edge(source, target)
    return Step(
        source=source,
        target=target,
        times=row["times"],
        cases=_who_meet(met).share(row, "cases"),
        probability=Whole(met["times"], met["xx"], met["persons"]).share(row, "times"),
        seconds=None if target is None else row["seconds"],
        designed=designed,
    )


def _who_meet(met: Row) -> Whole:
    return Whole(met["cases"], met["cases_yy"], met["persons"])


def _loops(queries: Queries, rows: Rows, told: Container[Thing]) -> tuple[Loop, ...]:
    met = [rows.met[node] for node in queries.graph if ("visit", node) in told]
    return tuple(
        Loop(row["touchpoint"], _who_meet(row).share(row, "again"), _who_meet(row).share(row, "back"))
        for row in met
    )


def _visits(queries: Queries, rows: Rows, told: Container[Thing]) -> tuple[Visit, ...]:
    met = [rows.met[node] for node in queries.graph if ("visit", node) in told]
    return tuple(
        Visit(row["touchpoint"], rows.every.share(row, "cases"), _who_meet(row).share(row, "ended"))
        for row in met
    )


def _departures(rows: Iterable[Row], every: Whole) -> tuple[Departure, ...]:
    ranked = sorted(rows, key=lambda row: (-row["n"], row["kind"], row["source"], row["target"] or ""))
    return tuple(Departure(r["kind"], r["source"], r["target"], every.share(r, "n")) for r in ranked)
