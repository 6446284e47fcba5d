"""Timestamps and durations on arrays, in microseconds: arithmetic within limits, the calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["CHECKED", "TOTAL"]

_FIRST, _LAST = np.datetime64("0001-01-01", "us"), np.datetime64("9999-12-31T23:59:59.999999", "us")
_LONGEST = np.timedelta64(2**63 // 1000, "us")
Result = tuple[Any, Any]


def _moment(values: Any) -> Result:
    failed = (values < _FIRST) | (values > _LAST)
    return (np.where(failed, _FIRST, values), failed) if failed.any() else (values, None)


def _length(values: Any) -> Result:
    failed = (values < -_LONGEST) | (values > _LONGEST)
    return (np.where(failed, np.timedelta64(0, "us"), values), failed) if failed.any() else (values, None)


def _since(unit: str, start: str) -> Callable[[Any], Any]:
    """How many units have passed since the start of the surrounding unit."""

    def read(moment: Any) -> Any:
        passed = moment.astype(f"M8[{unit}]") - moment.astype(f"M8[{start}]").astype(f"M8[{unit}]")
        return passed.astype(np.int64)

    return read


def _whole(micros: int) -> Callable[[Any], Any]:
    def read(length: Any) -> Any:
        count = length.astype(np.int64)
        return np.sign(count) * (np.abs(count) // micros)

    return read


_date = _since("D", "M")

CHECKED: dict[str, Callable[..., Result]] = {
    "add_timestamp_duration": lambda moment, length: _moment(moment + length),
    "add_duration_timestamp": lambda length, moment: _moment(moment + length),
    "subtract_timestamp_duration": lambda moment, length: _moment(moment - length),
    "subtract_timestamp_timestamp": lambda end, start: _length(end - start),
    "add_duration_duration": lambda left, right: _length(left + right),
    "subtract_duration_duration": lambda left, right: _length(left - right),
}
"""By overload: values, and the rows beyond what the language can hold."""

TOTAL: dict[str, Callable[..., Any]] = {
    "timestamp_to_full_year": lambda moment: moment.astype("M8[Y]").astype(np.int64) + 1970,
    "timestamp_to_month": _since("M", "Y"),
    "timestamp_to_date": lambda moment: _date(moment) + 1,
    "timestamp_to_day_of_month": _date,
    "timestamp_to_day_of_year": _since("D", "Y"),
    "timestamp_to_day_of_week": lambda moment: (moment.astype("M8[D]").astype(np.int64) + 4) % 7,
    "timestamp_to_hours": _since("h", "D"),
    "timestamp_to_minutes": _since("m", "h"),
    "timestamp_to_seconds": _since("s", "m"),
    "timestamp_to_milliseconds": _since("ms", "s"),
    "duration_to_hours": _whole(3_600_000_000),
    "duration_to_minutes": _whole(60_000_000),
    "duration_to_seconds": _whole(1_000_000),
}
"""By overload; in UTC. Other time zones go through the function's own Python, row by row."""
