"""When every item is worked on: the tasks of a roadmap, searched for the best order, on the calendar.

An item needs the same share of its teams from its start to its end; holidays, leave and teams that grow
change how long that takes. A team works on at most `focus` items at a time. What comes first is decided by
`scheduling.optimise`: what is agreed is kept, what is wanted by a day comes before value, value comes early.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import Literal

import attrs

from cxengine.planning.assignment import WEEK, Task, in_way
from cxengine.planning.calendar import Calendar
from cxengine.planning.quality import Quality
from cxengine.planning.scheduling.generation import filled
from cxengine.planning.scheduling.links import Link, links
from cxengine.planning.scheduling.optimise import optimise
from cxengine.planning.scheduling.problem import (
    Activity,
    Instance,
    Problem,
    Timetable,
    Way,
    instance,
)
from cxengine.planning.scheduling.span import Span
from cxengine.planning.workforce import FULL, Crew, together

FOCUS = "{}/focus"
"""What limits the items that a team works on at a time, as a resource."""

Cause = Literal["requires", "earliest", "team", "long", "no team"]


@attrs.frozen
class Placement:
    """Where a task came to stand: days from 0, ends exclusive; weeks from 1, inclusive."""

    task: Task
    start: int
    end: int
    """When its work is done and its people are free again."""
    completed: int
    """When it is released."""
    first: int
    last: int
    done: tuple[float, ...]
    """Share of its work that is done on each day from `start` to `end`."""

    @property
    def on_time(self) -> bool:
        """Whether it is finished when it is due."""
        return self.task.due is None or self.completed <= self.task.due


@attrs.frozen
class Unplaced:
    """A task that does not fit: what it waits for in vain, or what its team lacks."""

    id: str
    team: str | None = None
    waits_for: tuple[str, ...] = ()
    cause: Cause = "team"
    earliest: int = 0
    """The week in which it could start, for what it depends on."""


@attrs.frozen(eq=False)
class Schedule:
    """All placements by task, what does not fit, the load of every team in week 1, 2, ..., what is proven."""

    placed: Mapping[str, Placement]
    unplaced: Mapping[str, Unplaced]
    load: Mapping[str, tuple[float, ...]]
    """Person-weeks."""
    quality: Quality
    problem: Problem
    """What was solved, without what does not fit."""

    @cached_property
    def instance(self) -> Instance:
        """The problem as arrays."""
        return instance(self.problem)

    @cached_property
    def handovers(self) -> tuple[Link, ...]:
        """Who hands people over to whom, by index in the instance."""
        return links(self.instance, self.starts)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The start of every task by index in the instance."""
        return tuple(self.placed[name].start for name in self.instance.names)

    @cached_property
    def waits(self) -> Mapping[str, tuple[str, ...]]:
        """What must end before a task starts: what it requires, and whose people it gets.

        As long as that holds no team is over its capacity, however long anything takes.
        """
        names = self.instance.names
        found = {name: set(self.placed[name].task.requires) for name in names}
        for link in self.handovers:
            found[names[link.after]].add(names[link.before])
        return {name: tuple(sorted(found[name])) for name in names}


def seed(project: str) -> int:
    """The dice of a project, by its id."""
    return int.from_bytes(hashlib.sha256(project.encode()).digest()[:4], "big")


def schedule(
    tasks: Sequence[Task],
    crews: Mapping[str, Crew],
    calendar: Calendar,
    *,
    idle: Mapping[str, tuple[str, ...]],
    work: float,
    dice: int,
) -> Schedule:
    """Places the tasks, given in the order of rank, into the days of the calendar.

    `idle` are the ids of items that nobody can do, with what they require. Requirements must not form a
    cycle.

    Raises:
        Infeasible: no timetable keeps what is agreed.
    """
    endless = {t.id: t for t in tasks if _endless(t, calendar)}
    possible, barred = _possible(tasks, {*idle, *endless})
    problem = problem_of(possible, crews)
    best = optimise(problem, work, seed=dice)
    prepared, by_id = instance(problem), {t.id: t for t in possible}
    placed = {}
    for j, (start, way) in sorted(_fitting(prepared, best, calendar).items()):
        task = in_way(by_id[prepared.names[j]], way)
        pace = problem.calendars.get(_calendar(task) or "")
        placed[task.id] = _placement(task, start, prepared.in_way(j, way)[0], pace, calendar)
    unplaced = {
        **{i: Unplaced(i, cause="no team") for i in sorted(idle)},
        **{i: _unplaced(t, {}, calendar) for i, t in endless.items()},
        **{i: Unplaced(i, waits_for=waits, cause="requires") for i, waits in barred.items()},
        **{t.id: _unplaced(t, placed, calendar) for t in possible if t.id not in placed},
    }
    kept = problem_of([attrs.evolve(placed[t.id].task, slower=()) for t in possible if t.id in placed], crews)
    load = _load(placed.values(), crews, calendar)
    return Schedule(placed, unplaced, load, _quality(problem, best, work, dice), kept)


def _endless(task: Task, calendar: Calendar) -> bool:
    """Whether it cannot end within the plan, all people given, and nothing says that it must."""
    agreed = task.start is not None or task.latest is not None
    return not agreed and task.earliest + task.days > calendar.days


