"""What observed journeys tell, one plain sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.insight.observed.flow import Departure, ObservedFinding, ObservedJourney, Share
from cxengine.insight.observed.shares import share

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.project.model import Project

TOLD = 3
"""Departures and loops that are told, at most."""
WORTH_TELLING = 0.05
"""A loop or departure is told where at least this share of cases takes it, by the lower limit."""


def findings(
    project: Project, graph: nx.DiGraph[str], observed: ObservedJourney
) -> tuple[ObservedFinding, ...]:
    """What is worth knowing: conformance, where cases leave, what they repeat, where they stop, who differs.

    A segment is told of where it differs from all other cases beyond chance, all that the run tests
    considered.
    """
    names = {str(node): str(name) for node, name in graph.nodes(data="name")}
    return (
        _conformance(observed),
        *_departures(observed, names),
        *_loops(observed, names),
        *_drop_off(project, observed),
        *_unmet(observed, names),
        *_segments(project, observed),
    )


def _conformance(observed: ObservedJourney) -> ObservedFinding:
    text = f"{_share(observed.follows)} follow the designed journey from a start to an end."
    if observed.unmapped.count:
        text += (
            f" {_share(observed.unmapped)} have events at no touchpoint and count as leaving the map;"
            f" with these left aside, {observed.follows_mapped.value:.0%} would follow it."
        )
    return ObservedFinding(observed.id, "conformance", "", text, observed.follows)


def _departures(observed: ObservedJourney, names: dict[str, str]) -> Iterator[ObservedFinding]:
    for one in [d for d in observed.departures if d.cases.low >= WORTH_TELLING][:TOLD]:
        text = f"{_share(one.cases)} leave the designed journey where they {_left(one, names)}."
        yield ObservedFinding(observed.id, "departure", one.source, text, one.cases)


def _left(departure: Departure, names: dict[str, str]) -> str:
    source = names[departure.source]
    if departure.kind == "unmapped":
        return f"do something that is at no touchpoint, after {source}"
    if departure.target is None:
        return f"{departure.kind} at {source}"
    again = " again" if departure.target == departure.source else ""
    return f"go from {source} to {names[departure.target]}{again}"


def _loops(observed: ObservedJourney, names: dict[str, str]) -> Iterator[ObservedFinding]:
    ranked = sorted(observed.loops, key=lambda loop: (-loop.again.count, loop.touchpoint))
    for loop in [one for one in ranked if one.again.low >= WORTH_TELLING][:TOLD]:
        name = names[loop.touchpoint]
        text = f"{_share(loop.again, f'cases that meet {name}')} meet it again."
        yield ObservedFinding(observed.id, "loop", loop.touchpoint, text, loop.again)


def _drop_off(project: Project, observed: ObservedJourney) -> Iterator[ObservedFinding]:
    """The stage that loses most cases."""
    names = {str(stage.id): stage.name for stage in project.stages}
    lost = [
        (stage, stage.dropped)
        for population in observed.populations[:1]
        for stage in population.stages
        if stage.dropped is not None and stage.dropped.count and stage.dropped.n >= observed.threshold
    ]
    if lost:
        stage, dropped = max(lost, key=lambda one: one[1].count)
        whom = f'cases that come as far as the stage "{names[stage.stage]}"'
        text = f"{_share(dropped, whom)} go no further: no stage loses more."
        yield ObservedFinding(observed.id, "drop-off", stage.stage, text, dropped)


def _unmet(observed: ObservedJourney, names: dict[str, str]) -> Iterator[ObservedFinding]:
    for touchpoint in observed.unmet:
        nobody = share(0, observed.cases)
        bound = f"n = {nobody.n:,}, at most {nobody.high:.1%}"
        text = f"No case meets {names[touchpoint]} ({bound}): nobody goes there, or the log does not hold it."
        yield ObservedFinding(observed.id, "unmet", touchpoint, text, nobody)


def _segments(project: Project, observed: ObservedJourney) -> Iterator[ObservedFinding]:
    names = {str(segment.id): segment.name for segment in project.segments}
    for one in observed.populations:
        if one.beyond_chance:
            here, whole = one.follows, observed.follows
            seldom = "less" if here.value < whole.value else "more"
            told = _share(here, f'cases of the segment "{names[one.segment]}"')
            text = f"{told} follow the designed journey, {seldom} than {whole.value:.0%} of all."
            yield ObservedFinding(observed.id, "segment", one.segment, text, here)


def _share(share: Share, whom: str = "cases") -> str:
    return f"{share.value:.0%} of {whom} (n = {share.n:,}, {share.low:.0%} to {share.high:.0%})"
