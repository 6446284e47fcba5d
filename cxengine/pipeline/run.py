"""A run from a loaded project to its roadmap, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.history import histories
from cxengine.metrics.attributes import anonymous
from cxengine.metrics.ended import ended_only
from cxengine.metrics.fitted import fitted
from cxengine.metrics.guardrails import warnings as passed
from cxengine.metrics.nobody import nobody
from cxengine.metrics.outside import outside
from cxengine.metrics.unended import unended
from cxengine.metrics.unfinished import unfinished
from cxengine.metrics.unmeasured import unmeasured
from cxengine.pipeline.check import ready
from cxengine.pipeline.collect import collect
from cxengine.pipeline.find import found
from cxengine.pipeline.flag import flagged
from cxengine.pipeline.measure import measured
from cxengine.pipeline.result import Result
from cxengine.pipeline.write import went_in
from cxengine.review.last import felt_again, kept_back
from cxengine.rules.conclude import conclude
from cxengine.rules.facts import all_facts

if TYPE_CHECKING:
    from cxengine.diagnostics import Diagnostic
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.pipeline.clock import Clock
    from cxengine.project import Loaded
    from cxengine.project.model import Project
    from cxengine.review.earlier import Compared, Earlier
    from cxengine.review.shown import Shown


def run(loaded: Loaded, clock: Clock, earlier: Earlier) -> Result:
    """Everything that a project says of its evidence, and what follows from it.

    Raises:
        CxengineError: the project, its evidence or its plan is unusable.
    """
    project, origins = loaded.project, loaded.origins
    with clock.stage("Checking rules and journey"):
        base = ready(loaded)
    with clock.stage("Reading evidence"):
        evidence = collect(loaded, base.ruleset, base.metrics)
        past = histories(loaded)
    compared = earlier.against(went_in(loaded, evidence))
    previous = compared.shown
    with clock.stage("Measuring"):
        seen = measured(loaded, base, evidence, previous)
    meant = found(loaded, base, evidence, seen.measurements, previous=previous, clock=clock)
    with clock.stage("Telling findings from chance"):
        now, insight = flagged(loaded, base, seen, meant)
    with clock.stage("Applying rules"):
        facts = all_facts(project, now.measurements, insight, now.returns)
        conclusions = conclude(base.ruleset, facts)
    plan, others = None, None
    if project.roadmap:
        from cxengine.pipeline.plan import planned, scenarios

        plan = planned(loaded, base, now, insight, conclusions, histories=past.found, clock=clock)
        others = scenarios(loaded, plan, now, insight, histories=past.found, clock=clock)
    return Result(
        loaded=loaded,
        journey=base.journey,
        evidence=evidence,
        measurements=now.measurements,
        insight=insight,
        conclusions=(*conclusions, *(plan.conclusions if plan else ())),
        roadmap=plan.roadmap if plan else None,
        warnings=(
            *base.warnings,
            *evidence.notes,
            *past.notes,
            *meant.notes,
            *_not_compared(compared, project, tuple(base.metrics)),
            *anonymous(project, base.metrics, origins),
            *passed(now.guardrails, origins),
            *nobody(project, evidence, now.measurements, origins),
            *outside(base.metrics, now.measurements, origins),
            *unended(project, base.metrics, evidence, origins),
            *ended_only(project, base.metrics, origins),
            *unfinished(project, now.measurements, origins),
            *unmeasured(project, base.metrics, now.measurements, origins),
            *(plan.diagnostics if plan else ()),
        ),
        timings=clock.seconds,
        rox=now.returns,
        fitted=fitted(base.metrics, now.measurements),
        guardrails=now.guardrails,
        previous=previous if previous.measurements is not None else None,
        compared=" ".join(filter(None, (compared.told, _kept_back(now.measurements, insight, previous)))),
        scenarios=others,
    )


def _kept_back(measurements: Measurements, insight: Insight, previous: Shown) -> str:
    """What was told before and is hidden now."""
    if previous.measurements is None:
        return ""
    figures = kept_back(measurements.table, previous.measurements, measurements.held)
    return " ".join(filter(None, (figures, felt_again(insight, previous.felt))))


def _not_compared(compared: Compared, project: Project, metrics: Sequence[str]) -> Iterator[Diagnostic]:
    """What the earlier run showed and this one does not: a warning to who asked for the comparison."""
    for one in compared.shown.not_compared(project, metrics):
        yield one if compared.named else attrs.evolve(one, severity="note")
