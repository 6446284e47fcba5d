from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.schedule import Crew, Task, schedule

WEEKS = 30
WEB = Crew("web", capacity=200, focus=2)


def place(*tasks, crews=(WEB,), weeks=WEEKS):
    return schedule(tasks, crews, weeks)


def span(found, name):
    placement = found.placed[name]
    return placement.first, placement.last


def test_one_item_takes_the_whole_team():
    found = place(Task("a", 500, "web"))
    assert span(found, "a") == (1, 3)
    assert found.placed["a"].work == (200, 200, 100)
    assert found.load["web"][:4] == (200, 200, 100, 0)


def test_what_the_first_leaves_free_the_second_takes():
    found = place(Task("a", 300, "web"), Task("b", 300, "web"))
    assert span(found, "a") == (1, 2)
    assert found.placed["b"].work == (100, 200)
    assert found.placed["b"].first == 2
    assert found.placed["b"].obstacle == "capacity"


def test_a_team_works_on_no_more_items_than_its_focus():
    slow = [Task(f"s{i}", 40, "web", least_weeks=4) for i in range(3)]
    found = place(*slow)
    assert span(found, "s0") == span(found, "s1") == (1, 4)
    assert span(found, "s2") == (5, 8)
    assert found.placed["s2"].obstacle == "focus"


def test_least_duration_spreads_the_work():
    assert place(Task("a", 100, "web", least_weeks=4)).placed["a"].work == (25, 25, 25, 25)


def test_what_is_required_goes_first_and_inherits_the_priority():
    found = place(Task("a", 200, "web", requires=("c",)), Task("b", 200, "web"), Task("c", 200, "web"))
    assert [span(found, n)[0] for n in "cab"] == [1, 2, 3]
    assert found.placed["c"].pulled_by == "a"
    assert found.placed["a"].waited_for == ("c",)


def test_nothing_starts_before_its_earliest_week_and_others_fill_the_gap():
    found = place(Task("a", 200, "web", earliest=5), Task("b", 600, "web"))
    assert span(found, "a") == (5, 5)
    assert span(found, "b") == (1, 3)


def test_a_deadline_moves_an_item_ahead_only_if_that_helps():
    tasks = [Task("a", 2000, "web"), Task("b", 200, "web", due=2), Task("c", 2000, "web", due=3)]
    found = place(*tasks)
    assert span(found, "b") == (1, 1)
    assert found.placed["b"].promoted
    assert not found.placed["c"].promoted
    assert not found.placed["c"].on_time
    assert span(found, "a")[0] == 2


def test_what_does_not_fit_says_why():
    tasks = [
        Task("late", 200, "web", earliest=31),
        Task("after", 200, "web", requires=("late",)),
        Task("huge", 6100, "web"),
        Task("orphan", 100, None),
        Task("idle", 100, "nobody"),
        Task("last", 200, "web", earliest=29),
        Task("next", 400, "web", requires=("last",)),
    ]
    crews = (WEB, Crew("nobody", 0, 2))
    causes = {name: u.cause for name, u in place(*tasks, crews=crews).unplaced.items()}
    assert causes == {
        "late": "earliest",
        "after": "requires",
        "huge": "team",
        "orphan": "no team",
        "idle": "no team",
        "next": "team",
    }


def test_nobody_works_in_crumbs():
    found = place(Task("a", 195, "web"), Task("b", 400, "web"), Task("c", 5, "web"))
    assert span(found, "b") == (2, 3)
    # What little is left suffices for something little.
    assert span(found, "c") == (1, 1)


def test_no_work_needs_no_team():
    assert span(place(Task("party", 0, None, least_weeks=2)), "party") == (1, 2)


@st.composite
def instances(draw):
    crews = [
        Crew(f"t{i}", draw(st.integers(0, 500)), draw(st.integers(1, 3)))
        for i in range(draw(st.integers(1, 3)))
    ]
    tasks = []
    for i in range(draw(st.integers(1, 14))):
        earlier = [t.id for t in tasks]
        needs = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        tasks.append(
            Task(
                f"i{i}",
                draw(st.integers(0, 900)),
                draw(st.sampled_from([c.id for c in crews])),
                draw(st.integers(1, 6)),
                tuple(needs),
                draw(st.integers(1, 12)),
                draw(st.none() | st.integers(1, WEEKS)),
            )
        )
    return draw(st.permutations(tasks)), crews


@settings(max_examples=80, deadline=None, derandomize=True)
@given(instances())
def test_every_schedule_is_feasible(instance):
    tasks, crews = instance
    found = schedule(tasks, crews, WEEKS)
    assert found.placed.keys() | found.unplaced.keys() == {t.id for t in tasks}
    load = {c.id: [0] * WEEKS for c in crews}
    busy = {c.id: [0] * WEEKS for c in crews}
    for p in found.placed.values():
        assert sum(p.work) == p.task.work
        assert p.last - p.first + 1 == len(p.work) >= p.task.least_weeks
        assert p.task.earliest <= p.ready <= p.first <= p.last <= WEEKS
        assert all(found.placed[r].last < p.first for r in p.task.requires)
        for week, share in enumerate(p.work, p.first):
            load[p.task.crew][week - 1] += share
            busy[p.task.crew][week - 1] += bool(p.task.work)
    for crew in crews:
        assert list(found.load[crew.id]) == load[crew.id]
        assert max(load[crew.id]) <= crew.capacity
        assert max(busy[crew.id]) <= crew.focus


@settings(max_examples=60, deadline=None, derandomize=True)
@given(instances())
def test_promotion_makes_no_other_item_late(instance):
    tasks, crews = instance
    free = [Task(t.id, t.work, t.crew, t.least_weeks, t.requires, t.earliest) for t in tasks]
    plain, found = schedule(free, crews, WEEKS), schedule(tasks, crews, WEEKS)
    for t in tasks:
        before = plain.placed.get(t.id)
        if t.due is not None and before is not None and before.last <= t.due:
            assert t.id in found.placed
            assert found.placed[t.id].on_time
