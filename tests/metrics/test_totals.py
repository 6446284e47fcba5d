"""Totals over time: refunds, periods of unequal length, first and last periods that are not whole."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import Revenue, Sales
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxengine.metrics import period
from cxengine.metrics.covered import Covered, whole_days
from cxengine.metrics.discovery import discover
from cxengine.metrics.guardrails import flagged, guardrails
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions, amounts
from cxengine.project import model

PAID = model.Signal(id="paid", wording="?", unit="EUR", direction="higher_is_better")
NONE = NoOptions()


def parts(amounts):
    """The components of revenue, one cell a list of amounts."""
    cells = [np.array(cell, dtype=float) for cell in amounts]
    n = np.array([float(len(cell)) for cell in cells])
    back = [cell[cell < 0] for cell in cells]
    sums = {
        "total": cells,
        "squares": [cell**2 for cell in cells],
        "back": back,
        "back_squares": [cell**2 for cell in back],
        "times_back": [np.ones(len(cell)) for cell in back],
    }
    return {"n": n, "w": n, "w2": n} | {k: np.array([one.sum() for one in v]) for k, v in sums.items()}


# --- refunds ---------------------------------------------------------------------------------------


def _gamma(rng, count):
    return rng.gamma(2, 50, count)


def _log_normal(rng, count):
    return rng.lognormal(np.log(100) - 0.5, 1, count)


@pytest.mark.parametrize("size", [_gamma, _log_normal])
@pytest.mark.parametrize("refunded", [0.05, 0.15, 0.6])
@pytest.mark.parametrize("n", [30, 100])
def test_net_revenue_covers_what_was_planted(n, refunded, size):
    rng = np.random.default_rng(n)
    cells = []
    for count in rng.poisson(n, 5000):
        amounts = size(rng, count)
        cells.append(np.where(rng.random(count) < refunded, -amounts, amounts))
    components = parts(cells)
    metric = Revenue(NONE, PAID)
    found = metric.measure(components)
    truth = n * 100 * (1 - 2 * refunded)
    covered = (found.low <= truth) & (truth <= found.high)
    chance = 3 * (0.97 * 0.03 / len(cells)) ** 0.5  # of the simulation
    assert 0.93 - chance <= covered.mean() <= 0.97 + chance
    drawn = metric.draw({name: some[:5] for name, some in components.items()}, rng, 20_000)
    for side, quantile in ((found.low, 0.025), (found.high, 0.975)):
        width = (found.high - found.low)[:5]
        assert (np.abs(np.quantile(drawn, quantile, axis=1) - side[:5]) < 0.2 * width).all()


@given(st.lists(st.integers(-(10**8), 10**8).map(lambda cents: cents / 100), min_size=1, max_size=12))
def test_the_interval_of_a_total_holds_its_value(amounts):
    found = Revenue(NONE, PAID).measure(parts([amounts]))
    assert found.low[0] <= found.value[0] <= found.high[0]
    if any(amounts):
        assert found.low[0] < found.high[0] < np.inf


def test_more_refunds_than_sales(make_project, make_evidence):
    found = revenue(make_project, make_evidence, [10.0, 20.0, 15.0, -40.0, -35.0, -30.0])
    assert found.value == -60
    assert -np.inf < found.low < -60 < found.high < np.inf


def test_sales_and_refunds_are_mirror_images(make_project, make_evidence):
    amounts = [10.0, 20.0, 15.0, 35.0]
    plus = revenue(make_project, make_evidence, amounts)
    minus = revenue(make_project, make_evidence, [-amount for amount in amounts])
    assert (minus.value, minus.low, minus.high) == pytest.approx((-plus.value, -plus.high, -plus.low))


def test_refunds_make_revenue_less_certain(make_project, make_evidence):
    plain = revenue(make_project, make_evidence, [10.0, 20.0, 15.0] * 10)
    net = revenue(make_project, make_evidence, [10.0, 20.0, 15.0] * 10 + [-15.0] * 5)
    assert net.value == plain.value - 75
    assert net.high - net.low > plain.high - plain.low


def revenue(make_project, make_evidence, amounts):
    rows = [{"signal": "paid", "touchpoint": "order", "value": amount} for amount in amounts]
    found = measure(make_project(signals=(PAID,)), make_evidence(rows), {"paid": Revenue(NONE, PAID)})
    return found.get("paid", "touchpoint", "order")


def test_few_sales_are_as_sure_as_their_number():
    """Every sale counts as one: Jeffreys' interval of a Poisson number, of one sale as of many."""
    for n in (1, 2, 40):
        found = Sales(NONE, PAID).measure(parts([[1.0] * n]))
        assert (found.low[0], found.high[0]) == pytest.approx(stats.chi2.ppf([0.025, 0.975], 2 * n + 1) / 2)


