"""Teams as the schedule sees them: how many people, how much they get done on a day, when they release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import attrs

from cxengine.planning.calendar import Calendar
from cxengine.project.model import Project, RoadmapSettings, Team, Window

HUNDREDTHS = 100
"""A person is this many units of a team."""
FULL = 1000
"""What a team gets done on a day when all of it is there."""


@attrs.frozen
class Crew:
    """A team by working day.

    Its size is the largest that it has in the plan; who is away, or not there yet, is missing from every
    initiative that the team works on, in proportion.
    """

    id: str
    size: int
    """Hundredths of a person."""
    focus: int
    skills: tuple[str, ...]
    pace: tuple[int, ...]
    """What it gets done on day 0, 1, ... in thousandths of what all of it would."""
    open: tuple[bool, ...]
    """Whether something of it may go live on day 0, 1, ...; empty where it always may."""


def crews(project: Project, settings: RoadmapSettings, calendar: Calendar) -> Mapping[str, Crew]:
    """Every team of the project by id."""
    return {team.id: _crew(team, settings, calendar) for team in project.teams}


def _crew(team: Team, settings: RoadmapSettings, calendar: Calendar) -> Crew:
    days = [calendar.day(d) for d in range(calendar.days)]
    people = [_capacity(team, day) for day in days]
    most = max(people, default=team.capacity)
    off = {*settings.holidays, *team.holidays}
    pace = tuple(
        0 if day in off or not most else round(FULL * there / most * _present(team, day))
        for day, there in zip(days, people, strict=True)
    )
    allowed = tuple(_may_go_live(team, settings, day) for day in days)
    return Crew(
        team.id,
        round(most * HUNDREDTHS),
        team.focus,
        tuple(team.skills),
        pace,
        () if all(allowed) else allowed,
    )


def _capacity(team: Team, day: dt.date) -> float:
    since = [c for c in team.capacity_changes if c.since <= day]
    return max(since, key=lambda c: c.since).capacity if since else team.capacity


def _present(team: Team, day: dt.date) -> float:
    return max(1 - sum(leave.share for leave in team.leave if leave.first <= day <= leave.last), 0.0)


def _may_go_live(team: Team, settings: RoadmapSettings, day: dt.date) -> bool:
    windows = (settings.release_windows, team.release_windows)
    frozen = _within((*settings.freezes, *team.freezes), day)
    return not frozen and all(not some or _within(some, day) for some in windows)


def _within(windows: Iterable[Window], day: dt.date) -> bool:
    return any(w.first <= day <= w.last for w in windows)


def together(paces: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What teams get done that work hand in hand: as much as the slowest of them."""
    return tuple(map(min, *paces)) if len(paces) > 1 else paces[0]
