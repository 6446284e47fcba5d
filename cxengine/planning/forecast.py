"""When items and milestones may be finished, and how probably: durations drawn, handed on through the plan.

The plan's order stays: an item starts when everything that it waits for has ended, what it requires and the
items whose people it gets. In every draw it starts as soon as that allows, never before a day on which it may
start or that was agreed; a pause that the plan makes for another reason (holidays) stays as long. So no team
is ever over its capacity, whatever the durations are (Artigues, Michelon, Reusser, EJOR 149, 2003).

Durations of items are drawn independently: that all estimates are too low together is not in the forecast
unless a history says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.evidence.history import History
from cxengine.planning.calendar import Calendar
from cxengine.planning.durations import drawn_duration, history_of
from cxengine.planning.outlook import Basis, Chance, Forecast
from cxengine.project.model import InitiativeTable, Milestone, Project

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

DRAWS = 2000
_FAN = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@attrs.frozen
class Stretch:
    """An item as it was planned, in working days from 0; the end is exclusive.

    `requires` are the items that must be released before it starts, `people` those that must have ended,
    because it gets their people. It does not start before `earliest`.
    """

    id: str
    start: float
    end: float
    requires: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    earliest: float = 0.0
    released: float = 0.0
    """Days from its end until it goes live."""


@attrs.frozen(eq=False)
class Outcomes:
    """Draws of the working day on which each item is finished, and what they were drawn from."""

    ends: Mapping[str, FloatArray]
    basis: Mapping[str, Basis]


def simulated(
    project: Project,
    initiatives: Mapping[str, InitiativeTable],
    stretches: Sequence[Stretch],
    *,
    teams: Mapping[str, str | None],
    histories: Mapping[str, History],
    draws: int = DRAWS,
) -> Outcomes:
    """Draws durations of all planned items and hands ends on through the plan."""
    durations, basis = {}, dict[str, Basis]()
    for one in stretches:
        initiative = initiatives[one.id]
        history = history_of(project, initiative, teams.get(one.id), histories)
        durations[one.id] = drawn_duration(initiative, one.end - one.start, history, draws)
        basis[one.id] = "history" if history else "estimate"
    return Outcomes(propagated(stretches, durations), basis)


def propagated(stretches: Sequence[Stretch], durations: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The end of every item in every draw, release included.

    Where every duration is as planned, so is every end.
    """
    planned = {one.id: one for one in stretches}
    ends: dict[str, FloatArray] = {}
    for one in sorted(stretches, key=lambda s: (s.start, s.end, s.id)):
        before = [(planned[w], planned[w].released) for w in one.requires if w in ends]
        before += [(planned[w], 0.0) for w in one.people if w in ends]
        start = np.full(len(durations[one.id]), one.start)
        if before:
            ready = max(w.end + released for w, released in before)
            pause = 0.0 if one.start <= one.earliest else max(one.start - ready, 0.0)
            last = np.maximum.reduce([ends[w.id] + released for w, released in before])
            start = np.maximum(last + pause, one.earliest)
        ends[one.id] = start + durations[one.id]
    return {name: drawn + planned[name].released for name, drawn in ends.items()}


def forecast(
    draws: FloatArray,
    planned: dt.date | None,
    basis: Basis,
    calendar: Calendar,
) -> Forecast:
    """What draws of an end say."""
    levels = np.asarray(_FAN)
    # what ends within a working day is finished on it
    days = [calendar.last_day_of(round_up(d)) for d in np.quantile(draws, levels, method="inverted_cdf")]
    at = dict(zip(_FAN, days, strict=True))
    return Forecast(
        p10=at[0.1],
        p50=at[0.5],
        p80=at[0.8],
        p90=at[0.9],
        as_planned=probability(draws, planned, calendar),
        basis=basis,
        fan=tuple(Chance(level, day) for level, day in at.items()),
    )


def probability(draws: FloatArray, day: dt.date | None, calendar: Calendar) -> float:
    """The share of draws that are finished on that day or before."""
    if day is None:
        return 0.0
    return float(np.mean(np.ceil(draws - 1e-9) <= calendar.days_until(day)))


def round_up(day: float) -> int:
    """The whole number of working days after which something is finished."""
    return int(np.ceil(day - 1e-9))


def of_milestone(milestone: Milestone, outcomes: Outcomes) -> FloatArray | None:
    """Draws of the end of the last initiative that a milestone waits for; None where one is for later."""
    if not milestone.requires or any(r not in outcomes.ends for r in milestone.requires):
        return None
    together: FloatArray = np.maximum.reduce([outcomes.ends[r] for r in milestone.requires])
    return together


def basis_of(names: Sequence[str], outcomes: Outcomes) -> Basis:
    """What the forecast of several items together rests on."""
    kinds = {outcomes.basis[name] for name in names}
    return "mixed" if len(kinds) > 1 else kinds.pop()
