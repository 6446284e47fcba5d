"""Insight as JSON, and the JSON Schema of that shape, both made from the classes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.insight.changes.change import Change, Search
from cxengine.insight.drivers.report import ModelResult, Path
from cxengine.insight.finding import Finding
from cxengine.insight.findings import findings
from cxengine.insight.insight import Insight
from cxengine.insight.map import MapDocument, map_document
from cxengine.insight.themes.theme import Themes
from cxengine.metrics.discovery import Discovery
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.metrics.rox import Rox
    from cxengine.project.model import Project


@attrs.frozen
class InsightDocument:
    """What `insight.json` holds: findings, what matters most first, and the numbers behind them.

    Observed journeys are in `observed.json`, returns on experience in `rox.json`.
    """

    format: ClassVar[str] = "cxengine/insight/2"
    findings: tuple[Finding, ...]
    models: tuple[ModelResult, ...]
    paths: tuple[Path, ...]
    search: Search
    """What was looked through for changes."""
    discovery: Discovery
    """How all that is flagged, in every output of the run, was told from chance."""
    changes: tuple[Change, ...]
    themes: Themes
    map: MapDocument
    """How everybody feels everywhere, moments of truth, memory, personas, gaps."""


def insight_json(
    project: Project, graph: nx.DiGraph[str], insight: Insight, returns: Sequence[Rox] = ()
) -> dict[str, Any]:
    """The published shape: as the classes, what is not known as null."""
    document = InsightDocument(
        findings=findings(project, graph, insight, returns),
        models=insight.drivers.models,
        paths=insight.drivers.paths,
        search=insight.changes.search,
        discovery=insight.discovery,
        changes=insight.changes.found,
        themes=insight.themes,
        map=map_document(project, graph, insight),
    )
    return {"format": InsightDocument.format, **plain(document)}


def insight_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `insight_json` returns."""
    return schema_of(InsightDocument, format=InsightDocument.format)
