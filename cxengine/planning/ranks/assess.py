"""How sure a roadmap's order is: adds it to the roadmap, readable top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from cxengine.planning.ranks import order
from cxengine.planning.ranks.choice import Choice
from cxengine.planning.ranks.flips import Flips
from cxengine.planning.ranks.knowing import Knowing
from cxengine.planning.ranks.order import Ranks
from cxengine.planning.ranks.scene import Scene, quoted
from cxengine.planning.ranks.scores import Scorer, Scores
from cxengine.planning.ranks.worlds import Drawn
from cxengine.planning.roadmap import Roadmap
from cxengine.planning.standing import Flip, Standing, Sureness, Tier, WorthKnowing

TOP = 10
TIERED = 100
"""As many items, from the first on, are sorted into tiers."""
PAIRS = 20
"""As many items, from the first on, are compared pair by pair in the roadmap."""


@attrs.frozen
class Assessment:
    """How sure an order is: of every item by its id, and as a whole."""

    standings: Mapping[str, Standing]
    sureness: Sureness
    tiers: tuple[Tier, ...]
    worth_knowing: tuple[WorthKnowing, ...]
    flips: tuple[Flip, ...]


def assessed(roadmap: Roadmap, scene: Scene) -> Roadmap:
    """The roadmap with the standing of its items, its tiers, what is worth knowing, what would flip it.

    The order itself stays as it is: it follows the declared formula.
    """
    if not roadmap.items:
        return roadmap
    found = assess(scene.within([item.id for item in roadmap.items]))
    return attrs.evolve(
        roadmap,
        items=tuple(attrs.evolve(item, standing=found.standings[item.id]) for item in roadmap.items),
        sureness=found.sureness,
        tiers=found.tiers,
        worth_knowing=found.worth_knowing,
        flips=found.flips,
    )


def assess(scene: Scene) -> Assessment:
    """How sure the order of a scene is, in which something is ranked."""
    world = Drawn(scene.settings.draws)
    scorer = Scorer(scene, world)
    scores = scorer.all()
    k = top(scene)
    choice = Choice.of(scores, scene.order, [a.id for a in scene.appraisals if a.required], k)
    pairs = order.matrix(scores, scene.order[:TIERED])
    grouped = _tiers(scene, order.tiers(pairs))
    return Assessment(
        standings=_standings(scene, scores, pairs, grouped, k),
        sureness=_sureness(scene, choice, pairs, world.rows),
        tiers=grouped,
        worth_knowing=Knowing(scorer, world, choice).worth(),
        flips=Flips(scene).found(),
    )


def top(scene: Scene) -> int:
    """How many items count as the first."""
    asked = scene.settings.top
    return asked if asked is not None else min(TOP, max(len(scene.order) // 2, 1))


def _standings(
    scene: Scene, scores: Scores, pairs: order.FloatArray, grouped: Sequence[Tier], k: int
) -> Mapping[str, Standing]:
    ranks = Ranks.of(scores)
    middle, (low, high) = ranks.within(0.5), (ranks.within(part) for part in order.WITHIN)
    first = ranks.top(k)
    place = {name: row for row, name in enumerate(scores.ids)}
    tier = {item: one.number for one in grouped for item in one.items}
    found = {}
    for position, name in enumerate(scene.order):
        row, after = place[name], position + 1
        above_next = None
        if after < len(pairs):
            above_next = float(pairs[position, after])
        elif after < len(scene.order):
            above_next = order.above(scores, name, scene.order[after])
        found[name] = Standing(
            median=int(middle[row]),
            low=int(low[row]),
            high=int(high[row]),
            top=float(first[row]),
            above_next=above_next,
            tier=tier.get(name),
        )
    return found


def _tiers(scene: Scene, runs: Sequence[Sequence[int]]) -> tuple[Tier, ...]:
    names = {a.id: a.candidate.initiative.name for a in scene.appraisals}
    found = []
    for number, run in enumerate(runs, 1):
        items = tuple(scene.order[i] for i in run)
        if len(items) == 1:
            text = f"{quoted(names[items[0]])} stands by itself."
        else:
            listed = f"{', '.join(quoted(names[i]) for i in items[:-1])} and {quoted(names[items[-1]])}"
            count = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(len(items), str(len(items)))
            text = f"These {count} cannot be told apart: {listed}."
        found.append(Tier(number, items, text))
    return tuple(found)


def _sureness(scene: Scene, choice: Choice, pairs: order.FloatArray, draws: int) -> Sureness:
    shown = pairs[:PAIRS, :PAIRS]
    regret = choice.regret.value
    part = f", {regret / choice.expected:.1%} of what they are worth" if choice.expected > 0 else ""
    first = "first of this order falls" if choice.k == 1 else f"first {choice.k} of this order fall"
    text = (
        f"In {draws} joint draws of all that is measured or estimated, the {first} short of the best that"
        f" could have been chosen by {regret:.3g} points on average{part}."
    )
    return Sureness(
        draws=draws,
        top=choice.k,
        items=scene.order[:PAIRS],
        above=tuple(tuple(map(float, row)) for row in shown),
        expected=choice.expected,
        regret=regret,
        text=text,
    )
