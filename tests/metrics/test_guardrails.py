"""Guardrails and returns on experience from TOML: what they say, to whom, and where it ends up."""

from __future__ import annotations

import datetime as dt
import json
import random
from statistics import NormalDist

import numpy as np
import pytest
from cxengine_standard.metrics import Mean

from cxengine.engine import Engine
from cxengine.metrics.discovery import discover
from cxengine.metrics.guardrails import flagged, guardrails
from cxengine.metrics.measure import measure
from cxengine.plugin import Estimates, Metric, NoOptions
from cxengine.project import model

PROJECT = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "month"

[roadmap]
start = 2025-01-06
weeks = 20
score = "impact.likely / effort.likely * (rox.all.value < 0.9 ? 2.0 : 1.0)"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"
start = true

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "buy"
end = true

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "wait"
wording = "How long did it take?"
scale = { min = 0, max = 100 }
direction = "lower_is_better"
unit = "minutes"

[[source]]
id = "answers"
options = { path = "answers.csv" }

[source.mapping]
occurred_at = "day"
signals = [
  { signal = "rating", columns = { till = "till", desk = "desk" } },
  { signal = "wait", columns = { wait = "till" } },
]

[[metric]]
id = "rating"
use = "csat_mean"
signal = "rating"
guardrail = 3.5

[[metric]]
id = "wait"
use = "mean"
signal = "wait"
guardrail = 30

[[rox]]
id = "all"
name = "Everything"
attributed = [100, 200, 400]
investment = 150
nodes = [
  { kind = "experience", metric = "rating", touchpoint = "till", base = 1, target = 5, grade = "correlational" },
  { kind = "outcome", metric = "wait", touchpoint = "till", base = 50, target = 10, weight = 3 },
]

[[rule]]
id = "not-there-yet"
about = "touchpoint"
when = "rox.all.high < 0.9 && rox.all.assumed_share == 0.75 && rox.all.ratio.value > 0"
tag = ["not-there-yet"]

[[rule]]
id = "of-the-journey"
about = "initiative"
when = "rox.all.value < 0.9"
tag = ["invest"]

[[team]]
id = "team"
name = "Team"
capacity = 2

[[initiative]]
id = "faster"
name = "Hurry them along"
effort = 3
team = "team"
effects = [
  { touchpoint = "till", metric = "wait", change = -5 },
  { touchpoint = "desk", metric = "rating", change = [-1.5, -1, -0.5] },
]

[[export]]
id = "markdown"
use = "markdown"

[[export]]
id = "json"
use = "json"

