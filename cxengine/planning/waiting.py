"""Reckons why every item of a schedule is done when it is done.

Slack comes from a backward pass over who requires whom and who hands people over to whom (the critical path
of the resource flow network, Artigues, Michelon, Reusser, EJOR 149, 2003). What would bring an item forward
is tried out: everything is placed anew, in the same order, with half a person more, or with what it waits
for finished a week earlier.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

import attrs

from cxengine.planning.assignment import WEEK, Task, staffed
from cxengine.planning.calendar import Calendar
from cxengine.planning.schedule import FOCUS, Placement, Schedule, problem_of
from cxengine.planning.scheduling.generation import generate
from cxengine.planning.scheduling.problem import instance
from cxengine.planning.timing import Lever, Timing, Wait
from cxengine.planning.workforce import Crew

MORE_PEOPLE = 50
"""Hundredths of a person that are tried out."""
SHOWN = 3
"""Levers that are kept of an item."""
_DECIMALS = 1


def timings(schedule: Schedule, crews: Mapping[str, Crew], calendar: Calendar) -> dict[str, Timing]:
    """The timing of every item that has a place, by id."""
    found = _Waiting(schedule, crews, calendar)
    return {name: found.timing(name) for name in schedule.placed}


class _Waiting:
    def __init__(self, schedule: Schedule, crews: Mapping[str, Crew], calendar: Calendar) -> None:
        self.schedule, self.crews, self.calendar = schedule, crews, calendar
        self.placed = schedule.placed
        self.instance = schedule.instance
        self.number = {name: j for j, name in enumerate(self.instance.names)}
        self.order = sorted(self.placed, key=lambda i: (self.placed[i].start, self.number[i]))
        self.tried: dict[str, Mapping[str, int]] = {}

    def timing(self, name: str) -> Timing:
        p = self.placed[name]
        slack = self.latest[name] - p.start
        ahead = self._ahead_of(p)
        waits = tuple(self._waits(p))
        return Timing(
            week=p.first,
            waits=waits,
            critical=slack <= 0,
            slack_weeks=_weeks(max(slack, 0)),
            moves=tuple(sorted(s for s in self.followers[name] if self._pushed(p, s))),
            levers=tuple(self._levers(p, waits)),
            ahead_of=ahead,
            ahead_for=self._ahead_for(p, ahead),
            late_weeks=_weeks(max(p.completed - p.task.due, 0)) if p.task.due is not None else 0.0,
            held_weeks=_weeks(p.completed - p.end),
        )

    # --- what it waits for ---------------------------------------------------------------------------

    def _waits(self, p: Placement) -> Iterator[Wait]:
        task = p.task
        if task.start is not None:
            yield Wait("agreed", until=self.calendar.day(p.start))
            return
        ready = self._ready(task)
        day = self._day_before(p)
        blocked = None if day is None else self._blocked(p, day)
        if blocked is not None:
            full, resource = blocked
            team, focus = resource.removesuffix(FOCUS.format("")), resource.endswith(FOCUS.format(""))
            others = tuple(o for o in self.by_team.get(team, ()) if self._busy(o, full) and o != task.id)
            yield Wait("focus" if focus else "capacity", others, team, self.calendar.day(full))
        binds = ready > 0 and (day is None or day < ready)
        needed = tuple(r for r in task.requires if binds and self.placed[r].completed == ready)
        if needed:
            yield Wait("requires", needed, until=self.calendar.day(ready - 1))
        elif binds:
            yield Wait("earliest", until=self.calendar.day(ready - 1))

    def _ready(self, task: Task) -> int:
        return max([task.earliest, *(self.placed[r].completed for r in task.requires)])

    def _day_before(self, p: Placement) -> int | None:
        """The last day before its start on which its teams work."""
        pace = self.schedule.problem.calendars.get(self.calendar_of[p.task.id] or "", (1,))
        return next((d for d in range(p.start - 1, -1, -1) if pace[min(d, len(pace) - 1)]), None)

    def _blocked(self, p: Placement, day: int) -> tuple[int, str] | None:
        """That day, or the first after it, on which one of its teams has no room if it starts there."""
        j = self.number[p.task.id]
        names = tuple(self.schedule.problem.capacities)
        for moment in range(day, self.instance.spans[j].end(day)):
            for resource, amount in self.instance.demands[j]:
                used = self.used[resource].get(moment, 0)
                used -= amount if self._busy(p.task.id, moment) else 0
                if used + amount > self.instance.capacities[resource]:
                    return moment, names[resource]
        return None

    def _busy(self, name: str, day: int) -> bool:
        return self.placed[name].start <= day < self.placed[name].end

    @cached_property
    def calendar_of(self) -> dict[str, str | None]:
        return {a.id: a.calendar for a in self.schedule.problem.activities}

    @cached_property
    def by_team(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.order:
            for team in self.placed[name].task.people:
                found.setdefault(team, []).append(name)
        return found

    @cached_property
    def used(self) -> list[dict[int, int]]:
        """What is taken of every resource, by day."""
        rows: list[dict[int, int]] = [{} for _ in self.instance.capacities]
        for name, p in self.placed.items():
            for resource, amount in self.instance.demands[self.number[name]]:
                for day in range(p.start, p.end):
                    rows[resource][day] = rows[resource].get(day, 0) + amount
        return rows

    # --- what it goes before -------------------------------------------------------------------------

    def _ahead_of(self, p: Placement) -> tuple[str, ...]:
        """Items of higher rank that share a team, start later, and could have started by now."""
        rank, day = self.rank[p.task.id], p.start
        others = {o for team in p.task.people for o in self.by_team[team] if self.rank[o] < rank}
        return tuple(
            sorted(
                (o for o in others if self.placed[o].start > day and self._could(o, p)),
                key=lambda o: self.rank[o],
            )
        )

    def _could(self, other: str, p: Placement) -> bool:
        """Whether it could have started instead, this item and what waits for it left aside."""
        task = self.placed[other].task
        needs = [r for r in task.requires if p.task.id not in self.ahead[r]]
        return max([task.earliest, *(self.placed[r].completed for r in needs)]) <= p.start

    def _ahead_for(self, p: Placement, ahead: Sequence[str]) -> Literal["due", "required", "value"] | None:
        if not ahead:
            return None
        opened = {n for n in self.placed if p.task.id in self.ahead[n]} | {p.task.id}
        if any(self.placed[n].task.due is not None or self.placed[n].task.latest is not None for n in opened):
            return "due"
        return "required" if any(o in opened for o in ahead) else "value"

    @cached_property
    def rank(self) -> dict[str, int]:
        return {a.id: n for n, a in enumerate(self.schedule.problem.activities)}

    @cached_property
    def ahead(self) -> dict[str, frozenset[str]]:
        """Every item that must be finished before each, directly or not, and the item itself."""
        found: dict[str, frozenset[str]] = {}
        for name in self.instance.names:
            needs = self.placed[name].task.requires
            found[name] = frozenset([name]).union(*(found[r] for r in needs))
        return found

    # --- how much it may slip ------------------------------------------------------------------------

    @cached_property
    def followers(self) -> dict[str, dict[str, bool]]:
        """Who waits for an item: those that require it (True), and those that get its people (False)."""
        found: dict[str, dict[str, bool]] = {name: {} for name in self.placed}
        for link in self.schedule.handovers:
            found[self.instance.names[link.before]][self.instance.names[link.after]] = False
        for name, p in self.placed.items():
            for r in p.task.requires:
                found[r][name] = True
        return found

    @cached_property
    def latest(self) -> dict[str, int]:
        """The last start of every item that moves no wanted day that is kept, nor the end of the plan."""
        whole = max((p.completed for p in self.placed.values()), default=0)
        found: dict[str, int] = {}
        for name in reversed(self.order):
            p, span = self.placed[name], self.instance.spans[self.number[name]]
            wanted = [d for d in (p.task.due, p.task.latest) if d is not None]
            completed = min([whole, *(max(d, p.completed) for d in wanted)])
            end = 2 * whole + p.end
            for follower, requires in self.followers[name].items():
                if requires:
                    completed = min(completed, found[follower])
                end = min(end, found[follower])
            last = completed if p.task.start is None else p.start
            possible = range(p.start, max(last, p.start) + 1)
            fits = bisect_left(
                possible,
                True,
                key=lambda s: span.completion(s) > completed or span.end(s) > end,
            )
            found[name] = possible[max(fits - 1, 0)]
        return found

    def _pushed(self, p: Placement, follower: str) -> bool:
        """Whether the follower starts later when the item starts a day later."""
        span = self.instance.spans[self.number[p.task.id]]
        later = span.completion(p.start + 1) if self.followers[p.task.id][follower] else span.end(p.start + 1)
        return later > self.placed[follower].start

    # --- what would help -----------------------------------------------------------------------------

    def _levers(self, p: Placement, waits: Sequence[Wait]) -> list[Lever]:
        if p.task.start is not None:
            return []
        now = min(p.completed, self.anew[p.task.id])
        found = [
            Lever("people", team, _weeks(now - self._with_more(team)[p.task.id])) for team in p.task.people
        ]
        for team in (w.team for w in waits if w.kind == "focus" and w.team is not None):
            gain = now - self._with_more(FOCUS.format(team))[p.task.id]
            found.append(Lever("focus", team, _weeks(gain)))
        found += self._earlier(p)
        useful = [lever for lever in found if lever.weeks > 0]
        return sorted(useful, key=lambda lever: (-lever.weeks, lever.kind, lever.id))[:SHOWN]

    def _with_more(self, resource: str) -> Mapping[str, int]:
        """The completion of every item with half a person more in a team, or one item more at a time."""
        if resource not in self.tried:
            team = resource.removesuffix(FOCUS.format(""))
            crew, more = self.crews[team], resource == team
            other = attrs.evolve(crew, size=crew.size + MORE_PEOPLE * more, focus=crew.focus + (not more))
            crews = {**self.crews, team: other}
            self.tried[resource] = self._again(
                [staffed(self.placed[i].task, crews) for i in self.order], crews
            )
        return self.tried[resource]

    @cached_property
    def anew(self) -> Mapping[str, int]:
        """The completion of every item when all are placed anew and nothing is changed."""
        return self._again([staffed(self.placed[i].task, self.crews) for i in self.order], self.crews)

    def _again(self, tasks: Sequence[Task], crews: Mapping[str, Crew]) -> Mapping[str, int]:
        """The completion of every item when all are placed anew in the order that they have now."""
        prepared = instance(problem_of(tasks, crews))
        return dict(zip(prepared.names, generate(prepared, prepared.given).done, strict=True))

    def _earlier(self, p: Placement) -> Iterator[Lever]:
        """What one of those that it waits for gains it by being over up to a week earlier."""
        span = self.instance.spans[self.number[p.task.id]]
        until = {
            name: self.placed[name].completed if self.followers[name][p.task.id] else self.placed[name].end
            for name in self.leaders[p.task.id]
        }
        limits: dict[tuple[str, str], int] = {("item", name): end for name, end in until.items()}
        limits["day", p.task.id] = p.task.earliest
        for (kind, name), end in limits.items():
            other = max([0, *(e for key, e in limits.items() if key != (kind, name))])
            start = max(other, end - WEEK) if kind == "item" else other
            gain = p.completed - span.completion(start) if start < end else 0
            yield Lever("item" if kind == "item" else "day", name, _weeks(gain))

    @cached_property
    def leaders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {name: [] for name in self.placed}
        for name, followers in self.followers.items():
            for follower in followers:
                found[follower].append(name)
        return found


def _weeks(days: int) -> float:
    return round(days / WEEK, _DECIMALS)
