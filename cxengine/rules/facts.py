"""What is known about touchpoints, cells and initiatives: the values behind the vocabulary.

A fact that was not measured, or that is suppressed, is absent. A figure of a metric that is told again as an
earlier run told it is a fact, as it was then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.drivers.facts import importances, roles
from cxengine.insight.gaps.gap import Gap
from cxengine.insight.insight import Feeling, Insight
from cxengine.metrics.measurement import ALL, Level, Measurements
from cxengine.project.model import Estimate, InitiativeTable, Project, Stage, Touchpoint
from cxengine.rules.conclusion import Subject

if TYPE_CHECKING:
    from cxengine.insight.changes.change import Trend
    from cxengine.insight.observed.flow import Share
    from cxengine.metrics.rox import Rox

Facts = dict[str, Any]


def all_facts(
    project: Project, measurements: Measurements, insight: Insight, returns: Sequence[Rox] = ()
) -> dict[Subject, Facts]:
    """Facts about the project, every touchpoint and every cell, now: what rules read first."""
    places = touchpoint_facts(project, measurements, insight, returns)
    whole = _whole(project, places.values(), _shared(project, measurements, returns))
    return whole | places | cell_facts(project, measurements, insight, returns)


def touchpoint_facts(
    project: Project, measurements: Measurements, insight: Insight, returns: Sequence[Rox] = ()
) -> dict[Subject, Facts]:
    """Facts about every touchpoint, for everybody, now; in the order of the journey."""
    shared = _shared(project, measurements, returns)
    stages = {s.id: s for s in project.stages}
    return {
        Subject("touchpoint", t.id): {
            **_place(t, stages[t.stage]),
            **_driving(project, t, insight),
            **_shaping(t, insight),
            **_experience(project, t, ALL, measurements, insight),
            **_observed(t, insight),
            **shared,
        }
        for t in project.touchpoints
    }


def project_facts(
    project: Project, measurements: Measurements, insight: Insight, returns: Sequence[Rox] = ()
) -> dict[Subject, Facts]:
    """Facts about the project as a whole, now."""
    places = touchpoint_facts(project, measurements, insight).values()
    return _whole(project, places, _shared(project, measurements, returns))


def _whole(project: Project, places: Iterable[Facts], shared: Facts) -> dict[Subject, Facts]:
    whole = {"touchpoints": [_without_shared(place) for place in places], **shared}
    return {Subject("project", project.project.id): whole}


def cell_facts(
    project: Project, measurements: Measurements, insight: Insight, returns: Sequence[Rox] = ()
) -> dict[Subject, Facts]:
    """Facts about every touchpoint for every segment, now."""
    shared = _shared(project, measurements, returns)
    stages = {s.id: s for s in project.stages}
    found = {}
    for t in project.touchpoints:
        drawn = _drawn(project, t, measurements)
        for s in project.segments:
            experience = _experience(project, t, s.id, measurements, insight)
            for metric, known in experience["metrics"].items():
                if s.id in drawn[metric]:
                    known["shrunk"] = drawn[metric][s.id]
            found[Subject("cell", t.id, s.id)] = {
                **_place(t, stages[t.stage]),
                **_driving(project, t, insight),
                **_shaping(t, insight),
                "segment": {"id": s.id, "name": s.name, "value": float(s.value)},
                **experience,
                **shared,
            }
    return found


def _drawn(
    project: Project, touchpoint: Touchpoint, measurements: Measurements
) -> dict[str, dict[str, Facts]]:
    """By metric and segment, the value at a touchpoint drawn towards everybody's."""
    segments = [str(segment.id) for segment in project.segments]
    return {
        str(metric.id): {
            segment: {"value": one.value, "low": one.low, "high": one.high}
            for segment, one in measurements.shrunk(metric.id, "touchpoint", touchpoint.id, segments).items()
        }
        for metric in project.metrics
    }


