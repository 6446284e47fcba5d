"""Shows again what was hidden in vain: cell after cell, as long as nothing follows that must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxengine.metrics.modular import PRIME

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]


class Rows:
    """Directions, a row each, in which what has been shown again does not move.

    They are drawn at random among all that were left open. To show a column is to leave out one direction and
    to take so much of it from the others that they do not move there: they stay random among those that the
    equations, and everything shown, leave open.
    """

    def __init__(self, drawn: IntArray, kept: int) -> None:
        self.kept = drawn[:kept]
        self._next = iter(drawn[kept:])
        self._shown: list[tuple[int, IntArray]] = []

    def without(self, column: int) -> IntArray:
        """One row less than are kept, as they would be with the column shown."""
        return self._left(column)[0]

    def show(self, column: int) -> None:
        """The column does not move any more."""
        left, way = self._left(column)
        self._shown.append((column, way))
        new = next(self._next)[None]
        for one, along in self._shown:
            new = _less(new, along, one)
        self.kept = np.vstack([left, new])

    def _left(self, column: int) -> tuple[IntArray, IntArray]:
        """What is left of the rows, and the one that is left out, so long that it moves by one."""
        at = int(self.kept[:, column].argmax())
        first = self.kept[at]
        way = first * pow(int(first[column]), -1, PRIME) % PRIME if first[column] else np.zeros_like(first)
        return _less(np.delete(self.kept, at, axis=0), way, column), way


def _less(rows: IntArray, way: IntArray, column: int) -> IntArray:
    """Rows that do not move in the column, where `way` moves by one."""
    left: IntArray = (rows - rows[:, column : column + 1] * way) % PRIME
    return left
