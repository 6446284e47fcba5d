"""How numbers and dates are written: no more digits than the interval supports."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class Spanned(Protocol):
        """A value with its 95% interval."""

        @property
        def value(self) -> float:
            """The estimate."""

        @property
        def low(self) -> float:
            """The lower limit."""

        @property
        def high(self) -> float:
            """The upper limit."""

    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import Estimate

MINUS = "\N{MINUS SIGN}"
NEVER = 1e-6
"""What no number of draws tells from 0, nor its opposite from 1."""


def number(value: float, decimals: int | None = None, *, signed: bool = False) -> str:
    """A number with thousands separated; without `decimals`, two at most and none that are zero.

    A number that is not known (NaN, infinite) is a dash.
    """
    if not math.isfinite(value):
        return "\N{EN DASH}"
    if decimals is None:
        text = f"{abs(value):,.{0 if abs(value) >= 100 else 2}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{abs(value):,.{decimals}f}"
    if not any(c in "123456789" for c in text):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def decimals_of(measurement: Spanned) -> int:
    """Decimals worth showing: a step of the last one is at most a third of the interval's half width."""
    half = (measurement.high - measurement.low) / 2
    if not math.isfinite(half) or half <= 0:
        return 2
    most = 2 if max(abs(measurement.low), abs(measurement.high)) >= 0.1 else 3
    return min(max(-math.floor(math.log10(half / 3)), 0), most)


def interval(measurement: Measurement) -> str:
    """`39.8 (38.1 to 41.6)`, or that it is suppressed."""
    if measurement.suppressed:
        return "too few answers to show"
    decimals = decimals_of(measurement)
    low, high = number(measurement.low, decimals), number(measurement.high, decimals)
    return f"{number(measurement.value, decimals)} ({low} to {high})"


def span(one: Spanned | None, *, signed: bool = False) -> str:
    """`0.33 (0.27 to 0.38)`; a dash where there is no value, and for a bound that is not known."""
    if one is None:
        return "\N{EN DASH}"
    low, high = (number(bound, signed=signed) for bound in (one.low, one.high))
    return f"{number(one.value, signed=signed)} ({low} to {high})"


def answers(n: int) -> str:
    """`2,746 answers`."""
    return f"{n:,} answer{'' if n == 1 else 's'}"


def estimate(value: Estimate) -> str:
    """`8 (5 to 14)`, or one number where low and high agree."""
    if value.low == value.high:
        return number(value.likely)
    return f"{number(value.likely)} ({number(value.low)} to {number(value.high)})"


def money(value: float, currency: str) -> str:
    """`EUR 12,000`."""
    return f"{currency} {number(value, 0)}"


def percent(share: float) -> str:
    """A share as a percentage; certainty is shown only where the share is exactly 0 or 1."""
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{number(share * 100, 0)}%"


def chance(probability: float) -> str:
    """A probability from draws as a percentage: no number of draws makes certain."""
    return percent(min(max(probability, NEVER), 1 - NEVER))


def day(date: dt.date | None) -> str:
    """`4 Jan 2027`; a day that is not known is a dash."""
    return "\N{EN DASH}" if date is None else f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def quarter(date: dt.date) -> str:
    """`Q1 2027`."""
    return f"Q{(date.month + 2) // 3} {date.year}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fact(value: object) -> str:
    """A value that a rule derived."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(float(value)) if isinstance(value, int | float) else str(value)
