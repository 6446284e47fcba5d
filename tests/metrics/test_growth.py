"""Earned growth and net revenue retention: known answers, coverage, and what they refuse."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from math import log, sqrt

import numpy as np
import pytest
from cxengine_standard.metrics import EarnedGrowth, NetRevenueRetention
from hypothesis import given
from hypothesis import strategies as st

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.metrics.measure import measure
from cxengine.plugin.growths import Growths
from cxengine.project.model import Signal

PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 1

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "till"
name = "Till"
stage = "buy"
start = true
end = true

[[segment]]
id = "north"
name = "North"
when = 'attributes.region == "north"'

[[signal]]
id = "paid"
wording = "What was paid"
about = "relationship"

[[source]]
id = "purchases"
kind = "order"
options = { path = "purchases.csv" }

[source.mapping]
customer_id = "customer"
occurred_at = "day"
attributes = { region = "region", came = "came", recommended = { column = "friend", type = "boolean" } }
signals = [{ signal = "paid", columns = { amount = "journey" } }]
formulas = { friend = 'attributes.came == "friend"' }

[[metric]]
id = "nrr"
use = "net_revenue_retention"
signal = "paid"

[[metric]]
id = "growth"
use = "earned_growth"
signal = "paid"
options = { earned = "EARNED", days = 365 }
"""

PURCHASES = [
    # customer, day, amount, region, how the customer came
    ("anna", "2022-02-01", 40, "north", ""),  # before the earlier period: only tells that she is not new
    ("anna", "2024-06-01", 60, "north", ""),
    ("zoe", "2021-01-01", 60, "north", ""),  # in neither period: she counts for nothing
    ("ben", "2023-01-02", 100, "north", ""),
    ("ben", "2024-03-01", 130, "north", ""),
    ("carl", "2023-05-05", 100, "south", "advertisement"),
    ("dora", "2024-02-02", 50, "south", "friend"),
    ("dora", "2024-12-31", 20, "south", ""),
    ("emil", "2024-05-01", 80, "north", "advertisement"),
    ("ben", "2024-01-02", 7, "north", "friend"),  # he had come before: kept, not earned
]


