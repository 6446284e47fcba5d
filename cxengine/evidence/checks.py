"""Finds what is wrong with a mapping before rows are read, and with the columns when they are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import duckdb

from cxengine.diagnostics import Diagnostic, EvidenceError, Location, closest
from cxengine.evidence import sql
from cxengine.evidence.mapping import JOURNEY, Path, SourceMapping, attribute_type
from cxengine.project.model import ColumnValue, MappingTable, Project, SourceTable

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import Reading

COLUMNS_SHOWN = 30


class Origins(Protocol):
    """Knows where things were written."""

    def locate(self, path: Path, *, key: bool = False) -> Location | None:
        """The place of the value at a path such as ("source", "survey", "about"), or of its key."""
        ...


class Nowhere:
    """The origins of a project that was built in Python."""

    def locate(self, path: Path, *, key: bool = False) -> None:
        """No place."""
        del path, key


def attribute_types(project: Project, origins: Origins) -> dict[str, sql.Kind]:
    """Every attribute that any source maps, with its type, in the order of the sources.

    Raises:
        EvidenceError: when two sources give one attribute different types.
    """
    types: dict[str, sql.Kind] = {}
    first: dict[str, str] = {}
    clashes = []
    for source in project.sources:
        for attribute, value in source.mapping.attributes.items():
            kind = attribute_type(value)
            if types.setdefault(attribute, kind) != kind:
                place = origins.locate(("source", source.id, "mapping", "attributes", attribute))
                there = f'{types[attribute]} in source "{first[attribute]}"'
                message = f'attribute "{attribute}" is {kind} here and {there}'
                clashes.append(Diagnostic("CX218", message, place, "give it one type, or two names"))
            first.setdefault(attribute, source.id)
    if clashes:
        raise EvidenceError(*clashes)
    return types


def check_mapping(
    source: SourceTable, project: Project, mapping: SourceMapping, backend: DuckDB, origins: Origins
) -> Iterator[Diagnostic]:
    """What is wrong with a mapping, whatever the rows may hold."""
    at: Path = ("source", source.id, "mapping")
    table = source.mapping
    if not table.signals and table.long is None and not table.verbatims:
        hint = "add `signals`, `long` or `verbatims` to its mapping"
        yield Diagnostic("CX214", f'source "{source.id}" maps nothing', origins.locate(at), hint)
    if table.signals and table.long is not None:
        message = "a mapping is either wide (`signals`) or long (`long`)"
        yield Diagnostic("CX214", message, origins.locate((*at, "long")), "map the file by two sources")
    yield from _check_references(table, project, at, origins)
    yield from _check_choices(table, at, origins)
    for reading in mapping.readings:
        yield from _check_reading(reading, backend, origins)
    for coded in mapping.coded():
        for both in sorted(set(coded.codes.no_answer) & set(coded.codes.recode)):
            place = origins.locate((*coded.path, "recode", both), key=True)
            yield Diagnostic(
                "CX216", f'code "{both}" means no answer and is recoded', place, "keep one of the two"
            )


def check_columns(
    mapping: SourceMapping, origin: str, columns: Sequence[str], origins: Origins
) -> Iterator[Diagnostic]:
    """Every column that a mapping reads and `origin` lacks."""
    there = set(columns)
    asked = {column: (path, key) for column, path, key in reversed(list(mapping.columns()))}
    for column, (path, key) in reversed(asked.items()):
        if column not in there:
            near = closest(column, columns)
            meant = f'did you mean "{near}"? ' if near else ""
            shown = ", ".join(columns[:COLUMNS_SHOWN]) + (", ..." if len(columns) > COLUMNS_SHOWN else "")
            message = f'{origin} has no column "{column}"'
            yield Diagnostic("CX210", message, origins.locate(path, key=key), f"{meant}columns: {shown}")


def _check_references(
    table: MappingTable, project: Project, at: Path, origins: Origins
) -> Iterator[Diagnostic]:
    signals: set[str] = {s.id for s in project.signals}
    places: set[str] = {JOURNEY, *(t.id for t in project.touchpoints)}
    for index, wide in enumerate(table.signals):
        path: Path = (*at, "signals", str(index))
        if wide.signal not in signals:
            yield _unknown("signal", wide.signal, signals, origins.locate((*path, "signal")))
        for column, place in wide.columns.items():
            if place not in places:
                yield _unknown("touchpoint", place, places, origins.locate((*path, "columns", column)))
    for index, verbatim in enumerate(table.verbatims):
        if verbatim.touchpoint is not None and verbatim.touchpoint not in places:
            path = (*at, "verbatims", str(index), "touchpoint")
            yield _unknown("touchpoint", verbatim.touchpoint, places, origins.locate(path))


def _unknown(what: str, value: str, known: set[str], place: Location | None) -> Diagnostic:
    near = closest(value, known)
    hint = f'did you mean "{near}"?' if near else None
    return Diagnostic("CX215", f'there is no {what} "{value}"', place, hint)


def _check_choices(table: MappingTable, at: Path, origins: Origins) -> Iterator[Diagnostic]:
    values: dict[Path, object] = {(*at, "occurred_at"): table.occurred_at, (*at, "channel"): table.channel}
    values |= {(*at, "attributes", name): value for name, value in table.attributes.items()}
    if table.long is not None:
        values |= {
            (*at, "long", "signal"): table.long.signal,
            (*at, "long", "touchpoint"): table.long.touchpoint,
        }
    for path, value in values.items():
        if isinstance(value, ColumnValue) and (value.column is None) == (value.value is None):
            given = "neither" if value.column is None else "both"
            message = f"a value comes from a `column` or is a fixed `value`; here is {given}"
            yield Diagnostic("CX217", message, origins.locate(path))


def _check_reading(reading: Reading, backend: DuckDB, origins: Origins) -> Iterator[Diagnostic]:
    """Whether the engine knows the time zone and the format, and a fixed value can be read."""
    if reading.zone != "UTC":
        zones = backend.execute("SELECT name FROM pg_timezone_names()").column("name").to_pylist()
        if reading.zone not in zones:
            near = closest(reading.zone, zones)
            hint = f'did you mean "{near}"?' if near else 'write it like "Europe/Amsterdam"'
            place = origins.locate((*reading.path, "timezone"))
            yield Diagnostic("CX212", f'there is no time zone "{reading.zone}"', place, hint)
            return
    if reading.form is not None:
        try:
            backend.execute(f"SELECT {sql.time(sql.text(''), reading.form, 'UTC')}")
        except duckdb.Error:
            hint = 'write it in strptime\'s notation, for example "%d/%m/%Y %H:%M"'
            place = origins.locate((*reading.path, "format"))
            yield Diagnostic("CX213", f'"{reading.form}" is not a date format', place, hint)
            return
    if reading.fixed is not None:
        typed = sql.typed(sql.text(reading.fixed), reading.kind, reading.form, reading.zone)
        unread = backend.execute(f"SELECT {typed} AS value").column("value").null_count
        if unread or (reading.known and reading.fixed not in reading.known):
            near = closest(reading.fixed, reading.known)
            meant = f'did you mean "{near}"?' if near else None
            verb = "" if reading.known else "is "
            place = origins.locate((*reading.path, "value"))
            yield Diagnostic("CX211", f'"{reading.fixed}" {verb}{reading.complaint}', place, meant)
