"""Every method of scoring, and every fact that methods read, has the same meaning in columns."""

from types import SimpleNamespace

import attrs
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cxengine.planning.outcomes import outcomes
from cxengine.planning.ranks.experience import Experience
from cxengine.planning.ranks.flips import Flips
from cxengine.planning.ranks.impacts import changes
from cxengine.planning.ranks.matters import Matters
from cxengine.planning.ranks.numbers import decided
from cxengine.planning.ranks.outcome import outcome
from cxengine.planning.ranks.scores import Scorer
from cxengine.planning.ranks.worlds import Drawn, World
from cxengine.project.model import Estimate

from ..conftest import measured
from ..test_outcomes import CSAT, PROJECT, T2B, effect, ground, model
from ..test_scoring import METHODS, initiatives, scoring
from .shop import drawn, initiative

few = settings(max_examples=2, phases=(Phase.explicit, Phase.generate), deadline=None, derandomize=True)
__all__ = ["CSAT", "T2B", "ground"]


@pytest.mark.parametrize("method", METHODS)
@few
@given(st.data())
def test_with_everything_as_it_is_columns_give_the_score_of_the_method(opened, method, data):
    toml, inputs = scoring(method)
    shop = opened(None, toml)
    pool = data.draw(st.lists(initiatives(inputs), min_size=2, max_size=5, unique_by=lambda i: i.id))
    scene = shop.scene(*pool)
    declared = {ranked.appraisal.id: ranked.score for ranked in scene.ranking.ranked}
    now = Scorer(scene, World()).all()
    for name, score in zip(now.ids, now.score[:, 0].tolist(), strict=True):
        assert score == pytest.approx(declared.get(name, -np.inf), rel=1e-9, abs=1e-12)
    _, found = drawn(scene, 200)
    assert np.isfinite(found.score[[name in declared for name in found.ids]]).any() or not declared


def column(found, one, world):
    candidate = SimpleNamespace(id="x", initiative=SimpleNamespace(effects=(one,)))
    experience = Experience(PROJECT, found, world)
    return outcome(found.insight.drivers.models[0], changes(candidate, experience), (), experience)


@pytest.mark.parametrize("change", [(0.1, 0.2, 0.4), (-0.3, 0.1, 9.0), (-2.0, -1.0, 0.0)])
def test_outcomes_are_moved_as_in_the_plan(ground, change):
    found, one = ground(model()), effect(*change)
    told = column(found, one, World())
    assert attrs.astuple(told) == pytest.approx(attrs.astuple(outcomes(PROJECT, (one,), (), found)["keeps"]))


def test_the_effect_of_a_driver_is_drawn_too(ground):
    told = column(ground(model()), effect(0.2, 0.2, 0.2), Drawn(4000))
    assert np.quantile(told.likely, [0.025, 0.5, 0.975]) == pytest.approx([0.2, 0.4, 0.6], abs=0.002)


def test_what_segments_say_is_drawn_for_the_candidates_that_serve_them(opened):
    rule = """
    [[rule]]
    id = "left"
    about = "initiative"
    when = 'cells.exists(c, c.segment == "new" && c.metrics.csat.high < params.floor)'
    derive = { left = 'true' }
    """
    shop = opened("impact.likely * (left ? 2.0 : 1.0) * (1.0 + feelings.pain)", rule)
    values = {**shop.evidence.values, ("csat", "checkout", "new"): measured(3.74)}
    fresh = initiative("fresh", ("checkout", "csat", 0.2), segments=("new",))
    everybody = initiative("everybody", ("checkout", "csat", 0.2))
    scene = shop.scene(fresh, everybody, evidence=attrs.evolve(shop.evidence, values=values))
    scorer, found = drawn(scene)
    high = 3.84 + scorer.experience.metric("csat", "touchpoint", "checkout", "new") - 3.74
    pain = scorer.experience.feeling("pain", "checkout", "new")
    impact = 100 * 0.5 * (0.9 * 0.4) * 0.2 / 4
    expected = impact * np.where(high < 3.85, 2.0, 1.0) * (1 + pain)
    assert found.score[found.ids.index("fresh")] == pytest.approx(expected)
    assert 0.5 < np.mean(high < 3.85) < 0.7
    pain = scorer.experience.feeling("pain", "checkout")
    assert found.score[found.ids.index("everybody")] == pytest.approx(impact / 0.36 * (1 + pain))


def test_weights_of_a_method_can_be_others_and_its_own_numbers_cannot(opened):
    criteria = """
    { name = "gain", value = "impact.likely", worst = 0, best = 10, weight = 2 },
    { name = "ease", value = "effort.likely", worst = 10, best = 0, weight = 1.5 },
    """
    shop = opened(None, f'[scoring]\nuse = "weighted_sum"\noptions = {{ criteria = [{criteria}] }}\n')
    gain = attrs.evolve(initiative("gain", ("checkout", "csat", 0.8)), effort=Estimate(9, 9, 9))
    ease = attrs.evolve(initiative("ease", ("search", "csat", 0.1)), effort=Estimate(1, 1, 1))
    scene = shop.scene(gain, ease)
    weights = {f.name: f for f in Flips(scene).found() if f.kind == "weight"}
    assert {f.now for f in weights.values()} == {2.0, 1.5}
    scores = {r.appraisal.id: r for r in scene.ranking.ranked}
    points = {i: scores[i].appraisal.benefit.impact.likely / 10 for i in scores}
    # The order turns where weight x (difference of gains) is 1.5 x (0.9 - 0.1).
    turns = 1.5 * 0.8 / (points["gain"] - points["ease"])
    flip = weights["the weight of gain"]
    assert (flip.most if turns > 2 else flip.least) == pytest.approx(turns, rel=0.01)


def test_a_weight_is_one_number_however_often_the_formula_names_it(opened):
    options = "{ week_cost = 1, customer_point = 5, emphasis = { pain = 2.5 } }"
    shop = opened(None, f'[scoring]\nuse = "benefit"\noptions = {options}\n')
    scene = shop.scene(initiative("a", ("checkout", "csat", 0.2)), initiative("b", ("search", "csat", 0.8)))
    numbers = [n for n in decided(scene, Matters.of(scene.ruleset)).numbers if n.kind == "weight"]
    names = [n.name for n in numbers]
    assert len(set(names)) == len(names)
    assert "the weight of pain" in names
