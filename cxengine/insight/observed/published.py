"""Observed journeys as JSON, its JSON Schema, and the diagram of what customers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.insight.observed.flow import ObservedFinding, ObservedJourney, Step
from cxengine.insight.observed.sentences import findings
from cxengine.journey import Arrow, observed_flowchart
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.project.model import Project

DRAWN = 0.05
"""A step is drawn where at least this share of all cases takes it."""


@attrs.frozen
class ObservedDocument:
    """What `observed.json` holds: what is worth knowing, and every observed journey with all its numbers."""

    format: ClassVar[str] = "cxengine/observed/1"
    findings: tuple[ObservedFinding, ...]
    journeys: tuple[ObservedJourney, ...]


def observed_json(
    project: Project, graph: nx.DiGraph[str], observed: Sequence[ObservedJourney]
) -> dict[str, Any]:
    """The published shape: as the classes, what is not known as null."""
    told = tuple(finding for journey in observed for finding in findings(project, graph, journey))
    return {"format": ObservedDocument.format, **plain(ObservedDocument(told, tuple(observed)))}


def observed_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `observed_json` returns."""
    return schema_of(ObservedDocument, format=ObservedDocument.format)


def observed_diagram(project: Project, graph: nx.DiGraph[str], observed: ObservedJourney) -> str:
    """What customers do as a Mermaid flowchart, with the findings as comments.

    An arrow says how many cases take the step and which part of the departures from its touchpoint it is;
    dotted arrows were not designed. Steps that fewer than a twentieth of all cases take are not drawn.
    """
    steps = [step for step in observed.steps if step.target is not None]
    drawn = [step for step in steps if step.cases.count >= DRAWN * observed.cases]
    remarks = [finding.text for finding in findings(project, graph, observed)]
    left = len(steps) - len(drawn) + observed.rest.steps
    if left:
        remarks.append(f"Not drawn: {left} steps, each of which fewer than {DRAWN:.0%} of cases take.")
    return observed_flowchart(graph, [_arrow(step) for step in drawn], remarks)


def _arrow(step: Step) -> Arrow:
    label = f"{step.cases.count:,} cases, {step.probability.value:.0%}"
    return Arrow(step.source, str(step.target), label, step.designed)
