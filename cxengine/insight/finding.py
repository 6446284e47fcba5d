"""A finding: one sentence that a good analyst would defend, with its effect, interval, n and caution.

How much a finding matters is the same for all kinds, in points from 0 to 100:

    100 x size x reach x certainty

size is how much of the whole range of its measure the effect is (all of it: 1), reach the share of customers
whom it concerns (1 where that is not known), certainty how sure it is that there is such an effect: 0 where
the one direction is as likely as the other, 1 where there is no doubt. It is a rule for the order of reading,
no forecast.
"""

from __future__ import annotations

import datetime as dt
from math import erf, isfinite, sqrt
from typing import Literal

import attrs

FindingKind = Literal[
    "driver",
    "segment driver",
    "factor",
    "edge",
    "path",
    "pain",
    "love",
    "change",
    "theme",
    "gap",
    "moment of truth",
    "peak-end",
    "persona",
    "missing touchpoint",
    "unmet touchpoint",
    "impact",
    "no impact",
    "conformance",
    "departure",
    "loop",
    "drop-off",
    "segment journey",
    "rox",
    "caution",
    "refused",
]


@attrs.frozen
class Finding:
    """One thing worth knowing. Numbers are None where a finding is none about a number."""

    kind: FindingKind
    model: str
    """Id of what it comes from: a driver model, a metric, an observed journey, a return on experience."""
    subject: str
    """Id of the touchpoint, stage, driver or initiative, or name of the factor or theme; empty for all."""
    segment: str
    """"all" for everybody."""
    text: str
    effect: float | None
    low: float | None
    high: float | None
    n: int
    matters: float
    """Points from 0 to 100: the more, the sooner it should be read. 0 for notes, which come last."""
    caution: str
    """What it may not be used for."""
    touchpoints: tuple[str, ...] = ()
    """Ids of the touchpoints that it is about."""


def points(size: float, reach: float = 1.0, certainty: float = 1.0) -> float:
    """How much a finding matters, from 0 to 100; every part is between 0 and 1, and taken as such."""
    parts = (min(abs(part), 1.0) if isfinite(part) else 0.0 for part in (size, reach, certainty))
    a, b, c = parts
    return 100 * a * b * c


def certainty(value: float, low: float, high: float, none: float = 0.0) -> float:
    """How sure it is that an effect with a 95% interval is on its side of `none`: 0 not at all, 1 entirely.

    The normal deviate of the distance to `none`, by the half of the interval on that side: P(|Z| < z).
    """
    from cxengine.plugin.intervals import deviates

    return erf(abs(float(deviates(value - none, value - low, high - value))) / sqrt(2))


def since(day: dt.date | None) -> str:
    """A last sentence about what is told again as it was then; nothing about what is of now."""
    return "" if day is None else f" As of {day}."


def chance_of(probability: float) -> str:
    """A probability from draws in whole percent, never quite certain."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"
