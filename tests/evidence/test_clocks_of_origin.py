"""Exports that name the time zone of their moments are read by it."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from cxengine import Engine
from cxengine.diagnostics import EvidenceError
from cxengine.evidence.collect import collect
from cxengine.project import load

PROJECT = """
[project]
id = "shop"
name = "Shop"
{evidence}
[[stage]]
id = "use"
name = "I use it"
[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true
[[signal]]
id = "happy"
wording = "How happy are you?"
scale = {{ min = 1, max = 5, step = 1 }}
[[signal]]
id = "took"
wording = "How long it took to answer"
unit = "hours"
[[source]]
id = "survey"
use = "qualtrics_export"
options = {{ path = "*.csv" }}
[source.mapping]
response_id = "ResponseId"
occurred_at = {moment}
signals = [{{ signal = "happy", columns = {{ Q1 = "it" }} }}, {{ signal = "took", columns = {{ took = "it" }} }}]
durations = {{ took = {{ start = "StartDate", end = "EndDate"{zone} }} }}
"""
FILE = """StartDate,EndDate,ResponseId,Q1
Start Date,End Date,Response ID,How happy?
"{{""ImportId"":""startDate""{zone}}}","{{""ImportId"":""endDate""{zone}}}","{{""ImportId"":""_recordId""}}",\
"{{""ImportId"":""QID1""}}"
2024-03-09 20:00:00,2024-03-10 08:00:00,R_1,4
"""
DENVER = ',""timeZone"":""America/Denver""'


def written(tmp_path, *zones, moment='"StartDate"', zone="", evidence=""):
    text = PROJECT.format(moment=moment, zone=zone, evidence=evidence)
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    for number, named in enumerate(zones):
        rows = FILE.format(zone=named).replace("R_1", f"R_{number}")
        (tmp_path / f"{number}.csv").write_text(rows, encoding="utf-8")
    return load(tmp_path)


def read(loaded):
    rows = collect(loaded).backend.execute(
        "SELECT DISTINCT occurred_at, occurred_on, signal, value FROM signals"
    )
    return {row["signal"]: row for row in rows.to_pylist()}


@pytest.mark.parametrize(
    ("header", "changes", "hour", "day", "took"),
    [
        (DENVER, {}, dt.datetime(2024, 3, 10, 3), dt.date(2024, 3, 10), 11.0),  # clocks went forward
        (
            DENVER,
            {"evidence": '[evidence]\ntimezone = "America/Denver"'},
            dt.datetime(2024, 3, 10, 3),
            dt.date(2024, 3, 9),
            11.0,
        ),
        (
            DENVER,
            {"evidence": '[evidence]\ntimezone = "Asia/Tokyo"'},
            dt.datetime(2024, 3, 10, 3),
            dt.date(2024, 3, 10),
            11.0,
        ),
        (
            DENVER,
            {"moment": '{ column = "StartDate", timezone = "US/Mountain" }'},
            dt.datetime(2024, 3, 10, 3),
            dt.date(2024, 3, 10),
            11.0,
        ),
        ("", {}, dt.datetime(2024, 3, 9, 20), dt.date(2024, 3, 9), 12.0),
        (
            "",
            {"moment": '{ column = "StartDate", timezone = "Asia/Tokyo" }'},
            dt.datetime(2024, 3, 9, 11),
            dt.date(2024, 3, 9),
            12.0,
        ),
    ],
)
def test_times_are_of_the_zone_that_the_header_names(tmp_path, header, changes, hour, day, took):
    found = read(written(tmp_path, header, **changes))
    assert (found["happy"]["occurred_at"], found["happy"]["occurred_on"]) == (hour, day)
    assert found["took"]["value"] == took


@pytest.mark.parametrize(
    ("headers", "changes", "says", "line"),
    [
        (
            [DENVER],
            {"moment": '{ column = "StartDate", timezone = "Europe/Berlin" }'},
            'the header says that times in "StartDate" are of America/Denver, and the mapping says Europe/Berlin',
            29,
        ),
        ([DENVER], {"zone": ', timezone = "UTC"'}, "and the mapping says UTC", 31),
        ([DENVER.replace("Denver", "Denwer")], {}, '"America/Denwer", which is no time zone', 29),
        (
            [DENVER, DENVER.replace("Denver", "New_York")],
            {},
            '0.csv has "StartDate" by the clocks of America/Denver, 1.csv of America/New_York',
            1,
        ),
    ],
)
def test_contradictions_are_told(tmp_path, monkeypatch, headers, changes, says, line):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvidenceError) as raised:
        collect(written(tmp_path, *headers, **changes))
    found = raised.value.diagnostics[0]
    assert found.code == "CX271"
    assert says in found.message
    assert found.location.line == line


def test_a_zone_that_is_none_may_be_named_by_the_mapping(tmp_path):
    zone = 'timezone = "America/Denver"'
    header = DENVER.replace("America/Denver", "Mountain Time")
    loaded = written(tmp_path, header, moment=f'{{ column = "StartDate", {zone} }}', zone=f", {zone}")
    assert read(loaded)["happy"]["occurred_at"] == dt.datetime(2024, 3, 10, 3)


@pytest.mark.parametrize(
    "zones", [(DENVER, ""), (DENVER, ',""timeZone"":""Asia/Tokyo""'), ("", ""), (DENVER, DENVER)]
)
def test_files_that_are_kept_one_by_one_are_by_the_clocks_of_all(tmp_path, zones):
    """One names its zone, another none; two name two."""
    loaded = written(tmp_path, *zones, evidence='[privacy]\nminimum_n = 1\n[engine]\nstate = "kept"\n')
    engine = attrs.evolve(loaded.project.engine, state=None)
    once = attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=engine))
    assert moments(loaded) == moments(once)


def moments(loaded):
    query = "SELECT occurred_at, occurred_on, signal, value FROM signals ORDER BY ALL"
    try:
        return Engine().run(loaded).evidence.backend.execute(query).to_pylist()
    except EvidenceError as error:
        return [diagnostic.message for diagnostic in error.diagnostics]
