"""A shop's event log in which its makers planted events: they are found from the data alone.

They say what they planted (module `datasets/ecom.py` of retentioneering-tools): a payment incident for everybody
from 19 May to 7 June 2024, a bug of the checkout on mobile devices from 9 April to 9 May, a viral article from
29 February to 3 March (four days with 45 visits, that leave no rate of any event beyond chance), and customers
who browse less and buy more the longer they are customers, so that what cohorts and everybody do drifts.
Within a stage of the customer's life, nothing else changes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cxengine import Engine

PROJECT = Path(__file__).parent / "changes" / "shop-log"
LIFECYCLE = {"new", "returning", "loyal"}


@pytest.fixture(scope="module")
def result(data):
    return Engine().run(PROJECT, params={"data": str(data("retentioneering-ecom-synthetic"))})


@pytest.fixture(scope="module")
def found(result):
    return result.insight.changes.found


def test_the_log_is_read_as_its_makers_say(result):
    (journey,) = result.insight.observed
    assert (journey.cases, journey.events) == (3_605, 31_106)
    assert journey.unmapped.count == 0
    search = result.insight.changes.search
    assert search.series > 2_000
    assert search.seasons == ("week",)


def _told(found, subject, kind):
    return [change for change in found if change.place.subject == subject and change.kind == kind]


def test_the_payment_incident_is_found_where_and_when_it_was(found):
    (change,) = _told(found, "payment-error", "episode")
    assert change is found[0]
    assert change.place.segment == "all"
    assert change.since.period == "2024-05-19"
    assert change.until.period == "2024-06-08"
    assert change.size.low > 0.1
    (chat,) = _told(found, "support-chat", "episode")
    assert chat.since.low <= "2024-05-19" <= chat.since.period
    assert chat.until.low <= "2024-06-08" <= chat.until.high


def test_the_bug_of_the_checkout_is_found_with_those_it_hit(found):
    (change,) = _told(found, "checkout-bug", "episode")
    assert change.place.segment == "mobile"
    assert change.since.low <= "2024-04-09" <= change.since.period
    assert change.until.period == "2024-05-09"


def test_the_drift_of_the_cohorts_is_a_trend(found):
    drifting = {change.place.subject for change in found if change.kind == "trend" and change.size.value > 0}
    assert {"add-to-cart", "cart", "shipping-details"} <= drifting


def test_nothing_else_is_told(found):
    """Where nothing was planted and nobody drifts, all would be false: within stages of a customer's life."""
    incident = {"payment-error", "support-chat", "payment-details", "purchase", "checkout-bug"}
    drift = {
        "add-to-cart",
        "cart",
        "shipping-details",
        "catalog",
        "search",
        "home",
        "filter-results",
        "product-view",
    }
    assert {change.place.subject for change in found} <= incident | drift
    within = [change for change in found if change.place.segment in LIFECYCLE]
    assert all(change.place.subject in incident for change in within)
    drifting = [change for change in found if change.place.subject in drift]
    assert all(change.kind == "trend" for change in drifting)


def test_findings_name_who_where_when_and_how_much(result):
    from cxengine.insight.changes.findings import findings

    told = [finding.text for finding in findings(result.project, result.insight)]
    assert told[0].startswith(
        "Payment error: the share of cases that meet it was 15.2% instead of 0.0% from 2024-05-19 (2024-05-15 to"
        " 2024-05-20) to 2024-06-08 (2024-06-07 to 2024-06-12), +15.2 points [+12.6, +17.8], n = 2,978 and 627."
    )
    assert any(
        text.startswith("Checkout bug, Mobile: the share of cases that meet it was 10.6%") for text in told
    )
