"""Shares of explained variance against their definitions."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.insight.drivers import shapley
from cxengine.insight.drivers.relative_weights import inflation, regression, relative_weights

P = st.integers(2, 5)


def matrix(seed, p, n=60):
    rng = np.random.default_rng(seed)
    answers = rng.standard_normal((n, p + 1)) @ rng.uniform(-1, 1, (p + 1, p + 1))
    return np.corrcoef(answers.T)


def r2(correlations, subset):
    if not subset:
        return 0.0
    among, towards = correlations[np.ix_(subset, subset)], correlations[list(subset), -1]
    return float(towards @ np.linalg.solve(among, towards))


def by_definition(correlations):
    p = len(correlations) - 1
    gains = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        for i, driver in enumerate(order):
            gains[driver] += r2(correlations, order[: i + 1]) - r2(correlations, order[:i])
    return gains / len(orders)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(0, 10_000), P)
def test_lmg_is_the_mean_gain_over_all_orders(seed, p):
    found = matrix(seed, p)
    assert shapley.lmg(found) == pytest.approx(by_definition(found), abs=1e-9)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(0, 10_000), P)
def test_both_methods_add_up_to_r2_and_sampled_orders_do_too(seed, p):
    found = matrix(seed, p)
    whole = r2(found, tuple(range(p)))
    some = shapley.sampled(found[None], shapley.orders(p, 3, np.random.default_rng(seed)))
    for shares in (shapley.lmg(found), relative_weights(found), some.shares[0]):
        assert shares.sum() == pytest.approx(whole, abs=1e-7)
        assert shares.min() > -1e-9


def test_the_methods_agree_on_two_drivers():
    for seed in range(20):
        found = matrix(seed, 2)
        assert relative_weights(found) == pytest.approx(shapley.lmg(found), abs=1e-12)


def test_copies_of_a_driver_share_its_credit():
    copied = np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1.0]])
    assert shapley.lmg(copied) == pytest.approx([0.125, 0.125])
    assert relative_weights(copied) == pytest.approx([0.125, 0.125])
    assert regression(copied) == pytest.approx([0.25, 0.25])


def test_a_driver_with_no_correlation_can_still_help_others():
    # A suppressor: unrelated to the outcome, it takes what is beside the point out of the other driver.
    suppressing = np.array([[1, 0.6, 0.5], [0.6, 1, 0.0], [0.5, 0.0, 1]])
    assert shapley.lmg(suppressing) == pytest.approx(by_definition(suppressing))
    assert shapley.lmg(suppressing)[1] > 0.05


def test_many_matrices_at_once_are_each_divided_alone():
    several = np.stack([matrix(seed, 4) for seed in range(7)])
    each = np.stack([shapley.lmg(one) for one in several])
    assert shapley.lmg(several) == pytest.approx(each, abs=1e-12)
    assert relative_weights(several) == pytest.approx(np.stack([relative_weights(one) for one in several]))
    orders = shapley.orders(4, 10, np.random.default_rng(1))
    alone = np.stack([shapley.sampled(one[None], orders).shares[0] for one in several])
    assert shapley.sampled(several, orders).shares == pytest.approx(alone)


def test_the_stated_error_of_sampled_orders_covers_the_truth():
    found = matrix(3, 12, n=200)
    truth = shapley.lmg(found)
    within = []
    for seed in range(60):
        some = shapley.sampled(found[None], shapley.orders(12, 60, np.random.default_rng(seed)))
        within.append(np.abs(some.shares[0] - truth) <= 2 * some.error[0])
    assert 0.90 <= np.mean(within) <= 0.99


def test_more_drivers_than_can_be_gone_through_are_refused():
    with pytest.raises(ValueError, match="20 is the most"):
        shapley.lmg(np.eye(22))


def test_twenty_drivers_are_exact():
    p = 20
    equal = np.full((p + 1, p + 1), 0.3) + 0.7 * np.eye(p + 1)
    shares = shapley.lmg(equal)
    assert shares == pytest.approx(np.full(p, r2(equal, tuple(range(p))) / p), abs=1e-9)


def test_inflation_is_one_over_what_others_leave():
    found = matrix(5, 3)
    others = np.delete(np.arange(3), 0)
    left = 1 - found[0, others] @ np.linalg.solve(found[np.ix_(others, others)], found[others, 0])
    assert inflation(found[:-1, :-1])[0] == pytest.approx(1 / left)
