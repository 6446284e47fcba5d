"""The standard plugins: sources, enrichers, metrics, methods of scoring, area grouping, file exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.plugin import hookimpl

if TYPE_CHECKING:
    from cxengine.plugin import Enricher, Exporter, Grouping, Metric, Scoring, Source


@hookimpl
def cxengine_sources() -> list[type[Source]]:
    """The standard sources."""
    from cxengine_standard.sources.event_log import EventLog
    from cxengine_standard.sources.file import FileSource
    from cxengine_standard.sources.qualtrics import QualtricsExport
    from cxengine_standard.sources.sql import SqlSource
    from cxengine_standard.sources.surveymonkey import SurveyMonkeyExport

    return [FileSource, SqlSource, QualtricsExport, SurveyMonkeyExport, EventLog]


@hookimpl
def cxengine_enrichers() -> list[type[Enricher]]:
    """The standard enrichers."""
    from cxengine_standard.enrichers.redact import Redact
    from cxengine_standard.enrichers.sentiment import Sentiment
    from cxengine_standard.enrichers.themes import Themes

    return [Sentiment, Themes, Redact]


@hookimpl
def cxengine_metrics() -> list[type[Metric]]:
    """The standard metrics."""
    from cxengine_standard.metrics import METRICS

    return list(METRICS)


@hookimpl
def cxengine_scorings() -> list[type[Scoring]]:
    """The standard methods of scoring."""
    from cxengine_standard.scorings import benefit, kano, matrix, opportunity, rice, weighted, wsjf

    return [
        benefit.BenefitModel,
        matrix.EffortImpact,
        rice.Ice,
        kano.Kano,
        opportunity.Opportunity,
        rice.Rice,
        matrix.ValueComplexity,
        weighted.WeightedSum,
        wsjf.Wsjf,
    ]


@hookimpl
def cxengine_groupings() -> list[type[Grouping]]:
    """The standard groupings."""
    from cxengine_standard.groupings.area import AreaGrouping
    from cxengine_standard.groupings.nearest import NearestGrouping

    return [AreaGrouping, NearestGrouping]


@hookimpl
def cxengine_exporters() -> list[type[Exporter]]:
    """The standard exporters."""
    from cxengine_standard.exporters import excel, markdown, mermaid, powerpoint, roadmap_json, spreadsheet
    from cxengine_standard.exporters.report.charts import ChartsExporter
    from cxengine_standard.exporters.report.page import HtmlExporter

    return [
        roadmap_json.JsonExporter,
        markdown.MarkdownExporter,
        spreadsheet.CsvExporter,
        mermaid.MermaidExporter,
        HtmlExporter,
        ChartsExporter,
        powerpoint.PowerPointExporter,
        excel.ExcelExporter,
    ]
