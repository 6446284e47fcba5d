"""What is said of an item's place in the schedule, in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from cxengine.planning.calendar import Calendar
from cxengine.planning.schedule import Unplaced
from cxengine.planning.timing import Lever, Timing, Wait
from cxengine.rules.wording import listed

_NAMED = 3
"""So many items are named; of more, only how many they are."""


def told(
    timing: Timing, calendar: Calendar, items: Mapping[str, str], teams: Mapping[str, str]
) -> tuple[str, ...]:
    """Why it starts when it does, how much it may slip, what would bring it forward; names by id."""
    when = f"Starts in week {timing.week}"
    causes = [_wait(w, timing.week, calendar, items, teams) for w in timing.waits]
    causes += _ahead(timing, items)
    if timing.late_weeks:
        causes.append(f"it is finished {_weeks(timing.late_weeks)} too late")
    text = f"{when}: {listed(causes)}." if causes else f"{when}: nothing holds it up."
    if timing.held_weeks:
        text = f"{text} It waits {_weeks(timing.held_weeks)} for the next release."
    return (text, _slack(timing, items), *_levers(timing, items, teams))


def _ahead(timing: Timing, items: Mapping[str, str]) -> Iterator[str]:
    others = _named(timing.ahead_of, items)
    match timing.ahead_for:
        case "due":
            yield f"it goes before {others}, so that a day that is wanted is kept"
        case "required":
            yield f"it goes before {others}, because that is needed"
        case "value":
            yield f"it goes before {others}, because value comes earlier that way"


def _wait(
    wait: Wait, week: int, calendar: Calendar, items: Mapping[str, str], teams: Mapping[str, str]
) -> str:
    until = "" if wait.until is None else _until(wait.until, week, calendar)
    match wait.kind:
        case "agreed":
            return f"its start on {wait.until:%d %b %Y} is agreed" if wait.until else "its start is agreed"
        case "requires":
            return f"it waits for {_named(wait.items, items)}"
        case "earliest":
            return f"it cannot start before week {week}" if until else "it cannot start earlier"
        case "focus":
            team = teams[wait.team or ""]
            return f"team {team} has as many items as it can work on {until}{_with(wait, items)}"
        case "capacity":
            return f"team {teams[wait.team or '']} is full {until}{_with(wait, items)}"


def _with(wait: Wait, items: Mapping[str, str]) -> str:
    return f" ({_named(wait.items, items)})" if wait.items else ""


def _named(ids: tuple[str, ...], items: Mapping[str, str]) -> str:
    return listed([items[i] for i in ids]) if len(ids) <= _NAMED else f"{len(ids)} items"


def _until(day: dt.date, week: int, calendar: Calendar) -> str:
    """Until a week before the one in which the item starts, or until a day of that week."""
    last = calendar.week(day)
    return f"until week {last}" if last < week else f"until {day:%d %b}"


def _slack(timing: Timing, items: Mapping[str, str]) -> str:
    if timing.critical:
        text = "It is critical: any delay moves a day that is wanted, or the end of the plan"
    else:
        text = f"It may slip by {_weeks(timing.slack_weeks)}"
        if not timing.moves:
            return f"{text}."
        text = f"{text} before a day that is wanted, or the end of the plan, moves"
    return f"{text}; {_named(timing.moves, items)} would start later." if timing.moves else f"{text}."


def _levers(timing: Timing, items: Mapping[str, str], teams: Mapping[str, str]) -> Iterator[str]:
    if timing.levers:
        ways = [f"{_lever(lever, items, teams)} ({_weeks(lever.weeks)})" for lever in timing.levers]
        yield f"It would be finished earlier with {' or '.join(ways)}."


def _lever(lever: Lever, items: Mapping[str, str], teams: Mapping[str, str]) -> str:
    match lever.kind:
        case "people":
            return f"half a person more in team {teams[lever.id]}"
        case "focus":
            return f"one more item at a time in team {teams[lever.id]}"
        case "item":
            return f"{items[lever.id]} finished up to a week earlier"
        case "day":
            return "an earlier day from which it may start"


def later(unplaced: Unplaced, items: Mapping[str, str], teams: Mapping[str, str]) -> str:
    """Why an item is for later."""
    if unplaced.waits_for:
        return f"For later: it waits for {listed([items[w] for w in unplaced.waits_for])}."
    if unplaced.cause == "no team":
        return "For later: it has no team with capacity to do it."
    if unplaced.cause == "long":
        return "For later: it takes longer than this plan lasts."
    if unplaced.cause == "earliest":
        return f"For later: it cannot start before week {unplaced.earliest}, too late for this plan."
    if unplaced.cause == "requires":
        return "For later: what it requires is finished too late for it to be finished in this plan."
    return f"For later: team {teams[unplaced.team or '']} is full until the end of this plan."


def _weeks(count: float) -> str:
    if count < 1:
        days = round(count * 5)
        return "1 day" if days == 1 else f"{days} days"
    return "1 week" if count == 1 else f"{count:g} weeks"
