"""Real files of many kinds, each read from TOML alone, against what their publishers counted."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from cxengine_standard.enrichers.sentiment import Sentiment, SentimentOptions
from cxengine_standard.sources.qualtrics import QualtricsExport, QualtricsOptions

from cxengine.engine import Engine

PROJECT = """
[project]
id = "data"
name = "Data"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true

[[touchpoint]]
id = "open"
name = "It, open or not"
stage = "use"
frontstage = false

[[signal]]
id = "flag"
wording = "Whether it was so"
scale = { min = 0, max = 1, step = 1 }

[[signal]]
id = "hours"
wording = "How long it took"
direction = "lower_is_better"

[[metric]]
id = "flagged"
use = "share"
signal = "flag"
options = { where = "value == 1" }

[[source]]
id = "source"
"""


@pytest.fixture
def run(tmp_path):
    """`run(toml)`: the result of a project with one source that goes on with `toml`, and a query of it."""

    def of(toml: str):
        (tmp_path / "cxengine.toml").write_text(PROJECT + toml, encoding="utf-8")
        result = Engine().run(tmp_path)
        (account,) = result.evidence.accounts
        assert account.rows_read == account.rows_used + account.rows_quarantined + account.rows_superseded
        assert account.values_read == (
            account.values_used
            + account.values_blank
            + account.values_quarantined
            + account.values_superseded
        )
        return result, account, lambda sql: result.evidence.backend.execute(sql).to_pylist()

    return of


def flagged(result) -> float:
    return round(result.measurements.get("flagged", "touchpoint", "it").value, 2)


# --- tickets ----------------------------------------------------------------------------------------


def test_incidents_are_the_last_of_their_events(run, data):
    path = data("incident-event-log-uci498") / "incident_event_log.parquet"
    result, account, query = run(f"""
kind = "ticket"
options = {{ path = "{path}" }}

[source.mapping]
response_id = "number"
repeats = "last"
occurred_at = {{ column = "opened_at", format = "%d/%m/%Y %H:%M" }}

[source.mapping.attributes]
contact = "contact_type"
reopened = {{ column = "reopen_count", type = "number" }}
came_back = {{ column = "came_back", type = "boolean" }}

[source.mapping.formulas]
came_back = "attributes.reopened > 0"

[source.mapping.durations.to_resolution]
start = "opened_at"
end = "resolved_at"
format = "%d/%m/%Y %H:%M"
no_answer = ["?"]

[source.mapping.durations.watched]
start = "opened_at"
end = "resolved_at"
open_until = 2017-02-18 15:00:00
format = "%d/%m/%Y %H:%M"
no_answer = ["?"]

[[source.mapping.signals]]
signal = "flag"
columns = {{ made_sla = "it" }}
recode = {{ true = 1, false = 0 }}

[[source.mapping.signals]]
signal = "hours"
columns = {{ to_resolution = "it", watched = "open" }}
""")
    assert (account.rows_read, account.rows_used, account.rows_quarantined) == (141_712, 24_918, 0)
    assert flagged(result) == round(100 * 15_803 / 24_918, 2) == 63.42
    (hours,) = query(
        "SELECT count(*) AS n, median(value) AS median, avg(value) AS mean, quantile_cont(value, 0.75) AS q3"
        " FROM signals WHERE signal = 'hours' AND touchpoint = 'it'"
    )
    assert (hours["n"], round(hours["median"], 1), round(hours["mean"], 1)) == (23_362, 22.1, 178.2)
    assert round(hours["q3"], 1) == 148.5
    censored = (
        "SELECT censored, count(*) AS n FROM signals WHERE touchpoint = 'open' GROUP BY ALL ORDER BY ALL"
    )
    assert query(censored) == [{"censored": False, "n": 23_362}, {"censored": True, "n": 1_556}]
    (counts,) = query(
        "SELECT count(*) FILTER (a_came_back) AS reopened, count(*) FILTER (a_contact = 'Phone') AS phone"
        " FROM responses"
    )
    assert counts == {"reopened": 275, "phone": 24_688}


def test_complaints_with_dates_that_are_not_padded(run, data):
    path = data("cfpb-complaints-sample") / "complaints_sample.csv"
    result, account, query = run(f"""
kind = "ticket"
options = {{ path = "{path}" }}

