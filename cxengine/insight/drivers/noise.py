"""What a column of noise would be worth: the yardstick for small importances, and the chance to reach one."""

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


def chances(own: FloatArray, drawn: FloatArray, noise: FloatArray, blocks: int) -> FloatArray:
    """How probable it is that drivers would be as important as they are were they noise: shape (p,).

    The importance of what is unrelated to the outcome is a mean of squares of normal deviates; it exceeds a
    limit at most as often as the square of one of them. So its root is a deviate. Its error is that of its
    replicates, which know of customers who answer more than once, at least that of noise. Near 0 roots are
    folded and spread too little; there replicates exceed the importance by the square of the error. Far
    from 0 correlations vary less (Fisher, Metron 1 (1921) 3-32): the error is brought to that of none.

    Args:
        own: importances, shape (p,).
        drawn: replicates of them, shape (m, p).
        noise: replicates of the importance of a column of noise, which varies twice (see `with_noise`).
        blocks: blocks that were resampled: their number limits what is known of the error.
    """
    from scipy.special import stdtr

    if blocks < 2 or len(drawn) < 2:
        return np.ones(len(own))
    spread = np.sqrt(np.maximum(drawn, 0.0)).var(axis=0, ddof=1)
    resampled = np.maximum(spread, drawn.mean(axis=0) - own) * blocks / (blocks - 1)
    resampled = resampled / np.maximum(1 - own, 0.05) ** 2
    error = np.sqrt(np.maximum(resampled, noise.mean() / 2))
    deviate = np.divide(np.sqrt(np.maximum(own, 0.0)), error, out=np.zeros(len(own)), where=error > 0)
    found: FloatArray = 2 * stdtr(blocks - 1, -deviate)
    return found
