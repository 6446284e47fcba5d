"""Nothing that is shown gives away what is hidden, and an attack that would find it does."""

from __future__ import annotations

import datetime as dt
import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, TopTwoBox

from cxengine.metrics import suppression
from cxengine.metrics.measure import measure
from cxengine.metrics.persons import Persons
from cxengine.plugin import NoOptions
from cxengine.project import model

_spec = importlib.util.spec_from_file_location("attack", Path(__file__).parent / "attack.py")
_attack = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_attack)
Attack = _attack.Attack

K = 5


def people(seed, n):
    dice = random.Random(seed)
    shares = [dice.random() ** 2 + 0.02 for _ in range(3)]
    return [
        {
            "signal": "satisfied",
            "touchpoint": dice.choices(["search", "order", "delivery"], shares)[0],
            "value": float(dice.randrange(1, 6)),
            "occurred_at": dice.choice([dt.datetime(2023, 11, 5), dt.datetime(2024, 2, 3), dt.datetime(2024, 5, 1)]),
            "a_country": dice.choice(["NL", "NL", "BE", "DE"]),
            "a_age": dice.choice([25.0, 40.0, 40.0]),
            "a_member": dice.random() < 0.15,
        }
        for _ in range(n)
    ]  # fmt: skip


def run(make_project, make_evidence, signals, rows, **changes):
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    previous = changes.pop("previous", None)
    project = make_project(**{"minimum_n": K, "current": "latest", **changes})
    return measure(project, make_evidence(rows), metrics, previous=previous).table


@pytest.fixture
def unprotected(monkeypatch):
    """Only small cells are hidden."""
    monkeypatch.setattr(
        suppression, "hidden", lambda n, sums, threshold, small=None, **more: (n > 0) & (n < threshold)
    )


SEEDS = [(seed, n) for seed in range(6) for n in (40, 90, 250)]


@pytest.mark.parametrize(("seed", "n"), SEEDS)
def test_hidden_cells_do_not_follow_from_shown_ones(make_project, make_evidence, signals, seed, n):
    rows = people(seed, n)
    attack = Attack(run(make_project, make_evidence, signals, rows), rows)
    assert attack.hidden
    assert {cell: found for cell, found in attack.solved().items() if found[0] < K - 0.5} == {}
    assert attack.differences(K) == []


@pytest.mark.parametrize(("seed", "n"), [(0, 90), (1, 250), (2, 150)])
def test_linear_programming_leaves_hidden_counts_open(make_project, make_evidence, signals, seed, n):
    rows = people(seed, n)
    attack = Attack(run(make_project, make_evidence, signals, rows), rows)
    small = [cell for cell in attack.hidden if sum(attack_holds(cell, row) for row in rows) < K]
    assert small
    for cell in small:
        low, high = attack.bounds(cell)
        assert high - low > 0.999, (cell, low, high)


def test_the_attack_finds_what_is_only_hidden_for_being_small(
    make_project, make_evidence, signals, unprotected
):
    found = 0
    for seed, n in SEEDS[:6]:
        rows = people(seed, n)
        attack = Attack(run(make_project, make_evidence, signals, rows), rows)
        for cell, (count, mean) in attack.solved().items():
            held = [r["value"] for r in rows if attack_holds(cell, r)]
            assert count == pytest.approx(len(held))
            assert mean == pytest.approx(np.mean(held))
            low, high = attack.bounds(cell)
            assert low == pytest.approx(high) == pytest.approx(len(held))
            found += 1
    assert found > 50


def attack_holds(cell, row):
    subject, segment, period = cell
    period = _attack.LATEST if period == "current" else period
    return (
        row["touchpoint"] in _attack.WITHIN[subject]
        and _attack.IN_SEGMENT[segment](row)
        and period in ("all", _attack.quarter(row))
    )


def of(table, segment, period="all", subject="search", metric="csat"):
    key = {"metric": metric, "subject": subject, "segment": segment, "period": period}
    return next(row for row in table.to_pylist() if key.items() <= row.items())


def at_search(country, n, when=dt.datetime(2024, 2, 3)):
    return [
        {"signal": "satisfied", "touchpoint": "search", "value": 1.0 + i % 5, "occurred_at": when, "a_country": country}
        for i in range(n)
    ]  # fmt: skip