def test_few_refunds_among_many_sales_by_hand():
    """Two refunds, of 10 and 30, and 28 sales of 10: how amounts vary has 29 degrees of freedom, not one.

    Jeffreys' interval of two events is that of chi-squared with 5 degrees, halved; that of the mean, 1 with an
    error of 0.5, is as tests of amounts have it; both together on the logarithmic scale (Zou and others 2009).
    As two thirds of the squared error of refunds are those of their number, the whole error has nine times as
    many degrees of freedom (Satterthwaite), of which 0.15 are counted, as logarithms.
    """
    found = Revenue(NONE, PAID).measure(parts([[10.0] * 28 + [-10.0, -30.0]]))
    limits = []
    for total, n, uneven in ((280.0, 28, 0.0), (40.0, 2, 0.25)):
        error = np.array([(uneven / (n - 1)) ** 0.5])
        degrees = np.array([29.0 * (9**0.15 if uneven else 1.0)])
        sizes = np.ravel(amounts.limits(np.ones(1), error, degrees))
        numbers = stats.chi2.ppf([0.025, 0.975], 2 * n + 1) / (2 * n)
        away = np.hypot(np.log(sizes), np.log(numbers))
        limits.append((total * np.exp(-away[0]), total * np.exp(away[1])))
    (least, most), (low, high) = limits
    assert found.value[0] == 240
    assert found.low[0] == pytest.approx(240 - np.hypot(280 - least, high - 40))
    assert found.high[0] == pytest.approx(240 + np.hypot(most - 280, 40 - low))


@pytest.mark.parametrize("refund", [0.0, -20.0])
def test_equal_weights_make_every_total_as_many_times_as_large(make_project, make_evidence, refund):
    paid = [10.0, 20.0, 15.0, 40.0, 12.0, 30.0 + refund, refund]
    one, other = (
        measure(
            make_project(signals=(PAID,)),
            make_evidence([{"signal": "paid", "touchpoint": "order", "value": v, "weight": w} for v in paid]),
            {"paid": Revenue(NONE, PAID)},
        ).get("paid", "touchpoint", "order")
        for w in ("1", "2.5")
    )
    assert (other.value, other.low, other.high) == pytest.approx(
        [2.5 * x for x in (one.value, one.low, one.high)]
    )


def test_where_something_went_back_the_chance_at_a_limit_is_that_of_the_interval():
    metric, components = Revenue(NONE, PAID), parts([[10.0, 20.0, 15.0] * 10 + [-15.0] * 5])
    found = metric.measure(components)
    assert metric.chances(components, found.high, -1) == pytest.approx(0.025)
    assert metric.chances(components, found.low, 1) == pytest.approx(0.025)


def test_what_goes_back_depends_on_the_scale():
    assert Revenue(NONE, PAID).range() == (-np.inf, np.inf)
    scaled = model.Signal(id="paid", wording="?", scale=model.Scale(min=0, max=1000))
    assert Revenue(NONE, scaled).range() == (0, np.inf)


