"""Periods: what queries count, what people read."""

import datetime as dt

import duckdb
import pytest

from cxengine.metrics import period

MOMENTS = ["2024-02-29 23:59:59.999999", "2024-12-30 00:00:00", "2021-01-03 05:00:00", "1969-12-31 01:00:00"]
LABELS = {
    "day": ["2024-02-29", "2024-12-30", "2021-01-03", "1969-12-31"],
    "week": ["2024-W09", "2025-W01", "2020-W53", "1970-W01"],
    "month": ["2024-02", "2024-12", "2021-01", "1969-12"],
    "quarter": ["2024-Q1", "2024-Q4", "2021-Q1", "1969-Q4"],
    "year": ["2024", "2024", "2021", "1969"],
}


@pytest.mark.parametrize("length", list(LABELS))
def test_a_day_is_in_one_period_whose_label_and_first_day_name_it(length):
    for moment, label in zip(MOMENTS, LABELS[length], strict=True):
        query = (
            f"SELECT {period.sql(length, 'duckdb', 'day')} FROM (SELECT TIMESTAMP '{moment}'::DATE AS day)"
        )
        number = duckdb.connect().execute(query).fetchall()[0][0]
        assert period.label(length, number) == label
        assert period.number(length, label) == number
        day = dt.datetime.fromisoformat(moment).date()
        assert period.first_day(length, number) <= day < period.first_day(length, number + 1)


@pytest.mark.parametrize("length", list(LABELS))
def test_the_same_period_of_the_year_before_is_a_year_before(length):
    now = period.number(length, LABELS[length][0])
    then = period.first_day(length, now - period.LAST_YEAR[length])
    assert abs((period.first_day(length, now) - then).days - 365) <= 2


@pytest.mark.parametrize("length", ["day", "week"])
def test_days_and_weeks_are_compared_with_the_same_weekday(length):
    number = period.number(length, LABELS[length][0])
    now, then = (period.first_day(length, n) for n in (number, number - period.LAST_YEAR[length]))
    assert now.weekday() == then.weekday()


ORDER = ["day", "week", "month", "quarter", "year"]
WITHIN = {
    "day": {*ORDER},
    "week": {"week"},  # a week may lie in two months, and in two years
    "month": {"month", "quarter", "year"},
    "quarter": {"quarter", "year"},
    "year": {"year"},
}


@pytest.mark.parametrize("one", ORDER)
def test_which_lengths_lie_within_which(one):
    assert {other for other in ORDER if period.within_each(one, other)} == WITHIN[one]


def test_a_period_is_held_where_all_of_its_days_are():
    months = ["2024-01", "2024-02"]
    held = {
        label: period.holding(label, months)
        for label in ("2024-W04", "2024-W05", "2024-W06", "2024-02-29", "2024")
    }
    assert held == {"2024-W04": (0,), "2024-W05": (), "2024-W06": (1,), "2024-02-29": (1,), "2024": ()}


def test_of_periods_that_lie_partly_in_a_longer_one_none_is_within():
    days = ["2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"]
    assert period.within("2024-02", days) == (1, 2)
    assert period.within("2024-02", ["2024-W05", "2024-W06"]) == ()  # W05 begins in January
    assert period.within("2024-02", ["2024-W06", "2024-W07"]) == (0, 1)
