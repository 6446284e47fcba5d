"""Metrics of real evidence, declared in TOML alone, against what was published or counted otherwise."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import statistics

import pytest
from click.testing import CliRunner

from cxengine.cli import cxengine
from cxengine.engine import Engine

HEAD = """
[project]
id = "it"
name = "It"

[privacy]
minimum_n = 1

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "use"
start = true
end = true
"""


@pytest.fixture
def measured(tmp_path, data):
    """`measured(data set, TOML)`: what a project finds; `DATA` in its text is the folder of the data set."""

    def of(name: str, toml: str):
        text = (HEAD + toml).replace("DATA", data(name).as_posix())
        (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
        return Engine().run(tmp_path).measurements

    return of


INCIDENTS = """
[[signal]]
id = "resolution"
wording = "From opening to resolution"
direction = "lower_is_better"
unit = "hours"

[[signal]]
id = "sla"
wording = "Was it resolved within the agreed time?"
scale = { min = 0, max = 1, step = 1 }

[[signal]]
id = "reopenings"
wording = "How often it was opened again"
scale = { min = 0, max = 100, step = 1 }
direction = "lower_is_better"

[[source]]
id = "incidents"
kind = "ticket"
options = { path = "DATA/incident_event_log.parquet" }

[source.mapping]
response_id = "number"
repeats = "last"
signals = [
  { signal = "resolution", columns = { hours = "desk" } },
  { signal = "sla", columns = { made_sla = "desk" }, recode = { true = 1, false = 0 } },
  { signal = "reopenings", columns = { reopen_count = "desk" } },
]

[source.mapping.durations.hours]
start = "opened_at"
end = "resolved_at"
format = "%d/%m/%Y %H:%M"
no_answer = ["?"]
OPEN

[[metric]]
id = "resolved"
use = "resolution_time"
signal = "resolution"

[[metric]]
id = "slow"
use = "resolution_time"
signal = "resolution"
options = { quantile = 0.75 }

[[metric]]
id = "in_time"
use = "share"
signal = "sla"
options = { at_least = 1.0 }

[[metric]]
id = "reopened"
use = "share"
signal = "reopenings"
options = { at_least = 1.0, direction = "lower_is_better" }
"""


def test_incidents(measured):
    found = measured("incident-event-log-uci498", INCIDENTS.replace("OPEN", ""))
    cells = {
        name: found.get(name, "touchpoint", "desk") for name in ("resolved", "slow", "in_time", "reopened")
    }
    assert (cells["resolved"].n, cells["in_time"].n) == (23_362, 24_918)
    assert cells["resolved"].value == 22.1  # sorting them has it at 22.1
    assert cells["slow"].value == pytest.approx(148.4833, rel=0.002)
    assert round(cells["in_time"].value, 1) == 63.4
    assert round(cells["reopened"].value, 1) == 1.1
    assert cells["resolved"].low < 22.1 < cells["resolved"].high


def test_open_incidents_are_not_left_out(measured):
    """1,556 incidents were still open: leaving them out makes the desk look faster than it was."""
    found = measured("incident-event-log-uci498", INCIDENTS.replace("OPEN", "open_until = 2017-02-18"))
    cell = found.get("resolved", "touchpoint", "desk")
    assert cell.n == 24_918
    assert cell.low > 22.1 * 1.006


CALENDAR = """
calendar = "desk"

[[calendar]]
id = "desk"
timezone = "Europe/Rome"
open = ["mon-fri 08:00-18:00"]
holidays = [2016-04-25, 2016-06-02]
"""


def test_incidents_in_business_hours(measured, data):
    """The same median, counted by walking over the days of every incident on the clocks of the place."""
    toml = INCIDENTS.replace("OPEN", 'timezone = "Europe/Rome"' + CALENDAR)
    cell = measured("incident-event-log-uci498", toml).get("resolved", "touchpoint", "desk")
    worked = []
    for opened, resolved in last_events(data):
        hours = 0.0
        day = opened.date()
        while day <= resolved.date():
            if day.weekday() < 5 and day not in (dt.date(2016, 4, 25), dt.date(2016, 6, 2)):
                begin = max(opened, dt.datetime.combine(day, dt.time(8)))
                end = min(resolved, dt.datetime.combine(day, dt.time(18)))
                hours += max(0.0, (end - begin).total_seconds() / 3600)
            day += dt.timedelta(days=1)
        worked.append(hours)
    assert (cell.n, len(worked)) == (23_362, 23_362)
    assert cell.value == pytest.approx(statistics.median(worked), rel=0.003)
    assert cell.value < 22.1 / 2


def last_events(data) -> list[tuple[dt.datetime, dt.datetime]]:
    """When each incident was opened and resolved, by its last event; only those that were resolved."""
    from pyarrow import parquet

    path = data("incident-event-log-uci498") / "incident_event_log.parquet"
    table = parquet.read_table(path, columns=["number", "opened_at", "resolved_at"])
    last = {row["number"]: (row["opened_at"], row["resolved_at"]) for row in table.to_pylist()}
    form = "%d/%m/%Y %H:%M"
    return [
        (dt.datetime.strptime(opened, form), dt.datetime.strptime(resolved, form))
        for opened, resolved in last.values()
        if resolved != "?"
    ]


COMPLAINTS = """
[[signal]]
id = "timely"
wording = "Did the company answer in time?"
scale = { min = 0, max = 1, step = 1 }
mode = "system"

