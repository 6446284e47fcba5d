"""All of gap analysis, from what is measured, declared and set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.gaps.delivered import delivered_effects
from cxengine.insight.gaps.gap import Gaps
from cxengine.insight.gaps.idle import idle_investments
from cxengine.insight.gaps.missing import missing_touchpoints
from cxengine.insight.gaps.sizes import sizes
from cxengine.insight.gaps.unmet import unmet_touchpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.plugin import Metric
    from cxengine.project.model import Project


def gaps(
    project: Project,
    evidence: Evidence,
    measurements: Measurements,
    insight: Insight,
    metrics: Mapping[str, Metric],
) -> Gaps:
    """Where the journey falls short, what the map lacks, what it has in vain, what cannot be judged."""
    missing, unnamed = missing_touchpoints(project, evidence)
    return Gaps(
        gaps=tuple(sizes(project, measurements, insight, metrics)),
        missing=missing,
        unnamed=unnamed,
        unmet=tuple(unmet_touchpoints(project, evidence, insight)),
        idle=tuple(idle_investments(project, measurements)),
        delivered=delivered_effects(project, measurements, metrics),
    )
