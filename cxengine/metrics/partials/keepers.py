"""Sources that keep something themselves, beside what the engine keeps: who can be forgotten there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.collect import sources_of
from cxengine.evidence.privacy import passed_over
from cxengine.plugin.base import Source

if TYPE_CHECKING:
    from cxengine.project import Loaded
    from cxengine.project.model import SourceTable


@attrs.frozen(eq=False)
class Keeper:
    """A source, and where it keeps what it has read."""

    table: SourceTable
    source: Source
    paths: tuple[Path, ...]

    @property
    def id(self) -> str:
        """The id of the source."""
        return str(self.table.id)

    @property
    def shown(self) -> str:
        """Where, for people."""
        return ", ".join(map(str, self.paths))

    @property
    def forgets(self) -> bool:
        """Whether it says that it can."""
        return type(self.source).forget is not Source.forget and bool(self.source.kept())

    def forget(self, marks: frozenset[str], key: bytes) -> Mapping[str, int]:
        """How many rows were removed, by the id that they named."""
        forgotten = passed_over(self.table.mapping.customer_id, marks, key)
        return self.source.forget(forgotten) if forgotten and self.forgets else {}


def keepers(loaded: Loaded) -> Iterator[Keeper]:
    """The sources that keep something: those that say so, and those that have an option `state`."""
    for table, source in sources_of(loaded):
        state = getattr(source.options, "state", None)
        paths = tuple(source.kept()) or ((source.folder / str(state),) if state else ())
        if paths:
            yield Keeper(table, source, tuple(path.resolve() for path in paths))
