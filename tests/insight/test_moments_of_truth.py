"""Moments of truth: what their strength is made of, who decides, and that probabilities come true."""

from __future__ import annotations

from types import SimpleNamespace

import attrs
import numpy as np
import pytest

from cxengine import journey
from cxengine.insight.drivers import shapley
from cxengine.insight.drivers.report import Drawn, Drivers
from cxengine.insight.find import find
from cxengine.insight.moments_of_truth import DRAWS, among_the_top, moments_of_truth
from cxengine.metrics.measure import measure
from cxengine.plugin import intervals
from cxengine.project import model
from cxengine.testing.drivers import PlantedDrivers

TOUCHPOINTS = ("search", "order", "delivery")


def insight_of(project, evidence):
    return find(project, journey.build(project), evidence, measure(project, evidence, {}))


def answers(touchpoint, values):
    return [
        {"signal": "satisfied", "touchpoint": touchpoint, "value": float(v), "response_id": f"survey:{i}"}
        for i, v in enumerate(values)
    ]


@pytest.fixture
def felt(make_evidence):
    """Two hundred responses: at search half are torn, order leaves all cold, delivery is met by half."""
    rows = [*answers("search", [1, 5] * 100), *answers("order", [3] * 198 + [4] * 2)]
    return make_evidence(rows + answers("delivery", [5] * 100))


@pytest.fixture
def shop(make_project):
    """Three touchpoints that matter alike; one of them is declared a moment of truth."""

    def make(importances=(0.5, 0.5, 0.5), **settings):
        project = make_project(segments=())
        touchpoints = tuple(
            attrs.evolve(t, importance=i, moment_of_truth=t.id == "order")
            for t, i in zip(project.touchpoints, importances, strict=True)
        )
        moments = model.MomentSettings(**({"top": 1} | settings))
        return attrs.evolve(project, touchpoints=touchpoints, moments_of_truth=moments)

    return make


def driven(project, insight, parts, drawn):
    """The insight with a model that sets the importance of all touchpoints."""
    results = tuple(
        SimpleNamespace(touchpoint=t, importance=SimpleNamespace(value=p))
        for t, p in zip(TOUCHPOINTS, parts, strict=True)
    )
    models = (SimpleNamespace(id="liking", refused=None, drivers=results),)
    setting = (SimpleNamespace(id="liking", sets_importance=True),)
    drivers = Drivers(models, drawn={"liking": Drawn(TOUCHPOINTS, np.asarray(drawn))})
    return attrs.evolve(project, driver_models=setting), attrs.evolve(insight, drivers=drivers)


def test_strength_is_importance_times_extremity_times_reach(shop, felt):
    project = shop((0.5, 0.5, 0.8))
    search, order, delivery = moments_of_truth(project, insight_of(project, felt))
    assert search.strength.value == pytest.approx(0.5 * 1.0 * 1.0)  # torn, not indifferent: the mean is 0
    assert order.strength.value == pytest.approx(0.5 * 0.005 * 1.0)
    assert delivery.strength.value == pytest.approx(0.8 * 1.0 * 0.5)
    assert search.strength.low < search.strength.value <= search.strength.high
    assert (search.probability, order.probability) == (pytest.approx(1.0, abs=0.01), 0.0)
    assert (search.n, delivery.n) == (200, 100)


def test_strength_tells_nothing_that_feelings_do_not(shop, felt):
    """Extremity times reach is pain and love together, so no sum is published beside those that are protected."""
    project = shop((0.5, 0.5, 0.8))
    insight = insight_of(project, felt)
    for one, importance in zip(moments_of_truth(project, insight), (0.5, 0.5, 0.8), strict=True):
        feeling = insight.feeling(one.touchpoint)
        assert one.strength.value == pytest.approx(importance * (feeling.pain.value + feeling.love.value))
        assert one.n == feeling.emotion.n


def test_judged_importance_decides_only_where_the_project_lets_it(shop, felt):
    for decided_by, expected in (
        ("either", [False, True, False]),
        ("declared", [False, True, False]),
        ("measured", [True, False, False]),
    ):
        project = shop(decided_by=decided_by)
        found = moments_of_truth(project, insight_of(project, felt))
        assert [one.counts for one in found] == expected
        assert {one.importance for one in found} == {"judged"}
        assert [one.declared for one in found] == [False, True, False]


def test_measured_importance_adds_to_what_is_declared(shop, felt):
    project = shop()
    insight = insight_of(project, felt)
    drawn = np.tile([0.2, 0.01, 0.02], (50, 1))
    found = moments_of_truth(*driven(project, insight, (0.2, 0.01, 0.02), drawn))
    assert [one.counts for one in found] == [True, True, False]
    assert found[0].importance == "measured"
    assert found[0].strength.value == pytest.approx(0.5)  # the most important gets the largest declared
    found = moments_of_truth(*driven(shop(decided_by="measured"), insight, (0.2, 0.01, 0.02), drawn))
    assert [one.counts for one in found] == [True, False, False]


