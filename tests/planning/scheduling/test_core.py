"""What holds of every timetable, and timetables whose optimum is known."""

from __future__ import annotations

import itertools
import random

import attrs
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cxengine.planning.scheduling.bound import bound
from cxengine.planning.scheduling.feasible import Infeasible, allowed, keeps
from cxengine.planning.scheduling.generation import generate
from cxengine.planning.scheduling.links import links
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.optimise import optimise
from cxengine.planning.scheduling.parts import independent
from cxengine.planning.scheduling.problem import Activity, Problem, Way, instance
from cxengine.planning.scheduling.reordering import Reordering
from cxengine.planning.scheduling.search import constructed

from .conftest import broken, price, problems

WORK = 0.01
few = settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])


@few
@given(problems())
def test_every_timetable_keeps_what_must_hold(problem):
    assert broken(problem, optimise(problem, WORK, seed=1)) == []


@settings(few, max_examples=12)
@given(problems(hard=True, most=6))
def test_what_is_fixed_is_kept_or_nothing_is_said_to_fit(problem):
    try:
        found = optimise(problem, WORK, seed=1)
    except Infeasible:
        free = attrs.evolve(
            problem,
            activities=tuple(attrs.evolve(a, fixed=None, latest=None) for a in problem.activities),
        )
        assert broken(free, optimise(free, WORK, seed=1)) == []
    else:
        assert broken(problem, found) == []


@few
@given(problems(), st.randoms(use_true_random=False))
def test_no_timetable_costs_less_than_the_bound(problem, random):
    prepared = instance(problem)
    order = list(range(prepared.size))
    random.shuffle(order)
    done = generate(prepared, order).done
    prices = Prices.of(prepared, max(done))
    limits = bound(prepared, prices)
    assert limits.cost(prices) <= prices.cost(prepared, done)
    late, delay, length = price(problem, dict(zip(prepared.names, done, strict=True)))
    assert limits.tardiness <= late
    assert limits.delay <= delay * prices.most
    assert limits.length <= length


@few
@given(problems(), st.randoms(use_true_random=False))
def test_the_search_is_never_worse_than_a_list_schedule(problem, random):
    found = optimise(problem, WORK, seed=1)
    prepared = instance(problem)
    by_hand = generate(prepared, prepared.given).done
    ours = price(problem, found.completed)
    assert ours <= price(problem, dict(zip(prepared.names, by_hand, strict=True)))
    assert (found.tardiness, found.delay) == ours[:2]
    assert found.length == ours[2]
    assert found.least_delay <= found.delay
    assert found.least_length <= found.length
    assert 0 <= found.gap <= 1


@settings(max_examples=15, deadline=None, derandomize=True)
@given(problems())
def test_the_same_problem_work_and_seed_give_the_same_timetable(problem):
    assert optimise(problem, WORK, seed=7) == optimise(problem, WORK, seed=7)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(problems(most=5, ways=False))
def test_small_problems_are_solved(problem):
    """Every order of activities is tried: one of them gives the optimum."""
    prepared = instance(problem)
    tried = [
        price(problem, dict(zip(prepared.names, generate(prepared, o).done, strict=True)))
        for o in itertools.permutations(range(prepared.size))
    ]
    # Serial generation reaches an optimum where calendars do not pay for a later start, as here.
    assert price(problem, optimise(problem, 0.5, seed=1).completed) == min(tried)


