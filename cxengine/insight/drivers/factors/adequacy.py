"""Whether a correlation matrix is worth factoring: Kaiser-Meyer-Olkin, Bartlett's test, parallel analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

SAMPLES = 200


@attrs.frozen(eq=False)
class Sampling:
    """How much of the correlations is common, from 0 to 1, overall and of each variable; .6 is wanted."""

    overall: float
    each: FloatArray


def kmo(correlations: FloatArray) -> Sampling:
    """The Kaiser-Meyer-Olkin measure: sum r² / (sum r² + sum q²), q partial correlations given all others.

    Source: Kaiser and Rice, Educational and Psychological Measurement 34 (1974) 111-117.
    """
    inverse = np.linalg.pinv(correlations, hermitian=True)
    scale = np.sqrt(np.abs(np.diag(inverse)))
    partial = inverse / np.outer(scale, scale)
    apart = ~np.eye(len(correlations), dtype=bool)
    r2, q2 = (correlations**2 * apart).sum(axis=0), (partial**2 * apart).sum(axis=0)
    with np.errstate(invalid="ignore"):
        each = np.where(r2 + q2 > 0, r2 / (r2 + q2), 0.5)
    total = float(r2.sum() + q2.sum())
    return Sampling(float(r2.sum()) / total if total else 0.5, each)


@attrs.frozen
class Sphericity:
    """Bartlett's test that nothing correlates: chi², its degrees of freedom, the chance of so much."""

    chi2: float
    degrees: int
    p: float


def bartlett(correlations: FloatArray, n: float) -> Sphericity:
    """-(n - 1 - (2p + 5)/6) ln|R|, on p(p - 1)/2 degrees of freedom.

    Source: Bartlett, British Journal of Psychology (Statistical Section) 3 (1950) 77-85.
    """
    from scipy.special import chdtrc

    p = len(correlations)
    values = np.linalg.eigvalsh(correlations)
    determinant = float(np.log(np.maximum(values, 1e-300)).sum())
    chi2 = max(-(n - 1 - (2 * p + 5) / 6) * determinant, 0.0)
    degrees = p * (p - 1) // 2
    return Sphericity(chi2, degrees, float(chdtrc(degrees, chi2)))


def by_chance(p: int, n: float, rng: np.random.Generator) -> FloatArray:
    """Eigenvalues that correlations of p unrelated variables of n rows exceed in 5% of samples: (p,).

    Factors whose eigenvalue is not larger are not kept. Matrices are drawn from Wishart's distribution.

    Source: Horn, Psychometrika 30 (1965) 179-185; the 95th percentile after Glorfeld, Educational and
    Psychological Measurement 55 (1995) 377-393.
    """
    degrees = max(n - 1, p)
    lower = np.tril(rng.standard_normal((SAMPLES, p, p)), -1)
    diagonal = np.sqrt(rng.chisquare(degrees - np.arange(p), (SAMPLES, p)))
    lower[:, np.arange(p), np.arange(p)] = diagonal
    covariances = lower @ np.swapaxes(lower, 1, 2)
    scale = 1 / np.sqrt(np.einsum("mii->mi", covariances))
    values = np.linalg.eigvalsh(covariances * scale[:, :, None] * scale[:, None, :])[:, ::-1]
    return np.asarray(np.quantile(values, 0.95, axis=0))


def number(eigenvalues: FloatArray, chance: FloatArray) -> int:
    """How many eigenvalues, the largest first, are larger than by chance before the first that is not."""
    larger = eigenvalues > chance
    return int(np.argmin(larger)) if not larger.all() else len(larger)


def degrees_left(p: int, factors: int) -> int:
    """Degrees of freedom of a model of so many factors; negative where it cannot be told from others."""
    return ((p - factors) ** 2 - p - factors) // 2
