"""Changes of metrics in a run: from a file of answers to findings and facts."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from cxengine import Engine
from cxengine.insight.changes.findings import findings

TOML = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "week"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "buy"

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "buy"

[[segment]]
id = "abroad"
name = "Abroad"
when = 'attributes.country == "abroad"'

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "survey"
kind = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
occurred_at = "day"
attributes = { country = "country" }

[[source.mapping.signals]]
signal = "satisfaction"
columns = { pay = "pay", delivery = "delivery" }

[[metric]]
id = "satisfied"
use = "csat_t2b"
signal = "satisfaction"
name = "Satisfied customers"

[[metric]]
id = "mean"
use = "csat_mean"
signal = "satisfaction"
name = "Satisfaction"

[[rule]]
id = "worse"
about = "cell"
when = 'metrics.satisfied.trend.direction == "worse" && metrics.satisfied.trend.certainty > 0.95'
derive = { lost = "metrics.satisfied.trend.size" }
because = "{segment.name}: {metrics.satisfied.trend.size}."
"""
MONDAY = dt.date(2024, 1, 1)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Forty weeks; from the 25th on, delivery abroad is bad."""
    folder, dice = tmp_path_factory.mktemp("weeks"), random.Random(3)
    rows = ["id,day,country,pay,delivery"]
    for i in range(4_000):
        week, abroad = dice.randrange(40), dice.random() < 0.4
        mood = 0.25 if abroad and week >= 24 else 0.8
        delivery = dice.choice([4, 5]) if dice.random() < mood else dice.choice([1, 2, 3])
        pay = dice.choice([4, 5]) if dice.random() < 0.8 else dice.choice([1, 2, 3])
        day = MONDAY + dt.timedelta(weeks=week, days=dice.randrange(7))
        rows.append(f"{i},{day},{'abroad' if abroad else 'home'},{pay},{delivery}")
    (folder / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(TOML, encoding="utf-8")
    return Engine().run(folder)


def test_one_event_is_told_once_where_it_stands_out(result):
    found = result.insight.changes
    assert found.search.series == 2 * 2 * 4  # metrics; everybody and abroad; touchpoints, stage, journey
    assert found.search.periods == ("2024-W01", "2024-W40")
    (change,) = found.found
    place = change.place
    assert (change.kind, place.level, place.subject, place.segment) == (
        "shift",
        "touchpoint",
        "delivery",
        "abroad",
    )
    assert change.since.period == "2024-W25"
    assert change.good is False
    others = {(other.measure, other.subject, other.segment) for other in change.also}
    assert {("mean", "delivery", "abroad"), ("satisfied", "delivery", "all")} <= others
    assert "pay" not in {subject for _, subject, _ in others}


def test_before_and_after_are_the_measurements_of_those_weeks(result):
    """Without seasons the level is the share over all weeks before, and over all from then on."""
    (change,) = result.insight.changes.found
    truth = {"satisfied": (80.0, 25.0), "mean": (0.8 * 4.5 + 0.2 * 2, 0.25 * 4.5 + 0.75 * 2)}
    before, after = truth[change.place.measure]
    spread = {"satisfied": 5.0, "mean": 0.2}[change.place.measure]
    assert change.before == pytest.approx(before, abs=spread)
    assert change.after == pytest.approx(after, abs=spread)
    assert change.size.low < after - before < change.size.high
    assert change.n_before + change.n == pytest.approx(1_600, abs=120)


def test_the_finding_says_who_where_when_how_much(result):
    (told,) = findings(result.project, result.insight)
    assert told.text.startswith("Delivery, Abroad: Satis")
    assert ", for the worse, from 2024-W25 (2024-W23 to 2024-W27) on, -55 points [-" in told.text
    assert "Also seen: the whole journey, I buy, everybody." in told.text
    assert f"n = {result.insight.changes.found[0].n_before:,} and" in told.text
    assert "two years were not seen" in told.caution
    share = result.insight.feeling("delivery", "abroad").share
    assert told.matters == pytest.approx(
        100 * abs(result.insight.changes.found[0].relative) * share, rel=0.01
    )


def test_rules_read_trends(result):
    lost = {
        (one.subject.id, one.subject.segment): one.derived["lost"]
        for one in result.conclusions
        if "lost" in one.derived
    }
    assert set(lost) == {("delivery", "abroad")}
    assert lost["delivery", "abroad"] == pytest.approx(-55, abs=8)


def test_what_did_not_move_has_no_direction(result):
    trend = result.insight.changes.trend("satisfied", "pay")
    assert (trend.size, trend.good) == (0.0, None)
    assert trend.certainty < 0.9
    assert result.insight.changes.trend("satisfied", "buy") is None  # stages are not asked for
