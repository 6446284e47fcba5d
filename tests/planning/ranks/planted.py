"""Worlds of which the truth is known: what is measured and estimated there differs from it as it says it does.

True values of a metric and of pains lie anywhere; samples of a declared precision are measured. Estimates say
low, likely and high, and the truth is drawn from the Beta-PERT distribution that they describe. Rules with
thresholds, one of them on the upper end of an interval, move scores; so does a formula.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from cxengine.metrics.measurement import ALL, Measurement
from cxengine.planning.ranks.assess import top
from cxengine.planning.ranks.order import Ranks
from cxengine.planning.ranks.scene import Scene
from cxengine.planning.ranks.scores import Scorer
from cxengine.planning.ranks.worlds import Drawn
from cxengine.project.model import Effect, Estimate, InitiativeTable, Touchpoint

from ..conftest import Evidence
from .shop import Shop

PLACES, ITEMS, DRAWS = 8, 40, 1000
RULES = """
[[rule]]
id = "below"
about = "touchpoint"
when = 'metrics.csat.high < 3.6'
derive = { below = 'true' }

[[rule]]
id = "hurts"
about = "touchpoint"
when = 'pain > 0.15'
derive = { hurts = 'true' }

[[rule]]
id = "waste"
about = "initiative"
when = 'impact.likely < 0.02'
exclude = true
because = "Too little."
"""
SCORE = """
impact.likely / (effort.likely + 0.5) * (touchpoints.exists(t, t.below) ? 1.5 : 1.0)
* (touchpoints.exists(t, t.hurts) ? 1.4 : 1.0)
"""


@attrs.frozen
class Said:
    """What was said of an initiative, and what is true of it."""

    top: float
    is_top: bool
    low: int
    high: int
    rank: int


def worlds(shop: Shop, count: int, seed: int) -> Iterator[list[Said]]:
    """What is said of the initiatives of so many worlds, beside the truth."""
    places = tuple(_place(n) for n in range(PLACES))
    project = attrs.evolve(shop.loaded.project, touchpoints=places)
    shop = attrs.evolve(shop, loaded=attrs.evolve(shop.loaded, project=project))
    for world in range(count):
        yield _world(shop, np.random.default_rng([seed, world]))


def _world(shop: Shop, random: np.random.Generator) -> list[Said]:
    truth, measured = _measured(random)
    estimated = [_initiative(n, random) for n in range(ITEMS)]
    true = [_true(one, random) for one in estimated]
    scene = shop.scene(*estimated, evidence=measured)
    k = top(scene)
    real = shop.scene(*true, evidence=truth)
    ranks = {name: place for place, name in enumerate(real.order, 1)}
    return [
        attrs.evolve(said, is_top=ranks.get(name, ITEMS) <= k, rank=ranks.get(name, ITEMS))
        for name, said in _said(scene, k).items()
    ]


def _said(scene: Scene, k: int) -> dict[str, Said]:
    scores = Scorer(scene, Drawn(DRAWS)).all()
    ranks = Ranks.of(scores)
    low, high = ranks.within(0.1), ranks.within(0.9)
    return {
        name: Said(float(chance), False, int(a), int(b), 0)
        for name, chance, a, b in zip(scores.ids, ranks.top(k), low, high, strict=True)
        if name in scene.order
    }


def _place(number: int) -> Touchpoint:
    return Touchpoint(id=f"t{number}", name=f"T{number}", stage="buy", importance=0.2 + 0.1 * number)


def _measured(random: np.random.Generator) -> tuple[Evidence, Evidence]:
    """What is so, with intervals as wide as measured ones, and what is measured of it."""
    true, seen = Evidence({}, {}), Evidence({}, {})
    for n in range(PLACES):
        error = random.uniform(0.05, 0.2)
        value = random.uniform(2.5, 4.5)
        luck = random.normal()
        for evidence, found in ((true, value), (seen, value + error * luck)):
            half = 1.96 * error
            evidence.values["csat", f"t{n}", ALL] = Measurement(found, found - half, found + half, 200, 200.0)
        # The same answers tell the pain, to 0.02 in 95% of samples: where they are too kind, it is too small.
        pain, reach = random.uniform(0.05, 0.3), random.uniform(0.3, 1.0)
        true.pains[f"t{n}", ALL] = (pain, reach, 400)
        seen.pains[f"t{n}", ALL] = (pain - 0.02 / 1.96 * luck, reach, 400)
    return true, seen


def _initiative(number: int, random: np.random.Generator) -> InitiativeTable:
    places = random.choice(PLACES, random.integers(1, 3), replace=False)
    return InitiativeTable(
        id=f"i{number:02}",
        name=f"I{number}",
        effort=_estimate(random, 0.5, 8.0),
        effects=tuple(
            Effect(touchpoint=f"t{p}", metric="csat", change=_estimate(random, 0.0, 0.6)) for p in places
        ),
    )


def _estimate(random: np.random.Generator, least: float, most: float) -> Estimate:
    return Estimate(*np.sort(random.uniform(least, most, 3)).tolist())


def _true(one: InitiativeTable, random: np.random.Generator) -> InitiativeTable:
    """The initiative as it turns out."""

    def drawn(estimate: Estimate) -> Estimate:
        width = estimate.high - estimate.low
        alpha = 1 + 4 * (estimate.likely - estimate.low) / width
        value = float(estimate.low + width * random.beta(alpha, 6 - alpha))
        return Estimate(value, value, value)

    effects = tuple(attrs.evolve(e, change=drawn(e.change)) for e in one.effects)
    return attrs.evolve(one, effort=drawn(one.effort), effects=effects)
