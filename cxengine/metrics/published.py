"""The measurements of the run that was published before, in the cells of today.

An earlier cell is found again by its metric, subject, segment and period. Where the earlier run had longer
periods than today's, each of those adds one more total of today's periods to what a reader knows; where it
had shorter ones, each period of today less the shown ones within it leaves the others, which is all that is
looked at then. What the project does not have any more (a metric, a segment, shorter periods) is not compared
in full, and `not_compared` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.diagnostics import Diagnostic
from cxengine.metrics import period
from cxengine.metrics.earlier import LAST, LAST_MADE, NOT_COMPARED, WAS_HIDDEN
from cxengine.metrics.measurement import ALL, CURRENT, KEYS
from cxengine.metrics.names import Names
from cxengine.metrics.segment import populations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.components import Axes
    from cxengine.project.model import Period, Project

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Told:
    """What was told of a metric: arrays by subject, segment (everybody first) and period."""

    before: IntArray
    """By the earlier run."""
    last: IntArray
    """By the run that showed them last, of the cells that the earlier run hid."""
    told_in: IntArray
    """Which run that was, by number; -1 where nobody knows."""


@attrs.frozen(eq=False)
class Published:
    """The rows of an earlier run, by today's axes; -1 stands for what those do not have."""

    axes: Axes
    metric: Names
    subject: IntArray
    segment: IntArray
    """Among today's segments, everybody first."""
    period: Names
    n: IntArray
    """Answers, `WAS_HIDDEN` where they were suppressed."""
    last: IntArray
    """What was told last of those that were suppressed, `NOT_COMPARED` where nothing is known of it."""
    told_in: IntArray
    """Which run told that, by number; -1 where nobody knows."""
    told: BoolArray
    """By today's segment: whether the earlier run knew it."""
    longer: Mapping[str, tuple[int, ...]]
    """Earlier periods that hold several of today's, with their positions."""
    shorter: Mapping[str, int]
    """Earlier periods within one of today's, with its position."""
    same: bool
    """Whether the earlier run told of periods as long as today's."""

    @classmethod
    def of(cls, axes: Axes, length: Period, segments: Sequence[str], table: pa.Table) -> Published:
        """`segments` are today's, everybody first."""
        level, subject, segment, when = (Names.of(table[name]) for name in KEYS[1:])
        subjects: dict[tuple[str, str], int] = {one: i for i, one in enumerate(axes.subjects)}
        both = [[subjects.get((a, b), -1) for b in subject.names] for a in level.names]
        places = {name: i for i, name in enumerate(segments)}
        today = [one for one in axes.periods if one not in {ALL, CURRENT}]
        labels = [one for one in when.names if one not in {ALL, CURRENT, *today}]
        within = {one: period.within(one, today) for one in labels}
        return cls(
            axes=axes,
            metric=Names.of(table["metric"]),
            subject=np.array(both, dtype=np.int64).reshape(len(level.names), len(subject.names))[
                level.code, subject.code
            ],
            segment=np.array([places.get(name, -1) for name in segment.names], dtype=np.int64)[segment.code],
            period=when,
            n=np.where(table["suppressed"].to_numpy(), WAS_HIDDEN, table["n"].to_numpy()).astype(np.int64),
            last=(
                table[LAST].fill_null(NOT_COMPARED).to_numpy()
                if LAST in table.column_names
                else np.full(len(table), NOT_COMPARED)
            ),
            told_in=_runs(table),
            told=np.array([name in segment.names for name in segments]),
            longer={one: found for one, found in within.items() if found},
            shorter={
                one: held[0] for one in labels if not within[one] and (held := period.holding(one, today))
            },
            same=any(period.length_of(one) == length for one in when.names),
        )

    def before(self, metric: str, shape: tuple[int, ...]) -> Told | None:
        """What was told of a metric in today's cells and then in longer periods; None where it is new."""
        rows = self.metric.among((metric,)) & (self.subject >= 0) & (self.segment >= 0)
        if not rows.any():
            return None
        found = np.full((*shape[:2], shape[2] + len(self.longer)), NOT_COMPARED, dtype=np.int64)
        found[:, self.told] = 0
        if not self.same:
            found[:, :, : shape[2] - 1] = NOT_COMPARED
        today = {name: i for i, name in enumerate(self.axes.periods) if name != CURRENT}
        today |= {name: shape[2] + i for i, name in enumerate(self.longer)}
        place = np.array([today.get(name, -1) for name in self.period.names], dtype=np.int64)[
            self.period.code
        ]
        rows &= place >= 0
        last, told_in = (np.full(found.shape, nothing, dtype=np.int64) for nothing in (NOT_COMPARED, -1))
        cells = self.subject[rows], self.segment[rows], place[rows]
        found[cells], last[cells], told_in[cells] = self.n[rows], self.last[rows], self.told_in[rows]
        return Told(found, last, told_in)

    def apart(self, metric: str, shape: tuple[int, ...]) -> Iterator[Told | None]:
        """What was told of a metric as `before`; then for every run that told some of its cells last, those.

        Such a run is held against today's with what the earlier run showed, as a reader has both.
        """
        told = self.before(metric, shape)
        yield told
        if told is None:
            return
        nothing = np.full(told.before.shape, NOT_COMPARED)
        for run in np.unique(told.told_in[told.told_in >= 0]):
            known = np.where(told.told_in == run, told.last, np.where(told.before >= 0, told.before, nothing))
            yield Told(known, nothing, nothing)

    def left(self, metric: str, n: IntArray, least: int) -> BoolArray:
        """The cells that shorter periods, which were shown, leave only a few answers of."""
        place = np.array([self.shorter.get(name, -1) for name in self.period.names], dtype=np.int64)
        rows = self.metric.among((metric,)) & (self.subject >= 0) & (self.segment >= 0) & (self.n > 0)
        rows &= place[self.period.code] >= 0
        shown = np.zeros(n.shape, dtype=np.int64)
        np.add.at(
            shown, (self.subject[rows], self.segment[rows], place[self.period.code][rows]), self.n[rows]
        )
        found: BoolArray = (shown > 0) & (np.abs(n - shown) < least) & (n != shown)
        return found


