"""What a column of noise would be worth: the yardstick for small importances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def with_noise(drawn: FloatArray, correlations: FloatArray, n: float, rng: np.random.Generator) -> FloatArray:
    """Replicates with one more driver, before the outcome, that is unrelated to everything.

    Correlations of n answers with pure noise are normal with covariance R / n; in resampled data they vary
    once more by as much. So a driver with no effect is as likely above the noise as below it.

    Args:
        drawn: replicates, shape (m, p + 1, p + 1), the outcome last.
        correlations: the matrix that they replicate.
        n: effective rows.
        rng: chance.

    Returns:
        Shape (m, p + 2, p + 2).

    Source: Tonidandel, LeBreton, Johnson, Psychological Methods 14 (2009) 387-399.
    """
    m, size = len(drawn), len(correlations)
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    noise = rng.standard_normal((m, size)) @ root.T * np.sqrt(2 / n)
    noise = np.clip(noise, -0.99, 0.99)
    places = [*range(size - 1), size]
    found = np.zeros((m, size + 1, size + 1))
    found[:, size - 1, size - 1] = 1.0
    found[np.ix_(range(m), places, places)] = drawn
    found[:, size - 1, places] = found[:, places, size - 1] = noise
    return found
