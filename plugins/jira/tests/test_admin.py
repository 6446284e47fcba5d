"""What a Jira administrator meets: each mistake is one clear message with a way out."""

import datetime as dt

import httpx
import pytest
from fake_jira import FakeJira, field
from test_plans import Desk

from cxengine.diagnostics import CxengineError
from cxengine.testing import runs
from cxengine.testing.network import StillClock


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")


def refusal(desk):
    with pytest.raises(CxengineError) as caught:
        desk.plan()
    (found,) = caught.value.diagnostics
    assert found.hint
    assert not desk.fake.alive()
    return found.code, found.message, found.hint


def test_a_wrong_project():
    code, message, hint = refusal(Desk(project="SHOPP"))
    assert (code, message) == (
        "CX350",
        "roadmap@acme.example sees no Jira project SHOPP at https://acme.atlassian.net.",
    )
    assert "Did you mean SHOP?" in hint
    assert "Browse Projects" in hint


def test_an_account_that_sees_nothing():
    desk = Desk()
    desk.fake.projects = {}
    assert "sees no project at all" in refusal(desk)[2]


def test_an_account_that_may_not_create():
    desk = Desk()
    desk.fake.permitted = set()
    code, message, hint = refusal(desk)
    assert (code, message) == ("CX350", "roadmap@acme.example may not create issues in SHOP.")
    assert "Create Issues" in hint


def test_an_account_that_may_not_administer_still_makes_issues():
    desk = Desk()
    desk.fake.permitted = {"create"}
    outcomes = desk.apply()
    failed = {outcome.change.kind for outcome in outcomes if outcome.status == "failed"}
    assert failed == {"component", "version"}
    assert all("administrator rights" in o.message for o in outcomes if o.status == "failed")
    assert desk.issue("two-steps").fields["components"] == []
    desk.fake.permitted = {"create", "administer"}
    desk.apply()
    assert desk.issue("two-steps").fields["components"] == [{"name": "Make it easy for me"}]
    assert not desk.plan().pending


def test_a_missing_token(monkeypatch):
    monkeypatch.delenv("JIRA_TOKEN")
    code, message, hint = refusal(Desk())
    assert (code, message) == ("CX321", "The secret env:JIRA_TOKEN is not there.")
    assert hint == "Put it into the environment variable JIRA_TOKEN."


def test_an_expired_token():
    desk = Desk()
    desk.fake.valid = "Basic another"
    code, message, hint = refusal(desk)
    assert code == "CX332"
    assert "401 unauthorized: the token has expired, was revoked, or is not of this user." in message
    assert "env:JIRA_TOKEN" in hint


def test_an_expired_token_of_a_site_that_hides_its_projects():
    """Jira answers strangers that there is no such project."""
    desk = Desk()

    def strangers(request):
        if request.url.path.endswith("/myself"):
            return httpx.Response(401, text="Client must be authenticated to access this resource.")
        return httpx.Response(404, json={"errorMessages": ["No project could be found with key 'SHOP'."]})

    desk.fake.refuse = strangers
    assert refusal(desk)[0] == "CX332"


def test_issue_types_and_link_types_that_the_project_does_not_have():
    assert "It has: Epic, Task." in refusal(Desk(epic_type="Feature"))[2]
    assert (
        refusal(Desk(phase_type="Story"))[1]
        == "The Jira project SHOP has no issue type 'Story' (`phase_type`)."
    )
    assert "It has: Blocks." in refusal(Desk(link_type="Depends"))[2]


def test_a_custom_field_that_is_not_there():
    code, message, hint = refusal(Desk(custom={"Inpact": "impact"}))
    assert code == "CX351"
    assert "no field 'Inpact'" in message
    assert "Did you mean 'Impact'?" in hint
    assert "create screen" in hint


def test_a_field_that_cannot_hold_the_fact():
    code, message, _ = refusal(Desk(custom={"Impact": "quadrant"}))
    assert code == "CX352"
    assert "'Impact' cannot hold" in message
    _, _, hint = refusal(Desk(custom={"Size": "horizon"}))
    assert hint.startswith("It may be: quick win, big bet")


def test_a_fact_that_is_not_there():
    code, _, hint = refusal(Desk(custom={"Impact": "impakt"}))
    assert (code, hint) == ("CX355", "Did you mean 'impact'?")


def test_a_required_field_that_nothing_fills_and_the_way_out():
    desk = Desk()
    for screen in desk.fake.screens.values():
        screen.append(
            field(
                "customfield_10099", "Cost centre", "string", custom="com.atlassian:textfield", required=True
            )
        )
    code, message, hint = refusal(desk)
    assert code == "CX353"
    assert message == "Jira requires 'Cost centre' of a new Epic in SHOP, and nothing fills it."
    assert 'always = { "Cost centre" = "..." }' in hint
    filled = Desk(always={"Cost centre": "CC-7"})
    filled.fake = desk.fake
    filled.apply()
    assert desk.issue("two-steps.design").fields["customfield_10099"] == "CC-7"


def test_a_field_that_is_not_on_the_screen_is_left_out_and_told():
    desk = Desk()
    for screen in desk.fake.screens.values():
        screen[:] = [one for one in screen if one["fieldId"] not in ("duedate", "customfield_10015")]
    plan = desk.plan()
    assert [note for note in plan.notes if "'Start date'" in note and "left out" in note]
    assert {outcome.status for outcome in desk.exporter().apply(plan)} == {"done"}
    assert not desk.plan().pending


def test_a_workflow_without_a_way_to_done():
    desk = Desk(closed_status="Cancelled")
    desk.apply()
    outcomes = desk.apply(runs.changed())
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert failed
    assert (
        "cannot be moved to Cancelled. Its workflow leads from here to: Done, In Progress."
        in failed[0].message
    )


def test_a_limit_with_a_reset_of_the_vendors_own():
    desk, told = Desk(), []
    reset = StillClock().now().replace(second=0) + dt.timedelta(minutes=5)

    def limited(request):
        if not told:
            told.append(request)
            return httpx.Response(429, headers={"X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%MZ}"})
        return None

    desk.fake.refuse = limited
    exporter = desk.exporter()
    assert exporter.plan(runs.planned()).pending
    assert exporter.network.clock.slept == [300]


def test_the_fake_refuses_what_jira_refuses():
    assert (
        FakeJira().play(httpx.Request("GET", "https://acme.atlassian.net/rest/api/3/myself")).status_code
        == 401
    )
