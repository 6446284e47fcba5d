"""When every item is worked on: serial schedule generation over teams.

Items are placed one after another, in the order of priority, each as early as its requirements, its
earliest week and its team allow (serial schedule generation; Kolisch, "Serial and parallel
resource-constrained project scheduling methods revisited", EJOR 90, 1996). An item that is placed
takes what is free of its team's capacity in every week until its work is done, without interruption
and no faster than its least duration allows. A team works on at most `focus` items in a week.

Work is counted in hundredths of a person-week, so that no sum depends on the order of its terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

HUNDREDTHS = 100
LEAST_SHARE = 10
"""A week counts for an item when at least one tenth of its team is free: nobody works in crumbs."""

Obstacle = Literal["capacity", "focus"]


@attrs.frozen
class Crew:
    """A team as the schedule sees it: hundredths of person-weeks a week, and items at a time."""

    id: str
    capacity: int
    focus: int


@attrs.frozen
class Task:
    """An item as the schedule sees it; work in hundredths of person-weeks, weeks from 1."""

    id: str
    work: int
    crew: str | None
    least_weeks: int = 1
    requires: tuple[str, ...] = ()
    earliest: int = 1
    due: int | None = None
    """The last week in which it may finish."""


@attrs.frozen
class Placement:
    """Where a task came to stand, and what kept it from an earlier start."""

    task: Task
    first: int
    last: int
    work: tuple[int, ...]
    """Work done in each week from `first` to `last`."""
    alone: int
    """Weeks that it would take if its team did nothing else."""
    ready: int
    """The first week that its requirements and its earliest week allow."""
    waited_for: tuple[str, ...] = ()
    """The required tasks that finish in the week before `ready`."""
    obstacle: Obstacle | None = None
    """What the team lacked in the week before `first`, where that is later than `ready`."""
    pulled_by: str | None = None
    """The task of higher priority that requires this one."""
    promoted: bool = False
    """Placed ahead of its priority so that it finishes when it is due."""

    @property
    def on_time(self) -> bool:
        """Whether it finishes when it is due."""
        return self.task.due is None or self.last <= self.task.due


@attrs.frozen
class Unplaced:
    """A task that does not fit: what it waits for in vain, or what its team lacks."""

    task: Task
    waits_for: tuple[str, ...] = ()
    cause: Literal["requires", "earliest", "team", "no team"] = "team"


@attrs.frozen
class Schedule:
    """All placements by task, what does not fit, and the load of every crew in week 1, 2, ..."""

    placed: Mapping[str, Placement]
    unplaced: Mapping[str, Unplaced]
    load: Mapping[str, tuple[int, ...]]


def schedule(tasks: Sequence[Task], crews: Sequence[Crew], weeks: int) -> Schedule:
    """Places tasks, given in the order of priority, into the weeks 1 to `weeks`.

    A task that would finish after its due week is moved ahead of all others if, and only if, that
    makes it finish in time and makes no other task late. Requirements must not form a cycle.
    """
    promoted: tuple[str, ...] = ()
    best = _Generator(tasks, crews, weeks, promoted).run()
    for task in sorted((t for t in tasks if t.due is not None), key=lambda t: (t.due or 0, t.id)):
        late = _late(best, tasks)
        if task.id in late:
            attempt = _Generator(tasks, crews, weeks, (*promoted, task.id)).run()
            if _late(attempt, tasks) < late:
                promoted, best = (*promoted, task.id), attempt
    return best


def _late(found: Schedule, tasks: Sequence[Task]) -> set[str]:
    return {
        t.id for t in tasks if t.due is not None and not (t.id in found.placed and found.placed[t.id].on_time)
    }


class _Generator:
    """One pass over the tasks."""

    def __init__(
        self, tasks: Sequence[Task], crews: Sequence[Crew], weeks: int, promoted: tuple[str, ...]
    ) -> None:
        self.tasks = {t.id: t for t in tasks}
        self.crews = {c.id: c for c in crews}
        self.weeks = weeks
        self.promoted = promoted
        self.used = {c.id: [0] * weeks for c in crews}
        self.busy = {c.id: [0] * weeks for c in crews}
        self.placed: dict[str, Placement] = {}
        self.unplaced: dict[str, Unplaced] = {}

    def run(self) -> Schedule:
        for name in (*self.promoted, *self.tasks):
            self._settle(name)
        load = {c: tuple(used) for c, used in self.used.items()}
        return Schedule(self.placed, self.unplaced, load)

    def _settle(self, name: str) -> None:
        """Places a task after everything that it requires, which thereby inherits its priority."""
        pending: list[tuple[str, str | None]] = [(name, None)]
        while pending:
            current, puller = pending[-1]
            task = self.tasks[current]
            missing = [r for r in task.requires if r in self.tasks and not self._settled(r)]
            if missing and not self._settled(current):
                pending += [(r, current) for r in reversed(missing)]
                continue
            pending.pop()
            if not self._settled(current):
                self._place(task, puller)

    def _settled(self, name: str) -> bool:
        return name in self.placed or name in self.unplaced

    def _place(self, task: Task, puller: str | None) -> None:
        absent = tuple(sorted(r for r in task.requires if r not in self.placed))
        if absent:
            self.unplaced[task.id] = Unplaced(task, absent, "requires")
            return
        finished = max((self.placed[r].last for r in task.requires), default=0)
        ready = max(task.earliest, finished + 1)
        window = self._window(task, ready)
        if window is None:
            cause = self._cause(task, ready)
            self.unplaced[task.id] = Unplaced(task, (), cause)
            return
        first, work = window
        waited = tuple(sorted(r for r in task.requires if self.placed[r].last == ready - 1))
        obstacle = self._obstacle(task, first - 1) if first > ready else None
        self.placed[task.id] = Placement(
            task,
            first,
            first + len(work) - 1,
            work,
            self._alone(task),
            ready,
            waited_for=waited,
            obstacle=obstacle,
            pulled_by=puller,
            promoted=task.id in self.promoted,
        )
        self._take(task, first, work)

    def _alone(self, task: Task) -> int:
        crew = self.crews.get(task.crew or "")
        return (
            max(task.least_weeks, -(-task.work // crew.capacity)) if crew and task.work else task.least_weeks
        )

    def _cause(self, task: Task, ready: int) -> Literal["requires", "earliest", "team", "no team"]:
        if task.work and (task.crew not in self.crews or not self.crews[task.crew].capacity):
            return "no team"
        if ready + task.least_weeks - 1 <= self.weeks:
            return "team"
        return "requires" if ready > task.earliest else "earliest"

    def _window(self, task: Task, ready: int) -> tuple[int, tuple[int, ...]] | None:
        """The first week, and the work of each week, of the earliest uninterrupted stretch that suffices."""
        first, done, work = ready, 0, list[int]()
        for week in range(ready, self.weeks + 1):
            allowed = task.work * min(len(work) + 1, task.least_weeks) // task.least_weeks - done
            share = self._share(task, week, allowed)
            if share is None:
                first, done, work = week + 1, 0, []
                continue
            work.append(share)
            done += share
            if done == task.work and len(work) >= task.least_weeks:
                return first, tuple(work)
        return None

    def _share(self, task: Task, week: int, wanted: int) -> int | None:
        """What the team can do of the task in that week; None where it cannot work on it at all."""
        if task.crew is None or not task.work:
            return None if task.work else 0
        if self._obstacle(task, week, wanted):
            return None
        return min(wanted, self._free(task.crew, week))

    def _obstacle(self, task: Task, week: int, wanted: int | None = None) -> Obstacle | None:
        crew = self.crews.get(task.crew or "")
        if crew is None:
            return "capacity"
        if self.busy[crew.id][week - 1] >= crew.focus:
            return "focus"
        least = max(crew.capacity // LEAST_SHARE, 1)
        needed = least if wanted is None else min(wanted, least)
        return "capacity" if self._free(crew.id, week) < needed else None

    def _free(self, crew: str, week: int) -> int:
        return self.crews[crew].capacity - self.used[crew][week - 1]

    def _take(self, task: Task, first: int, work: tuple[int, ...]) -> None:
        if task.crew is None or not task.work:
            return
        for week, share in enumerate(work, first):
            self.used[task.crew][week - 1] += share
            self.busy[task.crew][week - 1] += 1