def test_a_segment_that_almost_everybody_belongs_to_is_hidden(make_project, make_evidence, signals):
    """Everybody less the Dutch would be three people."""
    found = run(make_project, make_evidence, signals, at_search("NL", 40) + at_search("DE", 3))
    assert of(found, "dutch")["suppressed"]
    assert not of(found, "all")["suppressed"]
    apart = run(make_project, make_evidence, signals, at_search("NL", 40) + at_search("DE", K))
    assert not of(apart, "dutch")["suppressed"]


def test_the_undated_do_not_follow_from_the_dated(make_project, make_evidence, signals):
    early, late = dt.datetime(2024, 2, 3), dt.datetime(2024, 5, 3)
    rows = at_search("DE", 20, early) + at_search("DE", 30, late) + at_search("DE", 2, None)
    found = run(make_project, make_evidence, signals, rows)
    assert {p: of(found, "all", p)["suppressed"] for p in ("all", "2024-Q1", "2024-Q2", "current")} == {
        "all": False, "2024-Q1": True, "2024-Q2": False, "current": False,
    }  # fmt: skip


def test_employees_are_at_least_five(make_project, make_evidence, signals):
    wide = model.WideColumns(signal="satisfied", columns={"x": "search"})
    mapping = model.MappingTable(attributes={"country": "country"}, signals=(wide,))
    for kind, hidden in (("employee", True), ("survey", False)):
        source = model.SourceTable(id="survey", kind=kind, mapping=mapping)
        segments = (model.Segment(id="dutch", name="x", when='attributes.country == "NL"'),)
        rows = at_search("NL", 4) + at_search("BE", 20)
        changes = {"minimum_n": 2, "sources": (source,), "segments": segments}
        found = run(make_project, make_evidence, signals, rows, **changes)
        assert of(found, "dutch")["suppressed"] is hidden


EMPLOYEES = model.MappingTable(signals=(model.WideColumns(signal="waited", columns={"x": "search"}),))
ANY_SIGNAL = model.MappingTable(long=model.LongColumns(value="v", signal="s", touchpoint="t"))
FIXED = model.LongColumns(value="v", signal=model.ColumnValue(value="waited"), touchpoint="t")


@pytest.mark.parametrize(
    ("mapping", "kind", "enriches", "least"),
    [
        (EMPLOYEES, "employee", None, 2),
        (EMPLOYEES, "employee", "satisfied", 5),  # what is found in what employees write
        (EMPLOYEES, "employee", "recommend", 2),
        (EMPLOYEES, "survey", "satisfied", 2),
        (ANY_SIGNAL, "employee", None, 5),
        (model.MappingTable(long=FIXED), "employee", None, 2),
        (model.MappingTable(long=model.LongColumns(value="v", signal=model.ColumnValue(value="satisfied"), touchpoint="t")), "employee", None, 5),
    ],
)  # fmt: skip
def test_where_employees_may_have_answered_five_are_the_least(
    make_project, signals, mapping, kind, enriches, least
):
    enrichers = (
        (model.EnricherTable(id="tone", use="sentiment", signals={"sentiment": enriches}),)
        if enriches
        else ()
    )
    sources = (model.SourceTable(id="talk", kind=kind, mapping=mapping),)
    for declared, told in ((2, least), (7, 7)):
        made = make_project(minimum_n=declared, sources=sources, enrichers=enrichers)
        assert suppression.threshold(made, signals["satisfied"]) == told


@pytest.mark.parametrize(
    ("cell", "answers", "least", "at_most", "most"),
    [
        (3, 10, 4, 4, 5),
        (3, 9, 3, 4, 5),  # four persons, of whom one may have given the answer that is left out
        (3, 6, 2, 4, 5),  # nobody gave more than five
        (3, 3, 1, 3, 5),
        (7, 6, 6, 6, 1),
        (7, 2, 2, 2, 1),
        (5, 8, 8, 8, 1),  # nobody came twice
    ],
)
def test_persons_behind_some_of_the_answers_by_hand(cell, answers, least, at_most, most):
    """Ten answers of four persons, five of them of one, in cell 3; six of six in cell 7."""
    told = Persons(*(np.array(one) for one in ([3, 7], [10, 6], [4, 6], [5, 1])))
    found = told.behind(np.array([cell]), np.array([answers]))
    assert [int(one[0]) for one in found] == [least, at_most, most]


