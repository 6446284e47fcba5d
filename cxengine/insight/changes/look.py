"""Everything of a project that has a course of time, looked through for changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cxengine.insight.changes.find import Courses, courses
from cxengine.insight.changes.followed import followed
from cxengine.insight.changes.measured import measured
from cxengine.insight.changes.series import together
from cxengine.insight.changes.told import NOTHING
from cxengine.insight.observed.queries import Queries
from cxengine.metrics.segment import cubes

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.changes.parts import Cases
    from cxengine.insight.changes.told import Told
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
    today: Told = NOTHING,
    before: Told = NOTHING,
) -> Courses | None:
    """The course of every metric in every cell, and of what cases of observed journeys do.

    None where there are too few periods. `today` is what this run tells of observed journeys beside changes,
    `before` what the previous run told of them.

    Raises:
        ProjectError: a segment is no valid expression.
    """
    series = [measured(project, metrics, measurements, name) for name in sorted(metrics)]
    cases: dict[str, Cases] = {}
    if project.observed_journeys:
        groups = cubes(project, origins, evidence.types, evidence.functions)
        for table in project.observed_journeys:
            found = followed(Queries(project, graph, table, groups), evidence, today, before)
            if found is not None:
                series.append(found.series)
                cases[str(table.id)] = found.cases
    every = together([one for one in series if one is not None])
    return courses(every, cases, declared=project.evidence.seasons)
