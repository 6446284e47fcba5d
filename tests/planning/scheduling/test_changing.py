"""A timetable that is changed bit by bit is the one that comes of placing everything anew."""

from __future__ import annotations

import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cxengine.planning.scheduling.changing import Changing
from cxengine.planning.scheduling.generation import Tally, generate
from cxengine.planning.scheduling.objective import Prices
from cxengine.planning.scheduling.problem import instance

from .conftest import problems


def compatible(problem, keys):
    """Keys of about the same order in which nothing comes before what it requires."""
    for j in range(problem.size):  # an index that is lower than that of all that requires it
        keys[j] = max([keys[j], *(keys[p] for p in problem.before[j])])
    return keys


@settings(max_examples=150, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(problems(hard=True, most=14), st.randoms(use_true_random=False))
def test_changing_bit_by_bit_is_placing_everything_anew(problem, rng: random.Random):
    prepared = instance(problem)
    keys = compatible(prepared, [rng.random() * 10 for _ in range(prepared.size)])
    order = sorted(range(prepared.size), key=lambda j: keys[j])
    prices = Prices.of(prepared, 60)
    now = Changing(prepared, prices, order, tally=Tally())
    movable = [j for j in range(prepared.size) if prepared.fixed[j] is None]
    for _ in range(12 if movable else 0):
        wanted = list(now.keys)
        for j in rng.sample(movable, min(len(movable), rng.choice((1, 1, 2, 3)))):
            wanted[j] = float(rng.randrange(prepared.size))  # equal ones, too
        wanted = compatible(prepared, wanted)
        change = now.changed({j: wanted[j] for j in movable})
        anew = generate(prepared, sorted(range(prepared.size), key=lambda j: change.keys.get(j, now.keys[j])))
        assert change.cost == prices.cost(prepared, anew.done)
        if rng.random() < 0.7:
            now.accept(change)
            assert (now.laid, now.cost) == (anew, change.cost)