# --- periods ---------------------------------------------------------------------------------------


def sold(first, last, per_day, amount=10.0):
    """So many sales on every day; `per_day` may be told by the day."""
    days = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
    return [
        {"signal": "paid", "touchpoint": "order", "value": amount, "occurred_at": dt.datetime.combine(day, dt.time(9))}
        for day in days
        for _ in range(per_day(day) if callable(per_day) else per_day)
    ]  # fmt: skip


def changes(make_project, make_evidence, rows, metric=Sales, **settings):
    """The changes at the touchpoint, by (since, period)."""
    project = make_project(**({"period": "month", "signals": (PAID,), "segments": ()} | settings))
    found = measure(project, make_evidence(rows), {"sales": metric(NONE, PAID)})
    found = found.flagged(discover({"change": found.changes["p"].to_numpy()}))
    told = [row for row in found.changes.to_pylist() if row["level"] == "touchpoint"]
    return {(row["since"], row["period"]): row for row in told}


@pytest.mark.parametrize("metric", [Sales, Revenue])
@pytest.mark.parametrize("year", [2023, 2024])  # 2024 has 29 February
def test_months_of_other_lengths_do_not_change(make_project, make_evidence, year, metric):
    rows = sold(dt.date(year, 1, 10), dt.date(year, 4, 6), 20)
    found = changes(make_project, make_evidence, rows, metric)
    assert len(found) == 3  # the first and the last month are not whole
    for row in found.values():
        assert row["value"] == pytest.approx(0, abs=1e-6)
        assert row["low"] < 0 < row["high"]
        assert not row["changed"]


def test_a_leap_day_is_no_change_since_last_year(make_project, make_evidence):
    rows = sold(dt.date(2023, 1, 1), dt.date(2024, 2, 29), 5)
    row = changes(make_project, make_evidence, rows)["2023-02", "2024-02"]
    assert (row["against"], row["value"]) == ("last-year", pytest.approx(0, abs=1e-6))


def test_a_real_change_is_told_as_that_of_a_whole_period(make_project, make_evidence):
    """From 20 to 30 a day, in a month of which ten days are over: 310 a month more."""
    rows = sold(dt.date(2024, 1, 1), dt.date(2024, 3, 10), lambda day: 30 if day.month == 3 else 20)
    found = changes(make_project, make_evidence, rows)
    row = found["2024-02", "2024-03"]
    assert row["value"] == pytest.approx(31 * 10)
    assert 0 < row["low"] < 310 < row["high"]
    assert row["changed"]
    assert not found["2024-01", "2024-02"]["changed"]


def test_changes_of_constant_rates_cover_nothing(make_project, make_evidence):
    """Sales by chance, in months of 28 to 31 days: the interval of a change holds 0 in 95%."""
    rng = np.random.default_rng(8)
    held = []
    for _ in range(20):
        rows = sold(dt.date(2022, 1, 12), dt.date(2023, 12, 20), lambda day: int(rng.poisson(2)))
        found = changes(make_project, make_evidence, rows)
        held += [row["low"] <= 0 <= row["high"] for row in found.values()]
    assert 0.93 <= np.mean(held) <= 0.97


def test_what_is_told_once_a_month_is_about_whole_months(make_project, make_evidence):
    rows = [row for month in range(1, 7) for row in sold(dt.date(2024, month, 1), dt.date(2024, month, 1), 1)]
    found = changes(make_project, make_evidence, rows, Revenue)
    assert len(found) == 5
    assert all(abs(row["value"]) < 1 for row in found.values())  # not a thirtieth of a month against a month