@few
@given(problems(ways=False))
def test_links_keep_capacities_whatever_the_durations(problem):
    """Starting when everything before has let go is enough, even when all takes longer."""
    plain = attrs.evolve(
        problem,
        calendars={},
        windows={},
        activities=tuple(
            attrs.evolve(a, calendar=None, windows=None, work=a.work // 100) for a in problem.activities
        ),
    )
    prepared = instance(plain)
    starts = generate(prepared, range(prepared.size)).starts
    longer = attrs.evolve(
        prepared, spans=tuple(attrs.evolve(s, then=s.then * 2 + j % 3) for j, s in enumerate(prepared.spans))
    )
    waits = [list(p) for p in prepared.before]
    for link in links(prepared, starts):
        waits[link.after].append(link.before)
    at = [0] * prepared.size
    for j in sorted(range(prepared.size), key=lambda j: (starts[j], j)):
        at[j] = max([prepared.heads[j], *(longer.spans[p].end(at[p]) for p in waits[j])])
    assert keeps(longer, tuple(at))


def test_known_optimum_by_weight_over_work():
    """One team, one at a time: Smith's rule is optimal, and the bound proves it."""
    ones = tuple(Activity(f"a{i}", 2 + i, {"team": 1}, weight=w) for i, w in enumerate((1, 9, 3, 8, 2)))
    found = optimise(Problem(ones, {"team": 1}), 1, seed=1)
    best = sorted(ones, key=lambda a: -a.weight / a.work)
    ends = itertools.accumulate(a.work for a in best)
    assert found.delay == sum(a.weight * e for a, e in zip(best, ends, strict=True))
    assert found.gap == 0


def test_a_wanted_date_outweighs_value():
    ones = (Activity("dear", 5, {"team": 1}, weight=1000), Activity("due", 3, {"team": 1}, due=3, weight=1))
    found = optimise(Problem(ones, {"team": 1}), 1, seed=1)
    assert (found.starts, found.tardiness) == ({"due": 0, "dear": 3}, 0)


def test_a_holiday_makes_an_activity_longer():
    one = Activity("a", 300, {"team": 1}, calendar="team")
    found = optimise(Problem((one,), {"team": 1}, {"team": (100, 0, 50, 100)}), 1, seed=1)
    assert found.ends == {"a": 5}  # 100 + 0 + 50 + 100 + 50 of 100


def test_a_release_window_is_waited_for_without_the_people():
    ones = (
        Activity("a", 2, {"team": 1}, windows="train", weight=5),
        Activity("b", 2, {"team": 1}),
        Activity("c", 1, requires=("a",)),
    )
    train = (False, False, False, False, False, True)
    found = optimise(Problem(ones, {"team": 1}, windows={"train": train}), 1, seed=1)
    assert (found.ends["a"], found.completed["a"]) == (2, 6)
    assert found.starts == {"a": 0, "b": 2, "c": 6}


def test_a_fixed_start_is_kept_and_others_go_around_it():
    ones = (
        Activity("fixed", 4, {"team": 2}, fixed=3),
        Activity("long", 5, {"team": 1}, weight=9),
        Activity("short", 3, {"team": 2}, weight=1),
    )
    found = optimise(Problem(ones, {"team": 2}), 1, seed=1)
    assert found.starts["fixed"] == 3
    assert found.starts == {"fixed": 3, "short": 0, "long": 7}


def test_a_last_completion_brings_forward_what_it_needs():
    ones = (
        Activity("dear", 9, {"team": 1}, weight=999),
        Activity("first", 2, {"team": 1}),
        Activity("law", 2, {"team": 1}, requires=("first",), latest=4),
    )
    found = optimise(Problem(ones, {"team": 1}), 1, seed=1)
    assert found.starts == {"first": 0, "law": 2, "dear": 4}


def test_what_cannot_be_is_proven():
    ones = tuple(Activity(f"a{i}", 3, {"team": 1}, latest=5) for i in range(2))
    with pytest.raises(Infeasible) as caught:
        optimise(Problem(ones, {"team": 1}), 1, seed=1)
    assert caught.value.proven


def test_nothing_to_do():
    assert optimise(Problem((), {}), 1, seed=1).gap == 0


def test_a_slower_way_is_taken_where_it_is_sooner_over():
    """Half of the team is busy for long: the other half begins at once."""
    ones = (
        Activity("long", 20, {"team": 1}, fixed=0),
        Activity("other", 4, {"team": 2}, weight=1, slower=(Way(8, {"team": 1}),)),
    )
    found = optimise(Problem(ones, {"team": 2}), 1, seed=1)
    assert (found.starts["other"], found.ends["other"], found.ways["other"]) == (0, 8, 1)
    assert found.gap == 0


def test_what_is_fixed_may_be_done_in_a_slower_way():
    ones = tuple(Activity(f"a{i}", 4, {"team": 2}, fixed=i, slower=(Way(8, {"team": 1}),)) for i in range(2))
    found = optimise(Problem(ones, {"team": 2}), 1, seed=1)
    assert found.ways == {"a0": 1, "a1": 1}


def test_the_search_keeps_the_ways_of_what_is_fixed():
    """In their quickest ways the fixed ones would be over sooner, and take more than there is."""
    agreed = tuple(
        Activity(f"a{i}", 4, {"team": 2}, fixed=i, weight=9, slower=(Way(8, {"team": 1}),)) for i in range(2)
    )
    others = tuple(
        Activity(f"b{i}", 2 + i % 3, {"team": 1 + i % 2}, weight=1 + i % 5, calendar="c") for i in range(9)
    )
    prepared = instance(Problem((*agreed, *others), {"team": 2}, {"c": (1, 1, 1, 1, 0, 1)}))
    prices = Prices.of(prepared, 60)
    found = allowed(prepared, prices, constructed(prepared, prices))
    better = Reordering(prepared, prices, random.Random(1)).improved(found, 0, 2000)
    assert better.cost < found.cost
    assert keeps(prepared.settled(better.ways), better.starts)


def test_more_than_there_is_cannot_be_asked_for():
    with pytest.raises(ValueError, match="more than there is"):
        optimise(Problem((Activity("a", 1, {"team": 2}),), {"team": 1}), 1, seed=1)


@few
@given(problems(most=5), problems(most=5))
def test_parts_that_share_nothing_are_solved_by_themselves(one, other):
    """And the whole is as good as its parts."""
    apart = attrs.evolve(
        other,
        activities=tuple(
            attrs.evolve(
                a,
                id=f"b{a.id}",
                requires=tuple(f"b{r}" for r in a.requires),
                demands={f"b{r}": d for r, d in a.demands.items()},
                slower=tuple(
                    attrs.evolve(w, demands={f"b{r}": d for r, d in w.demands.items()}) for w in a.slower
                ),
                calendar=a.calendar and f"b{a.calendar}",
            )
            for a in other.activities
        ),
        capacities={f"b{r}": c for r, c in other.capacities.items()},
        calendars={f"b{r}": c for r, c in other.calendars.items()},
    )
    both = Problem(
        one.activities + apart.activities,
        {**one.capacities, **apart.capacities},
        {**one.calendars, **apart.calendars},
        {**one.windows, **apart.windows},
    )
    found = optimise(both, WORK, seed=1)
    assert broken(both, found) == []
    assert len(independent(both)) >= len(independent(one)) + len(independent(apart))
    if found.proven:
        first, second = optimise(one, WORK, seed=1), optimise(apart, WORK, seed=1)
        assert found.delay <= first.delay + second.delay
