"""The effective number that a metric is told makes its own interval as wide as degrees of freedom ask for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from cxengine.metrics import widened

RATIOS = np.array([0.05, 0.5, 1.0, 3.0, 30.0])


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("degrees", [0.5, 1.3, 5.0, 40.0, 1e6])
@pytest.mark.parametrize("answers", [1.2, 6.0, 24.0, 1e5])
def test_of_one_that_takes_students_quantile_it_is_solved_for(degrees, answers, unbiased):
    metric = SimpleNamespace(student=True, unbiased=unbiased)
    effect = widened.effect(metric, RATIOS, np.full(5, degrees), np.full(5, answers))
    n = answers / effect
    wanted = stats.t.ppf(0.975, degrees) ** 2 * RATIOS / answers
    told = n > 1.06  # of fewer the quantile is beyond all numbers
    own = stats.t.ppf(0.975, n[told] - 1) ** 2 / (n[told] - 1 if unbiased else n[told])
    assert own == pytest.approx(wanted[told], rel=2e-6)
    assert (n >= (1 if unbiased else 0)).all()
    assert told.any()


def test_of_any_other_it_is_the_ratio_of_the_quantiles():
    metric = SimpleNamespace(student=False, unbiased=False)
    found = widened.effect(metric, RATIOS, np.full(5, 5.0), np.full(5, 24.0))
    assert found == pytest.approx(RATIOS * (stats.t.ppf(0.975, 5) / stats.t.ppf(0.975, 23)) ** 2, rel=1e-6)
