"""Business hours: SQL against a clock that is watched minute by minute."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.engine import Engine
from cxengine.evidence.backend import DuckDB
from cxengine.evidence.business_hours import BusinessHours
from cxengine.project.model import Calendar
from cxengine.project.opening import WEEKDAYS

MINUTE = 60_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def minutes(moment: dt.datetime) -> int:
    return int((moment - EPOCH).total_seconds() // 60)


def watched(calendar: Calendar, start: int, stop: int, *, every: int = 1) -> int:
    """Working minutes between two minutes since 1970: every one is looked at on the clocks of the place.

    Where all hours and both moments lie on them, it is enough to look `every` so many minutes.
    """
    zone = ZoneInfo(calendar.timezone)
    hours: dict[int, list[tuple[str, str]]] = {day: [] for day in range(7)}
    for text in calendar.open:
        days, times = text.split()
        first, _, last = days.partition("-")
        day = WEEKDAYS.index(first)
        while True:
            hours[day % 7].append(tuple(times.split("-")))
            if WEEKDAYS[day % 7] == (last or first):
                break
            day += 1
    worked = 0
    for minute in range(start, stop, every):
        local = (EPOCH + dt.timedelta(minutes=minute)).astimezone(zone)
        clock = f"{local:%H:%M}"
        open_now = any(begin <= clock < end for begin, end in hours[local.weekday()])
        worked += open_now and local.date() not in calendar.holidays
    return worked * every


@cache
def loaded(calendar_id: str) -> tuple[BusinessHours, DuckDB]:
    """A calendar, and an engine that knows it."""
    calendar = next(c for c in (DESK, NIGHTS, HALF) if c.id == calendar_id)
    hours = BusinessHours.of(calendar, calendar.timezone or "UTC")
    backend = DuckDB()
    hours.load(backend)
    return hours, backend


def computed(calendar: Calendar, spans: list[tuple[int, int]]) -> list[float]:
    """The same by SQL, in minutes."""
    hours, backend = loaded(calendar.id)
    rows = ", ".join(f"({start * MINUTE}, {stop * MINUTE})" for start, stop in spans)
    query = (
        f"SELECT ({hours.until('stop')} - {hours.until('start')}) / {MINUTE} AS worked"
        f" FROM (VALUES {rows}) AS spans (start, stop)"
    )
    return backend.execute(query).column("worked").to_pylist()


DESK = Calendar(
    id="desk",
    timezone="Europe/Berlin",
    open=("mon-thu 09:00-12:30", "mon-thu 13:00-17:30", "fri 09:00-16:00"),
    holidays=(dt.date(2024, 12, 25), dt.date(2024, 12, 26)),
)
NIGHTS = Calendar(
    id="nights", timezone="America/New_York", open=("sat-mon 22:00-24:00", "sun-tue 00:00-06:00")
)
HALF = Calendar(id="half", timezone="Australia/Lord_Howe", open=("sun 01:15-04:45", "sun 02:00-02:10"))


def at(zone: str, *when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=ZoneInfo(zone))


CASES = {
    "within a day": (DESK, at("Europe/Berlin", 2024, 5, 6, 10, 0), at("Europe/Berlin", 2024, 5, 6, 15, 0), 270),
    "over a weekend": (DESK, at("Europe/Berlin", 2024, 5, 3, 15, 0), at("Europe/Berlin", 2024, 5, 6, 10, 0), 120),
    "opened at night": (DESK, at("Europe/Berlin", 2024, 5, 6, 2, 0), at("Europe/Berlin", 2024, 5, 6, 9, 30), 30),
    "opened and closed at night": (DESK, at("Europe/Berlin", 2024, 5, 6, 1, 0), at("Europe/Berlin", 2024, 5, 6, 5, 0), 0),
    "holidays": (DESK, at("Europe/Berlin", 2024, 12, 24, 17, 0), at("Europe/Berlin", 2024, 12, 27, 10, 0), 90),
    "an hour left out": (NIGHTS, at("America/New_York", 2024, 3, 10, 0, 0), at("America/New_York", 2024, 3, 10, 12, 0), 300),
    "an hour twice": (NIGHTS, at("America/New_York", 2024, 11, 3, 0, 0), at("America/New_York", 2024, 11, 3, 12, 0), 420),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_known_spans(name):
    calendar, start, stop, expected = CASES[name]
    span = (minutes(start.astimezone(dt.UTC)), minutes(stop.astimezone(dt.UTC)))
    assert watched(calendar, *span) == expected
    assert computed(calendar, [span]) == [expected]


MOMENTS = st.one_of(
    st.integers(minutes(dt.datetime(2023, 1, 1, tzinfo=dt.UTC)), minutes(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))),
    st.integers(minutes(dt.datetime(2024, 3, 29, tzinfo=dt.UTC)), minutes(dt.datetime(2024, 4, 8, tzinfo=dt.UTC))),
    st.integers(minutes(dt.datetime(2024, 10, 4, tzinfo=dt.UTC)), minutes(dt.datetime(2024, 11, 5, tzinfo=dt.UTC))),
    st.integers(minutes(dt.datetime(2024, 12, 22, tzinfo=dt.UTC)), minutes(dt.datetime(2024, 12, 29, tzinfo=dt.UTC))),
)  # fmt: skip


@pytest.mark.parametrize("calendar", [DESK, NIGHTS, HALF], ids=lambda c: c.id)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(spans=st.lists(st.tuples(MOMENTS, st.integers(0, 5000)), min_size=5, max_size=8))
def test_any_span(calendar, spans):
    found = [(start, start + length) for start, length in spans]
    assert computed(calendar, found) == [watched(calendar, *span) for span in found]


def test_spans_over_years():
    start, stop = (
        dt.datetime(2020, 6, 1, 3, 0, tzinfo=dt.UTC),
        dt.datetime(2023, 9, 28, 14, 30, tzinfo=dt.UTC),
    )
    span = (minutes(start), minutes(stop))
    assert computed(DESK, [span]) == [watched(DESK, *span, every=30)]


def test_what_lies_outside_the_known_days_has_no_time():
    outside = minutes(dt.datetime(2070, 1, 1, tzinfo=dt.UTC))
    assert computed(DESK, [(0, outside), (-5, 10)]) == [None, None]


TICKETS = """
[project]
id = "desk"
name = "Desk"