def test_uncertain_importance_makes_uncertain_moments(shop, felt):
    """In three of ten resamplings delivery matters so much more that it comes before search."""
    project = shop()
    drawn = np.tile([0.2, 0.01, 0.2], (50, 1))
    drawn[::10, 2] = drawn[1::10, 2] = drawn[2::10, 2] = 0.9
    search, order, delivery = moments_of_truth(
        *driven(project, insight_of(project, felt), (0.2, 0.01, 0.2), drawn)
    )
    assert search.probability == pytest.approx(0.7, abs=0.01)
    assert delivery.probability == pytest.approx(0.3, abs=0.01)
    assert order.probability == 0
    assert not search.counts
    assert search.strength.low < delivery.strength.high


def test_a_fifth_of_touchpoints_are_at_the_top_where_nothing_is_said(shop, felt):
    project = shop(top=None)
    assert {one.top for one in moments_of_truth(project, insight_of(project, felt))} == {1}


def test_what_nobody_said_has_no_probability_and_stays_as_declared(shop, make_evidence):
    project = shop(decided_by="measured")
    insight = insight_of(project, make_evidence(answers("search", [1, 5] * 50)))
    search, order, delivery = moments_of_truth(project, insight)
    assert (order.probability, order.strength, order.counts) == (None, None, True)
    assert (delivery.probability, delivery.counts, delivery.n) == (None, False, 0)
    assert search.counts


def test_hidden_feelings_tell_nothing(shop, make_evidence):
    project = attrs.evolve(shop(), privacy=model.PrivacySettings(minimum_n=10))
    insight = insight_of(project, make_evidence([*answers("search", [1] * 9), *answers("order", [5] * 90)]))
    assert insight.feeling("search").emotion.suppressed
    assert moments_of_truth(project, insight)[0].probability is None


def test_nothing_is_never_at_the_top():
    drawn = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 3.0]])
    assert among_the_top(drawn, 2) == [0.0, 0.5, 1.0]
    assert among_the_top(drawn, 9) == [0.0, 0.5, 1.0]
    assert among_the_top(np.zeros((0, 5)), 2) == []


STEPS = np.array([-1, -0.5, 0, 0.5, 1])


def planted(rng, resampled, n, size=8, top=3):
    """What is said of planted touchpoints, and whether it is true: strengths are products of three draws."""
    truth = PlantedDrivers(tuple(rng.gamma(1.0, 0.25, size)), common=0.3)
    reach, shares = rng.beta(2, 2, size), rng.dirichlet(np.ones(5) * 1.5, size)
    strength = shapley.lmg(truth.correlations()) * (shares @ np.abs(STEPS)) * reach
    met = np.maximum(rng.binomial(n, reach), 2)
    counts = np.array([rng.multinomial(*one) for one in zip(met, shares, strict=True)])
    extremity = counts @ np.abs(STEPS) / met
    variance = counts @ STEPS**2 / met - extremity**2
    felt = intervals.mean_draws(extremity, variance, met.astype(float), rng, 400, bounds=(0.0, 1.0))
    felt *= intervals.beta_draws(met / n, np.full(size, float(n)), rng, 400)
    stated = among_the_top(resampled(truth, n, rng).T * felt, top)
    return stated, [i in np.argsort(-strength)[:top] for i in range(size)]


def calibration(resampled, times, n):
    rng = np.random.default_rng(n)
    said = [planted(rng, resampled, n) for _ in range(times)]
    stated, true = (np.concatenate(side) for side in zip(*said, strict=True))
    return lambda low, high: true[(stated >= low) & (stated < high)].mean()


@pytest.fixture
def resampled(make_sums):
    """Resampled importances of planted drivers, as a driver model resamples them."""
    from cxengine.insight.drivers import bootstrap
    from cxengine.insight.drivers.importance import of_replicates

    def run(truth, n, rng):
        sums = make_sums(truth.draw(n, rng), rng.integers(0, 128, n))
        drawn = bootstrap.replicates(sums, 400, rng).correlations
        matrix = sums.total().correlations()[0]
        own = shapley.lmg(matrix)
        many = of_replicates(drawn, matrix, own, "lmg", rng)
        return np.resize(many, (400, many.shape[1]))

    return run


def test_probabilities_come_true(resampled):
    held = calibration(resampled, 150, 300)
    assert held(0.7, 0.9) == pytest.approx(0.8, abs=0.12)
    assert held(0.9, 1.1) > 0.94
    assert held(0.0, 0.1) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 1000])
def test_of_those_said_with_80_percent_about_80_percent_are(resampled, n):
    held = calibration(resampled, 2500, n)
    assert 0.75 <= held(0.75, 0.85) <= 0.85
    assert held(0.45, 0.55) == pytest.approx(0.5, abs=0.06)
    assert held(0.95, 1.1) > 0.96
    assert held(0.0, 0.05) < 0.02


def test_as_many_draws_as_stated(shop, felt):
    project = shop()
    found = moments_of_truth(project, insight_of(project, felt))
    assert found == moments_of_truth(project, insight_of(project, felt))
    assert (DRAWS * found[0].probability) % 1 == pytest.approx(0)