[source.mapping]
response_id = "Complaint ID"
occurred_at = {{ column = "Date received", format = "%Y/%m/%d" }}
attributes = {{ product = "Product" }}
verbatims = [{{ column = "Consumer complaint narrative", touchpoint = "it" }}]
signals = [
  {{ signal = "flag", columns = {{ "Timely response?" = "it" }}, recode = {{ Yes = 1, No = 0 }} }},
  {{ signal = "hours", columns = {{ waited = "it" }} }},
]
durations = {{ waited = {{ start = "Date received", end = "Date sent to company", format = "%Y/%m/%d" }} }}
""")
    assert (account.rows_used, account.values_quarantined, flagged(result)) == (6_623, 0, 98.58)
    assert query("SELECT count(*) AS n FROM verbatims") == [{"n": 1_532}]
    (counts,) = query(
        "SELECT count(*) FILTER (a_product LIKE 'Credit reporting%') AS credit,"
        " count(*) FILTER (a_product = 'Debt collection') AS debt, count(occurred_at) AS dated FROM responses"
    )
    assert counts == {"credit": 3_503, "debt": 1_231, "dated": 6_623}


# --- customers --------------------------------------------------------------------------------------


def test_customers_who_left_and_charges_that_are_blank(run, data):
    path = data("telco-churn-ibm") / "Telco-Customer-Churn.csv"
    result, account, query = run(f"""
kind = "behaviour"
options = {{ path = "{path}" }}

[source.mapping]
customer_id = "customerID"
signals = [{{ signal = "flag", columns = {{ Churn = "it" }}, recode = {{ Yes = 1, No = 0 }} }}]

[source.mapping.attributes]
contract = "Contract"
paid = {{ column = "TotalCharges", type = "number" }}
months = {{ column = "tenure", type = "number" }}
senior = {{ column = "SeniorCitizen", type = "boolean" }}
per_month = {{ column = "per_month", type = "number" }}

[source.mapping.formulas]
per_month = "attributes.paid / attributes.months"

[[segment]]
id = "monthly"
name = "Month to month"
when = 'attributes.contract == "Month-to-month"'
""")
    assert (account.rows_used, account.attributes_quarantined, flagged(result)) == (7_043, 0, 26.54)
    assert round(result.measurements.get("flagged", "touchpoint", "it", segment="monthly").value, 1) == 42.7
    (blank,) = query(
        "SELECT count(*) AS n FROM responses WHERE a_paid IS NULL AND a_months = 0 AND a_per_month IS NULL"
    )
    assert blank["n"] == 11
    (paid,) = query("SELECT count(*) AS n FROM responses WHERE abs(a_per_month * a_months - a_paid) < 1e-6")
    assert paid["n"] == 7_032


def test_a_rating_of_zero_means_not_applicable(run, data):
    path = data("airline-passenger-satisfaction") / "airline_passenger_satisfaction.csv"
    zeros = {
        "Departure and Arrival Time Convenience": 6_681,
        "Ease of Online Booking": 5_682,
        "In-flight Wifi Service": 3_916,
        "Online Boarding": 3_080,
        "Leg Room Service": 598,
        "Food and Drink": 132,
        "Baggage Handling": 0,
    }
    columns = ", ".join(f'"{name}" = "it"' for name in zeros)
    _, account, query = run(f"""
options = {{ path = "{path}" }}

[source.mapping]
response_id = "ID"

[[source.mapping.signals]]
signal = "rating"
columns = {{ {columns} }}
no_answer = ["0"]

[[source.mapping.signals]]
signal = "flag"
columns = {{ Satisfaction = "it" }}
recode = {{ Satisfied = 1, "Neutral or Dissatisfied" = 0 }}

[[signal]]
id = "rating"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 1 }}
""")
    assert (account.rows_used, account.values_blank) == (129_880, sum(zeros.values()))
    assert account.values_quarantined == 0
    assert query("SELECT min(value) AS low FROM signals WHERE signal = 'rating'") == [{"low": 1}]
    assert query("SELECT sum(value) AS n FROM signals WHERE signal = 'flag'") == [{"n": 56_428}]


# --- event logs -------------------------------------------------------------------------------------

LOG = """
kind = "behaviour"
use = "event_log"
options = {{ path = "{}" }}