[[stage]]
id = "ask"
name = "I ask"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "ask"

[[calendar]]
id = "desk"
timezone = "Europe/Berlin"
open = ["mon-fri 09:00-17:00"]

[[signal]]
id = "wait"
wording = "From opening to closing"
direction = "lower_is_better"
unit = "hours"

[[source]]
id = "tickets"
kind = "ticket"
options = { path = "tickets.csv" }

[source.mapping]
response_id = "id"
signals = [{ signal = "wait", columns = { hours = "desk" } }]

[source.mapping.durations.hours]
start = "opened"
end = "closed"
calendar = "desk"
timezone = "Europe/Berlin"
open_until = 2024-06-01
"""


def test_tickets_from_toml(tmp_path):
    """Over a weekend, opened at night, still open, closed after observation ended; three that are wrong."""
    rows = [
        "1,2024-05-03 16:00,2024-05-06 10:00",
        "2,2024-05-03 22:00,2024-05-06 09:30",
        "3,2024-05-30 16:00,",
        "4,2024-05-31 16:00,2024-07-01 12:00",
        "5,2024-05-06 10:00,2024-05-06 09:00",
        "6,1965-05-06 10:00,2024-05-06 12:00",
        "7,tomorrow,2024-05-06 12:00",
    ]
    (tmp_path / "cxengine.toml").write_text(TICKETS, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text("\n".join(["id,opened,closed", *rows]) + "\n", encoding="utf-8")
    evidence = Engine().run(tmp_path).evidence
    query = "SELECT response_id, value, censored FROM signals ORDER BY response_id"
    assert [tuple(row.values()) for row in evidence.backend.execute(query).to_pylist()] == [
        ("tickets:1", 2.0, False),
        ("tickets:2", 0.5, False),
        ("tickets:3", 9.0, True),
        ("tickets:4", 1.0, True),
    ]
    assert evidence.quarantine.column("position").to_pylist() == [5, 6, 7]
    assert "before 1970" in evidence.quarantine.column("reason")[1].as_py()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"])
def test_dates_alone_have_the_business_hours_of_their_days_in_every_zone(tmp_path, zone):
    """From Saturday to Monday there are none; from Friday to Monday those of Friday."""
    toml = TICKETS.replace("Europe/Berlin", zone).replace("open_until = 2024-06-01\n", "")
    (tmp_path / "cxengine.toml").write_text(toml, encoding="utf-8")
    rows = "id,opened,closed\n1,2024-03-02,2024-03-04\n2,2024-03-01,2024-03-04\n"
    (tmp_path / "tickets.csv").write_text(rows, encoding="utf-8")
    evidence = Engine().run(tmp_path).evidence
    query = "SELECT value FROM signals ORDER BY response_id"
    assert evidence.backend.execute(query)["value"].to_pylist() == [0.0, 8.0]
