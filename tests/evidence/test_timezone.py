"""Days and periods by the clocks of the organisation; time between two moments by no clock at all."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from cxengine_standard.sources.event_log import EventLog, EventLogOptions
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import Engine
from cxengine.diagnostics import ProjectError
from cxengine.evidence import sql
from cxengine.evidence.backend import DuckDB
from cxengine.plugin import OptionError
from cxengine.project import load

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",  # which had no 30 December 2011
    "UTC",
)
SOURCE = """
[evidence]
period = "{period}"
{zone}

[privacy]
minimum_n = 1

[[source]]
id = "survey"
options = {{ path = "in.csv" }}

[source.mapping]
response_id = "id"
occurred_at = {occurred_at}
signals = [{{ signal = "rating", columns = {{ q = "desk" }} }}]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"
"""


@pytest.fixture
def counted(project):
    """`counted(times)`: how many answers each period has."""

    def of(*times, zone="Europe/Berlin", period="day", occurred_at='"at"', engine="duckdb"):
        named = f'timezone = "{zone}"' if zone else ""
        rows = "".join(f"{i},{time},4\n" for i, time in enumerate(times))
        source = SOURCE.format(period=period, zone=named, occurred_at=occurred_at)
        table = (
            Engine().run(project(source, {"in.csv": f"id,at,q\n{rows}"}), engine=engine).measurements.table
        )
        rows = table.filter(table["level"].to_numpy() == "touchpoint").to_pylist()
        return {row["period"]: row["n"] for row in rows if row["period"] not in {"all", "current"}}

    return of


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    moments=st.lists(
        st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2037, 12, 31)), min_size=1, max_size=40
    ),
)
def test_the_day_of_a_moment_is_that_of_the_clocks(zone, moments):
    texts = [moment.replace(tzinfo=dt.UTC).isoformat() for moment in moments]
    values = ", ".join(f"({i}, {sql.text(text)})" for i, text in enumerate(texts))
    found = DuckDB().execute(
        f"SELECT {sql.day('t', sql.time('t', None, zone), None, zone)} AS day"
        f" FROM (VALUES {values}) AS v(i, t) ORDER BY i"
    )
    there = [dt.datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).date() for text in texts]
    assert found["day"].to_pylist() == there


@settings(max_examples=60)
@given(zone=st.sampled_from(ZONES), moment=st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2037, 12, 31)))
def test_a_time_on_the_clocks_is_on_its_day(zone, moment):
    """Whatever the hour: where the clocks skip it, the day is that of the time after."""
    text = moment.replace(microsecond=0).isoformat(sep=" ")
    found = DuckDB().execute(
        f"SELECT {sql.day('t', sql.time('t', None, zone), None, zone)} AS day FROM (SELECT {sql.text(text)} AS t)"
    )["day"][0]
    there = moment.replace(tzinfo=ZoneInfo(zone), fold=1)
    assert found.as_py() == there.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("day", "before", "after", "hours"),
    [("2026-03-29", "2026-03-28", "2026-03-30", 23), ("2026-10-25", "2026-10-24", "2026-10-26", 25)],
)
def test_days_on_which_the_clocks_change(counted, day, before, after, hours):
    """Every half hour of three days, as a database writes it: in UTC."""
    begin = dt.datetime.fromisoformat(before).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(dt.UTC)
    times = [begin + dt.timedelta(minutes=30 * i) for i in range(2 * (24 + hours + 24))]
    found = counted(*(f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in times))
    assert found == {before: 48, day: 2 * hours, after: 48}


@pytest.mark.parametrize(
    ("period", "there", "utc"),
    [
        ("day", "2027-01-01", "2026-12-31"),
        ("week", "2026-W53", "2026-W53"),
        ("month", "2027-01", "2026-12"),
        ("quarter", "2027-Q1", "2026-Q4"),
        ("year", "2027", "2026"),
    ],
)
def test_periods_are_cut_at_midnight_there(counted, period, there, utc):
    assert counted("2026-12-31T23:30:00Z", period=period) == {there: 1}
    assert counted("2026-12-31T23:30:00Z", period=period, zone="") == {utc: 1}


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Apia", "Europe/Berlin"])
@pytest.mark.parametrize(
    ("text", "occurred_at"),
    [("2026-03-01", '"at"'), ("01.03.2026", '{ column = "at", format = "%d.%m.%Y" }')],
)
def test_a_date_without_a_time_is_that_day_everywhere(counted, zone, text, occurred_at):
    assert counted(text, zone=zone, occurred_at=occurred_at) == {"2026-03-01": 1}


def test_times_that_name_no_zone_are_of_the_project(counted):
    assert counted("2026-03-01 00:30", "2026-03-01 23:30") == {"2026-03-01": 2}
    utc = '{ column = "at", timezone = "UTC" }'
    assert counted("2026-03-01 00:30", "2026-03-01 23:30", occurred_at=utc) == {
        "2026-03-01": 1,
        "2026-03-02": 1,
    }


def test_the_engine_that_measures_knows_no_zone(counted, monkeypatch):
    """What it is given holds the days: whatever it takes for its own zone, they stay."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert counted("2026-12-31T23:30:00Z", "2026-12-31T22:30:00Z") == {"2026-12-31": 1, "2027-01-01": 1}


