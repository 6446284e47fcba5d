"""Importance against performance: where to improve first, and how sure the place of each driver is.

Source: Martilla and James, Journal of Marketing 41 (1977) 77-79.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers.report import Quadrant, QuadrantName

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.project.model import CrossHair

    FloatArray = npt.NDArray[np.float64]

_NAMES: dict[tuple[bool, bool], QuadrantName] = {
    (True, False): "improve",
    (True, True): "keep",
    (False, False): "low priority",
    (False, True): "possible overkill",
}


def quadrants(
    share: FloatArray, performance: FloatArray, cross: CrossHair, drawn: tuple[FloatArray, FloatArray]
) -> list[Quadrant | None]:
    """The quadrant of every driver, with the share of replicates in which it is there.

    `share` is of all importance, `performance` from 0 to 1, NaN without a scale; `drawn` are replicates of
    both, shape (m, p). The cross-hair is the declared one, or the mean of all drivers with a scale.
    """
    scaled = ~np.isnan(performance)
    if not scaled.any():
        return [None] * len(share)
    high, good = _above(share[None], performance[None], cross, scaled)
    highs, goods = _above(*drawn, cross, scaled)
    same = (highs == high) & (goods == good)
    return [
        Quadrant(_NAMES[bool(high[0, i]), bool(good[0, i])], float(same[:, i].mean())) if scaled[i] else None
        for i in range(len(share))
    ]


def _above(
    share: FloatArray, performance: FloatArray, cross: CrossHair, scaled: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each driver is above the cross-hair, in both directions."""
    middle = share[:, scaled].mean(axis=1, keepdims=True) if cross.importance is None else cross.importance
    level = performance[:, scaled].mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        good = performance >= (level if cross.performance is None else cross.performance)
    return share >= middle, good