def test_other_sources_do_not_tell_what_sales_cover(make_project, make_evidence):
    """A survey that began a year earlier does not make the first month of sales a whole one."""
    asked = model.Signal(id="satisfied", wording="?", scale=model.Scale(min=1, max=5, step=1))
    survey = [
        {"signal": "satisfied", "touchpoint": "order", "value": 3.0, "source": "survey", "occurred_at": moment}
        for moment in (dt.datetime(2023, 1, 1), dt.datetime(2024, 12, 31))
    ]  # fmt: skip
    rows = [row | {"source": "till"} for row in sold(dt.date(2024, 1, 20), dt.date(2024, 3, 5), 20)]
    found = changes(make_project, make_evidence, rows + survey, signals=(PAID, asked))
    assert [row["value"] for row in found.values()] == pytest.approx([0, 0], abs=1e-6)


def test_a_few_days_without_sales_do_not_make_the_first_and_last_month_longer():
    """Usually told every day: a week's closure in April says nothing of what lies before the first day."""
    days = [dt.date(2024, 3, 10) + dt.timedelta(days=i) for i in range(60)]
    told = [day.toordinal() - 1 for day in days if not dt.date(2024, 4, 10) <= day < dt.date(2024, 4, 17)]
    covered = Covered.of("month", told)
    months = [period.of_day("month", dt.date(2024, month, 1)) for month in (2, 3, 4, 5, 6)]
    assert covered.days(months).tolist() == [0, 22, 30, 8, 0]
    assert covered.part(months[1]) == pytest.approx(22 / 31)


def held(project, metrics, measured):
    """Guardrails with what is beyond chance, where nothing but they and changes are tested."""
    found = guardrails(project, metrics, measured)
    compared = measured.changes["p"].to_numpy()
    decided = discover({"guardrail": np.array([one.p for one in found]), "change": compared})
    return flagged(found, metrics, measured.flagged(decided), decided)


@pytest.mark.parametrize(("current", "state", "value"), [("latest", "kept", 620), ("all", "kept", 1400)])
def test_guardrails_do_not_take_a_part_for_the_whole(make_project, make_evidence, current, state, value):
    """Ten days of March have 200 sales; the guardrail is 500 a month."""
    table = model.MetricTable(id="sales", use="sales", signal="paid", guardrail=500)
    project = make_project(period="month", current=current, signals=(PAID,), segments=(), metrics=(table,))
    metrics = {"sales": Sales(NONE, PAID)}
    measured = measure(project, make_evidence(sold(dt.date(2024, 1, 1), dt.date(2024, 3, 10), 20)), metrics)
    place = next(one for one in held(project, metrics, measured) if one.level == "touchpoint")
    found = place.measurement
    assert (place.state, found.value) == (state, pytest.approx(value))
    jeffreys = stats.chi2.ppf([0.025, 0.975], 2 * found.n + 1) / (2 * found.n)  # of a number of events
    assert [found.low, found.high] == pytest.approx(value * jeffreys, rel=1e-6)
    assert place.worsening is None


def test_a_guardrail_that_is_passed_in_a_part_of_a_period(make_project, make_evidence):
    table = model.MetricTable(id="sales", use="sales", signal="paid", guardrail=500)
    project = make_project(period="month", current="latest", signals=(PAID,), segments=(), metrics=(table,))
    rows = sold(dt.date(2024, 1, 1), dt.date(2024, 3, 10), lambda day: 8 if day.month == 3 else 20)
    metrics = {"sales": Sales(NONE, PAID)}
    places = held(project, metrics, measure(project, make_evidence(rows), metrics))
    place = next(one for one in places if one.level == "touchpoint")
    assert (place.state, place.measurement.value) == ("passed", pytest.approx(248))
    assert place.worsening is not None


# --- days ------------------------------------------------------------------------------------------


@given(
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)), min_size=2, max_size=30),
)
def test_no_period_is_covered_more_than_whole(length, days):
    covered = Covered.of(length, [day.toordinal() - 1 for day in days])
    numbers = [period.of_day(length, day) for day in days]
    found = covered.days(numbers)
    assert (found >= 1).all()
    assert (found <= whole_days(length, numbers)).all()


