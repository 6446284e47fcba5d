"""A change that is said to alter the first three does so when it is made, and a smaller one does not."""

import attrs
import pytest
from hypothesis import Phase, given, settings

from cxengine.planning.ranks.assess import assess
from cxengine.planning.ranks.flips import FIRST, Flips

from .shop import SOME, initiative
from .test_order import POOLS

few = settings(max_examples=6, phases=(Phase.explicit, Phase.generate), deadline=None, derandomize=True)


def found(scene):
    return {flip.subject: flip for flip in Flips(scene).found()}


def scaled(pool, flip, value):
    """The candidates with one estimate changed as the flip says."""
    factor = value / flip.now

    def changed(estimate):
        return attrs.evolve(estimate, **{k: factor * v for k, v in attrs.asdict(estimate).items()})

    def other(one):
        if one.id != flip.subject[0]:
            return one
        if flip.kind == "effort":
            return attrs.evolve(one, effort=changed(one.effort))
        effects = list(one.effects)
        index = int(flip.subject[2])
        effects[index] = attrs.evolve(effects[index], change=changed(effects[index].change))
        return attrs.evolve(one, effects=tuple(effects))

    return [other(one) for one in pool]


def changed_first(shop, pool, flip, value):
    """The first three when the change is made where its author would make it."""
    if flip.kind == "parameter":
        return shop.scene(*pool, params={flip.subject[1]: value}).order[:FIRST]
    if flip.kind in ("effort", "change"):
        return shop.scene(*scaled(pool, flip, value)).order[:FIRST]
    if flip.kind == "weight":
        return None
    key = "touchpoints" if flip.kind == "importance" else "segments"
    name = "importance" if flip.kind == "importance" else "value"
    project = shop.loaded.project
    tables = tuple(
        attrs.evolve(t, **{name: value}) if t.id == flip.subject[1] else t for t in getattr(project, key)
    )
    loaded = attrs.evolve(shop.loaded, project=attrs.evolve(project, **{key: tables}))
    return attrs.evolve(shop, loaded=loaded).scene(*pool).order[:FIRST]


def check(shop, pool):
    scene = shop.scene(*pool)
    kinds = set()
    for flip in Flips(scene).found():
        for value, flips in ((flip.at, True), (flip.least, False), (flip.most, False)):
            if value is not None:
                first = changed_first(shop, pool, flip, value)
                if first is not None:
                    kinds.add(flip.kind)
                    assert (first != scene.order[:FIRST]) == flips, (flip, value, first)
    return kinds


def test_changes_that_are_said_to_flip_do_when_they_are_made(opened):
    assert check(opened(), SOME) == {"importance", "segment value", "effort", "change"}
    toll = opened("impact.likely / (effort.likely + params.toll)", "")
    two = (("a", 0.4, 4), ("b", 0.64, 7))
    pair = [initiative(name, ("checkout", "csat", change), effort=effort) for name, change, effort in two]
    assert check(toll, pair) == {"parameter", "effort", "change"}


@few
@given(POOLS)
def test_so_they_do_whatever_the_candidates_are(opened, pool):
    check(opened(), pool)


def test_what_flips_is_found_where_it_is(opened):
    # 1.25 points a week each; b overtakes a where the toll on efforts of 4 and 8 weeks is right.
    a = initiative("a", ("checkout", "csat", 0.4), effort=4)
    b = initiative("b", ("checkout", "csat", 0.64), effort=7)
    flips = found(opened("impact.likely / (effort.likely + params.toll)", "").scene(a, b))
    toll = flips["params", "toll"]
    # 5 / (4 + t) = 8 / (7 + t) at t = 1.
    assert toll.now == 0.5
    assert (toll.least, toll.passes, toll.passed) == (None, "b", "a")
    assert toll.most == pytest.approx(1.0)
    assert 1.0 < toll.at <= 1.02
    assert toll.text == f'If toll were {toll.at:.6g} instead of 0.5, "B" would pass "A".'
    effort = flips["a", "effort"]
    # 5 / (e + 0.5) = 8 / 7.5
    assert effort.most == pytest.approx(4.1875)
    assert effort.text == 'If the effort of "A" were 4.2 instead of 4 person-weeks, "B" would pass "A".'


def test_a_weight_in_the_formula_and_a_threshold_in_a_rule_are_numbers_too(opened):
    rule = """
    [[rule]]
    id = "poor"
    about = "touchpoint"
    when = 'metrics.csat.value < 3.75'
    derive = { poor = 'true' }
    """
    score = "impact.likely * (touchpoints.exists(t, t.poor) ? 2.5 : 1.0)"
    a, b = initiative("a", ("checkout", "csat", 0.2)), initiative("b", ("search", "csat", 0.8))
    shop = opened(score, rule)
    flips = [f for f in Flips(shop.scene(a, b)).found() if f.kind == "weight"]
    weight, threshold = sorted(flips, key=lambda f: f.now)[-2:]
    # 2.5 points times the weight against 0.2 x 0.8 x 0.25 x 100 / 4 = 4 points.
    assert (weight.now, threshold.now) == (2.5, 3.75)
    assert weight.least == pytest.approx(1.6)
    assert "`2.5` of `touchpoints.exists(t, t.poor) ? 2.5 : 1.0` in the score" in weight.name
    # Just at what is measured, "less than" holds no longer.
    assert threshold.at == 3.7
    assert threshold.name == '`3.75` of `metrics.csat.value < 3.75` in rule "poor"'
    assert opened(score, rule.replace("3.75", "3.7")).scene(a, b).order == ("b", "a")
    assert opened(score, rule.replace("3.75", "3.7001")).scene(a, b).order == ("a", "b")


def test_what_changes_nothing_says_so(opened):
    certain = [initiative("big", ("checkout", "csat", 0.9)), initiative("small", ("delivery", "csat", 0.01))]
    scene = opened("impact.likely - 0.001 * params.toll", "").scene(*certain)
    toll = found(scene)["params", "toll"]
    assert (toll.at, toll.least, toll.most) == (None, None, None)
    assert toll.text == "No value of toll that was tried changes the first 3; it is 0.5."


def test_one_candidate_has_nothing_to_flip(opened):
    assert Flips(opened().scene(SOME[0])).found() == ()
    assert assess(opened().scene(SOME[0])).flips == ()
