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


def quarter(date: dt.date) -> str:
    """`Q1 2027`."""
    return f"Q{(date.month + 2) // 3} {date.year}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
