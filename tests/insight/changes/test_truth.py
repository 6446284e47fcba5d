"""Planted truth: nothing is found where nothing changed, and what changed is found where and when it did."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from scipy.stats import binom

from cxengine.insight.changes.find import changes as found_in
from cxengine.insight.changes.find import courses
from cxengine.metrics import period
from cxengine.metrics.discovery import adjusted, discover


def changes(series, **declared):
    """What changed, where nothing else is tested."""
    looked = courses(series, **declared)
    p = np.zeros(0) if looked is None else looked.chances
    return found_in(looked, discover({"series": p}), adjusted(p, [p]))


def _rounds(planted, rng, times):
    return [changes(planted.draw(rng)) for _ in range(times)]


@pytest.mark.parametrize(
    ("more", "times"),
    [
        ({}, 20),
        ({"p": 0.03}, 20),  # rare answers: sums are skewed
        ({"length": "quarter", "periods": 8, "rate": 40.0}, 40),
        ({"length": "month", "periods": 30, "rate": 20.0}, 40),
        ({"spread": 0.1}, 20),  # periods differ more than answers would
        ({"spread": 0.1, "alike": 0.4, "periods": 120}, 20),  # and neighbours are alike
    ],
)
def test_without_a_change_runs_that_tell_of_any_are_at_most_as_many_as_declared(planted, rng, more, times):
    """With nothing to find every discovery is false: the false discovery rate is the share of such runs."""
    told = [bool(found.found) for found in _rounds(planted(**more), rng, times)]
    assert sum(told) <= binom.ppf(0.975, times, 0.05)


@pytest.mark.parametrize("length", ["day", "month"])
def test_a_season_alone_is_no_change(planted, rng, length):
    truth = planted(length=length, periods={"day": 84, "month": 48}[length], rate=40.0)
    phase = np.arange(truth.probability.shape[2]) % {"day": 7, "month": 12}[length]
    truth.probability[:] += np.where(phase >= {"day": 5, "month": 10}[length], 0.25, 0.0)
    found = _rounds(truth, rng, 10)
    assert sum(bool(one.found) for one in found) <= 1
    assert found[0].search.seasons == ({"day": "week", "month": "year"}[length],)


def test_what_was_never_there_rose_from_nothing(planted, rng):
    """Not from 7.11e-15, which arithmetic leaves of it."""
    truth = planted(length="month", periods=7, rate=150.0)
    truth.probability[..., :3], truth.probability[..., 3:] = 0.0, 0.47
    found = changes(truth.draw(rng)).found
    assert len(found) >= 10
    assert {change.before for change in found} == {0.0}


def test_what_was_seen_once_is_a_season_where_the_year_is_declared(planted, rng):
    truth = planted(length="month", periods=18, rate=60.0)
    truth.probability[..., 8:12] += 0.25
    series = truth.draw(rng)
    assert changes(series).search.seasons == ()
    assert len(changes(series).found) >= 20
    declared = changes(series, declared=("year",))
    assert declared.search.seasons == ("year",)
    assert declared.found == ()


def test_shifts_in_seasonal_data_are_found_where_and_when_they_are(planted, rng):
    """Of five touchpoints, one segment falls by 0.15 from period 50 on, in a week with strong days."""
    truth = planted(touchpoints=25, periods=98, rate=15.0)
    truth.probability[:] += 0.1 * (np.arange(98) % 7 >= 5)
    truth.probability[:5, 0, 50:] -= 0.15
    first, found = period.number("day", "2024-01-01"), _rounds(truth, rng, 12)
    heads = [change for one in found for change in _first(one) if change.place.subject < "t05"]
    false = sum(change.place.subject >= "t05" for one in found for change in one.found)
    assert false <= 0.05 * len(heads)
    assert len(heads) >= 0.9 * 60
    assert sum(change.place.segment == "a" for change in heads) >= 0.9 * len(heads)
    shifts = [change for change in heads if change.kind == "shift"]
    assert len(shifts) >= 0.8 * len(heads)
    since = [tuple(period.number("day", one) - first for one in attrs.astuple(c.since)) for c in shifts]
    assert sum(abs(day - 50) <= 4 for day, _, _ in since) >= 0.8 * len(since)
    assert sum(low <= 50 <= high for _, low, high in since) >= 0.9 * len(since)
    planted_size = {"a": -0.15, "all": -0.075}
    sized = sum(c.size.low <= planted_size[c.place.segment] <= c.size.high for c in shifts)
    assert sized >= 0.93 * len(shifts)


def _first(found):
    """Of every touchpoint, the clearest change."""
    return {change.place.subject: change for change in reversed(found.found)}.values()


def test_episodes_and_trends_are_told_apart(planted, rng):
    truth = planted(touchpoints=3, periods=120, rate=30.0)
    truth.probability[0, :, 40:60] += 0.25
    truth.probability[1] += np.linspace(0, 0.25, 120)
    truth.probability[2, :, 70:] += 0.2
    kinds = [
        {change.place.subject: change.kind for change in found.found} for found in _rounds(truth, rng, 5)
    ]
    expected = {"t00": "episode", "t01": "trend", "t02": "shift"}
    assert sum(one == expected for one in kinds) >= 4


def test_two_shifts_of_a_series_are_both_told(planted, rng):
    truth = planted(touchpoints=4, periods=100, rate=30.0)
    truth.probability[0, :, 30:] += 0.2
    truth.probability[0, :, 75:] += 0.2
    found = changes(truth.draw(rng))
    since = [change.since.period for change in found.found if change.place.segment == "all"]
    days = sorted(period.number("day", one) - period.number("day", "2024-01-01") for one in since)
    assert len(days) == 2
    assert abs(days[0] - 30) <= 3
    assert abs(days[1] - 75) <= 3
