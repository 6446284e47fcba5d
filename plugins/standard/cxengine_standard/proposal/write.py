"""Proposals as TOML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine_standard.proposal import decimals
from cxengine_standard.proposal import log as logs
from cxengine_standard.proposal.answers import Answers, head
from cxengine_standard.proposal.columns import Table, table, table_of
from cxengine_standard.proposal.written import note, text

if TYPE_CHECKING:
    from typing import Any

    from cxengine.plugin import Source


def answers(source: Source, path: str) -> str:
    """The proposal for a table of responses."""
    source, found, doubt = _read(source, path)
    given = {
        field.name: getattr(source.options, field.name)
        for field in attrs.fields(type(source.options))
        if getattr(source.options, field.name) != field.default or field.name == "path"
    }
    told = ", ".join(f"{name} = {_value(value)}" for name, value in given.items())
    lines = [] if source.name == "file" else [f"use = {text(source.name)}"]
    lines += ['about = "" # DECIDE: who was asked, and how?', f"options = {{ {told} }}{doubt}"]
    proposal = Answers.of(_called(path), found, source.read)
    return _joined([*head(found, path), *proposal.lines(lines, path)])


def log(path: str, folder: Path, file: Path) -> str:
    """The proposal for an event log.

    Raises:
        EvidenceError: CX270, no columns say whose event it is, what happened and when.
    """
    from cxengine_standard.sources.event_log import is_xes, xes_batches
    from cxengine_standard.sources.file import FileOptions, FileSource

    if is_xes(file):
        found = table_of(xes_batches(file, path), {})
    else:
        found = _table(FileSource(FileOptions(path=path), folder), path)
    keys = logs.Keys.of([column.name for column in found.columns])
    if keys is None:
        message = f"The columns of {path} do not say which of them are the case, the activity and the time."
        told = ", ".join(column.name for column in found.columns[:12])
        hint = f"Columns: {told}. Map them by hand: docs/observed-journeys.md."
        raise EvidenceError(Diagnostic("CX270", message, Location(path), hint))
    return _joined([*head(found, path), *logs.lines(_called(path), path, keys, found)])


def _read(source: Source, path: str) -> tuple[Source, Table, str]:
    """The source, its table, and a comment on decimals where it is now read with a comma before them."""
    found = _table(source, path)
    commas = decimals.told(found) if getattr(source.options, "decimal", None) == "." else None
    if commas is None:
        return source, found, ""
    other = type(source)(attrs.evolve(source.options, decimal=","), source.folder)
    again = _table(other, path)
    if decimals.told(again) is not None:  # no CSV file: the option changes nothing
        return source, found, ""
    column, number = commas
    return other, again, f' # DECIDE: a comma before decimals, as in {note(column.name)}: "{number}"?'


def _table(source: Source, path: str) -> Table:
    found = table(source)
    if not found.rows:
        why = f": {found.refused}" if found.refused else ""
        message = f"No row of {path} could be looked at{why}."
        hint = "Is the header in another line? --option header=3 says so."
        if "refuse" in {field.name for field in attrs.fields(type(source.options))}:
            hint = "To look at rows that are refused: --option refuse=[]"
        raise EvidenceError(Diagnostic("CX270", message, Location(path), hint))
    return found


def _called(path: str) -> str:
    return Path(path).name.partition(".")[0]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"