[[export]]
id = "page"
use = "html"
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Till: ratings below the guardrail; desk: above it, and worse in February; waiting: kept."""
    folder = tmp_path_factory.mktemp("guarded")
    dice = random.Random(7)
    rows = ["day,till,desk,wait"]
    for i in range(400):
        month, at_desk = ("01", [5, 5, 4]) if i < 200 else ("02", [3, 4, 4])
        rows.append(f"2024-{month}-10,{dice.choice([2, 3, 4])},{dice.choice(at_desk)},{dice.uniform(10, 30)}")
    (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Engine().run(folder)


def state(result, metric, subject):
    return next(g for g in result.guardrails if (g.metric, g.subject) == (metric, subject))


def test_a_guardrail_is_passed_or_kept(result):
    assert state(result, "rating", "till").state == "passed"
    assert state(result, "rating", "desk").state == "kept"
    assert state(result, "wait", "till").state == "kept"


def test_what_got_worse_is_told_though_the_guardrail_holds(result):
    worse = state(result, "rating", "desk").worsening
    assert (worse.since, worse.period) == ("2024-01", "2024-02")
    assert worse.high < 0
    assert state(result, "wait", "till").worsening is None
    found = {(d.code, d.message.split(" is ")[0]) for d in result.warnings}
    assert ("CX508", "rating at till") in found
    assert ("CX509", "rating at desk") in found
    assert not any(message.startswith("wait") for _, message in found)


def test_an_initiative_that_would_pass_a_guardrail_says_so(result):
    (item,) = result.roadmap.items
    (reason,) = [r.text for r in item.reasons if r.kind == "guardrail" and "Expected" in r.text]
    assert reason.startswith("Expected to bring Customer satisfaction (mean) at Desk to 3.1")
    assert [d.code for d in result.warnings if '"faster"' in d.message] == ["CX527"]


def test_rules_read_the_return(result):
    tree = result.rox[0]
    rating, wait = (result.measurements.get(m, "touchpoint", "till").value for m in ("rating", "wait"))
    assert tree.index.value == pytest.approx(0.25 * (rating - 1) / 4 + 0.75 * (50 - wait) / 40)
    tags = {c.subject.id: c.tags for c in result.conclusions}
    assert tags["till"] == ("not-there-yet",)
    assert tags["faster"] == ("invest",)


def test_everything_reaches_the_artefacts(result, tmp_path):
    Engine().write(result, tmp_path / "run")
    roadmap = json.loads((tmp_path / "run" / "roadmap.json").read_text(encoding="utf-8"))
    assert roadmap["rox"][0]["assumed"] == 0.75
    assert roadmap["rox"][0]["index"]["low"] < roadmap["rox"][0]["index"]["value"]
    assert {g["state"] for g in roadmap["guardrails"]} == {"passed", "kept"}
    markdown = (tmp_path / "run" / "roadmap.md").read_text(encoding="utf-8")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in (markdown, page):
        assert "Returns on experience" in text
        assert "75%" in text
        assert "worse since 2024-01" in text


def test_a_guardrail_beyond_which_chance_may_have_led(tmp_path):
    """Twelve answers around 3.4 with a guardrail of 3.5: not kept, and not passed either."""
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    rows = [f"2024-01-1{i % 10},{value},5,20" for i, value in enumerate([3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 3])]
    (tmp_path / "answers.csv").write_text("\n".join(["day,till,desk,wait", *rows]) + "\n", encoding="utf-8")
    result = Engine().run(tmp_path)
    assert state(result, "rating", "till").state == "beyond"
    assert not any(d.code == "CX508" for d in result.warnings)


class Lopsided(Metric):
    """3.0, and as low as 2.0, but hardly higher."""

    name = "lopsided"
    title = "Lopsided"
    components = {"total": "sum(value)"}

    def __init__(self, direction, signal):
        super().__init__(NoOptions(), signal)
        self.direction = direction

    def range(self):
        return 0.0, 5.0

    def measure(self, components):
        return Estimates(*(np.full(len(components["n"]), limit) for limit in (3.0, 2.0, 3.2)))

    def draw(self, components, rng, size):
        raise AssertionError


@pytest.mark.parametrize(
    ("direction", "limit", "away"),
    [
        (
            "higher_is_better",
            3.5,
            0.5 / 0.2,
        ),  # were it 3.5, how often would one see 3.0: over the upper limit
        ("lower_is_better", 2.5, 0.5 / 1.0),
        ("higher_is_better", 2.5, None),
        ("lower_is_better", 3.5, None),
    ],
)
def test_the_chance_of_an_uneven_interval_by_hand(
    make_project, make_evidence, signals, direction, limit, away
):
    table = model.MetricTable(id="it", use="lopsided", signal="satisfied", guardrail=limit)
    rows = [{"signal": "satisfied", "touchpoint": "order", "value": 3.0}] * 20
    metrics, project = {"it": Lopsided(direction, signals["satisfied"])}, make_project(metrics=(table,))
    found = guardrails(project, metrics, measure(project, make_evidence(rows), metrics))
    (order,) = (one for one in found if one.subject == "order")
    p = 1.0 if away is None else NormalDist().cdf(-1.959964 * away)
    assert (order.state, order.p) == ("kept" if away is None else "beyond", pytest.approx(p, rel=1e-6))


def test_what_is_hidden_is_held_against_nothing(make_project, make_evidence, signals):
    table = model.MetricTable(id="it", use="lopsided", signal="satisfied", guardrail=3.5)
    rows = [{"signal": "satisfied", "touchpoint": "order", "value": 3.0}] * 20
    metrics = {"it": Lopsided("higher_is_better", signals["satisfied"])}
    for least, subjects in ((21, set()), (20, {"shop", "order"})):
        project = make_project(metrics=(table,), minimum_n=least)
        found = guardrails(project, metrics, measure(project, make_evidence(rows), metrics))
        assert {one.subject for one in found} == subjects


@pytest.mark.parametrize(("signal", "later", "worse"), [
    ("waited", 5, True), ("waited", -5, False), ("satisfied", -1, True), ("satisfied", 1, False),
])  # fmt: skip
def test_worse_is_at_the_other_end_than_good(make_project, make_evidence, signals, signal, later, worse):
    """Longer to wait, or less satisfied: whether the guardrail holds or not."""
    table = model.MetricTable(id="it", use="mean", signal=signal, guardrail=3.0)
    metrics = {"it": Mean(NoOptions(), signals[signal])}
    rows = [
        {
            "signal": signal,
            "touchpoint": "order",
            "occurred_at": dt.datetime(2024, month, 1 + i % 28),
            "value": value,
        }
        for month, shift in ((1, 0), (2, later))
        for i in range(60)
        for value in [(3.0 if signal == "satisfied" else 20.0) + i % 2 + shift]
    ]
    project = make_project(metrics=(table,), period="month", current="latest")
    measured = measure(project, make_evidence(rows), metrics)
    found = guardrails(project, metrics, measured)
    decided = discover({"change": measured.changes["p"].to_numpy()})
    told = flagged(found, metrics, measured.flagged(decided), decided)
    (order,) = (one for one in told if one.subject == "order")
    assert (order.worsening is not None) == worse
    if worse:
        assert order.worsening.value == pytest.approx(later)
