"""What became of a source, or of one input of it: counted, and what there is to be said about it.

Inputs that were taken in one by one join to what taking them in together gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.evidence.counts import added
from cxengine.evidence.enrich import LeftOut
from cxengine.evidence.evidence import Account, Unended
from cxengine.evidence.findings import (
    other_scales,
    quarantined,
    undeclared_channels,
    unmade_choices,
    unseen_codes,
)
from cxengine.evidence.mapping import Path, read_mapping
from cxengine.evidence.moments import Moments
from cxengine.project.merges import Pooled, mixed

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.project.model import Project, SourceTable

NOTHING: Mapping[str, int] = {}


@attrs.frozen
class Taken:
    """The account, and what only all inputs of a source together can tell.

    `unseen` are codes that no row held, by the place of their list; `unmade` choices that nobody made;
    `channels` the rows by channel, of those that the project does not declare; `left_out` is what each
    enricher left out; `signals` are those that a column named which may name any; `unended` the rows that
    began and tell no end, by duration that has no value of them; `moments` is when rows happened;
    `answered` how many answers, good ones or not, a column held to a signal.
    """

    account: Account
    unseen: Mapping[Path, frozenset[str]]
    unmade: frozenset[str]
    channels: Mapping[str, int] = NOTHING
    left_out: tuple[LeftOut, ...] = ()
    signals: frozenset[str] = frozenset()
    unended: Mapping[str, int] = NOTHING
    moments: Moments = Moments()
    answered: Mapping[tuple[str, str], int] = attrs.field(factory=dict)

    def joined(self, other: Taken) -> Taken:
        """Both inputs together."""
        return Taken(
            self.account.joined(other.account),
            {path: codes & other.unseen[path] for path, codes in self.unseen.items()},
            self.unmade & other.unmade,
            added(self.channels, other.channels),
            tuple(one.joined(more) for one, more in zip(self.left_out, other.left_out, strict=True)),
            self.signals | other.signals,
            added(self.unended, other.unended),
            self.moments.joined(other.moments),
            added(self.answered, other.answered),
        )


def cannot_be_pooled(project: Project, taken: Mapping[str, Taken], origins: Origins) -> Iterator[Diagnostic]:
    """Sources, by id what became of each, whose answers turned out to fill one signal and must not."""
    found = {source: one.signals for source, one in taken.items()}
    if any(found.values()):
        signals = {str(signal.id): signal for signal in project.signals}
        yield from mixed(Pooled(signals, project.sources, project.enrichers, origins, found))


def unended(taken: Mapping[str, Taken]) -> tuple[Unended, ...]:
    """What durations leave out of sources, by id what became of each."""
    return tuple(
        Unended(source, duration, rows, one.account.rows_used + one.account.rows_excluded)
        for source, one in taken.items()
        for duration, rows in sorted(one.unended.items())
    )


def told(
    taken: Taken, table: SourceTable, project: Project, backend: DuckDB, origins: Origins
) -> Iterator[Diagnostic]:
    """What people should know about a source; what was set aside of it is in the backend."""
    mapping = read_mapping(table, project)
    for one in taken.left_out:
        yield from one.told(str(table.id))
    yield from quarantined(backend, mapping, origins)
    yield from other_scales(backend, mapping, taken.answered, origins)
    yield from taken.moments.told(str(table.id), origins)
    yield from undeclared_channels(taken.channels, table.id, project.privacy.minimum_n, origins)
    if taken.account.rows_read:
        yield from unseen_codes(mapping, taken.unseen, origins)
        yield from unmade_choices(mapping, taken.unmade, origins)
    else:
        place = origins.locate(("source", table.id))
        yield Diagnostic("CX232", f"{table.id} has no rows.", place, severity="warning")
    answered = taken.account.rows_read - taken.account.rows_superseded
    if table.invited is not None and answered > table.invited:
        message = f"{table.id}: {answered:,} answered of {table.invited:,} who were asked."
        place = origins.locate(("source", table.id, "invited"))
        yield Diagnostic("CX269", message, place, "Count everybody who was asked.", severity="warning")
