import statistics

import pytest

from cxengine.testing.dice import Dice, answer_shares, quantile


def test_the_same_name_draws_the_same_for_ever():
    dice = Dice(2026, "response", 17)
    assert [round(dice.uniform(), 12) for _ in range(3)] == [0.558513528654, 0.907761749372, 0.607462168646]
    assert Dice(2026, "response", 18).uniform() != Dice(2026, "response", 17).uniform()


@pytest.mark.parametrize(("low", "high", "mean"), [(1, 5, 1.2), (1, 5, 3.9), (1, 7, 6.5), (0, 10, 5.0)])
def test_answers_have_exactly_the_planted_mean(low, high, mean):
    shares = answer_shares(low, high, mean)
    assert sum(shares) == pytest.approx(1, abs=1e-12)
    assert sum(a * s for a, s in zip(range(low, high + 1), shares, strict=True)) == pytest.approx(
        mean, abs=1e-12
    )


@pytest.mark.parametrize("mean", [1.0, 5.0, 5.5])
def test_a_mean_at_or_beyond_the_end_is_refused(mean):
    with pytest.raises(ValueError, match="impossible"):
        answer_shares(1, 5, mean)


def test_quantiles_of_a_distribution():
    shares = (0.2, 0.5, 0.3)
    assert [quantile("abc", shares, u) for u in (0, 0.19, 0.2, 0.69, 0.7, 1)] == list("aabbcc")


def test_waiting_times_have_the_planted_median():
    waits = [Dice("wait", n).exponential(26.0) for n in range(4000)]
    assert statistics.median(waits) == pytest.approx(26.0, rel=0.06)


def test_normal_deviates():
    deviates = [Dice("normal", n).normal() for n in range(4000)]
    assert statistics.mean(deviates) == pytest.approx(0, abs=0.05)
    assert statistics.stdev(deviates) == pytest.approx(1, abs=0.04)
