"""What changes do to the outcome of a driver model in a world: `outcomes`, reckoned for all rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cxengine.planning.outcomes import best_backed, driver_of
from cxengine.planning.ranks.experience import Experience
from cxengine.planning.ranks.worlds import Measured, Triple
from cxengine.project.model import Effect

if TYPE_CHECKING:
    from cxengine.insight.drivers.report import DriverResult, ModelResult


def outcome(
    model: ModelResult, changes: Mapping[Effect, Triple], segments: Sequence[str], experience: Experience
) -> Triple:
    """The change of the outcome, in its own units; of several effects on one driver the strongest counts."""
    moved: dict[str, list[Triple]] = {}
    for effect, change in changes.items():
        driver = driver_of(experience.project, model, effect, experience.ground)
        if driver is not None:
            everybody = experience.reach(effect.touchpoint)
            share = experience.reach(effect.touchpoint, segments) / np.where(everybody > 0, everybody, 1.0)
            moved.setdefault(driver.id, []).append(
                _by(model, driver, change.map(partial(np.multiply, share)), experience)
            )
    strongest = [_strongest(found) for found in moved.values()]
    if not strongest:
        return Triple(0.0, 0.0, 0.0)
    low, likely, high = (sum(getattr(t, part) for t in strongest) for part in ("low", "likely", "high"))
    return Triple(low, likely, high)


def _by(model: ModelResult, driver: DriverResult, change: Triple, experience: Experience) -> Triple:
    """The change times the effect of the driver: in a draw one value, else from the least to the greatest."""
    edge = best_backed(model, driver).effect
    known = Measured(("edge", driver.id, model.id), edge.value, edge.low, edge.high, 0)
    effect = experience.world.measured(known)
    likely = change.likely * effect
    if experience.world.draws:
        return Triple(likely, likely, likely)
    ends = [moved * by for moved, by in product((change.low, change.high), (edge.low, edge.high))]
    return Triple(_all(np.minimum, [*ends, likely]), likely, _all(np.maximum, [*ends, likely]))


def _strongest(found: Sequence[Triple]) -> Triple:
    """The one whose likely change is the greatest, row by row."""
    best = found[0]
    for other in found[1:]:
        more = np.abs(other.likely) > np.abs(best.likely)
        parts = ((getattr(other, part), getattr(best, part)) for part in ("low", "likely", "high"))
        best = Triple(*(np.where(more, new, old)[()] for new, old in parts))
    return best


def _all(function: Any, values: Sequence[Any]) -> Any:
    found = values[0]
    for value in values[1:]:
        found = function(found, value)
    return found
