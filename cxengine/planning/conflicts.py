"""What contradicts itself where no timetable keeps what is agreed: a set from which nothing can be left out.

Constraints are dropped one after another, for good where the rest still contradicts itself (deletion filter,
Chinneck and Dravnieks, "Locating minimal infeasible constraint sets in linear programs", ORSA Journal on
Computing 3, 1991). A constraint solver decides every time; where it cannot, the constraint stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs

from cxengine.diagnostics import Diagnostic, Note
from cxengine.planning.assignment import WEEK, Task
from cxengine.planning.calendar import Calendar
from cxengine.planning.schedule import FOCUS, problem_of
from cxengine.planning.scheduling.feasible import bound_ones, place
from cxengine.planning.scheduling.problem import instance
from cxengine.planning.workforce import FULL, Crew
from cxengine.project.model import Project, RoadmapSettings, Team
from cxengine.rules.origins import Origins

Kind = Literal["away", "windows", "focus", "capacity", "earliest", "requires", "latest", "start"]


@attrs.frozen
class Constraint:
    """One thing that a plan has to keep: of a team, of an item, or between two items."""

    kind: Kind
    of: str
    other: str = ""


def contradiction(
    project: Project,
    settings: RoadmapSettings,
    tasks: Sequence[Task],
    crews: Mapping[str, Crew],
    *,
    calendar: Calendar,
    origins: Origins,
    proven: bool,
) -> Diagnostic:
    """What cannot all be kept, at the lines where it is written."""
    chosen = {t.id: t for t in tasks if t.id in _bound(tasks, crews)}
    found = list(_constraints(chosen, crews))
    if proven:
        found = minimal(found, chosen, crews)
    told = _Told(project, settings, chosen, calendar, origins)
    notes = tuple(told.note(c) for c in found)
    dates = [n for n, c in zip(notes, found, strict=True) if c.kind in ("start", "latest")] or list(notes)
    message = "no plan can keep all of this" if proven else "no plan was found that keeps all of this"
    return Diagnostic(
        "CX514",
        f"{message}: {'; '.join(n.message for n in notes)}",
        dates[0].location,
        hint="change any one of them: the others can then be kept together" if proven else "agree on less",
        notes=notes,
    )


def minimal(
    constraints: Sequence[Constraint], tasks: Mapping[str, Task], crews: Mapping[str, Crew]
) -> list[Constraint]:
    """Constraints that contradict one another; without any one of them the others do not."""
    kept = list(constraints)
    for one in constraints:
        rest = [c for c in kept if c != one]
        if _impossible(rest, tasks, crews):
            kept = rest
    return kept


def _bound(tasks: Sequence[Task], crews: Mapping[str, Crew]) -> frozenset[str]:
    prepared = instance(problem_of(tasks, crews))
    return frozenset(prepared.names[j] for j in bound_ones(prepared))


def _constraints(tasks: Mapping[str, Task], crews: Mapping[str, Crew]) -> Iterator[Constraint]:
    """Everything that takes part, first what one would rather not read of."""
    teams = sorted({team for t in tasks.values() for team in t.people})
    for team in teams:
        if set(crews[team].pace) != {FULL}:
            yield Constraint("away", team)
        if crews[team].open:
            yield Constraint("windows", team)
    yield from (Constraint("focus", team) for team in teams)
    yield from (Constraint("earliest", t.id) for t in tasks.values() if t.earliest)
    yield from (Constraint("capacity", team) for team in teams)
    for t in tasks.values():
        yield from (Constraint("requires", t.id, r) for r in sorted(t.requires))
    yield from (Constraint("latest", t.id) for t in tasks.values() if t.latest is not None)
    yield from (Constraint("start", t.id) for t in tasks.values() if t.start is not None)


def _impossible(
    constraints: Sequence[Constraint], tasks: Mapping[str, Task], crews: Mapping[str, Crew]
) -> bool:
    """Whether it is proven that no timetable keeps these constraints; all others are lifted."""
    held = frozenset(constraints)
    loosened = [_loosened(t, held) for t in tasks.values()]
    teams = {team: _eased(crew, held) for team, crew in crews.items()}
    problem = problem_of(loosened, teams)
    lifted = {team for team in crews if Constraint("capacity", team) not in held}
    lifted |= {FOCUS.format(team) for team in crews if Constraint("focus", team) not in held}
    activities = tuple(
        attrs.evolve(a, demands={r: d for r, d in a.demands.items() if r not in lifted})
        for a in problem.activities
    )
    prepared = instance(attrs.evolve(problem, activities=activities))
    found = place(prepared, bound_ones(prepared))
    return found.at is None and found.proven


def _loosened(task: Task, held: frozenset[Constraint]) -> Task:
    return attrs.evolve(
        task,
        earliest=task.earliest if Constraint("earliest", task.id) in held else 0,
        latest=task.latest if Constraint("latest", task.id) in held else None,
        start=task.start if Constraint("start", task.id) in held else None,
        requires=tuple(r for r in task.requires if Constraint("requires", task.id, r) in held),
    )


def _eased(crew: Crew, held: frozenset[Constraint]) -> Crew:
    pace = crew.pace if Constraint("away", crew.id) in held else (FULL,) * len(crew.pace)
    return attrs.evolve(crew, pace=pace, open=crew.open if Constraint("windows", crew.id) in held else ())


@attrs.frozen
class _Told:
    """Constraints in words, at their places."""

    project: Project
    settings: RoadmapSettings
    tasks: Mapping[str, Task]
    calendar: Calendar
    origins: Origins

    def note(self, constraint: Constraint) -> Note:
        """What the constraint says, and where it is written."""
        kind, of = constraint.kind, constraint.of
        if kind in ("away", "windows", "focus", "capacity"):
            team = next(t for t in self.project.teams if t.id == of)
            return self._of_team(kind, team)
        task = self.tasks[of]
        takes = f"takes {_days(task.days)}"
        if kind == "requires":
            text = (
                f'"{of}" requires "{constraint.other}", which takes {_days(self._length(constraint.other))}'
            )
        elif kind == "start":
            text = f'"{of}" starts on {self.calendar.day(task.start or 0)} and {takes}'
        elif kind == "latest":
            text = f'"{of}" must be finished by {self.calendar.last_day_of(task.latest or 0)} and {takes}'
        else:
            text = f'"{of}" cannot start before {self.calendar.day(task.earliest)}'
        return Note(text, self.origins.locate(("initiative", of, kind)))

    def _length(self, item: str) -> int:
        return self.tasks[item].days

    def _of_team(self, kind: Kind, team: Team) -> Note:
        if kind == "capacity":
            text = f'team "{team.id}" has {team.capacity:g} people'
        elif kind == "focus":
            text = f'team "{team.id}" works on at most {team.focus} initiatives at a time'
        elif kind == "away":
            text = f'team "{team.id}" is not always there in full'
            kind_key = "holidays" if team.holidays else "leave" if team.leave else "capacity_changes"
            if self.settings.holidays and not (team.holidays or team.leave or team.capacity_changes):
                return Note(text, self.origins.locate(("roadmap", "holidays")))
            return Note(text, self.origins.locate(("team", team.id, kind_key)))
        else:
            text = f'what team "{team.id}" does may go live on some days only'
            for key in ("release_windows", "freezes"):
                for table in (("team", team.id), ("roadmap",)):
                    owner = team if table[0] == "team" else self.settings
                    if getattr(owner, key):
                        return Note(text, self.origins.locate((*table, key)))
        return Note(text, self.origins.locate(("team", team.id, kind)))


def _days(count: int) -> str:
    if count % WEEK == 0:
        return "1 week" if count == WEEK else f"{count // WEEK} weeks"
    return "1 working day" if count == 1 else f"{count} working days"