def _possible(tasks: Sequence[Task], hopeless: Set[str]) -> tuple[list[Task], dict[str, tuple[str, ...]]]:
    """The tasks that may be done, and those that wait for something that cannot."""
    barred: dict[str, tuple[str, ...]] = {}
    while True:
        more = {
            t.id: tuple(sorted(r for r in t.requires if r in hopeless or r in barred))
            for t in tasks
            if t.id not in barred and any(r in hopeless or r in barred for r in t.requires)
        }
        if not more:
            return [t for t in tasks if t.id not in barred and t.id not in hopeless], barred
        barred |= more


def problem_of(tasks: Iterable[Task], crews: Mapping[str, Crew]) -> Problem:
    """The tasks as activities that share teams."""
    activities = tuple(_activity(t, crews) for t in tasks)
    capacities = {c.id: c.size for c in crews.values()}
    capacities |= {FOCUS.format(c.id): c.focus for c in crews.values()}
    teams = {a.calendar: a.calendar.split("+") for a in activities if a.calendar is not None}
    calendars = {name: (*together([crews[t].pace for t in ids]), FULL) for name, ids in teams.items()}
    windows = {c.id: c.open for c in crews.values() if c.open}
    return Problem(activities, capacities, calendars, windows)


def _activity(task: Task, crews: Mapping[str, Crew]) -> Activity:
    return Activity(
        task.id,
        work=task.days * FULL if task.work else 0,
        demands=_demands(task.people),
        requires=task.requires,
        earliest=task.earliest,
        fixed=task.start,
        latest=task.latest,
        due=task.due,
        weight=task.weight,
        calendar=_calendar(task),
        least=task.days,
        slower=tuple(Way(days * FULL, _demands(people), days) for days, people in task.slower),
        windows=task.team if any(crews[team].open for team in crews if team == task.team) else None,
    )


def _demands(people: Mapping[str, int]) -> dict[str, int]:
    return dict(people) | {FOCUS.format(team): 1 for team in people}


def _calendar(task: Task) -> str | None:
    return "+".join(sorted(task.work)) or None


def _fitting(problem: Instance, best: Timetable, calendar: Calendar) -> dict[int, tuple[int, int]]:
    """Start and way of what is completed within the plan; for what is not, what else fits into its place."""
    kept = {
        j: (best.starts[name], best.ways[name])
        for j, name in enumerate(problem.names)
        if best.completed[name] <= calendar.days
    }
    if len(kept) == problem.size:
        return kept
    laid = filled(problem, kept, calendar.days)
    return {j: (start, laid.ways[j]) for j, start in enumerate(laid.starts) if start >= 0}


def _placement(
    task: Task, start: int, span: Span, pace: Sequence[int] | None, calendar: Calendar
) -> Placement:
    end, completed = span.end(start), span.completion(start)
    done = _done(task, start, end, pace)
    lead = next((k for k, share in enumerate(done) if share), 0)  # nobody begins on a holiday
    first, last = calendar.week_of(start + lead), calendar.week_of(max(completed - 1, start + lead))
    return Placement(task, start + lead, end, completed, first, last, done[lead:])


def _done(task: Task, start: int, end: int, pace: Sequence[int] | None) -> tuple[float, ...]:
    """The share of its work that is done on each day."""
    if pace is None:
        return (1 / (end - start),) * (end - start)
    total, left, done = task.days * FULL, task.days * FULL, list[float]()
    for day in range(start, end):
        share = min(pace[min(day, len(pace) - 1)], left)
        left -= share
        done.append(share / total)
    return tuple(done)


def _unplaced(task: Task, placed: Mapping[str, Placement], calendar: Calendar) -> Unplaced:
    waits = tuple(sorted(r for r in task.requires if r not in placed))
    ready = max(task.earliest, task.start or 0)
    ready = max([ready, *(placed[r].completed for r in task.requires if r in placed)])
    cause: Cause = "team"
    if waits or ready + task.days > calendar.days:
        cause = "requires" if waits or ready > max(task.earliest, task.start or 0) else "earliest"
        cause = cause if waits or ready else "long"
    return Unplaced(task.id, task.team, waits, cause, calendar.week_of(ready))


def _load(
    placed: Iterable[Placement], crews: Mapping[str, Crew], calendar: Calendar
) -> dict[str, tuple[float, ...]]:
    days = {team: [0.0] * calendar.days for team in crews}
    for p in placed:
        for team, work in p.task.work.items():
            for day, share in enumerate(p.done, p.start):
                days[team][day] += work * share
    weeks = [calendar.week_of(day) - 1 for day in range(calendar.days)]
    load = {team: [0.0] * calendar.weeks for team in crews}
    for team, amounts in days.items():
        for week, amount in zip(weeks, amounts, strict=True):
            load[team][week] += amount / WEEK
    return {team: tuple(round(x, 6) + 0.0 for x in weekly) for team, weekly in load.items()}


def _quality(problem: Problem, best: Timetable, work: float, dice: int) -> Quality:
    total = sum(a.weight for a in problem.activities) * WEEK
    cost, bound = (best.delay, best.least_delay) if total else (0, 0)
    return Quality(
        cost=round(cost / total, 6) if total else 0.0,
        bound=round(bound / total, 6) if total else 0.0,
        gap=round(best.gap, 6),
        late=best.tardiness / WEEK,
        work=work,
        seed=dice,
    )
