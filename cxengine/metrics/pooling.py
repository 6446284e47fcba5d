"""Roll-up where most of the cells there can be have answers: an entry for each, pooled along axes.

Amounts lie in arrays with an axis for segments, for touchpoints, for periods and for values. What is told of
a stage or of all time is a sum along an axis: nothing is sorted, and of an entry nothing is held but its
amount. `cxengine.metrics.rollup` gives the same rows from rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxengine.metrics.rollup import Hierarchy, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    AmountArray = npt.NDArray[Any]
    Populations = Sequence[tuple[int, IntArray]]
    """The positions of segments on their axis, each with those of the rows that belong to it."""
    Shape = tuple[int, int, int, int]

_DENSE = 8
"""Up to how many entries there may be for each row, so that pooling them costs less than sorting rows."""
_TOUCHPOINTS, _PERIODS = 1, 2


def poolable(rows: Rows, populations: Populations, hierarchy: Hierarchy) -> bool:
    """Whether an entry for every cell there can be costs less than rows of those there are."""
    there = sum(len(chosen) for _, chosen in populations)
    return 0 < math.prod(_shape(rows, populations, hierarchy)) <= _DENSE * there


def pooled(rows: Rows, populations: Populations, hierarchy: Hierarchy) -> Rows:
    """Rows of touchpoints and single periods (negative: no time) to those of all cells, sorted.

    Rows with the same keys may repeat; each counts at least one answer (`n`).
    """
    shape = _shape(rows, populations, hierarchy)
    period = np.where(rows.period < 0, hierarchy.all_time, rows.period)
    place = np.ravel_multi_index((rows.subject, period, rows.value), shape[1:])

    def every(amount: AmountArray, how: np.ufunc, nothing: float) -> AmountArray:
        found = np.full((shape[0], shape[1] * shape[2] * shape[3]), nothing, dtype=amount.dtype)
        for segment, chosen in populations:
            how.at(found[segment], place[chosen], amount[chosen])
        periods = _along(_PERIODS, _periods(hierarchy), found.reshape(shape), how, nothing)
        subjects = _along(_TOUCHPOINTS, _subjects(hierarchy), periods, how, nothing)
        return subjects.swapaxes(0, 1)

    n = every(rows.sums["n"], np.add, 0)
    there = np.nonzero(n)
    subject, segment, period, value = (position.astype(np.int32) for position in there)
    return Rows(
        subject,
        segment,
        period,
        value,
        {name: (n if name == "n" else every(a, np.add, 0))[there] for name, a in rows.sums.items()},
        {name: every(amount, np.fmin, np.nan)[there] for name, amount in rows.lows.items()},
        {name: every(amount, np.fmax, np.nan)[there] for name, amount in rows.highs.items()},
    )


def _shape(rows: Rows, populations: Populations, hierarchy: Hierarchy) -> Shape:
    """How many segments, touchpoints, periods (the last stands for no time) and values there can be."""
    segments = max((segment for segment, _ in populations), default=-1) + 1
    values = int(rows.value.max(initial=-1)) + 1
    return segments, len(hierarchy.levels[0]), hierarchy.all_time + 1, values


def _periods(hierarchy: Hierarchy) -> list[list[int]]:
    """Which periods belong to each position: itself, everything to all time, what is now to the present."""
    ever = list(range(hierarchy.all_time + 1))
    now = ever if hierarchy.present is None else [hierarchy.present]
    return [*([single] for single in ever[:-1]), ever, now]


def _subjects(hierarchy: Hierarchy) -> list[IntArray]:
    """Which touchpoints belong to each subject, of whatever level."""
    levels = np.array(hierarchy.levels)
    return [np.flatnonzero((levels == subject).any(axis=0)) for subject in range(int(levels.max()) + 1)]


def _along(
    axis: int, groups: Sequence[Sequence[int] | IntArray], amounts: AmountArray, how: np.ufunc, nothing: float
) -> AmountArray:
    """The amounts of groups of positions on an axis."""
    return np.stack(
        [how.reduce(amounts.take(group, axis), axis=axis, initial=nothing) for group in groups], axis=axis
    )
