"""Metrics of times that know only what has ended, where sources tell what has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.metrics.aggregate import compile_components
from cxengine.plugin.component import CENSORED
from cxengine.project.merges import filled

if TYPE_CHECKING:
    from cxengine.plugin.base import Metric
    from cxengine.project.model import MappingTable, Project
    from cxengine.project.origins import Origins


def ended_only(
    project: Project, metrics: Mapping[str, Metric], origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """A note for every metric that leaves out the values that a mapping marks as lower bounds."""
    marked = {
        signal: str(source.id)
        for source in project.sources
        for column in _lower_bounds(source.mapping)
        for signal in filled(source, column)
    }
    for table in project.metrics:
        source = marked.get(str(table.signal))
        if source is None:
            continue
        components = compile_components(metrics[str(table.id)])
        if not any(CENSORED in component.reads for component in components.values()):
            yield Diagnostic(
                "CX534",
                f"{table.id} knows only what has ended: what {source} tells to be open is left out,"
                " which takes longest.",
                origins.locate(("metric", str(table.id))) if origins else None,
                "`resolution_time`, `resolved_within` and `survival` count it as far as it was watched.",
                severity="note",
            )


def _lower_bounds(mapping: MappingTable) -> set[str]:
    """The columns of which some values are only that, as the mapping says."""
    lasting = {name for name, duration in mapping.durations.items() if duration.open_until is not None}
    return lasting | set(mapping.censored)
