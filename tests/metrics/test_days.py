"""Totals of events of which those of a day, or of some weeks, go together: planted truth."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import Formula, Revenue, Sales

from cxengine import Engine
from cxengine.metrics.dispersion import NONE, dispersion
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.plugin.component import DAYS
from cxengine.project import model

PAID = model.Signal(id="paid", wording="?", unit="EUR", direction="higher_is_better")
NONE_ASKED = NoOptions()
FIRST = dt.date(2022, 1, 1)
WEEK = np.array([1.4, 1.2, 1.0, 1.0, 1.2, 0.8, 0.4])


def rates(days, a_month, *, trend=0.0):
    """Expected events of every day: with the pattern of a week, and a slow trend (its part in a year)."""
    day = np.arange(days)
    return a_month / 30 * WEEK[day % 7] * (1 + trend * day / 365)


def independent(rng, expected, worlds, phi=1.0):
    """Days independent of one another; numbers with a variance of `phi` times their mean."""
    if phi > 1:
        expected = rng.gamma(expected / (phi - 1), phi - 1, (worlds, len(expected)))
    return rng.poisson(expected, (worlds, expected.shape[-1]))


def shocked(rng, expected, worlds, phi):
    """All days of a week have one shock, by which weeks have a variance of `phi` times their mean."""
    spread = (phi - 1) / 7 / expected.mean()
    weeks = rng.gamma(1 / spread, spread, (worlds, len(expected) // 7 + 2))
    begins = rng.integers(0, 7)
    return rng.poisson(expected * np.repeat(weeks, 7, axis=1)[:, begins : begins + len(expected)])


def weather(rng, expected, worlds, phi):
    """Each day is like the one before, by 0.7; numbers of days have a variance of `phi` times their mean."""
    spread = np.log(1 + (phi - 1) / expected.mean())
    state = rng.standard_normal((worlds, len(expected)))
    for day in range(1, len(expected)):
        state[:, day] = 0.7 * state[:, day - 1] + np.sqrt(1 - 0.49) * state[:, day]
    return rng.poisson(expected * np.exp(np.sqrt(spread) * state - spread / 2))


# --- the estimate ----------------------------------------------------------------------------------


def found_of(worlds):
    return np.array([dispersion(one, one).of_longer for one in worlds.astype(float)])


@pytest.mark.parametrize("a_month", [10, 100, 1000, 10_000])
def test_independent_events_lose_next_to_nothing(a_month):
    """Intervals of a year's months are 3% wider, of two years' 2%; whatever week and trend are."""
    rng = np.random.default_rng(a_month)
    for days, wider in ((365, 0.04), (730, 0.03)):
        more = found_of(independent(rng, rates(days, a_month, trend=0.5), 300))
        assert (more >= 0).all()
        assert np.median(more) < 0.03
        assert np.sqrt(1 + more).mean() - 1 < wider


@pytest.mark.parametrize("a_month", [30, 1000])
@pytest.mark.parametrize("phi", [2, 4, 10])
def test_the_dispersion_that_was_planted_is_found_of(a_month, phi):
    rng = np.random.default_rng(phi)
    more = found_of(independent(rng, rates(365, a_month, trend=0.5), 300, phi))
    assert 1 + np.median(more) == pytest.approx(phi, rel=0.1)


def test_what_lasts_is_more_than_its_days_tell():
    """A day has a seventh of the excess variance of its week."""
    rng = np.random.default_rng(5)
    days = shocked(rng, rates(730, 300), 200, 8).astype(float)
    both = [dispersion(one, one) for one in days]
    assert np.median([one.of_a_day for one in both]) == pytest.approx(1, rel=0.25)
    assert np.median([one.of_longer for one in both]) == pytest.approx(7, rel=0.25)


def test_a_season_is_no_chance():
    rng = np.random.default_rng(6)
    expected = rates(730, 10_000) * (1 + 0.3 * np.sin(np.arange(730) * 2 * np.pi / 365))
    assert np.median(found_of(independent(rng, expected, 100))) < 0.1


def test_two_weeks_of_holidays_count_as_far_as_other_weeks_let_them():
    """Intervals would be ten times as wide."""
    rng = np.random.default_rng(7)
    expected = rates(365, 10_000)
    expected[300:314] *= 2.5
    assert np.sqrt(1 + found_of(independent(rng, expected, 50))).mean() < 2.5


def test_events_of_a_few_days_tell_nothing():
    assert dispersion(np.ones(14), np.ones(14)) == NONE
    assert dispersion(np.zeros(0), np.zeros(0)) == NONE
    assert dispersion(np.zeros(400), np.zeros(400)) == NONE


def test_what_varies_less_than_independent_events_is_not_told_more_sharply():
    """Ten appointments a day, always."""
    assert dispersion(np.full(365, 10.0), np.full(365, 10.0)) == NONE


def covered(worlds, expected):
    """The share of months of 30 days whose intervals hold what was planted."""
    shown = len(expected) // 30 * 30
    n = worlds[:, :shown].reshape(len(worlds), -1, 30).sum(2).astype(float)
    planted = np.broadcast_to(expected[:shown].reshape(-1, 30).sum(1), n.shape)
    cells = {name: n.ravel() for name in ("n", "w", "w2", "total")}
    found = Sales(NONE_ASKED, PAID).measure(cells | {DAYS: (n * found_of(worlds)[:, None]).ravel()})
    held = (found.low <= planted.ravel()) & (planted.ravel() <= found.high)
    return held[n.ravel() > 0].mean()


@pytest.mark.parametrize("a_month", [10, 30, 100, 1000])
@pytest.mark.parametrize(
    ("days", "phi", "least"),
    [
        (independent, 1, 0.94),
        (independent, 2, 0.94),
        (independent, 4, 0.94),
        (independent, 10, 0.94),
        (shocked, 4, 0.925),
        (shocked, 10, 0.925),
        (weather, 4, 0.925),
    ],
)
def test_intervals_of_months_cover_what_was_planted(days, phi, least, a_month):
    """Two years of two hundred worlds; what lasts is known from fewer weeks than there are days."""
    rng = np.random.default_rng(a_month + phi)
    expected = rates(730, a_month, trend=0.3)
    assert least <= covered(days(rng, expected, 200, phi), expected) <= 0.975


# --- whole runs ------------------------------------------------------------------------------------


def touchpoints(worlds):
    return tuple(model.Touchpoint(id=f"t{i:02}", name=f"T {i}", stage="choose") for i in range(worlds))


def rows(counts, amount=lambda size: np.full(size, 10.0)):
    """The events of every world, each at a touchpoint of its own."""
    for world, days in enumerate(counts.tolist()):
        for day, times in enumerate(days):
            moment = dt.datetime.combine(FIRST + dt.timedelta(day), dt.time(9))
            for value in amount(times).tolist():
                yield {"signal": "paid", "touchpoint": f"t{world:02}", "value": value, "occurred_at": moment}


def measured(make_project, make_evidence, counts, metric=None, amount=None, **settings):
    """All months of all worlds."""
    settings = {"period": "month", "signals": (PAID,), "segments": ()} | settings
    project = make_project(touchpoints=touchpoints(len(counts)), **settings)
    told = list(rows(counts, amount) if amount else rows(counts))
    return measure(project, make_evidence(told), {"total": metric or Sales(NONE_ASKED, PAID)})


def outcome(measurements, expected, each=1.0):
    """How many intervals of months hold what was planted, and how many chances of changes are below 5%."""
    first = np.array(
        [(FIRST + dt.timedelta(day)).replace(day=1).isoformat()[:7] for day in range(len(expected))]
    )
    planted = {month: each * expected[first == month].sum() for month in np.unique(first)}
    cells = [
        row
        for row in measurements.table.to_pylist()
        if row["level"] == "touchpoint" and row["period"] in planted
    ]
    held = [row["low"] <= planted[row["period"]] <= row["high"] for row in cells]
    changes = [row for row in measurements.changes.to_pylist() if row["level"] == "touchpoint"]
    return np.mean(held), np.mean([row["p"] <= 0.05 for row in changes if row["against"] == "previous"])


@pytest.mark.parametrize("a_month", [10, 100])
@pytest.mark.parametrize(
    ("days", "phi"), [(independent, 1), (independent, 2), (independent, 4), (independent, 10), (shocked, 4)]
)
def test_months_hold_what_was_planted_and_nothing_changes(make_project, make_evidence, days, phi, a_month):
    """With independent events alone in mind, half of the months would not, and every third change be flagged."""
    rng = np.random.default_rng(a_month)
    expected = rates(730, a_month)
    measurements = measured(make_project, make_evidence, days(rng, expected, 25, phi))
    held, changed = outcome(measurements, expected)
    assert 0.92 <= held <= 0.98  # of 600 months; those of a touchpoint share the estimate
    assert changed <= 0.075


def test_amounts_by_chance_of_events_that_go_together(make_project, make_evidence):
    rng = np.random.default_rng(9)
    expected = rates(730, 100)
    counts = independent(rng, expected, 20, 4)
    metric = Revenue(NONE_ASKED, PAID)
    measurements = measured(
        make_project, make_evidence, counts, metric, lambda size: rng.lognormal(np.log(10) - 0.32, 0.8, size)
    )
    held, changed = outcome(measurements, expected, 10)
    assert 0.92 <= held <= 0.98
    assert changed <= 0.075


def test_prices_of_a_day_go_together_too(make_project, make_evidence):
    """As many sales as chance has it, at prices that differ from day to day."""
    rng = np.random.default_rng(10)
    expected = rates(730, 300)
    counts = independent(rng, expected, 8)
    metric = Revenue(NONE_ASKED, PAID)
    alike = measured(
        make_project, make_evidence, counts, metric, lambda size: np.full(size, 10 * rng.gamma(4) / 4)
    )
    held, changed = outcome(alike, expected, 10)
    assert 0.92 <= held <= 0.98
    assert changed <= 0.075


def test_a_formula_that_adds_up_is_a_total(make_project, make_evidence):
    rng = np.random.default_rng(11)
    expected = rates(730, 100)
    asked = Formula.Options(
        components={"taken": "sum(value)", "times": "count()"},
        formula="taken - 3.0 * times",
        direction="higher_is_better",
        adds_up=True,
    )
    counts = independent(rng, expected, 20, 4)
    measurements = measured(
        make_project, make_evidence, counts, Formula(asked, PAID), lambda size: rng.gamma(4, 2.5, size)
    )
    held, changed = outcome(measurements, expected, 7)
    assert 0.92 <= held <= 0.98
    assert changed <= 0.075


def test_a_formula_of_equal_amounts_varies_as_their_number(make_project, make_evidence):
    """Every event is worth 10 - 3: what its two components add to the variance is what seven a sale do."""
    counts = independent(np.random.default_rng(20), rates(200, 100), 2, 4)
    asked = Formula.Options(
        components={"taken": "sum(value)", "times": "count()"},
        formula="taken - 3.0 * times",
        direction="higher_is_better",
        adds_up=True,
    )
    by_formula = measured(make_project, make_evidence, counts, Formula(asked, PAID)).components.days["total"]
    by_number = measured(make_project, make_evidence, counts).components.days["total"]
    assert by_number.any()
    assert by_formula == pytest.approx(49 * by_number, rel=1e-6)


def test_a_real_change_is_found_through_the_noise(make_project, make_evidence):
    """Half as much again from a month on; the variance of daily numbers is four times their mean."""
    rng = np.random.default_rng(12)
    expected = rates(365, 1000)
    expected[181:] *= 1.5  # from July on
    measurements = measured(make_project, make_evidence, independent(rng, expected, 10, 4))
    p = [
        row["p"]
        for row in measurements.changes.to_pylist()
        if (row["level"], row["since"], row["period"]) == ("touchpoint", "2022-06", "2022-07")
    ]
    assert len(p) == 10
    assert max(p) < 0.01


def error(measurements, level, subject, segment="all", metric="total"):
    """The squared relative error of all time, about."""
    [row] = [
        row
        for row in measurements.table.to_pylist()
        if (row["metric"], row["level"], row["subject"], row["segment"], row["period"])
        == (metric, level, subject, segment, "all")
    ]
    return ((row["high"] - row["low"]) / (2 * 1.96 * row["value"])) ** 2


def test_touchpoints_that_feel_the_same_day_add_up_to_more(make_project, make_evidence):
    """Both have twice the variance of independent events; together they have three times that."""
    rng = np.random.default_rng(13)
    expected = rates(730, 300)
    shock = rng.gamma(expected, 1.0)
    found = measured(make_project, make_evidence, rng.poisson(np.stack([shock, shock])))
    n = 2 * 24.3 * 300
    assert error(found, "touchpoint", "t00") == pytest.approx(2 / (n / 2), rel=0.2)
    assert error(found, "stage", "choose") == pytest.approx(3 / n, rel=0.2)
    assert error(found, "journey", "shop") == pytest.approx(3 / n, rel=0.2)


def test_a_segment_feels_its_part_of_what_all_feel(make_project, make_evidence):
    """A tenth of the events, each by chance: the variance is 1 + (5 - 1) / 10 of independent ones."""
    rng = np.random.default_rng(14)
    counts = independent(rng, rates(730, 600), 1, 5)
    told = [row | {"a_age": 20.0 if rng.random() < 0.1 else 60.0} for row in rows(counts)]
    young = model.Segment(id="young", name="Young", when="attributes.age < 30")
    project = make_project(touchpoints=touchpoints(1), period="month", signals=(PAID,), segments=(young,))
    found = measure(project, make_evidence(told), {"total": Sales(NONE_ASKED, PAID)})
    n = sum(row["a_age"] < 30 for row in told)
    assert error(found, "touchpoint", "t00", "young") == pytest.approx(1.4 / n, rel=0.1)
    assert error(found, "touchpoint", "t00") == pytest.approx(5 / len(told), rel=0.25)


def test_baskets_of_customers_do_not_count_twice(make_project, make_evidence):
    """Customers come by chance and buy four things at once: clusters tell that, and days have nothing to add."""
    rng = np.random.default_rng(15)
    visits = rng.poisson(rates(365, 100))
    told = [
        {
            "signal": "paid",
            "touchpoint": "t00",
            "value": 10.0,
            "customer": f"{day}-{visit}",
            "occurred_at": dt.datetime.combine(FIRST + dt.timedelta(day), dt.time(9)),
        }
        for day, times in enumerate(visits.tolist())
        for visit in range(times)
        for _ in range(4)
    ]
    mapping = model.MappingTable(customer_id="who", signals=())
    project = make_project(
        touchpoints=touchpoints(1),
        period="month",
        signals=(PAID,),
        segments=(),
        sources=(model.SourceTable(id="survey", mapping=mapping),),
    )
    found = measure(project, make_evidence(told), {"total": Sales(NONE_ASKED, PAID)})
    assert error(found, "touchpoint", "t00") == pytest.approx(4 / len(told), rel=0.1)


def test_days_are_asked_for_by_totals_alone(make_project, make_evidence):
    from cxengine_standard.metrics import Mean

    told = list(rows(independent(np.random.default_rng(16), rates(60, 100), 1, 4)))
    project = make_project(touchpoints=touchpoints(1), period="month", signals=(PAID,), segments=())
    metrics = {"total": Sales(NONE_ASKED, PAID), "mean": Mean(NONE_ASKED, PAID)}
    components = measure(project, make_evidence(told), metrics).components
    assert DAYS in components.of("total")[1]
    assert DAYS not in components.of("mean")[1]
    assert [one.reason for one in components.again] == ["how much days vary"]
    alone = measure(project, make_evidence(told), {"mean": metrics["mean"]}).components
    assert alone.again == ()


def test_what_is_booked_once_a_month_says_nothing_of_days(make_project, make_evidence):
    counts = np.zeros((1, 720), dtype=int)
    counts[0, ::30] = 50
    components = measured(make_project, make_evidence, counts).components
    assert not components.of("total")[1][DAYS].any()


def test_what_cannot_be_told_is_left_as_it_was(make_project, make_evidence):
    """Events without a date, amounts too large to be squared, nothing at all: intervals of independent events."""
    project = make_project(touchpoints=touchpoints(1), signals=(PAID,), segments=())

    def added(told):
        measurements = measure(project, make_evidence(told), {"total": Revenue(NONE_ASKED, PAID)})
        return measurements.components.days.get("total", np.zeros(0))

    counts = independent(np.random.default_rng(19), rates(60, 100), 1, 8)
    assert added(rows(counts)).any()
    assert not added([row | {"occurred_at": None} for row in rows(counts)]).any()
    assert not added([row | {"value": 1e12} for row in rows(counts)]).any()
    assert not added([]).any()


def test_single_days_are_held_against_days(make_project, make_evidence):
    """What lasts for weeks is beyond a day, but within all time."""
    rng = np.random.default_rng(17)
    found = measured(
        make_project, make_evidence, shocked(rng, rates(365, 300), 1, 15), period="day"
    ).components
    codes, parts = found.of("total")
    when = found.axes.positions(codes)[2]
    longer = np.isin(when, [found.axes.periods.index("all"), found.axes.periods.index("current")])
    added = parts[DAYS] / parts["n"]
    assert 0 < added[~longer].max() < added[longer].min() / 3


# --- kept state ------------------------------------------------------------------------------------

SHOP = """
[project]
id = "shop"
name = "Shop"

