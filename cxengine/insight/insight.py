"""What the measurements mean: feelings at every touchpoint.

Feelings follow the declared signals about single interactions, on any discrete scale. The neutral zone
(the middle of the scale by default) is 0, the best end of the scale +1, the worst -1, and answers
between them are as far on their way. An answer below 0 is negative and its distance from 0 its severity:
pain = reach x P(negative) x mean severity of the negative answers; love is its mirror image.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Literal

import attrs

from cxengine.insight.apart import Apart
from cxengine.insight.basis import Basis
from cxengine.insight.changes.change import Changes
from cxengine.insight.drivers.report import Drivers
from cxengine.insight.gaps.gap import Gaps
from cxengine.insight.metrics_apart import MetricsApart
from cxengine.insight.moments_of_truth import MomentOfTruth
from cxengine.insight.observed.flow import ObservedJourney
from cxengine.insight.profiles import Profile
from cxengine.insight.remembered import Remembered
from cxengine.insight.themes.theme import Themes
from cxengine.metrics.discovery import Discovery
from cxengine.metrics.measurement import ALL, Measurement

Grade = Literal["strong", "moderate", "weak", "none"]


@attrs.frozen
class Feeling:
    """How one segment feels at one touchpoint, now. Suppressed measurements stay suppressed here.

    `n` counts responses: several answers of one response about a touchpoint are one voice. What an earlier
    run told and this one must suppress is told again as it was: see `cxengine.insight.held`.
    """

    touchpoint: str
    segment: str
    emotion: Measurement
    """Mean answer on the scale from -1 (worst) to +1 (best)."""
    pain: Measurement
    love: Measurement
    """From 0 to 1."""
    reach: float
    """Share of the segment's responses that speak about this touchpoint; NaN where suppressed."""
    grade: Grade
    """How well backed: strong (worth 100 answers), moderate (caution_n), weak, none (suppressed)."""
    differs: bool = False
    """Whether the segment's emotion differs from everybody else's beyond chance, all that the run tests
    considered."""
    share: float = 1.0
    """Share of the segment in the responses of everybody, by weight."""
    base: float = float("inf")
    """The effective number of responses of which reach is a share; infinite where that is certain."""
    made: dt.datetime | None = None
    """When the run was made (UTC) that reckoned it, where it is told again; None for what is of now."""

    @property
    def as_of(self) -> dt.date | None:
        """The day of the run that reckoned it, where it is told again; None for what is of now."""
        return None if self.made is None else self.made.date()


@attrs.frozen(slots=False, eq=False)
class Insight:
    """Feelings per touchpoint and segment, in the order of the journey."""

    feelings: tuple[Feeling, ...]
    drivers: Drivers = Drivers()
    """What goes with the outcomes that the project asks about."""
    apart: tuple[Apart, ...] = ()
    """How segments differ from everybody else, wherever both are shown."""
    metrics_apart: MetricsApart | None = attrs.field(default=None, repr=False)
    """How metrics of segments differ from everybody's; None where nobody asked."""
    moments: tuple[MomentOfTruth, ...] = ()
    """Which touchpoints shape loyalty, every touchpoint in the order of the project."""
    remembered: tuple[Remembered, ...] = ()
    """What everybody, every segment and every persona remembers."""
    profiles: tuple[Profile, ...] = ()
    """Pains and loves of every persona."""
    gaps: Gaps = Gaps()
    """Where the journey falls short of what is desired, and the map of what customers meet."""
    changes: Changes = Changes()
    """What changed over time."""
    themes: Themes = Themes()
    """What people write about."""
    observed: tuple[ObservedJourney, ...] = ()
    """Journeys as customers really went, in the order of the project."""
    discovery: Discovery = Discovery()
    """How all that the run flags, here and among measurements, was told from chance."""
    basis: Basis | None = attrs.field(default=None, repr=False)
    """What feelings were computed from: for what is made of them."""

    def feeling(self, touchpoint: str, segment: str = ALL) -> Feeling | None:
        """The feeling of a segment at a touchpoint; None where nobody said anything."""
        return self._by_cell.get((touchpoint, segment))

    def moment_of_truth(self, touchpoint: str) -> MomentOfTruth | None:
        """How a touchpoint stands as a moment of truth; None where that was not asked."""
        return self._moments.get(touchpoint)

    @cached_property
    def _moments(self) -> dict[str, MomentOfTruth]:
        return {one.touchpoint: one for one in self.moments}

    @cached_property
    def _by_cell(self) -> dict[tuple[str, str], Feeling]:
        return {(f.touchpoint, f.segment): f for f in self.feelings}
