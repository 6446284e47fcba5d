"""What is said of the future of items and milestones, where it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item


@attrs.frozen
class Outlook:
    """Forecasts in words."""

    milestones: Mapping[str, str]
    """How probably a milestone is reached by its date, by id."""

    def of(self, item: Item) -> Sequence[tuple[str, Sequence[str]]]:
        """What is said of an item: heads, each with its lines."""
        del item
        return ()


def outlook(result: Result, say: Language = ENGLISH) -> Outlook:
    """The outlook of a run."""
    del result, say
    return Outlook({})
