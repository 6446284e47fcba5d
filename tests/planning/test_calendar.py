import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.calendar import Calendar, one_period_after

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))


def test_a_roadmap_that_starts_on_a_wednesday():
    calendar = Calendar(dt.date(2027, 1, 6), 10)
    assert calendar.first_day(1) == dt.date(2027, 1, 6)
    assert calendar.last_day(1) == dt.date(2027, 1, 8)
    assert calendar.first_day(2) == dt.date(2027, 1, 11)
    assert calendar.first_week_from(dt.date(2027, 1, 7)) == 2
    assert calendar.last_week_by(dt.date(2027, 1, 14)) == 1
    assert calendar.last_week_by(dt.date(2027, 1, 15)) == 2
    assert calendar.last_week_by(dt.date(2027, 1, 7)) == 0


@settings(max_examples=200, derandomize=True)
@given(DAYS, DAYS, st.integers(1, 200))
def test_weeks_and_days_agree(start, day, week):
    calendar = Calendar(start, 52)
    first = calendar.first_week_from(day)
    assert calendar.first_day(first) >= day or first == 1
    assert first == 1 or calendar.first_day(first - 1) < day
    last = calendar.last_week_by(day)
    assert last == 0 or calendar.last_day(last) <= day
    assert calendar.last_day(last + 1) > day
    assert calendar.first_day(week) <= calendar.last_day(week) < calendar.first_day(week + 1)


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
