"""Rows: the same from both formats, with codes, choices, loops, moments and previews as they should be."""

import datetime as dt
import zoneinfo

import pytest

from .fake_qualtrics import RESPONSES, FakeQualtrics, response

FIRST = {
    "ResponseId": "R_001",
    "StartDate": "2026-01-01T10:30:00Z",
    "EndDate": "2026-01-01T10:30:00Z",
    "RecordedDate": "2026-01-01T10:30:00Z",
    "Status": "0",
    "Progress": "100",
    "Duration (in seconds)": "38",
    "Finished": "1",
    "DistributionChannel": "anonymous",
    "UserLanguage": "EN",
    "QID1": "1",
    "QID1_NPS_GROUP": "1",
    "QID2": "2",
    "QID3": "1,4",
    "QID4_1": "2",
    "QID5_TEXT": 'Naïve, "quoted"\nand broken 1',
    "QID6": "2",
    "QID7_1": "7.5",
    "1_QID9": "4",
    "customerId": "C0001",
    "country": "NL",
}


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_response_as_it_is_read(form, source, rows):
    assert rows(source(FakeQualtrics(), format=form))[0] == FIRST


@pytest.mark.parametrize("unanswered", [None, -99])
def test_both_formats_give_the_same(unanswered, source, rows):
    extra = {} if unanswered is None else {"unanswered": unanswered}
    service = FakeQualtrics([*RESPONSES, response(8, QID1=None, QID5_TEXT=None), response(9, status=1)])
    found = rows(source(service, **extra))
    assert found == rows(source(service, format="csv", **extra))
    assert found[7].get("QID1") == (None if unanswered is None else "-99")
    assert "QID7_1" in found[7]


def test_columns_are_there_before_anybody_has_answered(source):
    (batch,) = source(FakeQualtrics([])).read()
    assert batch.rows.num_rows == 0
    assert {
        "QID2",
        "QID4_1",
        "QID4_2",
        "QID3_4_TEXT",
        "QID5_TEXT",
        "1_QID9",
        "2_QID9",
        "country",
        "Email",
    } <= set(batch.rows.schema.names)
    assert "QID10_TEXT" not in batch.rows.schema.names  # it is in the bin


def test_a_question_that_the_definition_does_not_have_any_more_keeps_its_column(source, rows):
    assert rows(source(FakeQualtrics([response(1, QID77="5")])))[0]["QID77"] == "5"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_embedded_data_does_not_hide_what_is_about_the_response(form, source, rows):
    found = rows(source(FakeQualtrics([response(0, Status="gold"), response(1, Status="gold")]), format=form))
    assert (found[0]["Status"], found[0]["Status (embedded)"]) == ("0", "gold")


@pytest.mark.parametrize("form", ["json", "csv"])
def test_previews_tests_and_spam_are_set_aside_with_the_reason(form, source):
    service = FakeQualtrics(
        [response(1), response(2, status=1), response(3, status=2), response(4, status=8)]
    )
    (batch,) = source(service, format=form).read()
    assert batch.rows.num_rows == 1
    assert [(one.position, one.reason) for one in batch.rejects] == [
        (2, "a preview of the survey, not an answer"),
        (3, "a response that was generated as a test"),
        (4, "marked as spam"),
    ]
    (batch,) = source(service, format=form, refuse=["spam"]).read()
    assert batch.rows.num_rows == 3


def test_addresses_are_neither_read_nor_kept(source, rows, tmp_path):
    found = rows(source(FakeQualtrics(), state="kept"))
    assert "IPAddress" not in found[0]
    assert "203.0.113.7" not in next((tmp_path / "kept").rglob("*.jsonl")).read_text()
    assert rows(source(FakeQualtrics(), leave_out=["country"]))[0]["IPAddress"] == "203.0.113.7"


def test_texts_that_no_file_can_hold(source, rows):
    assert (
        rows(source(FakeQualtrics([response(1, QID5_TEXT="a\ud800b\x00c 🙂")])))[0]["QID5_TEXT"]
        == "a?b\x00c 🙂"
    )


def test_since_is_a_moment_in_any_zone(source, rows):
    service = FakeQualtrics()
    amsterdam = dt.datetime(2026, 3, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo("Europe/Amsterdam"))
    rows(source(service, since=amsterdam, until=dt.date(2026, 4, 1)))
    body = service.jobs["ES_0"]["body"]
    assert (body["startDate"], body["endDate"]) == ("2026-02-28T23:00:00Z", "2026-04-01T00:00:00Z")


def test_labels_are_the_wording(source):
    labels = source(FakeQualtrics()).labels()
    assert labels["QID1"] == "How likely are you to recommend us?"
    assert labels["QID4_2"] == "How satisfied were you with ... - the delivery"
    assert labels["QID5_TEXT"] == 'What should we do "better"?'


def test_many_responses_come_in_batches(source, monkeypatch):
    monkeypatch.setattr("cxengine_qualtrics.source.ROWS_AT_ONCE", 100)
    monkeypatch.setattr("cxengine_qualtrics.responses.CHUNK", 1_000)  # less than a response has
    service = FakeQualtrics([response(number, QID5_TEXT="x" * number * 10) for number in range(250)])
    batches = list(source(service).read())
    assert [batch.rows.num_rows for batch in batches] == [100, 100, 50]
    assert batches[1].positions[0].as_py() == 101
