"""Planning again on the same measurements: with other rules, other people, other initiatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxengine.evidence.history import History
from cxengine.insight.insight import Insight
from cxengine.metrics.guardrails import flagged, guardrails
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.rox import Rox
from cxengine.planning.plan import Plan, plan
from cxengine.project.model import NOTHING
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.conclusion import Subject
from cxengine.rules.facts import all_facts
from cxengine.rules.plugged import plugged

if TYPE_CHECKING:
    from cxengine.project import Loaded

Facts = Mapping[Subject, Mapping[str, Any]]


def planned_anew(
    loaded: Loaded,
    *,
    measurements: Measurements,
    insight: Insight,
    returns: Sequence[Rox] = (),
    histories: Mapping[str, History] = NOTHING,
    completed: Callable[[Facts], Facts] | None = None,
    employees: frozenset[str] | None = None,
) -> Plan:
    """The plan of a project for what was measured, as `Engine.run` would make it.

    `completed` may add to the facts before rules read them; `employees` are the metrics of what employees
    say, where the project does not hold its sources.

    Raises:
        ProjectError: rules cannot be compiled.
        PlanningError: the demands contradict one another.
    """
    project = loaded.project
    ruleset = compile_rules(project, loaded.origins, plugged(loaded))
    known: Facts = all_facts(project, measurements, insight, returns)
    metrics = loaded.metrics
    held = guardrails(project, metrics, measurements)
    return plan(
        project,
        ruleset=ruleset,
        conclusions=conclude(ruleset, completed(known) if completed else known),
        measurements=measurements,
        insight=insight,
        metrics=metrics,
        grouping=loaded.uses["roadmap", "group"].make(),
        origins=loaded.origins,
        returns=returns,
        guardrails=flagged(held, metrics, measurements, insight.discovery),
        histories=histories,
        employees=employees,
    )
