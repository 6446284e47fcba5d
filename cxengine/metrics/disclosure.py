"""What may be shown: small cells are hidden, and so much besides that nothing shown gives them away.

Answers add up in three ways: touchpoints to stages and the journey, periods to all time, segments to those
that hold them. Every sum is an equation; whoever reads a run knows the shown cells and solves for the
others. A cell with fewer answers than the threshold is hidden first. While some hidden cell (or a small
group that is no cell: everybody but a segment, one segment without another, the undated) follows from shown
ones, or what is hidden in a shown sum has in all fewer answers than the threshold, one more cell is hidden:
of those that would give it away, the one whose loss matters least. That is greedy, hence not always the
smallest set that protects. The reader is supposed to know which combinations of segments occur.

The numbers of all metrics of a signal follow the same equations as its counts, so the counts decide.
Source: Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapters 4 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.equations import Equations

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

EMPLOYEES = 5
"""Answers of employees are never shown for fewer."""


@attrs.frozen(eq=False)
class Sums:
    """How cells add up, by positions on the axes.

    `subjects` and `periods` are pairs of a total and its parts; `rest` is the position of what is in the
    total of the periods and in none of them, if they have one. `segments` has a row a segment and a column
    a combination of segments that occurs: whether the combination belongs to the segment; the segment
    `everybody` has them all. `dear` ranks subjects: the higher, the more its loss matters.
    """

    subjects: tuple[tuple[int, tuple[int, ...]], ...]
    segments: BoolArray
    everybody: int
    periods: tuple[tuple[int, tuple[int, ...]], ...]
    dear: tuple[int, ...]


def hidden(n: IntArray, sums: Sums, threshold: int, small: BoolArray | None = None) -> BoolArray:
    """Which cells must not be shown.

    `n` counts answers by subject, segment and period (three axes); cells without answers are known to be
    empty. `small` are further cells to be protected as if they had too few.
    """
    primary = (n > 0) & (n < threshold)
    if small is not None:
        primary |= small & (n > 0)
    counts, equations = _equations(n, sums)
    listed = np.zeros(counts.shape, dtype=bool)
    listed[: n.shape[0], : n.shape[1], : n.shape[2]] = n > 0
    secret = (counts > 0) & (counts < threshold) & ~listed
    if not primary.any() and not secret.any():
        return primary
    protected = np.zeros_like(listed)
    protected[: n.shape[0], : n.shape[1], : n.shape[2]] = primary
    shown = equations.protect(
        shown=(listed & ~protected).ravel(),
        secret=secret.ravel(),
        counts=counts.ravel(),
        dear=_dear(listed.shape, n, sums).ravel(),
        threshold=threshold,
    )
    everything: BoolArray = (listed & ~shown.reshape(listed.shape))[: n.shape[0], : n.shape[1], : n.shape[2]]
    return everything


def _dear(shape: tuple[int, ...], n: IntArray, sums: Sums) -> IntArray:
    """How much the loss of a cell matters: everybody more than a segment, all time more than a period,
    the journey more than a touchpoint; of equals, the one with more answers."""
    dear = np.zeros(shape, dtype=np.int64)
    dear[: n.shape[0], :, :] += 2 * np.array(sums.dear, dtype=np.int64)[:, None, None]
    dear[:, sums.everybody, :] += 3
    for total, _ in sums.periods:
        dear[:, :, total] += 2
    dear <<= 40
    dear[: n.shape[0], : n.shape[1], : n.shape[2]] += np.minimum(n, 2**39)
    return dear


def _equations(n: IntArray, sums: Sums) -> tuple[IntArray, Equations]:
    """Counts of cells and of the groups between them, and the equations among them.

    Groups follow the segments on their axis, the rest of every total of periods follows the periods.
    """
    differences = _differences(sums.segments)
    subjects, segments, periods = n.shape
    shape = (subjects, segments + len(differences), periods + len(sums.periods))
    counts = np.zeros(shape, dtype=np.int64)
    counts[:, :segments, :periods] = n
    found = Equations.of(shape)
    for i, (total, parts) in enumerate(sums.periods):
        rest = periods + i
        counts[:, :segments, rest] = n[:, :, total] - n[:, :, list(parts)].sum(axis=2)
        found = found.adding(2, total, (*parts, rest), slice(0, segments), axis=1)
    for total, parts in sums.subjects:
        found = found.adding(0, total, parts, slice(0, segments), axis=1)
    for i, (whole, part) in enumerate(differences):
        counts[:, segments + i, :] = counts[:, whole, :] - counts[:, part, :]
        found = found.adding(1, whole, (part, segments + i))
    for whole, parts in _partitions(sums.segments):
        found = found.adding(1, whole, parts)
    return counts, found.among(counts > 0)


def _differences(segments: BoolArray) -> list[tuple[int, int]]:
    """Pairs of a segment and another that lies within it."""
    inside = (segments[:, None, :] >= segments[None, :, :]).all(axis=2)
    pairs = np.argwhere(inside).tolist()
    return [(whole, part) for whole, part in pairs if whole != part]


def _partitions(segments: BoolArray) -> list[tuple[int, tuple[int, ...]]]:
    """Segments that are the disjoint union of three or more others, found from the largest part down."""
    sizes = segments.sum(axis=1)
    found = []
    for whole in range(len(segments)):
        inside = [
            s
            for s in np.argsort(-sizes, kind="stable").tolist()
            if 0 < sizes[s] < sizes[whole] and (segments[whole] >= segments[s]).all()
        ]
        found += [(whole, parts) for parts in _covers(segments, segments[whole], inside, ())]
    return found


_COVERS = 64


def _covers(
    segments: BoolArray, left: BoolArray, choice: Sequence[int], chosen: tuple[int, ...]
) -> list[tuple[int, ...]]:
    """The ways to make up `left` from disjoint segments of `choice`, at most a few dozen."""
    if not left.any():
        return [chosen] if len(chosen) > 1 else []
    found: list[tuple[int, ...]] = []
    first = int(np.argmax(left))
    for segment in choice:
        if segments[segment, first] and (left >= segments[segment]).all():
            found += _covers(segments, left & ~segments[segment], choice, (*chosen, segment))
        if len(found) >= _COVERS:
            break
    return found