def initiative_facts(
    project: Project,
    initiative: InitiativeTable,
    touchpoints: Sequence[Mapping[str, Any]],
    *,
    shared: Mapping[str, Any],
    impact: Estimate,
    quick_win: bool,
    prospects: Mapping[str, Any] = MappingProxyType({}),
) -> Facts:
    """Facts about an initiative.

    `touchpoints` are the facts about those that it changes, derived ones too; `shared` are those that are
    the same for every subject (`EVERYWHERE`), with what rules derived of the project; `prospects` are what
    methods of scoring read besides.
    """
    worth = {s.id: float(s.value) for s in project.segments}
    facts: Facts = {
        "initiative": _initiative(initiative, [t["touchpoint"]["id"] for t in touchpoints]),
        "impact": attrs.asdict(impact),
        "effort": _effort(initiative),
        "importance": max((t["importance"] for t in touchpoints), default=0.0),
        "moment_of_truth": any(t["moment_of_truth"] for t in touchpoints),
        "quick_win": quick_win,
        "segment_value": max((worth[s] for s in initiative.segments), default=1.0),
        "touchpoints": [_without_shared(t) for t in touchpoints],
        "journey": {},
        "project": _identity(project),
        "params": params(project),
        **prospects,
        **shared,
    }
    for feeling in ("pain", "love"):
        known = [t[feeling] for t in touchpoints if feeling in t]
        if known:
            facts[feeling] = math.fsum(known)
    return facts


EVERYWHERE = ("params", "journey", "project", "rox")
"""Facts that are the same for every subject."""


def _without_shared(facts: Facts | Mapping[str, Any]) -> Facts:
    """What is known about a touchpoint itself."""
    return {name: value for name, value in facts.items() if name not in EVERYWHERE}


def _identity(project: Project) -> Facts:
    return {"id": project.project.id, "name": project.project.name}


def _initiative(initiative: InitiativeTable, touchpoints: Sequence[str]) -> Facts:
    facts: Facts = {
        "id": initiative.id,
        "name": initiative.name,
        "cost": float(initiative.cost),
        "complexity": float(initiative.complexity),
        "team": initiative.team or "",
        "area": initiative.area or "",
        "owner": initiative.owner,
        "tags": list(initiative.tags),
        "touchpoints": list(touchpoints),
        "segments": list(initiative.segments),
        "moscow": initiative.moscow or "",
        "goals": list(initiative.goals),
        "effort": _effort(initiative),
    }
    if initiative.duration is not None:
        facts["duration"] = float(initiative.duration)
    return facts


def _effort(initiative: InitiativeTable) -> Facts:
    low, likely, high = map(float, attrs.astuple(initiative.effort))
    return {"low": low, "likely": likely, "high": high}


def _place(touchpoint: Touchpoint, stage: Stage) -> Facts:
    return {
        "touchpoint": {
            "id": touchpoint.id,
            "name": touchpoint.name,
            "stage": touchpoint.stage,
            "actor": touchpoint.actor,
            "channels": list(touchpoint.channels),
            "frontstage": touchpoint.frontstage,
            "moment_of_truth": touchpoint.moment_of_truth,
            "tags": list(touchpoint.tags),
        },
        "stage": {"id": stage.id, "name": stage.name},
    }


def _shaping(touchpoint: Touchpoint, insight: Insight) -> Facts:
    """Whether it shapes loyalty, as the project lets decide, and how probably."""
    found = insight.moment_of_truth(touchpoint.id)
    if found is None:
        return {"moment_of_truth": touchpoint.moment_of_truth}
    facts: Facts = {"moment_of_truth": found.counts}
    return facts if found.probability is None else facts | {"moment_of_truth_probability": found.probability}


def _driving(project: Project, touchpoint: Touchpoint, insight: Insight) -> Facts:
    """How important it is, as declared or by the driver model that says so, and what sort of driver it is."""
    found = importances(project, insight.drivers)
    facts: Facts = {"importance": found.get(touchpoint.id, float(touchpoint.importance))}
    if project.driver_models:
        facts["driver_role"] = roles(project, insight.drivers).get(touchpoint.id, "unclear")
    return facts


