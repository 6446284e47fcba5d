"""Timestamps and durations: arithmetic, and what the calendar and the clock show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from ..errors import fault
from ..functions import Function, Overload
from ..types import DURATION, INT, STRING, TIMESTAMP
from ..values import INT_MAX, INT_MIN, duration, duration_nanos, timestamp, timestamp_nanos

__all__ = [
    "FUNCTIONS",
    "add_durations",
    "between",
    "earlier",
    "later",
    "make_duration",
    "make_timestamp",
    "subtract_durations",
]


def make_timestamp(nanos: int) -> datetime:
    """The point in time so many nanoseconds after 1970; outside the years 1 to 9999 is an error."""
    try:
        return timestamp(nanos)
    except OverflowError as error:
        raise fault("out_of_range", "the timestamp is out of range (years 1 to 9999)") from error


def make_duration(nanos: int) -> timedelta:
    """The length of time of so many nanoseconds; more than 64 bits of them are an error."""
    if not INT_MIN <= nanos <= INT_MAX:
        raise fault("out_of_range", "the duration is out of range (about 292 years)")
    return duration(nanos)


def later(moment: datetime, length: timedelta) -> datetime:
    """`moment + length`."""
    return make_timestamp(timestamp_nanos(moment) + duration_nanos(length))


def earlier(moment: datetime, length: timedelta) -> datetime:
    """`moment - length`."""
    return make_timestamp(timestamp_nanos(moment) - duration_nanos(length))


def between(end: datetime, start: datetime) -> timedelta:
    """`end - start`."""
    return make_duration(timestamp_nanos(end) - timestamp_nanos(start))


def add_durations(left: timedelta, right: timedelta) -> timedelta:
    """`left + right`."""
    return make_duration(duration_nanos(left) + duration_nanos(right))


def subtract_durations(left: timedelta, right: timedelta) -> timedelta:
    """`left - right`."""
    return make_duration(duration_nanos(left) - duration_nanos(right))


_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    """The zone of a name such as `Europe/Berlin` or of an offset such as `+02:00`."""
    offset = _OFFSET.fullmatch(name)
    if offset and int(offset[2]) < 24 and int(offset[3]) < 60:
        length = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-length if offset[1] == "-" else length)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise fault("invalid_argument", f"no time zone is called {name!r}") from error


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(_zone(zone))
    except OverflowError as error:
        raise fault("out_of_range", "the timestamp is out of range in that time zone") from error


def _getter(name: str, about: str, read: Callable[[datetime], int], *more: Overload) -> Function:
    stem = "timestamp_to_" + re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name.removeprefix("get")).lstrip(
        "_"
    )

    def in_utc(moment: datetime) -> int:
        return read(moment.astimezone(UTC))

    def in_zone(moment: datetime, zone: str) -> int:
        return read(_local(moment, zone))

    plain = Overload(stem, (TIMESTAMP,), INT, receiver=True, python=in_utc)
    zoned = Overload(f"{stem}_with_tz", (TIMESTAMP, STRING), INT, receiver=True, python=in_zone, cost=2)
    return Function(name, (plain, zoned, *more), about)


def _length(id_: str, read: Callable[[int], int]) -> Overload:
    def measured(length: timedelta) -> int:
        nanos = duration_nanos(length)
        return read(nanos) if nanos >= 0 else -read(-nanos)

    return Overload(id_, (DURATION,), INT, receiver=True, python=measured)


FUNCTIONS = (
    _getter("getFullYear", "The year.", lambda t: t.year),
    _getter("getMonth", "The month, counted from 0.", lambda t: t.month - 1),
    _getter("getDate", "The day of the month, counted from 1.", lambda t: t.day),
    _getter("getDayOfMonth", "The day of the month, counted from 0.", lambda t: t.day - 1),
    _getter("getDayOfWeek", "The day of the week, Sunday is 0.", lambda t: t.isoweekday() % 7),
    _getter("getDayOfYear", "The day of the year, counted from 0.", lambda t: t.timetuple().tm_yday - 1),
    _getter(
        "getHours",
        "The hour of the day, or the whole hours of a duration.",
        lambda t: t.hour,
        _length("duration_to_hours", lambda nanos: nanos // 3_600_000_000_000),
    ),
    _getter(
        "getMinutes",
        "The minute of the hour, or the whole minutes of a duration.",
        lambda t: t.minute,
        _length("duration_to_minutes", lambda nanos: nanos // 60_000_000_000),
    ),
    _getter(
        "getSeconds",
        "The second of the minute, or the whole seconds of a duration.",
        lambda t: t.second,
        _length("duration_to_seconds", lambda nanos: nanos // 1_000_000_000),
    ),
    _getter(
        "getMilliseconds",
        "The milliseconds of the second.",
        lambda t: t.microsecond // 1000,
        _length("duration_to_milliseconds", lambda nanos: nanos // 1_000_000 % 1000),
    ),
)
