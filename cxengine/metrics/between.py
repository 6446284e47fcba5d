"""Groups between segments: everybody but some of them, one without others, what many tell together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.woven import woven

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    Sum = tuple[int, tuple[int, ...]]

_FAMILIES = 64
_AT_ONCE = 16


@attrs.frozen(eq=False)
class Groups:
    """Groups between segments: what is left of a segment without others that lie in it.

    `sums` are segments with their parts; a part beyond the number of segments is a group. `made` tells how
    each group is found: the segment less the others.
    """

    sums: tuple[Sum, ...]
    made: tuple[Sum, ...]
    woven: tuple[FloatArray, ...]
    """Further groups, behind those: how often each segment counts in them."""


def groups(segments: BoolArray) -> Groups:
    """The groups that differences of a few segments leave, each once."""
    return _groups_of(segments.tobytes(), segments.shape)


@lru_cache(maxsize=8)
def _groups_of(told: bytes, shape: tuple[int, ...]) -> Groups:
    """The same for the array of the bytes: every signal of a run asks of the same segments."""
    segments = np.frombuffer(told, dtype=bool).reshape(shape)
    columns = {row.tobytes(): i for i, row in reversed(list(enumerate(segments)))}
    sums: list[Sum] = []
    made: list[Sum] = []
    for whole, parts in _families(segments):
        left = segments[whole] & ~segments[list(parts)].any(axis=0)
        if not left.any():
            sums.append((whole, parts))
            continue
        place = columns.setdefault(left.tobytes(), len(segments) + len(made))
        if place == len(segments) + len(made):
            made.append((whole, parts))
        sums.append((whole, (*parts, place)))
    return Groups(
        tuple(sums),
        tuple(made),
        tuple(how for group, how in woven(segments) if group.tobytes() not in columns),
    )


def _families(segments: BoolArray) -> Iterator[Sum]:
    """Segments with others that lie apart from each other within them.

    Every pair; of everybody also two and three of the first at a time, up to a few dozen, and as many
    as fit.
    """
    within: BoolArray = np.all(segments[:, None, :] >= segments[None, :, :], axis=2)
    for whole in range(len(segments)):
        yield from ((whole, (part,)) for part in np.flatnonzero(within[whole]).tolist() if part != whole)
    some = segments.any(axis=1) & ~segments.all(axis=1)
    proper = np.flatnonzero(some).tolist()
    few = (family for size in (2, 3) for family in combinations(proper[:_AT_ONCE], size))
    apart = (family for family in few if _apart(segments[list(family)]))
    yield from ((0, family) for family in islice(apart, _FAMILIES))
    for first in proper[:_FAMILIES]:
        family = _filled(segments, first, proper)
        if len(family) > 3:
            yield 0, family


def _apart(segments: BoolArray) -> bool:
    """Whether no two of the segments share anybody."""
    return bool((segments.sum(axis=0) <= 1).all())


def _filled(segments: BoolArray, first: int, choice: Sequence[int]) -> tuple[int, ...]:
    """Segments apart from each other, from the first on, as many as fit."""
    family, taken = [first], segments[first].copy()
    for segment in choice:
        if not (taken & segments[segment]).any():
            family.append(segment)
            taken |= segments[segment]
    return tuple(sorted(family))
