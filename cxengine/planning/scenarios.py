"""Scenarios side by side: other plans on the same measurements, compared with the plan as it stands.

Value is the expected impact, in points, of what is finished by a day; cost that of everything that is in the
plan, work its expected effort.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, ClassVar

import attrs

from cxengine.diagnostics import PlanningError
from cxengine.evidence.history import History
from cxengine.insight.insight import Insight
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.rox import Rox
from cxengine.planning.anew import planned_anew
from cxengine.planning.estimate import mean
from cxengine.planning.roadmap import Item, Roadmap
from cxengine.project.model import NOTHING, Scenario
from cxengine.project.scenarios import scenario

if TYPE_CHECKING:
    from cxengine.project import Loaded

TOP = 10
"""What enters and leaves is told of so many items, the first."""

_STEP = 13
"""Weeks from one day to the next at which the value reached is told."""


@attrs.frozen
class Outlook:
    """What a plan comes to."""

    top: tuple[str, ...]
    """The first items, by rank."""
    milestones: Mapping[str, dt.date | None]
    """When each is reached; None for later."""
    value: tuple[float, ...]
    """Points reached at each of the comparison's days."""
    cost: float
    work: float
    """Person-weeks."""
    items: int
    """Items that are in the plan with dates."""
    later: int
    ends: dt.date | None
    """When the last of them is finished."""


@attrs.frozen
class Alternative:
    """A scenario beside the plan as it stands."""

    id: str
    name: str
    about: str
    outlook: Outlook | None
    """None where it cannot be planned."""
    enters: tuple[str, ...]
    """Items among its first that are not among the first as it stands."""
    leaves: tuple[str, ...]
    gone: tuple[str, ...]
    """Items that it has not at all, or only for later."""
    problem: str = ""
    """Why it cannot be planned."""


@attrs.frozen
class Comparison:
    """The plan as it stands and every scenario."""

    format: ClassVar[str] = "cxengine.scenarios/1"
    """Name and version of the published shape."""

    currency: str
    days: tuple[dt.date, ...]
    """When the value reached is told: every thirteen weeks."""
    names: Mapping[str, str]
    """Names of items and milestones in any of them."""
    base: Outlook
    scenarios: tuple[Alternative, ...]


def compared(
    loaded: Loaded,
    roadmap: Roadmap,
    *,
    measurements: Measurements,
    insight: Insight,
    returns: Sequence[Rox] = (),
    histories: Mapping[str, History] = NOTHING,
) -> Comparison:
    """Plans every scenario of the project and compares it with `roadmap`.

    Raises:
        ProjectError: a scenario is not one.
    """
    plans: dict[str, Roadmap | str] = {}
    for table in loaded.project.scenarios:
        try:
            planned = planned_anew(
                scenario(loaded, table.id),
                measurements=measurements,
                insight=insight,
                returns=returns,
                histories=histories,
            )
            plans[table.id] = planned.roadmap
        except PlanningError as error:
            plans[table.id] = "; ".join(one.message for one in error.diagnostics)
    made = [plan for plan in plans.values() if isinstance(plan, Roadmap)]
    days = _days([roadmap, *made])
    base = outlook(roadmap, days)
    return Comparison(
        currency=roadmap.currency,
        days=days,
        names=_names([*made, roadmap]),
        base=base,
        scenarios=tuple(
            _alternative(t, plans[t.id], (roadmap, base), days) for t in loaded.project.scenarios
        ),
    )


def outlook(roadmap: Roadmap, days: Sequence[dt.date]) -> Outlook:
    """What a plan comes to, by some days."""
    timed = [item for item in roadmap.items if item.end is not None]
    return Outlook(
        top=tuple(item.id for item in roadmap.items[:TOP]),
        milestones={m.id: m.reached for m in roadmap.milestones},
        value=tuple(_value(timed, day) for day in days),
        cost=fsum(item.cost for item in timed),
        work=fsum(mean(item.effort) for item in timed),
        items=len(timed),
        later=len(roadmap.items) - len(timed),
        ends=max((item.end for item in timed if item.end), default=None),
    )


def _value(timed: Sequence[Item], day: dt.date) -> float:
    return fsum(mean(item.impact) for item in timed if item.end is not None and item.end <= day)


def _alternative(
    table: Scenario, plan: Roadmap | str, standing: tuple[Roadmap, Outlook], days: Sequence[dt.date]
) -> Alternative:
    if isinstance(plan, str):
        return Alternative(table.id, table.name, table.about, None, (), (), (), problem=plan)
    roadmap, base = standing
    found = outlook(plan, days)
    had = [item.id for item in roadmap.items if item.end is not None]
    has = {item.id for item in plan.items if item.end is not None}
    return Alternative(
        id=table.id,
        name=table.name,
        about=table.about,
        outlook=found,
        enters=tuple(i for i in found.top if i not in base.top),
        leaves=tuple(i for i in base.top if i not in found.top),
        gone=tuple(i for i in had if i not in has),
    )


def _days(plans: Sequence[Roadmap]) -> tuple[dt.date, ...]:
    """Every thirteen weeks from the earliest start to the end of the longest plan, the Sunday."""
    start = min(plan.start for plan in plans)
    start -= dt.timedelta(days=start.weekday())
    last = max(plan.start + dt.timedelta(weeks=plan.weeks) for plan in plans)
    weeks = -(-(last - start).days // 7)
    steps = [*range(_STEP, weeks, _STEP), weeks]
    return tuple(start + dt.timedelta(weeks=n, days=-1) for n in steps)


def _names(plans: Sequence[Roadmap]) -> dict[str, str]:
    return {
        **{item.id: item.name for plan in plans for item in plan.items},
        **{left.id: left.name for plan in plans for left in plan.left_out},
        **{milestone.id: milestone.name for plan in plans for milestone in plan.milestones},
    }
