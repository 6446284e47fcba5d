"""What is planted: the truth that measurements of generated data should find.

A population is a set of profiles (kinds of customers) with shares; a segment is the set of profiles
that belong to it. At a touchpoint the mean answer of a profile is the touchpoint's mean, plus the
shift of the period, plus the shift of every segment to which the profile belongs; so the mean of any
segment in any period is known exactly. Loyalty rises with the answers: see `Touchpoint.effect`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs

EVERYBODY = "all"


@attrs.frozen(eq=False)
class Profile:
    """A kind of customer and its share of the population; each is itself, whatever its values."""

    attributes: Mapping[str, str | bool]
    share: float
    response: float = 1.0
    """How often it answers a survey, relative to the others: weights make up for it."""


@attrs.frozen
class PlantedTouchpoint:
    """A touchpoint with its true means on the scale from 1 to 5."""

    id: str
    mean: float
    """In the first period, for a customer who belongs to no segment that shifts it."""
    reach: float
    """Share of the customers who meet it (of those in `only`, where that is set)."""
    shifts: tuple[float, ...] = ()
    """Added to the mean in period 0, 1, ...; nothing where it is empty."""
    segments: Mapping[str, float] = MappingProxyType({})
    """Added to the mean for customers of a segment."""
    effect: float = 0.0
    """Points on the latent 0-10 loyalty scale that one point of satisfaction here brings."""
    only: str = EVERYBODY
    """The segment whose customers alone meet it."""


@attrs.frozen
class Truth:
    """A population and the touchpoints it meets."""

    profiles: tuple[Profile, ...]
    segments: Mapping[str, Callable[[Profile], bool]]
    touchpoints: tuple[PlantedTouchpoint, ...]
    periods: tuple[str, ...]

    def touchpoint(self, touchpoint: str) -> PlantedTouchpoint:
        """The planted touchpoint of that id."""
        return next(planted for planted in self.touchpoints if planted.id == touchpoint)

    def belongs(self, profile: Profile, segment: str) -> bool:
        """Whether customers of a profile are part of a segment; everybody is part of "all"."""
        return segment == EVERYBODY or self.segments[segment](profile)

    def mean_of(self, planted: PlantedTouchpoint, profile: Profile, period: int) -> float:
        """The mean answer of one profile."""
        shift = planted.shifts[period] if planted.shifts else 0.0
        return (
            planted.mean
            + shift
            + sum(change for segment, change in planted.segments.items() if self.belongs(profile, segment))
        )

    def mean(self, touchpoint: str, period: int, segment: str = EVERYBODY) -> float:
        """The mean answer of a segment at a touchpoint in a period, in the population."""
        planted = self.touchpoint(touchpoint)
        there = [
            profile
            for profile in self.profiles
            if self.belongs(profile, segment) and self.belongs(profile, planted.only)
        ]
        total = sum(profile.share for profile in there)
        return sum(profile.share * self.mean_of(planted, profile, period) for profile in there) / total

    def driver_order(self) -> tuple[str, ...]:
        """Touchpoints that move loyalty, the strongest effect first."""
        drivers = (planted for planted in self.touchpoints if planted.effect)
        return tuple(planted.id for planted in sorted(drivers, key=lambda planted: -planted.effect))
