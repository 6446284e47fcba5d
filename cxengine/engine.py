"""The pipeline, readable top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.planning.roadmap import Roadmap
    from cxengine.project.model import Project
    from cxengine.rules.conclusion import Conclusion


@attrs.frozen
class Result:
    """Everything a run found, stage by stage; exporters read it and nothing else."""

    project: Project
    journey: nx.DiGraph[str]
    evidence: Evidence
    measurements: Measurements
    insight: Insight
    conclusions: tuple[Conclusion, ...]
    roadmap: Roadmap | None
