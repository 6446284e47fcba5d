"""Intervals cover a planted truth 94 to 96 times in a hundred, give or take the chance of the simulation.

Where a metric cannot hold that at ten answers, the test says what it does instead.
"""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics import (
    RepeatResolution,
    ResolutionTime,
    Returns,
    Sales,
    Sentiment,
    Survival,
)
from hypothesis import given
from hypothesis import strategies as st

from cxengine.plugin import NoOptions
from cxengine.plugin.distribution import Distribution, bins
from cxengine.project import model

SIZES = [10, 30, pytest.param(100, marks=pytest.mark.slow), pytest.param(1000, marks=pytest.mark.slow)]
CELLS = 3000
SIGNAL = model.Signal(id="x", wording="?", direction="lower_is_better")


def counted(n, **parts):
    size = np.full(CELLS, float(n))
    return {"n": size, "w": size, "w2": size, **parts}


def coverage(metric, parts, truth):
    found = metric.measure(parts)
    known = np.isfinite(found.value)
    covered = (found.low <= truth) & (truth <= found.high)
    return covered[known].mean(), known.mean(), np.isfinite(found.high[known]).mean()


def lives(n, seed):
    """Exponential times with mean 10, watched for up to 40: about a quarter is censored."""
    rng = np.random.default_rng(seed)
    time, watched = rng.exponential(10, (CELLS, n)), rng.uniform(0, 40, (CELLS, n))
    ended, cell = (time <= watched).ravel(), np.repeat(np.arange(CELLS), n)
    size = bins(np.minimum(time, watched).ravel())
    late = (time <= watched) & (time > 5.0) & (bins(time) == bins(np.array(5.0)))
    return counted(
        n,
        late=late.sum(axis=1).astype(float),
        ended=Distribution.of(CELLS, cell, size, ended.astype(float)),
        open=Distribution.of(CELLS, cell, size, (~ended).astype(float)),
    )


@pytest.mark.parametrize("n", SIZES)
def test_median_time(n):
    metric = ResolutionTime(ResolutionTime.Options(), SIGNAL)
    covered, known, bounded = coverage(metric, lives(n, n), 10 * np.log(2))
    assert 0.935 < covered < 0.975  # ten answers: 96%, as times are few
    assert known > 0.99
    assert bounded > (0.45 if n == 10 else 0.98)  # half of the samples of ten have no upper bound, and say so


@pytest.mark.parametrize("n", SIZES)
def test_survival(n):
    metric = Survival(Survival.Options(horizon=5.0), SIGNAL)
    covered, known, _ = coverage(metric, lives(n, 7 * n), 100 * np.exp(-0.5))
    assert 0.935 < covered < 0.97
    assert known > 0.99


@pytest.mark.parametrize("n", SIZES)
def test_rates(n):
    """Wilson's interval wavers between 93% and 97% at ten answers, whatever the share; the mean is 95%."""
    rng = np.random.default_rng(n)
    metric = Returns(NoOptions(), SIGNAL)
    shares = np.linspace(0.05, 0.95, CELLS)
    hits = rng.binomial(n, shares).astype(float)
    found = metric.measure(counted(n, hits=hits))
    covered = (found.low <= 100 * shares) & (100 * shares <= found.high)
    assert 0.94 < covered.mean() < 0.965


@pytest.mark.parametrize("n", SIZES)
def test_repeats(n):
    """Some contacts are too young; the others are what the interval rests on."""
    rng = np.random.default_rng(n)
    old = np.maximum(rng.binomial(n, 0.8, CELLS), 1).astype(float)
    shares = np.linspace(0.3, 0.97, CELLS)
    metric = RepeatResolution(RepeatResolution.Options(), SIGNAL)
    found = metric.measure(counted(n, old=old, kept=rng.binomial(old.astype(int), shares).astype(float)))
    covered = (found.low <= 100 * shares) & (100 * shares <= found.high)
    assert 0.935 < covered.mean() < 0.97
    assert (found.n == old).all()


