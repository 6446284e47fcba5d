"""Rules read how a metric moved in the latest period, and whether that is beyond chance."""

from __future__ import annotations

import csv
import random

import pytest

from cxengine import Engine

PROJECT = """
[project]
id = "shop"
name = "Shop"
[evidence]
period = "year"
current = "latest"
[privacy]
minimum_n = 5
[[stage]]
id = "get"
name = "I get it"
[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "get"
[[touchpoint]]
id = "returns"
name = "Returns"
stage = "get"
[[signal]]
id = "satisfied"
wording = "How satisfied are you?"
scale = { min = 1, max = 5, step = 1 }
[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfied"
[[source]]
id = "survey"
use = "file"
options = { path = "answers.csv" }
[source.mapping]
occurred_at = "day"
signals = [{ signal = "satisfied", columns = { q1 = "delivery", q2 = "returns" } }]
[[rule]]
id = "fell"
about = "touchpoint"
when = "metrics.csat.changed && metrics.csat.change.high < 0.0"
derive = { drop = "-metrics.csat.change.value" }
[[rule]]
id = "journey-moved"
about = "project"
when = "journey.metrics.csat.changed"
"""


@pytest.fixture
def result(tmp_path):
    dice = random.Random(3)
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    with (tmp_path / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "q1", "q2"])
        for year, middle in ((2022, 4.0), (2023, 4.0), (2024, 3.2)):
            for _ in range(300):
                answers = (min(5, max(1, round(dice.gauss(m, 0.8)))) for m in (middle, 3.5))
                writer.writerow([f"{year}-03-01", *answers])
    return Engine().run(tmp_path)


def test_what_fell_is_known_to_rules(result):
    fired = {c.subject.id: c for c in result.conclusions if c.subject.about == "touchpoint" and c.firings}
    assert [one.rule for one in fired["delivery"].firings] == ["fell"]
    change = result.measurements.change("csat", "touchpoint", "delivery")
    assert (change.since, change.period, change.changed) == ("2023", "2024", True)
    now, then = (
        result.measurements.get("csat", "touchpoint", "delivery", period=period).value
        for period in ("2024", "2023")
    )
    assert change.value == pytest.approx(now - then)
    assert fired["delivery"].derived["drop"] == pytest.approx(then - now)
    assert "returns" not in fired


def test_the_journey_moves_too(result):
    whole = next(c for c in result.conclusions if c.subject.about == "project")
    assert [one.rule for one in whole.firings] == ["journey-moved"]
    assert result.measurements.change("csat", "journey", "shop").changed
    assert result.measurements.change("csat", "journey", "elsewhere") is None