[[signal]]
id = "sent"
wording = "From receipt to the company"
direction = "lower_is_better"
unit = "days"

[[source]]
id = "complaints"
kind = "ticket"
options = { path = "DATA/complaints_sample.csv" }

[source.mapping]
response_id = "Complaint ID"
occurred_at = { column = "Date received", format = "%Y/%m/%d" }
signals = [
  { signal = "timely", columns = { "Timely response?" = "desk" }, recode = { Yes = 1, No = 0 } },
  { signal = "sent", columns = { days = "desk" } },
]

[source.mapping.durations.days]
start = "Date received"
end = "Date sent to company"
format = "%Y/%m/%d"
unit = "days"

[[metric]]
id = "timely"
use = "formula"
signal = "timely"

[metric.options]
components = { yes = "count(value == 1.0)" }
formula = "100.0 * yes / n"
unit = "%"
range = [0.0, 100.0]
direction = "higher_is_better"

[[metric]]
id = "slowest"
use = "response_time"
signal = "sent"
options = { quantile = 0.9 }
"""


def test_complaints(measured):
    found = measured("cfpb-complaints-sample", COMPLAINTS)
    cell = found.get("timely", "touchpoint", "desk")
    assert (cell.n, round(cell.value, 2)) == (6623, 98.58)
    assert 98.2 < cell.low < 98.58 < cell.high < 98.9


CUSTOMERS = """
[[signal]]
id = "left"
wording = "Did the customer leave within the last month?"
scale = { min = 0, max = 1, step = 1 }
direction = "lower_is_better"
about = "relationship"

[[segment]]
id = "monthly"
name = "Month to month"
when = 'attributes.contract == "Month-to-month"'

[[segment]]
id = "yearly"
name = "One year"
when = 'attributes.contract == "One year"'

[[segment]]
id = "two-yearly"
name = "Two years"
when = 'attributes.contract == "Two year"'

[[source]]
id = "customers"
kind = "behaviour"
options = { path = "DATA/Telco-Customer-Churn.csv" }

[source.mapping]
response_id = "customerID"
attributes = { contract = "Contract" }
signals = [{ signal = "left", columns = { Churn = "journey" }, recode = { Yes = 1, No = 0 } }]

[[metric]]
id = "churn"
use = "churn"
signal = "left"

[[metric]]
id = "retention"
use = "retention"
signal = "left"
"""


def test_churn(measured):
    found = measured("telco-churn-ibm", CUSTOMERS)
    cell = found.get("churn", "journey", "it")
    assert (cell.n, round(cell.value, 2)) == (7043, 26.54)
    assert found.get("retention", "journey", "it").value == pytest.approx(100 - cell.value)
    by_contract = {
        segment: round(found.get("churn", "journey", "it", segment=segment).value, 1)
        for segment in ("monthly", "yearly", "two-yearly")
    }
    assert by_contract == {"monthly": 42.7, "yearly": 11.3, "two-yearly": 2.8}


TENURE = """
[[signal]]
id = "tenure"
wording = "Months since the customer came"
about = "relationship"
unit = "months"

[[source]]
id = "customers"
kind = "behaviour"
options = { path = "DATA/Telco-Customer-Churn.csv" }

[source.mapping]
response_id = "customerID"
signals = [{ signal = "tenure", columns = { tenure = "journey" } }]
censored = { tenure = { column = "Churn", recode = { Yes = false, No = true } } }
"""


def stayed(rows: list[tuple[int, bool]], horizon: int) -> float:
    """Kaplan and Meier's estimate by hand: the share that stays longer than the horizon."""
    share = 1.0
    for month in sorted({months for months, left in rows if left and months <= horizon}):
        at_risk = sum(months >= month for months, _ in rows)
        share *= 1 - sum(left and months == month for months, left in rows) / at_risk
    return share


