"""Which teams an initiative needs, how many of their people, and for how long."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

import attrs

from cxengine.planning.calendar import Calendar
from cxengine.planning.estimate import mean
from cxengine.planning.grouping import Group
from cxengine.planning.ranking import Ranked
from cxengine.planning.workforce import HUNDREDTHS, Crew
from cxengine.project.model import InitiativeTable, Project

WEEK = 5
"""Working days of a week."""
SHARES = (0.75, 0.5, 0.25)
"""Of the people that could work on an item, so many do where not all are free."""
_FINEST = 1000
"""Values of a roadmap's items are told apart to a thousandth of the greatest."""


@attrs.frozen
class Task:
    """An item as the schedule sees it: days from 0, ends exclusive."""

    id: str
    work: Mapping[str, float]
    """Person-days by team."""
    team: str | None
    """Who releases it: its own team, or the first that works on it."""
    limit: int | None = None
    """Hundredths of a person that its own team gives it at most."""
    least: int = 1
    """Days that it takes at least."""
    days: int = 1
    """Days that it takes when everybody is there."""
    people: Mapping[str, int] = attrs.field(factory=dict)
    """Hundredths of a person by team, for as long as it lasts."""
    slower: tuple[tuple[int, Mapping[str, int]], ...] = ()
    """Days and people where fewer work on it, for when not all of a team is free."""
    requires: tuple[str, ...] = ()
    earliest: int = 0
    start: int | None = None
    """The day that is agreed."""
    latest: int | None = None
    """The end that is still allowed."""
    due: int | None = None
    """The end that is wanted, by its deadline or by a milestone."""
    weight: int = 0
    """What a day of delay costs: its value, on the scale of the roadmap."""


def tasks(
    project: Project,
    ranked: Sequence[Ranked],
    groups: Mapping[str, Group],
    crews: Mapping[str, Crew],
    calendar: Calendar,
) -> tuple[tuple[Task, ...], frozenset[str]]:
    """The tasks in the order of rank, and the ids of those that nobody can do."""
    due = _due(project)
    weights = _weights(ranked)
    work = _work([r.appraisal.candidate.initiative for r in ranked], groups, crews)
    made, idle = [], set[str]()
    for r in ranked:
        initiative = r.appraisal.candidate.initiative
        if any(team not in crews or not crews[team].size for team in work[r.appraisal.id]):
            idle.add(initiative.id)
            continue
        made.append(
            attrs.evolve(
                staffed(_task(initiative, groups[initiative.id].team, work[initiative.id], calendar), crews),
                due=None if initiative.id not in due else calendar.days_until(due[initiative.id]),
                weight=weights[initiative.id],
            )
        )
    return tuple(made), frozenset(idle)


def _due(project: Project) -> dict[str, dt.date]:
    """The day by which each initiative is wanted: its deadline or that of a milestone it is needed for."""
    days = [(i.id, i.deadline) for i in project.initiatives]
    days += [(r, m.due) for m in project.milestones for r in m.requires]
    due: dict[str, dt.date] = {}
    for name, day in days:
        if day is not None:
            due[name] = min(day, due.get(name, day))
    return due


def _weights(ranked: Sequence[Ranked]) -> dict[str, int]:
    """What a day of delay costs, so that a team that does one thing at a time follows the ranks.

    That is the score times the effort: a score is worth per effort, and the least weighted completion on one
    machine is in the order of weight over work (Smith, "Various optimizers for single-stage production",
    1956). What is required weighs as much as everything that is not, besides.
    """
    worth = {r.appraisal.id: max(r.score, 0.0) * max(_effort(r), 1 / WEEK) for r in ranked}
    most = max(worth.values(), default=0.0)
    weights = {i: max(round(_FINEST * w / most), 1) if w else 0 for i, w in worth.items()}
    free = sum(weights[r.appraisal.id] for r in ranked if not r.appraisal.required)
    return {
        r.appraisal.id: weights[r.appraisal.id] + (free + 1 if r.appraisal.required else 0) for r in ranked
    }


def _effort(ranked: Ranked) -> float:
    return mean(ranked.appraisal.candidate.initiative.effort)


def _work(
    initiatives: Sequence[InitiativeTable], groups: Mapping[str, Group], crews: Mapping[str, Crew]
) -> dict[str, dict[str, float]]:
    """Person-days by team of every initiative; a skill is taken where most room is left, in order of rank."""
    found: dict[str, dict[str, float]] = {}
    busy = dict.fromkeys(crews, 0.0)
    for initiative in initiatives:
        effort = mean(initiative.effort) * WEEK
        own = 1 - math.fsum(part.share for part in initiative.work)
        parts = [(groups[initiative.id].team, max(own, 0.0))]
        parts += [(part.team, part.share) for part in initiative.work if part.team is not None]
        found[initiative.id] = {}
        for team, share in parts:
            _add(found[initiative.id], busy, team or "", effort * share)
    for initiative in initiatives:
        effort = mean(initiative.effort) * WEEK
        for part in initiative.work:
            if part.skill is not None:
                able = [c for c in crews.values() if part.skill in c.skills and c.size]
                roomy = min(able, key=lambda c: (busy[c.id] / c.size, c.id), default=None)
                _add(found[initiative.id], busy, roomy.id if roomy else "", effort * part.share)
    return found


def _add(work: dict[str, float], busy: dict[str, float], team: str, days: float) -> None:
    if days > 1e-9:
        work[team] = work.get(team, 0.0) + days
        busy[team] = busy.get(team, 0.0) + days


def _task(
    initiative: InitiativeTable, own: str | None, work: Mapping[str, float], calendar: Calendar
) -> Task:
    day = calendar.days_before
    return Task(
        id=initiative.id,
        work=work,
        team=own if own in work else next(iter(work), None),
        limit=None if initiative.people is None else _up(initiative.people * HUNDREDTHS),
        least=max(_up((initiative.duration or 0.0) * WEEK), 1),
        requires=tuple(initiative.requires),
        earliest=0 if initiative.earliest is None else day(initiative.earliest),
        start=None if initiative.start is None else day(initiative.start),
        latest=None if initiative.latest is None else calendar.days_until(initiative.latest),
    )


def staffed(task: Task, crews: Mapping[str, Crew]) -> Task:
    """The task with as many people as its teams have for it, and for as long as it then takes."""
    there = dict.fromkeys(task.work, 0)
    for team in task.work:
        limit = crews[team].size if task.limit is None or team != task.team else task.limit
        there[team] = min(crews[team].size, limit)
    quickest = max([1, *(_up(work * HUNDREDTHS / there[team]) for team, work in task.work.items())])
    days = max(task.least, quickest)
    longer = sorted(more for more in {_up(quickest / share) for share in SHARES} if more > days)
    return attrs.evolve(
        task,
        days=days,
        people=_people(task, days),
        slower=tuple((more, _people(task, more)) for more in longer) if task.work else (),
    )


def in_way(task: Task, way: int) -> Task:
    """The task with the days and the people of one of its ways."""
    if not way:
        return task
    days, people = task.slower[way - 1]
    return attrs.evolve(task, days=days, people=people)


def _people(task: Task, days: int) -> dict[str, int]:
    return {team: max(_up(work * HUNDREDTHS / days), 1) for team, work in task.work.items()}


def _up(number: float) -> int:
    return math.ceil(round(number, 6))
