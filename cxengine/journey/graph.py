"""The journey graph: touchpoints are nodes, transitions are edges.

Layout of the frozen `networkx.DiGraph` that `build` returns:

    graph.graph   id, name            of the project
                  stages              tuple of Stage, in order
                  channels, personas  tuples, as written
                  starts, ends        ids of the touchpoints where a journey may begin and end
                  declared            whether the project declares transitions
    nodes         id of the touchpoint, in the order of the journey: by stage, then as written;
                  attributes: every key of Touchpoint but `id`, `stage_name`, `position` (from 0) and
                  `personas` (ids of those who meet it)
    edges         (source, target) with `about`

Where no transition is declared, touchpoints follow one another in the order of the journey; backstage
touchpoints, which customers do not see, are then no part of the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.project.model import Persona, Project, Touchpoint

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]
    Step = tuple[str, str, dict[str, str]]


def build(project: Project) -> Graph:
    """The journey of a loaded project (its references are sound: the loader saw to that)."""
    import networkx as nx

    touchpoints = in_order(project)
    graph: Graph = nx.DiGraph(
        id=project.project.id,
        name=project.project.journey or project.project.name,
        stages=project.stages,
        channels=project.channels,
        personas=project.personas,
        starts=_starts(touchpoints),
        ends=_ends(project, touchpoints),
        declared=bool(project.transitions),
    )
    stage_names = {stage.id: stage.name for stage in project.stages}
    for position, touchpoint in enumerate(touchpoints):
        graph.add_node(
            touchpoint.id,
            **_attributes(touchpoint),
            stage_name=stage_names[touchpoint.stage],
            position=position,
            personas=tuple(p.id for p in project.personas if meets(p, touchpoint)),
        )
    graph.add_edges_from(_steps(project, touchpoints))
    nx.freeze(graph)
    return graph


def in_order(project: Project) -> tuple[Touchpoint, ...]:
    """Touchpoints in the order of the journey: by stage, and as written within a stage."""
    rank = {stage.id: number for number, stage in enumerate(project.stages)}
    return tuple(sorted(project.touchpoints, key=lambda touchpoint: rank[touchpoint.stage]))


def meets(persona: Persona, touchpoint: Touchpoint) -> bool:
    """Whether a persona meets a touchpoint: one that it lists or, without a list, any that is seen."""
    return touchpoint.id in persona.touchpoints if persona.touchpoints else touchpoint.frontstage


def paths(graph: Graph, *, at_most: int = 1000, longest: int | None = None) -> tuple[tuple[str, ...], ...]:
    """Ways through the journey, from every start to every end, no touchpoint twice.

    Their number grows exponentially with the branches, so it is bounded: the first `at_most` in a
    fixed order, none with more than `longest` steps.
    """
    return tuple(islice(_walk(graph, longest), at_most))


def of_persona(graph: Graph, persona: str) -> Graph:
    """The journey as a persona lives it: touchpoints that it does not meet are passed by.

    A step joins two touchpoints when a way leads from one to the other through nothing but passed
    touchpoints. Raises KeyError for a persona that the project does not have.
    """
    import networkx as nx

    if persona not in {p.id for p in graph.graph["personas"]}:
        raise KeyError(persona)
    passed = [node for node, whom in graph.nodes(data="personas") if persona not in whom]
    lived: Graph = nx.DiGraph(graph)
    lived.graph["personas"] = tuple(p for p in graph.graph["personas"] if p.id == persona)
    lived.graph["starts"] = _nearest(graph, graph.graph["starts"], graph.successors, set(passed))
    lived.graph["ends"] = _nearest(graph, graph.graph["ends"], graph.predecessors, set(passed))
    for node in passed:
        joined = product(list(lived.predecessors(node)), list(lived.successors(node)))
        lived.add_edges_from([(*step, {"about": ""}) for step in joined if not lived.has_edge(*step)])
        lived.remove_node(node)
    nx.freeze(lived)
    return lived


def _attributes(touchpoint: Touchpoint) -> dict[str, Any]:
    return attrs.asdict(touchpoint, recurse=False, filter=lambda field, _: field.name != "id")


def _starts(touchpoints: tuple[Touchpoint, ...]) -> tuple[str, ...]:
    marked = tuple(touchpoint.id for touchpoint in touchpoints if touchpoint.start)
    seen = (touchpoint.id for touchpoint in touchpoints if touchpoint.frontstage)
    return marked or tuple(islice(seen, 1))


def _ends(project: Project, touchpoints: tuple[Touchpoint, ...]) -> tuple[str, ...]:
    marked = tuple(touchpoint.id for touchpoint in touchpoints if touchpoint.end)
    if marked or project.transitions:
        return marked
    return tuple(touchpoint.id for touchpoint in touchpoints if touchpoint.frontstage)[-1:]


def _steps(project: Project, touchpoints: tuple[Touchpoint, ...]) -> Iterator[Step]:
    if project.transitions:
        for transition in project.transitions:
            yield transition.source, transition.target, {"about": transition.about}
    else:
        seen = (touchpoint.id for touchpoint in touchpoints if touchpoint.frontstage)
        for source, target in pairwise(seen):
            yield source, target, {"about": ""}


def _walk(graph: Graph, longest: int | None) -> Iterator[tuple[str, ...]]:
    import networkx as nx

    for start in graph.graph["starts"]:
        for end in graph.graph["ends"]:
            yield from map(tuple, nx.all_simple_paths(graph, start, end, cutoff=longest))


def _nearest(graph: Graph, origins: tuple[str, ...], onward: Any, passed: set[str]) -> tuple[str, ...]:
    """The first touchpoints met when walking `onward` from the origins past those that are passed by."""
    found, walked, ahead = set(), set(), list(origins)
    while ahead:
        node = ahead.pop()
        if node in passed and node not in walked:
            walked.add(node)
            ahead.extend(onward(node))
        elif node not in passed:
            found.add(node)
    return tuple(node for node in graph if node in found)