def test_survival_by_tenure(measured, data):
    """1,869 customers left after so many months; of the others only the months so far are known."""
    horizons = (1, 12, 24, 60, 72)
    metrics = "".join(
        f'[[metric]]\nid = "after_{h}"\nuse = "survival"\nsignal = "tenure"\noptions = {{ horizon = {h} }}\n'
        for h in horizons
    )
    found = measured("telco-churn-ibm", TENURE + metrics)
    with (data("telco-churn-ibm") / "Telco-Customer-Churn.csv").open(encoding="utf-8", newline="") as file:
        rows = [(int(row["tenure"]), row["Churn"] == "Yes") for row in csv.DictReader(file)]
    assert (len(rows), sum(left for _, left in rows)) == (7043, 1869)
    for horizon in horizons:
        cell = found.get(f"after_{horizon}", "journey", "it")
        assert cell.n == 7043
        assert cell.value == pytest.approx(100 * stayed(rows, horizon))
        assert cell.low < cell.value < cell.high


RATINGS = """
[[signal]]
id = "rating"
wording = "How satisfied were you? 1 to 5; 0 means that it does not apply"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "passengers"
options = { path = "DATA/airline_passenger_satisfaction.csv" }

[source.mapping]
response_id = "ID"
signals = [{ signal = "rating", columns = { "Ease of Online Booking" = "desk" }, no_answer = ["0"] }]

[[metric]]
id = "booking"
use = "csat_mean"
signal = "rating"
"""


def test_what_does_not_apply_is_no_answer(measured, data):
    file = data("airline-passenger-satisfaction") / "airline_passenger_satisfaction.csv"
    cell = measured("airline-passenger-satisfaction", RATINGS).get("booking", "touchpoint", "desk")
    with file.open(encoding="utf-8", newline="") as rows:
        answers = [int(row["Ease of Online Booking"]) for row in csv.DictReader(rows)]
    applicable = [answer for answer in answers if answer]
    assert len(answers) - len(applicable) == 5682
    assert cell.n == len(applicable)
    assert cell.value == pytest.approx(statistics.fmean(applicable))
    assert cell.value > statistics.fmean(answers)


EVENTS = """
[[signal]]
id = "way"
wording = "Whether a case went as none before it"
scale = { min = 0, max = 1, step = 1 }

[[signal]]
id = "step"
wording = "The number of the event in its case"

[[segment]]
id = "commonest"
name = "Cases that went the commonest way"
when = 'attributes.variant == "1"'

[[source]]
id = "log"
kind = "behaviour"
use = "event_log"
options = { OPTIONS }

[source.mapping]
attributes = { variant = "case_variant" }
signals = [
  { signal = "way", columns = { new_variant = "desk" } },
  { signal = "step", columns = { event_number = "desk" } },
]

[[metric]]
id = "variants"
use = "formula"
signal = "way"
options = { components = { new = "sum(value)" }, formula = "new", direction = "lower_is_better" }

[[metric]]
id = "events"
use = "usage"
signal = "step"
"""


@pytest.mark.parametrize(
    ("log", "cases", "events", "variants", "commonest"),
    [
        ("helpdesk.parquet", 4_580, 21_348, 226, 2_366),
        ("bpic2012.parquet", 13_087, 262_200, 4_366, 3_429),
    ],
)
def test_cases_events_and_variants_of_event_logs(measured, log, cases, events, variants, commonest):
    """As published; and how many cases went the commonest way, as counted by hand."""
    toml = EVENTS.replace("OPTIONS", f'path = "DATA/{log}"')
    found = measured("event-logs-helpdesk-bpic2012", toml)
    way = found.get("variants", "touchpoint", "desk")
    assert (way.n, way.value) == (cases, variants)
    assert found.get("events", "touchpoint", "desk").n == events
    assert found.get("variants", "touchpoint", "desk", segment="commonest").n == commonest


