"""The planted truth of an invented online shop for furniture and lighting, "Morrow & Wren".

What is planted, so that a run over the shop's evidence has something to find:

- a new carrier since the third quarter (2026-Q2): satisfaction with delivery falls by 0.55 and then
  0.85 points, more for large orders and abroad, and fewer parcels arrive on time;
- a relaunched search since the second quarter: satisfaction with search rises;
- hard-to-use checkout for new customers and on the phone app;
- service contacts that are slow and often do not resolve the issue; slow refunds;
- loves worth keeping: unboxing, living with the product, advice in chat;
- loyalty driven by delivery, service, the product, refund and checkout, in that order;
- newsletter and club matter little, whatever they score;
- new customers answer surveys half as often as others: weights are needed to see everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

import attrs

from cxengine.testing.truth import PlantedTouchpoint, Profile, Truth

FIRST_DAY = dt.date(2025, 10, 1)
LAST_DAY = dt.date(2026, 9, 30)
QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
LARGE_ORDER = 500.0


def _profiles() -> tuple[Profile, ...]:
    """Customers by type, membership, device, country and size of order, independent but for membership."""
    types = {"new": 0.4, "returning": 0.6}
    member = {"new": 0.1, "returning": 0.5}
    response = {"new": 0.5, "returning": 1.0}
    choices = product(types, (True, False), {"app": 0.45, "web": 0.55}.items(), (True, False), (True, False))
    profiles = []
    for kind, is_member, (device, device_share), abroad, large in choices:
        attributes: dict[str, str | bool] = {"customer_type": kind, "device": device}
        attributes |= {"member": is_member, "abroad": abroad, "large": large}
        joined = member[kind] if is_member else 1 - member[kind]
        share = types[kind] * joined * device_share * (0.25 if abroad else 0.75) * (0.3 if large else 0.7)
        profiles.append(Profile(MappingProxyType(attributes), share, response[kind]))
    return tuple(profiles)


TRUTH = Truth(
    profiles=_profiles(),
    segments=MappingProxyType(
        {
            "new-customers": lambda profile: profile.attributes["customer_type"] == "new",
            "regulars": lambda profile: profile.attributes["customer_type"] == "returning",
            "members": lambda profile: bool(profile.attributes["member"]),
            "app-shoppers": lambda profile: profile.attributes["device"] == "app",
            "large-orders": lambda profile: bool(profile.attributes["large"]),
            "cross-border": lambda profile: bool(profile.attributes["abroad"]),
        }
    ),
    touchpoints=(
        PlantedTouchpoint("room-ideas", 4.1, 0.30),
        PlantedTouchpoint("newsletter", 3.3, 0.35, effect=0.03),
        PlantedTouchpoint("reviews-by-others", 3.9, 0.40, effect=0.05),
        PlantedTouchpoint("search", 3.4, 0.80, shifts=(0.0, 0.3, 0.35, 0.4), effect=0.15),
        PlantedTouchpoint("product-page", 4.0, 0.88, segments={"app-shoppers": -0.15}, effect=0.2),
        PlantedTouchpoint("chat-advice", 4.4, 0.14, segments={"new-customers": 0.1}, effect=0.1),
        PlantedTouchpoint("basket", 4.1, 0.75, effect=0.05),
        PlantedTouchpoint(
            "checkout", 4.0, 0.70, segments={"new-customers": -0.7, "app-shoppers": -0.5}, effect=0.45
        ),
        PlantedTouchpoint("payment", 4.25, 0.68, segments={"cross-border": -0.7}, effect=0.1),
        PlantedTouchpoint("order-confirmation", 4.4, 0.66),
        PlantedTouchpoint("tracking", 3.4, 0.60, shifts=(0.0, 0.0, -0.1, -0.2), effect=0.2),
        PlantedTouchpoint(
            "delivery",
            3.8,
            0.64,
            shifts=(0.0, 0.0, -0.55, -0.85),
            segments={"large-orders": -0.7, "cross-border": -0.4},
            effect=0.9,
        ),
        PlantedTouchpoint("unboxing", 4.5, 0.58, effect=0.15),
        PlantedTouchpoint("assembly", 3.2, 0.36, segments={"large-orders": -0.3}, effect=0.3),
        PlantedTouchpoint("living-with-it", 4.4, 0.50, effect=0.7),
        PlantedTouchpoint("my-account", 3.7, 0.42, effect=0.05),
        PlantedTouchpoint("club", 3.6, 0.60, effect=0.04, only="members"),
        PlantedTouchpoint("order-again", 4.3, 0.40, effect=0.1, only="regulars"),
        PlantedTouchpoint("help-centre", 2.7, 0.28, effect=0.15),
        PlantedTouchpoint("service-contact", 2.6, 0.22, segments={"members": 0.2}, effect=0.8),
        PlantedTouchpoint("returns", 3.3, 0.18, segments={"cross-border": -0.8}, effect=0.35),
        PlantedTouchpoint("refund", 2.4, 0.15, effect=0.5),
    ),
    periods=QUARTERS,
)

LOYALTY_BASE = 8.7
"""Latent recommendation of a customer whose every answer is `LOYALTY_CENTRE`."""
LOYALTY_CENTRE = 3.9
LOYALTY_NOISE = 1.5
MOOD = 0.3
"""Correlation of one customer's answers at different touchpoints (on the latent normal scale)."""

EASE = MappingProxyType({"checkout": 5.2, "returns": 4.5})
"""Mean agreement, 1 to 7, with "was easy", asked in the survey, of customers whom no segment shifts."""
EASE_SHIFT = 1.5
"""What one point of satisfaction that segment or period shifts adds to it."""


@attrs.frozen
class Desk:
    """A service desk: how easy customers find it, how often one contact is enough, how long it takes."""

    share: float
    ease: float
    resolved: float
    median_hours: float


DESKS: Mapping[str, Desk] = MappingProxyType(
    {
        "service-contact": Desk(share=0.6, ease=3.7, resolved=0.58, median_hours=26.0),
        "returns": Desk(share=0.22, ease=4.4, resolved=0.71, median_hours=40.0),
        "refund": Desk(share=0.18, ease=3.3, resolved=0.49, median_hours=75.0),
    }
)

STARS = 4.25
"""Mean stars of product reviews."""

ON_TIME: tuple[float, ...] = (0.94, 0.93, 0.83, 0.79)
"""Share of domestic orders that arrive when promised, by quarter."""
ON_TIME_ABROAD = -0.08
"""Added to it for orders from abroad."""


def quarter_of(day: dt.date) -> int:
    """The position of a day's quarter in `QUARTERS`."""
    return (day.year - FIRST_DAY.year) * 4 + (day.month - FIRST_DAY.month) // 3


def ease_of(touchpoint: str, profile: Profile, period: int) -> float:
    """The mean agreement of a profile with "was easy" at a touchpoint."""
    planted = TRUTH.touchpoint(touchpoint)
    return EASE[touchpoint] + EASE_SHIFT * (TRUTH.mean_of(planted, profile, period) - planted.mean)
