"""From conclusions to the roadmap, and to those of the scenarios beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.planning.plan import Plan, plan
from cxengine.planning.ranks.assess import assessed
from cxengine.planning.scenarios import Comparison, compared

if TYPE_CHECKING:
    from cxengine.evidence.history import History
    from cxengine.insight.insight import Insight
    from cxengine.pipeline.check import Ready
    from cxengine.pipeline.clock import Clock
    from cxengine.pipeline.measure import Measured
    from cxengine.project import Loaded
    from cxengine.rules.conclusion import Conclusion


def planned(
    loaded: Loaded,
    ready: Ready,
    measured: Measured,
    insight: Insight,
    conclusions: Sequence[Conclusion],
    *,
    histories: Mapping[str, History],
    clock: Clock,
) -> Plan:
    """The roadmap, and how sure its order is."""
    with clock.stage("Planning"):
        made = plan(
            loaded.project,
            ruleset=ready.ruleset,
            conclusions=conclusions,
            measurements=measured.measurements,
            insight=insight,
            metrics=ready.metrics,
            grouping=loaded.uses["roadmap", "group"].make(),
            origins=loaded.origins,
            returns=measured.returns,
            guardrails=measured.guardrails,
            histories=histories,
        )
    with clock.stage("Asking how sure the order is"):
        return attrs.evolve(made, roadmap=assessed(made.roadmap, made.scene))


def scenarios(
    loaded: Loaded,
    base: Plan,
    measured: Measured,
    insight: Insight,
    *,
    histories: Mapping[str, History],
    clock: Clock,
) -> Comparison | None:
    """Every scenario beside the plan as it stands; None where the project asks about none."""
    if not loaded.project.scenarios:
        return None
    with clock.stage("Planning scenarios"):
        return compared(
            loaded,
            base.roadmap,
            measurements=measured.measurements,
            insight=insight,
            returns=measured.returns,
            histories=histories,
        )
