"""Answers that are counted as they stream by make the same cells as those that a query groups."""

from __future__ import annotations

import datetime as dt
import random

import attrs
import pytest
from cxengine_standard.metrics import (
    Mean,
    MeanSatisfaction,
    NetPromoterScore,
    ResolutionTime,
    Share,
    TopTwoBox,
)

from cxengine.metrics import counters, counting, grouping, places, pooling, scan
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

ALL = ("recommend", "satisfied", "waited")
STEPPED = {"recommend", "satisfied"}


class OnlyQueries:
    """An engine that nobody can take for DuckDB, so that everything is grouped by a query."""

    dialect = "duckdb"

    def __init__(self, backend):
        self.execute = backend.execute


def dice_rows(seed, n=900, *, weighted=True, spread=3):
    """Answers of every kind: without time, attributes or end; with weights of many digits."""
    dice = random.Random(seed)
    rows = []
    for _ in range(n):
        signal = dice.choice(ALL)
        low, high = {"recommend": (0, 10), "satisfied": (1, 5), "waited": (0, 90)}[signal]
        rows.append(
            {
                "signal": signal,
                "touchpoint": "journey" if signal == "recommend" else dice.choice(["search", "order", "delivery"]),
                "value": float(dice.randint(low, high)),
                "occurred_at": dice.choice([None, dt.datetime(2020 + dice.randrange(spread), dice.randrange(1, 13), 7)]),
                "weight": str(round(dice.uniform(0.01, 40), 9)) if weighted else "1",
                "censored": dice.random() < 0.1,
                "a_country": dice.choice(["NL", "BE", None]),
                "a_age": dice.choice([20.0, 40.0, None]),
                "a_member": dice.choice([True, False, None]),
            }
        )  # fmt: skip
    return rows


def metrics(signals):
    return {
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "wait": Mean(NoOptions(), signals["waited"]),
        "long": Share(Share.Options(at_least=30.0), signals["waited"]),
    }


@pytest.fixture
def counted(monkeypatch):
    """What every scan was counted to, with the signals that it tells; a query has to tell the others."""
    found = []
    usual = counting.counted

    def watched(*arguments, **options):
        found.append(usual(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(scan.counting, "counted", watched)
    return found


def both(project, evidence, chosen):
    queried = attrs.evolve(evidence, backend=OnlyQueries(evidence.backend))
    return measure(project, evidence, chosen), measure(project, queried, chosen)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_counted_and_queried_cells_are_the_same(
    make_project, make_evidence, signals, counted, seed, weighted
):
    evidence = make_evidence(dice_rows(seed, weighted=weighted))
    project = make_project(current=["all", "latest"][seed % 2], period=["month", "quarter", "year"][seed % 3])
    one, other = both(project, evidence, metrics(signals))
    assert counted[0].signals == (STEPPED if weighted else {*ALL})
    assert one.table.equals(other.table)
    assert one.changes.equals(other.changes)
    assert one.table.num_rows > 300


def test_pieces_add_up(make_project, make_evidence, signals, counted, monkeypatch):
    monkeypatch.setattr(places, "RESPONSES", 17)
    monkeypatch.setattr(grouping, "RESPONSES", 23)
    evidence = make_evidence(dice_rows(11))
    one, other = both(make_project(), evidence, metrics(signals))
    assert counted[0].signals == STEPPED
    assert one.table.equals(other.table)


def test_answers_of_responses_that_are_gone_do_not_count(make_project, make_evidence, signals, counted):
    evidence = make_evidence(dice_rows(12, weighted=False))
    evidence.backend.run("DELETE FROM responses WHERE response % 3 = 1 OR response > 700")
    one, other = both(make_project(), evidence, metrics(signals))
    assert counted[0].signals == {*ALL}
    assert one.table.equals(other.table)


def test_signals_of_open_cases_are_grouped_beside_those_that_are_added_up(
    make_project, make_evidence, signals, counted
):
    lasted = attrs.evolve(signals["waited"], id="lasted")
    rows = dice_rows(15, weighted=False)
    rows += [
        row | {"signal": "lasted", "value": row["value"] + 1} for row in rows if row["signal"] == "waited"
    ]
    chosen = metrics(signals) | {"median": ResolutionTime(ResolutionTime.Options(), lasted)}
    project = make_project(signals=(*signals.values(), lasted))
    one, other = both(project, make_evidence(rows), chosen)
    assert counted[0].signals == {*ALL}
    assert one.table.equals(other.table)


def test_amounts_whose_squares_do_not_fit_are_added_up_by_a_query(
    make_project, make_evidence, signals, counted
):
    large = [{"signal": "waited", "touchpoint": "order", "value": v} for v in (3e6, -2e6, 1e9)]
    evidence = make_evidence([*dice_rows(13, 300, weighted=False), *large])
    one, other = both(make_project(), evidence, metrics(signals))
    assert counted[0].signals == STEPPED
    assert one.table.equals(other.table)


@pytest.mark.parametrize("current", ["all", "latest"])
def test_cells_are_pooled_to_the_rows_that_sorting_gives(
    make_project, make_evidence, signals, monkeypatch, current
):
    project, evidence = make_project(current=current), make_evidence(dice_rows(14))
    found = []
    for dense in (0, 1e9):
        monkeypatch.setattr(pooling, "_DENSE", dense)
        found.append(measure(project, evidence, metrics(signals)))
    assert found[0].table.equals(found[1].table)
    assert found[0].changes.equals(found[1].changes)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": 2.5}, "between the steps"),
        ({"value": 3.0000000001}, "hardly off its step, which evidence lets pass"),
        ({"value": 9.0}, "beyond the scale"),
        ({"weight": "90000"}, "too heavy for the squares of weights to fit"),
    ],
)
def test_what_cannot_be_counted_is_left_to_a_query(
    make_project, make_evidence, signals, counted, change, why
):
    odd = {"signal": "satisfied", "touchpoint": "order", "value": 3.0} | change
    evidence = make_evidence([*dice_rows(5, 200), odd])
    one, other = both(make_project(), evidence, metrics(signals))
    assert not counted[0].signals & STEPPED, why
    assert one.table.equals(other.table)


def test_more_cells_than_counters_are_left_to_a_query(
    make_project, make_evidence, signals, counted, monkeypatch
):
    monkeypatch.setattr(counters, "CELLS", 1000)
    one, other = both(make_project(), make_evidence(dice_rows(6, weighted=False)), metrics(signals))
    assert not counted[0].signals
    assert one.table.equals(other.table)


def test_steps_that_are_no_whole_numbers_are_left_to_a_query(make_project, make_evidence, signals, counted):
    tenths = attrs.evolve(signals["satisfied"], scale=model.Scale(min=0, max=1, step=0.1))
    rows = [{"signal": "satisfied", "touchpoint": "order", "value": v} for v in (0.1, 0.3, 0.7, 0.7)]
    project = make_project(signals=(tenths,))
    one, other = both(project, make_evidence(rows), {"mean": MeanSatisfaction(NoOptions(), tenths)})
    assert not counted[0].signals
    assert one.table.equals(other.table)


def test_nobody_answered(make_project, make_evidence, signals):
    one, other = both(make_project(), make_evidence([]), metrics(signals))
    assert one.table.num_rows == other.table.num_rows == 0
