"""From measurements to insight: what they mean, before anything is told from chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine.insight.changes.look import look
from cxengine.insight.changes.told import Told
from cxengine.insight.feelings import present as now
from cxengine.insight.find import find
from cxengine.insight.map import mapped
from cxengine.insight.observed.observe import observe
from cxengine.insight.themes.find import themes
from cxengine.plugin.json_value import plain
from cxengine.review.held import with_held_feelings

if TYPE_CHECKING:
    from cxengine.diagnostics import Diagnostic
    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.changes.find import Courses
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.pipeline.check import Ready
    from cxengine.pipeline.clock import Clock
    from cxengine.project import Loaded
    from cxengine.review.shown import Shown


@attrs.frozen(eq=False)
class Found:
    """What was found, nothing of it flagged."""

    insight: Insight
    courses: Courses | None
    """What has a course of time, looked through; None where there are too few periods."""
    notes: tuple[Diagnostic, ...]
    """What is to be said about how it was found."""


def found(
    loaded: Loaded,
    ready: Ready,
    evidence: Evidence,
    measurements: Measurements,
    *,
    previous: Shown,
    clock: Clock,
) -> Found:
    """What the measurements mean.

    Feelings that have to be hidden beside the run before are told again as it told them; what is read from
    texts or goes with what is found from those of now alone.
    """
    project, origins, graph, metrics = loaded.project, loaded.origins, ready.journey, ready.metrics
    with clock.stage("Finding pain and love"):
        insight = find(project, graph, evidence, measurements, origins, previous=previous.feelings)
        followed = observe(project, graph, evidence, origins, previous.observed.get("journeys", ()))
        insight = attrs.evolve(insight, observed=followed.journeys)
    with clock.stage("Looking for changes"):
        courses = look(
            project,
            graph,
            evidence,
            measurements=measurements,
            metrics=metrics,
            origins=origins,
            today=Told(plain(insight.observed)),
            before=Told.of(previous.insight, previous.observed),
        )
    with clock.stage("Reading what people write"):
        present = None if measurements.components is None else measurements.components.present
        earlier = previous.themes_of(now(project, measurements))
        insight = attrs.evolve(insight, themes=themes(loaded, evidence, insight, present, earlier))
    if project.driver_models:
        from cxengine.insight.drivers.analyse import drivers
        from cxengine.insight.drivers.earlier import Earlier

        with clock.stage("Asking what goes with what"):
            told = Earlier.of(
                project,
                previous.insight.get("models", ()),
                previous.measurements,
                previous.feelings,
                present=now(project, measurements),
            )
            insight = attrs.evolve(insight, drivers=drivers(project, evidence, measurements, origins, told))
    with clock.stage("Holding the map against the evidence"):
        insight = with_held_feelings(loaded, insight, measurements, evidence.accounts, previous)
        insight = mapped(
            insight, project, graph, evidence=evidence, measurements=measurements, metrics=metrics
        )
    return Found(insight, courses, followed.notes)
