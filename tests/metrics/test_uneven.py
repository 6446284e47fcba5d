"""Weights that go with the answer: design effects agree with a calculation by hand, and vanish where they must."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import (
    Formula,
    Mean,
    MeanSatisfaction,
    NetPromoterScore,
    ResolutionTime,
    Revenue,
    TopTwoBox,
)
from scipy import stats

from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import Cell
from cxengine.plugin import NoOptions, intervals
from cxengine.project import model


def rows_of(seed, n, heavy=4.0, signal="satisfied", amount=1.0):
    """A third of the answers weighs more, and varies more."""
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 1 / 3
    values = np.where(group, rng.integers(1, 6, n), rng.integers(3, 5, n)) * amount
    return [
        {"signal": signal, "touchpoint": "search", "value": float(v), "weight": heavy if g else 1.0}
        for v, g in zip(values, group, strict=True)
    ]


def by_hand(rows, score):
    """Effective numbers of answers of a weighted mean: Kish's, and by its linearised variance."""
    w = np.array([row["weight"] for row in rows])
    f = np.array([score(row["value"]) for row in rows])
    mean = (w * f).sum() / w.sum()
    variance = (w * (f - mean) ** 2).sum() / w.sum()
    return w.sum() ** 2 / (w**2).sum(), variance / ((w * (f - mean)) ** 2).sum() * w.sum() ** 2


def told(found, name):
    return found.get(name, "touchpoint", "search")


CONTINUOUS = model.Scale(min=1, max=5)


@pytest.mark.parametrize("scale", [model.Scale(min=1, max=5, step=1), CONTINUOUS], ids=["steps", "none"])
def test_of_many_answers_it_is_the_linearised_variance(make_project, make_evidence, signals, scale):
    signal = attrs.evolve(signals["satisfied"], scale=scale)
    rows = rows_of(1, 4000)
    own = Formula.Options(
        components={"good": "count(value >= 4.0)"}, formula="100.0 * good / n", direction="higher_is_better"
    )
    metrics = {"csat": Mean(NoOptions(), signal), "good": Formula(own, signal)}
    found = measure(make_project(signals=(signals["recommend"], signal)), make_evidence(rows), metrics)
    for name, score in (("csat", float), ("good", lambda value: float(value >= 4))):
        kish, linear = by_hand(rows, score)
        assert told(found, name).n_eff == pytest.approx(linear, rel=0.01)
        assert name != "csat" or linear < 0.85 * kish


def test_of_few_answers_the_ratio_is_drawn_towards_1_by_hand(make_project, make_evidence, signals):
    """Six good answers weigh 1, 1, 1, 3, 3, 3, six bad ones 1: third and fourth powers are those of a gamma."""
    weights = {5.0: [1, 1, 1, 3, 3, 3], 1.0: [1] * 6}
    rows = [
        {"signal": "satisfied", "touchpoint": "search", "value": value, "weight": float(weight)}
        for value, some in weights.items()
        for weight in some
    ]
    found = measure(
        make_project(), make_evidence(rows), {"t2b": TopTwoBox(NoOptions(), signals["satisfied"])}
    )
    kish, heavy = 18**2 / 36, 36 / 18  # squares add up to 3 * 1 + 3 * 9 + 6
    off = {5.0: 1 / 3, 1.0: -2 / 3}  # of a share of 12 / 18
    variance = heavy * (12 / 9 + 6 * 4 / 9)
    ratio = (30 / 9 + 6 * 4 / 9) / variance
    gamma = stats.gamma(
        4, scale=0.5
    )  # its mean is 2, and its squares 5, as those of the good answers' weights
    powers = {5.0: [6 * gamma.moment(k) for k in (2, 3, 4)], 1.0: [6.0] * 3}
    chance = (
        sum(
            off[value] ** 4 * (fourth - 2 * heavy * third + heavy**2 * second)
            for value, (second, third, fourth) in powers.items()
        )
        / variance**2
    )
    degrees = 1 / (1 / (kish - 1) + chance)
    wider = stats.t.ppf(0.975, degrees) / stats.t.ppf(0.975, kish - 1)
    worth = kish * (1 + chance) / (ratio + chance)
    one = told(found, "t2b")
    assert one.n_eff == pytest.approx(worth, rel=1e-4)
    fewer = intervals.wilson(np.array([12 / 18]), np.array([worth / wider**2]))  # for the interval alone
    assert (one.low, one.high) == pytest.approx([100 * limit[0] for limit in fewer], rel=1e-4)
    assert 0 < chance < 0.2
    assert ratio < (ratio + chance) / (1 + chance) < 1


@pytest.mark.parametrize("metric", [NetPromoterScore, Mean])
def test_what_answers_are_worth_goes_by_variance_however_unsure_it_is(
    make_project, make_evidence, signals, metric
):
    """Weights of a few heavy answers, which decide what the variance seems to be: a wide interval says so."""
    rng = np.random.default_rng(6)
    weights = np.exp(1.8 * rng.standard_normal(300)).round(6)
    rows = [
        {"signal": "recommend", "touchpoint": "journey", "value": float(value), "weight": float(weight)}
        for value, weight in zip(rng.integers(0, 11, 300), weights, strict=True)
    ]
    found = measure(make_project(), make_evidence(rows), {"it": metric(NoOptions(), signals["recommend"])})
    one = found.get("it", "journey", "shop")
    score = float if metric is Mean else lambda value: 100.0 * ((value >= 9) - (value <= 6))
    kish, linear = by_hand(rows, score)
    assert 5 < min(kish, linear) * 0.99 <= one.n_eff <= max(kish, linear) * 1.01
    each = np.array([score(row["value"]) for row in rows])
    error = np.sqrt(np.average((each - one.value) ** 2, weights=weights) / one.n_eff)
    assert one.high - one.low > 1.15 * 2 * intervals.Z * error
    assert found.components.behind_interval("it", Cell("journey", "shop")) < 0.7


