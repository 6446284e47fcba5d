"""What is asked and what the fake answers is what the contract says, for every operation that is used."""

import datetime as dt

import pytest

from .fake_qualtrics import SURVEY, FakeQualtrics
from .qualtrics_contract import ABSENT, DOCUMENT, Checker, checker

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=ABSENT)


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("state", [None, "kept"])
def test_every_option_is_asked_for_as_the_contract_allows(form, state, source, rows):
    service = FakeQualtrics()
    options = {
        "format": form,
        "unanswered": -99,
        "since": dt.date(2025, 1, 1),
        "until": dt.datetime(2027, 1, 1),
    }
    if state:
        options["state"] = state
    for _ in range(2):
        assert len(rows(source(service, **options))) == 7
    bodies = [job["body"] for job in service.jobs.values()]
    assert [body.get("continuationToken") for body in bodies] == ([None, "T7"] if state else [None, None])
    assert all(body["startDate"] == "2025-01-01T00:00:00Z" for body in bodies)


def test_all_operations_are_used(source, rows):
    service = FakeQualtrics()
    rows(source(service))
    with pytest.raises(Exception, match="There are: SV_"):
        source(service, survey="").propose()
    used = {(method, path) for method, path, _ in checker().seen}
    assert used == {
        ("GET", "/surveys"),
        ("GET", "/survey-definitions/{surveyId}"),
        ("POST", "/surveys/{surveyId}/export-responses"),
        ("GET", "/surveys/{surveyId}/export-responses/{exportProgressId}"),
        ("GET", "/surveys/{surveyId}/export-responses/{fileId}/file"),
    }


@pytest.mark.parametrize(
    "body",
    [
        {"format": "json", "timeZone": "UTC"},
        {"format": "json", "continuationToken": "T1", "allowContinuation": True},
        {"format": "json", "surprise": 1},
        {},
    ],
)
def test_the_check_refuses_what_the_contract_does(body):
    import httpx

    from .fake_qualtrics import ok

    request = httpx.Request(
        "POST", f"https://fra1.qualtrics.com/API/v3/surveys/{SURVEY}/export-responses", json=body
    )
    request.headers["X-API-TOKEN"] = "x"
    answer = ok({"progressId": "ES_1", "percentComplete": 0, "status": "inProgress"})
    with pytest.raises(AssertionError, match="export-responses"):
        Checker()(request, answer)
