"""Johnson's relative weights: explained variance divided by way of orthogonal stand-ins of the drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_NOTHING = 1e-10
"""Eigenvalues below this are none: drivers that are copies of one another share one dimension."""


def relative_weights(correlations: FloatArray) -> FloatArray:
    """The weight of every driver; they add up to R².

    Args:
        correlations: shape (..., p + 1, p + 1), the outcome last.

    Returns:
        Shape (..., p). Copies of a driver share its credit.

    Source: Johnson, Multivariate Behavioral Research 35 (2000) 1-19.
    """
    among, with_outcome = correlations[..., :-1, :-1], correlations[..., :-1, -1]
    values, vectors = np.linalg.eigh(among)
    there = values > _NOTHING
    root = np.sqrt(np.where(there, values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=there)
    loadings = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    towards = np.einsum("...ji,...j->...i", vectors, with_outcome) * inverse
    beta = np.einsum("...ij,...j->...i", vectors, towards)
    weights: FloatArray = np.einsum("...ij,...j->...i", loadings**2, beta**2)
    return weights


def inflation(among: FloatArray) -> FloatArray:
    """How many times less certain each coefficient is than if drivers were unrelated: shape (p,)."""
    return np.asarray(np.diag(np.linalg.pinv(among, rcond=_NOTHING, hermitian=True)))


def regression(correlations: FloatArray) -> FloatArray:
    """Standardised coefficients of the regression on all drivers: shape (..., p).

    The least squares solution of smallest length, where drivers are copies of one another.
    """
    among, with_outcome = correlations[..., :-1, :-1], correlations[..., :-1, -1]
    if _regular(among):
        return np.asarray(np.linalg.solve(among, with_outcome[..., None])[..., 0])
    inverse = np.linalg.pinv(among, rcond=_NOTHING, hermitian=True)
    return np.asarray(np.einsum("...ij,...j->...i", inverse, with_outcome))


def _regular(matrices: FloatArray) -> bool:
    """Whether no variable of any matrix is told by others; it is cheaper to know than to provide for."""
    try:
        factors = np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return False
    return bool((np.einsum("...ii->...i", factors) ** 2 > 1e-8).all())