@pytest.fixture
def run(tmp_path):
    def of(purchases=PURCHASES, earned="recommended"):
        (tmp_path / "cxengine.toml").write_text(PROJECT.replace("EARNED", earned), encoding="utf-8")
        with (tmp_path / "purchases.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["customer", "day", "amount", "region", "came"])
            writer.writerows(purchases)
        return Engine().run(tmp_path).measurements

    return of


def test_known_answer(run):
    """Earlier period: 100 + 100. Present: Anna and Ben keep 60 + 130 + 7, Dora is earned, Emil was bought."""
    found = run()
    kept, grown = (found.get(name, "journey", "shop") for name in ("nrr", "growth"))
    assert (kept.n, kept.value) == (5, pytest.approx(100 * 197 / 200))
    assert grown.value == pytest.approx(100 * (197 + 70) / 200 - 100)
    assert kept.low < kept.value < kept.high


def test_the_day_on_which_a_period_begins_is_of_the_one_before(run):
    """The present are the 365 days that end with the last purchase, at 2024-12-31: 2024-01-01 is not of them."""
    turning = [("tess", "2024-01-01", 500, "north", ""), ("tess", "2024-05-05", 30, "north", "")]
    found = run([*PURCHASES, *turning, ("early", "2023-01-01", 1000, "north", "")])
    kept, grown = (found.get(name, "journey", "shop") for name in ("nrr", "growth"))
    assert (kept.n, kept.value) == (6, pytest.approx(100 * (197 + 30) / (200 + 500)))
    assert grown.value == pytest.approx(100 * (197 + 30 + 70) / (200 + 500) - 100)


def test_what_has_not_ended_is_not_spent(make_project, make_evidence):
    signal = Signal(id="paid", wording="What was paid", about="relationship")
    days = {"before": datetime(2023, 3, 1), "now": datetime(2024, 12, 31)}
    rows = [
        {
            "signal": "paid",
            "touchpoint": "journey",
            "customer": who,
            "value": amount,
            "occurred_at": days[when],
        }
        | more
        for who, when, amount, more in (
            ("old", "before", 1.0, {"occurred_at": datetime(2022, 1, 1)}),
            ("anna", "before", 100.0, {}),
            ("anna", "now", 120.0, {}),
            ("anna", "now", 40.0, {"censored": True}),
            ("ben", "before", 60.0, {}),
            ("carl", "before", 900.0, {"censored": True}),
        )
    ]
    metrics = {"nrr": NetRevenueRetention(NetRevenueRetention.Options(), signal)}
    found = measure(make_project(signals=(signal,)), make_evidence(rows), metrics).get(
        "nrr", "journey", "shop"
    )
    assert (found.n, found.value) == (2, pytest.approx(100 * 120 / 160))


def test_of_a_segment(run):
    cell = run().get("growth", "journey", "shop", segment="north")
    assert (cell.n, cell.value) == (3, pytest.approx(100 * 197 / 100 - 100))


def test_too_short_a_history_has_no_value(run):
    found = run([row for row in PURCHASES if row[1] > "2023-04"])
    assert found.get("nrr", "journey", "shop") is None
    assert found.get("growth", "journey", "shop") is None


@pytest.mark.parametrize("span", [694, 720, 729, 730, 760, 1100])
def test_where_nothing_changes_nothing_grows_however_far_back_the_evidence_goes(run, span):
    """Everybody buys the same every week; a period of evidence more or less is at most one week's purchases."""
    first = date(2024, 12, 31) - timedelta(days=span)
    found = run(
        (f"c{c}", (first + timedelta(days=day)).isoformat(), 10, "north", "friend")
        for c in range(42)
        for day in range(c % 7, span + 1, 7)
    )
    for name, truth in (("nrr", 100), ("growth", 0)):
        cell = found.get(name, "journey", "shop")
        assert cell.value == pytest.approx(truth, abs=1)
        assert cell.low <= truth + 1
        assert cell.high >= truth - 1


@pytest.mark.parametrize(
    ("earned", "message"),
    [
        ("recomended", "There is no attribute `recomended`, which earned_growth reads."),
        ("came", "The attribute `came` is text, and earned_growth needs a boolean."),
    ],
)
def test_an_attribute_that_is_none(run, earned, message):
    with pytest.raises(ProjectError) as caught:
        run(earned=earned)
    (found,) = caught.value.diagnostics
    assert found.message == message
    assert found.location.line == PROJECT[: PROJECT.index("options = { earned")].count("\n") + 1


def test_answers_of_nobody_are_told_of(tmp_path):
    text = PROJECT.replace("EARNED", "recommended").replace('customer_id = "customer"\n', "")
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    engine = Engine()
    found = [d for d in engine.check(engine.load(tmp_path)) if d.code == "CX514"]
    assert len(found) == 2
    assert 'the source "purchases" of its signal maps no `customer_id`' in found[0].message


def test_the_interval_covers_the_growth_of_such_customers():
    """2,000 samples of 100 customers who spend unevenly, stay or leave, and of whom some are new."""
    rng = np.random.default_rng(5)
    samples, size = 2000, 100
    shape = samples * size
    new = rng.random(shape) < 0.2
    before = np.where(new, 0.0, rng.gamma(1.5, 40, shape))
    now = np.where(
        new, rng.gamma(1.5, 30, shape), before * rng.gamma(4, 0.25, shape) * (rng.random(shape) < 0.8)
    )
    friend = rng.random(shape) < 0.5
    truth = 100 * (0.8 * 60 * 0.8 + 0.2 * 45 * 0.5) / (0.8 * 60) - 100
    customers = Growths(
        cells=samples,
        cell=np.repeat(np.arange(samples), size),
        before=before,
        kept=np.where(new, 0.0, now),
        earned=np.where(new & friend, now, 0.0),
        bought=np.where(new & ~friend, now, 0.0),
        w=np.ones(shape),
    )
    options = EarnedGrowth.Options(earned="friend")
    metric = EarnedGrowth(options, Signal(id="paid", wording="What was paid", about="relationship"))
    found = metric.measure({"customers": customers})
    covered = np.mean((found.low <= truth) & (truth <= found.high))
    assert 0.93 <= covered <= 0.96
    drawn = metric.draw({"customers": customers}, rng, 200)
    assert np.mean(np.quantile(drawn, 0.975, axis=1) - found.high) == pytest.approx(0, abs=1)


def test_the_interval_of_what_was_earned_by_hand():
    """Four spent 100 and count for 120 now: they are off 1.2 times what they spent by 3, 6, -9, 0; t(3)."""
    before, now = np.array([10.0, 20, 30, 40]), np.array([15.0, 30, 27, 48])
    nothing, options = np.zeros(4), EarnedGrowth.Options(earned="friend")
    parts = Growths(1, nothing.astype(int), before, now, nothing, nothing, np.ones(4))
    metric = EarnedGrowth(options, Signal(id="paid", wording="?", about="relationship"))
    found = metric.measure({"customers": parts})
    error = 3.182446 * sqrt((3**2 + 6**2 + 9**2) * 4 / 3) / 120
    limits = [100 * (1.2 * np.exp(side * error) - 1) for side in (-1, 0, 1)]
    assert (found.low[0], found.value[0], found.high[0]) == pytest.approx(limits, rel=1e-6)


def retained(before, kept):
    """The estimate of net revenue retention for some customers."""
    before, kept = np.array(before, dtype=float), np.array(kept, dtype=float)
    nothing = np.zeros(len(before))
    parts = Growths(1, nothing.astype(int), before, kept, nothing, nothing, np.ones(len(before)))
    metric = NetRevenueRetention(NetRevenueRetention.Options(), Signal(id="paid", wording="?"))
    return metric.measure({"customers": parts})


def test_where_nobody_left_and_all_spend_as_before_some_might_have_left():
    """Only the share that stayed is uncertain: Wilson's limits of 10 of 10, 72.2% and 100%."""
    found = retained([20] * 10, [20] * 10)
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx((100, 72.25, 100), abs=0.01)


def test_refunds_are_netted_and_the_interval_stays_one():
    """One customer was paid back in the earlier period: those who stay spent more than all then."""
    found = retained([100.0, 80.0, 90.0, 70.0, -20.0], [90.0, 85.0, 95.0, 60.0, 0.0])
    assert found.value[0] == pytest.approx(100 * 330 / 320)
    assert 0 < found.low[0] < found.value[0] < found.high[0] < np.inf


def test_unequal_customers_are_worth_fewer():
    """Wilson's limits of as many customers as (sum)^2 / sum of squares: 5 instead of 10."""
    found = retained([60, *[10] * 9], [60, *[10] * 9])
    assert found.low[0] == pytest.approx(100 * 5 / (5 + 1.959964**2), abs=0.01)


def test_share_and_growth_by_hand():
    """Four of five stay and spend a fifth more, give or take: the two errors, with their correlation."""
    before, kept = np.full(5, 10.0), np.array([13.0, 11.0, 12.0, 12.0, 0.0])
    found = retained(before, kept)
    low, high = 0.375535, 0.963776  # Wilson: 4 of 5
    error = (
        3.182446 * np.sqrt(2 * 4 / 3) / 48
    )  # t(3); the deviations 1, -1, 0, 0 do not go with what was spent
    assert found.value[0] == pytest.approx(96)
    assert np.log(0.96 / (found.low[0] / 100)) == pytest.approx(np.hypot(np.log(0.8 / low), error), rel=1e-4)
    assert np.log(found.high[0] / 96) == pytest.approx(np.hypot(np.log(high / 0.8), error), rel=1e-4)


def test_share_and_growth_that_go_together_by_hand():
    """Those who spent little grew most: the growth errs against the share that stayed.

    Six spent 200; four of them, who spent 100, now spend 110. By Cochran's linearisation of a ratio each moves
    the share, a half, by half of what he or she spent, up who stayed and down who left; and each who stayed the
    growth, 1.1, by what is beyond it: 7, 4, -3, -8. Limits: Zou and Donner (2008), with correlation.
    """
    found = retained([10, 20, 30, 40, 60, 40], [18, 26, 30, 36, 0, 0])
    z, t = 1.959964, 3.182446
    n, share = 200**2 / (10**2 + 20**2 + 30**2 + 40**2 + 60**2 + 40**2), 0.5
    low, high = sorted(np.roots([n + z**2, -(2 * n * share + z**2), n * share**2]))  # Wilson's
    growth = t * sqrt((49 + 16 + 9 + 64) * 4 / 3) / 110
    errs = (5 * 7 + 10 * 4 - 15 * 3 - 20 * 8) / sqrt(
        (5**2 + 10**2 + 15**2 + 20**2 + 30**2 + 20**2) * (49 + 16 + 9 + 64)
    )
    down, up = log(share / low), log(high / share)
    assert found.value[0] == pytest.approx(100 * 110 / 200)
    assert log(found.value[0] / found.low[0]) == pytest.approx(
        sqrt(down**2 + growth**2 + 2 * errs * down * growth), rel=1e-4
    )
    assert log(found.high[0] / found.value[0]) == pytest.approx(
        sqrt(up**2 + growth**2 + 2 * errs * up * growth), rel=1e-4
    )


def test_of_one_who_stayed_nothing_is_known_of_growth():
    found = retained([10, 10, 10], [12, 0, 0])
    assert (found.value[0], found.low[0], found.high[0]) == (pytest.approx(40), 0, np.inf)


@pytest.mark.parametrize(
    "kept", [[0] * 8, [0, 0, 0, 0, 0, 0, 0, -3]], ids=["nobody came", "one brought back"]
)
def test_where_nobody_stays_nothing_is_kept(kept):
    """Not "measured nowhere": 0%, of Wilson's limits of none of 8 that of the share, n the same of either."""
    found = retained([10] * 8, kept)
    assert (found.value[0], found.low[0]) == (0, 0)
    assert found.high[0] == pytest.approx(100 * 1.959964**2 / (8 + 1.959964**2))


def test_who_left_are_worth_as_many_as_spent_alike():
    """(sum)^2 / sum of squares of 60 and nine times 10 is 5."""
    found = retained([60, *[10] * 9], [0] * 10)
    assert found.high[0] == pytest.approx(100 * 1.959964**2 / (5 + 1.959964**2))


def test_all_who_come_had_skipped_the_period_before():
    """It has a value, 30 of 40, and nobody who tells of growth."""
    found = retained([20, 20, 0, 0], [0, 0, 10, 20])
    assert (found.value[0], found.low[0], found.high[0]) == (pytest.approx(75), 0, np.inf)


def grown(before, kept, earned):
    """The component of one cell, each customer of a kind of his own."""
    before, kept, earned = (np.array(part, dtype=float) for part in (before, kept, earned))
    one = np.zeros(len(before))
    return {"customers": Growths(1, one.astype(int), before, kept, earned, one, np.ones(len(before)))}


def test_where_nothing_is_kept_or_earned_all_is_lost():
    metric = EarnedGrowth(EarnedGrowth.Options(earned="friend"), Signal(id="paid", wording="?"))
    found = metric.measure(grown([10] * 8, [0] * 8, [0] * 8))
    assert (found.value[0], found.low[0]) == (-100, -100)
    assert found.high[0] == pytest.approx(100 * 1.959964**2 / (8 + 1.959964**2) - 100)


@pytest.mark.parametrize(
    ("metric", "least"),
    [
        (NetRevenueRetention(NetRevenueRetention.Options(), Signal(id="paid", wording="?")), 0),
        (EarnedGrowth(EarnedGrowth.Options(earned="friend"), Signal(id="paid", wording="?")), -100),
    ],
)
def test_draws_of_nothing_are_of_jeffreys_posterior(metric, least):
    """The mean of a beta of 1/2 and 8 1/2 is 1/18."""
    drawn = metric.draw(grown([10] * 8, [0] * 8, [0] * 8), np.random.default_rng(3), 20_000)
    assert drawn.min() >= least
    assert drawn.mean() - least == pytest.approx(100 / 18, rel=0.03)


def test_a_year_in_which_nobody_came_back_is_told(run):
    """Twenty bought in the earlier year, twenty others now: nothing is kept of 200, nothing earned."""
    bought = [(f"old{i}", f"2023-{1 + i % 12:02}-05", 10, "north", "") for i in range(20)]
    bought += [(f"new{i}", f"2024-{1 + i % 12:02}-28", 10, "north", "advertisement") for i in range(20)]
    found = run([*bought, ("first", "2022-11-01", 5, "north", "")])
    kept, grown = (found.get(name, "journey", "shop") for name in ("nrr", "growth"))
    assert (kept.n, kept.value, grown.value) == (40, 0, -100)


spent = st.just(0.0) | st.floats(0.01, 1e4)


@given(st.lists(st.tuples(st.floats(1, 1e4), spent), min_size=3, max_size=12), st.floats(1e-3, 1e3))
def test_what_is_kept_lies_in_its_interval_in_any_currency(customers, rate):
    before, kept = np.array(customers).T
    found, other = retained(before, kept), retained(before * rate, kept * rate)
    assert np.isnan(found.value[0]) or found.low[0] <= found.value[0] <= found.high[0]
    for one, same in ((found.value, other.value), (found.low, other.low), (found.high, other.high)):
        assert same[0] == pytest.approx(one[0], rel=1e-6, nan_ok=True)
