"""Which figures and feelings of an earlier run may be told again where a run has to hide its own.

That gives nothing away: they were published. They are told no more when their metric, their segment or their
place means something else, when answers are collected in another way, and when answers to their question went
or were corrected: who was forgotten does not live on in figures of before. Feelings have a share of all
responses in them, so none is told again when any went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.insight.feelings import present
from cxengine.insight.held import with_told
from cxengine.metrics.held import again
from cxengine.metrics.measurement import CURRENT, KEYS
from cxengine.metrics.names import Names
from cxengine.metrics.suppression import may_carry
from cxengine.review.meanings import Meanings

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Account
    from cxengine.insight.insight import Insight
    from cxengine.metrics.measurement import Measurements
    from cxengine.project import Loaded
    from cxengine.project.model import Project
    from cxengine.review.shown import Shown

    BoolArray = npt.NDArray[np.bool_]

_GROW = ("rows_forgotten", "rows_superseded")
"""Rows of a source that do not count, and may have counted in the run before."""
_FALL = ("rows_used", "values_used")


def with_held(
    loaded: Loaded, measurements: Measurements, accounts: Sequence[Account], previous: Shown
) -> Measurements:
    """Measurements with what of the run before may be told again."""
    if previous.told is None or previous.meanings is None:
        return measurements
    now = Meanings.of(loaded, measurements)
    if not now.agree(previous.meanings):
        return measurements
    gone = measurements.gone | set(_gone(loaded.project, accounts, previous.accounts))
    lost = {str(metric.id) for metric in loaded.project.metrics if metric.signal in gone}
    rows = _meant(previous.told, now, previous.meanings)
    rows &= ~Names.of(previous.told["metric"]).among(tuple(lost))
    return attrs.evolve(measurements, held=again(measurements.table, previous.told.filter(rows)))


def with_held_feelings(
    loaded: Loaded,
    insight: Insight,
    measurements: Measurements,
    accounts: Sequence[Account],
    previous: Shown,
) -> Insight:
    """Insight with what of the feelings of the run before may be told again.

    `insight` has the feelings of now, `measurements` are those it was found from.
    """
    if not previous.felt or previous.meanings is None:
        return insight
    now, then = Meanings.of(loaded, measurements), previous.meanings
    if not (now.agree(then) and now.agree_on_feelings(then)):
        return insight
    period = present(loaded.project, measurements)
    segments, places = _same(now.segments, then.segments), _same(now.places, then.places)
    rows = [
        row
        for row in previous.felt
        if row["period"] == period
        and row["segment"] in segments
        and f"touchpoint {row['touchpoint']}" in places
    ]
    measured = {str(metric.signal) for metric in loaded.project.metrics}
    went = any(_shrunk(accounts, previous.accounts)) or bool(measurements.gone & measured)
    return insight if went or any(_fewer(insight, row) for row in rows) else with_told(insight, rows)


def _fewer(insight: Insight, row: Mapping[str, Any]) -> bool:
    """Whether fewer responses tell a feeling than when it was told."""
    assert insight.basis is not None, "feelings come from find()"
    heard = insight.basis.heard.get((row["touchpoint"], row["segment"]))
    return heard is None or heard.feeling.n < row["n"]


def _meant(told: pa.Table, now: Meanings, before: Meanings) -> BoolArray:
    """The figures that mean what they meant."""
    metric, level, subject, segment, period = (Names.of(told[name]) for name in KEYS)
    rows: BoolArray = metric.among(_same(now.metrics, before.metrics))
    rows &= segment.among(_same(now.segments, before.segments))
    places = set(_same(now.places, before.places))
    known = np.array([[f"{a} {b}" in places for b in subject.names] for a in level.names], dtype=bool)
    rows &= known.reshape(len(level.names), len(subject.names))[level.code, subject.code]
    if now.periods != before.periods:
        rows &= ~period.among((CURRENT,))
    return rows


def _same(now: Mapping[str, str], before: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, mark in now.items() if before.get(name) == mark)


def _gone(
    project: Project, accounts: Sequence[Account], before: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """The signals of sources of which rows went, or count in another version."""
    now = {account.source for account in accounts}
    tables = {str(source.id): source for source in project.sources}
    found = {name for enricher in project.enrichers for name in enricher.signals.values()}
    for source in _shrunk(accounts, before):
        for signal in project.signals:
            if source not in now or signal.id in found or may_carry(tables[source].mapping, str(signal.id)):
                yield str(signal.id)


def _shrunk(accounts: Sequence[Account], before: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The sources of before that are no more, of which rows went, or count in another version."""
    now = {account.source: attrs.asdict(account) for account in accounts}
    for old in before:
        new = now.get(str(old["source"]))
        if (
            new is None
            or any(new[name] > old[name] for name in _GROW)
            or any(new[name] < old[name] for name in _FALL)
        ):
            yield str(old["source"])
