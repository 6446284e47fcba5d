import datetime as dt

import pytest

from cxengine.planning.appraisal import quadrant, quick_win
from cxengine.planning.estimate import at_least, at_most, mean
from cxengine.project.model import Estimate, RoadmapSettings

SETTINGS = RoadmapSettings(start=dt.date(2027, 1, 4), quick_win_impact=2.0, quick_win_effort=4.0)


def test_the_expected_value_is_perts():
    assert mean(Estimate(2, 3, 10)) == pytest.approx(4.0)


def test_a_symmetric_estimate_is_as_often_below_as_above_its_middle():
    assert at_most(Estimate(0, 5, 10), 5) == pytest.approx(0.5)


def test_the_distribution_is_beta_with_weight_four():
    # Beta(1, 5) on [0, 1]: P(X <= x) = 1 - (1 - x)^5.
    assert at_most(Estimate(0, 0, 1), 0.2) == pytest.approx(1 - 0.8**5)


def test_certainty_is_all_or_nothing():
    three = Estimate(3, 3, 3)
    assert (at_most(three, 2.9), at_most(three, 3)) == (0.0, 1.0)
    assert (at_least(three, 3), at_least(three, 3.1)) == (1.0, 0.0)


def test_both_conditions_of_a_quick_win_have_to_hold():
    assert quick_win(Estimate(0, 2, 4), Estimate(2, 4, 6), SETTINGS) == pytest.approx(0.25)
    assert quick_win(Estimate(2, 3, 4), Estimate(1, 2, 4), SETTINGS) == 1.0


@pytest.mark.parametrize(
    ("impact", "effort", "expected"),
    [
        (3, 2, "quick win"),
        (3, 9, "big bet"),
        (1, 2, "fill-in"),
        (1, 9, "think again"),
        (-1, 2, "think again"),
    ],
)
def test_quadrants(impact, effort, expected):
    assert quadrant(Estimate(impact, impact, impact), Estimate(effort, effort, effort), SETTINGS) == expected
