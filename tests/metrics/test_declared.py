"""Metrics of the project's own: equal to those that ship, honest intervals, errors at their place."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import Formula, Mean, NetPromoterScore
from scipy import stats

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.metrics.measure import measure
from cxengine.metrics.outside import outside
from cxengine.plugin import NoOptions
from cxengine.project import model

NPS = Formula.Options(
    components={"promoters": "count(value >= 9.0)", "detractors": "count(value <= 6.0)"},
    formula="100.0 * (promoters - detractors) / n",
    unit="points",
    range=(-100, 100),
    direction="higher_is_better",
)


def answers(values, **row):
    return [{"value": float(v), "signal": "recommend", "touchpoint": "journey", **row} for v in values]


@pytest.mark.parametrize("weight", ["0.25", "1", "500"])
def test_answers_are_weighted_as_what_is_counted_of_them(make_project, make_evidence, signals, weight):
    """The example of the documents: a count over `n` is a share, whatever responses stand for."""
    share = attrs.evolve(
        NPS, components={"high": "count(value >= 9.0)"}, formula="100.0 * high / n", range=(0, 100)
    )
    rows = answers([10] * 30 + [2] * 10, weight=weight) + answers([9] * 5 + [1] * 20, weight="1")
    found = measure(make_project(), make_evidence(rows), {"own": Formula(share, signals["recommend"])})
    heavy = float(weight)
    right = 100 * (30 * heavy + 5) / (40 * heavy + 25)
    assert found.get("own", "journey", "shop").value == pytest.approx(right)


def test_declared_is_as_good_as_shipped(make_project, make_evidence, signals):
    rows = answers([10] * 190 + [8] * 120 + [2] * 50) + answers([9] * 30 + [1] * 40, weight="2.5")
    metrics = {
        "own": Formula(NPS, signals["recommend"]),
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
    }
    found = measure(make_project(), make_evidence(rows), metrics)
    own, nps = (found.get(name, "journey", "shop") for name in ("own", "nps"))
    assert (own.value, own.n, own.n_eff) == (
        pytest.approx(nps.value),
        nps.n,
        pytest.approx(nps.n_eff, rel=0.01),  # which of the two takes Student's quantile by itself differs
    )
    assert own.high - own.low == pytest.approx(nps.high - nps.low, rel=0.03)


def test_a_mean_has_students_interval(make_project, make_evidence, signals):
    options = Formula.Options(
        components={"total": "sum(value - 3.0)", "low": "count(value <= scale.min)"},
        formula="3.0 + total / n",
        direction="higher_is_better",
    )
    values = [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    rows = answers(values, signal="satisfied", touchpoint="order")
    found = measure(make_project(), make_evidence(rows), {"own": Formula(options, signals["satisfied"])})
    cell = found.get("own", "touchpoint", "order")
    half = 2.262157 * np.std(values, ddof=1) / np.sqrt(10)
    assert (cell.value, cell.low, cell.high) == (
        pytest.approx(3.2), pytest.approx(3.2 - half, abs=1e-4), pytest.approx(3.2 + half, abs=1e-4)
    )  # fmt: skip


@pytest.mark.parametrize("ends", [None, (0, 60)])
def test_equal_weights_change_nothing(make_project, make_evidence, signals, ends):
    options = Formula.Options(
        components={"total": "sum(value)", "long": "count(value > 20.0)"},
        formula="(total + 5.0 * long) / n",
        range=ends,
        direction="lower_is_better",
    )
    one, other = (
        measure(
            make_project(),
            make_evidence(
                answers([12, 7, 30, 18, 22, 15, 40], signal="waited", touchpoint="order", weight=w)
            ),
            {"own": Formula(options, signals["waited"])},
        ).get("own", "touchpoint", "order")
        for w in ("1", "2.5")
    )
    assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high))


def test_between_two_ends_by_hand(make_project, make_evidence, signals):
    """Wilson's: of a share, of its answers; of a mean, of as many as a share had its error, less for Student."""
    values = [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    metrics = {
        name: Formula(
            Formula.Options(
                components={"it": text}, formula="it / n", range=ends, direction="higher_is_better"
            ),
            signals["satisfied"],
        )
        for name, text, ends in (("share", "count(value >= 4.0)", (0, 1)), ("mean", "sum(value)", (1, 5)))
    }
    rows = answers(values, signal="satisfied", touchpoint="order")
    found = measure(make_project(), make_evidence(rows), metrics)
    share, mean = (found.get(name, "touchpoint", "order") for name in ("share", "mean"))
    limits = stats.binomtest(4, 10).proportion_ci(method="wilson")
    assert (share.value, share.low, share.high) == pytest.approx((0.4, limits.low, limits.high), rel=1e-6)
    way = (3.2 - 1) / 4
    error = np.std(values, ddof=1) / np.sqrt(10) / 4
    n = way * (1 - way) / error**2 * (1.959964 / 2.262157) ** 2
    low, high = sorted(np.roots([n + 1.959964**2, -(2 * n * way + 1.959964**2), n * way**2]))
    assert (mean.value, mean.low, mean.high) == pytest.approx((3.2, 1 + 4 * low, 1 + 4 * high), rel=1e-5)


def test_totals_vary_like_counts(make_project, make_evidence, signals):
    options = Formula.Options(
        components={"long": "count(value > 5.0)"}, formula="long", direction="lower_is_better"
    )
    rows = answers([1] * 300 + [9] * 100, signal="waited", touchpoint="order")
    found = measure(make_project(), make_evidence(rows), {"own": Formula(options, signals["waited"])})
    cell = found.get("own", "touchpoint", "order")
    assert cell.value == 100
    # as of a Poisson count of 100: qgamma(c(.025, .975), 100.5) in R gives 81.8 and 121.1
    assert (cell.low, cell.high) == (pytest.approx(81.8, abs=1), pytest.approx(121.1, abs=1))


def test_nothing_is_certain_where_nothing_varies(make_project, make_evidence, signals):
    rows = answers([10] * 50)
    bounds = {"two": (-100, 100), "one": (-100, float("inf")), "none": None}
    metrics = {
        name: Formula(attrs.evolve(NPS, range=ends), signals["recommend"]) for name, ends in bounds.items()
    }
    found = measure(make_project(), make_evidence(rows), metrics)
    two, one, none = (found.get(name, "journey", "shop") for name in bounds)
    assert (two.value, two.low, two.high) == (100, pytest.approx(85.73, abs=0.01), 100)  # Wilson: 50 of 50
    assert (one.value, one.low, one.high) == (100, -100, np.inf)
    assert (none.value, none.low, none.high) == (100, -np.inf, np.inf)


def test_only_the_answers_that_count_do_count(make_project, make_evidence, signals):
    """Two of two are no better known for the 48 answers that are neither."""
    options = Formula.Options(
        components={"good": "count(value >= 9.0)", "bad": "count(value <= 6.0)"},
        formula="good / (good + bad)",
        range=(0, 1),
        direction="higher_is_better",
    )
    found = measure(
        make_project(),
        make_evidence(answers([8] * 48 + [10] * 2)),
        {"own": Formula(options, signals["recommend"])},
    )
    cell = found.get("own", "journey", "shop")
    assert (cell.value, cell.low, cell.high) == (1, pytest.approx(0.3424, abs=1e-4), 1)  # Wilson: 2 of 2


def test_a_mean_from_0_on_has_the_interval_of_amounts(make_project, make_evidence):
    paid = model.Signal(id="paid", wording="?")
    options = Formula.Options(
        components={"total": "sum(value)"},
        formula="total / n",
        range=(0, float("inf")),
        direction="lower_is_better",
    )
    rows = [{"signal": "paid", "touchpoint": "order", "value": v} for v in (3.0, 4.0, 9.0, 1.0, 2.5, 20.0)]
    metrics = {"own": Formula(options, paid), "mean": Mean(NoOptions(), paid)}
    found = measure(make_project(signals=(paid,)), make_evidence(rows), metrics)
    own, mean = (found.get(name, "touchpoint", "order") for name in metrics)
    assert (own.low, own.high) == (pytest.approx(mean.low, rel=1e-5), pytest.approx(mean.high, rel=1e-5))


def test_a_range_with_an_upper_end_is_the_mirror_of_one_with_a_lower(make_project, make_evidence):
    paid = model.Signal(id="paid", wording="?")
    rows = [{"signal": "paid", "touchpoint": "order", "value": v} for v in (3.0, 4.0, 9.0, 1.0, 2.5, 20.0)]
    found = measure(
        make_project(signals=(paid,)),
        make_evidence(rows),
        {
            name: Formula(
                Formula.Options(
                    components={"total": "sum(value)"}, formula=text, range=ends, direction="lower_is_better"
                ),
                paid,
            )
            for name, text, ends in (
                ("up", "7.0 + total / n", (7, float("inf"))), ("down", "7.0 - total / n", (-float("inf"), 7))
            )
        },
    )  # fmt: skip
    up, down = (found.get(name, "touchpoint", "order") for name in ("up", "down"))
    assert (down.low, down.high) == (pytest.approx(14 - up.high), pytest.approx(14 - up.low))


def test_division_by_nothing_is_no_value(make_project, make_evidence, signals):
    options = Formula.Options(
        components={"high": "count(value > 3.0)", "low": "count(value < 2.0)"},
        formula="high / low",
        direction="higher_is_better",
    )
    rows = answers([4, 5], signal="satisfied", touchpoint="order")
    found = measure(make_project(), make_evidence(rows), {"own": Formula(options, signals["satisfied"])})
    assert found.table.num_rows == 0


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_a_ratio_of_sums_covers_what_was_planted(n):
    """Money lost to returns over money taken: two correlated sums, skewed."""
    options = Formula.Options(
        components={"taken": "sum(value, value > 0.0)", "lost": "sum(-value, value < 0.0)"},
        formula="lost / taken",
        direction="lower_is_better",
    )
    metric = Formula(options, model.Signal(id="money", wording="?"))
    rng = np.random.default_rng(11)
    cells = 3000
    back = rng.random((cells, n)) < 0.3
    money = rng.lognormal(3, 0.5, (cells, n))
    taken, lost = np.where(back, 0, money), np.where(back, money, 0)
    size = np.full(cells, float(n))
    parts = {"n": size, "w": size, "w2": size, "answers that count": size}
    parts |= {"taken": taken.sum(1), "lost": lost.sum(1)}
    parts |= {"least of taken": taken.min(1), "least of lost": lost.min(1)}
    parts |= {
        "taken * taken": (taken**2).sum(1), "taken * lost": (taken * lost).sum(1), "lost * lost": (lost**2).sum(1)
    }  # fmt: skip
    assert set(metric.components) <= set(parts)
    found = metric.measure(parts)
    covered = (found.low <= 3 / 7) & (found.high >= 3 / 7)
    assert 0.94 < covered.mean() < 0.97
    drawn = metric.draw({name: part[:2] for name, part in parts.items()}, rng, 20_000)
    off = np.quantile(drawn, 0.025, axis=1) - found.low[:2]
    assert (np.abs(off) < 0.05 * (found.value - found.low)[:2]).all()


def test_products_of_components_are_aggregates_themselves():
    options = Formula.Options(
        components={"a": "sum(value + 1.0)", "b": "count(value > 2.0 || value < 0.0)", "c": "count()"},
        formula="a / b",
        direction="higher_is_better",
    )
    signal = model.Signal(id="x", wording="?")
    assert Formula(options, signal).components == {
        "a": "sum(value + 1.0)",
        "b": "count(value > 2.0 || value < 0.0)",
        "c": "count()",
        "a * a": "sum((value + 1.0) * (value + 1.0))",
        "a * b": "sum((value + 1.0), (value > 2.0 || value < 0.0))",
        "a * c": "sum((value + 1.0))",
        "b * b": "count((value > 2.0 || value < 0.0) && (value > 2.0 || value < 0.0))",
        "b * c": "count((value > 2.0 || value < 0.0))",
        "c * c": "count()",
        "least of a": "min(value + 1.0)",
    }


PROJECT = """
[project]
id = "shop"
name = "Shop"

[[stage]]
id = "use"
name = "I use it"

[[touchpoint]]
id = "it"
name = "It"
stage = "use"

[[signal]]
id = "happy"
wording = "?"
scale = {{ min = 1, max = 5, step = 1 }}

[[metric]]
id = "own"
use = "formula"
signal = "happy"

[metric.options]
components = {{ {components} }}
formula = "{formula}"
direction = "higher_is_better"
"""


@pytest.mark.parametrize(
    ("components", "formula", "line", "column", "says"),
    [
        ('high = "count(valu > 3.0)"', "high / n", 26, 30, "valu"),
        ('high = "count(value > 3.0)"', "100.0 * hihg / n", 27, 20, "hihg"),
        ('high = "value"', "high / n", 26, 23, "no aggregate"),
        ('high = "min(value)"', "high / n", 23, 10, "use count or sum"),
        ('high = "sum(1.0 + sum(value))"', "high / n", 26, 34, "sum(value) is an aggregate within another"),
        ('high = "count(count() > 2.0)"', "high / n", 26, 30, "count() is an aggregate within another"),
        ('n = "count()"', "n", 23, 10, "name of a component"),
        ('high = "count()"', "high > n", 27, 12, "double"),
    ],
)
def test_errors_point_into_the_file(tmp_path, components, formula, line, column, says):
    (tmp_path / "cxengine.toml").write_text(
        PROJECT.format(components=components, formula=formula), encoding="utf-8"
    )
    with pytest.raises(ProjectError) as raised:
        Engine().load(tmp_path)
    (found,) = raised.value.diagnostics
    assert says in found.message + (found.hint or "")
    assert (found.location.line, found.location.column) == (line, column)


@pytest.mark.parametrize(
    ("ends", "wrong"), [((0, 1), True), ((4, 5), True), ((0, 5), False), ((4, float("inf")), True)]
)
def test_a_value_outside_its_range_is_told_and_lies_in_its_interval(
    make_project, make_evidence, signals, ends, wrong
):
    options = Formula.Options(
        components={"total": "sum(value)"}, formula="total / n", range=ends, direction="higher_is_better"
    )
    metrics = {"own": Formula(options, signals["satisfied"])}
    values = [1, 2, 2, 3, 3, 3, 4, 4, 5, 5] * 3
    found = measure(
        make_project(), make_evidence(answers(values, signal="satisfied", touchpoint="order")), metrics
    )
    cell = found.get("own", "touchpoint", "order")
    assert cell.low < cell.value < cell.high
    told = [warning.message for warning in outside(metrics, found)]
    if wrong:
        half = 2.04523 * np.std(values, ddof=1) / np.sqrt(30)
        assert cell.high - cell.low == pytest.approx(2 * half, rel=1e-4)
        (message,) = told
        assert message.startswith("own is 3.2 at ")
        assert f"outside its range {ends[0]:g} to {ends[1]:g}" in message
    else:
        assert told == []
