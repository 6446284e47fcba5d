"""Every draw is what the plan would have said, had the world been like that."""

import attrs
import numpy as np
import pytest

from cxengine.metrics.measurement import ALL, Measurement
from cxengine.planning.ranks.impacts import change_name
from cxengine.planning.ranks.prospect import effort_name
from cxengine.planning.ranks.scores import Scorer
from cxengine.planning.ranks.streams import pert
from cxengine.planning.ranks.worlds import World
from cxengine.project.model import Estimate

from .shop import SOME, drawn

DRAWS = 1000


def by_score(scene):
    return {ranked.appraisal.id: ranked.score for ranked in scene.ranking.ranked}


def test_with_everything_as_it_is_the_columns_are_the_declared_scores(opened):
    scene = opened().scene(*SOME)
    scores = Scorer(scene, World()).all()
    declared = by_score(scene)
    assert 0 < len(declared) < len(SOME)
    for name, score in zip(scores.ids, scores.score[:, 0], strict=True):
        assert score == -np.inf if name not in declared else score == pytest.approx(declared[name], rel=1e-9)
    required = [a.id for a in scene.appraisals if a.required]
    assert [name for name, is_ in zip(scores.ids, scores.required[:, 0], strict=True) if is_] == required


def moved(evidence, scorer, row):
    """What would have been measured in a draw."""
    known = scorer.experience
    values = {}
    for (metric, touchpoint, segment), was in evidence.values.items():
        now = float(known.metric(metric, "touchpoint", touchpoint)[row])
        ends = (min(max(end + now - was.value, 1.0), 5.0) for end in (was.low, was.high))
        values[metric, touchpoint, segment] = Measurement(now, *ends, was.n, was.n_eff)
    pains = dict(evidence.pains)
    for (touchpoint, segment), (_, reach, n) in evidence.pains.items():
        if segment == ALL:
            pains[touchpoint, segment] = (float(known.feeling("pain", touchpoint)[row]), reach, n)
    return attrs.evolve(evidence, values=values, pains=pains)


def certain(candidate, row):
    """The initiative with its estimates as they were drawn."""

    def value(name, estimate):
        at = float(pert(name, estimate, DRAWS)[row])
        return Estimate(at, at, at)

    initiative = candidate.initiative
    effects = (attrs.evolve(e, change=value(change_name(candidate, e), e.change)) for e in initiative.effects)
    effort = value(effort_name(candidate), initiative.effort)
    return attrs.evolve(initiative, effort=effort, effects=tuple(effects))


def test_a_draw_is_what_the_plan_would_be_if_the_world_were_so(opened):
    shop = opened()
    scene = shop.scene(*SOME)
    scorer, scores = drawn(scene, DRAWS)
    fired = []
    for row in range(0, DRAWS, 53):
        world = moved(shop.evidence, scorer, row)
        again = shop.scene(*(certain(a.candidate, row) for a in scene.appraisals), evidence=world)
        declared = by_score(again)
        column = dict(zip(scores.ids, scores.score[:, row].tolist(), strict=True))
        assert {name for name, score in column.items() if score > -np.inf} == set(declared)
        assert {name: column[name] for name in declared} == pytest.approx(declared, rel=1e-9)
        order = sorted(declared, key=lambda n: -scores.keys[scores.ids.index(n), row])
        assert order == list(again.order)
        fired.append({(rule, place) for place, c in subjects(again) for rule in {f.rule for f in c.firings}})
    # Rules fire in some draws and not in others: else this would show little.
    sometimes = set.union(*fired) - set.intersection(*fired)
    assert {rule for rule, _ in sometimes} >= {"hurts", "hard", "trouble", "pressing", "waste", "deep"}


def subjects(scene):
    yield "shop", scene.whole
    yield from scene.touchpoints.items()
    yield from ((a.id, a.conclusion) for a in scene.appraisals)


def test_what_is_measured_is_one_draw_for_all_that_it_touches(opened):
    scene = opened().scene(*SOME)
    scorer, _ = drawn(scene)
    csat, hard = (scorer.experience.metric(m, "touchpoint", "checkout") for m in ("csat", "hard"))
    pain = scorer.experience.feeling("pain", "checkout")
    search = scorer.experience.metric("csat", "touchpoint", "search")
    assert np.corrcoef(csat, hard)[0, 1] == pytest.approx(0, abs=0.05)  # another signal
    assert np.corrcoef(csat, search)[0, 1] == pytest.approx(0, abs=0.05)  # other answers
    assert np.quantile(csat, [0.025, 0.5, 0.975]) == pytest.approx([3.6, 3.7, 3.8], abs=1e-3)
    assert np.quantile(pain, [0.025, 0.5, 0.975]) == pytest.approx([0.18, 0.2, 0.22], abs=1e-3)
    assert scorer.experience.metric("csat", "touchpoint", "checkout") is csat
