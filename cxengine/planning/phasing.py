"""From a placement to phases on the calendar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import get_args

from cxengine.planning.assignment import WEEK
from cxengine.planning.calendar import Calendar
from cxengine.planning.roadmap import Phase, PhaseSlot
from cxengine.planning.schedule import Placement
from cxengine.project.model import Phases

ORDER: tuple[Phase, ...] = get_args(Phase)


def phase_slots(placement: Placement, phases: Phases, calendar: Calendar) -> tuple[PhaseSlot, ...]:
    """The phases one after another, each over the days on which its share of the work is done.

    The last one lasts until the item is released.
    """
    parts = {name: getattr(phases, name) for name in ORDER if getattr(phases, name)}
    total = math.fsum(parts.values())
    done = list(accumulate(placement.done))
    effort = math.fsum(placement.task.work.values()) / WEEK
    slots, begun = [], 0.0
    for index, (name, part) in enumerate(parts.items()):
        ended = begun + part / total
        last_one = index == len(parts) - 1
        first = placement.start + _after(begun, done)
        last = placement.completed - 1 if last_one else placement.start + _by(ended, done)
        last = max(last, first)
        slots.append(
            PhaseSlot(
                name,
                calendar.week_of(first),
                calendar.week_of(last),
                calendar.day(first),
                calendar.day(last),
                round(effort * part / total, 4),
            )
        )
        begun = ended
    return tuple(slots)


def _after(share: float, done: Sequence[float]) -> int:
    """The day, from 0, on which work goes on after that share of it."""
    return next((day for day, so_far in enumerate(done) if so_far > share + 1e-9), len(done) - 1)


def _by(share: float, done: Sequence[float]) -> int:
    """The day, from 0, on which that share is reached."""
    return next((day for day, so_far in enumerate(done) if so_far >= share - 1e-9), len(done) - 1)
