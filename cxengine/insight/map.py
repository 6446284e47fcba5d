"""The map, from evidence: moments of truth, what is remembered, personas, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.insight.gaps.find import gaps
from cxengine.insight.moments_of_truth import moments_of_truth
from cxengine.insight.profiles import profiles
from cxengine.insight.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Project


def mapped(
    insight: Insight,
    project: Project,
    graph: nx.DiGraph[str],
    *,
    evidence: Evidence,
    measurements: Measurements,
    metrics: Mapping[str, Metric],
) -> Insight:
    """Insight with all that follows from feelings, drivers and measurements; nothing is read again."""
    return attrs.evolve(
        insight,
        moments=moments_of_truth(project, insight),
        remembered=remembered(project, graph, insight),
        profiles=profiles(project, graph, insight),
        gaps=gaps(project, evidence, measurements, insight, metrics),
    )
