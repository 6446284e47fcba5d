"""Everything of a project that has a course of time, looked through for changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cxengine.insight.changes.find import Courses, courses
from cxengine.insight.changes.followed import followed
from cxengine.insight.changes.measured import measured
from cxengine.insight.changes.series import together
from cxengine.insight.observed.queries import Queries
from cxengine.metrics.segment import cubes

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.changes.series import Series
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def look(
    project: Project,
    graph: nx.DiGraph[str],
    evidence: Evidence,
    *,
    measurements: Measurements,
    metrics: Mapping[str, Metric],
    origins: Origins | None = None,
) -> Courses | None:
    """The course of every metric in every cell, and of what cases of observed journeys do.

    None where there are too few periods.

    Raises:
        ProjectError: a segment is no valid expression.
    """

    def series() -> Iterator[Series | None]:
        for name in sorted(metrics):
            yield measured(project, metrics, measurements, name)
        if project.observed_journeys:
            groups = cubes(project, origins, evidence.types, evidence.functions)
            for table in project.observed_journeys:
                yield followed(Queries(project, graph, table, groups), evidence)

    found = together([one for one in series() if one is not None])
    return courses(found, declared=project.evidence.seasons)
