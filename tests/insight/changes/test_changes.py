"""What is told of changes, and what is not."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from scipy.special import ndtr

from cxengine.insight.changes.find import changes as found_in
from cxengine.insight.changes.find import courses
from cxengine.insight.changes.ground import Data, normal, prepare
from cxengine.insight.changes.scan import chance, scan
from cxengine.insight.changes.season import design, seasons
from cxengine.metrics import period
from cxengine.metrics.discovery import adjusted, discover


def changes(series, **declared):
    """What changed, where nothing else is tested."""
    looked = courses(series, **declared)
    p = np.zeros(0) if looked is None else looked.chances
    return found_in(looked, discover({"series": p}), adjusted(p, [p]))


def _noise(rng, lines, periods):
    """Series of pure noise whose variance is known."""
    return Data(
        value=rng.normal(size=(lines, periods)),
        n=np.ones((lines, periods)),
        answers=np.full((lines, periods), 100),
        error=np.ones(lines),
        degrees=np.full(lines, 1e9),
        skewness=np.zeros(lines),
        least=np.full(lines, 10),
    )


def test_the_greatest_of_many_deviates_is_as_improbable_as_said_or_more(rng):
    data = _noise(rng, 4_000, 40)
    ground = prepare(data, np.ones((1, 40, 1)))
    p = scan(ground, data.least).p
    for level in (0.2, 0.05, 0.01):
        assert (p <= level).mean() <= level * 1.1
    start = np.arange(1, 40)
    largest = np.abs(ground.deviates(start, np.full(39, 40))[0]).max(axis=1)
    bound = chance(ground, data.least, "shift", np.full(4_000, 3.0))[0]
    assert (largest >= 3.0).mean() == pytest.approx(bound, rel=0.25)  # the bound is tight for shifts
    assert bound < 0.6 * 39 * 2 * ndtr(-3.0)  # and half of what Bonferroni would say


def test_a_single_straight_line_has_the_p_value_of_regression(rng):
    data = _noise(rng, 1, 30)
    ground = prepare(data, np.ones((1, 30, 1)))
    time = np.arange(30) - 14.5
    slope = (data.value[0] * time).sum() / (time**2).sum()
    assert ground.deviate_of_slope()[0] == pytest.approx(slope * np.sqrt((time**2).sum()))


def test_a_window_is_compared_with_the_rest_beside_the_seasons(rng):
    data = _noise(rng, 1, 28)
    base = design("day", period.number("day", "2024-01-01"), 28, ("week",))
    ground = prepare(data, base[None])
    found = ground.deviates(np.array([9]), np.array([15]))[0][0, 0]
    window = ((np.arange(28) >= 9) & (np.arange(28) < 15)).astype(float)
    columns = np.column_stack([base, window])
    beta, *_ = np.linalg.lstsq(columns, data.value[0], rcond=None)
    error = np.sqrt(np.linalg.inv(columns.T @ columns)[-1, -1])
    assert found == pytest.approx(beta[-1] / error)


def test_few_skewed_answers_are_as_improbable_as_counts_are():
    """6 good answers of 20 where 3% are good: the normal deviate would be 7, the counts say 4."""
    from scipy.stats import binom

    n, p = 20, 0.03
    deviation = np.sqrt(p * (1 - p))
    data = Data(
        value=np.array([[6 / n, p, p]]),
        n=np.array([[n, 1e6, 1e6]]),
        answers=np.array([[n, 10**6, 10**6]]),
        error=np.array([deviation]),
        degrees=np.array([1e9]),
        skewness=np.array([(1 - 2 * p) / deviation]),
        least=np.array([10]),
    )
    ground = prepare(data, np.ones((1, 3, 1)))
    z = ground.deviates(np.array([0]), np.array([1]))[0][0, 0]
    assert binom.sf(5, n, p) <= ndtr(-z) <= 5 * binom.sf(5, n, p)
    assert (6 / n - p) / deviation * np.sqrt(n) == pytest.approx(7.08, abs=0.01)  # the normal deviate


def test_t_is_turned_into_the_normal_deviate_of_the_same_chance():
    from scipy.stats import norm, t

    found = normal(np.array([3.0, -2.0]), np.array([10.0, 30.0]))
    assert norm.sf(found[0]) == pytest.approx(t.sf(3.0, 10))
    assert norm.cdf(found[1]) == pytest.approx(t.cdf(-2.0, 30))


def test_seasons_that_could_be_seen_twice_are_allowed_for():
    assert seasons("day", 13) == ()
    assert seasons("day", 14) == ("week",)
    assert seasons("day", 731) == ("week", "year")
    assert seasons("month", 23) == ()
    assert seasons("quarter", 8) == ("year",)
    assert seasons("year", 30) == ()
    assert seasons("month", 10, declared=("year", "week")) == ("year",)
    assert seasons("month", 40, declared=()) == ()


def test_who_changed_is_the_segment_and_others_are_where_it_is_seen_too(planted, rng):
    truth = planted(touchpoints=6, periods=60, rate=60.0)
    truth.probability[2, 1, 30:] += 0.2
    (change,) = changes(truth.draw(rng)).found
    assert (change.place.subject, change.place.segment) == ("t02", "b")
    assert {place.segment for place in change.also} == {"all"}
    assert change.good is True
    assert change.size.low < 0.2 < change.size.high
    assert change.before == pytest.approx(0.3, abs=0.03)
    assert change.after == pytest.approx(0.5, abs=0.03)


def test_too_few_periods_tell_nothing(planted, rng):
    assert changes(planted(periods=3).draw(rng)).search.series == 0
    assert changes(None).found == ()


def test_a_period_that_is_hidden_as_a_complement_is_in_no_part_that_is_told(planted, rng):
    truth = planted(touchpoints=4, periods=40, rate=60.0)
    truth.probability[1, :, 25:] += 0.25
    series = truth.draw(rng)
    hidden = np.zeros(series.answers.shape, dtype=bool)
    hidden[:, [3, 30]] = True
    told = changes(attrs.evolve(series, hidden=hidden)).found
    every = {
        (line.subject, line.segment): row for line, row in zip(series.lines, series.answers, strict=True)
    }
    assert told
    for change in told:
        row = every[change.place.subject, change.place.segment]
        assert change.n_before + change.n == row.sum() - row[[3, 30]].sum()


def test_what_is_told_does_not_depend_on_what_hidden_periods_hold(planted, rng):
    truth = planted(touchpoints=4, periods=40, rate=14.0)
    truth.probability[1, :, 25:] += 0.35
    series = truth.draw(rng)
    assert 0.05 < series.hidden.mean() < 0.5
    others = [np.where(series.hidden, rng.permutation(x, axis=1), x) for x in (series.value, series.answers)]
    told = changes(series)
    assert told.found
    assert changes(attrs.evolve(series, value=others[0], answers=others[1])) == told
