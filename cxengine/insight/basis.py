"""What feelings were computed from: kept with them, so that nothing has to be read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.insight.alike import NOBODY_TWICE, Alike, Cell, alike

if TYPE_CHECKING:
    from cxengine.insight.moments import Moments
    from cxengine.insight.repeated import Products
    from cxengine.insight.voices import Heard, Place


@attrs.frozen(eq=False)
class Basis:
    """Sums over answers and distinct responses, by touchpoint and segment, hidden cells too.

    Not to be shown: which of them may be told of, feelings say.
    """

    sums: Mapping[tuple[str, str], Moments]
    heard: Mapping[Place, Heard]
    products: Mapping[tuple[str, str], Products] = attrs.field(factory=dict)
    """Of the totals of customers; nothing where nobody answered more than once."""

    def alike(self, touchpoint: str, segment: str) -> Alike:
        """How the answers of customers go together in a cell."""
        if (touchpoint, segment) not in self.products:
            return NOBODY_TWICE
        return alike(self.cell(touchpoint, segment))

    def cell(self, touchpoint: str, segment: str) -> Cell:
        """All that is known of a cell of which products are."""
        place = (touchpoint, segment)
        return Cell.of(place, self.sums, self.heard, self.products[place])
