"""Intervals for authors of metrics: vectorised, one entry a cell, always 95%.

Weighted data enter through Kish's effective sample size: shares and means are weighted, and `n_eff`
takes the place of the number of answers. Where a cell has no answers the results are NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = [
    "LEVEL",
    "Z",
    "adjusted_wald",
    "beta_draws",
    "chances",
    "chances_between",
    "deviates",
    "effective_n",
    "mean",
    "mean_draws",
    "ratio",
    "t_quantile",
    "wilson",
]

LEVEL = 0.95
Z = 1.959963984540054
"""The normal quantile of (1 + LEVEL) / 2."""
_MANY = 1000
"""From how many on it pays to look which degrees of freedom are different."""


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """`part / whole`, NaN where the whole is nothing."""
    known = np.asarray(whole) > 0
    unknown: FloatArray = np.full(np.shape(part), np.nan)
    return np.divide(part, whole, out=unknown, where=True if known.all() else known)


def effective_n(w: FloatArray, w2: FloatArray) -> FloatArray:
    """The number of equally weighted answers that would be as precise: (sum w)^2 / sum w^2; 0 for none.

    Source: Kish, Survey Sampling (1965), section 11.2.
    """
    nothing: FloatArray = np.zeros(np.shape(w))
    return np.divide(w * w, w2, out=nothing, where=np.asarray(w2) > 0)


def wilson(share: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The score interval of a share (0 to 1) of `n` answers.

    Source: Wilson, JASA 22 (1927) 209-212; recommended for small n by Brown, Cai, DasGupta,
    Statistical Science 16 (2001) 101-133.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        each = Z**2 / n
        half = np.sqrt(each * (share * (1 - share) + each / 4))
        centre, whole = share + each / 2, 1 + each
        low, high = (centre - half) / whole, (centre + half) / whole
    np.maximum(high, share, out=high)  # of everybody, rounding would fall short of it
    return np.maximum(low, 0, out=low), np.minimum(high, 1, out=high)


def adjusted_wald(positive: FloatArray, negative: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The interval of a difference of two shares of the same `n` answers, from -1 to 1.

    Three answers are added before the Wald interval is taken, 3/4 of them to either side.
    Source: Rocks, Interval estimation for the Net Promoter Score (2016), arXiv:1601.07235.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        more = (positive * n + 0.75) / (n + 3)
        less = (negative * n + 0.75) / (n + 3)
        centre = more - less
        half = Z * np.sqrt((more + less - centre**2) / (n + 3))
    plain = positive - negative  # of a single answer, the limit would fall short of it
    return np.minimum(np.clip(centre - half, -1, 1), plain), np.maximum(np.clip(centre + half, -1, 1), plain)


def mean(
    value: FloatArray,
    variance: FloatArray,
    n: FloatArray,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    *,
    added: FloatArray | float = 0.1,
) -> tuple[FloatArray, FloatArray]:
    """Student's t interval of a mean, within the `bounds` of the scale.

    `variance` is the plain (weighted) mean of squared deviations. With one answer the interval is the
    whole scale. On a bounded scale a tenth of an answer is `added` at either end before the interval is
    taken, so that equal answers never claim certainty: simulated over all shapes of a five-point scale
    this covers 94.7% at n = 10 and 95% from n = 30 on (the plain t interval: 93.7% at 10).
    Source: Student, Biometrika 6 (1908) 1-25; the added answers follow the idea of Agresti and Coull,
    The American Statistician 52 (1998) 119-126.
    """
    centre, spread, size = _with_ends(value, variance, n, bounds, added)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = t_quantile(size - 1) * np.sqrt(np.maximum(spread, 0) / (size - 1))
        half = np.where(n > 1, half, np.where(n > 0, np.inf, np.nan))
    low, high = np.maximum(centre - half, bounds[0]), np.minimum(centre + half, bounds[1])
    return np.minimum(low, value), np.maximum(high, value)


def _with_ends(
    value: FloatArray,
    variance: FloatArray,
    n: FloatArray,
    bounds: tuple[float, float],
    added: FloatArray | float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance and number of answers, with so much of one more at either end of a bounded scale."""
    lowest, highest = bounds
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        return value, variance, n
    middle, more = (lowest + highest) / 2, n + 2 * added
    shift = (value - middle) * n / more
    squares = ((variance + (value - middle) ** 2) * n + 2 * added * ((highest - lowest) / 2) ** 2) / more
    return middle + shift, squares - shift**2, more


