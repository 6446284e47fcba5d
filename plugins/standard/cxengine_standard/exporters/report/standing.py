"""How sure the ranks are: rank intervals, the probability of being among the first, and tiers of ties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item


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

    def of(self, item: Item) -> str:
        """The ranks that are possible for an item; empty where they are not known."""
        del item
        return ""


def standing(result: Result, say: Language = ENGLISH) -> Standing:
    """The ranking of a run; rows are empty where it plans nothing."""
    del say
    items = result.roadmap.items if result.roadmap else ()
    return Standing(tuple(Row(item) for item in items), known=False, top=3)
