"""Tasks on teams and calendars: what authors may say of people, days and releases."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.assignment import Task, staffed
from cxengine.planning.calendar import Calendar
from cxengine.planning.schedule import schedule
from cxengine.planning.waiting import timings
from cxengine.planning.workforce import FULL, Crew

CALENDAR = Calendar(dt.date(2027, 1, 4), 12)
DAYS = CALENDAR.days


def crew(name="web", people=2.0, focus=2, pace=(), opened=()):
    return Crew(name, round(people * 100), focus, (), (*pace, *[FULL] * (DAYS - len(pace))), opened)


def task(name, days=5.0, *, team="web", crews, **more):
    work = more.pop("work", {team: days} if days else {})
    return staffed(Task(name, work, team, **more), {c.id: c for c in crews})


def place(*tasks, crews, work=0.1, idle=None):
    return schedule(tasks, {c.id: c for c in crews}, CALENDAR, idle=idle or {}, work=work, dice=1)


def stretch(found, name):
    p = found.placed[name]
    return p.start, p.completed


def test_an_item_takes_its_whole_team():
    teams = [crew()]
    found = place(task("a", 15, crews=teams), crews=teams)
    assert stretch(found, "a") == (0, 8)  # 15 person-days of two people
    assert found.load["web"][:3] == (1.875, 1.125, 0.0)  # the same share of the team on all eight days


def test_two_teams_work_hand_in_hand_at_the_pace_of_the_slower():
    teams = [crew("web", 2), crew("legal", 0.5, pace=[FULL] * 5 + [0] * 5)]
    found = place(task("a", work={"web": 10, "legal": 4}, crews=teams), crews=teams)
    # Legal needs 8 days with half a person; it is away in the second week.
    assert stretch(found, "a") == (0, 13)
    assert found.placed["a"].task.people == {"web": 125, "legal": 50}
    assert sum(found.load["web"]) == pytest.approx(2)
    assert sum(found.load["legal"]) == pytest.approx(0.8)
    assert found.load["legal"][1] == 0


def test_people_that_stay_with_other_work():
    teams = [crew(people=4)]
    assert stretch(place(task("a", 20, limit=200, crews=teams), crews=teams), "a") == (0, 10)


def test_nothing_begins_on_a_holiday():
    teams = [crew(pace=[0, 0])]
    assert stretch(place(task("a", 10, crews=teams), crews=teams), "a") == (2, 7)


def test_a_freeze_holds_the_release_and_not_the_people():
    frozen = tuple(not 4 <= day < 15 for day in range(DAYS))
    teams = [crew(opened=frozen)]
    found = place(
        task("a", 10, weight=9, crews=teams), task("b", 10, requires=("a",), crews=teams), crews=teams
    )
    assert stretch(found, "a") == (0, 16)
    assert found.placed["a"].end == 5
    assert found.placed["b"].start == 16
    waiting = timings(found, {"web": teams[0]}, CALENDAR)
    assert waiting["a"].held_weeks == 2.2
    assert [w.kind for w in waiting["b"].waits] == ["requires"]


def test_what_does_not_fit_leaves_its_place_to_what_does():
    teams = [crew(focus=1)]
    found = place(
        task("huge", 130, weight=900, crews=teams),
        task("small", 10, weight=1, crews=teams),
        task("late", 10, earliest=DAYS - 2, crews=teams),
        task("after", 1, requires=("huge",), crews=teams),
        task("needs", 1, requires=("nobody",), crews=teams),
        crews=teams,
        idle={"nobody": ()},
    )
    assert set(found.placed) == {"small"}
    assert stretch(found, "small") == (0, 5)
    causes = {name: u.cause for name, u in found.unplaced.items()}
    assert causes == {
        "huge": "long",
        "late": "earliest",
        "after": "requires",
        "needs": "requires",
        "nobody": "no team",
    }


def test_what_can_never_end_is_not_searched_for():
    teams = [crew()]
    long, after, other = "endless", "after it", "other"
    found = place(
        task(long, 5e8, crews=teams),
        task(after, crews=teams, requires=(long,)),
        task(other, crews=teams),
        crews=teams,
    )
    assert set(found.placed) == {other}
    assert found.unplaced[long].cause == "long"
    assert found.unplaced[after].waits_for == (long,)
    assert found.instance.names == (other,)


def test_slack_and_what_would_help():
    teams = [crew(focus=1), crew("ops", 1)]
    tasks = [
        task("a", 10, weight=9, crews=teams),
        task("b", 20, weight=1, crews=teams),
        task("c", 5, team="ops", weight=5, requires=("a",), crews=teams),
    ]
    found = place(*tasks, crews=teams)
    assert {n: stretch(found, n) for n in "abc"} == {"a": (0, 5), "b": (5, 15), "c": (5, 10)}
    told = timings(found, {c.id: c for c in teams}, CALENDAR)
    assert [(w.kind, w.items, w.team) for w in told["b"].waits] == [("capacity", ("a",), "web")]
    assert [(w.kind, w.items) for w in told["c"].waits] == [("requires", ("a",))]
    assert {n: (t.critical, t.slack_weeks) for n, t in told.items()} == {
        "a": (True, 0.0),
        "b": (True, 0.0),
        "c": (False, 1.0),
    }
    assert told["a"].moves == ("b", "c")
    # 10 person-days of 2.5 people take 4 days, 20 of them 8: it would end at 12 instead of 15.
    assert [(x.kind, x.id, x.weeks) for x in told["b"].levers][:2] == [
        ("item", "a", 1.0),
        ("people", "web", 0.6),
    ]


@st.composite
def plans(draw):
    teams = [
        crew(
            f"t{i}",
            draw(st.integers(1, 5)),
            draw(st.integers(1, 3)),
            draw(st.lists(st.sampled_from([0, 500, FULL]), max_size=20)),
        )
        for i in range(2)
    ]
    tasks = []
    for n in range(draw(st.integers(1, 8))):
        work = {t.id: draw(st.integers(1, 30)) for t in teams if draw(st.booleans())}
        needs = (
            draw(st.lists(st.sampled_from([t.id for t in tasks]), unique=True, max_size=2)) if tasks else []
        )
        tasks.append(
            task(
                f"i{n}",
                work=work,
                team=next(iter(work), None),
                requires=tuple(needs),
                least=draw(st.integers(1, 10)),
                weight=draw(st.integers(0, 50)),
                earliest=draw(st.integers(0, 20)),
                crews=teams,
            )
        )
    return tasks, teams


@settings(max_examples=25, deadline=None, derandomize=True)
@given(plans())
def test_every_schedule_keeps_its_promises(plan):
    tasks, teams = plan
    found = place(*tasks, crews=teams, work=0.01)
    assert found.placed.keys() | found.unplaced.keys() == {t.id for t in tasks}
    for name, p in found.placed.items():
        assert p.task.earliest <= p.start < p.completed <= DAYS
        assert all(found.placed[r].completed <= p.start for r in p.task.requires)
        assert sum(p.done) == pytest.approx(1)
        assert set(found.waits[name]) >= set(p.task.requires)
    for one in teams:
        worked = sum(p.task.work.get(one.id, 0) for p in found.placed.values()) / 5
        assert sum(found.load[one.id]) == pytest.approx(worked, abs=1e-4)
        assert max(found.load[one.id]) <= one.size / 100 + 1e-6
        for day in range(DAYS):
            busy = [p for p in found.placed.values() if p.start <= day < p.end and one.id in p.task.people]
            assert len(busy) <= one.focus
    for name, timing in timings(found, {c.id: c for c in teams}, CALENDAR).items():
        assert timing.slack_weeks >= 0
        assert timing.critical == (timing.slack_weeks == 0)
        assert all(lever.weeks > 0 for lever in timing.levers)
        assert name not in timing.moves


@settings(max_examples=15, deadline=None, derandomize=True)
@given(plans(), st.integers(0, 7), st.integers(1, 15))
def test_slack_can_be_used_up(plan, which, delay):
    """An item that slips by no more than its slack moves nothing that counts."""
    tasks, teams = plan
    found = place(*tasks, crews=teams, work=0.01)
    if not found.placed:
        return
    name = sorted(found.placed)[which % len(found.placed)]
    slack = round(timings(found, {c.id: c for c in teams}, CALENDAR)[name].slack_weeks * 5)
    slip = min(delay, slack)
    prepared, at = found.instance, dict(zip(found.instance.names, found.starts, strict=True))
    number = {n: j for j, n in enumerate(prepared.names)}
    ends = {}
    for n in sorted(found.placed, key=lambda n: (at[n], number[n])):
        ready = max([at[n] + (slip if n == name else 0), *(ends[w] for w in found.waits[n])])
        ends[n] = prepared.spans[number[n]].completion(ready)
    assert max(ends.values()) <= max(p.completed for p in found.placed.values())


def test_the_dice_are_those_of_the_project():
    teams = [crew()]
    tasks = [task(f"i{n}", 7 + n, weight=5 + n % 3, crews=teams) for n in range(6)]
    one, again = place(*tasks, crews=teams), place(*tasks, crews=teams)
    assert one.placed == again.placed
    assert one.quality == again.quality
    assert one.quality.gap < 0.1
    assert attrs.asdict(one.quality)["seed"] == 1
