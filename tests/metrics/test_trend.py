"""Changes: against the period before and the year before, with intervals, flagged only where real."""

from __future__ import annotations

import datetime as dt
import random
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, NetPromoterScore

from cxengine.metrics.blocks import Block, Cells
from cxengine.metrics.discovery import discover
from cxengine.metrics.measure import measure
from cxengine.metrics.names import Names
from cxengine.metrics.trend import changes, flagged
from cxengine.plugin import NoOptions, intervals

SHAPE = np.array([0.1, 0.15, 0.25, 0.3, 0.2])


def simulated(rng, n, cells, periods, shifts=None):
    """Means of `n` answers on a five-point scale by cell and year; `shifts` move a cell's answers up."""
    shapes = [
        SHAPE[::-1] if shifts and shifts.get((cell, period)) else SHAPE
        for cell in range(cells)
        for period in range(periods)
    ]
    counts, x = np.array([rng.multinomial(n, shape) for shape in shapes]), np.arange(1, 6)
    mean = counts @ x / n
    variance = counts @ x**2 / n - mean**2
    low, high = intervals.mean(mean, variance, np.full(len(mean), float(n)), (1.0, 5.0))
    cell, period = np.divmod(np.arange(len(mean), dtype=np.int32), periods)
    same, answers = np.zeros_like(cell), np.full(len(mean), n)
    keys = {
        "level": Names(same, ("touchpoint",)),
        "subject": Names(cell, tuple(f"t{number:03}" for number in range(cells))),
        "segment": Names(same, ("all",)),
        "period": Names(period, tuple(str(2000 + number) for number in range(periods))),
    }
    never = same.astype(bool)
    where = Cells(keys, answers, answers.astype(float), answers.astype(float), never, never)
    return [Block("csat", where, mean, low, high)]


def alone(found):
    """Changes with flags, where nothing else is tested."""
    return flagged(found, discover({"change": found["p"].to_numpy()}))


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
def test_nothing_changed_and_hardly_ever_is_anything_flagged(n):
    """With no real change every flag is false: at most one run in twenty may have any."""
    rng = np.random.default_rng(n)
    runs, wrong, covered, compared = 150, 0, 0, 0
    for _ in range(runs):
        found = alone(changes(simulated(rng, n, 12, 5), "year"))
        wrong += any(found["changed"].to_pylist())
        low, high = found["low"].to_numpy(), found["high"].to_numpy()
        covered += int(((low <= 0) & (high >= 0)).sum())
        compared += found.num_rows
    assert wrong / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert 0.935 <= covered / compared <= (0.975 if n == 10 else 0.965)
    assert compared == runs * 12 * 4


def test_real_changes_are_found_and_few_others():
    rng = np.random.default_rng(3)
    real = {(cell, period): True for cell in range(6) for period in (2, 3, 4)}  # one step each, at year 2
    false, flagged, hit = 0, 0, 0
    for _ in range(40):
        for row in alone(changes(simulated(rng, 300, 30, 5, real), "year")).to_pylist():
            if row["changed"]:
                flagged += 1
                true = int(row["subject"][1:]) < 6 and row["period"] == "2002"
                hit += true
                false += not true
    assert hit / (40 * 6) > 0.95
    assert false / flagged <= 0.065


def test_shuffled_periods_do_not_change(make_project, make_evidence, signals):
    dice = random.Random(7)
    quarters = [dt.datetime(2023, month, 5) for month in (1, 4, 7, 10)] + [dt.datetime(2024, 1, 5)]
    rows = [
        {"signal": "satisfied", "touchpoint": dice.choice(["search", "order"]), "value": float(value), "occurred_at": quarters[i % 5]}
        for i, value in enumerate([2] * 600 + [4] * 600)
    ]  # fmt: skip
    for row in rows:  # all answers of the last two quarters are good
        row["value"] = 4.0 if row["occurred_at"] >= quarters[3] else float(dice.randrange(1, 5))
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = alone(measure(make_project(), make_evidence(rows), metrics).changes).to_pylist()
    told = {
        (r["period"], r["against"]): r for r in found if r["subject"] == "search" and r["segment"] == "all"
    }
    assert set(told) == {
        ("2023-Q2", "previous"), ("2023-Q3", "previous"), ("2023-Q4", "previous"), ("2024-Q1", "previous"),
        ("2024-Q1", "last-year"),
    }  # fmt: skip
    assert {key for key, row in told.items() if row["changed"]} == {("2023-Q4", "previous"), ("2024-Q1", "last-year")}  # fmt: skip
    assert told["2024-Q1", "last-year"]["since"] == "2023-Q1"
    assert told["2023-Q4", "previous"]["low"] > 0
    values = [row["value"] for row in rows]
    dice.shuffle(values)
    placebo = [row | {"value": value} for row, value in zip(rows, values, strict=True)]
    found = alone(measure(make_project(), make_evidence(placebo), metrics).changes)
    assert not any(found["changed"].to_pylist())


