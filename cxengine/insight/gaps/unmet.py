"""Touchpoints of the map of which no evidence tells now: nobody met them, or nobody was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.gaps.gap import UnmetTouchpoint
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.project.model import LongColumns, Project, SourceTable


def unmet_touchpoints(project: Project, evidence: Evidence, insight: Insight) -> Iterator[UnmetTouchpoint]:
    """Those that customers would see and of which no answer tells, in the order of the project.

    Backstage touchpoints are left out, and those of which only verbatims tell. A source of which no row was
    used could tell of nothing.
    """
    assert insight.basis is not None, "feelings come from find()"
    silent = {account.source for account in evidence.accounts if not account.rows_used}
    posts = {str(s.id): _told_of(project, s) for s in project.sources if s.id not in silent}
    commented = {v.touchpoint for source in project.sources for v in source.mapping.verbatims}
    for touchpoint in project.touchpoints:
        heard = insight.basis.heard.get((str(touchpoint.id), ALL))
        if not touchpoint.frontstage or (heard is not None and heard.speaking.n):
            continue
        sources = tuple(source for source, told in posts.items() if str(touchpoint.id) in told)
        if sources:
            yield UnmetTouchpoint(str(touchpoint.id), "nobody", sources)
        elif touchpoint.id not in commented:
            yield UnmetTouchpoint(str(touchpoint.id), "not asked", ())


def _told_of(project: Project, source: SourceTable) -> frozenset[str]:
    """The touchpoints that a source may hold answers about."""
    mapping = source.mapping
    found = {str(touchpoint) for wide in mapping.signals for touchpoint in wide.columns.values()}
    if mapping.long is not None:
        found |= _told_in_rows(project, mapping.long)
    if any(not e.sources or source.id in e.sources for e in project.enrichers if e.signals):
        found |= {str(v.touchpoint) for v in mapping.verbatims if v.touchpoint is not None}
    return frozenset(found)


def _told_in_rows(project: Project, long: LongColumns) -> frozenset[str]:
    """The touchpoints that rows may name: a fixed one, or any where a column names it."""
    if not isinstance(long.touchpoint, str) and long.touchpoint.value is not None:
        return frozenset([str(long.touchpoint.value)])
    return frozenset(str(touchpoint.id) for touchpoint in project.touchpoints)
