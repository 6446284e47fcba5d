"""How much a series varies when nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_PRIOR = 20.0
"""What is expected beforehand counts as much as so many degrees of freedom."""
_EFFICIENCY = 2 / 3
"""Degrees of freedom in a squared difference of successive periods."""
_TELLING = 23
"""Pairs of periods from which on it can be told whether neighbours are alike."""


@attrs.frozen(eq=False)
class Noise:
    """By line: variance as a multiple of that of sampling, and the degrees of freedom behind it."""

    ratio: FloatArray
    degrees: FloatArray


def noise(residual: FloatArray, n: FloatArray, deviation: FloatArray, group: IntArray) -> Noise:
    """The noise of every line, never less than that of sampling.

    It comes from the differences of successive periods, which a change of level hardly touches (von Neumann
    1941). Where periods are few it leans on the noise of the measure as a whole, and that on the noise of
    sampling, as if either were known from 20 degrees of freedom (as in Smyth 2004). Where periods that follow
    one another are alike, by more than the standard error of that, the variance of sums is larger: by
    (1 + r) / (1 - r), with 1 + r the variance of differences over two periods as a multiple of that over one,
    for the measure as a whole (an autoregression of order 1). Fewer than 24 periods cannot tell that.

    Sources: von Neumann, Annals of Mathematical Statistics 12 (1941) 367-395; Smyth, Statistical Applications
    in Genetics and Molecular Biology 3 (2004) 3.
    """
    size = int(group.max(initial=-1)) + 1

    def pooled(parts: FloatArray) -> FloatArray:
        return np.bincount(group, weights=parts, minlength=size).astype(np.float64)

    squares, pairs = _differences(residual, n, deviation, 1)
    far, far_pairs = _differences(residual, n, deviation, 2)
    longest = np.zeros(size)
    np.maximum.at(longest, group, pairs)
    near = _ratio(pooled(squares), pooled(pairs))
    alike = _ratio(_ratio(pooled(far), pooled(far_pairs)), near) - 1 - np.sqrt(2 / np.maximum(longest, 2))
    alike = np.where(longest >= _TELLING, np.clip(alike, 0.0, 0.9), 0.0)
    common = np.maximum((_PRIOR + _EFFICIENCY * longest * near) / (_PRIOR + _EFFICIENCY * longest), 1.0)[
        group
    ]
    degrees = _PRIOR + _EFFICIENCY * pairs
    own = np.maximum((_PRIOR * common + _EFFICIENCY * squares) / degrees, 1.0)
    return Noise(own * ((1 + alike) / (1 - alike))[group], degrees)


def _differences(
    residual: FloatArray, n: FloatArray, deviation: FloatArray, lag: int
) -> tuple[FloatArray, FloatArray]:
    """By line: squared differences over `lag` periods, each over its sampling variance; sum and number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = deviation[:, None] ** 2 * (1 / n[:, lag:] + 1 / n[:, :-lag])
        squares = (residual[:, lag:] - residual[:, :-lag]) ** 2 / variance
    there = (n[:, lag:] > 0) & (n[:, :-lag] > 0)
    return np.where(there, squares, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
