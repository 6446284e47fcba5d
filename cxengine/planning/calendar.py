"""Weeks of a roadmap and their working days.

Weeks count from 1 and begin on Monday; week 1 is the one that holds the roadmap's first day. Work
is done from Monday to Friday. Working days count from 0, and an end is exclusive: what is finished
on the roadmap's first Friday, when it starts on a Monday, ends at 5.
"""

from __future__ import annotations

import datetime as dt

import attrs

from cxengine.project.model import Period

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@attrs.frozen
class Calendar:
    """The weeks from `start` on."""

    start: dt.date
    weeks: int

    @property
    def days(self) -> int:
        """Working days of the plan."""
        return self.days_until(self._monday(self.weeks) + dt.timedelta(days=6))

    def day(self, number: int) -> dt.date:
        """The working day of that number; the last day that there is, where dates end before it."""
        weeks, rest = divmod(self._first.weekday() + number, 5)
        days = weeks * 7 + rest - self._first.weekday()
        return self._first + dt.timedelta(days=min(days, (dt.date.max - self._first).days))

    def last_day_of(self, end: int) -> dt.date:
        """The day on which what ends there is finished."""
        return self.day(max(end - 1, 0))

    def days_until(self, day: dt.date) -> int:
        """Working days up to that day, itself included: the end of what is finished on it."""
        weeks, rest = divmod((day - self._first).days + self._first.weekday(), 7)
        return max(weeks * 5 + min(rest + 1, 5) - self._first.weekday(), 0)

    def days_before(self, day: dt.date) -> int:
        """Working days before that day: the number of the first working day from it on."""
        return self.days_until(day - dt.timedelta(days=1))

    def week_of(self, number: int) -> int:
        """The week of a working day."""
        return self.week(self.day(number))

    def week(self, day: dt.date) -> int:
        """The week of a day."""
        return 1 + (day - self._monday(1)).days // 7

    @property
    def _first(self) -> dt.date:
        weekday = self.start.weekday()
        return self.start if weekday < 5 else self.start + dt.timedelta(days=7 - weekday)

    def _monday(self, week: int) -> dt.date:
        return self.start - dt.timedelta(days=self.start.weekday()) + dt.timedelta(weeks=week - 1)


def one_period_after(day: dt.date, period: Period) -> dt.date:
    """The same day one period later, or the last of its month where that month is shorter."""
    if period in _DAYS:
        return day + dt.timedelta(days=_DAYS[period])
    months = day.year * 12 + day.month - 1 + _MONTHS[period]
    first = dt.date(months // 12, months % 12 + 1, 1)
    following = dt.date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))
