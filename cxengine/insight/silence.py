"""Which feelings must not be shown.

The feelings of a place (touchpoint and segment) are those of all answers to its signals together: a total,
of which metrics may show parts. What is left of it beside the shown metrics is protected like any group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.feelings import present
from cxengine.insight.moments import feeling_signals
from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.earlier import LAST, LAST_MADE, NOT_COMPARED, WAS_HIDDEN
from cxengine.metrics.measurement import CURRENT
from cxengine.metrics.persons import Persons
from cxengine.metrics.suppression import threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from cxengine.metrics.components import Components
    from cxengine.metrics.measurement import Measurements
    from cxengine.metrics.suppression import BoolArray, IntArray
    from cxengine.project.model import Project

Place = tuple[str, str]


def silenced(
    project: Project,
    voices: Mapping[Place, int],
    measurements: Measurements,
    segments: Mapping[str, BoolArray],
    previous: pa.Table | None = None,
) -> set[Place]:
    """The places (touchpoint, segment) whose feelings are hidden, given how many responses speak there.

    Those with too few persons; those where a measurement is suppressed that tells the same; and those that
    would give such groups away, as `metrics.disclosure` says. `previous` are the feelings that were published
    before (`cxengine.insight.feelings`), against which nothing must tell of a few either.
    """
    signals = [str(signal.id) for signal in feeling_signals(project)]
    least = max((threshold(project, signal) for signal in feeling_signals(project)), default=0)
    places = _Places(tuple(sorted({touchpoint for touchpoint, _ in voices})), tuple(segments))
    answers = {signal: _answers(measurements.components, signal, places) for signal in signals}
    known = {signal: _shown(project, measurements, signal, places) for signal in signals}
    n = places.grid(voices)
    small = (n > 0) & np.logical_or.reduce([one < 0 for one in known.values()] or [n < 0])
    sums = Sums((), np.array(list(segments.values())), (), (0,) * len(places.touchpoints))
    alone = not any(source.mapping.customer_id is not None for source in project.sources)
    together = _together(n, list(answers.values()), responses=alone)
    if any((known[signal] == 0)[one.n > 0].any() for signal, one in answers.items()):
        small |= _beside(
            sums, list(answers.values()), list(known.values()), small, people=together, least=least
        )
    earlier = [(None, None)] if previous is None else _apart(previous, places, present(project, measurements))
    silent = np.logical_or.reduce(
        [hidden(n, sums, least, small, people=together, before=before, last=last) for before, last in earlier]
    )
    return {(t, s) for (t, s), (i, j, k) in places.cells(voices).items() if silent[i, j, k]}


@attrs.frozen(eq=False)
class _Places:
    """Touchpoints and segments as a grid; the third axis has one position."""

    touchpoints: tuple[str, ...]
    segments: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.touchpoints), len(self.segments), 1

    def cells(self, places: Mapping[Place, object]) -> dict[Place, tuple[int, int, int]]:
        """Where places are in the grid."""
        of_touchpoint = {name: i for i, name in enumerate(self.touchpoints)}
        of_segment = {name: i for i, name in enumerate(self.segments)}
        return {
            (t, s): (of_touchpoint[t], of_segment[s], 0)
            for t, s in places
            if t in of_touchpoint and s in of_segment
        }

    def grid(self, amounts: Mapping[Place, int], default: int = 0) -> IntArray:
        """Amounts by place."""
        found = np.full(self.shape, default, dtype=np.int64)
        for place, cell in self.cells(amounts).items():
            found[cell] = amounts[place]
        return found


@attrs.frozen(eq=False)
class _Answers:
    """The answers to a signal by place, and who gave them."""

    n: IntArray
    people: People


def _answers(components: Components | None, signal: str, places: _Places) -> _Answers:
    histogram = None if components is None else components.histogram(signal)
    if components is None or histogram is None:
        nothing = np.zeros(places.shape, dtype=np.int64)
        return _Answers(nothing, People.once(nothing))
    axes = components.axes
    counts = histogram.add(histogram.n.astype(np.float64)).astype(np.int64)
    persons = components.persons.get(signal, Persons.NOBODY_TWICE)
    amounts = np.stack([counts, *persons.behind(histogram.codes, counts)])
    subject, segment, when = axes.positions(histogram.codes)
    touchpoint = {axes.subjects.index(("touchpoint", t)): i for i, t in enumerate(places.touchpoints)}
    chosen = {axes.segments.index(s): j for j, s in enumerate(places.segments)}
    found = np.zeros((4, *places.shape), dtype=np.int64)
    for row in np.flatnonzero(when == axes.periods.index(CURRENT)).tolist():
        i, j = touchpoint.get(int(subject[row])), chosen.get(int(segment[row]))
        if i is not None and j is not None:
            found[:, i, j, 0] = amounts[:, row]
    return _Answers(found[0], People(*found[1:]))


def _shown(project: Project, measurements: Measurements, signal: str, places: _Places) -> IntArray:
    """Whether a metric of a signal is shown (1) or suppressed (-1); 0 where there is none."""
    found: dict[Place, int] = {}
    for metric in (str(metric.id) for metric in project.metrics if metric.signal == signal):
        for touchpoint in places.touchpoints:
            for segment in places.segments:
                one = measurements.get(metric, "touchpoint", touchpoint, segment=segment)
                if one is not None:
                    state = -1 if one.suppressed else 1
                    found[touchpoint, segment] = min(state, found.get((touchpoint, segment), 1))
    return places.grid(found)


def _together(n: IntArray, answers: Sequence[_Answers], *, responses: bool) -> People:
    """Who speaks at every place: responses, or at least so many customers as answered any one signal."""
    if responses or not answers:
        return People.once(n)
    return People(
        least=np.minimum(np.maximum.reduce([one.people.least for one in answers]), n),
        most=n,
        often=np.maximum(np.add.reduce([one.people.often for one in answers]), 1),
    )


def _beside(
    sums: Sums,
    answers: Sequence[_Answers],
    known: Sequence[IntArray],
    small: BoolArray,
    *,
    people: People,
    least: int,
) -> BoolArray:
    """The places whose feelings would tell, beside the metrics that are shown, of a few other answers."""
    touchpoints = len(small)
    whole = np.add.reduce([one.n for one in answers])
    parts = People(
        *(
            np.concatenate([own, *(getattr(one.people, name) for one in answers)])
            for name, own in (("least", people.least), ("most", whole), ("often", people.often))
        )
    )
    n = np.concatenate([whole, *(one.n for one in answers)])
    settled = np.concatenate([np.zeros_like(whole), *(np.where(one > 0, 1, -1) for one in known)])
    subjects = tuple(
        (t, tuple(t + touchpoints * (1 + i) for i in range(len(answers)))) for t in range(touchpoints)
    )
    pooled = attrs.evolve(sums, subjects=subjects, dear=(0,) * len(n))
    few = np.concatenate([small, *(np.zeros_like(small) for _ in answers)])
    return hidden(n, pooled, least, few, people=parts, settled=settled)[:touchpoints]


def _apart(
    previous: pa.Table, places: _Places, period: str
) -> Sequence[tuple[IntArray | None, IntArray | None]]:
    """What an earlier run told of the same period, and what was told last of what it hid.

    Then for every run that told some of that last, those, with what the earlier run showed, as a reader has
    both: see `metrics.published.Published.apart`.
    """
    nothing = places.grid({}, NOT_COMPARED)
    rows = [row for row in previous.to_pylist() if row["period"] == period]
    if not rows:
        return [(nothing, nothing)]
    told = {row["segment"] for row in rows}
    empty = {(t, s): 0 for t in places.touchpoints for s in places.segments if s in told}
    shown = empty | {_place(row): row["n"] for row in rows if not row["suppressed"]}
    was_hidden = [_place(row) for row in rows if row["suppressed"]]
    last = {_place(row): n for row in rows if (n := row.get(LAST)) is not None}
    runs: dict[object, dict[Place, int]] = {}
    for row in rows:
        if row.get(LAST) is not None and row.get(LAST_MADE) is not None:
            runs.setdefault(row[LAST_MADE], {})[_place(row)] = row[LAST]
    whole = places.grid(shown | dict.fromkeys(was_hidden, WAS_HIDDEN), NOT_COMPARED)
    others = shown | dict.fromkeys(was_hidden, NOT_COMPARED)
    return [
        (whole, places.grid(last, NOT_COMPARED)),
        *((places.grid(others | one, NOT_COMPARED), nothing) for one in runs.values()),
    ]


def _place(row: Mapping[str, Any]) -> Place:
    return row["touchpoint"], row["segment"]
