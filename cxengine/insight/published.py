"""Insight as JSON, and the JSON Schema of that shape, both made from the classes themselves."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from cxengine.insight.drivers.findings import findings
from cxengine.insight.drivers.report import ModelResult, Path
from cxengine.insight.finding import Finding
from cxengine.insight.insight import Insight
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain


@attrs.frozen
class InsightDocument:
    """What `insight.json` holds: driver models with all their numbers, and findings, the weightiest first."""

    format: ClassVar[str] = "cxengine/insight/1"
    findings: tuple[Finding, ...]
    models: tuple[ModelResult, ...]
    paths: tuple[Path, ...]


def insight_json(insight: Insight) -> dict[str, Any]:
    """The published shape: as the classes, what is not known as null."""
    drivers = insight.drivers
    document = InsightDocument(findings(drivers), drivers.models, drivers.paths)
    return {"format": InsightDocument.format, **plain(document)}


def insight_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `insight_json` returns."""
    return schema_of(InsightDocument, format=InsightDocument.format)
