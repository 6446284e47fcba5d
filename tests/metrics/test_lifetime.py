"""Lifetime value: histories counted by hand, textbook sums, planted buyers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import (
    ModelledLifetimeValue,
    SimpleLifetimeRevenue,
    SimpleLifetimeValue,
    ValueFrequencyCorrelation,
)
from cxengine_standard.metrics.buying import (
    expected_purchases,
    expected_value,
    fit_bg_nbd,
    fit_gamma_gamma,
    lifetime_value,
    nobody_leaves,
)
from scipy import stats

from cxengine.metrics.again import Again
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import Cell
from cxengine.plugin import NoOptions
from cxengine.plugin.histories import Histories
from cxengine.project import model
from cxengine.testing import PlantedPurchases

PAID = model.Signal(id="paid", wording="What was paid", about="relationship", unit="EUR")
MODELLED = ModelledLifetimeValue(ModelledLifetimeValue.Options(margin=0.3), PAID)


def purchase(customer, day, amount, **row):
    moment = dt.datetime(2024, 1, 1, 12) + dt.timedelta(days=day)
    return {"signal": "paid", "touchpoint": "journey", "customer": customer, "value": float(amount)} | {
        "occurred_at": moment, **row,
    }  # fmt: skip


PURCHASES = [
    purchase("a", 0, 10), purchase("a", 0, 5), purchase("a", 30, 7), purchase("a", 30, 1), purchase("a", 95, 2),
    purchase("b", 40, 20, a_country="NL"), purchase("b", 41, 8),  # in the segment by one purchase
    purchase("c", 100, 3, a_country="NL"),
    purchase(None, 50, 99),
]  # fmt: skip


def histories(found, segment, period):
    codes, parts = found.components.of("clv")
    position = list(codes).index(found.components.axes.code(Cell("journey", "shop", segment, period)))
    who = parts["customers"]
    chosen = who.cell == position
    columns = (who.x, who.recency, who.age, who.spent, who.w)
    return sorted(zip(*(column[chosen].tolist() for column in columns), strict=True)), parts["n"][position]


def test_histories_of_customers(make_project, make_evidence):
    found = measure(make_project(signals=(PAID,)), make_evidence(PURCHASES), {"clv": MODELLED})
    a, b, c = (2, 95, 100, 10, 1), (1, 1, 60, 8, 1), (0, 0, 0, 0, 1)
    assert histories(found, "all", "all") == ([c, b, a], 3)
    assert histories(found, "dutch", "all") == ([c, b], 2)
    assert histories(found, "all", "2024-Q1") == ([b, a], 2)  # whose first purchase was then
    assert histories(found, "all", "2024-Q2") == ([c], 1)
    assert found.table.num_rows == 0  # three customers are no model


def test_that_answers_were_read_once_more_for_histories_is_told(make_project, make_evidence):
    project, evidence = make_project(signals=(PAID,)), make_evidence(PURCHASES)
    simple = SimpleLifetimeRevenue(SimpleLifetimeRevenue.Options(retention=0.8, discount=0.1), PAID)
    reason = Again("paid", "what customers did over time")
    assert reason in measure(project, evidence, {"clv": MODELLED}).components.again
    assert reason not in measure(project, evidence, {"ltr": simple}).components.again


def test_the_simple_sum():
    rows = {"n": 4, "w": 4, "w2": 4, "total": 400, "squares": 40_600, "least": 90}
    parts = {name: np.array([float(v)]) for name, v in rows.items()}
    value = SimpleLifetimeValue(SimpleLifetimeValue.Options(retention=0.8, discount=0.1, margin=0.25), PAID)
    revenue = SimpleLifetimeRevenue(SimpleLifetimeRevenue.Options(retention=0.8, discount=0.1), PAID)
    periods = 0.8 / (1 + 0.1 - 0.8)
    assert value.measure(parts).value[0] == pytest.approx(25 * periods)
    assert revenue.measure(parts).value[0] == pytest.approx(100 * periods)
    drawn = value.draw(parts, np.random.default_rng(2), 50_000)[0]
    found = value.measure(parts)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([found.low[0], found.high[0]], rel=0.03)
    assert "relationship" in SimpleLifetimeValue.refuses(model.Signal(id="x", wording="?"), value.options)


BUYERS = PlantedPurchases()


def test_planted_buyers_are_found():
    bought = BUYERS.draw(3000, np.random.default_rng(4))
    x, last, age, spent = bought.x, bought.last, bought.age, bought.spent
    weight = np.ones(len(x))
    fit = fit_bg_nbd(x, last, age, weight)
    truth, error = np.log(BUYERS.buying), np.sqrt(np.diag(fit.covariance))
    assert (np.abs(np.log(fit.parameters) - truth) < 3 * error).all()
    assert (error < 0.4).all()
    twice = fit_bg_nbd(*(np.concatenate([part, part[:500]]) for part in (x, last, age, weight)))
    counted = fit_bg_nbd(x, last, age, np.where(np.arange(len(x)) < 500, 2.0, 1.0))
    assert counted.parameters == pytest.approx(twice.parameters, rel=1e-3)
    value, below, relative = lifetime_value(x, last, age, spent, weight, weeks=26, discount=0.0)
    assert below == relative  # some leave
    expected = expected_purchases(26.0, BUYERS.buying, x, last, age).mean() * BUYERS.mean_amount
    assert abs(np.log(value / expected)) < 4 * relative
    assert relative < 0.2


def test_few_who_came_back_and_paid_are_few_degrees_of_freedom():
    """Twice as many of every kind: half the variance, and by Student as many less seven parameters."""
    bought = BUYERS.draw(40, np.random.default_rng(2))
    x, last, age, spent = bought.x, bought.last, bought.age, bought.spent
    once, twice = (
        lifetime_value(x, last, age, spent, np.full(40, times), weeks=26, discount=0.0)
        for times in (1.0, 2.0)
    )
    told = int(((x > 0) & (spent > 0)).sum())
    free = np.array([told - 7, 2 * told - 7])
    wide = stats.t.ppf(0.975, free) * np.sqrt(np.array([1, 2]) * told / free / np.array([1, 2]))
    assert twice[0] == pytest.approx(once[0], rel=1e-3)
    assert twice[2] / once[2] == pytest.approx(wide[1] / wide[0], rel=0.01)


def test_money_of_four_weeks_loses_as_much_of_a_year():
    bought = BUYERS.draw(40, np.random.default_rng(2))
    plain, less = (
        lifetime_value(
            bought.x, bought.last, bought.age, bought.spent, np.ones(40), weeks=4, discount=discount
        )[0]
        for discount in (0.0, 0.3)
    )
    assert plain / less == pytest.approx(1.3 ** (4 / 52))


def test_where_nobody_who_came_back_paid_there_is_no_value():
    """A trial that costs nothing: nobody knows what a purchase would be worth."""
    bought = BUYERS.draw(60, np.random.default_rng(2))
    value = lifetime_value(
        bought.x, bought.last, bought.age, 0 * bought.spent, np.ones(60), weeks=4, discount=0.0
    )
    assert np.isnan(value).all()


def buyers(x, spent):
    """The component of one cell of customers, each of a kind of his own."""
    x, spent = np.array(x, dtype=float), np.array(spent, dtype=float)
    age = np.full(len(x), 300.0)
    return {
        "customers": Histories(
            1, np.zeros(len(x), dtype=int), x, np.minimum(x, 1) * 100, age, spent, np.ones(len(x))
        )
    }


@pytest.mark.parametrize(("back", "known"), [(9, False), (10, True)])
def test_a_fit_needs_so_many_who_came_back_whoever_did_not(back, known):
    options = ModelledLifetimeValue.Options(margin=0.3, weeks=4, least=10)
    times = [1 + i % 3 for i in range(back)] + [0] * 30
    spent = [n * (20 + 7 * (i % 4)) for i, n in enumerate(times)]
    found = ModelledLifetimeValue(options, PAID).measure(buyers(times, spent))
    assert np.isfinite(found.value[0]) == known


def test_the_correlation_has_fishers_interval_of_those_who_came_back():
    """As scipy has it, of the mean value of purchases; of three nobody knows."""
    x, each = [1, 2, 3, 4, 6, 0, 0], [10, 30, 20, 25, 40, 0, 0]
    metric = ValueFrequencyCorrelation(NoOptions(), PAID)
    found = metric.measure(buyers(x, np.multiply(x, each)))
    told = stats.pearsonr(x[:5], each[:5])
    limits = told.confidence_interval(0.95)
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx(
        (told.statistic, limits.low, limits.high)
    )
    assert found.n[0] == 5
    assert np.isnan(metric.measure(buyers([1, 2, 3, 0], [10, 60, 60, 0])).value[0])


@pytest.mark.parametrize("price", [19.99, 20.0, 0.1, 1e6 / 3])
def test_of_equal_prices_nothing_correlates(price):
    """What came to three times 19.99 is 19.99 each but for the last digit: it was -1, of all 30."""
    times = [1 + i % 7 for i in range(30)]
    found = ValueFrequencyCorrelation(NoOptions(), PAID).measure(buyers(times, [price * n for n in times]))
    assert np.isnan([found.value[0], found.low[0], found.high[0]]).all()


def test_nothing_correlates_with_what_is_the_same_of_all_or_lies_along_one_line():
    metric = ValueFrequencyCorrelation(NoOptions(), PAID)
    assert np.isnan(metric.measure(buyers([3] * 6, [30, 31.1, 45, 60, 7.7, 30])).value[0])
    times = np.arange(1, 8)
    assert np.isnan(metric.measure(buyers(times, times * (0.1 + 0.3 * times))).value[0])
    near = 0.1 + 0.3 * times + 1e-4 * np.array([0, 1, -1, 0, 1, -1, 0])
    assert metric.measure(buyers(times, times * near)).value[0] == pytest.approx(
        stats.pearsonr(times, near).statistic
    )


def faithful(n, rng):
    """Customers who never leave, whose rates differ; ages of half a year to a year."""
    age = rng.uniform(26, 52, n)
    x = rng.poisson(rng.gamma(0.8, 1 / 6.0, n) * age).astype(float)
    last = np.where(x > 0, age * rng.random(n) ** (1 / np.maximum(x, 1)), 0)
    each = rng.gamma(6 * np.maximum(x, 1)) / rng.gamma(4, 1 / 60, n)
    return x, last, age, np.where(x > 0, each, 0), np.ones(n)


def test_where_nobody_leaves_the_value_is_that_of_the_nbd():
    """The maximum lies at the boundary: it was NaN, with warnings of overflow."""
    found = []
    for seed in range(8):
        x, last, age, spent, weight = faithful(100, np.random.default_rng(seed))
        fit = fit_bg_nbd(x, last, age, weight)
        if not nobody_leaves(fit):
            continue
        value, below, above = lifetime_value(x, last, age, spent, weight, weeks=26, discount=0.0)
        worth = expected_value(
            fit_gamma_gamma(x[x > 0], spent[x > 0] / x[x > 0], weight[x > 0]).parameters, x, spent
        )
        r, alpha = fit.parameters[:2]
        assert value == pytest.approx(np.mean((r + x) / (alpha + age) * 26 * worth), rel=1e-4)
        assert below > above > 0
        truth = np.mean((0.8 + x) / (6 + age) * 26 * expected_value(BUYERS.spending, x, spent))
        found.append(value * np.exp(-1.96 * below) <= truth <= value * np.exp(1.96 * above))
    assert len(found) > 3
    assert sum(found) >= len(found) - 1


def test_the_model_of_a_cell_is_told_whatever_others_there_are():
    """By cell, as it is fitted to that cell; nothing of one with few, and no b where nobody leaves."""
    bought = BUYERS.draw(200, np.random.default_rng(4))
    some = bought.x, bought.last, bought.age, bought.spent, np.ones(200)
    loyal = next(
        one
        for one in (faithful(100, np.random.default_rng(seed)) for seed in range(8))
        if nobody_leaves(fit_bg_nbd(one[0], one[1], one[2], one[4]))
    )
    loyal = loyal[0], loyal[1], loyal[2], loyal[0] * loyal[3], loyal[4]
    cells = [some, tuple(part[:20] for part in some), loyal]
    x, last, age, spent, w = (np.concatenate(parts) for parts in zip(*cells, strict=True))
    cell = np.repeat(np.arange(3), [len(one[0]) for one in cells])
    customers = Histories(3, cell, x, last * 7, age * 7, spent, w)
    told = MODELLED.fitted({"customers": customers})
    assert list(told) == ["r", "alpha", "a", "b", "p", "q", "v"]
    buying, worth = (
        fit_bg_nbd(*some[:3], some[4]),
        fit_gamma_gamma(
            *(part[some[0] > 0] for part in (some[0], some[3] / np.maximum(some[0], 1), some[4]))
        ),
    )
    assert [of[0] for of in told.values()] == pytest.approx([*buying.parameters, *worth.parameters], rel=1e-4)
    assert np.isnan([of[1] for of in told.values()]).all()
    assert told["a"][2] == 0
    assert np.isnan(told["b"][2])
    assert np.isfinite([told[name][2] for name in ("r", "alpha", "p", "q", "v")]).all()
    alone = MODELLED.fitted({"customers": customers.only(np.array([2, 0]))})
    np.testing.assert_array_equal([alone[name] for name in told], [of[[2, 0]] for of in told.values()])


@pytest.mark.parametrize("seed", [3, 6, 13, 24])
def test_a_few_who_leave_unseen_are_within_the_interval(seed):
    """Of every fifty purchases one is a customer's last: in these samples nobody is seen to leave."""
    planted = PlantedPurchases(buying=(0.8, 6.0, 0.1, 5.0))
    bought = planted.draw(100, np.random.default_rng(seed))
    x, last, age, spent, weight = bought.x, bought.last, bought.age, bought.spent, np.ones(100)
    assert nobody_leaves(fit_bg_nbd(x, last, age, weight))
    value, below, above = lifetime_value(x, last, age, spent, weight, weeks=26, discount=0.0)
    buys = expected_purchases(26.0, planted.buying, x, last, age)
    truth = np.mean(buys * planted.expected_amount(bought))
    assert value * np.exp(-1.96 * below) <= truth < value * np.exp(-1.96 * above)