[source.mapping]
response_id = "case:concept:name"
repeats = "all"
occurred_at = "time:timestamp"
attributes = {{ activity = "concept:name", step = {{ column = "event_number", type = "number" }} }}
signals = [{{ signal = "hours", columns = {{ seconds_since_previous = "it" }} }}]
"""
VARIANTS = (
    "SELECT count(DISTINCT response_id) AS cases, sum(events) AS events, count(DISTINCT variant) AS variants"
    " FROM (SELECT response_id, count(*) AS events, list(a_activity ORDER BY a_step) AS variant"
    " FROM responses GROUP BY response_id)"
)


@pytest.mark.parametrize(
    ("name", "cases", "events", "activities", "variants"),
    [
        ("helpdesk.xes.gz", 4_580, 21_348, 14, 226),
        ("helpdesk.parquet", 4_580, 21_348, 14, 226),
        ("bpic2012.parquet", 13_087, 262_200, 24, 4_366),
        pytest.param("bpic2012.xes.gz", 13_087, 262_200, 24, 4_366, marks=pytest.mark.slow),
    ],
)
def test_event_logs(run, data, name, cases, events, activities, variants):
    _, account, query = run(LOG.format(data("event-logs-helpdesk-bpic2012") / name))
    assert query(VARIANTS) == [{"cases": cases, "events": events, "variants": variants}]
    assert query("SELECT count(DISTINCT a_activity) AS n FROM responses") == [{"n": activities}]
    assert (account.rows_used, account.values_used) == (events, events - cases)
    assert query("SELECT min(value) >= 0 AS forward FROM signals") == [{"forward": True}]


# --- surveys ----------------------------------------------------------------------------------------

PAIRS = {
    "Side-by-Side_Questions/SidebySide_Questions_Legacy": "Side-by-Side_Questions/SidebySide_Questions_Insights",
    "No_Basis_for_Evaluation/No_Basis_for_Evaluation_Legacy": "No_Basis_for_Evaluation/No_Basis_for_Evaluation_Insights",
    "Many_Different_Question_Types/Sample_Survey": "Many_Different_Question_Types/Sample_Survey_Insights",
    "Multiple_Answer_Matrix_Questions/Multiple_Answer_Matrix_Questions": "Multiple_Answer_Matrix_Questions/Multiple_Answer_Matrix_Questions_Insights",
    "Single_Answer_Matrix_Questions/Single_Answer_Matrix_Questions": "Single_Answer_Matrix_Questions/Single_Answer_Matrix_Questions_Insights",
    "Single_Answer_Multiple_Choice_Questions/Single_Answer_MC_Questions": "Single_Answer_Multiple_Choice_Questions/Single_Answer_MC_Questions_Insights",
}
MOMENTS = {"StartDate", "EndDate"}


def export(folder: Path, path: str) -> dict[str, dict[str, str]]:
    """The rows of an export by response, test responses included."""
    source = QualtricsExport(QualtricsOptions(path=path, refuse=()), folder)
    rows = [row for batch in source.read() for row in batch.rows.to_pylist()]
    return {row["ResponseId"]: row for row in rows}


@pytest.mark.parametrize("legacy", PAIRS)
def test_both_forms_of_a_survey_read_alike(data, legacy):
    folder = data("qualtrics-exports") / "qualtricstools"
    old, new = export(folder, f"{legacy}.csv"), export(folder, f"{PAIRS[legacy]}.csv")
    assert old.keys() == new.keys()
    first_old, first_new = (next(iter(rows.values())) for rows in (old, new))
    same = [name for name in first_old if name in first_new and name not in MOMENTS]
    assert {"ResponseId", "Status", "Finished", "IPAddress"} <= set(same)
    assert len(same) > 15
    for response, row in old.items():
        assert {name: row[name] for name in same} == {name: new[response][name] for name in same}


def test_every_export_has_the_rows_that_its_file_has(data):
    folder = data("qualtrics-exports")
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            records = list(csv.reader(file))
        headers = 3 if any("ImportId" in cell for cell in records[2]) else 2
        assert len(export(folder, str(path.relative_to(folder)))) == len(records) - headers


def test_every_import_id_is_a_question_of_the_survey(data):
    folder = data("qualtrics-exports") / "qualtricstools" / "No_Basis_for_Evaluation"
    survey = json.loads((folder / "No_Basis_for_Evaluation.qsf").read_text(encoding="utf-8"))
    asked = {e["PrimaryAttribute"] for e in survey["SurveyElements"] if e["Element"] == "SQ"}
    source = QualtricsExport(QualtricsOptions(path="No_Basis_for_Evaluation_Insights.csv"), folder)
    wordings = set(source.labels().values())
    assert len(wordings) > len(asked)
    assert {"Indicate how you feel about squash", "Status"} <= wordings


def test_a_qualtrics_export_from_toml(run, data):
    path = data("qualtrics-exports") / "qualtricstools" / "No_Basis_for_Evaluation" / "*_Insights.csv"
    toml = f"""
