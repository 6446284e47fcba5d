"""Days that were told apart when evidence was read lie in the same periods on every engine."""

import datetime as dt

import pyarrow as pa
import pytest
from engines import Embedded

from cxengine.evidence.engines import open_engine
from cxengine.metrics import period
from cxengine.project.model import EngineSettings

DAYS = [
    *(dt.date(1900, 1, 1), dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(2024, 2, 29)),
    *(dt.date(2026, 3, 29), dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2199, 12, 31), None),
]
LENGTHS = ("day", "week", "month", "quarter", "year")


@pytest.fixture(scope="module")
def engine(settings):
    opened = open_engine(settings, None) or Embedded(settings)
    yield opened
    opened.close()


def numbers(engine):
    rows = pa.table({"i": range(len(DAYS)), "occurred_on": pa.array(DAYS, pa.date32())})
    engine.load("dated", rows.to_reader())
    told = ", ".join(f"{period.sql(length, engine.dialect)} AS of_{length}" for length in LENGTHS)
    return engine.execute(f"SELECT i, {told} FROM dated ORDER BY i").to_pydict()


def test_periods_are_those_of_the_calendar(engine):
    found = numbers(engine)
    for length in LENGTHS:
        expected = [None if day is None else period.of_day(length, day) for day in DAYS]
        assert found[f"of_{length}"] == expected, length


def test_duckdb_in_memory_too():
    opened = Embedded(EngineSettings())
    assert numbers(opened)["of_week"][3] == period.of_day("week", DAYS[3])
    opened.close()
