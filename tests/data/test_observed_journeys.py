"""Observed journeys of logs that nobody in this project made: counted as published, and by walking over them."""

from __future__ import annotations

import csv
import statistics
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from pyarrow import parquet

from cxengine import Engine

HEAD = """
[project]
id = "log"
name = "Log"

[[stage]]
id = "one"
name = "I ask"

[[stage]]
id = "two"
name = "I am helped"

[[signal]]
id = "step"
wording = "Which event of the case"

[[observed_journey]]
id = "way"
source = "log"
signal = "step"
"""
SOURCE = """
[[source]]
id = "log"
kind = "behaviour"
use = "event_log"
options = {{ path = "{path}", case = "{case}", activity = "{activity}", timestamp = "{time}" }}

[source.mapping]
response_id = "{case}"
repeats = "all"
occurred_at = "{time}"
attributes = {{ {attributes} }}

[source.mapping.long]
signal = {{ value = "step" }}
value = "event_number"
touchpoint = {{ column = "{activity}", recode = {{ {recode} }} }}
"""
XES = {"case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp"}


def project(folder, path, activities, names, *, first, starts, ends, steps, extra="", attributes=""):
    """A project whose touchpoints are the activities of a log; those in `first` are in the first stage."""
    ids = {activity: f"t{i}" for i, activity in enumerate(activities)}
    text = HEAD
    for activity, name in ids.items():
        marks = f"start = {str(activity in starts).lower()}\nend = {str(activity in ends).lower()}"
        stage = "one" if activity in first else "two"
        text += f'\n[[touchpoint]]\nid = "{name}"\nname = "{activity}"\nstage = "{stage}"\n{marks}\n'
    for source, target in steps:
        text += f'\n[[transition]]\nsource = "{ids[source]}"\ntarget = "{ids[target]}"\n'
    recode = ", ".join(f'"{activity}" = "{name}"' for activity, name in ids.items())
    text += SOURCE.format(path=path, recode=recode, attributes=attributes, **names) + extra
    (folder / "cxengine.toml").write_text(text, encoding="utf-8")
    return ids


def observed(folder):
    return Engine().run(folder).insight.observed[0]


def ways_of(rows, names):
    """Every case with its events in order."""
    cases = defaultdict(list)
    for position, row in enumerate(rows):
        cases[row[names["case"]]].append((row[names["time"]], position, row[names["activity"]]))
    return {case: [event for _, _, event in sorted(events)] for case, events in cases.items()}


def walked(ways, starts, ends, steps):
    """Shares of the reference: cases that follow, and where the others leave first."""
    left = Counter()
    for way in ways.values():
        if way[0] not in starts:
            left["start", way[0], None] += 1
            continue
        off = next((pair for pair in pairwise(way) if pair not in steps), None)
        if off:
            left["step", *off] += 1
        elif way[-1] not in ends:
            left["end", way[-1], None] += 1
    return left


HELPDESK = ("Assign seriousness", "Take in charge ticket", "Wait", "Resolve ticket", "Closed")
DESIGN = [
    ("Assign seriousness", "Take in charge ticket"),
    ("Take in charge ticket", "Wait"),
    ("Wait", "Resolve ticket"),
    ("Take in charge ticket", "Resolve ticket"),
    ("Resolve ticket", "Closed"),
]


@pytest.mark.parametrize(
    ("log", "cases", "events", "variants"),
    [("helpdesk", 4_580, 21_348, 226), ("bpic2012", 13_087, 262_200, 4_366)],
)
def test_published_counts(tmp_path, data, log, cases, events, variants):
    path = data("event-logs-helpdesk-bpic2012") / f"{log}.parquet"
    activities = sorted(set(parquet.read_table(path)["concept:name"].to_pylist()))
    steps = [(activities[0], activities[1])]
    project(
        tmp_path, path, activities, XES, first=activities[:3], starts=activities[:1], ends=(), steps=steps
    )
    found = observed(tmp_path)
    assert (found.cases, found.events, found.variants) == (cases, events, variants)
    assert sum(begin.cases.count for begin in found.begins) <= cases
    assert all(variant.cases.count >= 10 for variant in found.common)


