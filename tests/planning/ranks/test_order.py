"""What is said of ranks is true of ranks, whatever the candidates are."""

from itertools import pairwise

import attrs
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cxengine.planning.ranks import order
from cxengine.planning.ranks.assess import assess
from cxengine.planning.ranks.order import Ranks
from cxengine.planning.ranks.scores import Scores
from cxengine.project.model import Effect, Estimate, InitiativeTable

from .shop import SOME, drawn, initiative

PLAIN = "impact.likely / effort.likely"
PLACES = [("search", "csat"), ("checkout", "csat"), ("checkout", "hard"), ("delivery", "csat")]
few = settings(max_examples=8, phases=(Phase.explicit, Phase.generate), deadline=None, derandomize=True)


def estimates(low, high):
    return st.lists(st.integers(low, high), min_size=3, max_size=3).map(lambda n: Estimate(*sorted(n)))


@st.composite
def initiatives(draw, first=0):
    places = draw(st.lists(st.sampled_from(PLACES), unique=True, min_size=1, max_size=2))
    return InitiativeTable(
        id=f"i{draw(st.integers(first, first + 99))}",
        name="Initiative",
        effects=tuple(Effect(touchpoint=t, metric=m, change=draw(estimates(-2, 2))) for t, m in places),
        effort=draw(estimates(1, 12)),
        complexity=draw(st.integers(1, 5)),
        segments=draw(st.sampled_from([(), ("new",)])),
    )


POOLS = st.lists(initiatives(), min_size=2, max_size=6, unique_by=lambda i: i.id)


def scores(**rows):
    score = np.array(list(rows.values()), float)
    return Scores(tuple(rows), score, np.zeros(score.shape, bool))


# --- properties of whole scenes ------------------------------------------------------------------------


@few
@given(POOLS, initiatives(first=100))
def test_one_more_candidate_reorders_no_others_in_any_draw(opened, pool, other):
    shop = opened()
    _, alone = drawn(shop.scene(*pool), 400)
    _, more = drawn(shop.scene(*pool, other), 400)
    kept = [more.ids.index(name) for name in alone.ids]
    assert np.array_equal(more.score[kept], alone.score, equal_nan=True)
    assert np.array_equal(order.matrix(more, alone.ids), order.matrix(alone, alone.ids))


