"""From ranked candidates to a schedule in weeks, and from a placement to phases on the calendar."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import get_args

import networkx as nx

from cxengine.diagnostics import Diagnostic, PlanningError
from cxengine.planning.calendar import Calendar
from cxengine.planning.estimate import mean
from cxengine.planning.grouping import Group
from cxengine.planning.ranking import Ranked
from cxengine.planning.roadmap import Phase, PhaseSlot
from cxengine.planning.schedule import HUNDREDTHS, Crew, Placement, Schedule, Task, schedule
from cxengine.project.model import Phases, Project
from cxengine.rules.origins import Origins


def timed(
    project: Project, ranked: Sequence[Ranked], groups: Mapping[str, Group], calendar: Calendar
) -> Schedule:
    """Places the candidates, in their order of rank, with their expected (PERT) effort."""
    due = {i: calendar.last_week_by(day) for i, day in _due(project).items()}
    tasks = [_task(r, groups[r.appraisal.id].team, due, calendar) for r in ranked]
    crews = [Crew(t.id, round(t.capacity * HUNDREDTHS), t.focus) for t in project.teams]
    return schedule(tasks, crews, calendar.weeks)


def _due(project: Project) -> dict[str, dt.date]:
    """The day by which each initiative is wanted: its deadline or that of a milestone it is needed for."""
    days = [(i.id, i.deadline) for i in project.initiatives]
    days += [(r, m.due) for m in project.milestones for r in m.requires]
    due: dict[str, dt.date] = {}
    for name, day in days:
        if day is not None:
            due[name] = min(day, due.get(name, day))
    return due


def _task(ranked: Ranked, team: str | None, due: Mapping[str, int], calendar: Calendar) -> Task:
    initiative = ranked.appraisal.candidate.initiative
    return Task(
        id=initiative.id,
        work=math.ceil(round(mean(initiative.effort) * HUNDREDTHS, 6)),
        crew=team,
        least_weeks=max(math.ceil(initiative.duration or 1), 1),
        requires=tuple(initiative.requires),
        earliest=calendar.first_week_from(initiative.earliest),
        due=due.get(initiative.id),
    )


def phase_slots(placement: Placement, phases: Phases, calendar: Calendar) -> tuple[PhaseSlot, ...]:
    """The phases one after another, each over the weeks in which its share of the work is done."""
    names: tuple[Phase, ...] = get_args(Phase)
    parts = [getattr(phases, name) for name in names]
    total = math.fsum(parts)
    # Without work the weeks themselves are divided.
    work = placement.work if placement.task.work else (HUNDREDTHS,) * len(placement.work)
    slots, begun = [], 0.0
    for index, name in enumerate(names):
        if not parts[index]:
            continue
        ended = sum(work) * math.fsum(parts[: index + 1]) / total
        first = placement.first + _week_of(begun, work)
        last = placement.first + (_week_before(ended, work) if any(parts[index + 1 :]) else len(work) - 1)
        effort = (ended - begun) / HUNDREDTHS if placement.task.work else 0.0
        slots.append(
            PhaseSlot(name, first, last, calendar.first_day(first), calendar.last_day(last), round(effort, 4))
        )
        begun = ended
    return tuple(slots)


def _week_of(done: float, work: Sequence[int]) -> int:
    """The week, from 0, in which work goes on after `done` hundredths."""
    total = 0
    for week, share in enumerate(work):
        total += share
        if total > done + 1e-9:
            return week if done else 0
    return len(work) - 1


def _week_before(done: float, work: Sequence[int]) -> int:
    """The week, from 0, in which `done` hundredths are reached."""
    total = 0
    for week, share in enumerate(work):
        total += share
        if total >= done - 1e-9:
            return week
    return len(work) - 1


def refuse_cycles(project: Project, origins: Origins) -> None:
    """Makes sure that no initiative waits for itself.

    Raises:
        PlanningError: with one finding for each cycle.
    """
    waits = nx.DiGraph((i.id, r) for i in project.initiatives for r in i.requires)
    findings = []
    for group in sorted(map(sorted, nx.strongly_connected_components(waits))):
        first = group[0]
        if len(group) > 1 or waits.has_edge(first, first):
            ring = [source for source, _ in nx.find_cycle(waits.subgraph(group), first)]
            chain = " -> ".join((*ring, ring[0]))
            findings.append(
                Diagnostic(
                    "CX512",
                    f"initiatives wait for each other: {chain}",
                    origins.locate(("initiative", ring[0], "requires")),
                    hint="one of them must not require the next",
                )
            )
    if findings:
        raise PlanningError(*findings)
