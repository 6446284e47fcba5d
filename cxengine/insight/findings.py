"""All that was found, one sentence each, what matters most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight import feeling_findings, map_findings
from cxengine.insight import returns as grown
from cxengine.insight.changes import findings as changed
from cxengine.insight.drivers import findings as driven
from cxengine.insight.gaps import findings as gaps
from cxengine.insight.observed import findings as followed
from cxengine.insight.themes import findings as written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from cxengine.insight.finding import Finding
    from cxengine.insight.insight import Insight
    from cxengine.metrics.rox import Rox
    from cxengine.project.model import Project


def findings(
    project: Project, graph: nx.DiGraph[str], insight: Insight, returns: Sequence[Rox] = ()
) -> tuple[Finding, ...]:
    """Everything worth telling; `cxengine.insight.finding` says how much a finding matters."""
    told = (
        *driven.findings(insight.drivers),
        *changed.findings(project, insight),
        *feeling_findings.findings(project, insight),
        *written.findings(project, insight),
        *gaps.findings(project, insight),
        *map_findings.findings(project, insight),
        *followed.findings(project, graph, insight.observed),
        *grown.findings(returns),
    )
    return tuple(sorted(told, key=lambda finding: -finding.matters))