def test_totals_of_weighted_amounts(make_project, make_evidence, signals):
    """The variance of a weighted total of a Poisson number of amounts is the sum of squares of what each adds."""
    rows = rows_of(2, 4000, signal="waited")
    revenue = Revenue(NoOptions(), signals["waited"])
    found = told(measure(make_project(), make_evidence(rows), {"revenue": revenue}), "revenue")
    w, x = (np.array([row[name] for row in rows]) for name in ("weight", "value"))
    kish = w.sum() ** 2 / (w**2).sum()
    ratio = (w * w * x * x).sum() * w.sum() / ((w**2).sum() * (w * x * x).sum())
    assert found.n_eff == pytest.approx(kish / ratio, rel=0.01)


def test_equal_weights_change_nothing(make_project, make_evidence, signals):
    """Whatever they are, and also where others differ."""
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "wait": Mean(NoOptions(), signals["waited"]),
    }
    plain = [row | {"weight": 1.0} for row in rows_of(3, 12) + rows_of(4, 12, signal="waited")]
    heavy = [row | {"weight": 2.5} for row in plain]
    elsewhere = [row | {"touchpoint": "order"} for row in rows_of(5, 30)]
    one = measure(make_project(), make_evidence(plain), metrics)
    for rows in (heavy, heavy + elsewhere):
        other = measure(make_project(), make_evidence(rows), metrics)
        for name in metrics:
            assert told(other, name).n_eff == 12
            for side in ("low", "high"):
                assert getattr(told(other, name), side) == pytest.approx(getattr(told(one, name), side))
    assert not one.components.effects


def test_answers_without_weight_change_nothing(make_project, make_evidence, signals):
    rows = [row for row in rows_of(8, 30) if row["value"] > 1]
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    more = [*rows, {"signal": "satisfied", "touchpoint": "search", "value": 1.0, "weight": 0.0}]
    one, other = (told(measure(make_project(), make_evidence(r), metrics), "csat") for r in (rows, more))
    assert other.value == one.value
    assert other.n_eff == pytest.approx(one.n_eff, rel=0.05)
    assert one.n_eff != pytest.approx(by_hand(rows, float)[0], rel=0.01)


def test_nearly_equal_weights_change_next_to_nothing(make_project, make_evidence, signals):
    rows = [row | {"weight": 0.99 + 0.02 * (i % 2)} for i, row in enumerate(rows_of(6, 12))]
    found = measure(
        make_project(), make_evidence(rows), {"nps": TopTwoBox(NoOptions(), signals["satisfied"])}
    )
    assert told(found, "nps").n_eff == pytest.approx(12, rel=0.05)


def test_curves_and_cells_without_variance_keep_the_number_of_kish(make_project, make_evidence, signals):
    rows = rows_of(7, 50, signal="waited") + [row | {"value": 5.0} for row in rows_of(7, 50)]
    metrics = {
        "slow": ResolutionTime(ResolutionTime.Options(), signals["waited"]),
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
    }
    found = measure(make_project(), make_evidence(rows), metrics)
    kish, _ = by_hand(rows[:50], float)
    assert told(found, "slow").n_eff == pytest.approx(kish)
    assert told(found, "csat").n_eff == pytest.approx(kish)
    assert told(found, "csat").low < 5


def one_heavy(weight, values):
    """Thirty-nine answers, and one that weighs so much."""
    weights = [weight, *[1.0] * 39]
    return [
        {"signal": "satisfied", "touchpoint": "search", "value": float(v), "weight": w}
        for v, w in zip(values, weights, strict=True)
    ]


@pytest.mark.parametrize("first", [1, 5])
def test_one_answer_that_is_most_of_the_weight_is_worth_about_one(
    make_project, make_evidence, signals, first
):
    """The value is what it says, so that it seems not to be off at all: that made it worth fifteen."""
    rows = one_heavy(1000.0, [first, *([2, 4, 5] * 13)])
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "good": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    found = measure(make_project(), make_evidence(rows), metrics)
    for name in metrics:
        assert told(found, name).n_eff < 1.5  # Kish's number is 1.08
        assert told(found, name).caution
    good = told(found, "good")
    assert good.low < 30 < 70 < good.high


@pytest.mark.parametrize("weight", [30.0, 300.0])
def test_an_answer_with_a_third_of_the_weight_comes_with_a_caution(
    make_project, make_evidence, signals, weight
):
    for values in ([3] + [3, 4, 4] * 13, [1] + [5] * 39, [5] + [1, 5, 5] * 13):
        found = measure(
            make_project(),
            make_evidence(one_heavy(weight, values)),
            {"good": TopTwoBox(NoOptions(), signals["satisfied"])},
        )
        assert told(found, "good").caution
