"""Returns on experience: the declared sum, its interval, what is assumed, what is refused."""

from __future__ import annotations

import json

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, NetPromoterScore, ResolutionTime, TopTwoBox
from scipy.stats import norm

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.metrics.measure import measure
from cxengine.metrics.rox import returns
from cxengine.plugin import NoOptions
from cxengine.project import model
from cxengine.review.rox import write_rox

ANSWERED = model.SourceTable(id="survey", mapping=model.MappingTable(customer_id="who"))


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
        evidence = make_evidence(rows)
        measurements = measure(made, evidence, metrics)
        return returns(made, metrics, measurements, evidence.backend), measurements

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
    assert (tree.index.low, tree.index.high) == pytest.approx((nps.low / 50, nps.high / 50), rel=1e-12)
    (again,), _ = grown(model.RoxTable(id="one", name="One", nodes=(NPS,)))
    assert again == tree


SHARES = np.array([0.1, 0.15, 0.25, 0.3, 0.2])
MEAN, GOOD = float(SHARES @ np.arange(1, 6)), 50.0
AT_SEARCH = node(metric="csat", touchpoint="search", base=3, target=5)
AT_ORDER = node(metric="csat", touchpoint="order", base=3, target=5)
GOOD_AT_SEARCH = node(metric="t2b", touchpoint="search", base=0, target=100)
ANYWHERE = node(metric="csat", base=3, target=5)
COME = (MEAN - 3) / 2
COVERED = {
    "one": ((AT_SEARCH,), COME),
    "apart": ((AT_SEARCH, AT_ORDER), COME),
    "same-answers": ((AT_SEARCH, GOOD_AT_SEARCH), (COME + GOOD / 100) / 2),
    "part-of": ((AT_SEARCH, ANYWHERE), COME),
    "against": ((AT_SEARCH, attrs.evolve(AT_ORDER, base=5, target=3)), (COME + (MEAN - 5) / -2) / 2),
    "three": ((AT_SEARCH, AT_ORDER, GOOD_AT_SEARCH), (2 * COME + GOOD / 100) / 3),
}
"""Nodes of a tree, and what it has truly come to."""


def _trees(covered):
    tables = [model.RoxTable(id=name, name=name, nodes=nodes) for name, (nodes, _) in covered.items()]
    within = model.RoxTable(id="within", name="w", nodes=(node(rox="apart", target=2), ANYWHERE))
    return (*tables, within)


def _answers(rng, customers):
    """An answer each at search and order, alike where they are of the same customers."""
    moods = np.sqrt(0.7) * rng.standard_normal(60) if customers else np.zeros((1,))
    own = np.sqrt(0.3) if customers else 1.0
    for touchpoint in ("search", "order"):
        latent = moods + own * rng.standard_normal(60)
        values = 1 + np.searchsorted(norm.ppf(np.cumsum(SHARES)[:-1]), latent)
        for i, value in enumerate(values):
            person = {"customer": f"c{i}"} if customers else {}
            yield {"signal": "satisfied", "touchpoint": touchpoint, "value": float(value)} | person


@pytest.mark.parametrize(
    ("rounds", "least", "most"), [(20, 0.85, 1.0), pytest.param(400, 0.925, 0.975, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("customers", [False, True])
def test_intervals_cover_the_planted_truth(
    make_project, make_evidence, signals, customers, rounds, least, most
):
    """Nodes that share answers or customers are not treated as if they did not."""
    rng = np.random.default_rng(1)
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    covered = COVERED | {"within": ((), (COME / 2 + COME) / 2)}
    made = make_project(rox=_trees(COVERED), segments=(), sources=(ANSWERED,))
    held = dict.fromkeys(covered, 0)
    for _ in range(rounds):
        evidence = make_evidence(list(_answers(rng, customers)))
        for tree in returns(made, metrics, measure(made, evidence, metrics), evidence.backend):
            held[tree.id] += tree.index.low <= covered[tree.id][1] <= tree.index.high
    shares = {name: hits / rounds for name, hits in held.items()}
    assert {name: share for name, share in shares.items() if not least <= share <= most} == {}


def _half_width(interval):
    return np.array([interval.value - interval.low, interval.high - interval.value])


def test_what_rises_together_is_less_certain_and_what_holds_against_it_more(
    make_project, make_evidence, signals
):
    """Mean and top two boxes of the same answers: one for the other, or one against the other."""
    values = np.random.default_rng(1).choice(np.arange(1.0, 6), 200, p=SHARES)
    evidence = make_evidence([{"signal": "satisfied", "touchpoint": "search", "value": v} for v in values])
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    against = attrs.evolve(GOOD_AT_SEARCH, base=100, target=0)
    trees = {"both": (AT_SEARCH, GOOD_AT_SEARCH), "against": (AT_SEARCH, against)}
    made = make_project(
        rox=tuple(model.RoxTable(id=name, name=name, nodes=nodes) for name, nodes in trees.items())
    )
    both, less = returns(made, metrics, measure(made, evidence, metrics), evidence.backend)
    good = values >= 4
    r = np.corrcoef(values, good)[0, 1]
    assert r > 0.8
    one, other = (_half_width(node.progress) for node in both.nodes)
    assert _half_width(both.index) == pytest.approx(
        np.sqrt(one**2 + other**2 + 2 * r * one * other) / 2, rel=1e-3
    )
    turned = _half_width(less.nodes[1].progress)
    assert turned == pytest.approx(other[::-1])
    assert _half_width(less.index) == pytest.approx(
        np.sqrt(one**2 + turned**2 - 2 * r * one * turned) / 2, rel=1e-3
    )


def test_of_which_nobody_knows_how_they_move_together_the_worst_is_taken(
    make_project, make_evidence, signals
):
    """Two quantiles of the same times: their distances add up, as if one rose with the other."""
    rows = [{"signal": "waited", "touchpoint": "order", "value": float(v)} for v in range(1, 61)]
    evidence = make_evidence(rows)
    metrics = {
        name: ResolutionTime(ResolutionTime.Options(quantile=share), signals["waited"])
        for name, share in (("wait", 0.5), ("first", 0.2))
    }
    nodes = (WAIT, attrs.evolve(WAIT, metric="first"))
    made = make_project(rox=(model.RoxTable(id="all", name="All", nodes=nodes),))
    (found,) = returns(made, metrics, measure(made, evidence, metrics), evidence.backend)
    one, other = (_half_width(node.progress) for node in found.nodes)
    assert _half_width(found.index) == pytest.approx((one + other) / 2)


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
    evidence = make_evidence(rows)
    (found,) = returns(made, metrics, measure(made, evidence, metrics), evidence.backend)
    assert found.index.low == -np.inf  # who waits for ever is far from the target
    (written,) = json.loads(write_rox(tmp_path, (found,)).read_text(encoding="utf-8"))
    assert written["index"]["low"] is None
