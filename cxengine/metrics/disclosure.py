"""What may be shown: small cells are hidden, and so much besides that nothing shown gives them away.

Answers add up in three ways: touchpoints to stages and the journey, periods to all time, segments to those
that hold them. Every sum is an equation; whoever reads a run knows the shown cells and solves for the
others. A cell with fewer answers than the threshold is hidden first. One more cell is hidden while a hidden
cell, or a small group that is no cell (everybody but a segment, one segment without another, the undated),
follows from shown cells or is bounded so tightly that its count has no choice, or while what is hidden in a
shown sum has in all fewer answers than the threshold: of those in the sum that tells, the one whose loss
matters least. What follows from shown cells all the same is shown, or more is hidden if it would tell too
much; what turns out to be hidden in vain is shown again, the dearest first. That is greedy, hence not always
the smallest set that protects. The reader is supposed to
know which combinations of segments occur.

The numbers of all metrics of a signal add up like its counts, so the counts decide for them.
Source: Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapters 4 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.closing import Closing, Layer
from cxengine.metrics.directions import Coordinates
from cxengine.metrics.earlier import WAS_HIDDEN, Earlier, Since
from cxengine.metrics.entries import Entries, Sums

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

__all__ = ["Amounts", "People", "Sums", "hidden"]


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


@attrs.frozen(eq=False)
class Amounts:
    """What the answers of cells amount to, and how much of it one person holds: arrays as their numbers."""

    total: FloatArray
    largest: FloatArray
    """The most, whatever its sign, that is of one person."""
    share: float
    """How much of the total one person may hold."""


def hidden(
    n: IntArray,
    sums: Sums,
    threshold: int,
    small: BoolArray | None = None,
    *,
    people: People | None = None,
    amounts: Amounts | None = None,
    before: IntArray | None = None,
    last: IntArray | None = None,
    settled: IntArray | None = None,
) -> BoolArray:
    """Which cells must not be shown, by subject, segment and period, as `n`, their numbers of answers.

    `small` are cells to be protected like those with too few persons. Cells without answers are known to be
    empty. Without `people`, everybody answered once. Of `amounts`, cells and groups in which one person may
    hold more than the share are protected like small ones. `before` is what an earlier run showed, as
    `cxengine.metrics.earlier` tells, `last` what was told last of the cells that it hid. `settled` is 1 for
    cells that are shown elsewhere whatever is decided here, -1 for what is shown nowhere, 0 where it is to be
    decided.
    """
    cells = n > 0
    listed = cells if settled is None else cells & (settled == 0)
    entries = Entries.of(n.shape, sums)
    counts = entries.counts(n)
    least, most, often = _persons(entries, counts, people)
    secret = (counts > 0) & (least < threshold)
    if amounts is not None:
        secret |= (counts > 0) & _dominated(entries, amounts)
    first = listed & secret[entries.cells]
    if small is not None:
        first |= listed & small
    since = None
    if before is not None:
        since = _since(entries, n, before, (counts, least, often))
        told = Earlier(before, last, often[entries.cells])
        first |= listed & told.tells(n, since.least[entries.cells], threshold)
    if not first.any() and not secret.any() and (since is None or not since.secret(threshold).any()):
        return first
    there = counts.ravel() > 0
    equations = entries.equations(there)
    base = counts == 0
    if settled is not None:
        base[entries.cells] |= cells & (settled > 0)
    closing = Closing(
        equations=(every := entries.with_woven(equations, there)),
        coordinates=Coordinates.of(entries),
        offset=every.number,
        today=Layer(equations, counts.ravel(), least.ravel(), most.ravel(), often.ravel()),
        since=None,
        seen=np.zeros(counts.size, dtype=bool),
        listed=entries.spread(listed),
        secret=secret.ravel(),
        base=base.ravel(),
        dear=entries.dear,
    )
    if since is not None:
        closing = _with(entries, since, closing, threshold)
    kept = closing.close(entries.spread(listed & ~first), threshold).reshape(counts.shape)
    found: BoolArray = listed & ~kept[entries.cells]
    return found


def _persons(
    entries: Entries, counts: IntArray, people: People | None
) -> tuple[IntArray, IntArray, IntArray]:
    """As in `People`, of all entries."""
    if people is None:
        return counts, counts, np.ones_like(counts)
    cells, made = entries.cells, entries.groups.made
    least, most, often = counts.copy(), counts.copy(), np.ones_like(counts)
    least[cells], most[cells], often[cells] = people.least, people.most, people.often
    for i, (total, parts) in enumerate(entries.sums.periods, entries.periods):
        often[:, :, i] = often[:, :, total]
        least[:, :, i] = least[:, :, total] - most[:, :, list(parts)].sum(axis=2)
    for i, (whole, parts) in enumerate(made, entries.segments):
        often[:, i] = often[:, whole]
        least[:, i] = least[:, whole] - most[:, list(parts)].sum(axis=1)
    for i in range(entries.segments + len(made), counts.shape[1]):
        often[:, i], least[:, i] = often[:, 0], 0
    least = np.minimum(np.maximum(least, -(-counts // np.maximum(often, 1))), counts)
    return least, most, often


def _dominated(entries: Entries, amounts: Amounts) -> BoolArray:
    """In which entries one person may hold too much; in a group, at most what one of its whole holds."""
    total = entries.amounts(amounts.total)
    largest = np.zeros(entries.shape)
    largest[entries.cells] = amounts.largest
    for i, (whole, _) in enumerate(entries.sums.periods, entries.periods):
        largest[:, :, i] = largest[:, :, whole]
    for i, (whole, _) in enumerate(entries.groups.made, entries.segments):
        largest[:, i] = largest[:, whole]
    largest[:, entries.segments + len(entries.groups.made) :] = largest[:, :1]
    found: BoolArray = largest > amounts.share * np.abs(total)
    return found


def _since(
    entries: Entries, n: IntArray, before: IntArray, today: tuple[IntArray, IntArray, IntArray]
) -> Since:
    """What came or went, by entry; who is behind it is bounded by who is behind the answers of today."""
    _, persons, often = today
    unknown = (before < 0) & ((n > 0) | (before == WAS_HIDDEN))
    counts = entries.counts(np.where(before >= 0, n - before, 0))
    least = -(-np.abs(counts) // np.maximum(often, 1))
    new = before == 0
    least[entries.cells][new] = np.maximum(persons[entries.cells], least[entries.cells])[new]
    if (counts >= 0).all():
        for total, parts in entries.sums.periods:
            among = least[:, :, list(parts)].max(axis=2, initial=0)
            least[:, :, total] = np.maximum(least[:, :, total], among)
        for total, parts in (*entries.sums.subjects, *entries.sums.subjects):
            least[total] = np.maximum(least[total], least[list(parts)].max(axis=0, initial=0))
    return Since(
        counts=counts,
        least=least,
        known=entries.counts(unknown.astype(np.int64), sign=1) == 0,
        seen=entries.spread(before >= 0).reshape(counts.shape),
        hid=entries.spread((before == WAS_HIDDEN) & (n > 0)).reshape(counts.shape),
    )


def _with(entries: Entries, since: Since, closing: Closing, threshold: int) -> Closing:
    """With what came or went since the earlier run, whose cells are those of today less that."""
    nothing = _nothing(entries, since, closing.today.counts == 0)
    there, seen = ~nothing, since.seen.ravel()
    moved = Layer(
        entries.equations(there),
        np.where(since.known, since.counts, 1).ravel(),
        since.least.ravel(),
        np.abs(since.counts).ravel(),
        closing.today.often,
    )

    return attrs.evolve(
        closing,
        equations=closing.equations.beside(entries.with_woven(moved.equations, there), seen & there),
        coordinates=Coordinates.of(entries, seen & there),
        since=moved,
        seen=seen,
        secret=np.concatenate(
            [closing.secret, since.secret(threshold).ravel() & there, since.hid.ravel() & there]
        ),
        base=np.concatenate([closing.base | (seen & nothing), nothing]),
    )


def _nothing(entries: Entries, since: Since, empty: BoolArray) -> BoolArray:
    """Where nothing came or went: where that is known, and in all parts of what is seen not to have moved.

    Where nothing is today and what was is not known, a reader takes it that nothing was.
    """
    known = since.known.ravel()
    nothing: BoolArray = known & (since.counts.ravel() == 0)
    still = nothing & since.seen.ravel()
    while not known.all():
        more = still.copy()
        for total, parts in entries.sum_up():
            for part in parts:
                more[part] |= still[total] & ~known[part]
        if (more == still).all():
            break
        still = more
    return nothing | still | (empty & ~known)
