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
_NEAR = 1e-7
_SEED = 21


def woven(segments: BoolArray) -> tuple[tuple[BoolArray, FloatArray], ...]:
    """Combinations, and pairs of them, that all segments together determine, each once.

    `segments` has a row a segment and a column a combination. Of every group: whom it holds, and how often
    each segment counts in it. Groups that are segments themselves are none.
    """
    known = {row.tobytes() for row in segments}
    sides, strength, ways = np.linalg.svd(segments.astype(np.float64), full_matrices=False)
    there = strength > _ZERO * max(float(strength.max(initial=0.0)), 1.0)
    inverse = (ways[there].T / strength[there]) @ sides[:, there].T
    found = []
    for group in _groups(ways[there]):
        if group.tobytes() not in known:
            weights = group @ inverse
            weights[np.abs(weights) < _ZERO] = 0.0
            found.append((group, weights))
    return tuple(found)


def _groups(ways: FloatArray) -> Iterator[BoolArray]:
    """What of a combination the segments leave open is a direction; two together leave nothing open.

    `ways` are directions, at right angles, that the segments determine: shape (directions, combinations).
    """
    size = ways.shape[1]
    drawn = np.random.default_rng(_SEED).standard_normal((size, 3))
    left = drawn - ways.T @ (ways @ drawn)
    closed = 1.0 - (ways**2).sum(axis=0) < _ZERO
    every = np.eye(size, dtype=bool)
    yield from every[closed]
    loose = np.flatnonzero(~closed)
    yield from (every[loose[i]] | every[loose[j]] for i, j in _opposite(left[loose]))


def _opposite(points: FloatArray) -> Iterator[tuple[int, int]]:
    """Two points each, the earlier first, that add up to nothing. Shape of `points`: (points, 3)."""
    order = np.argsort(points[:, 0], kind="stable")
    ranked, wanted = points[order, 0], -points[:, 0]
    firsts = np.searchsorted(ranked, wanted - _NEAR)
    lasts = np.searchsorted(ranked, wanted + _NEAR, side="right")
    for i in np.flatnonzero(firsts < lasts).tolist():
        near = np.sort(order[firsts[i] : lasts[i]])
        met = (near > i) & (np.linalg.norm(points[near] + points[i], axis=1) <= _NEAR)
        yield from ((i, j) for j in near[met].tolist())