def _runs(table: pa.Table) -> IntArray:
    """The runs that told last of suppressed cells, by number; -1 where that is not known."""
    if LAST_MADE not in table.column_names:
        return np.full(len(table), -1, dtype=np.int64)
    made = table[LAST_MADE].to_numpy()
    known, number = np.flatnonzero(~np.isnat(made)), np.full(len(made), -1, dtype=np.int64)
    number[known] = np.unique(made[known], return_inverse=True)[1]
    return number


def not_compared(project: Project, metrics: Sequence[str], table: pa.Table) -> Iterator[Diagnostic]:
    """What an earlier run shows that today's project has no place for, each kind once."""
    known = {
        "metric": set(metrics),
        "segment": set(populations(project)),
        "touchpoint": {str(touchpoint.id) for touchpoint in project.touchpoints},
        "stage": {str(stage.id) for stage in project.stages},
        "journey": {str(project.project.id)},
    }
    found: dict[str, set[str]] = {
        "metric": set(Names.of(table["metric"]).names) - known["metric"],
        "segment": set(Names.of(table["segment"]).names) - known["segment"],
    }
    pairs = zip(*(table.group_by(["level", "subject"]).aggregate([]).to_pydict().values()), strict=True)
    for level, subject in pairs:
        if subject not in known[level]:
            found.setdefault(level, set()).add(subject)
    lengths = {period.length_of(label) for label in Names.of(table["period"]).names} - {None}
    found["periods of a"] = {
        str(one) for one in lengths if one and not period.within_each(project.evidence.period, one)
    }
    told = [f"{kind} {', '.join(sorted(names))}" for kind, names in sorted(found.items()) if names]
    if told:
        yield Diagnostic(
            "CX530",
            f"The previous run shows what this project does not have: {'; '.join(told)}. What is shown now"
            " was not held against that.",
            severity="warning",
            hint="A reader who has both runs may find out about small groups: check whom both together"
            " tell of before you publish.",
        )
