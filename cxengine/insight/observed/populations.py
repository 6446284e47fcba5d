"""Segments and periods: how far their cases go, as long as nobody is given away.

The numbers of cases by segment and period are hidden like those of measurements: see
`cxengine.metrics.disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import erfc, sqrt
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.observed.flow import Hidden, Population, Share, StageReached
from cxengine.insight.observed.shares import share
from cxengine.metrics import period
from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.earlier import NOT_COMPARED, WAS_HIDDEN
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.observed.queries import Queries
    from cxengine.insight.observed.rows import Rows
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period, Project

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

Row = Mapping[str, Any]


def of_populations(
    queries: Queries, asked: Rows, earlier: Row | None, least: int
) -> tuple[tuple[Population, ...], tuple[Hidden, ...]]:
    """The populations that may be shown, everybody and all time first; and those that may not.

    `earlier` is the journey as it was published before, beside which none must tell of a few cases either.
    """
    project, cubes, counted = queries.project, queries.cubes, asked.counted
    segments = (ALL, *(segment for cube in cubes for segment in cube.segments))
    periods: tuple[int | None, ...] = (None,)
    if project.evidence.period not in {"day", "week"}:  # too many, and mostly too small: changes tell of them
        periods += tuple(sorted({row["period"] for row in counted if row["period"] is not None}))
    combinations = sorted({_mask(cubes, row) for row in counted})
    held = np.array([[_holds(cubes, segment, mask) for mask in combinations] for segment in segments])
    sums = Sums((), held, ((0, tuple(range(1, len(periods)))),), (0,))
    medians = {None if row["total"] else row["period"]: row for row in asked.lengths if _of_time(row)}
    found = {
        (i, j): _population(asked, project, (segment, number), rows, medians[number][segment], least=least)
        for i, segment in enumerate(segments)
        for j, number in enumerate(periods)
        if (rows := list(_rows(cubes, counted, segment, number)))
    }
    cases = np.zeros((1, len(segments), len(periods)), dtype=np.int64)
    settled = np.zeros_like(cases)
    for (i, j), one in found.items():
        cases[0, i, j] = one.cases
    settled[0, 0, 0] = 1  # everything else about a journey is of all its cases
    labels = tuple(_label(project, number) for number in periods)
    persons = {None if row["total"] else row["period"]: row for row in asked.persons if _of_time(row)}
    behind = np.array([[[persons[number][segment] for number in periods] for segment in segments]])
    unseen = hidden(
        cases,
        sums,
        least,
        _continued(found, earlier, cases.shape),
        people=People(behind, behind, np.full_like(cases, asked.log.often)),
        before=None if earlier is None else _before(segments, labels, earlier, project.evidence.period),
        settled=settled,
    )[0]
    shown = _held_against_others(project, [one for at, one in found.items() if not unseen[at]], asked)
    kept_back = tuple(Hidden(one.segment, one.period) for at, one in found.items() if unseen[at])
    return tuple(shown), kept_back


def _before(segments: Sequence[str], labels: Sequence[str], earlier: Row, length: Period) -> IntArray:
    """The cases that were told of the same segments and periods; what is not listed had none."""
    told = {(one["segment"], one["period"]): one["cases"] for one in earlier["populations"]}
    told |= {(one["segment"], one["period"]): WAS_HIDDEN for one in earlier.get("hidden", ())}
    known = {segment for segment, _ in told}
    same = all(when == ALL or period.length_of(when) == length for _, when in told)
    found = np.full((1, len(segments), len(labels)), NOT_COMPARED, dtype=np.int64)
    for i, segment in enumerate(segments):
        for j, label in enumerate(labels):
            if segment in known and (same or label == ALL):
                found[0, i, j] = told.get((segment, label), 0)
    return found


def _continued(
    found: Mapping[tuple[int, int], Population], earlier: Row | None, shape: tuple[int, ...]
) -> BoolArray:
    """Where there are as many cases as before, of which some have come to another stage since."""
    told = {} if earlier is None else {(p["segment"], p["period"]): p for p in earlier["populations"]}
    changed = np.zeros(shape, dtype=bool)
    for at, one in found.items():
        before = told.get((one.segment, one.period))
        if before is not None and before["cases"] == one.cases:
            reached = {stage["stage"]: stage["reached"]["count"] for stage in before["stages"]}
            changed[0, *at] = any(
                s.reached.count != reached.get(s.stage, s.reached.count) for s in one.stages
            )
    return changed


def _held_against_others(project: Project, found: Sequence[Population], asked: Rows) -> Iterator[Population]:
    """Segments with the chance that they follow the design as often as all other cases."""
    segments = {str(segment.id) for segment in project.segments}
    whole, effect = share(asked.totals["follows"], asked.cases), asked.every.effect(asked.totals, "follows")
    for one in found:
        held = one.segment in segments and one.period == ALL and one.cases < whole.n
        yield attrs.evolve(one, p=_chance(one.follows, whole, effect)) if held else one


def _chance(part: Share, whole: Share, effect: float) -> float:
    """How likely a segment differs this much from all other cases by chance: Fisher's exact test.

    Where persons have several cases, by the variances of both shares and the effect of that (the correction
    by Rao and Scott, Annals of Statistics 12 (1984) 46-60).
    """
    from scipy.stats import fisher_exact

    rest, others = whole.count - part.count, whole.n - part.n
    if effect > 1:
        p = whole.value
        error = sqrt(effect * p * (1 - p) * (1 / part.n + 1 / others))
        return erfc(abs(part.value - rest / others) / error / sqrt(2)) if error > 0 else 1.0
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
    asked: Rows,
    project: Project,
    where: tuple[str, int | None],
    rows: Sequence[Row],
    seconds: float | None,
    *,
    least: int,
) -> Population:
    """One of them; the cases of a person are taken to be as much alike as everybody's."""
    segment, number = where
    cases = sum(row["cases"] for row in rows)
    follows = sum(row["cases"] for row in rows if row["follows"])
    return Population(
        segment=segment,
        period=_label(project, number),
        cases=cases,
        follows=share(follows, cases, asked.every.effect(asked.totals, "follows")),
        stages=tuple(_stages(asked, project, rows, cases, least)),
        seconds=seconds,
    )


def _label(project: Project, number: int | None) -> str:
    return ALL if number is None else period.label(project.evidence.period, number)


def _stages(
    asked: Rows, project: Project, rows: Sequence[Row], cases: int, least: int
) -> Iterator[StageReached]:
    """The funnel: nobody reaches a stage who does not reach those before it."""
    last = len(project.stages) - 1
    effects = [asked.every.effect(asked.totals, f"reached_{rank}") for rank in range(last + 1)]
    for rank, stage in enumerate(project.stages):
        reached = sum(row["cases"] for row in rows if row["furthest"] >= rank)
        ended = sum(row["cases"] for row in rows if row["furthest"] == rank)
        dropped = None
        if reached >= least and rank < last:
            dropped = share(ended, reached, effects[rank + 1])
        yield StageReached(str(stage.id), share(reached, cases, effects[rank]), dropped)