def two_years(*estimates):
    """A cell in two years, each with its value, low and high."""
    value, low, high = np.array(estimates, dtype=float).T
    same, n = np.zeros(2, dtype=np.int32), np.full(2, 50)
    keys = {
        "level": Names(same, ("touchpoint",)),
        "subject": Names(same, ("desk",)),
        "segment": Names(same, ("all",)),
        "period": Names(np.arange(2, dtype=np.int32), ("2023", "2024")),
    }
    never = same.astype(bool)
    return [Block("spent", Cells(keys, n, n.astype(float), n.astype(float), never, never), value, low, high)]


def test_a_change_between_uneven_intervals_by_hand():
    """Zou and Donner (2008), equation 4: the later one's lower limit goes with the earlier one's upper limit."""
    few, many = (6.0, 3.0, 7.0), (10.0, 8.0, 15.0)
    near, far = sqrt(2**2 + 1**2), sqrt(5**2 + 3**2)
    p = 2 * NormalDist().cdf(-1.959964 * 4 / near)  # both ways the nearer limit is on the side of no change
    for years, told in (
        ((few, many), (4, 4 - near, 4 + far, p)),
        ((many, few), (-4, -4 - far, -4 + near, p)),
    ):
        (row,) = changes(two_years(*years), "year").to_pylist()
        assert [row[name] for name in ("value", "low", "high", "p")] == pytest.approx(told, rel=1e-6)


def test_gaps_and_suppressed_periods_are_not_compared(make_project, make_evidence, signals):
    def at(month, n):
        return [
            {"signal": "satisfied", "touchpoint": "search", "value": 3.0 + i % 2, "occurred_at": dt.datetime(2024, month, 5)}
            for i in range(n)
        ]  # fmt: skip

    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    rows = at(1, 20) + at(3, 20) + at(4, 20) + at(5, 20) + at(6, 3)
    project = make_project(period="month", minimum_n=5)
    found = measure(project, make_evidence(rows), metrics).changes.to_pylist()
    measured = measure(project, make_evidence(rows), metrics)
    shown = {
        c.period for (_, c), m in measured.by_cell.items() if c.subject == "search" and c.segment == "all" and not m.suppressed
    }  # fmt: skip
    assert "2024-06" not in shown
    pairs = {(r["since"], r["period"]) for r in found if r["subject"] == "search" and r["segment"] == "all"}
    possible = {("2024-03", "2024-04"), ("2024-04", "2024-05")}
    assert pairs == {pair for pair in possible if shown.issuperset(pair)}
    assert pairs


def test_stages_and_the_journey_are_compared_too(make_project, make_evidence, signals):
    rows = [
        {"signal": signal, "touchpoint": place, "value": float(year - 2021 + i % 2), "occurred_at": dt.datetime(year, 2, 5)}
        for signal, place in (("satisfied", "search"), ("satisfied", "order"), ("recommend", "journey"))
        for year in (2023, 2024)
        for i in range(20)
    ]  # fmt: skip
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
    }
    found = measure(make_project(period="year"), make_evidence(rows), metrics).changes.to_pylist()
    told = {(r["metric"], r["level"]) for r in found}
    assert told == {("csat", "touchpoint"), ("csat", "stage"), ("csat", "journey"), ("nps", "journey")}
