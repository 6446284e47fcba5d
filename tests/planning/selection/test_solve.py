"""The best choice, its bound, prices of limits and contradictions: held against trying every set."""

import itertools
import math
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.selection.conflict import conflict
from cxengine.planning.selection.outcome import Choice
from cxengine.planning.selection.price import prices
from cxengine.planning.selection.problem import Limit, Problem, Row, broken
from cxengine.planning.selection.solve import NoSet, relaxed, solve

EXACT = {"gap": 0.0, "nodes": 100_000}


def choice(index, worth):
    return Choice(
        id=f"i{index}", name=f"I{index}", worth=worth, money=0.0, weeks=0.0, team=None, area=None,
        tags=(), requires=(), must=False, chosen=False,
    )  # fmt: skip


def limit(name, parts, low=-math.inf, high=math.inf, kind="quota"):
    return Limit(name, kind, name, ("quota", name), (Row(parts, low, high),))


@st.composite
def problems(draw):
    n = draw(st.integers(1, 7))
    worths = draw(st.lists(st.integers(-5, 20).map(float), min_size=n, max_size=n))
    ids = [f"i{i}" for i in range(n)]
    limits = []
    for index in range(draw(st.integers(0, 4))):
        chosen = draw(st.lists(st.sampled_from(ids), unique=True, min_size=1, max_size=n))
        parts = {item: draw(st.integers(1, 9)) for item in chosen}
        low = draw(st.sampled_from([-math.inf, -math.inf, 1, 4]))
        high = draw(st.sampled_from([math.inf, 5, 9, 14]))
        limits.append(limit(f"l{index}", parts, low, high))
    return Problem(tuple(choice(i, w) for i, w in enumerate(worths)), tuple(limits))


def sets(problem):
    ids = [c.id for c in problem.choices]
    for size in range(len(ids) + 1):
        yield from map(frozenset, itertools.combinations(ids, size))


def best(problem):
    """The greatest value by trying every set; None where no set keeps the limits."""
    worth = {c.id: c.worth for c in problem.choices}
    values = [sum(worth[i] for i in s) for s in sets(problem) if not broken(problem.limits, s)]
    return max(values, default=None)


few = settings(max_examples=60, deadline=None, derandomize=True)


@few
@given(problems())
def test_no_set_is_better(problem):
    wanted = best(problem)
    if wanted is None:
        with pytest.raises(NoSet) as none:
            solve(problem, **EXACT)
        assert none.value.proven
        return
    found = solve(problem, **EXACT)
    assert found.value == pytest.approx(wanted)
    assert not broken(problem.limits, found.chosen)
    assert found.bound == pytest.approx(wanted)
    assert relaxed(problem) >= wanted - 1e-6


@few
@given(problems())
def test_the_price_of_a_limit_is_what_could_be_had_without_it(problem):
    if best(problem) is None:
        return
    solution = solve(problem, **EXACT)
    for price in prices(problem, solution, **EXACT):
        (dropped,) = (one for one in problem.limits if one.id == price.id)
        assert price.how == "chosen again"
        assert price.price == pytest.approx(best(problem.without(dropped)) - solution.value)


@few
@given(problems())
def test_of_limits_that_contradict_one_another_each_is_needed(problem):
    if best(problem) is not None:
        return
    found = conflict(problem)
    core = Problem(problem.choices, tuple(found))
    assert best(core) is None
    assert all(best(core.without(one)) is not None for one in found)


def test_sums_that_meet_a_budget_to_the_cent_fit():
    parts = {"i0": 10, "i1": 20}  # 0.1 + 0.2 is not 0.3 in binary fractions
    problem = Problem((choice(0, 1.0), choice(1, 1.0)), (limit("b", parts, high=30),))
    assert solve(problem, **EXACT).chosen == {"i0", "i1"}


def test_large_amounts_are_kept_to_the_cent():
    big = 900_000_000_00
    problem = Problem(
        (choice(0, 1.0), choice(1, 1.0)), (limit("b", {"i0": big, "i1": big}, high=2 * big - 1),)
    )
    assert len(solve(problem, **EXACT).chosen) == 1


def test_what_little_more_of_a_budget_would_bring():
    parts = {"i0": 1000, "i1": 1000}
    problem = Problem((choice(0, 30.0), choice(1, 20.0)), (limit("b", parts, high=1500, kind="budget"),))
    (price,) = prices(problem, solve(problem, **EXACT), **EXACT)
    assert (price.price, price.per_unit) == (20.0, pytest.approx(2.0))  # by a whole unit: 100 hundredths


def test_where_there_are_many_limits_prices_are_bounds():
    n = 300
    choices = tuple(choice(i, 1.0 + i % 7) for i in range(n))
    limits = tuple(limit(f"l{k}", {f"i{i}": 2 for i in range(k, n, 90)}, high=5) for k in range(90))
    problem = Problem(choices, limits)
    solution = solve(problem, **EXACT)
    found = list(prices(problem, solution, **EXACT))
    assert {price.how for price in found} == {"bound"}
    one = found[3]
    (dropped,) = (at for at in limits if at.id == one.id)
    assert one.price >= solve(problem.without(dropped), **EXACT).value - solution.value - 1e-9


def test_nothing_to_choose_from_is_no_failure():
    assert solve(Problem((), ()), **EXACT).chosen == frozenset()
    assert solve(Problem((choice(0, 1.0), choice(1, -1.0)), ()), **EXACT).chosen == {"i0"}


def test_after_few_steps_it_says_what_gap_is_left():
    import random

    chance = random.Random(3)
    n = 120
    choices = tuple(choice(i, 50 + chance.random() * 50) for i in range(n))
    limits = tuple(
        limit(f"l{k}", {f"i{i}": chance.randint(20, 100) for i in range(n)}, high=900) for k in range(8)
    )
    problem = Problem(choices, limits)
    early, late = (solve(problem, gap=0.0, nodes=nodes) for nodes in (1, 60))
    assert early.gap >= late.gap > 0
    assert early == solve(problem, gap=0.0, nodes=1)


def test_standard_output_is_for_results(capfd):
    from cxengine.planning.selection.quiet import quiet

    with quiet():
        os.write(1, b"a line of a library\n")
    os.write(1, b"a result\n")
    assert capfd.readouterr().out == "a result\n"
