"""The inputs of a project, divided into batches and compared with what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.mapping import read_mapping
from cxengine.metrics.partials.questions import digest, table_digest

if TYPE_CHECKING:
    from typing import Any

    from cxengine.evidence.enrich import Enriching
    from cxengine.metrics.partials.state import Index
    from cxengine.plugin.base import Source
    from cxengine.project.model import Project, SourceTable


@attrs.frozen(eq=False)
class Part:
    """What is one batch: a source to read, and what its inputs are now."""

    id: str
    table: SourceTable
    source: Source
    inputs: Mapping[str, str]
    stamps: Mapping[str, str]
    unique: bool
    """Whether its response ids must not occur in another part of the source."""


def divide(
    sources: Sequence[tuple[SourceTable, Source]],
    project: Project,
    enrichers: Sequence[Enriching],
    settled: tuple[Mapping[str, Any], str],
    index: Index,
) -> list[Part]:
    """The batches of all sources, in the order in which they are read.

    `settled` are the definition and the mark of the key; inputs whose stamp is known are not read.
    """
    known = {
        (batch.source, name, stamp): batch.inputs[name]
        for batch in index.batches.values()
        for name, stamp in batch.stamps.items()
    }
    parts: list[Part] = []
    for table, source in sources:
        settings, key = settled
        whole = whole_because(table, project, enrichers)
        alone = {} if whole else dict(source.parts())
        how = digest(table_digest(settings, table), key, bool(alone))
        found = [*_parts(table, alone, how, known)] if alone else [_whole(table, source, how, known)]
        overlapping = index.together.get(str(table.id), ())
        if overlapping and set(overlapping) <= {part.id for part in found}:
            found = [_whole(table, source, digest(how, "together"), known)]
        parts += found
    return parts


def whole_because(table: SourceTable, project: Project, enrichers: Sequence[Enriching]) -> str:
    """Why a source must be read whole; nothing where its inputs may be read by themselves."""
    mapping = read_mapping(table, project)
    if any(one.reads(table.id) for one in enrichers):
        return "an enricher sees all of its texts"
    if table.mapping.response_id is None:
        return ""
    if mapping.is_long:
        return "a response may have rows in several inputs"
    return "" if mapping.repeats == "quarantine" else "a response may be repeated in another input"


def _parts(
    table: SourceTable,
    sources: Mapping[str, Source],
    how: str,
    known: Mapping[tuple[str, str, str], str],
) -> Iterator[Part]:
    for name, source in sources.items():
        stamp = source.stamp()
        content = known.get((str(table.id), name, stamp)) if stamp else None
        inputs = {name: content} if content else dict(source.fingerprints())
        stamps = {name: stamp} if stamp else {}
        unique = table.mapping.response_id is not None
        yield Part(digest(how, sorted(inputs.items())), table, source, inputs, stamps, unique)


def _whole(table: SourceTable, source: Source, how: str, known: Mapping[tuple[str, str, str], str]) -> Part:
    inputs: dict[str, str] = {}
    stamps: dict[str, str] = {}
    for name, part in source.parts().items():
        stamp = part.stamp()
        content = known.get((str(table.id), name, stamp)) if stamp else None
        inputs |= {name: content} if content else part.fingerprints()
        stamps |= {name: stamp} if stamp else {}
    inputs = inputs or dict(source.fingerprints())
    return Part(digest(how, list(inputs.items())), table, source, inputs, stamps, unique=False)
