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
    """The noise of every line, never less than that of sampling; `group` numbers the measures.

    It comes from the differences of successive periods, which a change of level hardly touches (von Neumann
    1941). Where periods are few it leans on the noise of the measure as a whole, and that on the noise of
    sampling, as if either were known from 20 degrees of freedom (as in Smyth 2004). Where neighbours are
    alike, sums of them vary more: how much more, blocks of periods tell in place of single ones, for the
    measure as a whole (as in Carlstein 1986). Fewer than 24 periods cannot tell that.

    Sources: von Neumann, Annals of Mathematical Statistics 12 (1941) 367-395; Smyth, Statistical Applications
    in Genetics and Molecular Biology 3 (2004) 3; Carlstein, Annals of Statistics 14 (1986) 1171-1179.
    """
    size = int(group.max(initial=-1)) + 1

    def pooled(parts: FloatArray) -> FloatArray:
        return np.bincount(group, weights=parts, minlength=size).astype(np.float64)

    squares, pairs = _differences(residual, n, deviation)
    longest = np.zeros(size)
    np.maximum.at(longest, group, pairs)
    near = _ratio(pooled(squares), pooled(pairs))
    block = max(round(residual.shape[1] ** (1 / 3)), 1)
    far, far_pairs = _differences(*_blocks(residual, n, block), deviation)
    alike = np.maximum(_ratio(_ratio(pooled(far), pooled(far_pairs)), near), 1.0)
    alike = np.where(longest >= _TELLING, alike, 1.0)
    common = (_PRIOR + _EFFICIENCY * longest * near) / (_PRIOR + _EFFICIENCY * longest)
    degrees = _PRIOR + _EFFICIENCY * pairs
    own = (_PRIOR * np.maximum(common, 1.0)[group] + _EFFICIENCY * squares) / degrees
    return Noise(np.maximum(own, 1.0) * alike[group], degrees)


def _blocks(residual: FloatArray, n: FloatArray, length: int) -> tuple[FloatArray, FloatArray]:
    """Means and numbers of blocks of periods; what is left at the end is left out."""
    whole = residual.shape[1] // length * length
    shape = len(residual), whole // length, length
    sums = n[:, :whole].reshape(shape).sum(axis=2)
    totals = (residual * n)[:, :whole].reshape(shape).sum(axis=2)
    return _ratio(totals, sums), sums


def _differences(residual: FloatArray, n: FloatArray, deviation: FloatArray) -> tuple[FloatArray, FloatArray]:
    """By line: squared differences of neighbours, each over its sampling variance; their sum and number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = deviation[:, None] ** 2 * (1 / n[:, 1:] + 1 / n[:, :-1])
        squares = (residual[:, 1:] - residual[:, :-1]) ** 2 / variance
    there = (n[:, 1:] > 0) & (n[:, :-1] > 0)
    return np.where(there, squares, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
