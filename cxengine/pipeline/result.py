"""What comes of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.evidence.evidence import Evidence
    from cxengine.explain.step import Step
    from cxengine.insight.insight import Insight
    from cxengine.metrics.fitted import Fitted
    from cxengine.metrics.guardrails import Guardrail
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.rox import Rox
    from cxengine.planning.roadmap import Roadmap
    from cxengine.planning.scenarios import Comparison
    from cxengine.project import Loaded
    from cxengine.project.model import Project
    from cxengine.review.shown import Shown
    from cxengine.rules.conclusion import Conclusion


@attrs.frozen(eq=False)
class Result:
    """Everything a run found, stage by stage; exporters read it and nothing else."""

    loaded: Loaded
    journey: nx.DiGraph[str]
    evidence: Evidence
    measurements: Measurements
    insight: Insight
    conclusions: tuple[Conclusion, ...]
    roadmap: Roadmap | None
    """None where the project has no `[roadmap]`: the run only measures."""
    warnings: tuple[Diagnostic, ...] = ()
    timings: Mapping[str, float] = attrs.field(factory=dict)
    """Seconds by stage."""
    rox: tuple[Rox, ...] = ()
    """Returns on experience, in the order of the project."""
    fitted: tuple[Fitted, ...] = ()
    """The models behind metrics where everybody's value is shown, in the order of the project."""
    guardrails: tuple[Guardrail, ...] = ()
    """What must not get worse, wherever it is measured, in the order of the project."""
    previous: Shown | None = None
    """What the run before showed, where there is one."""
    compared: str = ""
    """A sentence on what this run was compared with; empty where there was nothing."""
    scenarios: Comparison | None = None
    """What would come of every scenario; None where the project asks about none."""

    @property
    def project(self) -> Project:
        """What the author wrote."""
        return self.loaded.project

    def explain(self, items: Iterable[str]) -> tuple[Step, ...]:
        """Why each of them is as it is, down to the rows of the sources; see `explain.why.why`.

        Raises:
            ProjectError: there is no such thing.
        """
        from cxengine.explain.why import explained

        return explained(self, items)