use = "qualtrics_export"
options = {{ path = "{path}", refuse = REFUSED }}

[source.mapping]
response_id = "ResponseId"
occurred_at = {{ column = "StartDate", timezone = "America/New_York" }}
signals = [{{ signal = "flag", columns = {{ Q1 = "it" }}, recode = {{ 2 = 0, 3 = 0, 4 = 0 }}, no_answer = ["-1"] }}]
"""
    _, account, query = run(toml.replace("REFUSED", "[]"))
    assert (account.rows_used, account.values_used + account.values_blank) == (15, 15)
    assert query("SELECT count(occurred_at) AS n FROM responses") == [{"n": 15}]
    result, account, _ = run(toml.replace("REFUSED", '["preview", "test"]'))
    assert (account.rows_used, account.rows_quarantined) == (0, 15)
    assert set(result.evidence.quarantine.column("reason").to_pylist()) == {
        "a response that was generated as a test"
    }


def test_a_header_of_two_rows_that_is_not_utf_8(run, data):
    path = data("surveymonkey-fivethirtyeight") / "StarWars.csv"
    result, account, query = run(f"""
use = "surveymonkey_export"
options = {{ path = "{path}", encoding = "mac-roman" }}

[source.mapping]
response_id = "RespondentID"
attributes = {{ shot = "Which character shot first?", han = {{ column = "han", type = "boolean" }} }}
choices = {{ han = {{ column = "Which character shot first?", choice = "Han" }} }}

[[source.mapping.signals]]
signal = "flag"
columns = {{ "Have you seen any of the 6 films in the Star Wars franchise?" = "it" }}
recode = {{ Yes = 1, No = 0 }}
""")
    assert (account.rows_used, flagged(result)) == (1_186, round(100 * 936 / 1_186, 2))
    counts = query(
        "SELECT a_shot, count(*) AS n FROM responses WHERE a_shot IS NOT NULL GROUP BY ALL ORDER BY n"
    )
    assert [row["n"] for row in counts] == [197, 306, 325]
    assert query("SELECT count(*) FILTER (a_han) AS n FROM responses") == [{"n": 325}]


def test_the_seat_that_may_not_be_reclined(run, data):
    path = data("surveymonkey-fivethirtyeight") / "flying-etiquette.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    (column,) = [" ".join(name.split()) for name in header if re.match("Is it.*recline your seat", name)]
    result, account, _ = run(f"""
use = "surveymonkey_export"
options = {{ path = "{path}" }}

[source.mapping]
response_id = "RespondentID"

[[source.mapping.signals]]
signal = "flag"
columns = {{ {json.dumps(column, ensure_ascii=False)} = "it" }}
recode = {{ "No, not rude at all" = 0, "Yes, somewhat rude" = 1, "Yes, very rude" = 1 }}
""")
    assert (account.rows_used, account.values_used, account.values_quarantined) == (1_040, 854, 0)
    assert flagged(result) == round(100 * (281 + 71) / 854, 2) == 41.22


# --- texts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "least", "most", "signs"),
    [
        ("tweets_GroundTruth.txt", 4_200, 0.87, 0.89, 0.92),
        ("amazonReviewSnippets_GroundTruth.txt", 3_708, 0.57, 0.61, 0.55),
    ],
)
def test_sentiment_against_human_ratings(data, name, rows, least, most, signs):
    """As published: close to the mean of twenty people on tweets, far from it on sentences of reviews."""
    import numpy as np

    with (data("vader-ground-truth-tweets-amazon") / name).open(encoding="utf-8", newline="") as file:
        rated = [line.rstrip("\r\n").split("\t") for line in file if line.strip()]
    scores = Sentiment(SentimentOptions()).enrich([text for _, _, text in rated]).scores["sentiment"]
    pairs = np.array([(s, float(r)) for s, (_, r, _) in zip(scores, rated, strict=True) if s is not None])
    assert len(rated) == rows
    assert len(pairs) > 0.98 * rows
    assert least <= np.corrcoef(pairs.T)[0, 1] <= most
    sign = np.where(abs(pairs[:, 0]) < 0.05, 0, np.sign(pairs[:, 0]))
    assert np.mean(sign == np.sign(pairs[:, 1])) >= signs
