"""What the standard metrics accept, what their numbers mean, and how they are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics import (
    CustomerEffort,
    Mean,
    MeanSatisfaction,
    NetPromoterScore,
    Sentiment,
    Share,
    TopTwoBox,
)
from scipy import stats

from cxengine.plugin import NoOptions
from cxengine.project import model

NONE = NoOptions()


def signal(low, high, step=1.0, direction="higher_is_better"):
    scale = None if low is None else model.Scale(min=low, max=high, step=step)
    return model.Signal(id="answer", wording="?", scale=scale, direction=direction)


def parts(**components):
    return {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in components.items()}


ACCEPTED = [
    (NetPromoterScore, NONE, signal(0, 10)),
    (NetPromoterScore, NONE, signal(1, 10)),
    (MeanSatisfaction, NONE, signal(1, 5, None)),
    (TopTwoBox, NONE, signal(1, 5)),
    (TopTwoBox, NONE, signal(1, 6, direction="lower_is_better")),
    (CustomerEffort, CustomerEffort.Options(version="v1"), signal(1, 5, direction="lower_is_better")),
    (CustomerEffort, CustomerEffort.Options(version="v2"), signal(1, 7)),
    (Share, Share.Options(at_least=4.0), signal(None, None)),
    (Share, Share.Options(where="value > scale.middle"), signal(1, 5)),
    (Mean, NONE, signal(None, None)),
]
REFUSED = [
    (NetPromoterScore, NONE, signal(None, None), "0 to 10"),
    (NetPromoterScore, NONE, signal(0, 10, None), "steps of 1"),
    (NetPromoterScore, NONE, signal(1, 5), "csat_mean"),
    (NetPromoterScore, NONE, signal(0, 11), "0 to 10"),
    (NetPromoterScore, NONE, signal(0, 10, direction="lower_is_better"), "lower_is_better"),
    (MeanSatisfaction, NONE, signal(None, None), "use mean"),
    (TopTwoBox, NONE, signal(0, 100, None), "at_least"),
    (TopTwoBox, NONE, signal(0, 1), "three points"),
    (CustomerEffort, CustomerEffort.Options(version="v1"), signal(1, 5), "lower_is_better"),
    (CustomerEffort, CustomerEffort.Options(version="v2"), signal(1, 5), "1 to 7"),
    (CustomerEffort, CustomerEffort.Options(version="v2"), signal(None, None), "no scale"),
    (Share, Share.Options(), signal(1, 5), "either"),
    (Share, Share.Options(where="value > 2", at_least=3.0), signal(1, 5), "either"),
    (Share, Share.Options(where="valu > 2"), signal(1, 5), "valu"),
    (Share, Share.Options(where="value"), signal(1, 5), "bool"),
    (Share, Share.Options(where="value > scale.middle"), signal(None, None), "scale"),
]


@pytest.mark.parametrize(("metric", "options", "on"), ACCEPTED)
def test_accepts(metric, options, on):
    assert metric.refuses(on, options) is None


@pytest.mark.parametrize(("metric", "options", "on", "reason"), REFUSED)
def test_refuses_with_a_way_out(metric, options, on, reason):
    assert reason in metric.refuses(on, options)


def test_the_two_best_boxes_are_at_the_good_end():
    assert TopTwoBox(NONE, signal(1, 5)).components == {"hits": "count(value > 3.5)"}
    assert TopTwoBox(NONE, signal(1, 6, direction="lower_is_better")).components == {
        "hits": "count(value < 2.5)"
    }
    assert TopTwoBox(NONE, signal(0, 1, 0.1)).components == {"hits": "count(value > 0.85)"}


def test_a_share_says_which_end_is_good():
    assert Share(Share.Options(at_least=1.0), signal(1, 5)).direction == "higher_is_better"
    between = Share(Share.Options(at_least=2, at_most=4), signal(1, 5))
    assert between.components == {"hits": "count(value >= 2.0 && value <= 4.0)"}
    options = Share.Options(where="value <= 2.0", direction="lower_is_better")
    assert Share(options, signal(1, 5)).direction == "lower_is_better"


def test_ranges():
    assert NetPromoterScore(NONE, signal(0, 10)).range() == (-100, 100)
    assert MeanSatisfaction(NONE, signal(1, 5)).range() == (1, 5)
    assert TopTwoBox(NONE, signal(1, 5)).range() == (0, 100)
    assert Mean(NONE, signal(None, None)).range() == (-np.inf, np.inf)


CELLS = [
    pytest.param(
        NetPromoterScore(NONE, signal(0, 10)),
        parts(
            n=[36, 1000, 0], w=[36, 1000, 0], w2=[36, 1000, 0], promoters=[19, 500, 0], detractors=[5, 200, 0]
        ),
        id="nps",
    ),
    pytest.param(
        TopTwoBox(NONE, signal(1, 5)),
        parts(n=[20, 500, 0], w=[20, 500, 0], w2=[20, 500, 0], hits=[15, 123, 0]),
        id="share",
    ),
    pytest.param(
        MeanSatisfaction(NONE, signal(1, 5)),
        parts(n=[20, 500, 0], w=[20, 500, 0], w2=[20, 500, 0], total=[20, -100, 0], squares=[30, 700, 0]),
        id="mean",
    ),
]


@pytest.mark.parametrize(("metric", "components"), CELLS)
def test_draws_agree_with_value_and_interval(metric, components):
    drawn = metric.draw(components, np.random.default_rng(3), 40_000)
    found = metric.measure(components)
    assert drawn.shape == (3, 40_000)
    low, high = metric.range()
    assert ((drawn[:2] >= low) & (drawn[:2] <= high)).all()
    width = found.high[:2] - found.low[:2]
    quantiles = np.quantile(drawn[:2], [0.025, 0.975], axis=1)
    assert (np.abs(quantiles[0] - found.low[:2]) < 0.1 * width).all()
    assert (np.abs(quantiles[1] - found.high[:2]) < 0.1 * width).all()
    assert np.isnan(drawn[2]).all()
    assert np.isnan([found.value[2], found.low[2], found.high[2]]).all()


@pytest.mark.parametrize("metric", ["nps", "sentiment"])
def test_draws_are_of_the_posterior_with_half_an_answer_a_class(metric):
    """Two for, one against: the shares' means are 2.5 and 1.5 of 4.5, as of any Dirichlet distribution."""
    if metric == "nps":
        made = NetPromoterScore(NONE, signal(0, 10))
        components = parts(n=3, w=3, w2=3, promoters=2, detractors=1)
    else:
        made = Sentiment(Sentiment.Options(), signal(-1, 1, None))
        components = parts(n=3, w=3, w2=3, positive=2, negative=1)
    drawn = made.draw(components, np.random.default_rng(1), 40_000)[0]
    p, q = 2.5 / 4.5, 1.5 / 4.5
    variance = (p * (1 - p) + q * (1 - q) + 2 * p * q) / 5.5
    assert drawn.mean() == pytest.approx(100 * (p - q), abs=1)
    assert drawn.std() == pytest.approx(100 * variance**0.5, rel=0.02)


