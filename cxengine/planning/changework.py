"""What has to be done with people so that a change is lived, each with its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import attrs

from cxengine.project.model import ChangeTask


@attrs.frozen
class PlannedTask:
    """Training, telling, new habits, help: what is done for whom, by whom, and by when."""

    name: str
    kind: Literal["training", "communication", "change", "support"]
    who: str
    owner: str
    day: dt.date | None
    """None where the item is for later."""
    public: bool


def planned_tasks(tasks: Sequence[ChangeTask], end: dt.date | None) -> tuple[PlannedTask, ...]:
    """The tasks of an item that is finished on `end`, by their day."""
    planned = [
        PlannedTask(t.name, t.kind, t.who, t.owner, _day(end, t.weeks_before), t.public) for t in tasks
    ]
    return tuple(sorted(planned, key=lambda t: (t.day or dt.date.max, t.name)))


def _day(end: dt.date | None, weeks: float) -> dt.date | None:
    """That many weeks before the end; on the Friday before where it would be a weekend."""
    if end is None:
        return None
    day = end - dt.timedelta(days=round(7 * weeks))
    return day - dt.timedelta(days=max(day.weekday() - 4, 0))
