"""Segments and periods: how far their cases go, as long as nobody is given away.

The numbers of cases by segment and period are hidden like those of measurements: see
`cxengine.metrics.disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.observed.flow import Population, Share, StageReached
from cxengine.insight.observed.shares import share
from cxengine.metrics import period
from cxengine.metrics.disclosure import Sums, hidden
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Project

Row = Mapping[str, Any]


def of_populations(
    project: Project, cubes: Sequence[Cube], counted: Sequence[Row], lengths: Sequence[Row], least: int
) -> tuple[tuple[Population, ...], int]:
    """The populations that may be shown, everybody and all time first; and how many more there are.

    `counted` are cases by masks, period, furthest stage and whether they follow the design; `lengths` the
    median lengths of cases by period.
    """
    segments = (ALL, *(segment for cube in cubes for segment in cube.segments))
    periods: tuple[int | None, ...] = (None,)
    if project.evidence.period not in {"day", "week"}:  # too many, and mostly too small: changes tell of them
        periods += tuple(sorted({row["period"] for row in counted if row["period"] is not None}))
    combinations = sorted({_mask(cubes, row) for row in counted})
    held = np.array([[_holds(cubes, segment, mask) for mask in combinations] for segment in segments])
    rows = [[list(_rows(cubes, counted, s, p)) for p in periods] for s in segments]
    cases = np.array([[[sum(row["cases"] for row in cell) for cell in line] for line in rows]])
    sums = Sums((), held, ((0, tuple(range(1, len(periods)))),), (0,))
    unseen = hidden(cases, sums, least)[0]
    medians = {None if row["total"] else row["period"]: row for row in lengths if _of_time(row)}
    found = [
        _population(project, (segment, number), rows[i][j], medians[number][segment], least)
        for i, segment in enumerate(segments)
        for j, number in enumerate(periods)
        if rows[i][j] and not unseen[i, j]
    ]
    return tuple(_held_against_others(project, found, counted)), int(unseen.sum())


def _held_against_others(
    project: Project, found: Sequence[Population], counted: Sequence[Row]
) -> Iterator[Population]:
    """Segments with the chance that they follow the design as often as all other cases."""
    segments = {str(segment.id) for segment in project.segments}
    cases = sum(row["cases"] for row in counted)
    whole = share(sum(row["cases"] for row in counted if row["follows"]), cases)
    for one in found:
        asked = one.segment in segments and one.period == ALL and one.cases < cases
        yield attrs.evolve(one, p=_chance(one.follows, whole)) if asked else one


def _chance(part: Share, whole: Share) -> float:
    """How likely a segment differs this much from all other cases by chance: Fisher's exact test."""
    from scipy.stats import fisher_exact

    rest, others = whole.count - part.count, whole.n - part.n
    table = [[part.count, part.n - part.count], [rest, others - rest]]
    return float(fisher_exact(table).pvalue)


def _of_time(row: Row) -> bool:
    """Whether a row is about all time or about a period, not about cases without a time."""
    return bool(row["total"]) or row["period"] is not None


def _mask(cubes: Sequence[Cube], row: Row) -> tuple[int, ...]:
    return tuple(row[f"s{i}"] for i in range(len(cubes)))


def _holds(cubes: Sequence[Cube], segment: str, mask: Sequence[int]) -> bool:
    """Whether cases with these masks belong to a segment."""
    return segment == ALL or any(
        mask[i] >> cube.segments.index(segment) & 1
        for i, cube in enumerate(cubes)
        if segment in cube.segments
    )


def _rows(cubes: Sequence[Cube], counted: Sequence[Row], segment: str, number: int | None) -> Iterator[Row]:
    for row in counted:
        if number in (None, row["period"]) and _holds(cubes, segment, _mask(cubes, row)):
            yield row


def _population(
    project: Project, where: tuple[str, int | None], rows: Sequence[Row], seconds: float | None, least: int
) -> Population:
    segment, number = where
    cases = sum(row["cases"] for row in rows)
    follows = sum(row["cases"] for row in rows if row["follows"])
    return Population(
        segment=segment,
        period=ALL if number is None else period.label(project.evidence.period, number),
        cases=cases,
        follows=share(follows, cases),
        stages=tuple(_stages(project, rows, cases, least)),
        seconds=seconds,
    )


def _stages(project: Project, rows: Sequence[Row], cases: int, least: int) -> Iterator[StageReached]:
    """The funnel: nobody reaches a stage who does not reach those before it."""
    last = len(project.stages) - 1
    for rank, stage in enumerate(project.stages):
        reached = sum(row["cases"] for row in rows if row["furthest"] >= rank)
        ended = sum(row["cases"] for row in rows if row["furthest"] == rank)
        dropped = share(ended, reached) if reached >= least and rank < last else None
        yield StageReached(str(stage.id), share(reached, cases), dropped)
