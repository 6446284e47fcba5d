"""Chances of what was measured: of whole days, of limits that are just met, of amounts, one side at a time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import Formula, Mean, ResolutionTime, Revenue, Sales, SimpleLifetimeValue
from scipy import stats

from cxengine.engine import Engine
from cxengine.insight.metrics_apart import metrics_apart
from cxengine.metrics.guardrails import guardrails
from cxengine.metrics.measure import measure
from cxengine.plugin import Metric, NoOptions, amounts, intervals
from cxengine.plugin.distribution import Distribution, bins
from cxengine.project import model

DAYS = model.Signal(id="lasted", wording="How long?", direction="lower_is_better", unit="days")
PAID = model.Signal(id="paid", wording="?", unit="EUR")
JANUARY, FEBRUARY = {0: 700, 1: 300}, {0: 200, 1: 200, 5: 600}


def quantile(share):
    return ResolutionTime(ResolutionTime.Options(quantile=share), DAYS)


def cells(samples, still_open=None):
    """The components of times of which every row is a cell."""
    count, n = samples.shape
    cell, size = np.repeat(np.arange(count), n), np.full(count, float(n))
    waiting = np.zeros(samples.shape, dtype=bool) if still_open is None else still_open
    of = {"ended": ~waiting, "open": waiting}
    parts = {
        name: Distribution.of(count, cell, bins(samples.ravel()), there.ravel().astype(float))
        for name, there in of.items()
    }
    return {"n": size, "w": size, "w2": size, **parts}


def tickets(times, month=1, **row):
    day = dt.datetime(2024, month, 15)
    return [
        {"signal": "lasted", "touchpoint": "order", "value": float(value), "occurred_at": day, **row}
        for value, count in times.items()
        for _ in range(count)
    ]


# --- whole days ------------------------------------------------------------------------------------


def test_where_all_have_ended_the_last_time_is_an_upper_limit():
    """As by order statistics: hardly ever would 1,000 tickets all end before nine tenths of tickets do."""
    for share, times, told in ((0.9, JANUARY, 1.0), (0.5, FEBRUARY, 5.0)):
        sample = np.repeat(np.array(list(times), dtype=float), list(times.values()))[None]
        found = quantile(share).measure(cells(sample))
        assert (found.value[0], found.low[0], found.high[0]) == (told, told, told)


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.9, 36)])
def test_few_do_not_tell_the_upper_limit(share, least):
    """The largest of n is above the quantile but for share ^ n, of whatever distribution."""
    for n in (least - 1, least):
        found = quantile(share).measure(cells(np.full((1, n), 3.0)))
        assert found.value[0] == 3
        assert found.high[0] == (3 if n >= least else np.inf)


def test_a_change_in_whole_days_is_told(make_project, make_evidence):
    rows = tickets(JANUARY, 1) + tickets(FEBRUARY, 2)
    project = make_project(signals=(DAYS,), period="month")
    metrics = {"median": quantile(0.5), "slowest": quantile(0.9)}
    found = measure(project, make_evidence(rows), metrics).changes.to_pylist()
    for metric, change in (("median", 5.0), ("slowest", 4.0)):
        (row,) = (
            r for r in found if r["metric"] == metric and r["subject"] == "order" and r["segment"] == "all"
        )
        assert (row["value"], row["low"], row["high"]) == (change, change, change)
        assert 0 < row["p"] < 1e-20


def test_a_segment_in_whole_days_is_told(make_project, make_evidence):
    rows = tickets(JANUARY, a_country="BE") + tickets({0: 20, 5: 80}, a_country="NL")
    project, metrics = make_project(signals=(DAYS,)), {"median": quantile(0.5)}
    measured = measure(project, make_evidence(rows), metrics)
    found = metrics_apart(project, metrics, measured)
    p = dict(zip((found.segment.names[i] for i in found.segment.code), found.p.tolist(), strict=True))
    assert 0 < p["dutch"] < 1e-6
    assert p["belgian"] == 1


SHAPES = {
    "exponential": (lambda rng, size: rng.exponential(10, size), 10 * np.log(2)),
    "whole days": (lambda rng, size: np.ceil(rng.exponential(3, size)), 3.0),
    "half at once": (lambda rng, size: rng.choice([1.0, 2, 3], size, p=[0.5, 0.3, 0.2]), 1.0),
    "just not half": (lambda rng, size: rng.choice([1.0, 2, 3], size, p=[0.4999, 0.4001, 0.1]), 2.0),
}


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("name", list(SHAPES))
def test_chances_of_medians_hold_their_level(name, watched):
    draw, median = SHAPES[name]
    rng = np.random.default_rng(5)
    count, n = 3000, 30
    time = draw(rng, (count, n))
    until = rng.uniform(0, 10 * median, time.shape) if watched else time
    parts = cells(np.minimum(time, until), until < time)
    for side in (-1, 1):
        p = quantile(0.5).chances(parts, np.full(count, median), side)
        for level in (0.025, 0.005):
            assert (p <= level).mean() <= level + 3 * (level / count) ** 0.5
    if name != "exponential":
        return  # of those tied, hardly any differ at all
    p = quantile(0.5).chances_between(parts, np.arange(0, count, 2), np.arange(1, count, 2))
    assert (p <= 0.05).mean() <= 0.05


def test_changes_of_medians_hold_their_level_where_they_are_tied():
    """The same median of two kinds of tickets, each at its edge; by the interval every fourth would differ."""
    rng = np.random.default_rng(6)
    one = rng.choice([1.0, 2, 3], (2000, 100), p=[0.2, 0.3, 0.5])
    other = rng.choice([1.0, 2, 3], (2000, 100), p=[0.4999, 0.4001, 0.1])
    parts = cells(np.concatenate([one, other]))
    p = quantile(0.5).chances_between(parts, np.arange(2000), np.arange(2000, 4000))
    assert (p <= 0.05).mean() <= 0.05 + 3 * (0.05 / 2000) ** 0.5
    assert (p <= 0.005).mean() <= 0.005 + 3 * (0.005 / 2000) ** 0.5


def test_a_chance_of_a_median_by_hand():
    """41 of 60 took longer than a limit of 3: as many heads of 60 tosses, or more."""
    sample = np.array([[2.0] * 10 + [3.0] * 9 + [5.0] * 41])
    p = [quantile(0.5).chances(cells(sample), np.array([limit]), 1)[0] for limit in (1.0, 3.0, 4.0, 5.0)]
    assert p == pytest.approx([0.5**60, *[stats.binom.sf(40, 60, 0.5)] * 2, 1.0])
    p = [quantile(0.5).chances(cells(sample), np.array([limit]), -1)[0] for limit in (5.0, 5.5)]
    assert p == pytest.approx([stats.binom.sf(40, 60, 0.5) * 0 + stats.binom.cdf(41, 60, 0.5), 0.5**60])


def test_differences_do_not_depend_on_the_order_or_on_other_cells():
    rng = np.random.default_rng(2)
    parts = cells(np.ceil(rng.exponential(5, (6, 40))))
    there, back = quantile(0.5).chances_between(parts, np.array([0, 1]), np.array([1, 0]))
    assert there == back
    alone = {k: v.only(np.array([0, 1])) if isinstance(v, Distribution) else v[:2] for k, v in parts.items()}
    assert quantile(0.5).chances_between(alone, np.array([0]), np.array([1]))[0] == there


def test_without_any_time_nothing_is_told():
    parts = cells(np.ones((2, 0)))
    assert quantile(0.5).chances(parts, np.array([3.0, 3.0]), 1).tolist() == [1, 1]
    assert quantile(0.5).chances_between(parts, np.array([0]), np.array([1])).tolist() == [1]


# --- limits that are just met ----------------------------------------------------------------------

DESK = """
[project]
id = "desk"
name = "Desk"