# --- beside what was declared for a whole period ---------------------------------------------------

SHOP = """
[project]
id = "shop"
name = "Shop"

[evidence]
period = "month"
current = "latest"

[[stage]]
id = "buy"
name = "Buy"

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"
targets = [{ metric = "net", value = 600 }]

[[signal]]
id = "paid"
wording = "Amount"
unit = "EUR"

[[metric]]
id = "sales"
use = "sales"
signal = "paid"
target = 800
benchmark = 500
guardrail = 790

[[metric]]
id = "net"
use = "formula"
signal = "paid"

[metric.options]
components = { taken = "sum(value)" }
formula = "taken / 10.0"
direction = "higher_is_better"
ADDS

[[source]]
id = "orders"
kind = "order"
options = { path = "orders.csv" }

[source.mapping]
occurred_at = "day"

[[source.mapping.signals]]
signal = "paid"
columns = { amount = "checkout" }
"""


@pytest.fixture
def shop(tmp_path):
    """A project whose evidence, twenty orders of 10 a day, ends on a day of March."""
    from cxengine.engine import Engine

    def run(last, adds="adds_up = true"):
        first = dt.date(2024, 1, 1)
        days = [first + dt.timedelta(i) for i in range((last - first).days + 1)]
        lines = ["day,amount", *(f"{day},10" for day in days for _ in range(20))]
        (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "cxengine.toml").write_text(SHOP.replace("ADDS", adds), encoding="utf-8")
        return Engine().run(tmp_path)

    return run


def test_what_is_held_against_a_whole_period_says_so(shop):
    found = {one.code: one for one in shop(dt.date(2024, 3, 10)).warnings}
    told = [one.message for one in shop(dt.date(2024, 3, 10)).warnings if one.code == "CX533"]
    part = "is the total of a period of which the evidence covers 32%; its"
    assert told == [
        f"sales {part} target and benchmark are of a whole one.",
        f"net {part} target is of a whole one.",
    ]
    assert "sales at checkout is 620 (" in found["CX508"].message
    assert (
        "at the end of its period, at the rate of the 32% that the evidence covers, below"
        in found["CX508"].message
    )


def test_of_a_whole_period_nothing_is_said(shop):
    result = shop(dt.date(2024, 3, 31))
    assert not [one for one in result.warnings if one.code == "CX533"]
    assert not [one for one in result.warnings if "at the rate" in one.message]


def test_a_gap_of_a_total_is_that_of_a_whole_period(shop):
    gaps = {one.measure: one for one in shop(dt.date(2024, 3, 10)).insight.gaps.gaps if one.segment == "all"}
    assert gaps["sales"].size.value == pytest.approx(800 - 620)
    assert gaps["net"].size.value == pytest.approx(600 - 620)


def test_a_declared_formula_that_adds_up_is_compared_per_day(shop):
    def change(result):
        rows = result.measurements.changes.to_pylist()
        [row] = [
            row
            for row in rows
            if (row["metric"], row["level"], row["period"], row["against"])
            == ("net", "touchpoint", "2024-02", "previous")
        ]
        return row["value"]

    assert change(shop(dt.date(2024, 3, 10))) == pytest.approx(0)
    assert change(shop(dt.date(2024, 3, 10), "")) == pytest.approx(-40)


def test_a_formula_that_does_not_double_is_no_total():
    from cxengine_standard.metrics import Formula

    def refused(formula, components):
        options = Formula.Options(
            components=components, formula=formula, direction="higher_is_better", adds_up=True
        )
        return Formula.refuses(PAID, options)

    sums = {"taken": "sum(value)", "times": "count()"}
    assert refused("taken - 2.0 * times", sums) is None
    assert refused("taken * taken / times", sums) is None
    for formula in ("taken / times", "100.0 * times / n", "taken + 1.0", "taken * times"):
        assert "does not double" in refused(formula, sums), formula
