"""Samples of pilots: textbook values, and that they really find what they are to find."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from cxengine.metrics.measurement import Measurement
from cxengine.planning.pilot import per_group, weeks_needed


def share(percent, n=400):
    return Measurement(percent, percent - 5, percent + 5, n, float(n))


def average(value, deviation, n=400):
    from scipy.stats import t

    half = t.ppf(0.975, n - 1) * deviation / math.sqrt(n)
    return Measurement(value, value - half, value + half, n, float(n))


def balance(promoters, detractors, n=400):
    variance = promoters + detractors - (promoters - detractors) ** 2
    half = 100 * 1.959963984540054 * math.sqrt(variance / (n + 3))
    value = 100 * (promoters - detractors)
    return Measurement(value, value - half, value + half, n, float(n))


@pytest.mark.parametrize(
    ("now", "change", "answers", "expected"),
    [
        # (1.96 + 0.8416)^2 (0.6 x 0.4 + 0.72 x 0.28) / 0.12^2 = 240.7
        (share(60.0), 12.0, "share", 241),
        # 7.849 (0.25 + 0.24) / 0.1^2 = 384.6
        (share(50.0), 10.0, "share", 385),
        # 2 x 7.849 / 0.3^2 = 174.4
        (average(3.0, 1.0), 0.3, "mean", 175),
        # 7.849 (0.69 - 0.2^2 + 0.69 - 0.3^2) / 0.1^2 = 981.1; promoters and detractors stay 69% together
        (balance(0.445, 0.245), 10.0, "balance", 982),
    ],
)
def test_known_samples(now, change, answers, expected):
    assert per_group(now, change, answers) == expected


def test_the_direction_of_the_change_is_nothing_to_a_mean_and_something_to_a_share():
    assert per_group(average(3.0, 1.0), -0.3, "mean") == 175
    assert per_group(share(60.0), -12.0, "share") == per_group(share(40.0), 12.0, "share") != 241


def test_answers_that_are_worth_less_are_needed_in_proportion():
    now = share(60.0)
    half_worth = Measurement(now.value, now.low, now.high, 400, 200.0)
    assert per_group(half_worth, 12.0, "share") == 482


def test_no_balance_differs_more_than_its_ends():
    """However wide few degrees of freedom make the interval."""
    unsure = Measurement(0.0, -80.0, 80.0, 166, 83.0)
    # 7.849 (1 + 1 - 0.1^2) / 0.1^2 = 1561.9, and as many again as two are worth one
    assert per_group(unsure, 10.0, "balance") == 3124


def test_nothing_to_show_needs_no_sample():
    assert per_group(share(60.0), 0.0, "share") is None
    assert per_group(Measurement(60.0, 0.0, 100.0, 1, 1.0), 5.0, "share") is None


def test_answers_that_are_all_the_same_tell_no_sample():
    assert per_group(average(4.0, 0.0), 0.3, "mean") is None


def test_weeks_are_those_of_both_halves():
    assert weeks_needed(100, 50.0) == 4
    assert weeks_needed(101, 50.0) == 5
    assert weeks_needed(100, None) is None


def test_a_pilot_of_that_size_finds_the_effect_four_times_in_five():
    n, rng = per_group(share(60.0), 12.0, "share"), np.random.default_rng(3)
    one, other = rng.binomial(n, 0.6, 4000) / n, rng.binomial(n, 0.72, 4000) / n
    spread = np.sqrt((one * (1 - one) + other * (1 - other)) / n)
    assert np.mean(np.abs(other - one) / spread > norm.ppf(0.975)) == pytest.approx(0.8, abs=0.02)
