"""Which of many differences are beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

FALSE_DISCOVERY_RATE = 0.05
"""Of the differences that a run flags, the share that is expected to be chance, at most."""


def discoveries(chances: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Which of the hypotheses fall, so that at most `rate` of those that do are expected to fall wrongly.

    Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
    """
    return list(map(bool, beyond_chance(np.asarray(chances, dtype=np.float64), rate)))


def beyond_chance(chances: FloatArray, rate: float = FALSE_DISCOVERY_RATE) -> npt.NDArray[np.bool_]:
    """The same for an array."""
    found: npt.NDArray[np.bool_] = chances <= cutoff([chances], rate)
    return found


def cutoff(chances: Sequence[FloatArray], rate: float = FALSE_DISCOVERY_RATE) -> float:
    """The largest chance at which a hypothesis falls, of all that are in some arrays; -1 where none does."""
    ranked = np.sort(np.concatenate([some[some <= rate] for some in chances]))  # no other can pass
    total = max(sum(map(len, chances)), 1)
    passed = ranked[ranked <= rate * np.arange(1, len(ranked) + 1) / total]
    return float(passed.max(initial=-1.0))