[engine]
SETTINGS

[evidence]
period = "month"

[[stage]]
id = "buy"
name = "Buy"

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"

[[signal]]
id = "paid"
wording = "Amount"
unit = "EUR"

[[metric]]
id = "revenue"
use = "revenue"
signal = "paid"

[[source]]
id = "orders"
kind = "order"
options = { path = "orders/*.csv" }

[source.mapping]
occurred_at = "day"

[[source.mapping.signals]]
signal = "paid"
columns = { amount = "checkout" }
"""


def test_a_new_month_says_what_all_months_say_at_once(tmp_path):
    """Days are asked of kept answers, so that what is read in parts and at once is the same to the last bit."""
    rng = np.random.default_rng(18)
    (tmp_path / "orders").mkdir()
    days = [FIRST + dt.timedelta(day) for day in range(200)]
    counts = independent(rng, rates(200, 100), 1, 4)[0]

    def month(number):
        lines = [
            f"{day},{amount:.2f}"
            for day, times in zip(days, counts, strict=True)
            if day.month == number
            for amount in rng.gamma(2, 50, times)
        ]
        text = "\n".join(["day,amount", *lines]) + "\n"
        (tmp_path / "orders" / f"{number}.csv").write_text(text, encoding="utf-8")

    def run(settings):
        (tmp_path / "cxengine.toml").write_text(SHOP.replace("SETTINGS", settings), encoding="utf-8")
        return Engine().run(tmp_path)

    for number in range(1, 6):
        month(number)
    run('state = "kept"')
    month(6)
    kept, whole = run('state = "kept"'), run("")
    assert kept.evidence.kept is not None
    assert kept.measurements.components.of("revenue")[1][DAYS].any()
    assert kept.measurements.table.equals(whole.measurements.table)
    assert kept.measurements.changes.equals(whole.measurements.changes)
