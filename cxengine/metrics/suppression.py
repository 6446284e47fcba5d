"""Which measurements of a run are suppressed: the cells of every signal, held against the threshold.

Every metric of a signal is suppressed in the same cells. Against an earlier run that was published, a cell
is protected like a small one where it was shown and fewer answers than the threshold came or went since; and
where it was suppressed and has not visibly grown by as many: everybody there was shown and has grown by the
threshold or, for everybody, there are now twice as many answers as the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.disclosure import Sums, hidden
from cxengine.metrics.measurement import ALL, CURRENT, KEYS
from cxengine.metrics.names import Names

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.blocks import Footing
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
    footings: Mapping[str, Footing],
    segments: Mapping[str, BoolArray],
    previous: pa.Table | None = None,
) -> Mapping[str, BoolArray]:
    """For every metric, which of its cells must not be shown.

    `footings` tell of every metric the cells and their numbers of answers, `segments` are the memberships;
    `previous` are the measurements of the run that was published before.
    """
    axes = components.axes
    published = None if previous is None else _Published.of(axes, previous)
    found: dict[str, BoolArray] = {}
    for signal in project.signals:
        metrics = {name: one for name, one in footings.items() if components.signals[name] == signal.id}
        places = {one: _places(axes, one.codes) for one in dict.fromkeys(metrics.values())}
        counts = {one: _grid(axes, place, one.answers) for one, place in places.items()}
        least = threshold(project, signal)
        small = [(n > 0) & (n < least) for n in counts.values()]
        if published is not None:
            small += [published.compared(name, counts[one], least) for name, one in metrics.items()]
        if not small:
            continue
        sums = _sums(project, axes, signal, segments)
        different = {n.tobytes(): n for n in counts.values()}.values()
        protected = np.logical_or.reduce(small)
        grid = np.logical_or.reduce([hidden(n, sums, least, protected) for n in different])
        where = _with_current(axes, grid, latest=components.present is not None)
        cells = {one: where.ravel()[place] for one, place in places.items()}
        found |= {name: cells[one] for name, one in metrics.items()}
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


@attrs.frozen(eq=False)
class _Published:
    """The rows of an earlier run: places in today's grid, or negative, and what was shown."""

    metric: Names
    place: IntArray
    shown: IntArray
    """Answers; -1 where they were suppressed."""

    @classmethod
    def of(cls, axes: Axes, table: pa.Table) -> _Published:
        level, subject, segment, period = (Names.of(table[name]) for name in KEYS[1:])
        subjects: dict[tuple[str, str], int] = {subject: i for i, subject in enumerate(axes.subjects)}
        both = [[subjects.get((a, b), -1) for b in subject.names] for a in level.names]
        segments = {segment: i for i, segment in enumerate(_segments(axes))}
        periods = {period: i for i, period in enumerate(axes.periods) if period != CURRENT}
        parts = (
            np.array(both, dtype=np.int64).reshape(len(level.names), -1)[level.code, subject.code],
            np.array([segments.get(name, -1) for name in segment.names], dtype=np.int64)[segment.code],
            np.array([periods.get(name, -1) for name in period.names], dtype=np.int64)[period.code],
        )
        place = (parts[0] * len(segments) + parts[1]) * len(periods) + parts[2]
        place[np.minimum.reduce(parts) < 0] = -1
        shown = np.where(table["suppressed"].to_numpy(), -1, table["n"].to_numpy())
        return cls(Names.of(table["metric"]), place, shown)

    def compared(self, metric: str, n: IntArray, least: int) -> BoolArray:
        """The cells of a metric that a reader of both runs could set against each other."""
        rows = self.metric.among((metric,)) & (self.place >= 0)
        shown, before = np.full(n.shape, -1, dtype=np.int64), np.zeros(n.shape, dtype=bool)
        shown.ravel()[self.place[rows]] = self.shown[rows]
        before.ravel()[self.place[rows]] = self.shown[rows] < 0
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
