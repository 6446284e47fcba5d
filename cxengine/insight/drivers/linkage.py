"""Linkage: from experience to outcomes, each step graded by how it is known.

A step that is measured here is correlational. What authors declare from elsewhere (an experiment, a
judgement) stands beside it, and takes its place in paths where it is experimental.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers.bootstrap import rng_of
from cxengine.insight.drivers.report import Edge, Grade, ModelResult, Path
from cxengine.insight.finding import certainty
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.drivers.report import DriverResult
    from cxengine.project.model import DriverEdge, DriverModel

    FloatArray = npt.NDArray[np.float64]

DRAWS = 4000
_Z = 1.959963984540054
_BACKING: Mapping[Grade, int] = {"assumed": 0, "correlational": 1, "experimental": 2}


def edges(model: DriverModel, drivers: Sequence[DriverResult]) -> tuple[Edge, ...]:
    """What is measured and what is declared of every driver, in their order; none flagged."""
    declared: dict[tuple[str, str], list[DriverEdge]] = {}
    for edge in model.edges:
        declared.setdefault((str(edge.signal), str(edge.touchpoint)), []).append(edge)
    found = []
    for driver in drivers:
        measured = driver.slope
        found.append(Edge(driver.id, measured, "correlational", "", contradicted=False))
        for edge in declared.get((driver.signal, driver.touchpoint), ()):
            effect = Interval(edge.effect.likely, edge.effect.low, edge.effect.high)
            p = _chance(measured, effect)
            found.append(Edge(driver.id, effect, edge.grade, edge.source, contradicted=False, p=p))
    return tuple(found)


def _chance(measured: Interval, declared: Interval) -> float:
    """The chance to measure so far from what was declared, were the truth at its nearer end, two-sided."""
    if declared.low <= measured.value <= declared.high:
        return 1.0
    end = declared.low if measured.value < declared.low else declared.high
    return 1 - certainty(measured.value, measured.low, measured.high, end)


def paths(models: Sequence[tuple[DriverModel, ModelResult]]) -> tuple[Path, ...]:
    """Every way from a driver over the outcomes of models that drive the next ones, of two steps or more.

    Effects are multiplied; the interval is that of products of independent normal draws.
    """
    leads: dict[tuple[str, str], list[tuple[ModelResult, str, Edge]]] = {}
    ends: dict[str, tuple[str, str]] = {}
    for model, result in models:
        ends[result.id] = (str(model.outcome.signal), str(model.outcome.touchpoint))
        for driver in result.drivers:
            place = (driver.signal, driver.touchpoint)
            leads.setdefault(place, []).append((result, driver.id, _best(result, driver.id)))
    found: list[Path] = []
    for _, result in models:
        for driver in result.drivers:
            step = (result, driver.id, _best(result, driver.id))
            _walk([step], leads, ends, found)
    return tuple(found)


def _walk(
    steps: list[tuple[ModelResult, str, Edge]],
    leads: Mapping[tuple[str, str], list[tuple[ModelResult, str, Edge]]],
    ends: Mapping[str, tuple[str, str]],
    found: list[Path],
) -> None:
    """Adds all ways that go on from these steps."""
    for step in leads.get(ends[steps[-1][0].id], ()):
        if all(step[0].id != earlier.id for earlier, _, _ in steps):
            way = [*steps, step]
            found.append(_path(way))
            _walk(way, leads, ends, found)


def _path(steps: Sequence[tuple[ModelResult, str, Edge]]) -> Path:
    names = tuple(f"{result.id}/{driver}" for result, driver, _ in steps)
    draws = np.ones(DRAWS)
    for name, (_, _, edge) in zip(names, steps, strict=True):
        draws = draws * _drawn(edge.effect, rng_of("path", name))
    value = float(np.prod([edge.effect.value for _, _, edge in steps]))
    low, high = np.quantile(draws, [0.025, 0.975])
    grade = min((edge.grade for _, _, edge in steps), key=_BACKING.__getitem__)
    effect = Interval(value, float(min(low, value)), float(max(high, value)))
    return Path(names, steps[-1][0].outcome, effect, grade)


def _drawn(effect: Interval, rng: np.random.Generator) -> FloatArray:
    return np.asarray(rng.normal(effect.value, (effect.high - effect.low) / (2 * _Z), DRAWS))


def _best(result: ModelResult, driver: str) -> Edge:
    """The best backed of what is known about a driver."""
    known = [edge for edge in result.edges if edge.driver == driver]
    return max(known, key=lambda edge: _BACKING[edge.grade])
