"""Finds what is wrong with a mapping before rows are read, and with the columns when they are known.

References, time zones and the types of attributes are checked where projects are loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import duckdb

from cxengine.diagnostics import Diagnostic, Location, closest
from cxengine.evidence import sql
from cxengine.evidence.mapping import Path, SourceMapping, attribute_type
from cxengine.project.model import Project, SourceTable

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import Reading

COLUMNS_SHOWN = 30


class Origins(Protocol):
    """Knows where things were written."""

    def locate(self, path: Path, within: Location | None = None, *, key: bool = False) -> Location | None:
        """The place of the value at a path such as ("source", "survey", "about"), its key, or a part."""
        ...


class Nowhere:
    """The origins of a project that was built in Python."""

    def locate(self, path: Path, within: Location | None = None, *, key: bool = False) -> None:
        """No place."""
        del path, within, key


def attribute_types(project: Project) -> dict[str, sql.Kind]:
    """Every attribute that any source maps, with its type, in the order of the sources."""
    types: dict[str, sql.Kind] = {}
    for source in project.sources:
        for attribute, value in source.mapping.attributes.items():
            types.setdefault(attribute, attribute_type(value))
    return types


def check_mapping(
    source: SourceTable, mapping: SourceMapping, backend: DuckDB, origins: Origins
) -> Iterator[Diagnostic]:
    """What is wrong with a mapping, whatever the rows may hold."""
    at: Path = ("source", source.id, "mapping")
    table = source.mapping
    if not table.signals and table.long is None and not table.verbatims:
        hint = "Add `signals`, `long` or `verbatims` to its mapping."
        yield Diagnostic("CX214", f'The source "{source.id}" maps nothing.', origins.locate(at), hint)
    if table.signals and table.long is not None:
        message = "A mapping is either wide (`signals`) or long (`long`)."
        hint = "Read the file by two sources."
        yield Diagnostic("CX214", message, origins.locate((*at, "long"), key=True), hint)
    for reading in mapping.readings:
        yield from _check_reading(reading, backend, origins)
    for duration in mapping.computed.durations:
        if duration.form is not None:
            yield from _check_form(duration.form, duration.path, backend, origins)
    for coded in mapping.coded():
        for both in sorted(set(coded.codes.no_answer) & set(coded.codes.recode)):
            place = origins.locate((*coded.path, "recode", both), key=True)
            message = f'The code "{both}" is recoded, and `no_answer` lists it too.'
            yield Diagnostic("CX216", message, place, "Keep one of the two.")


def check_columns(
    mapping: SourceMapping,
    origin: str,
    columns: Sequence[str],
    origins: Origins,
    labels: Callable[[], Mapping[str, str]] = dict,
    *,
    headed: bool = False,
) -> Iterator[Diagnostic]:
    """Every column that a mapping reads and `origin` lacks, or adds and `origin` has.

    `labels` tells the wording behind names of columns; it is asked only where a column is missing. `headed`
    is whether the source has an option `header`, which tells the line of the names.
    """
    there = set(columns)
    asked = {column: (path, key) for column, path, key in reversed(list(mapping.columns()))}
    untitled = headed and len(asked) > 1 and there.isdisjoint(asked)
    untitled = untitled and not any(closest(column, columns) for column in asked)
    for column, (path, key) in reversed(asked.items()):
        if column not in there:
            message = f'{origin} has no column "{column}".'
            hint = _columns_hint(column, columns, labels())
            if untitled:
                hint += " Do the names stand further down? The option `header` tells the line."
            yield Diagnostic("CX210", message, origins.locate(path, key=key), hint)
    for name, path in mapping.computed.places():
        if name in there:
            message = f'{origin} has a column "{name}" of its own.'
            yield Diagnostic("CX218", message, origins.locate(path, key=True), "Rename the new column.")


def _columns_hint(column: str, columns: Sequence[str], labels: Mapping[str, str]) -> str:
    several = [c for c in columns if re.fullmatch(re.escape(column) + r" \(\d+\)", c)]
    if several:
        return f'Several columns have this name; write "{several[0]}" for the first.'
    wordings = {wording: name for name, wording in labels.items() if name in columns and wording != name}
    asked = closest(column, wordings)
    if asked:
        return f'The question "{asked}" is the column "{wordings[asked]}".'
    near = closest(column, columns)
    meant = f'Did you mean "{near}"? ' if near else ""
    shown = ", ".join(columns[:COLUMNS_SHOWN]) + (", ..." if len(columns) > COLUMNS_SHOWN else "")
    return f"{meant}Columns: {shown}"


def _check_reading(reading: Reading, backend: DuckDB, origins: Origins) -> Iterator[Diagnostic]:
    """Whether the engine knows the format of dates, and a fixed value can be read."""
    if reading.form is not None and (
        wrong := tuple(_check_form(reading.form, reading.path, backend, origins))
    ):
        yield from wrong
        return
    if reading.fixed is not None:
        typed = sql.typed(sql.text(reading.fixed), reading.kind, reading.form, reading.zone)
        if backend.execute(f"SELECT {typed} AS value").column("value").null_count:
            place = origins.locate((*reading.path, "value"))
            yield Diagnostic("CX211", f'"{reading.fixed}" is {reading.complaint}.', place)


def _check_form(form: str, path: Path, backend: DuckDB, origins: Origins) -> Iterator[Diagnostic]:
    """Whether the engine knows the format of dates at `path`."""
    try:
        backend.execute(f"SELECT {sql.time(sql.text(''), form, 'UTC')}")
    except duckdb.Error:
        hint = 'Write it in strptime\'s notation, for example "%d/%m/%Y %H:%M".'
        place = origins.locate((*path, "format"))
        yield Diagnostic("CX213", f'"{form}" is not a date format.', place, hint)
