"""Which measurements of a run are suppressed: the cells of every signal, held against the threshold.

Every metric of a signal is suppressed in the same cells. Against an earlier run that was published, a cell
is protected like a small one where it was shown and fewer answers than the threshold came or went since; and
where it was suppressed and has not visibly grown by as many: everybody there was shown and has grown by the
threshold or, for everybody, there are now twice as many answers as the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cxengine.metrics.disclosure import Sums, hidden
from cxengine.metrics.measurement import ALL, CURRENT

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.components import Axes, Components
    from cxengine.metrics.finest import Finest
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import MappingTable, Project, Signal

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

EMPLOYEES = 5
"""What employees answered is never shown for fewer answers, whatever the project says."""


def threshold(project: Project, signal: Signal) -> int:
    """The least number of answers to a signal that a shown cell must have."""
    asked = any(_may_carry(s.mapping, str(signal.id)) for s in project.sources if s.kind == "employee")
    found = any(signal.id in e.signals.values() for e in project.enrichers)
    employees = asked or (found and any(s.kind == "employee" for s in project.sources))
    return max(project.privacy.minimum_n, EMPLOYEES if employees else 0)


def _may_carry(mapping: MappingTable, signal: str) -> bool:
    """Whether a source may hold answers to the signal; one that names it in a column may hold any."""
    long = mapping.long
    named = long is not None and (isinstance(long.signal, str) or long.signal.value in (None, signal))
    return named or any(wide.signal == signal for wide in mapping.signals)


def membership(cubes: tuple[Cube, ...], finest: Finest) -> Mapping[str, BoolArray]:
    """For every segment, to which of the combinations of segments that occur it belongs."""
    table = finest.masks(cubes)
    found = np.array([table[name].to_numpy() for name in table.column_names], dtype=np.int64)
    found = found[:, np.lexsort(found)]
    return {ALL: np.ones(found.shape[1], dtype=bool)} | {
        segment: (found[i] >> bit) & 1 == 1
        for i, cube in enumerate(cubes)
        for bit, segment in enumerate(cube.segments)
    }


def suppressed(
    project: Project,
    components: Components,
    answers: Mapping[str, tuple[IntArray, IntArray]],
    segments: Mapping[str, BoolArray],
    previous: pa.Table | None = None,
) -> Mapping[str, BoolArray]:
    """For every metric, which of its cells must not be shown.

    `answers` are, for every metric, the codes of its cells and their numbers of answers; `segments`
    the memberships; `previous` the measurements of the run that was published before.
    """
    axes = components.axes
    places = _places_by_metric(axes, answers)
    found: dict[str, BoolArray] = {}
    for signal in project.signals:
        metrics = [metric for metric in sorted(answers) if components.signals[metric] == signal.id]
        counts = {metric: _grid(axes, places[metric], answers[metric][1]) for metric in metrics}
        least = threshold(project, signal)
        small = [(n > 0) & (n < least) for n in counts.values()]
        if previous is not None:
            small += [_changed(axes, previous, metric, n, least) for metric, n in counts.items()]
        if not small:
            continue
        sums = _sums(project, axes, signal, segments)
        different = {n.tobytes(): n for n in counts.values()}.values()
        protected = np.logical_or.reduce(small)
        grid = np.logical_or.reduce([hidden(n, sums, least, protected) for n in different])
        where = _with_current(axes, grid, latest=components.present is not None)
        found |= {metric: where.ravel()[places[metric]] for metric in metrics}
    return found


def _segments(axes: Axes) -> list[str]:
    """The segments, everybody first."""
    return sorted(axes.segments, key=lambda segment: (segment != ALL, segment))


def _places(axes: Axes, codes: IntArray) -> IntArray:
    """The places of cells in a grid by subject, segment (everybody first) and period."""
    subject, segment, period = axes.positions(codes)
    segments = _segments(axes)
    order = np.array([segments.index(segment) for segment in axes.segments])
    place: IntArray = (subject * len(axes.segments) + order[segment]) * len(axes.periods) + period
    return place


def _places_by_metric(axes: Axes, answers: Mapping[str, tuple[IntArray, IntArray]]) -> Mapping[str, IntArray]:
    """The places of the cells of every metric; metrics of a signal mostly share them."""
    once: dict[int, IntArray] = {}
    for codes, _ in answers.values():
        if id(codes) not in once:
            once[id(codes)] = _places(axes, codes)
    return {metric: once[id(codes)] for metric, (codes, _) in answers.items()}


def _grid(axes: Axes, places: IntArray, n: IntArray) -> IntArray:
    """Answers by subject, segment (everybody first) and period, without what is only called current."""
    grid = np.zeros((len(axes.subjects), len(axes.segments), len(axes.periods)), dtype=np.int64)
    grid.ravel()[places] = n
    return grid[:, :, : axes.periods.index(CURRENT)]


def _with_current(axes: Axes, grid: BoolArray, *, latest: bool) -> BoolArray:
    """With the period that is called current: the latest, or all time."""
    now = axes.periods.index(ALL) - int(latest)
    return np.concatenate([grid, grid[:, :, now : now + 1]], axis=2)


def _sums(project: Project, axes: Axes, signal: Signal, segments: Mapping[str, BoolArray]) -> Sums:
    """How the cells of a signal add up."""
    position = {subject: i for i, subject in enumerate(axes.subjects)}
    stages = tuple(
        (
            position["stage", str(stage.id)],
            tuple(position["touchpoint", str(t.id)] for t in project.touchpoints if t.stage == stage.id),
        )
        for stage in project.stages
    )
    journey = (position["journey", str(project.project.id)], tuple(stage for stage, _ in stages))
    pooled = signal.about == "transaction"
    rank = {"touchpoint": 0, "stage": 1, "journey": 2}
    every = axes.periods.index(ALL)
    return Sums(
        subjects=(*stages, journey) if pooled else stages,
        segments=np.array([segments[s] for s in _segments(axes)]),
        periods=((every, tuple(range(every))),),
        dear=tuple(rank[level] for level, _ in axes.subjects),
    )


def _changed(axes: Axes, previous: pa.Table, metric: str, n: IntArray, least: int) -> BoolArray:
    """The cells that a reader of the earlier run could set against it."""
    subjects = {subject: i for i, subject in enumerate(axes.subjects)}
    segments = {segment: i for i, segment in enumerate(_segments(axes))}
    periods = {period: i for i, period in enumerate(axes.periods) if period != CURRENT}
    shown, before = np.full(n.shape, -1, dtype=np.int64), np.zeros(n.shape, dtype=bool)
    for row in previous.to_pylist():
        subject = subjects.get((row["level"], row["subject"]))
        place = (subject, segments.get(row["segment"]), periods.get(row["period"]))
        if row["metric"] == metric and None not in place:
            before[place] = row["suppressed"]
            shown[place] = -1 if row["suppressed"] else row["n"]
    return comparable(shown, before, n, least)


def comparable(shown: IntArray, before: BoolArray, n: IntArray, least: int) -> BoolArray:
    """The cells whose numbers, set against those of an earlier run, would tell of a few.

    Arrays by subject, segment (everybody first) and period: `shown` are the earlier numbers of answers, -1
    where they were not shown, `before` is where they were suppressed, `n` are today's.
    """
    moved = np.abs(n - shown)
    grown = np.broadcast_to((shown[:, :1] >= 0) & (n[:, :1] - shown[:, :1] >= least), n.shape).copy()
    grown[:, 0] = n[:, 0] >= 2 * least
    found: BoolArray = ((shown >= 0) & (moved > 0) & (moved < least)) | (before & ~grown)
    return found
