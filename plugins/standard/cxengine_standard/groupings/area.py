"""Groups by the conditions that the areas declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cxengine.cel import CelError
from cxengine.plugin import Assignment, Grouping, GroupingItem

if TYPE_CHECKING:
    from cxengine import cel
    from cxengine.project.model import Area


class AreaGrouping(Grouping):
    """The declared area; else the first, as written, whose condition holds; else the one without a condition.

    A condition that cannot be decided, because a fact it reads is not known, does not hold.
    """

    name = "area"

    def group(
        self, items: Sequence[GroupingItem], areas: Sequence[Area], conditions: Mapping[str, cel.Program]
    ) -> Sequence[Assignment]:
        """One assignment an item, in order."""
        return [_assign(item, areas, conditions) for item in items]


def _assign(item: GroupingItem, areas: Sequence[Area], conditions: Mapping[str, cel.Program]) -> Assignment:
    if item.declared is not None:
        return Assignment(item.id, item.declared, "The initiative names its area.")
    undecided = []
    for area in areas:
        if area.when is None:
            continue
        try:
            holds = conditions[area.id](item.facts)
        except CelError:
            undecided.append(area.name)
            continue
        if holds:
            return Assignment(item.id, area.id, f'"{area.name}" takes what meets {area.when}.')
    rest = next((area for area in areas if area.when is None), None)
    unknown = f" (not known: {', '.join(undecided)})" if undecided else ""
    if rest is None:
        return Assignment(item.id, None, f"No area's condition holds{unknown}.")
    return Assignment(item.id, rest.id, f'"{rest.name}" takes what no other area does{unknown}.')
