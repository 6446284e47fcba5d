"""What rules and readers get of driver models: importance, roles, findings on the command line."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from cxengine import Engine, ProjectError
from cxengine.cli import main
from cxengine.testing.drivers import kano, on_scale

TOML = """
[project]
id = "shop"
name = "Shop"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "use"
importance = 0.4

[[touchpoint]]
id = "gift"
name = "A gift"
stage = "use"
importance = 0.8

[[touchpoint]]
id = "store"
name = "The store"
stage = "use"
importance = 0.3

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "overall"
wording = "All in all?"
about = "relationship"

[[signal]]
id = "renewed"
wording = "Euros spent in the year after"
about = "relationship"

[[source]]
id = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"

[[source.mapping.signals]]
signal = "rating"
columns = { pay = "pay", gift = "gift" }

[[source.mapping.signals]]
signal = "overall"
columns = { overall = "journey" }

[[source.mapping.signals]]
signal = "renewed"
columns = { renewed = "journey" }

[[driver_model]]
id = "liking"
name = "What goes with liking the shop"
outcome = { signal = "overall", name = "liking the shop" }
drivers = [{ signal = "rating" }]
sets_importance = true

[[driver_model]]
id = "spending"
name = "What goes with spending"
outcome = { signal = "renewed", name = "spending" }
drivers = [{ signal = "overall", name = "Liking the shop" }]

[[driver_model.edges]]
signal = "overall"
effect = [8, 10, 12]
grade = "experimental"
source = "Vouchers for half of the guests, spring 2026"

[[rule]]
id = "must-work"
about = "touchpoint"
when = 'driver_role == "basic"'
tag = ["must work"]
because = "{touchpoint.name}: bad answers cost more than good ones bring."

[[initiative]]
id = "terminal"
name = "A second terminal"
effort = 2
effects = [{ touchpoint = "pay", metric = "csat", change = 0.3 }]

[[initiative]]
id = "wrapping"
name = "Wrapping"
effort = 2
effects = [{ touchpoint = "gift", metric = "csat", change = 0.3 }]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"

[roadmap]
start = 2026-01-05

[[team]]
id = "shop"
name = "Shop"
capacity = 2

[[area]]
id = "let-it-work"
name = "Let it work"
when = 'touchpoints.exists(t, t.driver_role == "basic")'
team = "shop"

[[area]]
id = "surprise-me"
name = "Surprise me"
when = 'touchpoints.exists(t, t.driver_role == "excitement")'
team = "shop"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    rng = np.random.default_rng(1)
    n = 1200
    ratings = on_scale(rng.standard_normal((n, 2)))
    overall = 5 + kano(np.array([2.0, 0.0]), np.array([0.0, 1.0]), ratings) + rng.normal(0, 0.5, n)
    renewed = 10 * overall + rng.normal(0, 5, n)
    lines = ["id,pay,gift,overall,renewed"]
    lines += [
        f"{i},{pay:.0f},{gift:.0f},{o:.6f},{r:.6f}"
        for i, ((pay, gift), o, r) in enumerate(zip(ratings, overall, renewed, strict=True))
    ]
    (folder / "answers.csv").write_text("\n".join(lines))
    (folder / "cxengine.toml").write_text(TOML)
    return folder


@pytest.fixture(scope="module")
def result(shop):
    return Engine().run(shop)


def facts(result, touchpoint):
    return next(
        c.facts for c in result.conclusions if c.subject.about == "touchpoint" and c.subject.id == touchpoint
    )


def test_importance_comes_from_the_model_where_it_has_a_driver(result):
    drivers = {d.id: d.importance.value for d in result.insight.drivers.models[0].drivers}
    # The most important driver gets the largest importance that was declared for those of the model.
    assert facts(result, "pay")["importance"] == pytest.approx(0.8)
    assert facts(result, "gift")["importance"] == pytest.approx(0.8 * drivers["gift"] / drivers["pay"])
    assert facts(result, "store")["importance"] == 0.3


