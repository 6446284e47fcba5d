"""The hooks a plugin may implement; each returns classes, so that nothing heavy is imported before use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from cxengine.cel import Function
    from cxengine.plugin.base import Enricher, Exporter, Grouping, Metric, Source
    from cxengine.plugin.scoring import Scoring

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
def cxengine_functions() -> list[Function]:  # type: ignore[empty-body]
    """Functions for the expressions of a project: `cxengine.cel.Function`s, implemented for each target.

    Rules run in Python; conditions of segments and rules about responses run as SQL. Where a function is
    not implemented for a target, an expression that needs it there is refused when it is checked. Formulas
    of mappings and metrics know standard functions only: what they yield is kept between runs.
    """


@hookspec
def cxengine_scorings() -> list[type[Scoring]]:  # type: ignore[empty-body]
    """Classes of methods by which initiatives are scored."""


@hookspec
def cxengine_groupings() -> list[type[Grouping]]:  # type: ignore[empty-body]
    """Classes that sort initiatives into areas."""


@hookspec
def cxengine_exporters() -> list[type[Exporter]]:  # type: ignore[empty-body]
    """Classes that turn the result of a run into files, or bring a service to the state of the roadmap."""
