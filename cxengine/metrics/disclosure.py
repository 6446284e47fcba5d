"""What may be shown: small cells are hidden, and so much besides that nothing shown gives them away.

Answers add up in three ways: touchpoints to stages and the journey, periods to all time, segments to those
that hold them. Every sum is an equation; whoever reads a run knows the shown cells and solves for the
others. A cell with fewer answers than the threshold is hidden first. One more cell is hidden while a hidden
cell, or a small group that is no cell (everybody but a segment, one segment without another, the undated),
follows from shown cells or is bounded so tightly that its count has no choice, or while what is hidden in a
shown sum has in all fewer answers than the threshold: of those in the sum that tells, the one whose loss
matters least. What turns out to be hidden in vain is shown again, the dearest first. That is greedy, hence
not always the smallest set that protects. The reader is supposed to
know which combinations of segments occur.

The numbers of all metrics of a signal add up like its counts, so the counts decide for them.
Source: Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapters 4 and 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.closing import Closing, Layer
from cxengine.metrics.earlier import WAS_HIDDEN, Since, compared
from cxengine.metrics.equations import Equations
from cxengine.metrics.woven import woven

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Sum = tuple[int, tuple[int, ...]]

_ROUNDING = 1e-6
_FAMILIES = 64
_AT_ONCE = 16


@attrs.frozen(eq=False)
class Sums:
    """How cells add up, by positions on the axes of subjects, segments and periods.

    `subjects` and `periods` are totals with their parts; a total of periods also holds what has no time.
    `segments` has a row a segment, everybody first, and a column a combination of segments that occurs:
    whether the combination belongs to the segment. `dear` ranks subjects by how much their loss matters.
    """

    subjects: tuple[Sum, ...]
    segments: BoolArray
    periods: tuple[Sum, ...]
    dear: tuple[int, ...]


@attrs.frozen(eq=False)
class People:
    """Who is behind the answers of cells: arrays as their numbers of answers."""

    least: IntArray
    """At least so many persons."""
    most: IntArray
    """At most so many."""
    often: IntArray
    """Nobody gave more answers."""

    @classmethod
    def once(cls, n: IntArray) -> People:
        """Everybody gave one."""
        return cls(n, n, np.ones_like(n))


def hidden(
    n: IntArray,
    sums: Sums,
    threshold: int,
    small: BoolArray | None = None,
    *,
    people: People | None = None,
    before: IntArray | None = None,
    settled: IntArray | None = None,
) -> BoolArray:
    """Which cells must not be shown, by subject, segment and period, as `n`, their numbers of answers.

    `small` are cells to be protected like those with too few persons. Cells without answers are known to be
    empty. Without `people`, everybody answered once. `before` is what an earlier run showed, as
    `cxengine.metrics.earlier` tells. `settled` is 1 for cells that are shown elsewhere whatever is decided
    here, -1 for what is shown nowhere, 0 where it is to be decided.
    """
    cells = n > 0
    listed = cells if settled is None else cells & (settled == 0)
    groups = _groups(sums.segments)
    counts = _counts(n, sums, groups)
    least, most, often = _persons(n, counts, people, sums, groups)
    secret = (counts > 0) & (least < threshold)
    first = listed & secret[_cells(n)]
    if small is not None:
        first |= listed & small
    since = None
    if before is not None:
        since = _since(n, before, (counts, least, often), sums, groups)
        first |= listed & compared(n, before, since.least[_cells(n)], threshold)
    if not first.any() and not secret.any() and (since is None or not since.secret(threshold).any()):
        return first
    equations = Equations.of(_sums(counts.shape, n, sums, groups), counts.ravel() > 0)
    today = Layer(equations, counts.ravel(), least.ravel(), most.ravel(), often.ravel())
    base = counts == 0
    if settled is not None:
        base[_cells(n)] |= cells & (settled > 0)
    closing = Closing(
        equations=(every := _with_woven(equations, today.counts > 0, counts.shape, groups)),
        offset=every.number,
        today=today,
        since=None,
        seen=np.zeros(counts.size, dtype=bool),
        listed=_spread(listed, counts.shape),
        secret=secret.ravel(),
        base=base.ravel(),
        dear=_dear(counts.shape, sums),
    )
    if since is not None:
        closing = _with(since, closing, threshold, list(_sums(counts.shape, n, sums, groups)), groups)
    kept = closing.close(_spread(listed & ~first, counts.shape), threshold).reshape(counts.shape)
    found: BoolArray = listed & ~kept[_cells(n)]
    return found


def _spread(cells: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """Of cells, as entries, flat."""
    found = np.zeros(shape, dtype=bool)
    found[tuple(map(slice, cells.shape))] = cells
    return found.ravel()


def _persons(
    n: IntArray, counts: IntArray, people: People | None, sums: Sums, groups: _Groups
) -> tuple[IntArray, IntArray, IntArray]:
    """As in `People`, of all entries."""
    if people is None:
        return counts, counts, np.ones_like(counts)
    least, most, often = counts.copy(), counts.copy(), np.ones_like(counts)
    least[_cells(n)], most[_cells(n)], often[_cells(n)] = people.least, people.most, people.often
    _, segments, periods = n.shape
    for i, (total, parts) in enumerate(sums.periods):
        often[:, :, periods + i] = often[:, :, total]
        least[:, :, periods + i] = least[:, :, total] - most[:, :, list(parts)].sum(axis=2)
    for i, (whole, parts) in enumerate(groups.made):
        often[:, segments + i] = often[:, whole]
        least[:, segments + i] = least[:, whole] - most[:, list(parts)].sum(axis=1)
    for i in range(segments + len(groups.made), counts.shape[1]):
        often[:, i], least[:, i] = often[:, 0], 0
    least = np.minimum(np.maximum(least, -(-counts // np.maximum(often, 1))), counts)
    return least, most, often


def _since(
    n: IntArray, before: IntArray, today: tuple[IntArray, IntArray, IntArray], sums: Sums, groups: _Groups
) -> Since:
    """What came or went, by entry; who is behind it is bounded by who is behind the answers of today."""
    _, persons, often = today
    unknown = (before < 0) & ((n > 0) | (before == WAS_HIDDEN))
    counts = _counts(np.where(before >= 0, n - before, 0), sums, groups)
    least = -(-np.abs(counts) // np.maximum(often, 1))
    new = before == 0
    least[_cells(n)][new] = np.maximum(persons[_cells(n)], least[_cells(n)])[new]
    if (counts >= 0).all():
        for total, parts in sums.periods:
            among = least[:, :, list(parts)].max(axis=2, initial=0)
            least[:, :, total] = np.maximum(least[:, :, total], among)
        for total, parts in (*sums.subjects, *sums.subjects):
            least[total] = np.maximum(least[total], least[list(parts)].max(axis=0, initial=0))
    return Since(
        counts=counts,
        least=least,
        known=_counts(unknown.astype(np.int64), sums, groups, sign=1) == 0,
        seen=_spread(before >= 0, counts.shape).reshape(counts.shape),
        hid=_spread((before == WAS_HIDDEN) & (n > 0), counts.shape).reshape(counts.shape),
    )


def _with(
    since: Since,
    closing: Closing,
    threshold: int,
    sums: Sequence[tuple[IntArray, list[IntArray]]],
    groups: _Groups,
) -> Closing:
    """With what came or went since the earlier run, whose cells are those of today less that."""
    nothing = _nothing(since, sums)
    today, seen = closing.today, since.seen.ravel()
    moved = Layer(
        Equations.of(sums, ~nothing),
        np.where(since.known, since.counts, 1).ravel(),
        since.least.ravel(),
        np.abs(since.counts).ravel(),
        today.often,
    )
    return attrs.evolve(
        closing,
        equations=closing.equations.beside(
            _with_woven(moved.equations, ~nothing, since.counts.shape, groups), seen & ~nothing
        ),
        since=moved,
        seen=seen,
        secret=np.concatenate([closing.secret, since.secret(threshold).ravel() & ~nothing]),
        base=np.concatenate([closing.base | (seen & nothing), nothing]),
    )


def _with_woven(equations: Equations, there: BoolArray, shape: tuple[int, ...], groups: _Groups) -> Equations:
    """With the equations of groups that follow from many segments at once, of the entries that are there."""
    place = np.arange(len(there)).reshape(shape)
    first = shape[1] - len(groups.woven)
    for i, often in enumerate(groups.woven, first):
        counted = np.flatnonzero(often)
        entries = np.stack([place[:, i].ravel(), *(place[:, s].ravel() for s in counted)])
        equations = equations.also(entries, np.array([-1.0, *often[counted]]), there)
    return equations


def _nothing(since: Since, sums: Sequence[tuple[IntArray, list[IntArray]]]) -> BoolArray:
    """Where nothing came or went: where that is known, and in all parts of what is seen not to have moved."""
    known = since.known.ravel()
    nothing: BoolArray = known & (since.counts.ravel() == 0)
    still = nothing & since.seen.ravel()
    while not known.all():
        more = still.copy()
        for total, parts in sums:
            for part in parts:
                more[part] |= still[total] & ~known[part]
        if (more == still).all():
            break
        still = more
    return nothing | still


def _cells(n: IntArray) -> tuple[slice, ...]:
    """Where the cells are among cells and groups."""
    return tuple(slice(0, size) for size in n.shape)


@attrs.frozen(eq=False)
class _Groups:
    """Groups between segments: what is left of a segment without others that lie in it.

    `sums` are segments with their parts; a part beyond the number of segments is a group. `made` tells how
    each group is found: the segment less the others.
    """

    sums: tuple[Sum, ...]
    made: tuple[Sum, ...]
    woven: tuple[FloatArray, ...]
    """Further groups, behind those: how often each segment counts in them."""


def _groups(segments: BoolArray) -> _Groups:
    """The groups that differences of a few segments leave, each once."""
    return _groups_of(segments.tobytes(), segments.shape)


@lru_cache(maxsize=8)
def _groups_of(told: bytes, shape: tuple[int, ...]) -> _Groups:
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
    return _Groups(
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


def _counts(n: IntArray, sums: Sums, groups: _Groups, *, sign: int = -1) -> IntArray:
    """Counts of cells, of groups (further along the axis of segments) and of those without a time.

    With `sign` 1, of what groups and those without a time follow from.
    """
    subjects, segments, periods = n.shape
    further = len(groups.made) + len(groups.woven)
    counts = np.zeros((subjects, segments + further, periods + len(sums.periods)), dtype=np.int64)
    counts[_cells(n)] = n
    for i, (total, parts) in enumerate(sums.periods):
        counts[:, :segments, periods + i] = n[:, :, total] + sign * n[:, :, list(parts)].sum(axis=2)
    for i, (whole, parts) in enumerate(groups.made):
        counts[:, segments + i] = counts[:, whole] + sign * counts[:, list(parts)].sum(axis=1)
    for i, often in enumerate(groups.woven, segments + len(groups.made)):
        times = np.abs(often) if sign > 0 else often
        counts[:, i] = np.ceil(np.einsum("s,tsp->tp", times, counts[:, :segments]) - _ROUNDING)
    return counts


def _sums(
    shape: tuple[int, ...], n: IntArray, sums: Sums, groups: _Groups
) -> Iterator[tuple[IntArray, list[IntArray]]]:
    """All equations, as positions of totals and of their parts."""
    place = np.arange(int(np.prod(shape))).reshape(shape)
    periods = n.shape[2]
    for total, parts in sums.subjects:
        yield place[total].ravel(), [place[part].ravel() for part in parts]
    for i, (total, parts) in enumerate(sums.periods):
        yield place[:, :, total].ravel(), [place[:, :, part].ravel() for part in (*parts, periods + i)]
    for whole, parts in groups.sums:
        yield place[:, whole].ravel(), [place[:, part].ravel() for part in parts]


def _dear(shape: tuple[int, ...], sums: Sums) -> IntArray:
    """How much the loss of an entry matters.

    Of everybody more than of a segment, of all time more than of a period, of the journey more than of a
    touchpoint.
    """
    dear = np.zeros(shape, dtype=np.int64)
    dear[:, 0] += 3
    dear += 2 * np.array(sums.dear, dtype=np.int64)[:, None, None]
    for total, _ in sums.periods:
        dear[:, :, total] += 2
    return dear.ravel()
