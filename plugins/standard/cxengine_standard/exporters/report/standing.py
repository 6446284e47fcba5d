"""How sure the ranks are: rank intervals, the probability of being among the first, and tiers of ties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.report.geometry import Scale

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item
    from cxengine.planning.standing import Tier

LISTED = 5
"""So many things worth knowing, and so many changes that would alter the first items, are told."""


@attrs.frozen
class Row:
    """A line of the ranking; `tier` is its head where one begins, pixels are of a small chart."""

    item: Item
    tier: str = ""
    interval: str = ""
    reach: tuple[float, float] = (0.0, 0.0)
    at: float = 0.0
    top: str = ""


@attrs.frozen
class Standing:
    """The ranking with what is known of its certainty."""

    rows: tuple[Row, ...]
    known: bool
    top: int
    told: str = ""
    """How sure the order is as a whole."""
    worth_knowing: tuple[str, ...] = ()
    flips: tuple[str, ...] = ()
    by_item: Mapping[str, str] = {}

    def of(self, item: Item) -> str:
        """The ranks that are possible for an item; empty where they are not known."""
        return self.by_item.get(item.id, "")


def standing(result: Result, say: Language = ENGLISH) -> Standing:
    """The ranking of a run; rows are empty where it plans nothing."""
    roadmap = result.roadmap
    if roadmap is None or roadmap.sureness is None:
        return Standing(tuple(Row(item) for item in roadmap.items) if roadmap else (), known=False, top=3)
    heads = {tier.items[0]: _head(tier, say) for tier in roadmap.tiers if tier.items}
    across = Scale(1, max(len(roadmap.items), 2), 4, 60)
    rows = tuple(_row(item, heads.get(item.id, ""), across, say) for item in roadmap.items)
    return Standing(
        rows=rows,
        known=True,
        top=roadmap.sureness.top,
        told=roadmap.sureness.text,
        worth_knowing=tuple(one.text for one in roadmap.worth_knowing[:LISTED]),
        flips=tuple(one.text for one in roadmap.flips if one.at is not None)[:LISTED],
        by_item={row.item.id: _told(row, roadmap.sureness.top, say) for row in rows if row.interval},
    )


def _head(tier: Tier, say: Language) -> str:
    """Which tier it is, and whether it is a tie."""
    if len(tier.items) == 1:
        return say.text("Tier %(number)s", number=tier.number)
    return say.text("Tier %(number)s: a tie of %(n)s", number=tier.number, n=len(tier.items))


def _row(item: Item, tier: str, across: Scale, say: Language) -> Row:
    place = item.standing
    if place is None:
        return Row(item, tier)
    return Row(
        item,
        tier=tier,
        interval=str(place.low) if place.low == place.high else f"{place.low}\N{EN DASH}{place.high}",
        reach=(across(place.low) - 2, across(place.high) + 2),
        at=across.clamp(place.median),
        top=say.chance(place.top),
    )


def _told(row: Row, top: int, say: Language) -> str:
    return say.text(
        "(%(ranks)s in 80%% of draws; in the top %(top)s: %(share)s)",
        ranks=row.interval,
        top=top,
        share=row.top,
    )
