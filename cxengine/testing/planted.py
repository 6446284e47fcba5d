"""A whole planted shop: every figure that measuring its generated evidence should find is known.

    truth = Planted(touchpoints=(...), desks={"returns": 40.0})
    shop = testing.generate(folder, seed=7, truth=truth)
    result = Engine().run(shop.folder)
    assert result.measurements.get("csat", "touchpoint", "search").low <= truth.csat("search")

Customers have moods, so that the answers of each are alike. Loyalty follows the satisfaction with touchpoints
by their effects, compared with other customers, not with other months: seasons and regions shift what people
say of touchpoints, and leave loyalty as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from cxengine.testing.dice import answer_shares
from cxengine.testing.purchases import PlantedPurchases


@attrs.frozen
class Intervention:
    """What changes the mean satisfaction with a touchpoint from a month on."""

    touchpoint: str
    month: int
    """Counted from 0."""
    change: float


@attrs.frozen
class PlantedAnswers:
    """A touchpoint with its mean satisfaction (1 to 5), mean ease (1 to 7), and its effect on loyalty."""

    id: str
    satisfaction: float = 3.7
    ease: float = 5.0
    effect: float = 0.0


@attrs.frozen
class Planted:
    """The truth of a shop."""

    touchpoints: tuple[PlantedAnswers, ...]
    regions: Mapping[str, float] = MappingProxyType({"north": 0.0})
    """The segments, equally large, with what each adds to the mean satisfaction everywhere."""
    loyalty: float = 8.0
    """Mean recommendation, 0 to 10."""
    noise: float = 1.0
    """What else moves loyalty, in standard deviations; effects are in the same unit."""
    mood: float = 0.3
    """Correlation of the answers of one customer, on the latent normal scale."""
    months: int = 24
    season: float = 0.0
    """How far the mean satisfaction swings over a year, up in its first half and down in its second."""
    interventions: tuple[Intervention, ...] = ()
    desks: Mapping[str, float] = MappingProxyType({})
    """Service desks with the median hours until a ticket is closed; those open at the end are censored."""
    purchases: PlantedPurchases | None = None

    def satisfaction(self, touchpoint: str, region: str, month: int) -> float:
        """The mean of answers from 1 to 5 in a month."""
        planted = next(one for one in self.touchpoints if one.id == touchpoint)
        changes = (i.change for i in self.interventions if i.touchpoint == touchpoint and month >= i.month)
        swing = self.season * math.sin(2 * math.pi * (month + 0.5) / 12)
        return planted.satisfaction + self.regions[region] + swing + sum(changes)

    def csat(self, touchpoint: str, region: str | None = None) -> float:
        """The mean of all months, of a region or everybody."""
        regions = self.regions if region is None else (region,)
        means = [self.satisfaction(touchpoint, r, m) for r in regions for m in range(self.months)]
        return sum(means) / len(means)

    def ces(self, touchpoint: str) -> float:
        """The mean agreement from 1 to 7 that it was easy."""
        return next(one.ease for one in self.touchpoints if one.id == touchpoint)

    @property
    def nps(self) -> float:
        """Promoters less detractors, in points."""
        shares = answer_shares(0, 10, self.loyalty)
        return 100 * (sum(shares[9:]) - sum(shares[:7]))

    @property
    def drivers(self) -> tuple[str, ...]:
        """The touchpoints that move loyalty, the strongest effect first."""
        moving = sorted((one for one in self.touchpoints if one.effect), key=lambda one: -one.effect)
        return tuple(one.id for one in moving)
