"""Which themes may be told: nothing that is told of a touchpoint gives away what a few there feel.

A theme tells of those who mention it and of those who write and do not; feelings and metrics tell of
everybody, also of those who write nothing. All of these are populations of one touchpoint that lie within
each other, as segments do, and `cxengine.metrics.disclosure` decides about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.earlier import NOT_COMPARED

if TYPE_CHECKING:
    import numpy.typing as npt

Row = Mapping[str, Any]
Label = tuple[str, str]
"""Enricher and theme."""

_EVERYBODY, _WRITERS = ("", "everybody"), ("", "writers")


def tellable(
    rows: Sequence[Row], combinations: Sequence[Row], previous: Sequence[Row], least: int
) -> Iterator[tuple[str, Label]]:
    """The touchpoints and themes that may be told.

    `rows` are those of `Queries.crossed`, `combinations` those of `Queries.combined`; `previous` are the
    themes that were published before, of the same period.
    """
    for touchpoint in sorted({row["touchpoint"] for row in rows}):
        here = _Touchpoint.of(
            [row for row in rows if row["touchpoint"] == touchpoint],
            [row for row in combinations if row["touchpoint"] == touchpoint],
        )
        earlier = [row for row in previous if row["touchpoint"] == touchpoint]
        yield from ((touchpoint, label) for label in here.told(earlier, least))


@attrs.frozen(eq=False)
class _Touchpoint:
    """Everybody, every theme and all who write, in that order; and whom each combination belongs to."""

    populations: tuple[Label, ...]
    held: npt.NDArray[np.bool_]
    n: npt.NDArray[np.int64]
    persons: npt.NDArray[np.int64]
    often: int

    @classmethod
    def of(cls, rows: Sequence[Row], combinations: Sequence[Row]) -> _Touchpoint:
        labels = sorted((row["enricher"], row["label"]) for row in rows if row["label"] is not None)
        populations = (_EVERYBODY, *labels, _WRITERS)
        sets = [_populations(row) for row in combinations]
        counted = {_label(row): row for row in rows}
        n = [
            sum(row["n"] for row, one in zip(combinations, sets, strict=True) if p in one)
            for p in populations
        ]
        often = max((row["often"] for row in combinations), default=1)
        everybody = max(counted[_WRITERS]["persons"], -(-n[0] // often))
        persons = [everybody, *(counted[one]["persons"] for one in populations[1:])]
        held = np.array([[population in one for one in sets] for population in populations])
        return cls(populations, held, np.array(n), np.array(persons), often)

    def told(self, previous: Sequence[Row], least: int) -> Iterable[Label]:
        """The themes that may be told."""
        shape = (1, len(self.populations), 1)
        n, settled = self.n.reshape(shape), np.zeros(shape, dtype=np.int64)
        settled[0, 0] = 1
        persons = np.minimum(self.persons.reshape(shape), n)
        before = None
        if previous:
            shown = {(row["enricher"], row["theme"]): row["mentions"] for row in previous}
            shown[_WRITERS] = previous[0]["n"]
            before = np.array([shown.get(one, NOT_COMPARED) for one in self.populations]).reshape(shape)
        unseen = hidden(
            n,
            Sums((), self.held, (), (0,)),
            least,
            people=People(persons, persons, np.full(shape, self.often)),
            before=before,
            settled=settled,
        )[0, :, 0]
        if unseen[-1]:
            return ()
        return [one for one, out in zip(self.populations, unseen, strict=True) if not out][1:-1]


def _label(row: Row) -> Label:
    return _WRITERS if row["label"] is None else (row["enricher"], row["label"])


def _populations(row: Row) -> set[Label]:
    """Whom a combination belongs to."""
    if not row["wrote"]:
        return {_EVERYBODY}
    labels = zip(row["enrichers"] or (), row["labels"] or (), strict=True)
    return {_EVERYBODY, _WRITERS, *labels}
