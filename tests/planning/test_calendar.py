import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.calendar import Calendar, one_period_after

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))


def test_a_roadmap_that_starts_on_a_wednesday():
    calendar = Calendar(dt.date(2027, 1, 6), 10)
    assert calendar.days == 48
    assert [calendar.day(n) for n in (0, 2, 3)] == [dt.date(2027, 1, d) for d in (6, 8, 11)]
    assert [calendar.week_of(n) for n in (0, 2, 3, 7, 8)] == [1, 1, 2, 2, 3]
    assert calendar.days_until(dt.date(2027, 1, 8)) == calendar.days_until(dt.date(2027, 1, 10)) == 3
    assert calendar.last_day_of(3) == dt.date(2027, 1, 8)


@settings(max_examples=200, derandomize=True)
@given(DAYS, st.integers(0, 2000))
def test_working_days_are_counted_one_by_one(start, number):
    calendar = Calendar(start, 52)
    day, following = calendar.day(number), calendar.day(number + 1)
    assert day.weekday() < 5
    assert (following - day).days == (3 if day.weekday() == 4 else 1)
    assert calendar.days_before(day) == number
    assert calendar.days_until(day) == number + 1
    assert calendar.week(following) - calendar.week(day) == (day.weekday() == 4)


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        (dt.date(2027, 1, 31), "month", dt.date(2027, 2, 28)),
        (dt.date(2026, 12, 11), "quarter", dt.date(2027, 3, 11)),
        (dt.date(2026, 12, 28), "week", dt.date(2027, 1, 4)),
        (dt.date(2026, 12, 31), "day", dt.date(2027, 1, 1)),
        (dt.date(2024, 2, 29), "year", dt.date(2025, 2, 28)),
    ],
)
def test_one_period_later(day, period, expected):
    assert one_period_after(day, period) == expected


def test_what_ends_after_the_last_date_ends_on_it():
    calendar = Calendar(dt.date(2027, 1, 4), 52)
    assert calendar.last_day_of(10**300) == dt.date.max
    assert calendar.day(5) == dt.date(2027, 1, 11)
