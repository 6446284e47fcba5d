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
