"""Findings about a journey: what no customer can reach, where it breaks off, where it turns back.

References to what does not exist and what is declared twice are errors that the loader reports;
everything here concerns a project that loads. Codes: CX150 to CX159.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs

from cxengine.diagnostics import Diagnostic, Location
from cxengine.journey.graph import build
from cxengine.project.model import Project

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]


class Origins(Protocol):
    """Knows where in the author's files a key stands."""

    def locate(self, path: tuple[str | int, ...]) -> Location:
        """The place of a table, id and key such as `("touchpoint", "checkout", "stage")`."""
        ...

    def folder(self, path: tuple[str | int, ...]) -> Path:
        """The folder of the file in which it was written."""
        ...


def check(project: Project, origins: Origins) -> tuple[Diagnostic, ...]:
    """All findings about the journey: warnings and notes, none of which stops a run."""
    graph = build(project)
    case = _Case(project, graph, origins, unreachable(graph))
    return tuple(finding for look in _CHECKS for finding in look(case))


@attrs.frozen
class _Case:
    """What a check looks at; `lost` are the touchpoints to which no way leads."""

    project: Project
    graph: Graph
    origins: Origins
    lost: tuple[str, ...]


def _empty_stages(case: _Case) -> Iterator[Diagnostic]:
    """Those of the project itself: of a ruleset that it extends it takes what it needs."""
    used = {touchpoint.stage for touchpoint in case.project.touchpoints}
    own = case.origins.folder(("project", "id"))
    for stage in case.project.stages:
        inherited = case.origins.folder(("stage", stage.id, "id")) != own
        if case.project.touchpoints and stage.id not in used and not inherited:
            yield Diagnostic(
                "CX150",
                f'stage "{stage.id}" has no touchpoint',
                case.origins.locate(("stage", stage.id, "id")),
                hint="nothing can be measured there: add a touchpoint, or leave the stage out",
                severity="warning",
            )


def _unreachable(case: _Case) -> Iterator[Diagnostic]:
    starts = _listed(case.graph.graph["starts"])
    for node in case.lost:
        yield Diagnostic(
            "CX151",
            f'no way leads from the start of the journey ({starts}) to touchpoint "{node}"',
            case.origins.locate(("touchpoint", node, "id")),
            hint=f'add a [[transition]] with target = "{node}", or start = true if a journey may begin there',
            severity="warning",
        )


def _dead_ends(case: _Case) -> Iterator[Diagnostic]:
    for node, frontstage in case.graph.nodes(data="frontstage"):
        if node in case.graph.graph["ends"] or node in case.lost or not frontstage:
            continue
        if not any(target != node for target in case.graph.successors(node)):
            yield Diagnostic(
                "CX152",
                f'the journey breaks off at touchpoint "{node}": no transition leaves it',
                case.origins.locate(("touchpoint", node, "id")),
                hint=f'mark it with end = true, or add a [[transition]] with source = "{node}"',
                severity="warning",
            )


def _loops(case: _Case) -> Iterator[Diagnostic]:
    import networkx as nx

    components = [members for members in nx.strongly_connected_components(case.graph) if len(members) > 1]
    firsts = {next(node for node in case.graph if node in members) for members in components}
    for first in (node for node in case.graph if node in firsts):
        loop = _round_trip(case.graph, first)
        yield Diagnostic(
            "CX153",
            "customers may go round here: " + " -> ".join(loop),
            case.origins.locate(("transition", f"{loop[-2]} -> {loop[-1]}", "target")),
            severity="note",
        )


def _self_loops(case: _Case) -> Iterator[Diagnostic]:
    for step in case.project.transitions:
        if step.source == step.target:
            yield Diagnostic(
                "CX154",
                f'touchpoint "{step.source}" leads to itself',
                case.origins.locate(("transition", f"{step.source} -> {step.target}", "target")),
                hint="fine where customers repeat the step; otherwise one of the two names is mistaken",
                severity="note",
            )


def _never_met(case: _Case) -> Iterator[Diagnostic]:
    hidden = {node for node, frontstage in case.graph.nodes(data="frontstage") if not frontstage}
    for persona in case.project.personas:
        for number, node in enumerate(persona.touchpoints):
            if node in case.lost or node in hidden:
                why = "it is backstage" if node in hidden else "no way leads there"
                yield Diagnostic(
                    "CX155",
                    f'persona "{persona.id}" cannot meet touchpoint "{node}": {why}',
                    case.origins.locate(("persona", persona.id, "touchpoints", number)),
                    hint="take it off the persona's list, or mend the journey",
                    severity="warning",
                )


def _met_by_nobody(case: _Case) -> Iterator[Diagnostic]:
    for node, data in case.graph.nodes(data=True):
        if case.project.personas and data["frontstage"] and not data["personas"]:
            yield Diagnostic(
                "CX156",
                f'no persona meets touchpoint "{node}"',
                case.origins.locate(("touchpoint", node, "id")),
                hint="a persona is missing, or the touchpoint is one that nobody needs",
                severity="note",
            )


def _no_way_out(case: _Case) -> Iterator[Diagnostic]:
    """A journey of loops only: touchpoints from which no end can be reached, though steps leave them."""
    import networkx as nx

    if not case.graph.graph["ends"]:
        return
    ends, backwards = case.graph.graph["ends"], case.graph.reverse(copy=False)
    saved = set(ends).union(*(nx.descendants(backwards, end) for end in ends))
    for node, frontstage in case.graph.nodes(data="frontstage"):
        leaves = any(target != node for target in case.graph.successors(node))
        if frontstage and leaves and node not in saved and node not in case.lost:
            yield Diagnostic(
                "CX157",
                f'from touchpoint "{node}" no way leads to an end of the journey',
                case.origins.locate(("touchpoint", node, "id")),
                hint="mark the touchpoint where such a journey ends with end = true",
                severity="warning",
            )


_CHECKS = (
    _empty_stages,
    _unreachable,
    _dead_ends,
    _no_way_out,
    _loops,
    _self_loops,
    _never_met,
    _met_by_nobody,
)


def unreachable(graph: Graph) -> tuple[str, ...]:
    """Touchpoints that customers see but to which no way leads from any start, in the journey's order."""
    import networkx as nx

    starts = graph.graph["starts"]
    met = set(starts).union(*(nx.descendants(graph, start) for start in starts))
    return tuple(n for n, frontstage in graph.nodes(data="frontstage") if frontstage and n not in met)


def _round_trip(graph: Graph, first: str) -> list[str]:
    """The shortest way from a touchpoint on a loop back to it."""
    import networkx as nx

    onward = (step for step in graph.successors(first) if step != first and nx.has_path(graph, step, first))
    returns = (nx.shortest_path(graph, step, first) for step in onward)
    return [first, *min(returns, key=lambda way: (len(way), way))]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
