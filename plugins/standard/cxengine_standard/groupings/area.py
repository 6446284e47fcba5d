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

    A condition that cannot be decided, because a fact it reads is not known, does not hold. The confidence is
    one divided by the number of areas that would take the initiative: those whose condition holds, and those
    before them (before the rest: all) whose condition cannot be decided.
    """

    name = "area"

    def group(
        self, items: Sequence[GroupingItem], areas: Sequence[Area], conditions: Mapping[str, cel.Program]
    ) -> Sequence[Assignment]:
        """One assignment an item, in order."""
        return [_assign(item, areas, conditions) for item in items]


def _assign(item: GroupingItem, areas: Sequence[Area], conditions: Mapping[str, cel.Program]) -> Assignment:
    if item.declared is not None:
        return Assignment(item.id, item.declared, "The initiative names its area.", 1.0)
    holding, undecided = _asked(item, areas, conditions)
    unknown = f" (not known: {', '.join(area.name for area in undecided)})" if undecided else ""
    if holding:
        first, *others = holding
        also = f" So would {_listed(others)}, asked later." if others else ""
        earlier = [area for area in undecided if areas.index(area) < areas.index(first)]
        text = f'"{first.name}" takes what meets {first.when}.{also}'
        return Assignment(item.id, first.id, text, 1 / (len(holding) + len(earlier)))
    rest = next((area for area in areas if area.when is None), None)
    if rest is None:
        return Assignment(item.id, None, f"No area's condition holds{unknown}.", 1 / (1 + len(undecided)))
    text = f'"{rest.name}" takes what no other area does{unknown}.'
    return Assignment(item.id, rest.id, text, 1 / (1 + len(undecided)))


def _asked(
    item: GroupingItem, areas: Sequence[Area], conditions: Mapping[str, cel.Program]
) -> tuple[list[Area], list[Area]]:
    """The areas whose condition holds, and those whose condition cannot be decided."""
    holding, undecided = [], []
    for area in areas:
        if area.when is None:
            continue
        try:
            holds = conditions[area.id](item.facts)
        except CelError:
            undecided.append(area)
            continue
        if holds:
            holding.append(area)
    return holding, undecided


def _listed(areas: Sequence[Area]) -> str:
    return " and ".join(f'"{area.name}"' for area in areas)
