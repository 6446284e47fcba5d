"""What is told by how entries move in two directions drawn at random: columns of two rows modulo a prime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxengine.metrics.modular import PRIME

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

TWO = 2
"""So many directions tell: what is not told is taken for told with a chance of `1 / PRIME**2`."""


def followed(moves: IntArray) -> BoolArray:
    """The entries that follow, as they do not move."""
    found: BoolArray = (moves == 0).all(axis=0)
    return found


def by_two(moves: IntArray, persons: IntArray, threshold: int, *, once: bool) -> IntArray:
    """Of every entry, with how many others its sum follows; 0 unless with one it is of too few persons.

    The sum of two follows where one moves against the other. `persons` are at least behind each entry; where
    they answer `once`, those of two entries add up.
    """
    way, back = _names(moves), _names(-moves % PRIME)
    order = np.lexsort((persons, way))
    first, end = (np.searchsorted(way[order], back, side=side) for side in ("left", "right"))
    number = np.where(way != 0, end - first, 0)
    fewest = np.append(persons[order], 0)[first]
    both = persons + fewest if once else np.maximum(persons, fewest)
    found: IntArray = np.where(both < threshold, number, 0)
    return found


def together(moves: IntArray, others: IntArray) -> BoolArray:
    """The entries that move together with one of others: became they known, it would be, too."""
    moving = others[:, others.any(axis=0)]
    found: BoolArray = np.isin(_names(_unit(moves)), _names(_unit(moving)))
    return found


def _unit(moves: IntArray) -> IntArray:
    """Of three rows the last two where the first is 1; of what does not move there, nothing."""
    inverse, power, left = np.ones_like(moves[0]), moves[0], PRIME - 2
    while left:  # by Fermat's little theorem
        if left & 1:
            inverse = inverse * power % PRIME
        power, left = power * power % PRIME, left >> 1
    unit: IntArray = moves[1:] * inverse % PRIME
    return unit


def _names(moves: IntArray) -> IntArray:
    """Columns of two rows as one number each."""
    name: IntArray = moves[0] * PRIME + moves[1]
    return name
