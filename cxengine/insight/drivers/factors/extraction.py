"""Loadings by minimum residuals or maximum likelihood, from a correlation matrix alone.

Both search the uniquenesses; given those, loadings follow from eigenvectors. Columns are in the order of
their sums of squares, each with a positive sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Objective = Callable[[FloatArray, FloatArray, int], tuple[float, FloatArray]]

LEAST_UNIQUE = 0.005
"""No variable may be explained further: at this bound (a Heywood case) a solution is not to be trusted."""


def extract(correlations: FloatArray, factors: int, method: Literal["minres", "ml"]) -> FloatArray:
    """Unrotated loadings: shape (p, factors).

    Source: Harman and Jones, Psychometrika 31 (1966) 351-368, for minres; Jöreskog, Psychometrika 32 (1967)
    443-482, for maximum likelihood.
    """
    from scipy.optimize import minimize

    objective, loadings = {"minres": (_residuals, _of_minres), "ml": (_likelihood, _of_ml)}[method]
    found = minimize(
        objective,
        _start(correlations, factors),
        args=(correlations, factors),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUE, 1.0)] * len(correlations),
        options={"maxiter": 2000, "maxfun": 5000, "ftol": 1e-15, "gtol": 1e-9},
    )
    return ordered(loadings(found.x, correlations, factors))


def ordered(loadings: FloatArray) -> FloatArray:
    """Columns by their sums of squares, the largest first, each with a positive sum."""
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    return np.asarray((loadings * signs)[:, order])


def _start(correlations: FloatArray, factors: int) -> FloatArray:
    """(1 - factors / 2p) / the diagonal of the inverse: what others leave of each variable, somewhat less."""
    inverse = np.diag(np.linalg.pinv(correlations, hermitian=True))
    with np.errstate(divide="ignore"):
        first = (1 - 0.5 * factors / len(correlations)) / inverse
    return np.asarray(np.clip(first, LEAST_UNIQUE, 1.0))


def _residuals(unique: FloatArray, correlations: FloatArray, factors: int) -> tuple[float, FloatArray]:
    """Half the sum of squared residuals, and its gradient."""
    values, vectors = np.linalg.eigh(correlations - np.diag(unique))
    left, directions = values[:-factors], vectors[:, :-factors]
    below = np.minimum(values[-factors:], 0.0)
    left, directions = np.concatenate([left, below]), np.hstack([directions, vectors[:, -factors:]])
    return float((left**2).sum() / 2), -(directions**2 @ left)


def _of_minres(unique: FloatArray, correlations: FloatArray, factors: int) -> FloatArray:
    values, vectors = np.linalg.eigh(correlations - np.diag(unique))
    return np.asarray(vectors[:, -factors:] * np.sqrt(np.maximum(values[-factors:], 0.0)))


def _likelihood(unique: FloatArray, correlations: FloatArray, factors: int) -> tuple[float, FloatArray]:
    """Minus twice the log likelihood by n, and its gradient, given the best loadings."""
    values, _ = _scaled(unique, correlations)
    rest = np.maximum(values[:-factors], 1e-12)
    fit = float((rest - np.log(rest)).sum()) - len(rest)
    loadings = _of_ml(unique, correlations, factors)
    difference = (loadings**2).sum(axis=1) + unique - np.diag(correlations)
    return fit, difference / unique**2


def _of_ml(unique: FloatArray, correlations: FloatArray, factors: int) -> FloatArray:
    values, vectors = _scaled(unique, correlations)
    above = np.sqrt(np.maximum(values[-factors:] - 1, 0.0))
    return np.asarray(np.sqrt(unique)[:, None] * vectors[:, -factors:] * above)


def _scaled(unique: FloatArray, correlations: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues and vectors of the correlations in units of the uniquenesses."""
    scale = 1 / np.sqrt(unique)
    return np.linalg.eigh(correlations * scale[:, None] * scale[None])
