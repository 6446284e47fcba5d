"""Periods: whole numbers in queries, labels for people.

Months, quarters and years count from the year 0; weeks and days from the first day of the year 1, a Monday.
Weeks are those of ISO 8601: they begin on Monday and belong to the year that holds their Thursday.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import cast

from cxengine.metrics import spelling
from cxengine.project.model import Period

NO_TIME = -1
"""The number of an answer of which nobody knows when it was given."""

LAST_YEAR = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many periods before is the same period of the year before; of days and weeks the same weekday."""

_PER_YEAR = {"month": 12, "quarter": 4, "year": 1}
_YEAR = 365.2425
"""Days, on average over 400 years."""
_EPOCH = dt.date(1970, 1, 1).toordinal() - 1
"""Days from the first day to that from which engines count."""


def sql(length: Period, dialect: str, column: str = "occurred_on") -> str:
    """The number of the period that holds a date; NULL without one."""
    if length in {"day", "week"}:
        days = f"{spelling.day(dialect, column)} + {_EPOCH}"
        return spelling.integer(dialect, days if length == "day" else f"FLOOR(({days}) / 7)")
    number = f"EXTRACT(YEAR FROM {column})"
    if length != "year":
        number += f" * {_PER_YEAR[length]} + EXTRACT({length.upper()} FROM {column}) - 1"
    return spelling.integer(dialect, number)


def label(length: Period, number: int) -> str:
    """What people call it: 2017, 2017-Q2, 2017-05, 2017-W21, 2017-05-24."""
    if length in {"day", "week"}:
        day = first_day(length, number)
        year, week, _ = day.isocalendar()
        return day.isoformat() if length == "day" else f"{year:04}-W{week:02}"
    year, part = divmod(number, _PER_YEAR[length])
    match length:
        case "quarter":
            return f"{year:04}-Q{part + 1}"
        case "month":
            return f"{year:04}-{part + 1:02}"
        case _:
            return f"{year:04}"


def number(length: Period, label: str) -> int:
    """The number of the period with a label."""
    match length:
        case "day":
            return dt.date.fromisoformat(label).toordinal() - 1
        case "week":
            year, _, week = label.partition("-W")
            return (dt.date.fromisocalendar(int(year), int(week), 1).toordinal() - 1) // 7
        case _:
            year, _, part = label.partition("-")
            return int(year) * _PER_YEAR[length] + (int(part.removeprefix("Q")) - 1 if part else 0)


def first_day(length: Period, number: int) -> dt.date:
    """The day on which a period begins."""
    if length in {"day", "week"}:
        return dt.date.fromordinal(number * (7 if length == "week" else 1) + 1)
    year, part = divmod(number, _PER_YEAR[length])
    return dt.date(year, part * (12 // _PER_YEAR[length]) + 1, 1)


def of_day(length: Period, day: dt.date) -> int:
    """The number of the period that holds a day."""
    match length:
        case "day":
            return day.toordinal() - 1
        case "week":
            return (day.toordinal() - 1) // 7
        case _:
            months = 12 // _PER_YEAR[length]
            return day.year * _PER_YEAR[length] + (day.month - 1) // months


def of_epoch(day: int) -> int:
    """The number of a day, given the days since 1970."""
    return day + _EPOCH


def average_days(length: Period) -> float:
    """The days of a period, on average over all years."""
    return {"day": 1.0, "week": 7.0}.get(length) or _YEAR / _PER_YEAR[length]


_SHAPES = {
    "day": r"\d{4}-\d\d-\d\d",
    "week": r"\d{4}-W\d\d",
    "month": r"\d{4}-\d\d",
    "quarter": r"\d{4}-Q\d",
    "year": r"\d{4}",
}


def length_of(label: str) -> Period | None:
    """How long the period with a label is; None of what is no label."""
    for length, shape in _SHAPES.items():
        if re.fullmatch(shape, label):
            return cast(Period, length)
    return None


def within_each(one: Period, other: Period) -> bool:
    """Whether every period of one length lies within one of the other."""
    order = ("day", "month", "quarter", "year")
    return one in {"day", other} or (
        one in order and other in order and order.index(one) < order.index(other)
    )


def within(label: str, others: Sequence[str]) -> tuple[int, ...]:
    """The positions of those of others that lie within a longer period; none where one lies partly in it."""
    first, after = _days(label)
    met = [(i, *_days(other)) for i, other in enumerate(others)]
    met = [(i, start, stop) for i, start, stop in met if start < after and stop > first]
    inside = all(first <= start and stop <= after for _, start, stop in met)
    return tuple(i for i, *_ in met) if inside else ()


def holding(label: str, others: Sequence[str]) -> tuple[int, ...]:
    """The position of that of others in which a shorter period lies."""
    first, after = _days(label)
    days = map(_days, others)
    return tuple(i for i, (start, stop) in enumerate(days) if start <= first and after <= stop)


def _days(label: str) -> tuple[dt.date, dt.date]:
    """The first day of a period, and the first after it."""
    length = length_of(label)
    assert length is not None, label
    place = number(length, label)
    return first_day(length, place), first_day(length, place + 1)