@pytest.mark.parametrize(
    ("x", "recency", "spent"),
    [
        (3.0, 40.0, 60.0),
        (np.arange(60) % 4 + 1.0, 35.0, 20 * (np.arange(60) % 4 + 1.0)),
        (1.0, np.linspace(0.1, 1, 60), np.linspace(5, 50, 60)),
    ],
    ids=["all the same", "the same spending", "nobody came a second time"],
)
def test_customers_who_do_not_differ_have_a_value(x, recency, spent):
    x, recency, spent = (np.broadcast_to(part, 60).astype(float) for part in (x, recency, spent))
    found = lifetime_value(x, recency, np.full(60, 40.0), spent, np.ones(60), weeks=52, discount=0.0)
    assert np.isfinite(found).all()
    assert found[0] > 0


def test_expected_purchases_where_customers_are_all_alike():
    """Many weeks and hardly any difference: 2F1 is beyond doubles, and the sum is not."""
    x, last, age = np.array([0.0, 1.0, 5.0]), np.array([0.0, 20.0, 40.0]), np.full(3, 40.0)
    near = expected_purchases(520.0, (1.0, 6.0, 90.0, 910.0), x, last, age)
    for scale in (10, 100):
        alike = expected_purchases(520.0, (1.0, 6.0, 90.0 * scale, 910.0 * scale), x, last, age)
        assert alike == pytest.approx(near, rel=0.02)
    for a, b in ((1.0, 1.0), (0.5, 0.5), (1e-6, 1.0)):
        exact, beside = (
            expected_purchases(52.0, (1.0, 6.0, a, b * near), x, last, age) for near in (1, 1 + 1e-6)
        )
        assert exact == pytest.approx(beside, rel=1e-3)


