"""Where facts come from that methods of scoring read: reach, feelings, outcomes, goals, inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from cxengine.explain.evidence import felt
from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.metrics.measurement import ALL
from cxengine.planning.candidates import Candidate
from cxengine.planning.outcomes import moves
from cxengine.rules.conclusion import Subject
from cxengine.rules.conditions import exactly
from cxengine.rules.vocabulary import fact_name
from cxengine.rules.wording import shown

Path = tuple[str, ...]


def behind(known: Known, subject: Subject, path: Path, value: Any) -> Step:
    """The fact about an initiative, where it is written, and what it is made of."""
    candidate, name = known.candidates[subject.id], path[-1]
    parts: Iterator[Step] = iter(())
    match path:
        case ("reach",):
            parts = _reach(known, candidate)
        case ("feelings", feeling):
            parts = (felt(known, cell, feeling) for cell in _cells(candidate))
        case ("outcomes", name, *_):
            parts = _moves(known, candidate, name)
        case ("alignment",):
            parts = _goals(known, candidate)
    written = {
        "inputs": ("initiative", subject.id, *path[:2]),
        "backing": ("initiative", subject.id, "effects"),
        "thresholds": ("roadmap", f"quick_win_{name}"),
    }
    place = known.origins.locate(written[path[0]]) if path[0] in written else None
    return Step("fact", f"{'.'.join(path)}: {exactly(value)}", place, tuple(parts))


def _cells(candidate: Candidate) -> Iterator[Subject]:
    for touchpoint in candidate.touchpoints:
        for segment in candidate.initiative.segments or (ALL,):
            yield Subject("touchpoint" if segment == ALL else "cell", touchpoint, segment)


def _reach(known: Known, candidate: Candidate) -> Iterator[Step]:
    segments = tuple(map(str, candidate.initiative.segments))
    for touchpoint in candidate.touchpoints:
        share = known.ground.reach(touchpoint, segments)
        yield Step("measurement", f"{known.touchpoints[touchpoint]} is met by {share:.1%} of customers")


def _moves(known: Known, candidate: Candidate, name: str) -> Iterator[Step]:
    """Every effect that moves the outcome, by the effect of its driver."""
    segments = tuple(map(str, candidate.initiative.segments))
    for model in known.result.insight.drivers.models:
        if fact_name(model.id) != name or model.refused is not None:
            continue
        for effect, edge, change in moves(
            known.project, model, candidate.initiative.effects, segments, known.ground
        ):
            place = known.touchpoints[effect.touchpoint]
            by = shown({"low": edge.effect.low, "likely": edge.effect.value, "high": edge.effect.high})
            text = f"{shown(attrs.asdict(change))} by {effect.metric} at {place}: one more point of it goes"
            text += f" with {by} of {model.outcome} ({edge.grade})"
            yield Step("effect", text, known.origins.locate(("driver_model", model.id)))


def _goals(known: Known, candidate: Candidate) -> Iterator[Step]:
    for goal in known.project.goals:
        if goal.id in candidate.initiative.goals:
            place = known.origins.locate(("initiative", candidate.id, "goals"))
            yield Step("fact", f"it serves {goal.name}, weight {exactly(goal.weight)}", place)
