"""The inputs of a project, divided into batches and compared with what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.evidence.mapping import read_mapping
from cxengine.metrics.partials.questions import digest, table_digest

if TYPE_CHECKING:
    from typing import Any

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
    """Whether what its rows tell apart (response ids; in a long file also what was asked) must not occur in
    another part of the source."""
    is_open: bool
    """Whether its responses may go on in another part: a case whose events are in several files."""


def divide(
    sources: Sequence[tuple[SourceTable, Source]],
    project: Project,
    settled: tuple[Mapping[str, Any], str],
    index: Index,
    *,
    summed_up: bool = False,
) -> list[Part]:
    """The batches of all sources, in the order in which they are read.

    `settled` are the definition and the mark of the key; inputs whose stamp is known are not read.
    `summed_up` says that rules read what a response answers in all of its rows.
    """
    known = {
        (batch.source, name, stamp): batch.inputs[name]
        for batch in index.batches.values()
        for name, stamp in batch.stamps.items()
    }
    parts: list[Part] = []
    for table, source in sources:
        settings, key = settled
        whole = whole_because(table, project, summed_up=summed_up)
        alone = {} if whole else parts_of(source)
        how = digest(table_digest(settings, table), key, bool(alone))
        goes_on = going_on(table)
        found = [*_parts(table, alone, how, known, goes_on)] if alone else [_whole(table, source, how, known)]
        overlapping = index.together.get(str(table.id), ())
        if overlapping and set(overlapping) <= {part.id for part in found}:
            found = [_whole(table, source, digest(how, "together"), known)]
        parts += found
    return parts


def parts_of(source: Source) -> Mapping[str, Source]:
    """The parts of a source; they reach services and pass over those whom it has forgotten, as it does."""
    parts = source.parts()
    for part in parts.values():
        part.forgotten = source.forgotten
        if "network" in vars(source):
            part.network = source.network
    return parts


def whole_because(table: SourceTable, project: Project, *, summed_up: bool) -> str:
    """Why a source must be read whole; nothing where its inputs may be read by themselves."""
    if table.mapping.response_id is None:
        return ""
    if read_mapping(table, project).repeats in {"first", "last"}:
        return "a response may be repeated in another input"
    return "rules read all answers of a response" if going_on(table) and summed_up else ""


def going_on(table: SourceTable) -> bool:
    """Whether a response of the source may have rows in several inputs."""
    mapping = table.mapping
    return mapping.response_id is not None and (mapping.long is not None or mapping.repeats == "all")


def _parts(
    table: SourceTable,
    sources: Mapping[str, Source],
    how: str,
    known: Mapping[tuple[str, str, str], str],
    goes_on: bool,
) -> Iterator[Part]:
    unique = table.mapping.response_id is not None and table.mapping.repeats != "all"
    for name, source in sources.items():
        stamp = source.stamp()
        content = known.get((str(table.id), name, stamp)) if stamp else None
        inputs = {name: content} if content else dict(source.fingerprints())
        stamps = {name: stamp} if stamp else {}
        key = digest(how, sorted(inputs.items()))
        yield Part(key, table, source, inputs, stamps, unique, is_open=goes_on)


def _whole(table: SourceTable, source: Source, how: str, known: Mapping[tuple[str, str, str], str]) -> Part:
    inputs: dict[str, str] = {}
    stamps: dict[str, str] = {}
    for name, part in parts_of(source).items():
        stamp = part.stamp()
        content = known.get((str(table.id), name, stamp)) if stamp else None
        inputs |= {name: content} if content else part.fingerprints()
        stamps |= {name: stamp} if stamp else {}
    inputs = inputs or dict(source.fingerprints())
    return Part(digest(how, list(inputs.items())), table, source, inputs, stamps, unique=False, is_open=False)