def _experience(
    project: Project, touchpoint: Touchpoint, segment: str, measurements: Measurements, insight: Insight
) -> Facts:
    metrics = _metrics(project, measurements, "touchpoint", touchpoint.id, segment)
    for metric in metrics:
        if gap := insight.gaps.of(touchpoint.id, metric, segment):
            metrics[metric] |= {"target": gap.desired, "gap": _gap(gap)}
        if trend := insight.changes.trend(metric, touchpoint.id, segment):
            metrics[metric] |= {"trend": _trend(trend)}
    gap = insight.gaps.of(touchpoint.id, segment=segment)
    short = {} if gap is None else {"gap": _gap(gap)}
    return {"metrics": metrics, **_feeling(insight.feeling(touchpoint.id, segment)), **short}


def _trend(trend: Trend) -> Facts:
    """Where it moved over all periods, by how much, and how sure that is."""
    direction = {True: "better", False: "worse", None: "none"}[trend.good]
    return {"direction": direction, "size": trend.size, "certainty": trend.certainty}


def _gap(gap: Gap) -> Facts:
    """How far from what is desired, and what is declared against it."""
    facts: Facts = {**attrs.asdict(gap.size), "addressed": bool(gap.initiatives)}
    known = {
        "probability": gap.probability,
        "remaining": None if gap.remaining is None else gap.remaining.value,
    }
    return facts | {name: value for name, value in known.items() if value is not None}


def _observed(touchpoint: Touchpoint, insight: Insight) -> Facts:
    """What cases of observed journeys do there; nothing where too few meet it."""
    visits = {one.id: one.visit(touchpoint.id) for one in insight.observed}
    facts = {
        journey: {"reach": _share(visit.reach), "drop_off": _share(visit.dropped)}
        for journey, visit in visits.items()
        if visit is not None
    }
    return {"observed": facts} if facts else {}


def _share(share: Share) -> Facts:
    return {"value": share.value, "low": share.low, "high": share.high}


def _feeling(feeling: Feeling | None) -> Facts:
    if feeling is None or feeling.emotion.suppressed:
        return {}
    return {
        "pain": feeling.pain.value,
        "love": feeling.love.value,
        "emotion": feeling.emotion.value,
        "reach": feeling.reach,
        "n": float(feeling.emotion.n),
    }


def _metrics(
    project: Project, measurements: Measurements, level: Level, subject: str, segment: str = ALL
) -> Facts:
    facts: Facts = {}
    for metric in project.metrics:
        found = measurements.told(metric.id, level, subject, segment=segment)
        if found is None or found.suppressed:
            continue
        known = {"value": found.value, "low": found.low, "high": found.high, "n": float(found.n)}
        known["caution"] = found.caution
        declared = {"target": metric.target, "benchmark": metric.benchmark, "guardrail": metric.guardrail}
        facts[metric.id] = known | {k: float(v) for k, v in declared.items() if v is not None}
        moved = measurements.change(metric.id, level, subject, segment=segment)
        if moved is not None:
            change = {"value": moved.value, "low": moved.low, "high": moved.high}
            facts[metric.id] |= {"change": change, "changed": moved.changed}
    return facts


def _shared(project: Project, measurements: Measurements, returns: Sequence[Rox]) -> Facts:
    """What every rule may read; shared between subjects, never changed."""
    whole = project.project
    grown = {"rox": {tree.id: _return(tree) for tree in returns}} if returns else {}
    return {
        **grown,
        "project": _identity(project),
        "journey": {
            "id": whole.id,
            "name": whole.journey or whole.name,
            "metrics": _metrics(project, measurements, "journey", whole.id),
        },
        "params": params(project),
    }


def _return(tree: Rox) -> Facts:
    """What is known of a return on experience."""
    index = attrs.asdict(tree.index) if tree.index else {}
    ratio = {"ratio": attrs.asdict(tree.ratio)} if tree.ratio else {}
    return {**index, **ratio, "assumed_share": tree.assumed}


def params(project: Project) -> Facts:
    """The parameters as facts: numbers are doubles."""
    return {
        name: value if isinstance(value, bool | str) else float(value)
        for name, value in project.params.items()
    }