@few
@given(POOLS, st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_the_unit_of_effort_and_of_score_changes_no_rank(opened, pool, unit):
    scaled = [
        attrs.evolve(i, effort=Estimate(*(unit * part for part in attrs.astuple(i.effort)))) for i in pool
    ]
    shop = opened(PLAIN, "")
    (_, one), (_, other) = drawn(shop.scene(*pool), 400), drawn(shop.scene(*scaled), 400)
    assert np.allclose(one.score, other.score * unit, equal_nan=True)
    assert np.allclose(order.matrix(one, one.ids), order.matrix(other, one.ids), atol=0.003)


@few
@given(POOLS)
def test_what_is_told_of_standings_holds_together(opened, pool):
    scene = opened().scene(*pool, draws=400)
    if not scene.order:
        return
    found = assess(scene)
    assert set(found.standings) == set(scene.order)
    for standing in found.standings.values():
        assert 1 <= standing.low <= standing.median <= standing.high <= len(pool)
        assert 0 <= standing.top <= 1
    assert sum(s.top for s in found.standings.values()) <= found.sureness.top + 1e-9
    assert [item for tier in found.tiers for item in tier.items] == list(scene.order)
    assert found.sureness.regret >= 0
    pairs = np.array(found.sureness.above)
    assert pairs + pairs.T == pytest.approx(np.ones(pairs.shape))


def test_the_same_thing_twice_is_a_tie(opened):
    twice = [initiative(name, ("checkout", "csat", (0.1, 0.3, 0.6))) for name in ("a-twin", "b-twin")]
    found = assess(opened(PLAIN, "").scene(*twice, *SOME[2:5]))
    assert found.sureness.above[0][1] == pytest.approx(0.5, abs=0.04)
    assert found.standings["a-twin"].tier == found.standings["b-twin"].tier
    certain = [attrs.evolve(i, effort=Estimate(3, 3, 3)) for i in twice]
    certain = [attrs.evolve(i, effects=SOME[0].effects[:1]) for i in certain]
    changes = [attrs.evolve(e, change=Estimate(0.3, 0.3, 0.3)) for e in SOME[0].effects]
    certain = [attrs.evolve(i, effects=tuple(changes)) for i in certain]
    _, exact = drawn(opened(PLAIN, "").scene(*certain))
    assert order.above(exact, "a-twin", "b-twin") == 0.5
    assert Ranks.of(exact).top(1) == pytest.approx([0.5, 0.5], abs=0.03)


def test_what_is_better_in_every_way_is_above_for_certain(opened):
    better = initiative("better", ("checkout", "csat", (0.4, 0.5, 0.6)), effort=(1, 2, 3))
    worse = initiative("worse", ("checkout", "csat", (0.1, 0.2, 0.3)), effort=(4, 5, 6))
    found = assess(opened(PLAIN, "").scene(worse, better))
    assert found.sureness.items == ("better", "worse")
    assert found.sureness.above == ((0.5, 1.0), (0.0, 0.5))
    assert [t.items for t in found.tiers] == [("better",), ("worse",)]
    standing = found.standings["better"]
    assert (standing.median, standing.low, standing.high, standing.top) == (1, 1, 1, 1.0)


def test_what_is_required_comes_first_and_what_is_left_out_last(opened):
    scene = opened().scene(*SOME)
    _, found = drawn(scene)
    first = np.argmax(found.keys, axis=0)
    easy = found.ids.index("easy")
    required = found.required[easy]
    assert 0 < required.mean() < 1
    assert (first[required] == easy).all()
    out = found.score == -np.inf
    assert 0 < out.mean() < 1
    assert (found.keys[out] == -np.inf).all()


# --- ranks, pairs and tiers ------------------------------------------------------------------------------


def test_ranks_are_counted_as_by_hand():
    found = scores(a=[3, 3, 1, 9], b=[2, 1, 2, 2], c=[1, 2, 3, -np.inf])
    ranks = Ranks.of(found)
    assert ranks.counts.tolist() == [[3, 0, 1], [0, 3, 1], [1, 1, 2]]
    assert ranks.top(2) == pytest.approx([0.75, 0.75, 0.5])
    assert ranks.within(0.5).tolist() == [1, 2, 2]
    assert order.above(found, "a", "b") == 0.75
    assert order.matrix(found, ("a", "b", "c")).tolist() == [
        [0.5, 0.75, 0.75],
        [0.25, 0.5, 0.5],
        [0.25, 0.5, 0.5],
    ]


def test_ties_are_put_in_an_order_by_chance_that_others_do_not_change():
    draws = 3000
    three = Ranks.of(scores(a=np.ones(draws), b=np.ones(draws), c=np.ones(draws)))
    assert three.counts / draws == pytest.approx(np.full((3, 3), 1 / 3), abs=0.04)
    two = Ranks.of(scores(a=np.ones(draws), b=np.ones(draws), z=np.zeros(draws)))
    assert two.counts[:2, :2] / draws == pytest.approx(np.full((2, 2), 0.5), abs=0.04)


def test_a_tier_ends_before_what_can_be_told_apart_from_any_in_it():
    # Every step is doubtful, the way from the first to the last is not.
    steps = np.array(
        [[0.5, 0.7, 0.75, 0.9], [0.3, 0.5, 0.7, 0.78], [0.25, 0.3, 0.5, 0.6], [0.1, 0.22, 0.4, 0.5]]
    )
    assert order.tiers(steps) == [[0, 1, 2], [3]]
    assert order.tiers(np.full((4, 4), 0.5)) == [[0, 1, 2, 3]]
    assert order.tiers(np.triu(np.ones((3, 3)), 1) + 0.5 * np.eye(3)) == [[0], [1], [2]]
    # Sure the other way round counts as well.
    assert order.tiers(np.array([[0.5, 0.1], [0.9, 0.5]])) == [[0], [1]]


@few
@given(st.integers(1, 12), st.integers(0, 10_000))
def test_no_two_of_a_tier_can_be_told_apart(items, seed):
    draws = np.random.default_rng(seed).normal(np.linspace(2, 0, items)[:, None], 1.0, (items, 300))
    pairs = order.matrix(
        scores(**{f"i{n}": row for n, row in enumerate(draws)}), [f"i{n}" for n in range(items)]
    )
    runs = order.tiers(pairs)
    assert [item for run in runs for item in run] == list(range(items))
    for run in runs:
        within = pairs[np.ix_(run, run)]
        assert (within < 0.8).all()
        assert (within > 0.2).all()
    for run, following in pairwise(runs):
        apart = np.maximum(pairs[following[0], run], 1 - pairs[following[0], run])
        assert apart.max() >= 0.8
