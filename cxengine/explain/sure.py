"""How sure it is where an item stands: its rank in draws, what it cannot be told from, what would move it."""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.insight.finding import chance_of
from cxengine.planning.roadmap import Item, Roadmap

MOST = 3
"""As many changes, and as many things worth knowing, are told of an item."""


def standing(known: Known, item: Item) -> Iterator[Step]:
    """One step, if it was asked how sure the order is."""
    roadmap = known.result.roadmap
    place = item.standing
    if roadmap is None or roadmap.sureness is None or place is None:
        return
    ranks = f"rank {place.low}" if place.low == place.high else f"rank {place.low} to {place.high}"
    text = f"standing: {ranks} in 80% of {roadmap.sureness.draws} joint draws, median {place.median}"
    text += f"; among the first {roadmap.sureness.top} with {chance_of(place.top)}"
    following = roadmap.items[item.rank : item.rank + 1]
    if place.above_next is not None and following:
        text += f"; above {following[0].name} with {chance_of(place.above_next)}"
    yield Step("standing", text, None, tuple(_parts(roadmap, item)))


def _parts(roadmap: Roadmap, item: Item) -> Iterator[Step]:
    tier = next((tier for tier in roadmap.tiers if item.id in tier.items), None)
    if tier is not None and len(tier.items) > 1:
        yield Step("standing", tier.text)
    flips = [flip for flip in roadmap.flips if item.id in (flip.subject[0], flip.passes, flip.passed)]
    yield from (Step("standing", flip.text) for flip in flips[:MOST])
    worth = [one for one in roadmap.worth_knowing if one.subject[:1] == (item.id,)]
    yield from (Step("standing", one.text) for one in worth[:MOST])