[privacy]
minimum_n = 1

[[stage]]
id = "get"
name = "I get help"

[[touchpoint]]
id = "desk"
name = "Desk"
stage = "get"

[[signal]]
id = "lasted"
wording = "How long did it take?"
unit = "hours"
direction = "lower_is_better"

[[metric]]
id = "median"
use = "resolution_time"
signal = "lasted"
guardrail = {limit}
target = {limit}

[[source]]
id = "tickets"
kind = "ticket"
options = {{ path = "tickets.csv" }}

[source.mapping]
response_id = "id"
occurred_at = "day"
signals = [{{ signal = "lasted", columns = {{ hours = "desk" }} }}]
"""


def run(folder, limit, hours):
    (folder / "cxengine.toml").write_text(DESK.format(limit=limit), encoding="utf-8")
    rows = [f"{i},2024-01-{1 + i % 28:02},{value}" for i, value in enumerate(hours)]
    (folder / "tickets.csv").write_text("\n".join(["id,day,hours", *rows]) + "\n", encoding="utf-8")
    return Engine().run(folder)


@pytest.mark.parametrize("limit", [8, 24, 48, 72, 168, 22.1, 24.05])
def test_a_limit_that_is_just_met_is_kept(tmp_path, limit):
    """Most take just as long as they may, and some less: exactly the limit, or as long as its bin tells."""
    result = run(tmp_path, limit, [limit / 3] * 15 + [limit] * 45)
    states = {(one.subject, one.state, one.p) for one in result.guardrails}
    assert states == {("desk", "kept", 1.0)}
    assert not [d for d in result.warnings if d.code == "CX508"]
    (gap,) = (one for one in result.insight.gaps.gaps if one.measure == "median" and one.segment == "all")
    assert gap.size.value <= 0
    assert gap.p >= 0.5


def test_a_limit_for_which_another_number_stands_is_kept_where_it_is_just_met(tmp_path):
    """Another number of their bin stands for 24.1 hours: as far as that tells, it is no longer than 24.1."""
    result = run(tmp_path, 24.1, [8] * 15 + [24.1] * 45)
    assert {one.measurement.value for one in result.guardrails} != {24.1}
    assert {(one.state, one.p) for one in result.guardrails} == {("kept", 1.0)}


def test_a_limit_that_is_passed_has_the_chance_of_so_many_beyond_it(tmp_path):
    result = run(tmp_path, 24, [8] * 20 + [25] * 40)
    chance = stats.binom.sf(39, 60, 0.5)
    assert [one.p for one in result.guardrails] == pytest.approx([chance] * 2)
    assert {one.state for one in result.guardrails} == {"passed"}
    (gap,) = (one for one in result.insight.gaps.gaps if one.measure == "median")
    assert (gap.size.value, gap.p, gap.probability) == pytest.approx((1.0, chance, 1 - chance))


def test_the_limit_towards_no_difference_tells_the_chance():
    """2 [-1, 3] reaches 3 down to its limit and is 2 above nothing; -2 [-5, -1] reaches 1 up."""
    value, down, up = np.array([2.0, -2.0]), np.array([3.0, 3.0]), np.array([1.0, 1.0])
    away = stats.norm.ppf(0.975) * np.array([2 / 3, 2 / 1])
    assert intervals.chances_between(value, down, up) == pytest.approx(2 * stats.norm.sf(away))
    assert intervals.chances(value, value - down, value + up, 0, 1) == pytest.approx(
        [stats.norm.sf(away[0]), stats.norm.cdf(away[1])]
    )


def test_an_interval_without_width_tells_no_more_than_its_level():
    """One convention for changes, guardrails, gaps and segments, where nobody knows better."""
    zero, one, endless = np.zeros(1), np.ones(1), np.full(1, np.inf)
    assert intervals.chances_between(one, zero, endless) == pytest.approx(0.05)
    assert intervals.chances_between(one, endless, zero) == 1
    assert intervals.chances_between(zero, zero, zero) == 1
    assert intervals.chances(one, one, endless, zero, 1) == pytest.approx(0.025)
    assert intervals.chances(one, zero, endless, zero, 1) == pytest.approx(0.025)
    assert intervals.chances(one, -endless, endless, zero, 1) == 0.5
    assert intervals.chances(one, zero, endless, one, 1) == 0.5


# --- amounts, one side at a time -------------------------------------------------------------------

POPULATIONS = {
    "normal": (lambda rng, size: np.abs(rng.normal(10, 3, size)), 10.0),
    "uniform": (lambda rng, size: rng.random(size), 0.5),
    "four fifths at 100, the rest at 10": (
        lambda rng, size: np.where(rng.random(size) < 0.8, 100.0, 10),
        82.0,
    ),
    "gamma of shape 2": (lambda rng, size: rng.gamma(2, 1, size), 2.0),
    "log-normal": (lambda rng, size: rng.lognormal(0, 1, size), float(np.exp(0.5))),
}


def sums(x, weight=1.0):
    size = np.full(len(x), float(x.shape[1]))
    return {"n": size, "w": size * weight, "w2": size * weight**2, "total": x.sum(1) * weight}


def means(x):
    return {**sums(x), "squares": (x**2).sum(1), "least": x.min(1)}


@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("name", list(POPULATIONS))
def test_one_sided_chances_of_means_hold_their_level(name, n):
    """Were the truth at the guardrail, p < .025 happens in 2.5% at most; off by the factors told here."""
    draw, mean = POPULATIONS[name]
    count = 8000
    parts = means(draw(np.random.default_rng(n), (count, n)))
    metric = Mean(NoOptions(), PAID)
    off = {("four fifths at 100, the rest at 10", 100, 1): 2.6, ("log-normal", 10, -1): 1.7}
    for side in (-1, 1):
        p = metric.chances(parts, np.full(count, mean), side)
        for level in (0.025, 0.005):
            most = level * off.get((name, n, side), 1.15)
            assert (p < level).mean() <= most + 2.5 * (most / count) ** 0.5


def test_one_sided_chances_of_even_costs_are_students():
    """Which the interval of amounts, bent as it is, has at half of that and less."""
    rng = np.random.default_rng(4)
    x = rng.normal(100, 10, (50, 30))
    p = Mean(NoOptions(), PAID).chances(means(x), np.full(50, 97.0), 1)
    student = stats.ttest_1samp(x, 97.0, axis=1, alternative="greater").pvalue
    assert (p >= student * (1 - 1e-9)).all()
    assert np.median(p / student) == pytest.approx(1, abs=1e-6)


def test_amounts_below_0_have_students_chances():
    x = np.array([[-5.0, 3, 8, 1, -2, 4, 9, 0, 2, 6]])
    p = Mean(NoOptions(), PAID).chances(means(x), np.array([6.0]), -1)
    assert p == pytest.approx(stats.ttest_1samp(x, 6.0, axis=1, alternative="less").pvalue)


def test_skewed_amounts_have_the_chance_of_their_interval_at_its_limit():
    value, error, degrees = np.array([20.0]), np.array([4.0]), np.array([29.0])
    _, high = amounts.limits(value, error, degrees)
    assert amounts.chances(value, error, degrees, high, -1) == pytest.approx(0.025)
    own = np.array([2.5])
    _, high = amounts.limits(value, error, degrees, own=own)
    assert amounts.chances(value, error, degrees, high, -1, own=own) == pytest.approx(0.025)


def test_equal_amounts_may_have_missed_those_of_0():
    """Ten of 100, where the truth is 82: were 18% of amounts 0, ten would miss them in 14% of samples."""
    p = Mean(NoOptions(), PAID).chances(means(np.full((1, 10), 100.0)), np.array([82.0]), 1)
    assert p[0] == pytest.approx(0.82**10.2)


@pytest.mark.parametrize("limit", [1.0, 82.0, 500.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_single_amount_tells_nothing(limit, side):
    p = Mean(NoOptions(), PAID).chances(means(np.array([[100.0]])), np.array([limit]), side)
    assert p[0] == 0.5


@pytest.mark.parametrize("rate", [10, 30, 100])
@pytest.mark.parametrize("name", [*POPULATIONS, "one each"])
def test_one_sided_chances_of_totals_hold_their_level(name, rate):
    draw, mean = {**POPULATIONS, "one each": (lambda rng, size: np.ones(size), 1.0)}[name]
    rng = np.random.default_rng(rate)
    number = np.maximum(rng.poisson(rate, 6000), 2)
    x = draw(rng, (6000, number.max())) * (np.arange(number.max()) < number[:, None])
    n, nothing = number.astype(float), np.zeros(6000)
    parts = {"n": n, "w": n, "w2": n, "total": x.sum(1), "squares": (x**2).sum(1)}
    parts |= {"back": nothing, "back_squares": nothing, "times": nothing}
    metric = (Sales if name == "one each" else Revenue)(NoOptions(), PAID)
    parts |= dict.fromkeys(set(metric.components) - set(parts), nothing)
    if name == "one each":
        parts["total"] = n
    for side in (-1, 1):
        p = metric.chances(parts, np.full(6000, rate * mean), side)
        for level, most in ((0.025, 0.037), (0.005, 0.011)):
            assert (p < level).mean() <= most + 2.5 * (level / 6000) ** 0.5


def formula(ends=None):
    options = Formula.Options(
        components={"all": "sum(value)"}, formula="all / n", range=ends, direction="higher_is_better"
    )
    return Formula(options, PAID)


@pytest.mark.parametrize("ends", [None, (0.0, float("inf"))])
def test_a_formula_of_a_mean_has_the_chances_of_the_mean(ends, make_project, make_evidence):
    values = [12.0, 7.5, 30.0, 18.0, 9.5, 22.0, 15.0, 11.0, 64.0, 8.0]
    rows = [{"signal": "paid", "touchpoint": "order", "value": value} for value in values]
    metrics = {"mean": Mean(NoOptions(), PAID), "it": formula(ends)}
    found = measure(make_project(signals=(PAID,)), make_evidence(rows), metrics).components
    of = {name: found.of(name)[1] for name in metrics}
    for limit, side in ((35.0, -1), (10.0, 1)):
        limits = np.full(len(of["it"]["n"]), limit)
        mean, declared = (metrics[name].chances(of[name], limits, side) for name in metrics)
        assert declared == pytest.approx(mean, rel=1e-6)


def test_a_lifetime_value_has_the_chances_of_its_mean():
    signal = model.Signal(id="paid", wording="?", about="relationship")
    options = SimpleLifetimeValue.Options(retention=0.8, discount=0.1, margin=0.3)
    parts = means(np.random.default_rng(1).gamma(2, 50, (20, 30)))
    metric, mean = SimpleLifetimeValue(options, signal), Mean(NoOptions(), signal)
    times = metric.measure(parts).value[0] / mean.measure(parts).value[0]
    limits = np.full(20, 120.0)
    assert metric.chances(parts, limits * times, -1) == pytest.approx(mean.chances(parts, limits, -1))
    nothing = SimpleLifetimeValue.Options(retention=0.0, discount=0.1, margin=0.3)
    assert SimpleLifetimeValue(nothing, signal).chances(parts, limits, -1) is None


def test_a_total_of_a_part_of_a_period_is_held_against_that_part_of_the_limit(make_project, make_evidence):
    """Ten days of sales at three a day, of a month that should have 120: as 30 against 120 * 10 / 31."""
    table = model.MetricTable(id="sales", use="sales", signal="paid", guardrail=120)
    rows = [
        {"signal": "paid", "touchpoint": "order", "value": 5.0, "occurred_at": dt.datetime(2024, 1, day)}
        for day in range(1, 11)
        for _ in range(3)
    ]
    project = make_project(signals=(PAID,), period="month", current="latest", metrics=(table,))
    metrics = {"sales": Sales(NoOptions(), PAID)}
    (found,) = (
        g
        for g in guardrails(project, metrics, measure(project, make_evidence(rows), metrics))
        if g.subject == "order"
    )
    parts = {"n": np.array([30.0]), "w": np.array([30.0]), "w2": np.array([30.0]), "total": np.array([30.0])}
    assert found.p == pytest.approx(metrics["sales"].chances(parts, np.array([1200 / 31]), -1)[0])
    assert 0.02 < found.p < 0.2


def test_metrics_that_say_nothing_leave_it_to_the_interval():
    class Silent(Metric):
        """Says nothing."""

        name = "silent"
        title = "Silent"
        components = {}

        def range(self):
            return 0.0, 1.0

        def measure(self, components):
            raise AssertionError

        def draw(self, components, rng, size):
            raise AssertionError

    silent = Silent(NoOptions(), PAID)
    assert silent.chances({}, np.zeros(1), 1) is None
    assert silent.chances_between({}, np.zeros(1, dtype=int), np.zeros(1, dtype=int)) is None
