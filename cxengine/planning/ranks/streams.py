"""Chance by name: draws that depend on nothing but what they are drawn for.

Every uncertain quantity has a name and a stream of its own: Philox (Salmon, Moraes, Dror and Shaw, "Parallel
random numbers: as easy as 1, 2, 3", SC 2011) with the hash of the name as its key. So one more candidate
changes no other candidate's draws, and the numbers are the same on every machine: only raw integers are
taken of the generator, which NumPy guarantees to stay, and their order.

Draws are stratified: the middle of each of `size` equally probable parts once, in the order of the stream
(McKay, Beckman and Conover, Technometrics 21, 1979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, ndtri

from cxengine.planning.estimate import WEIGHT
from cxengine.project.model import Estimate

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.intp]

Name = tuple[str, ...]
STEPS = 128
"""Quantiles of PERT are computed for this many positions of the mode, and interpolated between two."""
_POINTS = (1 - np.cos(np.linspace(0, np.pi, 1025))) / 2


def raw(name: Sequence[str], size: int) -> npt.NDArray[np.uint64]:
    """The first `size` integers of a name's stream."""
    digest = hashlib.blake2b("\0".join(name).encode(), digest_size=16).digest()
    drawn: npt.NDArray[np.uint64] = np.random.Philox(key=int.from_bytes(digest, "little")).random_raw(size)
    return drawn


def places(name: Sequence[str], size: int) -> IntArray:
    """The numbers from 0 to `size` - 1 in the order that a name's stream gives them.

    They are the lower halves of integers whose upper halves are drawn: so no two of these are equal, and
    sorting them gives the same on every machine.
    """
    drawn = raw(name, (size + 1) // 2).astype("<u8", copy=False).view("<u4")[:size].astype(np.uint64)
    drawn <<= np.uint64(32)
    drawn |= np.arange(size, dtype=np.uint64)
    drawn.sort()
    drawn &= np.uint64(0xFFFFFFFF)
    return drawn.astype(np.intp)


def normal(name: Sequence[str], size: int) -> FloatArray:
    """Draws from the standard normal distribution."""
    drawn: FloatArray = _normal_quantiles(size)[places(name, size)]
    return drawn


def pert(name: Sequence[str], estimate: Estimate, size: int) -> FloatArray:
    """Draws from the Beta-PERT distribution of an estimate; a certainty has one value.

    The quantiles are exact to 0.00002 of the estimate's width.
    """
    low, likely, high = map(float, (estimate.low, estimate.likely, estimate.high))
    if low == high:
        return np.full(size, low)
    step = (likely - low) / (high - low) * STEPS
    lower = min(int(step), STEPS - 1)
    rest = step - lower
    at = (1 - rest) * _pert_quantiles(lower, size) + rest * _pert_quantiles(lower + 1, size)
    drawn: FloatArray = low + (high - low) * at[places(name, size)]
    return drawn


def around(value: float, low: float, high: float, normal: FloatArray) -> FloatArray:
    """Draws of a measured value: its median, and the ends of its 95% interval their 2.5% and 97.5% points.

    Between and beyond them as a normal distribution with a scale of its own at either side (Wallis, "The
    two-piece normal, binormal, or double Gaussian distribution", Statistical Science 29, 2014). `normal`
    are standard normal draws; the larger, the larger the value.
    """
    up, down = (max(end, 0.0) / _END if np.isfinite(end) else 0.0 for end in (high - value, value - low))
    return value + normal * np.where(normal > 0, up, down)


_END = 1.959963984540054


@lru_cache(maxsize=4)
def _normal_quantiles(size: int) -> FloatArray:
    quantiles: FloatArray = ndtri(_middles(size))
    return quantiles


@lru_cache(maxsize=2 * STEPS)
def _pert_quantiles(step: int, size: int) -> FloatArray:
    """Quantiles on [0, 1] of the distribution whose mode is `step` of `STEPS`."""
    alpha = 1 + WEIGHT * step / STEPS
    return np.interp(_middles(size), betainc(alpha, WEIGHT + 2 - alpha, _POINTS), _POINTS)


def _middles(size: int) -> FloatArray:
    return (np.arange(size) + 0.5) / size