DURATIONS = """
[evidence]
timezone = "Europe/Berlin"

[privacy]
minimum_n = 1

[[calendar]]
id = "desk"
open = ["mon-sun 09:00-17:00"]

[[signal]]
id = "work"
wording = "Hours worked"

[[source]]
id = "tickets"
kind = "ticket"
options = { path = "in.csv" }

[source.mapping]
occurred_at = "opened"
signals = [{ signal = "wait", columns = { took = "desk" } }, { signal = "work", columns = { worked = "desk" } }]
durations.took = { start = "opened", end = "closed", unit = "hours" }
durations.worked = { start = "opened", end = "closed", unit = "hours", calendar = "desk" }
"""


def test_durations_do_not_depend_on_the_clocks_and_calendars_do(project):
    """A night in which an hour is left out, one with an hour more, and one as any."""
    rows = "2026-03-28 12:00,2026-03-29 12:00\n2026-10-24 12:00,2026-10-25 12:00\n2026-06-01 12:00,2026-06-02 12:00\n"
    loaded = project(DURATIONS, {"in.csv": f"opened,closed\n{rows}"})
    found = (
        Engine().run(loaded).evidence.backend.execute("SELECT value FROM answers ORDER BY signal, response")
    )
    assert found["value"].to_pylist() == [23.0, 25.0, 24.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("2026-03-28 12:00", "2026-03-29 12:00", {}),
        ("28.03.2026 12:00", "29.03.2026 12:00", {"format": "%d.%m.%Y %H:%M"}),
    ],
)
def test_an_event_log_measures_the_time_that_passed(tmp_path, first, second, written):
    (tmp_path / "log.csv").write_text(f"case,what,at\n1,open,{first}\n1,close,{second}\n", encoding="utf-8")

    def waited(zone):
        options = EventLogOptions(
            path="log.csv", case="case", activity="what", timestamp="at", timezone=zone, **written
        )
        rows = [row for batch in EventLog(options, tmp_path).read() for row in batch.rows.to_pylist()]
        return float(rows[1]["seconds_since_start"]) / 3600

    assert (waited("Europe/Berlin"), waited("UTC")) == (23, 24)
    with pytest.raises(OptionError, match='There is no time zone "Berlin"') as refused:
        waited("Berlin")
    assert refused.value.option == ("timezone",)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Berln", 'Did you mean "Europe/Berlin"?'),
        ("berlin", 'Did you mean "Europe/Berlin"?'),
        ("new york", 'Did you mean "America/New_York"?'),
        ("Shire/Hobbiton", 'For example "Europe/Amsterdam".'),
        ("localtime", 'For example "Europe/Amsterdam".'),
    ],
)
def test_no_time_zone(project, zone, hint):
    with pytest.raises(ProjectError) as refused:
        project(SOURCE.format(period="day", zone=f'timezone = "{zone}"', occurred_at='"at"'), {})
    (found,) = refused.value.diagnostics
    assert (found.code, found.hint) == ("CX113", hint)
    assert found.message == f'There is no time zone "{zone}".'
    assert found.location.line


def test_a_run_says_whose_clocks_and_warns_beside_one_of_others(project, tmp_path):
    files = {"in.csv": "id,at,q\n" + "".join(f"{i},2026-03-0{1 + i % 5},4\n" for i in range(50))}
    berlin = SOURCE.format(period="month", zone='timezone = "Europe/Berlin"', occurred_at='"at"')
    result = Engine().run(project(berlin, files))
    Engine().write(result, tmp_path / "runs" / "berlin")
    told = json.loads((tmp_path / "runs" / "berlin" / "run.json").read_text(encoding="utf-8"))
    assert told["timezone"] == "Europe/Berlin"
    again = Engine().run(load(tmp_path), previous=tmp_path / "runs" / "berlin")
    assert not [d for d in again.warnings if d.code == "CX530"]
    utc = SOURCE.format(period="month", zone="", occurred_at='"at"')
    other = Engine().run(project(utc, files), previous=tmp_path / "runs" / "berlin")
    (warned,) = (d for d in other.warnings if d.code == "CX530")
    assert "Europe/Berlin, today's those of UTC" in warned.message


def test_what_was_kept_is_not_taken_for_days_of_other_clocks(project):
    files = {"in.csv": "id,at,q\n1,2026-12-31T23:30:00Z,4\n"}
    found = []
    for zone in ("UTC", "Europe/Berlin", "UTC"):
        source = SOURCE.format(period="year", zone=f'timezone = "{zone}"', occurred_at='"at"')
        table = Engine().run(project(source + '[engine]\nstate = "kept"\n', files)).measurements.table
        found.append(set(table["period"].to_pylist()) - {"all", "current"})
    assert found == [{"2026"}, {"2027"}, {"2026"}]
