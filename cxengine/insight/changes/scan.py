"""Where a series changed most, and how probable so much of a change is were there none.

Three kinds of change are looked for: a level that moves for good (`shift`), one that moves and comes back
(`episode`), and a straight line over all time (`trend`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, get_args

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.changes.ground import Ground

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

Kind = Literal["shift", "episode", "trend"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_MOMENTS = {"shift": 1, "episode": 2, "trend": 0}
"""Moments that are chosen; each is charged the logarithm of the number of periods (Schwarz 1978)."""
_IDLE = 3.0
"""A smaller greatest deviate is by chance anyway; its probability is not worked out."""


@attrs.frozen(eq=False)
class Best:
    """By line: the change that stands out most, and how probable so much is by chance, of any kind."""

    kind: IntArray
    """Position in `KINDS`; -1 where nothing can be told."""
    start: IntArray
    stop: IntArray
    """The window of the change, [start, stop); of a trend, all time."""
    deviate: FloatArray
    p: FloatArray


def scan(ground: Ground, least: IntArray, kinds: Sequence[Kind] = KINDS) -> Best:
    """Looks for changes of some kinds; every part that is compared has at least `least` answers (by line).

    The probability is the same for all `kinds`: that of any kind.
    """
    lines, boundaries = ground.weight.shape
    periods = boundaries - 1
    found = {kind: _most(ground, least, _chains(kind, periods)) for kind in ("shift", "episode")}
    slope = ground.deviate_of_slope()
    slope = np.where(ground.answers[:, -1] >= 2 * least, slope, 0.0)
    whole = np.zeros(lines, dtype=np.int64), np.full(lines, periods)
    deviates = np.stack([found["shift"][0], found["episode"][0], slope])
    deviates *= np.array([kind in kinds for kind in KINDS])[:, None]
    starts = np.stack([found["shift"][1], found["episode"][1], whole[0]])
    stops = np.stack([found["shift"][2], found["episode"][2], whole[1]])
    chances = np.stack([chance(ground, least, kind, np.abs(deviates[i])) for i, kind in enumerate(KINDS)])
    merit = deviates**2 - np.log(periods) * np.array([_MOMENTS[kind] for kind in KINDS])[:, None]
    merit = np.where(deviates != 0, merit, -np.inf)
    kind = np.where((deviates != 0).any(axis=0), merit.argmax(axis=0), -1)
    at = np.maximum(kind, 0), np.arange(lines)
    return Best(kind, starts[at], stops[at], deviates[at], np.minimum(len(KINDS) * chances.min(axis=0), 1.0))


def chance(ground: Ground, least: IntArray, kind: Kind, size: FloatArray) -> FloatArray:
    """How probable it is that the greatest deviate of a kind is at least `size` (by line), at most.

    For windows that overlap, the bound of Hunter and Worsley: the sum of the probabilities of all, less those
    of every window and the one before it together. Of normal deviates with correlation r, P(|A| > z, |B| > z)
    is at least 2 [P(A > z) - 2 T(z, sqrt((1 - r)/(1 + r)))] with Owen's T.

    Source: Worsley, Biometrika 69 (1982) 297-302.
    """
    from scipy.special import ndtr

    tail = 2 * ndtr(-size)
    if kind == "trend":
        return np.where(size > 0, tail, 1.0)
    bound = np.ones(len(size))
    rows = np.flatnonzero(size >= _IDLE)
    if len(rows):
        some, few = _lines(ground, rows), least[rows]
        total = np.zeros(len(rows))
        for start, stop in _chains(kind, ground.weight.shape[1] - 1):
            total += _bound(some, few, start, stop, size[rows])
        bound[rows] = np.minimum(total, 1.0)
    return bound


def places(ground: Ground, least: IntArray, start: IntArray, stop: IntArray) -> tuple[FloatArray, BoolArray]:
    """The deviates of windows, and which have enough answers inside, before, and after, if it ends."""
    deviates, told = ground.deviates(start, stop)
    counted = ground.answers
    few = least[:, None]
    told = told & (counted[:, stop] - counted[:, start] >= few) & (counted[:, start] >= few)
    periods = counted.shape[1] - 1
    told &= (stop == periods) | (counted[:, -1:] - counted[:, stop] >= few)
    return np.where(told, deviates, 0.0), told


def _chains(kind: Kind, periods: int) -> Iterator[tuple[IntArray, IntArray]]:
    """The windows of a kind, in lists in which each overlaps the one before it."""
    if kind == "shift":
        yield np.arange(1, periods), np.full(periods - 1, periods)
        return
    for length in _lengths(periods // 2):
        start = np.arange(1, periods - length)
        if len(start):
            yield start, start + length


def _lengths(longest: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 11, 16, ...: each half as long again, about; what lies between is found close by."""
    lengths = {round(2 ** (i / 2)) for i in range(2 * max(longest, 1).bit_length() + 1)} | {3}
    return sorted(length for length in lengths if length <= longest)


def _most(
    ground: Ground, least: IntArray, chains: Iterator[tuple[IntArray, IntArray]]
) -> tuple[FloatArray, IntArray, IntArray]:
    """By line, the window that stands out most: its deviate, start and stop."""
    each = np.arange(len(ground.weight))
    deviate = np.zeros(len(each))
    begin, end = np.zeros(len(each), dtype=np.int64), np.zeros(len(each), dtype=np.int64)
    for start, stop in chains:
        deviates, _ = places(ground, least, start, stop)
        at = np.abs(deviates).argmax(axis=1)
        better = np.abs(deviates[each, at]) > np.abs(deviate)
        deviate = np.where(better, deviates[each, at], deviate)
        begin, end = np.where(better, start[at], begin), np.where(better, stop[at], end)
    return deviate, begin, end


def _bound(ground: Ground, least: IntArray, start: IntArray, stop: IntArray, size: FloatArray) -> FloatArray:
    """The probability, at most, that any window of a list stands out so much."""
    from scipy.special import ndtr, owens_t

    _, told = places(ground, least, start, stop)
    r = ground.correlations(start, stop)
    alone = 2 * ndtr(-size)
    with np.errstate(divide="ignore"):
        further = 4 * owens_t(size[:, None], np.sqrt((1 - r) / (1 + r)))
    more = np.where(told[:, :-1], np.minimum(further, alone[:, None]), alone[:, None])
    found: FloatArray = np.where(told[:, 0], alone, 0.0) + np.where(told[:, 1:], more, 0.0).sum(axis=1)
    return found


def _lines(ground: Ground, rows: IntArray) -> Ground:
    """The ground of some lines."""
    names = ("excess", "weight", "taken", "answers", "error", "degrees", "skewness")
    slope = ground.slope[0][rows], ground.slope[1][rows]
    return attrs.evolve(ground, slope=slope, **{name: getattr(ground, name)[rows] for name in names})