def test_events_of_a_shop(measured, data):
    """Sessions, events and ways of the click stream, counted by walking over the file."""
    names = 'case = "session_id", activity = "event", timestamp = "timestamp"'
    found = measured(
        "retentioneering-ecom-synthetic", EVENTS.replace("OPTIONS", f'path = "DATA/ecom.csv", {names}')
    )
    ways: dict[str, list[tuple[str, int, str]]] = {}
    with (data("retentioneering-ecom-synthetic") / "ecom.csv").open(encoding="utf-8", newline="") as file:
        for position, row in enumerate(csv.DictReader(file)):
            ways.setdefault(row["session_id"], []).append((row["timestamp"], position, row["event"]))
    way = found.get("variants", "touchpoint", "desk")
    assert found.get("events", "touchpoint", "desk").n == sum(map(len, ways.values())) == 31_106
    assert way.n == len(ways)
    assert way.value == len({tuple(event for _, _, event in sorted(one)) for one in ways.values()})


PURCHASES = '''
[[signal]]
id = "paid"
wording = "What was paid"
about = "relationship"
unit = "USD"

[[source]]
id = "purchases"
kind = "order"
use = "sql"

[source.options]
query = """
SELECT cells[2] AS customer, cells[3] AS day, cells[5] AS dollars
FROM (
  SELECT regexp_split_to_array(trim(line, ' ' || chr(13)), ' +') AS cells
  FROM (SELECT unnest(string_split(content, chr(10))) AS line FROM read_text('DATA/CDNOW_sample.txt'))
)
WHERE day <= '19970930'
"""

[source.mapping]
customer_id = "customer"
occurred_at = { column = "day", format = "%Y%m%d" }
signals = [{ signal = "paid", columns = { dollars = "journey" } }]

[[metric]]
id = "clv"
use = "clv_bg_nbd"
signal = "paid"
options = { margin = 1.0 }

[[metric]]
id = "related"
use = "value_frequency_correlation"
signal = "paid"
'''
"""The file as it is published: columns of a width, apart by blanks; purchases until the end of September 1997."""


def test_cdnow_on_the_terminal_to_the_printed_digits(tmp_path, data):
    """What a user reads of a run from TOML alone: the estimates of both papers, table 2 and page 8."""
    text = (HEAD + PURCHASES).replace("DATA", data("cdnow-clv").as_posix())
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cxengine, ["run", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    (line,) = (line for line in result.stdout.splitlines() if " at the journey is fitted with " in line)
    told = dict(re.findall(r"(\w+) = ([\d.]+)", line))
    published = {
        "r": ".243",
        "alpha": "4.414",
        "a": ".793",
        "b": "2.426",
        "p": "6.25",
        "q": "3.74",
        "v": "15.44",
    }
    assert {name: round(float(told[name]), len(text.split(".")[1])) for name, text in published.items()} == {
        name: float(text) for name, text in published.items()
    }
    (written,) = json.loads((tmp_path / "out" / "fitted.json").read_text(encoding="utf-8"))
    assert told == {name: f"{value:.3f}" for name, value in written["parameters"].items()}


def test_cdnow_to_the_printed_digits(measured):
    """Fader, Hardie, Lee (2005), table 2 and page 281; Fader, Hardie (2013), page 8."""
    from cxengine_standard.metrics.buying import expected_purchases, fit_bg_nbd, fit_gamma_gamma

    found = measured("cdnow-clv", PURCHASES)
    codes, parts = found.components.of("clv")
    from cxengine.metrics.measurement import Cell

    position = list(codes).index(found.components.axes.code(Cell("journey", "it")))
    who = parts["customers"]
    mine = who.cell == position
    x, recency, age, spent, w = (
        array[mine] for array in (who.x, who.recency / 7, who.age / 7, who.spent, who.w)
    )
    assert w.sum() == 2357
    fit = fit_bg_nbd(x, recency, age, w)
    assert [round(p, 3) for p in fit.parameters] == [0.243, 4.414, 0.793, 2.426]
    assert round(fit.log_likelihood, 1) == -9582.4
    two = expected_purchases(39.0, fit.parameters, x[:1] * 0 + 2, x[:1] * 0 + 30.43, age[:1] * 0 + 38.86)
    assert round(two[0], 3) == 1.226
    paid = (x > 0) & (spent > 0)
    assert w[paid].sum() == 946
    worth = fit_gamma_gamma(x[paid], spent[paid] / x[paid], w[paid])
    assert [round(worth.parameters[0], 2), round(worth.parameters[1], 2)] == [6.25, 3.74]
    assert round(worth.parameters[2], 2) == 15.44
    cell, related = found.get("clv", "journey", "it"), found.get("related", "journey", "it")
    assert (cell.n, round(related.value, 2)) == (2357, 0.11)
    assert 25 < cell.low < cell.value < cell.high < 36
