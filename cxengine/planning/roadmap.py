"""The roadmap: what is done, in which order, when, by whom, and why.

Plain values; the JSON that is published has the same shape. Weeks count from 1 and are inclusive.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Literal

import attrs

from cxengine.metrics.guardrails import Guardrail
from cxengine.metrics.measurement import ALL, Held, Measurement
from cxengine.metrics.rox import Rox
from cxengine.planning.changework import PlannedTask
from cxengine.planning.outlook import Forecast, GoalOutcome
from cxengine.planning.pilot import Pilot
from cxengine.planning.quality import Quality
from cxengine.planning.selection.outcome import Selection
from cxengine.planning.standing import Flip, Standing, Sureness, Tier, WorthKnowing
from cxengine.planning.timing import Timing
from cxengine.project.model import Estimate
from cxengine.rules.scoring import TermValue

Phase = Literal["discover", "define", "design", "deliver", "test", "pilot"]
Horizon = Literal["short", "long", "later"]
Quadrant = Literal["quick win", "big bet", "fill-in", "think again"]


@attrs.frozen
class PhaseSlot:
    """A phase on the calendar: the weeks it occupies, its days, the person-weeks spent."""

    phase: Phase
    first_week: int
    last_week: int
    start: dt.date
    end: dt.date
    effort: float


@attrs.frozen
class Kpi:
    """How success is seen: a metric at a touchpoint, where it is, where it should be, by when."""

    metric: str
    metric_name: str
    touchpoint: str
    baseline: Measurement | Held | None
    target: float
    unit: str
    by: dt.date | None
    segment: str = ALL
    """Among whom it is read: the only segment that the item is for, or everybody."""


@attrs.frozen
class Reason:
    """Why an item is on the roadmap, or is where it is."""

    kind: Literal["evidence", "guardrail", "rule", "score", "group", "schedule", "author"]
    text: str
    rule: str | None = None


@attrs.frozen
class Item:
    """One initiative on the roadmap."""

    id: str
    name: str
    public_name: str
    about: str
    public: bool
    origin: Literal["declared", "proposed"]
    rank: int
    score: float
    impact: Estimate
    """Points: 100 would lift every touchpoint from the worst to the best for everybody."""
    effort: Estimate
    cost: float
    complexity: int
    quadrant: Quadrant
    quick_win_probability: float
    area: str | None
    team: str | None
    owner: str
    touchpoints: tuple[str, ...]
    segments: tuple[str, ...]
    requires: tuple[str, ...]
    phases: tuple[PhaseSlot, ...]
    """Empty where the item is for later."""
    start: dt.date | None
    end: dt.date | None
    horizon: Horizon
    kpi: Kpi | None
    success: str
    reasons: tuple[Reason, ...]
    tags: tuple[str, ...]
    standing: Standing | None = None
    """How sure its rank is; None where nobody asked."""
    timing: Timing | None = None
    """Why it is done when it is done; None where it is for later."""
    public_about: str = ""
    """What customers are told of it, besides its name."""
    objective: str = ""
    """From where to where it takes what it changes."""
    forecast: Forecast | None = None
    """When it may be finished; None where it is for later."""
    pilot: Pilot | None = None
    """How it is tried first; None where its KPI has no present value."""
    decision: dt.date | None = None
    """When it is decided whether it worked: at the end of its pilot, or when its KPI is in."""
    tasks: tuple[PlannedTask, ...] = ()
    """What has to be done with people so that it is lived."""
    guardrails: tuple[Guardrail, ...] = ()
    """What must not get worse at its touchpoints."""
    area_confidence: float | None = None
    """How sure its area is, from 0 to 1; None where the grouping does not say."""
    terms: tuple[TermValue, ...] = ()
    """What the score is made of: the sum of what adds, times what multiplies or raises, over what divides.

    Where the sum is not positive it stands alone.
    """


@attrs.frozen
class LeftOut:
    """An initiative that is not on the roadmap, and why."""

    id: str
    name: str
    reason: str
    rule: str | None = None


@attrs.frozen
class MilestoneOutcome:
    """When a milestone is reached; `reached` is None where one of its initiatives is for later."""

    id: str
    name: str
    due: dt.date | None
    reached: dt.date | None
    on_time: bool | None
    forecast: Forecast | None = None
    """When it may be reached; None where one of its initiatives is for later."""
    probability: float | None = None
    """That it is reached by the day on which it is due; None where it is wanted on none."""


@attrs.frozen
class Roadmap:
    """The plan: items by rank, what was left out, milestones, the load of every team by week."""

    format: ClassVar[str] = "cxengine.roadmap/1"
    """Name and version of the published shape."""

    id: str
    name: str
    vision: str
    goals: tuple[str, ...]
    start: dt.date
    weeks: int
    currency: str
    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]
    milestones: tuple[MilestoneOutcome, ...]
    load: Mapping[str, tuple[float, ...]]
    """Team to person-weeks used in week 1, 2, ..."""
    rox: tuple[Rox, ...] = ()
    """Returns on experience, with what rests on assumption."""
    goal_outcomes: tuple[GoalOutcome, ...] = ()
    """How far every declared goal is reached, and how probably."""
    guardrails: tuple[Guardrail, ...] = ()
    """What must not get worse, wherever it is measured."""
    sureness: Sureness | None = None
    """How sure the order is as a whole; None where nobody asked."""
    tiers: tuple[Tier, ...] = ()
    """Items of which no two can be told apart, from the first item on."""
    worth_knowing: tuple[WorthKnowing, ...] = ()
    """What would be worth knowing better before choosing, the most worthwhile first."""
    flips: tuple[Flip, ...] = ()
    """The smallest changes that alter the first three, and what changes nothing."""
    selection: Selection | None = None
    """What was chosen within which limits, and what each costs; None where nothing makes one choose."""
    quality: Quality | None = None
    """How good the timetable is, and how far from the best it can be."""
