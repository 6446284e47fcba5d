"""The map, from evidence: moments of truth, what is remembered, personas, gaps, the heatmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.insight.apart import Apart
from cxengine.insight.gaps.delivered import DeliveredEffect
from cxengine.insight.gaps.find import gaps
from cxengine.insight.gaps.gap import Gap, IdleInvestment, MissingTouchpoint, UnmetTouchpoint
from cxengine.insight.heatmap import HeatCell, heatmap
from cxengine.insight.metrics_apart import metrics_apart
from cxengine.insight.moments_of_truth import MomentOfTruth, moments_of_truth
from cxengine.insight.profiles import Profile
from cxengine.insight.remembered import Remembered, remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Project


@attrs.frozen
class MapDocument:
    """The map as `insight.json` holds it, all of it in numbers."""

    heatmap: tuple[HeatCell, ...]
    """Every touchpoint in the order of the journey, every segment, everybody first."""
    apart: tuple[Apart, ...]
    """Differences of segments from everybody else, by feeling."""
    moments_of_truth: tuple[MomentOfTruth, ...]
    remembered: tuple[Remembered, ...]
    personas: tuple[Profile, ...]
    gaps: tuple[Gap, ...]
    missing_touchpoints: tuple[MissingTouchpoint, ...]
    unnamed: int
    """Rows about touchpoints that the map lacks and that too few rows name to be told."""
    unmet_touchpoints: tuple[UnmetTouchpoint, ...]
    idle_investments: tuple[IdleInvestment, ...]
    delivered: tuple[DeliveredEffect, ...]
    """What became of what delivered changes were to move."""


def map_document(project: Project, graph: nx.DiGraph[str], insight: Insight) -> MapDocument:
    """What is published of the map."""
    found = insight.gaps
    return MapDocument(
        heatmap=tuple(cell for row in heatmap(project, graph, insight).rows for cell in row),
        apart=insight.apart,
        moments_of_truth=insight.moments,
        remembered=insight.remembered,
        personas=insight.profiles,
        gaps=found.gaps,
        missing_touchpoints=found.missing,
        unnamed=found.unnamed,
        unmet_touchpoints=found.unmet,
        idle_investments=found.idle,
        delivered=found.delivered,
    )


def mapped(
    insight: Insight,
    project: Project,
    graph: nx.DiGraph[str],
    *,
    evidence: Evidence,
    measurements: Measurements,
    metrics: Mapping[str, Metric],
) -> Insight:
    """Insight with what follows from feelings, drivers and measurements; nothing is read again or flagged."""
    return attrs.evolve(
        insight,
        moments=moments_of_truth(project, insight),
        metrics_apart=metrics_apart(project, metrics, measurements),
        remembered=remembered(project, graph, insight),
        gaps=gaps(project, evidence, measurements, insight, metrics),
    )