def test_cells_with_few_returning_customers_have_no_value(make_project, make_evidence):
    rng = np.random.default_rng(6)
    rows = [
        purchase(f"c{i}", float(day), rng.gamma(5, 4))
        for i in range(90)
        for day in np.cumsum([rng.integers(0, 60), *rng.integers(3, 60, rng.integers(0, 5))])
    ]
    metrics = {"clv": MODELLED, "related": ValueFrequencyCorrelation(NoOptions(), PAID)}
    found = measure(make_project(signals=(PAID,)), make_evidence(rows), metrics)
    cell = found.get("clv", "journey", "shop")
    assert cell.n == 90
    assert 0 < cell.low < cell.value < cell.high
    related = found.get("related", "journey", "shop")
    assert related.low < 0 < related.high
    assert related.n < 90
    codes, parts = found.components.of("clv")
    position = list(codes).index(found.components.axes.code(Cell("journey", "shop")))
    drawn = MODELLED.draw(parts, np.random.default_rng(1), 20_000)
    assert np.quantile(drawn[position], [0.025, 0.975]) == pytest.approx([cell.low, cell.high], rel=0.05)


def test_refunds_are_no_purchases(make_project, make_evidence):
    """Neither the days of refunds nor their amounts are part of a history."""
    back = [purchase("a", 60, -4), purchase("a", 95, -2), purchase("b", 0, -1), purchase("d", 9, -30)]
    found = measure(make_project(signals=(PAID,)), make_evidence(PURCHASES + back), {"clv": MODELLED})
    a, b, c = (2, 95, 100, 10, 1), (1, 1, 60, 8, 1), (0, 0, 0, 0, 1)
    assert histories(found, "all", "all") == ([c, b, a], 3)


