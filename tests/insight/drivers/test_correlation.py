"""Correlations that fit together, ranks, intervals."""

import numpy as np
import pytest
from scipy import stats

from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.correlation import midranks, possible, repaired
from cxengine.project import model


def test_a_matrix_that_can_be_is_left_alone():
    found = repaired(np.array([[1, 0.5], [0.5, 1]]))
    assert found.moved == 0
    assert found.matrix[0, 1] == 0.5


def test_a_matrix_that_cannot_be_moves_to_the_nearest_that_can():
    # Higham (2002), section 4: the nearest correlation matrix of this one is known.
    impossible = np.array([[2, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 2]]) * 1.0
    np.fill_diagonal(impossible, 1.0)
    found = repaired(impossible)
    nearest = [
        [1.0, -0.8084, 0.1916, 0.1068],
        [-0.8084, 1.0, -0.6562, 0.1916],
        [0.1916, -0.6562, 1.0, -0.8084],
        [0.1068, 0.1916, -0.8084, 1.0],
    ]
    assert found.matrix == pytest.approx(np.array(nearest), abs=6e-5)
    assert found.moved == pytest.approx(1 - 0.6562, abs=1e-3)
    assert np.linalg.eigvalsh(found.matrix)[0] > 0
    cut = possible(np.stack([np.eye(4), impossible]))
    assert cut[0] == pytest.approx(np.eye(4), abs=1e-6)
    assert np.linalg.eigvalsh(cut[1])[0] > -1e-12


def test_midranks_are_those_of_scipy():
    answers = np.array([1, 1, 2, 2, 2, 5, 3, 3])
    values, counts = np.unique(answers, return_counts=True)
    ranks = dict(zip(values, midranks(counts.astype(float)), strict=True))
    expected = 2 * (stats.rankdata(answers) - 0.5) / len(answers) - 1
    assert [ranks[a] for a in answers] == pytest.approx(expected)


@pytest.mark.parametrize("signal", ["rating", "amount"])
def test_pearson_and_spearman_are_those_of_scipy(ask, signal):
    rng = np.random.default_rng(4)
    answers = rng.integers(1, 6, (300, 3)).astype(float)
    answers[:, 2] = np.clip(np.round((answers[:, 0] ** 2 + answers[:, 1]) / 6 + rng.normal(size=300)), 1, 5)
    if signal == "amount":
        answers[:, :2] += rng.integers(0, 3, (300, 2)) / 4  # ties, and none on a scale
    columns = {
        (signal, "a"): answers[:, 0],
        (signal, "b"): answers[:, 1],
        ("overall", "journey"): answers[:, 2],
    }
    drivers = (model.Driver(signal=signal),)
    found = ask(["a", "b"], columns, drivers=drivers, of_project={"signal": signal})
    for driver in found.drivers:
        mine = answers[:, "ab".index(driver.id)]
        assert driver.pearson.value == pytest.approx(stats.pearsonr(mine, answers[:, 2])[0], abs=1e-7)
        assert driver.spearman.value == pytest.approx(stats.spearmanr(mine, answers[:, 2])[0], abs=1e-6)
        assert driver.spearman.low < driver.spearman.value < driver.spearman.high


def test_the_interval_of_a_correlation_is_as_wide_as_fishers_on_normal_answers(make_sums):
    rng = np.random.default_rng(11)
    n = 2000
    x = rng.standard_normal(n)
    answers = np.stack([x, 0.6 * x + 0.8 * rng.standard_normal(n)], axis=1)
    sums = make_sums(answers, rng.integers(0, 128, n))
    drawn = bootstrap.replicates(sums, 2000, rng)
    r = float(sums.total().correlations()[0, 0, 1])
    found = bootstrap.of_correlation(r, drawn.correlations[:, 0, 1], sums.blocks)
    half = 1.96 / np.sqrt(n - 3)
    assert np.arctanh(found.high) - np.arctanh(found.low) == pytest.approx(2 * half, rel=0.15)


def test_customers_who_answer_often_widen_intervals(ask):
    # Every customer says the same five times: as much is known as from each of them once.
    rng = np.random.default_rng(12)
    once = rng.integers(1, 6, (400, 2)).astype(float)
    once[:, 1] = np.clip(np.round((once[:, 0] + once[:, 1]) / 2), 1, 5)
    often = np.repeat(once, 5, axis=0)
    customers = np.repeat([f"c{i}" for i in range(400)], 5)

    def width(answers, of_evidence):
        columns = {("rating", "a"): answers[:, 0], ("overall", "journey"): answers[:, 1]}
        found = ask(["a"], columns, of_evidence=of_evidence).drivers[0].pearson
        return found.high - found.low

    alone, together = width(once, {}), width(often, {"customers": customers})
    blind = width(often, {})
    assert together == pytest.approx(alone, rel=0.25)
    assert blind < 0.6 * alone