def test_help_desk_against_a_walk_over_the_log(tmp_path, data):
    path = data("event-logs-helpdesk-bpic2012") / "helpdesk.parquet"
    rows = parquet.read_table(path).to_pylist()
    activities = [*HELPDESK, *sorted({row["concept:name"] for row in rows} - set(HELPDESK))]
    ids = project(
        tmp_path,
        path,
        activities,
        XES,
        first=HELPDESK[:1],
        starts=HELPDESK[:1],
        ends=HELPDESK[-1:],
        steps=DESIGN,
    )
    found = observed(tmp_path)
    ways = ways_of(rows, XES)
    left = walked(ways, HELPDESK[:1], HELPDESK[-1:], set(DESIGN))
    assert found.follows.count == len(ways) - sum(left.values())
    named = {name: activity for activity, name in ids.items()} | {None: None}
    told = {(d.kind, named[d.source], named[d.target]): d.cases.count for d in found.departures}
    assert told == {key: n for key, n in left.items() if n >= 10}
    commonest = Counter(map(tuple, ways.values())).most_common(1)[0]
    assert (tuple(named[t] for t in found.common[0].touchpoints), found.common[0].cases.count) == commonest
    times = Counter(pair for way in ways.values() for pair in zip(way, [*way[1:], None], strict=True))
    steps = {(named[step.source], named[step.target]): step for step in found.steps}
    assert {key: step.times for key, step in steps.items()} == {key: times[key] for key in steps}
    assert steps["Resolve ticket", "Closed"].seconds > 0


def test_shop_by_segment_and_period(tmp_path, data):
    path = data("retentioneering-ecom-synthetic") / "ecom.csv"
    names = {"case": "session_id", "activity": "event", "time": "timestamp"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    buying = ("payment_details", "purchase")
    activities = [
        "home",
        "catalog",
        *sorted({row["event"] for row in rows} - {"home", "catalog", *buying}),
        *buying,
    ]
    extra = "\n".join(
        f'[[segment]]\nid = "{name}"\nname = "{name}"\nwhen = \'attributes.platform == "{name}"\'\n'
        for name in ("desktop", "mobile")
    )
    project(
        tmp_path,
        path,
        activities,
        names,
        first=activities[:-2],
        starts=("home",),
        ends=("purchase",),
        steps=[("home", "catalog")],
        extra=extra,
        attributes='platform = "platform"',
    )
    found = observed(tmp_path)
    ways = ways_of(rows, names)
    assert (found.cases, found.events, found.variants) == (
        len(ways),
        31_106,
        len(set(map(tuple, ways.values()))),
    )
    platforms = {row["session_id"]: row["platform"] for row in rows}
    began, ended = {}, {}
    for row in rows:
        case, moment = row["session_id"], row["timestamp"]
        began[case], ended[case] = min(began.get(case, moment), moment), max(ended.get(case, moment), moment)
    for population in found.populations:
        cases = [
            case
            for case in ways
            if population.segment in ("all", platforms[case])
            and population.period in ("all", f"2024-Q{(int(began[case][5:7]) - 1) // 3 + 1}")
        ]
        assert population.cases == len(cases)
        reached = sum(any(event in buying for event in ways[case]) for case in cases)
        assert population.stages[1].reached.count == reached
        assert population.stages[0].dropped.count == len(cases) - reached
        lasted = statistics.median(seconds(ended[case]) - seconds(began[case]) for case in cases)
        assert population.seconds == pytest.approx(lasted)
    assert {(p.segment, p.period) for p in found.populations} >= {
        ("all", "all"), ("desktop", "all"), ("mobile", "all"), ("all", "2024-Q1"), ("mobile", "2024-Q2"),
    }  # fmt: skip


def seconds(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
