"""What gap analysis finds, as values: published in `insight.json`, read by rules and reports."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Literal

import attrs

from cxengine.insight.gaps.delivered import DeliveredEffect
from cxengine.insight.gaps.measure import EMOTION
from cxengine.insight.grade import EvidenceGrade
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL


@attrs.frozen
class Gap:
    """How far a touchpoint is from where it should be, for a segment, by its emotion or by a metric."""

    touchpoint: str
    segment: str
    measure: str
    """"emotion", or the id of a metric."""
    by: Literal["emotion", "metric"]
    declared: Literal["touchpoint", "metric"]
    """Where the desired state is declared: at the touchpoint, or as the metric's target for everywhere."""
    desired: float
    current: Interval
    n: int
    size: Interval
    """In units of the measure, positive where it falls short, whichever end is good."""
    part: float | None
    """The size as a part of the measure's whole range; None of a metric without ends."""
    probability: float | None
    """That there is a gap at all; None where the current state is a judgement."""
    grade: EvidenceGrade
    initiatives: tuple[str, ...]
    """The declared initiatives that change the metric's signal there; of an emotion, anything there."""
    remaining: Interval | None
    """What would be left of the size after all of these, as they are expected to work; None where they do not
    tell."""
    closed: float | None
    """How probably nothing would be left."""
    p: float | None = None
    """The chance of so large a size, or a larger one, were there no gap; None of judgements, of what is told
    again, and of segments, whose gaps are not told of by themselves."""
    beyond_chance: bool = False
    """Whether everybody's gap is, all that the run tests considered."""
    as_of: dt.date | None = None
    """The day of the run that reckoned the current state, where it is told again; None for what is of now."""


@attrs.frozen
class MissingTouchpoint:
    """A name that evidence gives to a touchpoint and that the map does not have."""

    source: str
    name: str
    times: int
    """Rows that name it."""
    share: float
    """Of all rows of the source."""


@attrs.frozen
class UnmetTouchpoint:
    """A touchpoint of the map of which no evidence tells now."""

    touchpoint: str
    kind: Literal["nobody", "not asked"]
    """A source could tell of it and nobody met it; or no source could."""
    sources: tuple[str, ...]
    """Those that could tell."""


@attrs.frozen
class IdleInvestment:
    """An initiative of which nobody will be able to say whether it worked."""

    initiative: str
    why: Literal["no effect", "not measured", "too few answers"]
    """It names no effect; no effect is on anything measured; all that is measured there is hidden."""


@attrs.frozen(slots=False, eq=False)
class Gaps:
    """All of gap analysis."""

    gaps: tuple[Gap, ...] = ()
    """By touchpoint in the order of the project, everybody first, the emotion first."""
    missing: tuple[MissingTouchpoint, ...] = ()
    """The most often named first."""
    unnamed: int = 0
    """Rows about touchpoints that the map lacks and that too few rows name to be told."""
    unmet: tuple[UnmetTouchpoint, ...] = ()
    idle: tuple[IdleInvestment, ...] = ()
    delivered: tuple[DeliveredEffect, ...] = ()
    """What became of what delivered changes were to move."""

    def of(self, touchpoint: str, measure: str = EMOTION, segment: str = ALL) -> Gap | None:
        """The gap of a measure; None where nothing is desired of it, or nothing is known of it."""
        return self._by_place.get((touchpoint, measure, segment))

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, str], Gap]:
        return {(gap.touchpoint, gap.measure, gap.segment): gap for gap in self.gaps}
