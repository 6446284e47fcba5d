"""What expected changes do to outcomes: each moves an outcome by the effect of its driver, and by no more.

An effect at a touchpoint is a driver's where a driver model has measured that signal there, and where the
metric is in the units of the signal, such as a mean: a share of the best two answers says nothing about
points. The change is bounded by the metric's range, counts for the customers that the initiative serves,
and is multiplied by the points of the outcome for one more point of the driver, as the best backed source
has it. The interval covers both: from the least of the change times the least of the effect to the greatest
of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import fsum

import attrs

from cxengine.insight.drivers.report import DriverResult, Edge, ModelResult
from cxengine.planning.benefit import Ground, possible
from cxengine.project.model import Effect, Estimate, Project

_BACKING = ("assumed", "correlational", "experimental")


def outcomes(
    project: Project, effects: Sequence[Effect], segments: Sequence[str], ground: Ground
) -> Mapping[str, Estimate]:
    """The change of every outcome that a driver model has measured; 0 where no effect leads to it."""
    return {
        model.id: _moved(project, model, effects, segments, ground)
        for model in ground.insight.drivers.models
        if model.refused is None
    }


def counted(project: Project, effect: Effect, ground: Ground, linked: Sequence[str]) -> bool:
    """Whether the outcome of one of these models counts the effect."""
    models = (m for m in ground.insight.drivers.models if m.id in linked and m.refused is None)
    return any(driver_of(project, model, effect, ground) is not None for model in models)


def moves(
    project: Project, model: ModelResult, effects: Sequence[Effect], segments: Sequence[str], ground: Ground
) -> Iterator[tuple[Effect, Edge, Estimate]]:
    """The effects that move an outcome, each with its driver's effect and with what it moves the outcome by.

    Of several effects on one driver the strongest counts: they are one experience.
    """
    moved: dict[str, tuple[Effect, Edge, Estimate]] = {}
    for effect in effects:
        driver = driver_of(project, model, effect, ground)
        if driver is None:
            continue
        edge = best_backed(model, driver)
        change = _by(effect, edge, segments, ground)
        if driver.id not in moved or abs(change.likely) > abs(moved[driver.id][2].likely):
            moved[driver.id] = (effect, edge, change)
    yield from moved.values()


def _moved(
    project: Project, model: ModelResult, effects: Sequence[Effect], segments: Sequence[str], ground: Ground
) -> Estimate:
    changes = [change for _, _, change in moves(project, model, effects, segments, ground)]
    low, likely, high = (fsum(getattr(c, end) for c in changes) for end in ("low", "likely", "high"))
    return Estimate(low, likely, high)


def driver_of(project: Project, model: ModelResult, effect: Effect, ground: Ground) -> DriverResult | None:
    """The driver that the effect moves."""
    table = next(m for m in project.metrics if m.id == effect.metric)
    signal = next(s for s in project.signals if s.id == table.signal)
    stick = ground.yardsticks[effect.metric]
    if signal.scale is None or (stick.low, stick.high) != (signal.scale.min, signal.scale.max):
        return None
    for driver in model.drivers:
        if (driver.signal, driver.touchpoint) == (table.signal, effect.touchpoint):
            return None if driver.restates_outcome else driver
    return None


def best_backed(model: ModelResult, driver: DriverResult) -> Edge:
    """What is known best of how a driver moves the outcome."""
    known = [edge for edge in model.edges if edge.driver == driver.id]
    return max(known, key=lambda edge: _BACKING.index(edge.grade))


def _by(effect: Effect, edge: Edge, segments: Sequence[str], ground: Ground) -> Estimate:
    baseline = ground.baseline(effect)
    stick = ground.yardsticks[effect.metric]
    everybody = ground.reach(effect.touchpoint, ())
    share = ground.reach(effect.touchpoint, segments) / everybody if everybody else 0.0
    low, likely, high = (share * possible(c, baseline, stick) for c in attrs.astuple(effect.change))
    ends = [change * by for change, by in product((low, high), (edge.effect.low, edge.effect.high))]
    middle = likely * edge.effect.value
    return Estimate(min(*ends, middle), middle, max(*ends, middle))