@pytest.mark.parametrize("n", SIZES)
def test_sentiment(n):
    rng = np.random.default_rng(n)
    classes = rng.multinomial(n, [0.5, 0.3, 0.2], CELLS).astype(float)
    metric = Sentiment(Sentiment.Options(sensitivity=0.85, specificity=0.9), SIGNAL)
    # the classifier sees a mixture: planted so that what it counts is 50 : 30 : 20
    covered, _, _ = coverage(
        metric, counted(n, positive=classes[:, 0], negative=classes[:, 2]), 100 * 0.3 / 0.75
    )
    assert 0.935 < covered < 0.965


@pytest.mark.parametrize("true", [0.55, 0.85, 1.0])
@pytest.mark.parametrize("n", SIZES)
def test_sentiment_near_the_end_of_its_scale(n, true):
    """A poor classifier sees more opinions than its rates allow, by chance, in up to half of the samples."""
    rng = np.random.default_rng(n)
    sensitivity, specificity = 0.7, 0.8
    seen = [true * sensitivity + (1 - true) * (1 - specificity), 1 - specificity]  # nobody is negative
    classes = rng.multinomial(n, [seen[0], 1 - sum(seen), seen[1]], CELLS)
    metric = Sentiment(Sentiment.Options(sensitivity=sensitivity, specificity=specificity), SIGNAL)
    parts = counted(n, positive=classes[:, 0].astype(float), negative=classes[:, 2].astype(float))
    found = metric.measure(parts)
    covered = (found.low <= 100 * true) & (100 * true <= found.high)
    assert 0.93 < covered.mean() < 0.97 or (
        true == 1 and covered.mean() > 0.97
    )  # the end is in most intervals
    assert (found.high - found.low > 0).all()


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0, 1), st.floats(0.51, 1), st.floats(0.51, 1))
def test_sentiment_is_never_certain(n, opinions, positive, sensitivity, specificity):
    metric = Sentiment(Sentiment.Options(sensitivity=sensitivity, specificity=specificity), SIGNAL)
    plain = Sentiment(Sentiment.Options(), SIGNAL)
    some = round(n * opinions)
    for_it = round(some * positive)
    cell = counted(n, positive=np.array([float(for_it)]), negative=np.array([float(some - for_it)]))
    cell = {name: values[:1] for name, values in cell.items()}
    found, raw = metric.measure(cell), plain.measure(cell)
    assert found.low[0] <= found.value[0] <= found.high[0]
    if abs(raw.value[0]) == 100:
        assert found.high[0] - found.low[0] >= raw.high[0] - raw.low[0] - 1e-9
    assert found.high[0] - found.low[0] > 0
    drawn = metric.draw(cell, np.random.default_rng(n), 400)
    assert drawn.std() > 0


def test_a_single_text_is_within_its_interval():
    ones = np.array([1.0])
    cell = {"n": ones, "w": ones, "w2": ones, "positive": ones, "negative": 0 * ones}
    found = Sentiment(Sentiment.Options(), SIGNAL).measure(cell)
    assert found.low[0] < found.value[0] == found.high[0] == 100


def test_more_opinions_than_the_rates_allow():
    """27 of 30 are seen as positive by a classifier that finds 70%: everybody is, as far as it can tell."""
    metric = Sentiment(Sentiment.Options(sensitivity=0.7, specificity=0.7), SIGNAL)
    cell = {
        name: values[:1]
        for name, values in counted(30, positive=np.full(CELLS, 27.0), negative=np.zeros(CELLS)).items()
    }
    found = metric.measure(cell)
    assert (found.value[0], found.high[0]) == (100, 100)
    assert 60 < found.low[0] < 90
    drawn = metric.draw(cell, np.random.default_rng(3), 4000)[0]
    assert np.quantile(drawn, 0.025) == pytest.approx(found.low[0], abs=6)


@pytest.mark.parametrize("n", SIZES)
def test_counts(n):
    """Jeffreys' interval wavers with the rate; over rates from half to twice as many it is right."""
    rng = np.random.default_rng(n)
    rate = n * np.exp(rng.uniform(-np.log(2), np.log(2), CELLS))
    count = np.maximum(rng.poisson(rate), 1).astype(float)
    parts = {"n": count, "w": count, "w2": count, "total": count, "squares": count}
    found = Sales(NoOptions(), SIGNAL).measure(parts)
    covered = (found.low <= rate) & (rate <= found.high)
    assert 0.935 < covered.mean() < 0.965
