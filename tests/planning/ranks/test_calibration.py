"""What is said to be probable happens as often: on planted truth, with rules, thresholds and a formula."""

import numpy as np
import pytest

from .planted import RULES, SCORE, worlds


def calibration(opened, count, seed):
    said = [one for world in worlds(opened(SCORE, RULES), count, seed) for one in world]
    chance, happened = (np.array([getattr(s, name) for s in said]) for name in ("top", "is_top"))
    held = np.mean([s.low <= s.rank <= s.high for s in said if 0.01 < s.top < 0.99])
    return chance, happened, held


def test_of_those_said_to_be_among_the_first_with_80_per_cent_so_many_are(opened):
    chance, happened, held = calibration(opened, 120, seed=1)
    about = (chance >= 0.7) & (chance < 0.9)
    assert about.sum() > 250
    assert 0.75 <= happened[about].mean() <= 0.85
    assert abs(chance.mean() - happened.mean()) < 0.005
    assert 0.76 <= held <= 0.88


@pytest.mark.slow
def test_every_probability_is_as_good_as_it_says(opened):
    chance, happened, held = calibration(opened, 600, seed=2)
    for low in np.arange(0.05, 0.95, 0.1):
        about = (chance >= low) & (chance < low + 0.1)
        error = np.sqrt(0.25 / about.sum())
        assert happened[about].mean() == pytest.approx(chance[about].mean(), abs=3 * error)
    eighty = (chance >= 0.75) & (chance < 0.85)
    assert 0.75 <= happened[eighty].mean() <= 0.85
    assert 0.78 <= held <= 0.86
