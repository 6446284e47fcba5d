"""How long items may take: draws from three-point efforts, or from how long such work really took.

Durations of a history are drawn from their empirical distribution, with the quantile of rank p(n + 1) at p:
so as many of the next ones lie within two quantiles as promised, also where the history is short (Wilks,
Annals of Mathematical Statistics 12, 1941). Work that is recorded in whole days took somewhere between that
and a day less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.evidence.history import History
from cxengine.planning.estimate import mean
from cxengine.planning.ranks.streams import pert, places
from cxengine.project.model import InitiativeTable, Project

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

WORKING_DAYS = 5 / 7
"""Working days in a day of the calendar."""


def history_of(
    project: Project, initiative: InitiativeTable, team: str | None, known: Mapping[str, History]
) -> History | None:
    """The history of an initiative: its own, or that of its team."""
    if initiative.history is not None:
        return known.get(initiative.history)
    served = [table.id for table in project.histories if team is not None and team in table.teams]
    return known.get(served[0]) if served else None


def drawn_duration(
    initiative: InitiativeTable, planned: float, history: History | None, size: int
) -> FloatArray:
    """`size` draws of the working days that an item takes, of which the plan allows `planned`."""
    least = min(5 * (initiative.duration or 0.0), planned)
    if history is None:
        expected = mean(initiative.effort)
        effort = pert(("effort", initiative.id), initiative.effort, size)
        return np.maximum(planned * effort / expected if expected else np.full(size, planned), least)
    taken = np.zeros(size)
    for piece in range(1 if history.relative else initiative.pieces):
        name = ("history", history.id, initiative.id, str(piece))
        taken += empirical(history.of(initiative.size), name, size, whole_days=not history.relative)
    return np.maximum(planned * taken if history.relative else taken * WORKING_DAYS, least)


def empirical(
    values: Sequence[float], name: Sequence[str], size: int, *, whole_days: bool = True
) -> FloatArray:
    """Draws from the distribution that sorted values suggest for the next one, spread evenly."""
    levels = (np.arange(size) + 0.5) / size
    drawn: FloatArray = quantiles(values, levels, whole_days=whole_days)[places(name, size)]
    return drawn


def quantiles(values: Sequence[float], at: FloatArray, *, whole_days: bool = True) -> FloatArray:
    """Quantiles of the next value after these: of rank p(n + 1) of the values, within them.

    `whole_days` says that whole numbers are days, each of which stands for what ended within it; a ratio of
    1 stands for nothing but 1.
    """
    known = np.asarray(values)
    found: FloatArray = np.quantile(_spread(known) if whole_days else known, at, method="weibull")
    return found


def _spread(values: FloatArray) -> FloatArray:
    """Whole numbers of days, each spread over the day that it stands for; anything else as it is."""
    if not np.all(values == np.round(values)):
        return values
    days, first, counts = np.unique(values, return_index=True, return_counts=True)
    place = np.arange(len(values)) - np.repeat(first, counts)
    spread: FloatArray = np.maximum(
        np.repeat(days, counts) - 1 + (place + 0.5) / np.repeat(counts, counts), 0.0
    )
    return spread
