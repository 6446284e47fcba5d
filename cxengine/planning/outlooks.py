"""The roadmap with its outlook: forecasts of items and milestones, pilots, goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from cxengine.evidence.history import History
from cxengine.planning.appraisal import Appraisal
from cxengine.planning.benefit import Ground
from cxengine.planning.calendar import Calendar
from cxengine.planning.described import Describer
from cxengine.planning.forecast import (
    Outcomes,
    Stretch,
    basis_of,
    forecast,
    of_milestone,
    probability,
    simulated,
)
from cxengine.planning.goals import goal_outcomes
from cxengine.planning.grouping import Group
from cxengine.planning.roadmap import Item, MilestoneOutcome, Roadmap
from cxengine.planning.schedule import Placement, Schedule
from cxengine.plugin.base import Metric
from cxengine.project.model import Milestone, Project


@attrs.frozen(eq=False)
class View:
    """What an outlook is made from, besides the roadmap."""

    project: Project
    ground: Ground
    calendar: Calendar
    timetable: Schedule
    groups: Mapping[str, Group]
    metrics: Mapping[str, Metric]
    histories: Mapping[str, History]


def with_outlook(roadmap: Roadmap, appraisals: Sequence[Appraisal], view: View) -> Roadmap:
    """The roadmap, every item forecast and described, every milestone and goal with its probability."""
    known = {a.id: a for a in appraisals}
    outcomes = simulated(
        view.project,
        {a.id: a.candidate.initiative for a in appraisals},
        stretches(view.timetable),
        teams={i: group.team for i, group in view.groups.items()},
        histories=view.histories,
    )
    names = {str(t.id): t.name for t in view.project.touchpoints}
    describer = Describer(view.project, view.ground, view.metrics, names)
    items = [
        describer.described(item, known[item.id].candidate.initiative, known[item.id].benefit)
        for item in roadmap.items
    ]
    milestones = {str(m.id): m for m in view.project.milestones}
    on_it = [known[item.id] for item in items]
    return attrs.evolve(
        roadmap,
        items=tuple(_forecast(item, outcomes, view) for item in items),
        milestones=tuple(
            _milestone(m, milestones[m.id], outcomes, view.calendar) for m in roadmap.milestones
        ),
        goal_outcomes=goal_outcomes(view.project, view.ground, on_it, outcomes, view.calendar),
    )


def stretches(timetable: Schedule) -> list[Stretch]:
    """The items of a timetable, with what each waits for."""
    return [_stretch(name, placed, timetable.waits[name]) for name, placed in timetable.placed.items()]


def _stretch(name: str, placed: Placement, waits: Sequence[str]) -> Stretch:
    task = placed.task
    return Stretch(
        id=name,
        start=placed.start,
        end=placed.end,
        requires=tuple(task.requires),
        people=tuple(w for w in waits if w not in task.requires),
        earliest=max(task.earliest, task.start or 0),
        released=placed.completed - placed.end,
    )


def _forecast(item: Item, outcomes: Outcomes, view: View) -> Item:
    if item.id not in outcomes.ends:
        return item
    drawn = outcomes.ends[item.id]
    return attrs.evolve(item, forecast=forecast(drawn, item.end, outcomes.basis[item.id], view.calendar))


def _milestone(
    outcome: MilestoneOutcome, milestone: Milestone, outcomes: Outcomes, calendar: Calendar
) -> MilestoneOutcome:
    drawn = of_milestone(milestone, outcomes)
    if drawn is None:
        return attrs.evolve(outcome, probability=None if milestone.due is None else 0.0)
    basis = basis_of(milestone.requires, outcomes)
    return attrs.evolve(
        outcome,
        forecast=forecast(drawn, outcome.reached, basis, calendar),
        probability=None if milestone.due is None else probability(drawn, milestone.due, calendar),
    )
