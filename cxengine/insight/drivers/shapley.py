"""LMG, which is Shapley's value of R²: what a driver adds, averaged over all orders in which drivers enter.

Source: Lindeman, Merenda, Gold, Introduction to Bivariate and Multivariate Analysis (1980) 119-127;
Grömping, The American Statistician 61 (2007) 139-147.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

EXACT = 20
"""The most drivers for which all subsets are gone through."""

_COPY = 1e-10
"""A driver of which less than this is left, given others, adds nothing to them."""
_JITTER = 1e-10
_AT_ONCE = 4_000_000
"""Numbers held at a time."""


def lmg(correlations: FloatArray) -> FloatArray:
    """The share of every driver in R², exactly; they add up to it.

    Args:
        correlations: shape (..., p + 1, p + 1), the outcome last; p at most `EXACT`.

    Returns:
        Shape (..., p).
    """
    p = correlations.shape[-1] - 1
    if p > EXACT:
        raise ValueError(f"{p} drivers have too many subsets; {EXACT} is the most")
    flat = correlations.reshape(-1, p + 1, p + 1)
    chunk = max(1, _AT_ONCE >> (p + 2))
    parts = [_divided(subsets(flat[i : i + chunk])) for i in range(0, len(flat), chunk)]
    shares: FloatArray = np.concatenate(parts).reshape(*correlations.shape[:-2], p)
    return shares


def subsets(correlations: FloatArray) -> FloatArray:
    """R² of every subset of drivers: shape (m, 2^p); bit i of the position is driver i.

    Drivers are swept in one after another, in all subsets at once: what is kept of a subset is the part of
    the other variables that it does not explain.
    """
    left = correlations[:, None]
    while left.shape[-1] > 1:
        pivot, row, rest = left[..., 0, 0], left[..., 0, 1:], left[..., 1:, 1:]
        there = pivot > _COPY
        scale = np.divide(1.0, pivot, out=np.zeros_like(pivot), where=there)
        swept = rest - (row * scale[..., None])[..., :, None] * row[..., None, :]
        left = np.concatenate([rest, swept], axis=1)
    explained: FloatArray = 1.0 - left[..., 0, 0]
    return explained


def _divided(r2: FloatArray) -> FloatArray:
    """Mean gains over all orders, from R² of all subsets.

    A subset of size s counts 1/(p C(p-1, s)) where it comes before the driver, and as much as one of size
    s - 1 where it ends with it.
    """
    p = int(r2.shape[-1]).bit_length() - 1
    sizes = _sizes(p)
    before = np.array([1 / (p * comb(p - 1, s)) for s in range(p)] + [0.0])
    as_end = np.concatenate([[0.0], before[:-1]])
    without = r2 @ before[sizes]
    both = r2 * (before + as_end)[sizes]
    halves = [both.reshape(len(r2), -1, 2, 1 << i)[:, :, 1].sum(axis=(1, 2)) for i in range(p)]
    return np.asarray(np.stack(halves, axis=-1) - without[:, None])


def _sizes(p: int) -> IntArray:
    """The number of members of every subset."""
    sizes = np.zeros(1, dtype=np.int64)
    for _ in range(p):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


@attrs.frozen(eq=False)
class Sampled:
    """Shares of R² from some orders: their means and the standard errors of sampling."""

    shares: FloatArray
    error: FloatArray


def sampled(correlations: FloatArray, orders: IntArray) -> Sampled:
    """The share of every driver in R², from the given orders and each of them backwards.

    Args:
        correlations: shape (m, p + 1, p + 1), the outcome last.
        orders: shape (k, p), each a permutation of the drivers.

    Returns:
        Shapes (m, p). Shares add up to R² exactly, whatever the orders; errors are of sampling alone.
    """
    m, p = len(correlations), orders.shape[1]
    chunk = max(1, _AT_ONCE // (4 * m * (p + 1) ** 2))
    total, squares = np.zeros((m, p)), np.zeros((m, p))
    for i in range(0, len(orders), chunk):
        some = orders[i : i + chunk]
        mean = (_gains(correlations, some) + _gains(correlations, some[:, ::-1])) / 2
        total += mean.sum(axis=1)
        squares += (mean**2).sum(axis=1)
    k = len(orders)
    shares = total / k
    variance = np.maximum(squares / k - shares**2, 0.0) / max(k - 1, 1)
    return Sampled(shares, np.sqrt(variance))


def orders(p: int, k: int, rng: np.random.Generator) -> IntArray:
    """Random orders of p drivers: shape (k, p)."""
    return np.asarray(np.argsort(rng.random((k, p)), axis=1, kind="stable"))


def _gains(correlations: FloatArray, permutations: IntArray) -> FloatArray:
    """What every driver adds where it stands in an order: shape (m, orders, p).

    The last row of a Cholesky factor holds what each variable explains of the outcome beyond those before.
    """
    p = permutations.shape[1]
    full = np.concatenate([permutations, np.full((len(permutations), 1), p)], axis=1)
    arranged = correlations[:, full[:, :, None], full[:, None, :]]
    gains: FloatArray = np.asarray(np.linalg.cholesky(arranged + _JITTER * np.eye(p + 1))[..., -1, :-1] ** 2)
    placed: FloatArray = np.take_along_axis(gains, np.argsort(permutations, axis=1)[None], axis=2)
    return placed
