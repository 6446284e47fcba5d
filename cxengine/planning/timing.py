"""Why an item is done when it is done: what it waits for, how much it may slip, what would help."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import attrs

WaitKind = Literal["requires", "capacity", "focus", "earliest", "agreed"]
LeverKind = Literal["people", "focus", "item", "day"]


@attrs.frozen
class Wait:
    """What keeps an item from an earlier start.

    It requires items that are not finished, its team is full or works on as many items as it can, it cannot
    start before a day, or its start is agreed.
    """

    kind: WaitKind
    items: tuple[str, ...] = ()
    """Items that it requires, or that its team works on instead, by id."""
    team: str | None = None
    until: dt.date | None = None
    """The last day on which it is so."""


@attrs.frozen
class Lever:
    """What would finish an item earlier while everything else keeps its order, and by how much."""

    kind: LeverKind
    """Half a person more in a team, one item more at a time for a team, an item that is finished a week
    earlier, or a start that is allowed earlier."""
    id: str
    """The team or the item."""
    weeks: float


@attrs.frozen
class Timing:
    """An item on the calendar, in relation to the others."""

    week: int
    """The week in which it starts."""
    waits: tuple[Wait, ...]
    critical: bool
    """Whether any delay of it moves a wanted day that is kept, or the end of the plan."""
    slack_weeks: float
    """How long it may slip before that happens, while everything keeps its order."""
    moves: tuple[str, ...]
    """Items that start later as soon as it is finished later, by id."""
    levers: tuple[Lever, ...]
    """What would bring it forward, the most effective first; empty where nothing simple would."""
    ahead_of: tuple[str, ...]
    """Items of a higher rank that it is done before, by id: its team could have begun with them."""
    ahead_for: Literal["due", "required", "value"] | None
    """Why: so that a wanted day is kept, because one of them requires it, or for the sake of value."""
    late_weeks: float
    """How long after the day on which it is wanted it is finished."""
    held_weeks: float
    """How long it waits, finished, for a release window."""
