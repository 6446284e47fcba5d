"""Small groups that follow from many segments at once, as where two attributes and their cross are segments.

People fall into combinations of segments. Whoever knows the numbers of all segments knows that of a
combination where its indicator is a linear combination of theirs: those who are neither Dutch nor young are
everybody less the Dutch, less the young, and once more the young Dutch (inclusion and exclusion). The same
holds for two combinations together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]

_ZERO = 1e-8
_SEED = 21


def woven(segments: BoolArray) -> tuple[tuple[BoolArray, FloatArray], ...]:
    """Combinations, and pairs of them, that all segments together determine, each once.

    `segments` has a row a segment and a column a combination. Of every group: whom it holds, and how often
    each segment counts in it. Groups that are segments themselves are none.
    """
    known = {row.tobytes() for row in segments}
    inverse = np.linalg.pinv(segments.astype(np.float64))
    found = []
    for group in _groups(segments):
        if group.tobytes() not in known:
            weights = group @ inverse
            weights[np.abs(weights) < _ZERO] = 0.0
            found.append((group, weights))
    return tuple(found)


def _groups(segments: BoolArray) -> Iterator[BoolArray]:
    """What of a combination the segments leave open is a direction; two together leave nothing open."""
    size = segments.shape[1]
    _, strength, ways = np.linalg.svd(segments.astype(np.float64), full_matrices=False)
    ways = ways[strength > _ZERO * max(float(strength.max(initial=0.0)), 1.0)]
    drawn = np.random.default_rng(_SEED).standard_normal((size, 3))
    left = drawn - ways.T @ (ways @ drawn)
    closed = 1.0 - (ways**2).sum(axis=0) < _ZERO
    every = np.eye(size, dtype=bool)
    yield from every[closed]
    loose = np.flatnonzero(~closed)
    if len(loose) < 2:
        return
    from scipy.spatial import KDTree

    pairs = KDTree(left[loose]).query_ball_point(-left[loose], r=1e-7)
    for i, others in enumerate(pairs):
        yield from (every[loose[i]] | every[loose[j]] for j in sorted(others) if j > i)
