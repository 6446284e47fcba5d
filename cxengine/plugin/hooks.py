"""The hooks a plugin may implement; each returns classes, so that nothing heavy is imported before use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from cxengine.plugin.base import Enricher, Exporter, Grouping, Metric, Source

hookspec = pluggy.HookspecMarker("cxengine")
hookimpl = pluggy.HookimplMarker("cxengine")


@hookspec
def cxengine_sources() -> list[type[Source]]:  # type: ignore[empty-body]
    """Classes of evidence sources (listening posts) that the distribution offers."""


@hookspec
def cxengine_enrichers() -> list[type[Enricher]]:  # type: ignore[empty-body]
    """Classes that find something in verbatims: sentiment, themes, personal data."""


@hookspec
def cxengine_metrics() -> list[type[Metric]]:  # type: ignore[empty-body]
    """Classes of metrics that the distribution offers."""


@hookspec
def cxengine_groupings() -> list[type[Grouping]]:  # type: ignore[empty-body]
    """Classes that sort initiatives into areas."""


@hookspec
def cxengine_exporters() -> list[type[Exporter]]:  # type: ignore[empty-body]
    """Classes that turn the result of a run into artefacts."""
