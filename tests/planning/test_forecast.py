"""Durations are drawn, ends handed on through the plan: known answers, properties, calibration on real work."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.evidence.history import History
from cxengine.planning.calendar import Calendar
from cxengine.planning.durations import drawn_duration, empirical, quantiles
from cxengine.planning.estimate import mean
from cxengine.planning.forecast import (
    Outcomes,
    Stretch,
    forecast,
    of_milestone,
    probability,
    propagated,
    simulated,
)
from cxengine.project.model import Estimate, HistoryTable, Identity, InitiativeTable, Milestone, Project

MONDAY = dt.date(2027, 1, 4)
CALENDAR = Calendar(MONDAY, 52)


USUAL = Estimate(2, 4, 12)


def initiative(name="i", effort=USUAL, **keys):
    return InitiativeTable(id=name, name=name, effort=effort, **keys)


def fixed(**days):
    return {name: np.full(3, float(took)) for name, took in days.items()}


# --- ends ------------------------------------------------------------------------------------------


def test_as_planned_where_everything_takes_as_long_as_planned():
    plan = [
        Stretch("a", 0, 5),
        Stretch("b", 5, 12, people=("a",)),
        Stretch("c", 15, 20, requires=("b",)),  # three days of holiday in between
        Stretch("d", 40, 45, requires=("a",), earliest=40),
        Stretch("e", 2, 4, released=6),
        Stretch("f", 10, 11, requires=("e",)),
    ]
    ends = propagated(plan, fixed(a=5, b=7, c=5, d=5, e=2, f=1))
    assert {name: set(drawn) for name, drawn in ends.items()} == {
        "a": {5}, "b": {12}, "c": {20}, "d": {45}, "e": {10}, "f": {11},
    }  # fmt: skip


def test_a_delay_is_handed_on_and_a_day_to_wait_for_swallows_it():
    plan = [
        Stretch("a", 0, 5),
        Stretch("b", 5, 12, people=("a",)),
        Stretch("d", 40, 45, requires=("b",), earliest=40),
    ]
    ends = propagated(plan, fixed(a=8, b=7, d=5))
    assert (ends["b"][0], ends["d"][0]) == (15, 45)
    ends = propagated(plan, fixed(a=2, b=7, d=5))
    assert (ends["b"][0], ends["d"][0]) == (9, 45)


def test_people_are_free_before_it_is_released():
    plan = [
        Stretch("a", 0, 5, released=10),
        Stretch("b", 5, 9, people=("a",)),
        Stretch("c", 15, 16, requires=("a",)),
    ]
    ends = propagated(plan, fixed(a=6, b=4, c=1))
    assert (ends["a"][0], ends["b"][0], ends["c"][0]) == (16, 10, 17)


@st.composite
def plans(draw):
    """A feasible plan: everything starts after what it waits for."""
    stretches: list[Stretch] = []
    for n in range(draw(st.integers(1, 8))):
        before = draw(st.sets(st.integers(0, n - 1), max_size=2)) if n else set()
        ready = max((stretches[b].end for b in before), default=0)
        start = ready + draw(st.sampled_from([0, 0, 0, 3]))
        stretches.append(
            Stretch(
                f"i{n}", start, start + draw(st.integers(1, 9)), people=tuple(f"i{b}" for b in sorted(before))
            )
        )
    return stretches


@given(plans(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_nothing_starts_before_what_it_waits_for_and_more_work_never_ends_sooner(plan, seed):
    rng = np.random.default_rng(seed)
    took = {s.id: rng.uniform(0.5, 20, 5) for s in plan}
    ends = propagated(plan, took)
    for s in plan:
        for w in s.people:
            assert np.all(ends[s.id] - took[s.id] >= ends[w] - 1e-9)
    longer = propagated(plan, {name: drawn * 1.5 for name, drawn in took.items()})
    assert all(np.all(longer[s.id] >= ends[s.id] - 1e-9) for s in plan)


# --- durations -------------------------------------------------------------------------------------


def test_efforts_are_drawn_from_pert_around_the_plan():
    one = initiative()
    drawn = drawn_duration(one, 20.0, None, 2000)
    assert np.mean(drawn) == pytest.approx(20.0, rel=0.002)
    assert drawn.min() >= 20 * 2 / mean(one.effort)
    assert drawn.max() <= 20 * 12 / mean(one.effort)
    sure = drawn_duration(initiative(effort=Estimate(4, 4, 4)), 20.0, None, 10)
    assert set(sure) == {20.0}


def test_the_least_duration_is_kept():
    drawn = drawn_duration(initiative(duration=4.0), 20.0, None, 500)
    assert drawn.min() == 20.0


def test_draws_depend_on_the_name_alone():
    first = drawn_duration(initiative("a"), 20.0, None, 100)
    assert np.array_equal(first, drawn_duration(initiative("a"), 20.0, None, 100))
    assert not np.array_equal(first, drawn_duration(initiative("b"), 20.0, None, 100))


def test_a_history_of_what_was_expected_stretches_the_plan():
    history = History("h", relative=True, durations={"": tuple(np.linspace(1.0, 2.0, 101))})
    drawn = drawn_duration(initiative(), 20.0, history, 2000)
    assert np.mean(drawn) == pytest.approx(30.0, rel=0.005)


def test_pieces_are_done_one_after_another_by_the_size_they_have():
    history = History("h", relative=False, durations={"": (7.5,) * 20, "L": (14.0,) * 5 + (14.5,) * 15})
    small = drawn_duration(initiative(pieces=4), 99.0, history, 50)
    assert np.mean(small) == pytest.approx(4 * 7.5 * 5 / 7)
    large = drawn_duration(initiative(pieces=4, size="L"), 99.0, history, 50)
    assert np.mean(large) == pytest.approx(4 * 14.375 * 5 / 7, rel=0.02)


def test_too_few_of_a_size_are_forecast_from_all():
    history = History("h", relative=False, durations={"": (1.5,) * 20, "XL": (100.0,)})
    assert history.of("XL") == (1.5,) * 20
    assert history.of("unheard of") == (1.5,) * 20


def test_work_that_always_took_what_was_expected_takes_what_is_planned():
    history = History("h", relative=True, durations={"": (1.0,) * 20})
    assert set(drawn_duration(initiative("a", (1, 2, 4)), 10.0, history, 500)) == {10.0}


def test_whole_days_are_spread_over_the_day():
    days = quantiles([1.0] * 10, np.array([0.1, 0.5, 0.9]))
    assert np.all((days > 0) & (days < 1))
    assert days[1] == pytest.approx(0.5)


# --- what draws say --------------------------------------------------------------------------------


def test_quantiles_are_days_and_probabilities_shares_of_draws():
    drawn = np.arange(1, 101, dtype=float)  # ends after 1, 2, ..., 100 working days
    found = forecast(drawn, CALENDAR.last_day_of(60), "estimate", CALENDAR)
    assert (found.p10, found.p50) == (CALENDAR.last_day_of(10), CALENDAR.last_day_of(50))
    assert (found.p80, found.p90) == (CALENDAR.last_day_of(80), CALENDAR.last_day_of(90))
    assert found.as_planned == 0.6
    assert [c.probability for c in found.fan] == sorted(c.probability for c in found.fan)
    assert probability(drawn, MONDAY - dt.timedelta(days=1), CALENDAR) == 0.0
    assert probability(np.array([4.2, 4.8]), dt.date(2027, 1, 8), CALENDAR) == 1.0  # the Friday


def test_a_milestone_waits_for_the_last():
    outcomes = Outcomes(
        {"a": np.array([1.0, 5.0]), "b": np.array([3.0, 3.0])}, {"a": "estimate", "b": "history"}
    )
    assert list(of_milestone(Milestone(id="m", name="M", requires=("a", "b")), outcomes)) == [3.0, 5.0]
    assert of_milestone(Milestone(id="m", name="M", requires=("a", "later")), outcomes) is None


def test_the_history_of_its_team_unless_it_names_one():
    project = Project(
        project=Identity(id="p", name="P"),
        histories=(
            HistoryTable(id="web", path=Path("w.csv"), days="d", teams=("web",)),
            HistoryTable(id="own", path=Path("o.csv"), days="d"),
        ),
    )
    known = {
        name: History(name, relative=False, durations={"": (days,) * 20})
        for name, days in (("web", 7.5), ("own", 70.5))
    }
    items = {
        name: initiative(name, **keys) for name, keys in (("a", {}), ("b", {"history": "own"}), ("c", {}))
    }
    plan = [Stretch(name, 0, 5) for name in items]
    found = simulated(
        project, items, plan, teams={"a": "web", "b": "web", "c": "ops"}, histories=known, draws=20
    )
    assert found.basis == {"a": "history", "b": "history", "c": "estimate"}
    assert np.mean(found.ends["b"]) == pytest.approx(10 * np.mean(found.ends["a"]), rel=0.1)


# --- calibration on planned truth and on real work -------------------------------------------------


def test_promised_quantiles_hold_where_estimates_are_right():
    """A chain of five items whose efforts really are PERT: of 400 worlds 75% to 85% end within p10 and p90."""
    rng = np.random.default_rng(5)
    names = [f"i{n}" for n in range(5)]
    efforts = {n: Estimate(2, 2 + 2 * k, 14) for k, n in enumerate(names)}
    items = {n: initiative(n, effort=efforts[n]) for n in names}
    plan, start = [], 0.0
    for k, n in enumerate(names):
        plan.append(Stretch(n, start, start + 5 * mean(efforts[n]), people=tuple(names[k - 1 : k])))
        start = plan[-1].end
    project = Project(project=Identity(id="p", name="P"))
    ends = simulated(project, items, plan, teams={}, histories={}).ends["i4"]
    low, high = np.quantile(ends, [0.1, 0.9])
    real = np.zeros(400)
    for n in names:
        e = efforts[n]
        alpha, beta = 1 + 4 * (e.likely - 2) / 12, 1 + 4 * (14 - e.likely) / 12
        real += 5 * (2 + 12 * rng.beta(alpha, beta, 400))
    assert 0.75 <= np.mean((real >= low) & (real <= high)) <= 0.85


REAL = Path(__file__).parents[2].parent / "shared/data/jira-export-software-en/agile-project-dataset_jira.csv"


@pytest.fixture(scope="module")
def tasks():
    """Cycle times of two projects in the order in which tasks were finished; negative ones are no durations."""
    if not REAL.exists():
        pytest.skip("the data set of 4,123 real tasks lies beside the repository, not in it")
    with REAL.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if float(row["cycle_time_days"]) >= 0]
    rows.sort(key=lambda row: (row["finished_date"], row["id"]))
    return {p: np.array([float(r["cycle_time_days"]) for r in rows if r["project"] == p]) for p in "01"}


def held(past, future):
    """How much of each later task's last day lies within the 80% interval that the past ones promise."""
    low, high = quantiles(sorted(past), np.array([0.1, 0.9]))
    return np.clip(np.minimum(future, high) - np.maximum(future - 1, low), 0, 1)


def test_real_tasks_end_within_the_interval_that_other_tasks_promise(tasks):
    rng = np.random.default_rng(1)
    for days in tasks.values():
        half = len(days) // 2
        found = [
            np.mean(held(mixed[:half], mixed[half:])) for mixed in (rng.permutation(days) for _ in range(10))
        ]
        assert min(found) >= 0.75
        assert max(found) <= 0.85


def test_real_tasks_end_within_the_interval_that_earlier_tasks_promise(tasks):
    """The last 30% of each project, forecast from the first 70%."""
    found = []
    for days in tasks.values():
        cut = int(0.7 * len(days))
        found.append(held(days[:cut], days[cut:]))
    assert 0.75 <= np.mean(np.concatenate(found)) <= 0.85


def test_draws_follow_the_history(tasks):
    days = sorted(tasks["0"])
    drawn = empirical(days, ("x",), 2000)
    promised = quantiles(days, np.array([0.1, 0.5, 0.9]))
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx(promised, rel=0.02)
