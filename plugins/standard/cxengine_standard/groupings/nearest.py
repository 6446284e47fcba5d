"""Groups by likeness: the area whose typical initiatives are nearest by facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Assignment, Grouping, GroupingItem

if TYPE_CHECKING:
    from cxengine import cel
    from cxengine.project.model import Area

SHOWN = 3
"""Facts that a reason names, the most alike first."""


class NearestGrouping(Grouping):
    """The declared area; else the one with the nearest prototype.

    The distance to a prototype is the mean over its facts (Gower, Biometrics 27, 1971): of numbers
    |a - b| / (|a| + |b|) (Lance, Williams, The Computer Journal 9, 1966), of lists of words one less the part
    that they have in common, of anything else 0 or 1. It depends on no other initiative. A fact that is not
    known is left out. The confidence of an area is its part in the inverse distances of all areas (Shepard,
    "A two-dimensional interpolation function for irregularly-spaced data", 1968).
    """

    name = "nearest"

    def group(
        self, items: Sequence[GroupingItem], areas: Sequence[Area], conditions: Mapping[str, cel.Program]
    ) -> Sequence[Assignment]:
        """One assignment an item, in order."""
        del conditions
        return [_assign(item, areas) for item in items]


@attrs.frozen
class _Likeness:
    """An area with its nearest prototype."""

    area: Area
    distance: float
    parts: Mapping[str, float]
    """Distance by fact, of those that are known."""


def _assign(item: GroupingItem, areas: Sequence[Area]) -> Assignment:
    if item.declared is not None:
        return Assignment(item.id, item.declared, "The initiative names its area.", 1.0)
    found = [like for area in areas if (like := _nearest(item, area)) is not None]
    if not found:
        return Assignment(item.id, None, "No area has a prototype of which anything is known here.")
    best = min(found, key=lambda like: like.distance)  # of equals the first, as written
    others = sorted((like for like in found if like is not best), key=lambda like: like.distance)
    alike = sorted(best.parts, key=lambda name: (best.parts[name], name))[:SHOWN]
    text = f'It is nearest to "{best.area.name}" (distance {best.distance:.2f}) by {", ".join(alike)}'
    text += f'; next is "{others[0].area.name}" ({others[0].distance:.2f}).' if others else "."
    return Assignment(item.id, best.area.id, text, _confidence(best, found))


def _nearest(item: GroupingItem, area: Area) -> _Likeness | None:
    """The prototype of an area that is nearest; None where nothing is known of any."""
    found = []
    for prototype in area.prototypes:
        known = {name: _fact(item.facts, name) for name in sorted(prototype)}
        parts = {n: _distance(value, prototype[n]) for n, value in known.items() if value is not None}
        if parts:
            found.append(_Likeness(area, fsum(parts.values()) / len(parts), parts))
    return min(found, key=lambda like: like.distance, default=None)


def _fact(facts: Mapping[str, Any], name: str) -> Any:
    """A fact by its dotted name, or one of the initiative itself; None where it is not known."""
    for start in (facts, facts.get("initiative", {})):
        value: Any = start
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping):
            value = value.get("likely")
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            value = None
        if value is not None:
            return value
    return None


def _distance(one: Any, other: Any) -> float:
    if isinstance(one, list) or isinstance(other, list):
        first, second = (set(side if isinstance(side, list) else [side]) for side in (one, other))
        return 1 - len(first & second) / len(first | second) if first | second else 0.0
    numbers = [side for side in (one, other) if isinstance(side, int | float) and not isinstance(side, bool)]
    if len(numbers) == 2:
        size = abs(one) + abs(other)
        return float(abs(one - other) / size) if size else 0.0
    return float(one != other)


def _confidence(best: _Likeness, found: Sequence[_Likeness]) -> float:
    if best.distance == 0:
        return 1 / sum(like.distance == 0 for like in found)
    return (1 / best.distance) / fsum(1 / like.distance for like in found)
