"""What observed journeys tell, as findings among all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, FindingKind, points
from cxengine.insight.observed.sentences import findings as sentences
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from cxengine.insight.observed.flow import ObservedFinding, ObservedJourney
    from cxengine.project.model import Project

_KINDS: dict[str, FindingKind] = {"unmet": "unmet touchpoint", "segment": "segment journey"}
_SEVERITY = {
    "conformance": 0.05,
    "departure": 0.1,
    "loop": 0.1,
    "drop-off": 0.25,
    "unmet": 0.0,
    "segment": 0.05,
}
"""How bad it is taken to be for a case, as nobody said: a case that ends early is the worst."""
_CAUTION = "A log holds what systems record: it does not tell why, nor what was done elsewhere."


def findings(
    project: Project, graph: nx.DiGraph[str], observed: Sequence[ObservedJourney]
) -> tuple[Finding, ...]:
    """The sentences of all observed journeys."""
    return tuple(_finding(project, one, told) for one in observed for told in sentences(project, graph, one))


def _finding(project: Project, observed: ObservedJourney, told: ObservedFinding) -> Finding:
    """It matters by the share of all cases concerned, at least, and by how bad that is taken to be."""
    share = told.share
    concerned = 1 - share.high if told.kind == "conformance" else share.low
    whole = share.n / observed.cases
    touchpoints = {str(one.id) for one in project.touchpoints}
    stage = [str(one.id) for one in project.touchpoints if str(one.stage) == told.subject]
    return Finding(
        kind=_KINDS.get(told.kind) or _kind(told),
        model=observed.id,
        subject=told.subject,
        segment=told.subject if told.kind == "segment" else ALL,
        text=told.text,
        effect=share.value,
        low=share.low,
        high=share.high,
        n=share.n,
        matters=points(_SEVERITY[told.kind], concerned * whole),
        caution=_CAUTION,
        touchpoints=(told.subject,) if told.subject in touchpoints else tuple(stage),
    )


def _kind(told: ObservedFinding) -> FindingKind:
    kinds: dict[str, FindingKind] = {
        "conformance": "conformance",
        "departure": "departure",
        "loop": "loop",
        "drop-off": "drop-off",
    }
    return kinds[told.kind]
