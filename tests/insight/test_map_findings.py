"""Moments of truth, memory, personas and returns as sentences; from TOML to the command line."""

from __future__ import annotations

import contextlib
import io
import json

import jsonschema
import numpy as np
import pytest

from cxengine import Engine
from cxengine.cli import main
from cxengine.explain.known import Known
from cxengine.explain.map import shaping
from cxengine.insight.returns import findings as returns_of
from cxengine.metrics.interval import Interval
from cxengine.metrics.rox import Progress, Rox
from cxengine.rules.conclusion import Subject
from cxengine.testing.drivers import on_scale

TOML = """
[project]
id = "shop"
name = "Shop"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "search"
name = "Searching"
stage = "use"
importance = 0.5

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "use"
importance = 0.9

[[touchpoint]]
id = "gift"
name = "A gift"
stage = "use"
importance = 0.4
moment_of_truth = true
end = true

[[segment]]
id = "young"
name = "Young people"
when = "attributes.age < 30.0"

[[persona]]
id = "noor"
name = "Noor"
segment = "young"

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "overall"
wording = "All in all?"
about = "relationship"

[[source]]
id = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
attributes = { age = { column = "age", type = "number" } }
signals = [
    { signal = "rating", columns = { search = "search", pay = "pay", gift = "gift" } },
    { signal = "overall", columns = { overall = "journey" } },
]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"

[[driver_model]]
id = "liking"
name = "What goes with liking the shop"
outcome = { signal = "overall", name = "liking the shop" }
drivers = [{ signal = "rating" }]
sets_importance = true

[[rox]]
id = "care"
name = "What care brings"
attributed = [80, 100, 150]
investment = 50
nodes = [
    { kind = "experience", metric = "csat", base = 1, target = 5, weight = 3, grade = "correlational" },
    { kind = "experience", metric = "csat", touchpoint = "gift", base = 1, target = 5, weight = 1 },
]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A thousand guests: liking follows search, which leaves nobody cold; gifts are few and matter little."""
    folder = tmp_path_factory.mktemp("shop")
    rng = np.random.default_rng(4)
    mood = rng.standard_normal((1000, 4))
    search, pay, gift = (on_scale(mood[:, i] * 1.4) for i in range(3))
    young = rng.random(1000) < 0.3
    pay = np.where(young & (rng.random(1000) < 0.6), 1, pay)
    overall = 2 * search + 0.4 * pay + 0.2 * gift + mood[:, 3]
    lines = ["id,age,search,pay,gift,overall"]
    for i in range(1000):
        there = f"{gift[i]:.0f}" if i % 2 else ""
        lines.append(f"{i},{20 if young[i] else 50},{search[i]:.0f},{pay[i]:.0f},{there},{overall[i]:.3f}")
    (folder / "cxengine.toml").write_text(TOML)
    (folder / "answers.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def told(shop):
    """What the command line prints as JSON."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        main(["insight", str(shop), "--json"])
    return json.loads(out.getvalue())


def findings(told, kind):
    return {f["subject"] or f["model"]: f for f in told["findings"] if f["kind"] == kind}


def test_measured_importance_finds_the_moment_that_nobody_declared(told):
    found = findings(told, "moment of truth")
    assert found["search"]["text"].startswith(
        "Searching is a moment of truth: over 99% sure to be among the strongest, though it is not declared as one"
    )
    assert found["gift"]["text"].startswith(
        "A gift is declared a moment of truth; it is among the strongest with under 1% only"
    )
    assert "pay" not in found
    assert found["search"]["caution"].startswith("Importance goes with loyalty")
    assert found["search"]["matters"] > 0
    truths = {one["touchpoint"]: one for one in told["map"]["moments_of_truth"]}
    assert [truths[t]["counts"] for t in ("search", "pay", "gift")] == [True, False, True]
    assert truths["search"]["importance"] == "measured"
    assert truths["search"]["strength"]["low"] < truths["search"]["strength"]["high"]


def test_memory_and_personas_are_told(told):
    assert set(findings(told, "peak-end")) == {"", "noor"}
    everybody = findings(told, "peak-end")[""]
    assert everybody["text"].startswith("Everybody: remembered at ")
    noor = findings(told, "persona")["noor"]
    assert noor["text"].startswith("Noor: most pain at Paying (")
    assert "more pain than others at Paying (" in noor["text"]
    assert noor["low"] > 0
    assert noor["touchpoints"][0] == "pay"


def test_a_return_says_what_is_assumed(told):
    found = findings(told, "rox")["care"]
    assert found["text"].startswith("What care brings: ")
    assert "the heaviest part is csat" in found["text"]
    assert "return on the investment" in found["text"]
    assert found["caution"].startswith("25% of its weights rest on assumption")
    assert found["low"] < found["effect"] < found["high"]


def test_a_return_that_is_not_known_says_why():
    node = Progress("csat at gift", "experience", "assumed", 1.0, None)
    (found,) = returns_of((Rox("care", "Care", None, None, 1.0, (node,)),))
    assert found.text == "Care: no index, as nothing is shown of csat at gift."
    assert (found.effect, found.matters) == (None, 0.0)


def test_a_return_matters_by_what_is_wanting_and_known():
    def of(index, assumed):
        node = Progress("x", "experience", "assumed", 1.0, index)
        (found,) = returns_of((Rox("care", "Care", index, None, assumed, (node,)),))
        return found.matters

    assert of(Interval(0.4, 0.35, 0.45), 0.5) == pytest.approx(100 * 0.6 * 0.5)
    assert of(Interval(0.4, 0.35, 0.45), 1.0) == 0
    assert of(Interval(1.0, 0.9, 1.1), 0.0) == 0


def test_everything_fits_the_published_schema(told, capsys):
    with pytest.raises(SystemExit):
        main(["schema", "insight"])
    jsonschema.validate(told, json.loads(capsys.readouterr().out))


def test_a_run_writes_the_same(shop, told, tmp_path):
    engine = Engine()
    engine.write(engine.run(engine.load(shop)), tmp_path / "run")
    written = json.loads((tmp_path / "run" / "insight.json").read_text())
    assert written == told


def test_why_a_touchpoint_is_a_moment_of_truth(shop):
    engine = Engine()
    result = engine.run(engine.load(shop))
    step = shaping(Known(result), Subject("touchpoint", "search"), ("moment_of_truth",), True)
    assert "sure to be among the strongest, by measured importance" in step.text
    assert "decided by either, from 80% on" in step.text
    assert [part.text.split(":")[0] for part in step.parts][:2] == ["moment_of_truth", "importance"]
    assert len(step.parts) == 4
