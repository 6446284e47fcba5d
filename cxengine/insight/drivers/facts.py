"""What rules learn from driver models: how important a touchpoint is, and what sort of driver it is."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.drivers.report import DriverResult, Drivers, ModelResult
    from cxengine.project.model import Project

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen
class Backing:
    """What a fact rests on."""

    model: ModelResult
    driver: DriverResult


def importances(project: Project, drivers: Drivers) -> Mapping[str, float]:
    """The importance of touchpoints by the model that `sets_importance`, where it has one; from 0 to 1.

    Parts of the variance keep their proportions. The most important touchpoint gets the largest importance
    that is declared among those of the model, so that touchpoints without a driver, which keep what is
    declared, stay comparable. Several drivers at a touchpoint add up.
    """
    parts, scale = _parts(project, drivers)
    return {touchpoint: scale * part for touchpoint, part in parts.items()} if scale else {}


def drawn_importances(project: Project, drivers: Drivers) -> Mapping[str, FloatArray]:
    """What the importances of those touchpoints might as well have been: one entry a resampling.

    On the scale of `importances`, which is taken as fixed; entry by entry, they belong together.
    """
    parts, scale = _parts(project, drivers)
    model = _setting(project, drivers)
    drawn = drivers.drawn.get(model.id) if model is not None else None
    if not scale or drawn is None:
        return {}
    here = np.array(drawn.touchpoints)
    return {touchpoint: scale * drawn.importances[:, here == touchpoint].sum(axis=1) for touchpoint in parts}


def _parts(project: Project, drivers: Drivers) -> tuple[Mapping[str, float], float]:
    """The parts of the variance by touchpoint, and what makes them importances; 0 where nothing does."""
    model = _setting(project, drivers)
    if model is None or model.refused is not None:
        return {}, 0.0
    declared = {str(t.id): float(t.importance) for t in project.touchpoints}
    parts = {
        touchpoint: fsum(d.importance.value for d in model.drivers if d.touchpoint == touchpoint)
        for touchpoint in dict.fromkeys(d.touchpoint for d in model.drivers)
        if touchpoint in declared
    }
    most = max(parts.values(), default=0.0)
    largest = max((declared[touchpoint] for touchpoint in parts), default=0.0)
    return parts, largest / most if most > 0 else 0.0


def roles(project: Project, drivers: Drivers) -> Mapping[str, str]:
    """The role of touchpoints whose drivers have one: that of the most important driver there.

    Told by the model that `sets_importance`, else by the first that has a driver there.
    """
    found: dict[str, DriverResult] = {}
    first = _setting(project, drivers)
    for model in ([first] if first else []) + list(drivers.models):
        for driver in model.drivers:
            if driver.role is not None:
                found.setdefault(driver.touchpoint, driver)
    return {touchpoint: driver.role.name for touchpoint, driver in found.items() if driver.role is not None}


def backing(project: Project, drivers: Drivers, touchpoint: str, fact: str) -> Backing | None:
    """The model and the driver that `importance` or `driver_role` of a touchpoint rests on; None for none."""
    first = _setting(project, drivers)
    models = [first] if first else []
    if fact == "driver_role":
        models += drivers.models
    elif touchpoint not in importances(project, drivers):
        return None
    for model in models:
        for driver in model.drivers:
            if driver.touchpoint == touchpoint and (fact == "importance" or driver.role is not None):
                return Backing(model, driver)
    return None


def _setting(project: Project, drivers: Drivers) -> ModelResult | None:
    """The model whose importances count."""
    chosen = {str(model.id) for model in project.driver_models if model.sets_importance}
    return next((model for model in drivers.models if model.id in chosen), None)
