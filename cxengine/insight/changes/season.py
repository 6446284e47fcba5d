"""Seasons: what comes back every week or every year is no change.

Every line has its own seasons: they are fitted together with its changes, so that their uncertainty is part
of the intervals, and a change is never told apart from a season further than the evidence can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from cxengine.metrics import period

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.project.model import Period

Season = Literal["week", "year"]

_CYCLES: dict[Season, dict[Period, float]] = {
    "week": {"day": 7},
    "year": {"day": 365.25, "week": 52.1775, "month": 12, "quarter": 4},
}
"""Periods in a season."""
_SEEN = 2
"""A season is allowed for by itself where it could be seen so often."""


def seasons(length: Period, periods: int, declared: Sequence[Season] | None = None) -> tuple[Season, ...]:
    """The seasons that are allowed for: those declared, or those that would be seen twice."""
    possible = [season for season, cycles in _CYCLES.items() if length in cycles]
    if declared is not None:
        return tuple(season for season in possible if season in declared)
    return tuple(season for season in possible if periods >= _SEEN * _CYCLES[season][length])


def design(length: Period, first: int, periods: int, allowed: Sequence[Season]) -> npt.NDArray[np.float64]:
    """The level and the seasons: a row a period; a column of ones, and one a phase but the first.

    The week has its days, the year its months (quarters, where periods are quarters); the month of a day or
    week is that of its middle.
    """
    numbers = range(first, first + periods)
    columns = [np.ones(periods)]
    if "week" in allowed:
        columns += _phases([number % 7 for number in numbers])
    if "year" in allowed:
        days = [period.first_day(length, number) for number in numbers]
        after = {"week": 3}.get(length, 0)
        months = [(day.toordinal() + after, day) for day in days]
        columns += _phases([type(day).fromordinal(ordinal).month for ordinal, day in months])
    return np.stack(columns, axis=1)


def _phases(phase: Sequence[int]) -> list[npt.NDArray[np.float64]]:
    """An indicator of every phase but the first."""
    seen = np.array(phase)
    return [(seen == one).astype(np.float64) for one in sorted(set(phase))[1:]]
