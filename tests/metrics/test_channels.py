"""Channels as populations: measured, pooled, protected and compared like segments."""

from __future__ import annotations

import random

import pytest

from cxengine.engine import Engine

PROJECT = """
[project]
id = "shop"
name = "Shop"

[evidence]
by = ["channel"]
period = "month"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "search"
name = "Search"
stage = "buy"
start = true

[[touchpoint]]
id = "pay"
name = "Pay"
stage = "buy"
end = true

[[channel]]
id = "web"
name = "Web shop"

[[channel]]
id = "app"
name = "App"

[[channel]]
id = "fax"
name = "Fax"

[[segment]]
id = "regulars-in-the-app"
name = "Regulars in the app"
when = 'attributes.regular && channel == "app"'

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "answers"
options = { path = "answers.csv" }

[source.mapping]
occurred_at = "day"
channel = "channel"
attributes = { regular = { column = "regular", type = "boolean" } }
signals = [{ signal = "rating", columns = { search = "search", pay = "pay" } }]

[[metric]]
id = "rating"
use = "csat_mean"
signal = "rating"

[[export]]
id = "page"
use = "html"
"""


@pytest.fixture(scope="module")
def answers():
    dice = random.Random(3)
    channels = ["web"] * 300 + ["app"] * 200 + ["fax"] * 4 + [""] * 50
    return [
        {
            "day": f"2024-0{dice.randint(1, 2)}-1{dice.randint(0, 9)}",
            "channel": channel,
            "regular": dice.choice(["yes", "no"]),
            "search": dice.randint(1, 5) if channel != "app" else dice.randint(3, 5),
            "pay": dice.choice(["", 1, 2, 3, 4, 5]),
        }
        for channel in channels
    ]


@pytest.fixture(scope="module")
def result(tmp_path_factory, answers):
    folder = tmp_path_factory.mktemp("channels")
    (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    lines = [",".join(answers[0])] + [",".join(map(str, row.values())) for row in answers]
    (folder / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Engine().run(folder)


def mean(values):
    return sum(values) / len(values)


def test_a_channel_is_a_population_of_every_cell(result, answers):
    for channel in ("web", "app"):
        came = [row for row in answers if row["channel"] == channel]
        search = [row["search"] for row in came]
        pay = [row["pay"] for row in came if row["pay"]]
        found = result.measurements.get("rating", "touchpoint", "search", segment=f"channel:{channel}")
        assert (found.n, found.value) == (len(came), pytest.approx(mean(search)))
        stage = result.measurements.get("rating", "stage", "buy", segment=f"channel:{channel}")
        assert (stage.n, stage.value) == (len(search + pay), pytest.approx(mean(search + pay)))
        january = [row["search"] for row in came if row["day"].startswith("2024-01")]
        month = result.measurements.get(
            "rating", "touchpoint", "search", segment=f"channel:{channel}", period="2024-01"
        )
        assert (month.n, month.value) == (len(january), pytest.approx(mean(january)))


def test_a_segment_may_ask_for_a_channel(result, answers):
    asked = [row["search"] for row in answers if row["channel"] == "app" and row["regular"] == "yes"]
    found = result.measurements.get("rating", "touchpoint", "search", segment="regulars-in-the-app")
    assert (found.n, found.value) == (len(asked), pytest.approx(mean(asked)))


def test_a_small_channel_is_hidden_and_not_given_away(result):
    """All less web and app leaves fax and those of no channel: with so few by fax, only the 54 together show."""
    shown = {
        segment: result.measurements.get("rating", "touchpoint", "search", segment=segment)
        for segment in ("all", "channel:web", "channel:app", "channel:fax")
    }
    assert shown["channel:fax"].suppressed
    rest = [one.n for name, one in shown.items() if name not in ("all", "channel:fax")]
    assert shown["all"].n - sum(rest) >= 50


def test_changes_are_told_by_channel(result):
    changes = result.measurements.changes
    told = set(zip(changes["subject"].to_pylist(), changes["segment"].to_pylist(), strict=True))
    assert ("search", "channel:web") in told
    assert ("search", "channel:fax") not in told


def test_the_report_names_channels(result, tmp_path):
    Engine().write(result, tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "By Web shop" in page


def test_feelings_stay_those_of_segments(result):
    assert {feeling.segment for feeling in result.insight.feelings} == {"all", "regulars-in-the-app"}
