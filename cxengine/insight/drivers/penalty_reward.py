"""Penalty and reward: what a bad answer costs and a good one brings, beside an indifferent one.

The outcome is regressed on two marks a driver: that the answer was below the neutral zone of its scale, and
that it was above. Drivers without neutral answers on their scale (0 or 1, or 1 to 10 with no declared
`neutral`) have no such contrast.

Source: Brandt, Journal of Services Marketing 2 (1988) 35-41; Mikulić and Prebežac, Managing Service Quality
21 (2011) 46-66, on its limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers import bootstrap
from cxengine.insight.drivers.correlation import possible
from cxengine.insight.drivers.products import Variable
from cxengine.insight.drivers.relative_weights import regression
from cxengine.insight.drivers.report import Role, RoleName
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.drivers.question import Column, Question
    from cxengine.insight.drivers.sums import Sums

    FloatArray = npt.NDArray[np.float64]

_SURE = 0.95


@attrs.frozen(eq=False)
class Marks:
    """The variables of the regression: a mark for bad, one for good answers to each of the drivers `of`."""

    of: tuple[int, ...]
    variables: tuple[Variable, ...]
    """Bad marks, good marks, the outcome."""


def marks(question: Question) -> Marks | None:
    """The marks of the drivers that have them; None where none does."""
    zones = {i: zone for i, column in enumerate(question.drivers) if (zone := _zone(column)) is not None}
    if not zones:
        return None
    below = [_mark(f"x{i} < {low!r}", i) for i, (low, _) in zones.items()]
    above = [_mark(f"x{i} > {high!r}", i) for i, (_, high) in zones.items()]
    turned = [question.drivers[i].signal.direction == "lower_is_better" for i in zones]
    bad = [a if t else b for b, a, t in zip(below, above, turned, strict=True)]
    good = [b if t else a for b, a, t in zip(below, above, turned, strict=True)]
    outcome = question.outcome.variable(len(question.drivers))
    return Marks(tuple(zones), (*bad, *good, outcome))


def _zone(column: Column) -> tuple[float, float] | None:
    """The lowest and highest neutral answer, where there is one on the scale."""
    scale = column.signal.scale
    if not column.whole or scale is None or scale.step is None:
        return None
    middle = (scale.min + scale.max) / 2
    low, high = column.signal.neutral or (middle, middle)
    answers = scale.min + scale.step * np.arange(round((scale.max - scale.min) / scale.step) + 1)
    neutral = ((answers >= low) & (answers <= high)).any()
    sides = (answers < low).any() and (answers > high).any()
    return (low, high) if neutral and sides else None


def _mark(condition: str, i: int) -> Variable:
    text = f"CASE WHEN x{i} IS NULL THEN NULL WHEN {condition} THEN 1.0 ELSE 0.0 END"
    return Variable(text, 1.0, whole=True)


def roles(
    question: Question, chosen: Marks, sums: Sums, size: int, rng: np.random.Generator
) -> dict[int, Role]:
    """The role of every driver of which both bad and good answers were given, by position."""
    total = sums.total()
    deviations = total.deviations()[0]
    kept = np.flatnonzero(deviations > 0)
    seen = sums.only(kept)
    matrix = seen.total().correlations()
    if np.isnan(matrix).any() or kept[-1] != len(deviations) - 1:
        return {}
    drawn = bootstrap.replicates(seen, size, rng)
    sign = 1.0 if question.outcome.signal.direction == "higher_is_better" else -1.0
    unit = question.outcome.unit * sign
    one = _effects(possible(matrix), seen.total().deviations()) * unit
    many = _effects(drawn.correlations, drawn.deviations) * unit
    place = {int(variable): i for i, variable in enumerate(kept)}
    half = len(chosen.of)
    return {
        driver: _role(one[0, [place[i], place[i + half]]], many[:, [place[i], place[i + half]]], seen.blocks)
        for i, driver in enumerate(chosen.of)
        if i in place and i + half in place
    }


def _effects(correlations: FloatArray, deviations: FloatArray) -> FloatArray:
    """Coefficients of the regression in units of z of the outcome."""
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = regression(correlations) * deviations[:, -1:] / deviations[:, :-1]
    return np.asarray(np.nan_to_num(raw))


def _role(effect: FloatArray, drawn: FloatArray, blocks: int) -> Role:
    penalty = bootstrap.percentiles(-float(effect[0]), -drawn[:, 0], blocks)
    reward = bootstrap.percentiles(float(effect[1]), drawn[:, 1], blocks)
    costlier = float((np.abs(drawn[:, 0]) > np.abs(drawn[:, 1])).mean())
    return Role(_named(penalty, reward, costlier), penalty, reward, costlier)


def _named(penalty: Interval, reward: Interval, costlier: float) -> RoleName:
    """Basic or excitement where one side surely is the larger; performance where both count.

    Nothing is said where bad answers surely go with more of the outcome than indifferent ones, or good
    answers with less: there is something else behind it.
    """
    if penalty.high < 0 or reward.high < 0:
        return "unclear"
    if penalty.low > 0 and costlier >= _SURE:
        return "basic"
    if reward.low > 0 and costlier <= 1 - _SURE:
        return "excitement"
    return "performance" if penalty.low > 0 and reward.low > 0 else "unclear"
