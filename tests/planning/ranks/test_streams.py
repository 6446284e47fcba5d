"""Draws have the distribution that they should have, and depend on nothing but their name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv
from scipy.stats import kstest

from cxengine.planning.estimate import at_most, mean
from cxengine.planning.ranks import streams
from cxengine.project.model import Estimate


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=3).map(sorted).filter(lambda e: e[0] < e[2]))
def test_estimates_are_drawn_from_pert(three):
    estimate = Estimate(*map(float, three))
    width = estimate.high - estimate.low
    found = streams.pert(("x",), estimate, 2000)
    alpha = 1 + 4 * (estimate.likely - estimate.low) / width
    exact = estimate.low + width * betaincinv(alpha, 6 - alpha, (np.arange(2000) + 0.5) / 2000)
    assert np.sort(found) == pytest.approx(exact, abs=2e-5 * width)
    assert found.mean() == pytest.approx(mean(estimate), abs=1e-3 * width)
    assert (found <= estimate.likely).mean() == pytest.approx(at_most(estimate, estimate.likely), abs=1e-3)


def test_a_certainty_is_drawn_as_it_is():
    assert set(streams.pert(("x",), Estimate(3, 3, 3), 100)) == {3.0}


def test_a_measured_value_is_the_median_and_its_interval_holds_95_per_cent():
    found = streams.around(10.0, 8.0, 13.0, streams.normal(("x",), 10_000))
    assert np.quantile(found, [0.025, 0.5, 0.975]) == pytest.approx([8.0, 10.0, 13.0], abs=0.01)


def test_draws_by_name_are_the_same_and_by_other_names_independent():
    one, again, other = (streams.normal((name,), 4000) for name in ("one", "one", "other"))
    assert (one == again).all()
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(0, abs=0.05)
    assert kstest(streams.normal(("one",), 4000), "norm").pvalue > 0.99  # stratified: closer than by chance


def test_the_numbers_are_the_same_on_every_machine():
    name = ("initiative", "a", "effort")
    assert streams.raw(name, 3).tolist() == [286380679164531395, 16655158044996173808, 521519484074709280]
    assert streams.places(name, 8).tolist() == [1, 5, 4, 6, 2, 7, 0, 3]
