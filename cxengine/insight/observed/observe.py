"""From the events of a log to an observed journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from cxengine.insight.observed.shares import clustered, share
from cxengine.metrics.segment import cubes
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.diagnostics import Location
    from cxengine.evidence.evidence import Evidence
    from cxengine.project.model import ObservedJourneyTable, Project
    from cxengine.project.origins import Origins

LISTED = 20
"""Variants that are told by themselves, at most."""

Row = Mapping[str, Any]


@attrs.frozen
class Observed:
    """The observed journeys of a project; those with too few cases to tell about are in the notes."""

    journeys: tuple[ObservedJourney, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def observe(
    project: Project, graph: nx.DiGraph[str], evidence: Evidence, origins: Origins | None = None
) -> Observed:
    """How customers went, for every `[[observed_journey]]`.

    Cases count alike: no weights are applied, as an event log is no sample of a population.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    if not project.observed_journeys:
        return Observed()
    groups = cubes(project, origins, evidence.types, evidence.functions)
    journeys, notes = [], []
    for table in project.observed_journeys:
        found = _journey(table, Queries(project, graph, table, groups), evidence)
        if found is None:
            notes.append(_too_few(table, _least(project, table), _place(table, origins)))
        else:
            journeys.append(found)
    return Observed(tuple(journeys), tuple(notes))


def _too_few(table: ObservedJourneyTable, least: int, place: Location | None) -> Diagnostic:
    message = f"The log of {table.id} has fewer than {least} cases with an event at a touchpoint."
    hint = "Map its activities to touchpoints, or give it more cases; nothing is shown of so few."
    return Diagnostic("CX264", message, place, hint=hint, severity="warning")


def _place(table: ObservedJourneyTable, origins: Origins | None) -> Location | None:
    return None if origins is None else origins.locate(("observed_journey", str(table.id)))


def _least(project: Project, table: ObservedJourneyTable) -> int:
    """Fewer cases are not shown."""
    return threshold(project, next(signal for signal in project.signals if signal.id == table.signal))


def _journey(table: ObservedJourneyTable, queries: Queries, evidence: Evidence) -> ObservedJourney | None:
    """One observed journey; None where there are too few cases to tell about."""

    def ask(query: str) -> list[Row]:
        rows: list[Row] = evidence.whole.execute(query).to_pylist()
        return rows

    least = _least(queries.project, table)
    counted = ask(queries.populations())
    cases = sum(row["cases"] for row in counted)
    if cases < least:
        return None
    populations, hidden = of_populations(
        queries.project, queries.cubes, counted, ask(queries.lengths()), least
    )
    begins = ask(queries.begins())
    named = [row for row in begins if row["n"] >= least]
    met = {row["touchpoint"]: row for row in ask(queries.visits())}
    taken = ask(queries.steps())
    steps, rare = _steps(queries, met, taken, least)
    ways = ask(queries.variants(LISTED))
    common = [row for row in ways if row["n"] >= least]
    left = ask(queries.departures())
    told = [row for row in left if row["n"] >= least]
    return ObservedJourney(
        id=str(table.id),
        source=str(table.source),
        cases=cases,
        events=sum(row["events"] for row in counted),
        variants=ways[0]["variants"],
        follows=share(sum(row["cases"] for row in counted if row["follows"]), cases),
        begins=_begins(queries, named, cases),
        steps=steps,
        common=tuple(Variant(tuple(r["way"]), share(r["n"], cases), r["follows"]) for r in common),
        loops=_loops(queries, met, least),
        departures=_departures(told, cases),
        unmet=tuple(
            str(node) for node, seen in queries.graph.nodes(data="frontstage") if seen and node not in met
        ),
        populations=populations,
        rest=Rest(
            rare, ways[0]["variants"] - len(common), len(begins) - len(named), len(left) - len(told), hidden
        ),
        threshold=least,
        unmapped=share(sum(row["cases"] for row in counted if row["unmapped"]), cases),
        follows_mapped=share(sum(row["cases"] for row in counted if row["designed"]), cases),
        visits=_visits(queries, met, taken, cases, least),
    )


def _begins(queries: Queries, rows: Iterable[Row], cases: int) -> tuple[Begin, ...]:
    starts = queries.graph.graph["starts"]
    ranked = sorted(rows, key=lambda row: (-row["n"], row["touchpoint"]))
    return tuple(Begin(r["touchpoint"], share(r["n"], cases), r["touchpoint"] in starts) for r in ranked)


def _steps(
    queries: Queries, met: Mapping[str, Row], found: Sequence[Row], least: int
) -> tuple[tuple[Step, ...], int]:
    """The steps that may be shown, and how many others there are."""
    shown: list[Step] = []
    for touchpoint in (node for node in queries.graph if node in met):
        rows = [row for row in found if row["source"] == touchpoint and row["cases"] >= least]
        ranked = sorted(rows, key=lambda row: (-row["times"], row["target"] or ""))
        shown += [_step(queries, row, met[touchpoint]) for row in ranked]
    return tuple(shown), len(found) - len(shown)


def _step(queries: Queries, row: Row, met: Row) -> Step:
    source, target = row["source"], row["target"]
    graph = queries.graph
    designed = source in graph.graph["ends"] if target is None else graph.has_edge(source, target)
    sums = {name: int(row[name]) for name in ("times", "yy", "xy")}
    return Step(
        source=source,
        target=target,
        times=row["times"],
        cases=share(row["cases"], met["cases"]),
        probability=clustered(sums, departures=met["times"], squares=int(met["xx"]), cases=met["cases"]),
        seconds=None if target is None else row["seconds"],
        designed=designed,
    )


def _loops(queries: Queries, met: Mapping[str, Row], least: int) -> tuple[Loop, ...]:
    rows = [met[node] for node in queries.graph if node in met]
    return tuple(
        Loop(row["touchpoint"], share(row["again"], row["cases"]), share(row["back"], row["cases"]))
        for row in rows
        if row["cases"] >= least
    )


def _visits(
    queries: Queries, met: Mapping[str, Row], steps: Sequence[Row], cases: int, least: int
) -> tuple[Visit, ...]:
    ended = {row["source"]: row["cases"] for row in steps if row["target"] is None}
    return tuple(
        Visit(node, share(met[node]["cases"], cases), share(ended.get(node, 0), met[node]["cases"]))
        for node in queries.graph
        if node in met and met[node]["cases"] >= least
    )


def _departures(rows: Iterable[Row], cases: int) -> tuple[Departure, ...]:
    ranked = sorted(rows, key=lambda row: (-row["n"], row["kind"], row["source"], row["target"] or ""))
    return tuple(Departure(r["kind"], r["source"], r["target"], share(r["n"], cases)) for r in ranked)
