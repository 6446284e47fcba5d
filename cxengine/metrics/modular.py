"""Linear algebra modulo a prime: exact, and as fast as that of floating point.

Whole numbers have no rounding, so that what is nothing is told apart from what is little. Matrices are of
whole numbers from 0 up to the prime. They are multiplied as floating point in two halves, whose sums of
products are below `2**53`, hence exact. The method is that of Dumas, Giorgi and Pernet, Dense linear algebra
over word-size prime fields (2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

PRIME = 67_108_859  # the largest below 2**26
_HALF = 13
_AT_ONCE = 2 ** (53 - 26 - _HALF)
_BLOCK = 48


def times(one: IntArray, other: IntArray) -> IntArray:
    """The product of two matrices."""
    found = np.zeros((len(one), other.shape[1]), dtype=np.int64)
    if not found.size:
        return found
    for start in range(0, len(other), _AT_ONCE):
        left, right = one[:, start : start + _AT_ONCE], other[start : start + _AT_ONCE].astype(np.float64)
        high = ((left >> _HALF).astype(np.float64) @ right).astype(np.int64) % PRIME
        low = ((left & (2**_HALF - 1)).astype(np.float64) @ right).astype(np.int64)
        found += (high * 2**_HALF + low) % PRIME
    return found % PRIME


def reduced(matrix: IntArray) -> tuple[IntArray, IntArray]:
    """The rows from which all rows follow, in reduced echelon form, and the columns that they begin with.

    Each of them is 1 in its column and the other rows are 0 there (Gauss and Jordan).
    """
    rows = matrix.copy()
    if len(rows) <= _BLOCK:
        return _reduced(rows)
    used = np.zeros(len(rows), dtype=bool)
    order: list[int] = []
    columns: list[int] = []
    for start in range(0, rows.shape[1], _BLOCK):
        block = rows[:, start : start + _BLOCK]
        idle = np.flatnonzero(~used & block.any(axis=1))
        mine = idle[_reduced(block[idle].T.copy())[1]]  # those of them that are independent
        if not len(mine):
            continue
        at = _reduced(block[mine])[1] + start
        top = times(_inverse(rows[np.ix_(mine, at)]), rows[mine, start:])
        others = np.flatnonzero(rows[:, at].any(axis=1) & ~_among(mine, len(rows)))
        less = times(rows[np.ix_(others, at)], top)
        rows[others, start:] = (rows[others, start:] - less) % PRIME
        rows[mine, start:] = top
        used[mine] = True
        order += mine.tolist()
        columns += at.tolist()
        if used.all():
            break
    return rows[order], np.array(columns, dtype=np.int64)


def _among(places: IntArray, number: int) -> BoolArray:
    found = np.zeros(number, dtype=bool)
    found[places] = True
    return found


def _inverse(matrix: IntArray) -> IntArray:
    """Of a square matrix of full rank."""
    size = len(matrix)
    return _reduced(np.hstack([matrix, np.eye(size, dtype=np.int64)]))[0][:, size:]


def _reduced(rows: IntArray) -> tuple[IntArray, IntArray]:
    """The same, column by column."""
    columns: list[int] = []
    column = 0
    while len(columns) < len(rows):
        there = rows[len(columns) :, column:].any(axis=0)
        if not there.any():
            break
        column += int(there.argmax())
        at = len(columns)
        first = at + int(rows[at:, column].argmax())
        if first != at:
            rows[[at, first]] = rows[[first, at]]
        rows[at, column:] = rows[at, column:] * pow(int(rows[at, column]), -1, PRIME) % PRIME
        others = rows[:, column].copy()
        others[at] = 0
        more = np.flatnonzero(others)
        rows[more, column:] = (rows[more, column:] - others[more, None] * rows[at, column:]) % PRIME
        columns.append(column)
        column += 1
    return rows[: len(columns)], np.array(columns, dtype=np.int64)