def test_rules_and_areas_read_the_role(result):
    assert facts(result, "pay")["driver_role"] == "basic"
    assert facts(result, "gift")["driver_role"] == "excitement"
    assert facts(result, "store")["driver_role"] == "unclear"
    tagged = {c.subject.id for c in result.conclusions if "must work" in c.tags}
    assert tagged == {"pay"}
    assert {item.id: item.area for item in result.roadmap.items} == {
        "terminal": "let-it-work",
        "wrapping": "surprise-me",
    }


def test_paths_multiply_effects_and_are_as_good_as_their_weakest_step(result):
    paths = {path.drivers: path for path in result.insight.drivers.paths}
    assert set(paths) == {("liking/pay", "spending/overall"), ("liking/gift", "spending/overall")}
    path = paths["liking/pay", "spending/overall"]
    slope = next(d.slope.value for d in result.insight.drivers.models[0].drivers if d.id == "pay")
    assert path.effect.value == pytest.approx(10 * slope)  # the experiment's 10, not what goes with it here
    assert path.effect.low < path.effect.value < path.effect.high
    assert path.grade == "correlational"


def test_findings_are_printed_with_n_and_caution(shop, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["insight", str(shop), "--kind", "driver"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    parts = [line[27:] if line[:3].strip() == "" else f"\n{line[27:]}" for line in lines[1:]]
    told = " ".join(parts).splitlines()
    paying = next(line for line in told if "Paying: " in line)
    assert re.search(r"\d+\.\d% \[\d+\.\d, \d+\.\d\] of the variance of liking the shop", paying)
    assert "n = 1,200" in paying
    assert "Goes together; that need not be cause." in paying
    assert "A basic: bad answers cost more than good ones bring." in paying


def test_a_driver_is_called_as_declared_where_it_is_one(result):
    assert [driver.name for driver in result.insight.drivers.models[0].drivers] == ["Paying", "A gift"]
    assert result.insight.drivers.models[1].drivers[0].name == "Liking the shop"


def test_findings_of_one_model_as_json(shop, capsys):
    with pytest.raises(SystemExit):
        main(["insight", str(shop), "--model", "spending", "--format", "json"])
    content = json.loads(capsys.readouterr().out)
    assert [model["id"] for model in content["models"]] == ["spending"]
    assert {finding["model"] for finding in content["findings"]} == {"spending"}


def test_a_model_that_is_not_there_is_named(shop, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["insight", str(shop), "--model", "spendin"])
    assert ended.value.code == 2
    assert "There is no driver model 'spendin'; there are: liking, spending." in capsys.readouterr().err


def test_a_project_that_asks_nothing_is_told_of_no_driver(shop, tmp_path, capsys):
    text = TOML.split("[[driver_model]]", maxsplit=1)[0]
    (tmp_path / "cxengine.toml").write_text(text)
    (tmp_path / "answers.csv").write_text((shop / "answers.csv").read_text())
    with pytest.raises(SystemExit) as ended:
        main(["insight", str(tmp_path)])
    assert ended.value.code == 0
    assert "goes with it" not in capsys.readouterr().out


def test_models_that_contradict_themselves_are_found_at_their_lines(tmp_path):
    text = TOML.replace(
        'drivers = [{ signal = "overall", name = "Liking the shop" }]',
        'drivers = [{ signal = "renewed", touchpoint = "journey" }]\nafter = true\nsets_importance = true',
    )
    (tmp_path / "cxengine.toml").write_text(text)
    with pytest.raises(ProjectError) as raised:
        Engine().load(tmp_path)
    said = {(d.code, d.message) for d in raised.value.diagnostics}
    assert ("CX184", "The outcome of spending, renewed at journey, is among its drivers.") in said
    assert ("CX184", "The driver model liking sets the importance of touchpoints already.") in said
    assert ("CX113", "Only answers of customers come after one another: `after` needs `unit`.") in said
    lines = text.splitlines()
    for found in raised.value.diagnostics:
        line = lines[found.location.line - 1]
        assert line.startswith(("drivers", "after", "sets_importance"))


def test_why_leads_from_importance_to_what_goes_with_what(result):
    step = str(Engine().why(result, "pay.importance"))
    assert "importance: 0.8" in step
    assert "of the variance of liking the shop goes with Paying" in step
    assert 'source "survey"' in step
    declared = str(Engine().why(result, "store.importance"))
    assert "variance" not in declared