def t_quantile(degrees: FloatArray) -> FloatArray:
    """The quantile of (1 + LEVEL) / 2 of Student's t distribution."""
    from scipy.special import stdtrit

    if np.size(degrees) < _MANY:
        quantile: FloatArray = stdtrit(degrees, (1 + LEVEL) / 2)
        return quantile
    different, which = np.unique(degrees, return_inverse=True)  # of whole numbers there are few
    found: FloatArray = stdtrit(different, (1 + LEVEL) / 2)[which]
    return found.reshape(np.shape(degrees))


def deviates(away: npt.ArrayLike, down: npt.ArrayLike, up: npt.ArrayLike) -> FloatArray:
    """How many normal deviates values are `away` from somewhere, given the distances to their limits.

    As the interval reaches to the limit on that side in 1.96 of them. A limit at the value itself, as of a
    median that many answers share, tells no more than that whatever lies beyond is beyond the interval:
    1.96. A limit that is infinite, or not known, tells nothing: 0.
    """
    away = np.asarray(away, dtype=np.float64)
    found: FloatArray = np.copysign(_deviations(away, np.asarray(down), np.asarray(up)), away)
    return found


def _deviations(away: FloatArray, down: FloatArray, up: FloatArray) -> FloatArray:
    """The sizes of `deviates`."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if min(down.min(initial=np.inf), up.min(initial=np.inf)) > 0:
            # Of the two quotients that of the side away is the larger; to choose a side takes twice as long.
            size: FloatArray = np.maximum(away / down, -away / up)
            if np.isfinite(size.sum()):
                size *= Z
                return size
        towards = np.where(away > 0, down, up)
        found = Z * np.where(towards > 0, np.abs(away / towards), np.sign(away))
    known: FloatArray = np.nan_to_num(np.where(np.isfinite(towards), np.abs(found), 0.0))
    return known


def chances_between(away: FloatArray, down: FloatArray, up: FloatArray) -> FloatArray:
    """The chances of differences so large, either way, were there none, from the distances to their limits.

    Those of normal deviates by the 95% interval, as `deviates` reads it.
    """
    from scipy.special import erfc

    size = _deviations(away, down, up)
    size *= math.sqrt(0.5)
    found: FloatArray = erfc(size)
    return found


def chances(
    value: FloatArray, low: FloatArray, high: FloatArray, limits: FloatArray, side: int
) -> FloatArray:
    """The chances of values so high, or higher (`side` 1), or so low (-1), were `limits` true.

    Those of normal deviates by the 95% interval, as `deviates` reads it.
    """
    from scipy.special import ndtr

    with np.errstate(invalid="ignore"):
        found: FloatArray = ndtr(-side * deviates(value - limits, value - low, high - value))
    return found


def beta_draws(share: FloatArray, n: FloatArray, rng: np.random.Generator, size: int) -> FloatArray:
    """Draws of a share from its posterior under Jeffreys' prior: shape (cells, size), NaN without answers."""
    known = n > 0
    hits, misses = np.where(known, share * n, 0), np.where(known, (1 - share) * n, 0)
    shape = (len(n), size)
    drawn = rng.beta((hits + 0.5)[:, None], (misses + 0.5)[:, None], shape)
    return np.where(known[:, None], drawn, np.nan)


def mean_draws(
    value: FloatArray,
    variance: FloatArray,
    n: FloatArray,
    rng: np.random.Generator,
    size: int,
    *,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    added: FloatArray | float = 0.1,
) -> FloatArray:
    """Draws of a mean, t-distributed about its value within `bounds`: shape (cells, size).

    The posterior of a normal mean under the usual flat prior, with the answers that `mean` adds on a
    bounded scale; NaN with fewer than two answers.
    """
    centre, spread, answers = _with_ends(value, variance, n, bounds, added)
    known = n > 1
    degrees = np.where(known, answers - 1, 1)
    error = np.sqrt(np.where(known, np.maximum(spread, 0), np.nan) / degrees)
    drawn = centre[:, None] + error[:, None] * rng.standard_t(degrees[:, None], (len(n), size))
    return np.clip(drawn, *bounds)
