"""What is stated holds on planted truth: intervals cover, probabilities of order come true, noise stays noise."""

import numpy as np
import pytest

from cxengine.insight.drivers import bootstrap, shapley
from cxengine.insight.drivers.importance import of_replicates
from cxengine.insight.drivers.noise import chances, with_noise
from cxengine.testing.drivers import PlantedDrivers

PLANTED = PlantedDrivers((0.5, 0.3, 0.2, 0.1, 0.0))


def resampled(make_sums, n, rng, size=200):
    answers = PLANTED.draw(n, rng)
    sums = make_sums(answers, rng.integers(0, 128, n))
    matrix = sums.total().correlations()[0]
    drawn = bootstrap.replicates(sums, size, rng)
    own = shapley.lmg(matrix)
    return matrix, own, drawn, of_replicates(drawn.correlations, matrix, own, "lmg", rng), sums.blocks


def coverage(make_sums, n, times):
    truth, r = shapley.lmg(PLANTED.correlations()), PLANTED.correlations()[:-1, -1]
    rng = np.random.default_rng(n)
    shares, correlations = np.zeros(5), np.zeros(5)
    for _ in range(times):
        matrix, own, drawn, many, blocks = resampled(make_sums, n, rng)
        for i in range(5):
            found = bootstrap.of_share(own[i], many[:, i], blocks)
            shares[i] += found.low <= truth[i] <= found.high
            one = bootstrap.of_correlation(matrix[i, -1], drawn.correlations[:, i, -1], blocks)
            correlations[i] += one.low <= r[i] <= one.high
    return shares / times, correlations / times


def calibrated(make_sums, n, times):
    """Of pairs that are said to stand in an order with a probability, how many do, by that probability."""
    truth = shapley.lmg(PLANTED.correlations())
    rng = np.random.default_rng(n + 1)
    stated, true = [], []
    for _ in range(times):
        _, _, _, many, _ = resampled(make_sums, n, rng)
        for i in range(4):
            for j in range(i + 1, 4):
                stated.append(float((many[:, i] > many[:, j]).mean()))
                true.append(truth[i] > truth[j])
    stated, true = np.array(stated), np.array(true)
    sure = np.maximum(stated, 1 - stated)
    right = np.where(stated > 0.5, true, ~true)
    return {low: right[(sure >= low) & (sure < low + 0.1)].mean() for low in (0.6, 0.8, 0.9)}


def test_intervals_cover_and_the_order_is_found(make_sums):
    shares, correlations = coverage(make_sums, 300, 120)
    assert shares.mean() > 0.91
    assert shares.min() > 0.86
    assert 0.91 < correlations.mean() < 0.98
    rng = np.random.default_rng(3)
    found = [tuple(np.argsort(-resampled(make_sums, 3000, rng, size=2)[1])[:4]) for _ in range(30)]
    assert sum(order == PLANTED.order()[:4] for order in found) >= 29


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 300, 2000])
def test_intervals_cover_as_they_say(make_sums, n):
    shares, correlations = coverage(make_sums, n, 1000)
    assert shares.min() > (0.88 if n == 100 else 0.915)
    assert shares.max() < 0.985
    assert correlations.min() > 0.915
    assert correlations.max() < 0.97


@pytest.mark.slow
def test_an_order_holds_at_least_as_often_as_it_is_said_to(make_sums):
    held = calibrated(make_sums, 400, 400)
    assert held[0.6] > 0.6
    assert held[0.8] > 0.8
    assert held[0.9] > 0.95


def noise_rate(make_sums, times, n=400):
    """How often a driver with no effect is said to beat noise with 97.5%: it should be so rarely."""
    planted = PlantedDrivers((0.5, 0.0, 0.0, 0.0), common=0.0)
    rng = np.random.default_rng(17)
    beats = []
    for _ in range(times):
        answers = planted.draw(n, rng)
        sums = make_sums(answers, rng.integers(0, 128, n))
        matrix = sums.total().correlations()[0]
        drawn = bootstrap.replicates(sums, 200, rng)
        noisy = shapley.lmg(with_noise(drawn.correlations, matrix, n, rng))
        beats.append((noisy[:, 1:4] > noisy[:, 4:]).mean(axis=0) >= 0.975)
        assert (noisy[:, 0] > noisy[:, 4]).mean() > 0.99
    return float(np.mean(beats))


def test_noise_is_told_from_drivers(make_sums):
    assert noise_rate(make_sums, 60) < 0.03


@pytest.mark.slow
def test_noise_passes_for_a_driver_more_rarely_than_stated(make_sums):
    assert noise_rate(make_sums, 1000) < 0.025


def chances_of_noise(make_sums, times, n=400, answers_each=1):
    """The chances that three drivers without an effect are told, beside one with one; customers repeat themselves."""
    planted = PlantedDrivers((0.5, 0.0, 0.0, 0.0), common=0.0)
    rng = np.random.default_rng(23)
    found, strong = [], []
    for _ in range(times):
        answers = np.repeat(planted.draw(n // answers_each, rng), answers_each, axis=0)
        sums = make_sums(answers, np.repeat(rng.integers(0, 128, n // answers_each), answers_each))
        matrix = sums.total().correlations()[0]
        drawn = bootstrap.replicates(sums, 200, rng)
        noise = shapley.lmg(with_noise(drawn.correlations, matrix, n, rng))[:, -1]
        p = chances(shapley.lmg(matrix), shapley.lmg(drawn.correlations), noise, sums.blocks)
        found += list(p[1:])
        strong.append(p[0])
    return np.array(found), np.array(strong)


@pytest.mark.parametrize("answers_each", [1, 4])
def test_noise_is_as_important_as_it_is_no_more_often_than_its_chance_says(make_sums, answers_each):
    noise, strong = chances_of_noise(make_sums, 60, answers_each=answers_each)
    for level in (0.05, 0.2, 0.5):
        assert (noise <= level).mean() <= level + 2.5 * (level * (1 - level) / len(noise)) ** 0.5
    assert np.median(strong) < (1e-8 if answers_each == 1 else 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("answers_each", [1, 4])
def test_small_chances_of_noise_are_seldom(make_sums, answers_each):
    noise, _ = chances_of_noise(make_sums, 2000, answers_each=answers_each)
    for level in (0.001, 0.01, 0.05):
        allowed = 1.15 if answers_each == 1 else 1.4  # what a hundred customers tell of the error is little
        assert (noise <= level).mean() <= allowed * level + 2 * (level / len(noise)) ** 0.5
