"""What effects are worth in a world: `benefit`, reckoned for all rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import attrs
import numpy as np

from cxengine.planning.candidates import Candidate
from cxengine.planning.ranks.experience import Experience
from cxengine.planning.ranks.worlds import Quantity, Triple
from cxengine.project.model import Effect


def change_name(candidate: Candidate, effect: Effect) -> tuple[str, ...]:
    """The name of what is estimated of an effect."""
    index = candidate.initiative.effects.index(effect)
    return ("initiative", candidate.id, "effects", str(index))


def changes(candidate: Candidate, experience: Experience) -> Mapping[Effect, Triple]:
    """The change that each effect brings, in the metric's unit, as far as the metric's range allows."""
    found = {}
    for effect in candidate.initiative.effects:
        triple = experience.world.estimated(change_name(candidate, effect), effect.change)
        stick = experience.ground.yardsticks[effect.metric]
        baseline = experience.metric(effect.metric, "touchpoint", effect.touchpoint)
        if baseline is not None:
            triple = triple.map(partial(np.clip, a_min=stick.low - baseline, a_max=stick.high - baseline))
        found[effect] = triple
    return found


def impact(
    effects: Mapping[Effect, Triple], segments: Sequence[str] | None, experience: Experience
) -> Triple:
    """The impact of these changes in points; without segments, on those whom they reach."""
    places: dict[str, list[Triple]] = {}
    for effect, change in effects.items():
        places.setdefault(effect.touchpoint, []).append(_points(effect, change, segments, experience))
    total = Triple(0.0, 0.0, 0.0)
    for points in places.values():
        total = _added(total, _strongest(points))
    return total


def _points(effect: Effect, change: Triple, segments: Sequence[str] | None, experience: Experience) -> Triple:
    stick = experience.ground.yardsticks[effect.metric]
    if stick.width is None:
        return Triple(0.0, 0.0, 0.0)
    reach = 1.0 if segments is None else experience.reach(effect.touchpoint, segments)
    scale = 100 * experience.importance_share(effect.touchpoint) * reach / stick.width
    points = change.map(lambda value: stick.good * value * scale)
    if points.is_point:
        return points
    return Triple(*np.sort(np.stack(np.broadcast_arrays(*attrs.astuple(points))), axis=0))


def _strongest(points: Sequence[Triple]) -> Triple:
    """The strongest improvement and the strongest harm at one touchpoint."""

    def of(values: Sequence[Quantity]) -> Quantity:
        best = worst = 0.0
        for value in values:
            best, worst = np.maximum(best, value), np.minimum(worst, value)
        return best + worst

    if all(p.is_point for p in points):
        value = of([p.likely for p in points])
        return Triple(value, value, value)
    return Triple(of([p.low for p in points]), of([p.likely for p in points]), of([p.high for p in points]))


def _added(left: Triple, right: Triple) -> Triple:
    if right.is_point and not np.any(left.likely) and not np.any(left.low) and not np.any(left.high):
        return right
    if left.is_point and right.is_point:
        value = left.likely + right.likely
        return Triple(value, value, value)
    return Triple(left.low + right.low, left.likely + right.likely, left.high + right.high)
