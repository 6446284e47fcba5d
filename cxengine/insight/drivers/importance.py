"""How important drivers are, by either method, and how that would vary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from cxengine.insight.drivers import shapley
from cxengine.insight.drivers.relative_weights import relative_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

Method = Literal["lmg", "johnson"]

ORDERS = 4000
"""Orders that are sampled for an estimate; half as many pairs of an order and its reverse."""
ORDERS_OF_SEGMENTS = 1000
ORDERS_A_REPLICATE = 40
_EXACT_REPLICATES = 10
"""Drivers up to which all subsets are gone through even for replicates."""


@attrs.frozen(eq=False)
class Importance:
    """Of every driver, and the largest standard error of sampling orders: 0 where none was."""

    shares: FloatArray
    error: float


def importance(
    correlations: FloatArray,
    method: Method,
    rng: np.random.Generator,
    *,
    exact: int = shapley.EXACT,
    orders: int = ORDERS,
) -> Importance:
    """The parts of R² of one matrix, the outcome last; exact up to so many drivers.

    Above that the parts are those of sampled orders, which add up to R² all the same.
    """
    p = len(correlations) - 1
    if method == "johnson":
        return Importance(relative_weights(correlations), 0.0)
    if p <= exact:
        return Importance(shapley.lmg(correlations), 0.0)
    found = shapley.sampled(correlations[None], shapley.orders(p, orders // 2, rng))
    return Importance(found.shares[0], float(found.error.max()))


def of_replicates(
    drawn: FloatArray,
    correlations: FloatArray,
    found: FloatArray,
    method: Method,
    rng: np.random.Generator,
    *,
    orders: int = ORDERS_A_REPLICATE,
) -> FloatArray:
    """The importances of replicates `drawn` of a matrix, whose own are `found`: shape (m, p).

    Where orders are sampled, replicates and matrix share them, and what sampling made of the matrix is
    taken off: only the difference between the two is sampled.
    """
    p = len(correlations) - 1
    if method == "johnson":
        return relative_weights(drawn)
    if p <= _EXACT_REPLICATES:
        return shapley.lmg(drawn)
    chosen = shapley.orders(p, max(orders // 2, 1), rng)
    base = shapley.sampled(correlations[None], chosen).shares[0]
    shifted: FloatArray = np.maximum(shapley.sampled(drawn, chosen).shares - base + found, 0.0)
    return shifted
