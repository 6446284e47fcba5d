"""Returns on experience: the declared sum, its interval by draws, what is assumed, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, NetPromoterScore, ResolutionTime

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.metrics.measure import measure
from cxengine.metrics.rox import returns
from cxengine.plugin import NoOptions
from cxengine.project import model
from cxengine.review.rox import write_rox


def node(**declared):
    return model.RoxNode(**{"kind": "experience"} | declared)


NPS = node(metric="nps", base=0, target=50, weight=3, grade="correlational")
CSAT = node(metric="csat", touchpoint="search", base=3, target=5, kind="employee")
WAIT = node(metric="wait", touchpoint="order", base=20, target=10, kind="outcome", grade="experimental")


@pytest.fixture
def grown(make_project, make_evidence, signals):
    """`grown(trees)`: the returns of a small project."""
    rng = np.random.default_rng(3)
    rows = [{"signal": "recommend", "touchpoint": "journey", "value": float(v)} for v in [10] * 60 + [5] * 40]
    rows += [{"signal": "satisfied", "touchpoint": "search", "value": float(v)} for v in [4] * 50 + [5] * 50]
    rows += [
        {"signal": "waited", "touchpoint": "order", "value": float(v)} for v in rng.lognormal(2.5, 0.5, 99)
    ]
    metrics = {
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "wait": ResolutionTime(ResolutionTime.Options(), signals["waited"]),
    }

    def of(*trees, **settings):
        made = make_project(rox=trees, **settings)
        measurements = measure(made, make_evidence(rows), metrics)
        return returns(made, metrics, measurements), measurements

    return of


def test_the_index_is_the_declared_sum(grown):
    (tree,), measurements = grown(model.RoxTable(id="all", name="All", nodes=(NPS, CSAT, WAIT)))
    wait = measurements.get("wait", "touchpoint", "order").value
    expected = (3 * 20 / 50 + (4.5 - 3) / 2 + (20 - wait) / 10) / 5
    assert tree.index.value == pytest.approx(expected)
    assert tree.index.low < expected < tree.index.high
    assert tree.assumed == pytest.approx(1 / 5)
    assert [n.share for n in tree.nodes] == [0.6, 0.2, 0.2]
    assert [n.name for n in tree.nodes] == ["nps", "csat at search", "wait at order"]
    assert tree.ratio is None


def test_one_node_has_the_interval_of_its_metric(grown):
    (tree,), measurements = grown(model.RoxTable(id="one", name="One", nodes=(NPS,)))
    nps = measurements.get("nps", "journey", "shop")
    assert (tree.index.low, tree.index.high) == (
        pytest.approx(nps.low / 50, abs=0.03), pytest.approx(nps.high / 50, abs=0.03)
    )  # fmt: skip
    (again,), _ = grown(model.RoxTable(id="one", name="One", nodes=(NPS,)))
    assert again == tree


def test_trees_within_trees(grown):
    leaf = model.RoxTable(id="leaf", name="Leaf", nodes=(NPS, CSAT))
    top = model.RoxTable(
        id="top",
        name="Top",
        nodes=(
            node(rox="leaf", grade="experimental"),
            node(metric="wait", touchpoint="order", base=20, target=10),
        ),
    )
    (first, second), _ = grown(top, leaf)
    assert (first.id, second.id) == ("top", "leaf")
    assert first.nodes[0].progress == second.index
    assert first.assumed == pytest.approx(0.5 * second.assumed + 0.5)


def test_the_ratio_of_return(grown):
    sure = model.RoxTable(
        id="a", name="A", nodes=(NPS,), attributed=model.Estimate(150, 150, 150), investment=100.0
    )
    likely = model.RoxTable(
        id="b", name="B", nodes=(NPS,), attributed=model.Estimate(50, 150, 400), investment=100.0
    )
    (a, b), _ = grown(sure, likely)
    assert (a.ratio.value, a.ratio.low, a.ratio.high) == (0.5, 0.5, 0.5)
    assert b.ratio.value == pytest.approx((50 + 600 + 400) / 6 / 100 - 1)
    assert -0.5 < b.ratio.low < b.ratio.value < b.ratio.high < 3


def test_what_may_not_be_shown_is_not_shown(grown):
    tree = model.RoxTable(id="all", name="All", nodes=(NPS, CSAT, WAIT))
    (found,), _ = grown(tree, minimum_n=100)  # 99 waited
    assert found.index is None
    assert [n.progress is None for n in found.nodes] == [False, False, True]


PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 1

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true

[[signal]]
id = "happy"
wording = "?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "happiness"
use = "csat_mean"
signal = "happy"

[[source]]
id = "survey"
options = { path = "survey.csv" }
mapping = { signals = [{ signal = "happy", columns = { q = "it" } }] }

[[rox]]
id = "worth"
name = "Worth"
attributed = [100, 200, 300]
investment = 100

[[rox.nodes]]
kind = "experience"
metric = "happiness"
base = 3
target = 5
WRONG
"""


def test_declared_in_toml_and_written(tmp_path):
    (tmp_path / "cxengine.toml").write_text(PROJECT.replace("WRONG", ""), encoding="utf-8")
    (tmp_path / "survey.csv").write_text("q\n" + "4\n" * 20 + "5\n" * 20, encoding="utf-8")
    result = Engine().run(tmp_path)
    Engine().write(result, tmp_path / "out")
    (found,) = json.loads((tmp_path / "out" / "rox.json").read_text(encoding="utf-8"))
    assert found["index"]["value"] == pytest.approx(0.75)
    assert found["assumed"] == 1.0
    assert found["nodes"][0]["grade"] == "assumed"
    assert found["ratio"]["value"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("old", "wrong", "says"),
    [
        ("WRONG", 'rox = "worth"', "either `metric` or `rox`"),
        ("target = 5\nWRONG", "target = 3", "base is target"),
    ],
)
def test_nodes_that_are_none_are_told_where_they_stand(tmp_path, old, wrong, says):
    (tmp_path / "cxengine.toml").write_text(PROJECT.replace(old, wrong), encoding="utf-8")
    with pytest.raises(ProjectError) as raised:
        Engine().load(tmp_path)
    (told,) = [one for one in raised.value.diagnostics if says in one.message]
    assert told.location.line >= 39


def test_trees_that_contain_each_other_are_told(tmp_path):
    trees = "".join(
        f"""
[[rox]]
id = "{one}"
name = "{one}"
nodes = [{{ kind = "outcome", rox = "{other}" }}]
"""
        for one, other in ("ab", "ba")
    )
    (tmp_path / "cxengine.toml").write_text(PROJECT.replace("WRONG", "") + trees, encoding="utf-8")
    with pytest.raises(ProjectError) as raised:
        Engine().load(tmp_path)
    assert any("contain each other" in one.message for one in raised.value.diagnostics)


def test_a_node_without_an_upper_bound(make_project, make_evidence, signals, tmp_path):
    rows = [
        {"signal": "waited", "touchpoint": "order", "value": 10.0 + i, "censored": i % 2 == 1}
        for i in range(12)
    ]
    metrics = {"wait": ResolutionTime(ResolutionTime.Options(), signals["waited"])}
    made = make_project(rox=(model.RoxTable(id="slow", name="Slow", nodes=(WAIT,)),))
    (found,) = returns(made, metrics, measure(made, make_evidence(rows), metrics))
    assert found.index.low == -np.inf  # who waits for ever is far from the target
    (written,) = json.loads(write_rox(tmp_path, (found,)).read_text(encoding="utf-8"))
    assert written["index"]["low"] is None