def test_a_few_new_answers_since_the_last_run_are_not_told(make_project, make_evidence, signals):
    before = run(make_project, make_evidence, signals, at_search("NL", 40) + at_search("BE", 40))
    for more, hidden in ((0, False), (2, True), (K, False)):
        rows = at_search("NL", 40 + more) + at_search("BE", 40)
        found = run(make_project, make_evidence, signals, rows, previous=before)
        assert of(found, "dutch")["suppressed"] is hidden, more
        assert of(found, "all")["suppressed"] is hidden, more
        assert not of(found, "belgian")["suppressed"]


def test_what_was_hidden_and_never_told_is_shown_when_it_is_of_enough(make_project, make_evidence, signals):
    before = run(make_project, make_evidence, signals, at_search("NL", 3) + at_search("BE", 40))
    assert of(before, "dutch")["suppressed"]
    for more, hidden in ((1, True), (2, False), (40, False)):
        rows = at_search("NL", 3 + more) + at_search("BE", 40)
        assert (
            of(run(make_project, make_evidence, signals, rows, previous=before), "dutch")["suppressed"]
            is hidden
        )


def test_feelings_are_hidden_where_the_metric_is(make_project, make_evidence, signals):
    from cxengine import journey
    from cxengine.insight.find import find

    csat = model.MetricTable(id="csat", use="csat_mean", signal="satisfied")
    project = make_project(minimum_n=K, metrics=(csat,))
    evidence = make_evidence(at_search("NL", 40) + at_search("DE", 3))
    measured = measure(project, evidence, {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])})
    felt = find(project, journey.build(project), evidence, measured)
    assert felt.feeling("search", "dutch").emotion.suppressed
    assert np.isnan(felt.feeling("search", "dutch").reach)
    assert not felt.feeling("search").emotion.suppressed


def felt(make_project, make_evidence, signals, rows, earlier=None, **changes):
    """Feelings of a project without any metric of them, and the table that a run shows of them."""
    from cxengine import journey
    from cxengine.insight import feelings
    from cxengine.insight.find import find

    project = make_project(**{"minimum_n": K, **changes})
    evidence = make_evidence(rows)
    measured = measure(project, evidence, {})
    found = find(project, journey.build(project), evidence, measured, previous=earlier)
    return found, feelings.table(found, feelings.present(project, measured))


def test_feelings_without_a_metric_are_held_against_the_last_run(make_project, make_evidence, signals):
    """Two runs whose difference is two people: their feelings would follow by subtraction."""
    rows = at_search("NL", 40) + at_search("BE", 40)
    _, before = felt(make_project, make_evidence, signals, rows)
    for more, hidden in ((0, False), (2, True), (K, False)):
        now = at_search("NL", 40 + more) + at_search("BE", 40)
        found, _ = felt(make_project, make_evidence, signals, now, before)
        assert found.feeling("search", "dutch").emotion.suppressed is hidden, more
        assert found.feeling("search").emotion.suppressed is hidden, more
        assert not found.feeling("search", "belgian").emotion.suppressed


def test_the_attack_on_feelings_of_two_runs(make_project, make_evidence, signals):
    """Whoever holds both tables subtracts cells of one from the same of the other, and finds no small group."""
    changes = {"current": "all"}
    unheld = 0
    for seed in range(4):
        rows = people(seed, 240)
        for fewer in (1, 3, 40):
            _, before = felt(make_project, make_evidence, signals, rows[:-fewer], **changes)
            free, _ = felt(make_project, make_evidence, signals, rows, **changes)
            held, _ = felt(make_project, make_evidence, signals, rows, before, **changes)
            shown = {
                (r["touchpoint"], r["segment"]): r["n"] for r in before.to_pylist() if not r["suppressed"]
            }
            for found, expected in ((free, False), (held, True)):
                steps = [
                    abs(f.emotion.n - shown[f.touchpoint, f.segment])
                    for f in found.feelings
                    if not f.emotion.suppressed and (f.touchpoint, f.segment) in shown
                ]
                told = [step for step in steps if 0 < step < K]
                if expected:
                    assert told == []
                else:
                    unheld += len(told)
    assert unheld > 10


def test_feelings_of_another_period_are_no_comparison(make_project, make_evidence, signals):
    rows = at_search("NL", 40)
    _, before = felt(make_project, make_evidence, signals, rows, current="latest")
    later = dt.datetime(2024, 5, 3)
    found, _ = felt(
        make_project, make_evidence, signals, [*rows, *at_search("NL", 42, later)], before, current="latest"
    )
    assert not found.feeling("search").emotion.suppressed