def test_what_was_given_away_is_a_purchase_and_what_has_not_ended_is_none(make_project, make_evidence):
    """Only amounts below 0 are none: whoever comes for nothing has come."""
    more = [
        purchase("a", 60, 0), purchase("e", 20, 0), purchase("e", 50, 6), purchase("b", 70, 9, censored=True),
        purchase("f", 80, 9, censored=True),
    ]  # fmt: skip
    found = measure(make_project(signals=(PAID,)), make_evidence(PURCHASES + more), {"clv": MODELLED})
    a, b, c, e = (3, 95, 100, 10, 1), (1, 1, 60, 8, 1), (0, 0, 0, 0, 1), (1, 30, 80, 6, 1)
    assert histories(found, "all", "all") == (sorted([a, b, c, e]), 4)


def test_what_customers_bring_is_net_of_refunds(make_project, make_evidence):
    options = SimpleLifetimeValue.Options(retention=0.5, discount=0.0, margin=1.0)  # one period
    rows = [purchase(str(i), i, amount) for i, amount in enumerate([30, 50, -20, 40, 60, -10])]
    found = measure(
        make_project(signals=(PAID,)), make_evidence(rows), {"clv": SimpleLifetimeValue(options, PAID)}
    ).get("clv", "journey", "shop")
    assert found.value == pytest.approx(25.0)
    assert found.low < 0 < 25 < found.high
