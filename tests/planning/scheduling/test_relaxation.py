"""Bounds hold for every timetable, with calendars and requirements, and are reached where they can be."""

from __future__ import annotations

import itertools

import attrs
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cxengine.planning.scheduling.bound import bound
from cxengine.planning.scheduling.clock import Clock
from cxengine.planning.scheduling.dual import Dual
from cxengine.planning.scheduling.generation import generate
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import Activity, Problem, Way, instance
from cxengine.planning.scheduling.relaxation import Relaxation

from .conftest import price, problems

some = settings(max_examples=60, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])


@some
@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 5), st.integers(0, 120))
def test_a_clock_tells_when_work_is_done(pace, last, work):
    periods = [*pace, *[last] * 130]
    moments = [2 * t + 1 for t, amount in enumerate(periods) for _ in range(amount)]
    clock = Clock((*pace, last))
    assert clock.moments(work) == sum(moments[:work])
    assert clock.period(work) == next(t for t in range(140) if sum(periods[:t]) >= work)
    assert [clock.done(t) for t in range(20)] == [sum(periods[:t]) for t in range(20)]


def lighter(problem):
    """The problem in which slower ways ask for less in all."""
    return attrs.evolve(
        problem,
        activities=tuple(
            attrs.evolve(
                a,
                slower=tuple(
                    attrs.evolve(w, demands={r: -(-d // 3) for r, d in w.demands.items()}) for w in a.slower
                ),
            )
            for a in problem.activities
        ),
    )


@some
@given(problems(), st.booleans(), st.randoms(use_true_random=False))
def test_no_timetable_has_less_delay_than_any_prices_say(problem, light, random):
    prepared = instance(lighter(problem) if light else problem)
    order = list(range(prepared.size))
    random.shuffle(order)
    done = generate(prepared, order).done
    _, delay, length = price(problem, dict(zip(prepared.names, done, strict=True)))
    prices = Prices.of(prepared, max(done))
    limits = bound(prepared, prices)
    assert limits.delay <= delay * prices.most
    assert limits.length <= length
    for priced in Dual(prepared, Relaxation(prepared)).steps(delay + 1, 20):
        assert priced.bound <= delay


def test_holidays_count_in_the_bound():
    """One team, one thing at a time, by Smith's rule around its holidays: nothing is left to prove."""
    ones = tuple(Activity(f"a{i}", 100 * (2 + i), {"team": 1}, weight=9 - i, calendar="c") for i in range(4))
    pace = (100, 0, 0, 100, 50, 50, 0, 0, 0, 0, 100)
    prepared = instance(Problem(ones, {"team": 1}, {"c": pace}))
    best = min(
        sum(w * end for w, end in zip(prepared.weights, generate(prepared, o).done, strict=True))
        for o in itertools.permutations(range(4))
    )
    plain = instance(Problem(ones, {"team": 1}, {"c": (100,)}))
    with_calendar, without = (
        bound(p, attrs.evolve(Prices.of(p, 30), delay=p.weights, most=1)).delay for p in (prepared, plain)
    )
    assert without < with_calendar <= best
    assert with_calendar >= 0.85 * best


def test_requirements_raise_the_bound():
    """What is worth much waits for what is worth nothing: the price of that makes the bound exact."""
    ones = (
        Activity("dull", 10, {"team": 1}, weight=0),
        Activity("dear", 1, {"team": 1}, requires=("dull",), weight=10),
        Activity("fair", 5, {"team": 1}, weight=1),
    )
    prepared = instance(Problem(ones, {"team": 1}))
    relaxed = bound(prepared, Prices(1, 0, prepared.weights, 1)).delay
    best = min(
        sum(w * end for w, end in zip(prepared.weights, generate(prepared, o).done, strict=True))
        for o in itertools.permutations(range(3))
    )
    priced = max(p.bound for p in Dual(prepared, Relaxation(prepared)).steps(best, 100))
    assert relaxed < priced
    assert 0.99 * best <= priced <= best


def test_the_least_of_all_ways_counts():
    """A way that is slower and needs less of the team in all."""
    one = Activity("a", 4, {"team": 4}, weight=1, slower=(Way(6, {"team": 1}),))
    prepared = instance(Problem((one, attrs.evolve(one, id="b")), {"team": 4}))
    done = generate(prepared, range(2)).done
    assert bound(prepared, Prices(1, 0, prepared.weights, 1)).delay <= sum(done)
    assert sum(Relaxation(prepared).loads[0].values()) == 12
