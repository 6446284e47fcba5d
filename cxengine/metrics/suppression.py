"""Which measurements of a run are suppressed: the persons behind every cell, held against the threshold.

Every metric of a signal is suppressed in the same cells. An earlier run that was published is held against
today's, as `cxengine.metrics.published` and `cxengine.metrics.earlier` tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import attrs
import numpy as np

from cxengine.metrics.customers import question
from cxengine.metrics.disclosure import Amounts, People, Sums, hidden
from cxengine.metrics.measurement import ALL, CURRENT
from cxengine.metrics.published import Published, Told

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

_Number = TypeVar("_Number", bound=np.generic)

EMPLOYEES = 5
"""What employees answered is never shown of fewer of them, whatever the project says."""


def threshold(project: Project, signal: Signal) -> int:
    """The least number of persons who must have answered to a signal in a shown cell."""
    asked = any(may_carry(s.mapping, str(signal.id)) for s in project.sources if s.kind == "employee")
    found = any(signal.id in e.signals.values() for e in project.enrichers)
    employees = asked or (found and any(s.kind == "employee" for s in project.sources))
    return max(project.privacy.minimum_n, EMPLOYEES if employees else 0)


def may_carry(mapping: MappingTable, signal: str) -> bool:
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
    length = project.evidence.period
    published = None if previous is None else Published.of(axes, length, _segments(axes), previous)
    found: dict[str, BoolArray] = {}
    for signal in project.signals:
        metrics = {name: one for name, one in footings.items() if components.signals[name] == signal.id}
        if not metrics:
            continue
        least = threshold(project, signal)
        different = _different(components, metrics)
        asked = [_Asked.of(components, name, one, project.privacy.dominance) for name, one in different]
        between = _between(components, different)
        small = [one.few(least) for one in (*asked, *between)]
        earlier: list[Told | None] = [None]
        if published is not None:
            for name, one in metrics.items():
                small.append(published.left(name, _grid(axes, _places(axes, one.codes), one.answers), least))
            shape = asked[0].n.shape
            earlier = _distinct([told for name in metrics for told in published.apart(name, shape)])
        sums = _sums(project, axes, signal, segments)
        protected = np.logical_or.reduce(small)
        grid = np.logical_or.reduce(
            [one.hidden(sums, least, protected, published, before) for one in asked for before in earlier]
            + [one.hidden(sums, least, protected, None, None) for one in between]
        )
        where = _with_current(axes, grid, latest=components.present is not None)
        cells = {one: where.ravel()[_places(axes, one.codes)] for one in dict.fromkeys(metrics.values())}
        found |= {name: cells[one] for name, one in metrics.items()}
    return found


def gone(
    project: Project, components: Components, footings: Mapping[str, Footing], previous: pa.Table
) -> frozenset[str]:
    """The signals with a cell that has fewer answers than when it was told last, and those without any."""
    axes = components.axes
    published = Published.of(axes, project.evidence.period, _segments(axes), previous)
    found = {str(signal.id) for signal in project.signals} - set(components.signals.values())
    for name, one in footings.items():
        n = _grid(axes, _places(axes, one.codes), one.answers)
        told = published.before(name, n.shape)
        if told is not None:
            told_last = np.maximum(told.before, told.last)[:, :, : n.shape[2]]
            if (n < told_last).any():
                found.add(components.signals[name])
    return frozenset(found)


def _different(components: Components, metrics: Mapping[str, Footing]) -> list[tuple[str, Footing]]:
    """The metrics of a signal that rest on different numbers of answers in any cell, with their footings."""
    apart: dict[tuple[Footing, bool], str] = {}
    for name, one in metrics.items():
        apart.setdefault((one, _counts_customers(components, name)), name)
    found: dict[tuple[bytes, bytes, bool], tuple[str, Footing]] = {}
    for (one, of_persons), name in apart.items():
        found.setdefault((one.codes.tobytes(), one.answers.tobytes(), of_persons), (name, one))
    return list(found.values())


def _between(components: Components, different: Sequence[tuple[str, Footing]]) -> list[_Asked]:
    """The answers that one metric of a signal counts and another does not: contacts, old enough or not.

    Whoever reads both subtracts one sum from the other. Quantiles and customers' histories are no sums.
    """
    grids = [
        _grid(components.axes, _places(components.axes, footing.codes), footing.answers)
        for name, footing in different
        if all(part.kind in {"count", "sum"} for part in components.aggregates[name].values())
    ]
    apart = [one - other for one in grids for other in grids if one is not other]
    return [_Asked(n, None, None) for n in apart if (n >= 0).all() and n.any()]


def _distinct(told: Sequence[Told | None]) -> list[Told | None]:
    return list({one and (one.before.tobytes(), one.last.tobytes()): one for one in told}.values())


def _counts_customers(components: Components, metric: str) -> bool:
    """Whether a metric is one of customers: its answers are persons."""
    return question(components.signals[metric], components.aggregates[metric]) is not None


@attrs.frozen(eq=False)
class _Asked:
    """Numbers of answers in a grid by subject, segment (everybody first) and period, and who gave them."""

    n: IntArray
    people: People | None
    amounts: Amounts | None

    @classmethod
    def of(cls, components: Components, metric: str, footing: Footing, share: float) -> _Asked:
        """`share` is the most that one person may hold of what answers amount to."""
        axes, persons = components.axes, components.persons.get(components.signals[metric])
        places = _places(axes, footing.codes)
        n = _grid(axes, places, footing.answers)
        if persons is None:
            return cls(n, None, None)
        held = persons.held(footing.codes)
        amounts = held and Amounts(_grid(axes, places, held[0]), _grid(axes, places, held[1]), share)
        if _counts_customers(components, metric):
            return cls(n, None, amounts)
        behind = persons.behind(footing.codes, footing.answers)
        return cls(n, People(*(_grid(axes, places, one) for one in behind)), amounts)

    def few(self, least: int) -> BoolArray:
        """The cells of too few persons."""
        persons = self.n if self.people is None else self.people.least
        found: BoolArray = (self.n > 0) & (persons < least)
        return found

    def hidden(
        self,
        sums: Sums,
        least: int,
        protected: BoolArray,
        published: Published | None,
        told: Told | None,
    ) -> BoolArray:
        """Which cells must not be shown; `told` is what was published of a metric of them."""
        if published is None or told is None:
            return hidden(self.n, sums, least, protected, people=self.people, amounts=self.amounts)
        periods = self.n.shape[2]
        longer = tuple((periods + i, parts) for i, parts in enumerate(published.longer.values()))
        sums = attrs.evolve(sums, periods=(*sums.periods, *longer))
        n = _longer(self.n, longer, np.add)
        people = self.people and People(
            _longer(self.people.least, longer, np.maximum),
            _longer(self.people.most, longer, np.add),
            _longer(self.people.often, longer, np.add),
        )
        amounts = self.amounts and Amounts(
            _longer(self.amounts.total, longer, np.add),
            _longer(self.amounts.largest, longer, np.add),
            self.amounts.share,
        )
        settled = np.zeros(n.shape, dtype=np.int64)
        settled[:, :, periods:] = -1
        small = np.zeros(n.shape, dtype=bool)
        small[:, :, :periods] = protected
        found = hidden(
            n,
            sums,
            least,
            small,
            people=people,
            amounts=amounts,
            before=told.before,
            last=told.last,
            settled=settled,
        )
        return found[:, :, :periods]


def _longer(
    amounts: npt.NDArray[_Number], longer: Sequence[tuple[int, tuple[int, ...]]], how: np.ufunc
) -> npt.NDArray[_Number]:
    """With the longer periods of an earlier run, put together from today's."""
    more = [how.reduce(amounts[:, :, list(parts)], axis=2)[:, :, None] for _, parts in longer]
    return np.concatenate([amounts, *more], axis=2)


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


def _grid(axes: Axes, places: IntArray, n: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Amounts by subject, segment (everybody first) and period, without what is only called current."""
    grid = np.zeros((len(axes.subjects), len(axes.segments), len(axes.periods)), dtype=n.dtype)
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
