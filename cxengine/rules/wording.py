"""How values read in a sentence: rounded numbers, intervals, lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_MEASURED = ("value", "low", "high", "n")
_ESTIMATED = ("low", "likely", "high")


def shown(value: Any) -> str:
    """The value as a person would write it.

    Numbers are rounded to three significant digits, but never lose digits before the point. A
    measurement reads "37.2 (95% 33.1 to 41.0, n = 412)", with as many digits as its interval leaves a
    meaning, an estimate "2 to 5, likely 3", and anything else that has a name reads as its name.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _record(value)
    if isinstance(value, list | tuple):
        return listed([shown(v) for v in value])
    return "nothing" if value is None else str(value)


def listed(words: Sequence[str]) -> str:
    """The words as a list: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def decimals(low: float, high: float) -> int | None:
    """Digits after the point that an interval leaves a meaning: two significant ones of its width.

    None where it has no width, or no end.
    """
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return None
    return min(max(1 - math.floor(math.log10(width)), 0), 6)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else "infinite"
    digits = 2 if value == 0 else max(2 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:.{min(digits, 6)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _measured(middle: float, low: float, high: float, n: float) -> str:
    """All three with the same digits after the point."""
    digits = decimals(low, high)
    if digits is None:
        return f"{_number(middle)} (95% {_number(low)} to {_number(high)}, n = {shown(n)})"
    return f"{_fixed(middle, digits)} (95% {_fixed(low, digits)} to {_fixed(high, digits)}, n = {shown(n)})"


def _fixed(value: float, digits: int) -> str:
    """Without the sign of a zero."""
    return f"{value:.{digits}f}" if round(value, digits) else f"{0:.{digits}f}"


def _record(value: Mapping[str, Any]) -> str:
    if all(key in value for key in _MEASURED):
        return _measured(*(value[key] for key in _MEASURED))
    if all(key in value for key in _ESTIMATED):
        low, likely, high = (shown(value[key]) for key in _ESTIMATED)
        return likely if low == high else f"{low} to {high}, likely {likely}"
    if "name" in value:
        return shown(value["name"])
    return listed([f"{key} {shown(value[key])}" for key in value])
