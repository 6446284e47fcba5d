"""Correlations from sums of products; what is done where pairs of questions have different answerers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

REPAIRABLE = 0.05
"""No correlation may have to move further to make a matrix possible."""

_LEAST = 1e-8
"""The least eigenvalue after repair."""
_NEGATIVE = -1e-9
_ROUNDS = 500


def pearson(  # noqa: PLR0917 - the sums in their usual order
    w: FloatArray, x: FloatArray, y: FloatArray, xx: FloatArray, yy: FloatArray, xy: FloatArray
) -> FloatArray:
    """The correlation from weighted sums over those who have both values: of 1, x, y, x², y², xy.

    NaN where one of them does not vary. Arrays of any shapes that go together.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = x / w, y / w
        variance_x = np.maximum(xx / w - mean_x**2, 0.0)
        variance_y = np.maximum(yy / w - mean_y**2, 0.0)
        constant = (variance_x <= 1e-12 * xx / w) | (variance_y <= 1e-12 * yy / w)
        found = (xy / w - mean_x * mean_y) / np.sqrt(variance_x * variance_y)
    correlation: FloatArray = np.where(constant, np.nan, np.clip(found, -1.0, 1.0))
    return correlation


@attrs.frozen(eq=False)
class Repair:
    """A correlation matrix that some population could have, and the furthest that an entry was moved."""

    matrix: FloatArray
    moved: float


def repaired(correlations: FloatArray) -> Repair:
    """The nearest correlation matrix, by Frobenius norm: the matrix itself where it is one.

    Pairs that were answered by different people need not fit together: a matrix of their correlations may
    have negative eigenvalues, and variance "explained" beyond all.

    Source: Higham, IMA Journal of Numerical Analysis 22 (2002) 329-343.
    """
    if np.linalg.eigvalsh(correlations)[0] >= _NEGATIVE:
        return Repair(correlations, 0.0)
    now, correction = correlations, np.zeros_like(correlations)
    for _ in range(_ROUNDS):
        shifted = now - correction
        possible = _positive(shifted)
        correction = possible - shifted
        before, now = now, possible.copy()
        np.fill_diagonal(now, 1.0)
        if np.abs(now - before).max() < 1e-10:
            break
    found = _unit(_positive(now))
    return Repair(found, float(np.abs(found - correlations).max()))


def possible(correlations: FloatArray) -> FloatArray:
    """Many matrices, each with what is negative of its eigenvalues cut off: shape (m, p, p) as given.

    For replicates, where the nearest one is not worth the search.
    """
    try:
        np.linalg.cholesky(correlations)
    except np.linalg.LinAlgError:
        return _unit(_positive(correlations))
    return correlations


def _positive(matrices: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrices)
    lifted: FloatArray = (vectors * np.maximum(values, _LEAST)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    return lifted


def _unit(matrices: FloatArray) -> FloatArray:
    """With ones on the diagonal."""
    scale = 1 / np.sqrt(np.einsum("...ii->...i", matrices))
    scaled: FloatArray = matrices * scale[..., :, None] * scale[..., None, :]
    np.einsum("...ii->...i", scaled)[...] = 1.0
    return scaled


def midranks(weights: FloatArray) -> FloatArray:
    """The ranks of values in ascending order from -1 to 1, given the weight of each; equals share a rank.

    Spearman's correlation is Pearson's of these.
    """
    total = weights.sum()
    ends = np.cumsum(weights)
    ranks: FloatArray = (2 * ends - weights) / total - 1
    return ranks
