"""Intervals of skewed amounts: what they come to, what they must never do, and what they cover."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import Mean, ResolutionTime, Revenue, Sales
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions, amounts, intervals
from cxengine.project import model

_spec = importlib.util.spec_from_file_location("skewness", Path(__file__).parents[2] / "docs" / "skewness.py")
skewness = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(skewness)

PAID = model.Signal(id="paid", wording="?", unit="EUR")
SOME = [12.0, 7.5, 30.0, 18.0, 9.5, 22.0, 15.0, 11.0, 64.0, 8.0]
positive = st.floats(0.01, 1e9)
relative = st.floats(0.0, 1.0)
degrees = st.floats(1.0, 1e6)


def one(*numbers):
    return tuple(np.array([float(number)]) for number in numbers)


def rows(values, **row):
    return [{"signal": "paid", "touchpoint": "order", "value": value, **row} for value in values]


def measured(make_project, make_evidence, values, metric=Mean, **row):
    project = make_project(signals=(PAID,))
    found = measure(project, make_evidence(rows(values, **row)), {"it": metric(NoOptions(), PAID)})
    return found.get("it", "touchpoint", "order")


def test_ten_amounts_by_hand(make_project, make_evidence):
    # mean 19.7, standard error 5.39918: e = 0.274070; bend = 4e / (1 + 2.5e) = 0.650544; t(9) = 2.262157
    cell = measured(make_project, make_evidence, SOME)
    wide = 5.399177 * (1 + 0.8 * 0.274070) * 2.262157 / 1.959964
    low, high = (19.7 + wide * np.expm1(0.650544 * z) / 0.650544 for z in (-1.959964, 1.959964))
    assert (cell.value, cell.low, cell.high) == pytest.approx((19.7, low, high), abs=2e-3)
    student = stats.t.interval(0.95, 9, 19.7, stats.sem(SOME))
    assert cell.low > student[0]
    assert cell.high > student[1] + 5


@pytest.mark.parametrize("change", [-40.0, -8.1])
def test_amounts_below_0_have_students_interval(make_project, make_evidence, change):
    values = [value + change for value in SOME]
    cell = measured(make_project, make_evidence, values)
    assert (cell.low, cell.high) == pytest.approx(stats.t.interval(0.95, 9, np.mean(values), stats.sem(SOME)))


def test_even_amounts_far_from_0_have_students_interval():
    """Where the error is a thousandth of the mean, nothing is bent."""
    low, high = amounts.limits(*one(1000, 1, 29))
    assert (low[0], high[0]) == pytest.approx(stats.t.interval(0.95, 29, 1000, 1), abs=0.01)


def test_the_error_of_counts_is_even_on_the_logarithmic_scale_by_hand():
    """20 with an error of 4 that is not of amounts, and ten degrees less one: a fifth, in logarithms, times t(9)."""
    value, error, free = one(20, 4, 9)
    low, high = amounts.limits(value, error, free, own=np.zeros(1))
    assert (low[0], high[0]) == pytest.approx((20 * np.exp(-0.2 * 2.262157), 20 * np.exp(0.2 * 2.262157)))
    alone = amounts.limits(value, error, free)
    assert np.ravel(amounts.limits(value, error, free, own=error)) == pytest.approx(np.ravel(alone))
    half = amounts.limits(value, error, free, own=error / 2)
    assert low[0] < half[0][0] < alone[0][0]
    assert high[0] < half[1][0] < alone[1][0]


def test_weights_leave_fewer_answers(make_project, make_evidence):
    plain = measured(make_project, make_evidence, SOME)
    heavy = measured(make_project, make_evidence, SOME, weight="2.5")
    assert (heavy.low, heavy.high) == pytest.approx((plain.low, plain.high))
    uneven = rows(SOME[:5], weight="0.5") + rows(SOME[5:], weight="3")
    metric = Mean(NoOptions(), PAID)
    found = measure(make_project(signals=(PAID,)), make_evidence(uneven), {"it": metric})
    cell = found.get("it", "touchpoint", "order")
    assert cell.n_eff < 10
    assert (cell.high - cell.low) / cell.value > (plain.high - plain.low) / plain.value * 0.7


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0, 0.0], [3.0, 3.0, 3.0]])
def test_what_tells_nothing(make_project, make_evidence, values):
    cell = measured(make_project, make_evidence, values)
    assert cell.value == values[0]
    if len(values) == 1 or values[0] == 0:
        assert (cell.low, cell.high) == (0.0, np.inf)
    else:
        assert 0 < cell.low < values[0] - 0.5
        assert cell.high > values[0] + 0.5


def test_equal_amounts_are_never_certain_and_less_and_less_doubtful(make_project, make_evidence):
    widths = [
        cell.high - cell.low
        for n in (2, 10, 40, 160)
        for cell in [measured(make_project, make_evidence, [50.0] * n)]
    ]
    assert sorted(widths, reverse=True) == widths
    assert 10 * widths[3] == pytest.approx(160 / 16 * 2 * 1.96 * 50 * (0.2 / 160**2) ** 0.5, rel=0.05)
    back = measured(make_project, make_evidence, [-50.0] * 10)
    assert back.low < -50 < back.high


def test_the_least_amount_is_that_of_all_beside_a_median_of_them(make_project, make_evidence):
    """Amounts are then added up bin by bin; the least decides which interval a mean has, and its chances."""
    wait = model.Signal(id="paid", wording="?", direction="lower_is_better")
    metrics = {"it": Mean(NoOptions(), wait), "half": ResolutionTime(ResolutionTime.Options(), wait)}
    project, evidence = make_project(signals=(wait,)), make_evidence(rows(SOME))
    alone, beside = (
        measure(project, evidence, {name: metrics[name] for name in names}).components.of("it")[1]
        for names in (("it",), ("it", "half"))
    )
    assert set(alone["least"]) == set(beside["least"]) == {7.5}
    assert {name: list(part) for name, part in beside.items()} == {
        name: list(part) for name, part in alone.items()
    }


def test_a_count_of_events_has_jeffreys_interval(make_project, make_evidence):
    # qgamma(c(.025, .975), 10.5) in R: 5.1416, 17.7394
    sales = measured(make_project, make_evidence, [7.5] * 10, Sales)
    assert (sales.value, sales.low, sales.high) == pytest.approx((10, 5.1416, 17.7394), abs=1e-3)
    revenue = measured(make_project, make_evidence, [7.5] * 10, Revenue)
    assert (revenue.low, revenue.high) == pytest.approx((7.5 * sales.low, 7.5 * sales.high))


def test_uneven_events_make_a_total_less_certain(make_project, make_evidence):
    alike, uneven = ([np.mean(SOME)] * 10, SOME)
    narrow, wide = (measured(make_project, make_evidence, v, Revenue) for v in (alike, uneven))
    assert wide.value == pytest.approx(narrow.value)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_free_events_may_cost_anything(make_project, make_evidence):
    cell = measured(make_project, make_evidence, [0.0] * 8, Revenue)
    assert (cell.value, cell.low, cell.high) == (0.0, 0.0, np.inf)


@given(positive, relative, degrees, st.floats(0, 1))
def test_the_interval_holds_the_mean_and_never_less_than_0(value, e, free, uneven):
    low, high = amounts.limits(*one(value, value * e, free), own=np.array([value * e * uneven]))
    assert 0 <= low[0] <= value <= high[0] < np.inf


@given(positive, relative, degrees, st.floats(1e-3, 1e3))
def test_another_currency_is_another_factor(value, e, free, rate):
    plain, other = (amounts.limits(*one(v, v * e, free)) for v in (value, value * rate))
    assert np.ravel(other) == pytest.approx(np.ravel(plain) * rate, rel=1e-9)


@given(positive, st.floats(0.0, 0.9), st.floats(0.001, 0.1), degrees)
def test_more_error_is_a_wider_interval(value, e, more, free):
    narrow, wide = (amounts.limits(*one(value, value * each, free)) for each in (e, e + more))
    assert wide[1][0] > narrow[1][0]
    assert wide[1][0] - wide[0][0] > narrow[1][0] - narrow[0][0]


@given(st.floats(0.01, 1.0), st.floats(10, 1e4))
def test_uneven_amounts_reach_further_up(e, free):
    numbers, mean = (amounts.limits(*one(1, e, free), own=np.array([own])) for own in (0.0, e))
    assert mean[1][0] > numbers[1][0] > 1 + e * intervals.t_quantile(np.array([free]))[0]


@given(st.floats(0.5, 1e6), st.floats(0, 50), st.floats(1, 1e6))
def test_a_total_lies_within_its_interval(total, uneven, n):
    low, high = amounts.total_limits(*one(total, uneven, n))
    assert 0 <= low[0] < total < high[0] < np.inf
    some, others = amounts.total_limits(*one(total, uneven, n)), amounts.total_limits(*one(1, uneven, n))
    assert np.ravel(some) == pytest.approx(np.ravel(others) * total)


def test_one_event_is_no_surer_than_two():
    alone, both = (
        amounts.total_limits(*one(total, uneven, n)) for total, uneven, n in ((1, 0, 1), (1, 1, 2))
    )
    assert alone[0][0] < both[0][0] + 0.01
    assert alone[1][0] > both[1][0]


@pytest.mark.parametrize("events", [1.5, 3.0])
def test_totals_of_few_events_cover(events):
    rng = np.random.default_rng(8)
    n = rng.poisson(events, 20_000)
    n = n[n > 0]
    sizes = np.where(np.arange(n.max()) < n[:, None], rng.lognormal(0, 1, (len(n), n.max())), 0.0)
    total = sizes.sum(axis=1)
    low, high = amounts.total_limits(total, (sizes**2).sum(axis=1) * n / total**2 - 1, n.astype(float))
    truth = events * np.exp(0.5)
    assert np.mean((low <= truth) & (truth <= high)) > 0.95


def test_draws_have_the_quantiles_of_the_interval():
    rng = np.random.default_rng(4)
    value, error, free = (np.array(x) for x in ([20.0, 3.0, 7.0], [4.0, 1.5, 0.01], [9.0, 29.0, 99.0]))
    drawn = amounts.draws(value, error, free, rng, 100_000)
    found = np.quantile(drawn, [0.025, 0.975], axis=1)
    assert found == pytest.approx(np.array(amounts.limits(value, error, free)), rel=0.02)
    parts = (np.array([90.0, 90.0]), np.array([0.5, 0.0]), np.array([12.0, 40.0]))
    totals = amounts.total_draws(*parts, rng, 100_000)
    limits = np.array(amounts.total_limits(*parts))
    assert np.quantile(totals, [0.025, 0.975], axis=1) == pytest.approx(limits, rel=0.05)
    assert np.isnan(amounts.draws(*one(5, np.inf, 1e-3), rng, 3)).all()


@pytest.mark.parametrize("population", skewness.POPULATIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("n", [10, 30, 100])
def test_the_interval_covers_the_mean_of_every_population(population, n):
    samples = skewness.drawn(population, n, 12_000, seed=5)
    assert 0.94 <= 1 - sum(samples.missed(amounts.SHAPE)) <= 0.9625  # the chance of so many samples: 0.2


def test_students_interval_would_not():
    samples = skewness.drawn(skewness.POPULATIONS[-1], 10, 12_000)
    straight = amounts.Shape(bend=1e-9, ease=0.0, wider=0.0)
    above, below = samples.missed(straight)
    assert above < 0.01
    assert below > 0.14


def test_the_constants_are_where_the_loss_is_small():
    samples = list(skewness.everything(4000, (10, 30, 100)))
    ours = skewness.loss(amounts.SHAPE, samples)
    for name, factor in [(name, f) for name in ("bend", "ease", "wider") for f in (0.5, 2.0)]:
        other = attrs.evolve(amounts.SHAPE, **{name: getattr(amounts.SHAPE, name) * factor})
        assert skewness.loss(other, samples) > ours