def test_weights_widen_the_interval():
    metric = TopTwoBox(NONE, signal(1, 5))
    even = metric.measure(parts(n=100, w=100, w2=100, hits=40))
    uneven = metric.measure(parts(n=100, w=100, w2=300, hits=40))
    assert even.value == uneven.value == 40
    assert uneven.high[0] - uneven.low[0] > 1.6 * (even.high[0] - even.low[0])


@pytest.mark.parametrize("weights", [[1] * 10, [1] * 9 + [4], [3, 3, 3, 1, 1, 1, 1, 0.5, 0.5, 0.5]])
def test_the_ends_of_the_scale_are_added_less_of_where_weights_differ(weights):
    """Student's interval of so many answers as the weights are worth, and a bit of one at 1 and at 5.

    The bit is a tenth where weights are equal, and less with the square of what they are worth of n.
    """
    answers, weights = np.array([2.0, 4, 5, 4, 3, 4, 4, 2, 5, 4]), np.array(weights, dtype=float)
    worth = weights.sum() ** 2 / (weights**2).sum()
    bit = 0.1 * (worth / 10) ** 2
    values, counts = np.append(answers, [1, 5]), np.append(weights * worth / weights.sum(), [bit, bit])
    size, mean = counts.sum(), np.average(values, weights=counts)
    error = np.sqrt(np.average((values - mean) ** 2, weights=counts) / (size - 1))
    low, high = stats.t.interval(0.95, size - 1, mean, error)
    off = answers - 3
    of = {"total": weights @ off, "squares": weights @ off**2}
    found = MeanSatisfaction(NONE, signal(1, 5)).measure(
        parts(n=10, w=weights.sum(), w2=weights @ weights, **of)
    )
    assert found.value[0] == pytest.approx(np.average(answers, weights=weights))
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))
    assert 1 < low < high < 5


def test_a_mean_far_from_zero_keeps_its_digits():
    scale = model.Scale(min=1e6, max=1e6 + 4, step=1)
    metric = MeanSatisfaction(NONE, model.Signal(id="far", wording="?", scale=scale))
    found = metric.measure(parts(n=10, w=10, w2=10, total=1, squares=9))  # around the middle
    assert found.value[0] == 1e6 + 2.1
    assert found.high[0] - found.low[0] == pytest.approx(1.42, abs=0.05)
