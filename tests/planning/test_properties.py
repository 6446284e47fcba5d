"""What holds of every plan, whatever the candidates are."""

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxengine.project.model import Effect, Estimate, InitiativeTable

PLACES = [("search", "csat"), ("checkout", "csat"), ("checkout", "hard"), ("delivery", "csat")]


def estimates(low, high):
    return st.lists(st.integers(low, high), min_size=3, max_size=3).map(lambda n: Estimate(*sorted(n)))


@st.composite
def initiatives(draw, first=0):
    places = draw(st.lists(st.sampled_from(PLACES), unique=True, min_size=1, max_size=3))
    return InitiativeTable(
        id=f"i{draw(st.integers(first, first + 99))}",
        name="Initiative",
        effects=tuple(Effect(touchpoint=t, metric=m, change=draw(estimates(-2, 2))) for t, m in places),
        effort=draw(estimates(1, 12)),
        complexity=draw(st.integers(1, 5)),
        duration=draw(st.none() | st.integers(1, 6)),
        team=draw(st.sampled_from([None, "web", "ops"])),
        segments=draw(st.sampled_from([(), ("new",)])),
    )


POOLS = st.lists(initiatives(), min_size=1, max_size=8, unique_by=lambda i: i.id)
few = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@few
@given(POOLS, initiatives(first=100), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_other_candidates(planned, pool, other, random):
    def of(*found):
        roadmap = planned(change=lambda p: attrs.evolve(p, initiatives=found)).roadmap
        return {i.id: (i.score, i.impact, i.quadrant) for i in roadmap.items}, [i.id for i in roadmap.items]

    alone, order = of(*pool)
    more, longer = of(*random.sample([*pool, other], len(pool) + 1))
    assert {i: more[i] for i in alone} == alone
    assert [i for i in longer if i != other.id] == order


@few
@given(POOLS)
def test_a_plan_keeps_its_promises(planned, pool):
    found = planned(change=lambda p: attrs.evolve(p, initiatives=tuple(pool))).roadmap
    assert [i.rank for i in found.items] == list(range(1, len(pool) + 1))
    assert [i.score for i in found.items] == sorted((i.score for i in found.items), reverse=True)
    for item in found.items:
        assert {r.kind for r in item.reasons} >= {"evidence", "author", "score", "group", "schedule"}
        assert item.impact.low <= item.impact.likely <= item.impact.high
        assert 0 <= item.quick_win_probability <= 1
        assert (item.horizon == "later") == (item.start is None) == (not item.phases)
        assert item.start is None or item.start <= item.end
        if item.phases:
            mean = (item.effort.low + 4 * item.effort.likely + item.effort.high) / 6
            assert sum(p.effort for p in item.phases) == pytest.approx(mean, abs=0.02)
            assert all(a.last_week <= b.last_week for a, b in zip(item.phases, item.phases[1:], strict=False))
    used = sum(map(sum, found.load.values()))
    assert used == pytest.approx(sum(p.effort for i in found.items for p in i.phases), abs=0.02 * len(pool))
    assert max(found.load["web"]) <= 2.0
    assert max(found.load["ops"]) <= 1.0
