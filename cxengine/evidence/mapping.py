"""What a source's mapping asks for: which text is read where, as what, and with which codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs

from cxengine.evidence.computed import Computed, computed, no_duration
from cxengine.evidence.sql import Codes, Kind, composed
from cxengine.project.model import (
    ColumnValue,
    Identifier,
    LongColumns,
    MappingTable,
    Name,
    Project,
    Scalar,
    Signal,
    SourceTable,
    WideColumns,
)

JOURNEY = "journey"
Path = tuple[str | int, ...]

NO_WEIGHT = "no number from 0.0001 to 999,999,999"
"""As `cxengine.evidence.sql.weight` reads it."""
COMPLAINTS: Mapping[Kind, str] = {
    "text": "no text",
    "number": "not a number",
    "boolean": "neither true nor false",
    "time": "not a date",
    "weight": NO_WEIGHT,
}


@attrs.frozen
class Reading:
    """One typed value of every row: its role, where its text comes from, how the text is read.

    `column` names a column of the source; `fixed` is the text of a value that all rows share. Rows in
    which a `required` value is missing or one cannot be read are quarantined, unless it is an attribute.
    """

    role: str
    path: Path
    column: str | None = None
    fixed: str | None = None
    kind: Kind = "text"
    codes: Codes = Codes()
    form: str | None = None
    zone: str = "UTC"
    required: bool = False
    known: tuple[str, ...] = ()
    """The only texts allowed; empty for any."""
    in_table: bool = False
    """Whether the author wrote a table, as in `{ column = "age", type = "number" }`."""

    @property
    def named_at(self) -> Path:
        """Where the column is named: a plain text names it itself."""
        return (*self.path, "column") if self.in_table else self.path

    @property
    def is_attribute(self) -> bool:
        """Whether a text that cannot be read leaves the row usable."""
        return self.role.startswith("a_")

    @property
    def complaint(self) -> str:
        """Why a text is refused."""
        if self.known:
            return f"names no {self.role} of the project"
        if self.kind == "time" and self.form is not None:
            return f"not a date written as {self.form}"
        return COMPLAINTS[self.kind]


@attrs.frozen
class Slot:
    """Answers to one signal: a column of a wide file, or the rows of a long file that name the signal."""

    column: str
    signal: Signal
    touchpoint: str | None
    block: int
    """Index of the codes that apply, in `SourceMapping.blocks`."""
    path: Path
    complaint: str = "not a number"
    """Why a text is refused."""

    @property
    def outside(self) -> str | None:
        """Why a number is refused that lies beyond the scale; None where there is none."""
        scale = self.signal.scale
        return f"outside the scale {scale.min:g} to {scale.max:g} of {self.signal.id}" if scale else None


@attrs.frozen
class Block:
    """Codes that several slots share, and where they are declared."""

    codes: Codes
    path: Path


@attrs.frozen
class Verbatim:
    """A column of free text; without a touchpoint, that of the row in a long file, or none."""

    column: str
    touchpoint: str | None
    codes: Codes
    path: Path


@attrs.frozen
class SourceMapping:
    """A source's mapping, resolved against the project."""

    source: str
    readings: tuple[Reading, ...]
    slots: tuple[Slot, ...]
    blocks: tuple[Block, ...]
    verbatims: tuple[Verbatim, ...]
    is_long: bool
    computed: Computed = Computed()
    """Columns that the mapping adds to those of the source."""
    censored: Mapping[str, Reading] = attrs.field(factory=dict)
    """By column of values: what says whether a value had not ended."""
    repeats: Literal["quarantine", "first", "last", "all"] = "quarantine"
    """What rows are that repeat a response id."""
    timezone: str = "UTC"
    """Whose clocks tell the days apart on which rows happened."""
    until: dt.date | None = None
    """The last day on which a row can have happened."""

    def columns(self) -> Iterator[tuple[str, Path, bool]]:
        """Every column of the source that is read, the path that asks for it, and whether it is a key there.

        Some columns come more than once.
        """
        added = {name for name, _ in self.computed.places()}
        yield from ((column, path, key) for column, path, key in self._named() if column not in added)
        yield from ((column, path, False) for column, path in self.computed.inputs())

    def _named(self) -> Iterator[tuple[str, Path, bool]]:
        yield from ((r.column, r.named_at, False) for r in self.readings if r.column is not None)
        yield from ((s.column, s.path, not self.is_long) for s in self.slots)
        yield from ((v.column, (*v.path, "column"), False) for v in self.verbatims)

    def coded(self) -> Iterator[Reading | Block | Verbatim]:
        """Everything that declares codes."""
        yield from self.readings
        yield from self.blocks
        yield from self.verbatims

    def reading(self, role: str) -> Reading | None:
        """The reading with that role, if the mapping has one."""
        return next((r for r in self.readings if r.role == role), None)


def read_mapping(source: SourceTable, project: Project) -> SourceMapping:
    """The mapping of `source`, whose references the loader has checked."""
    mapping = source.mapping
    at: Path = ("source", source.id, "mapping")
    signals: dict[str, Signal] = {s.id: s for s in project.signals}
    censored = {
        column: _reading(f"censored_{i}", value, (*at, "censored", column), "boolean")
        for i, (column, value) in enumerate(mapping.censored.items())
    }
    zone = project.evidence.timezone
    return SourceMapping(
        source=source.id,
        readings=(*_readings(mapping, project, at), *censored.values()),
        slots=tuple(_long_slots(mapping, project, at) if mapping.long else _wide_slots(mapping, signals, at)),
        blocks=tuple(_blocks(mapping, at)),
        verbatims=tuple(_verbatims(mapping, at)),
        is_long=mapping.long is not None,
        computed=computed(mapping, at, project.calendars, zone),
        censored=censored,
        repeats=mapping.repeats,
        timezone=zone,
        until=project.evidence.until,
    )


def canonical(value: Scalar | dt.datetime | dt.date) -> str:
    """The text of a TOML value, as a file would hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _readings(mapping: MappingTable, project: Project, at: Path) -> Iterator[Reading]:
    if mapping.response_id is not None:
        yield Reading("response_id", (*at, "response_id"), mapping.response_id, required=True)
    if mapping.customer_id is not None:
        yield Reading("customer", (*at, "customer_id"), mapping.customer_id)
    if mapping.occurred_at is not None:
        moment = _reading("occurred_at", mapping.occurred_at, (*at, "occurred_at"), "time")
        yield attrs.evolve(moment, zone=_zone(mapping.occurred_at) or project.evidence.timezone)
    if mapping.channel is not None:
        yield _reading("channel", mapping.channel, (*at, "channel"))
    if mapping.weight is not None:
        yield Reading("weight", (*at, "weight"), mapping.weight, kind="weight", required=True)
    for attribute, value in mapping.attributes.items():
        yield _reading(f"a_{attribute}", value, (*at, "attributes", attribute), attribute_type(value))
    if mapping.long is not None:
        places = (JOURNEY, *(t.id for t in project.touchpoints))
        signals = tuple(s.id for s in project.signals)
        long = mapping.long
        touchpoint = _reading("touchpoint", long.touchpoint, (*at, "long", "touchpoint"))
        signal = _reading("signal", long.signal, (*at, "long", "signal"))
        yield attrs.evolve(touchpoint, required=True, known=places)
        yield attrs.evolve(signal, required=True, known=signals)


def attribute_type(value: str | ColumnValue) -> Kind:
    """The declared type of an attribute; a fixed number or truth value declares itself."""
    if isinstance(value, str):
        return "text"
    if value.value is None or value.type != "text":
        return value.type
    if isinstance(value.value, bool):
        return "boolean"
    return "number" if isinstance(value.value, int | float) else "text"


def _reading(role: str, value: str | ColumnValue, path: Path, kind: Kind = "text") -> Reading:
    if isinstance(value, str):
        return Reading(role, path, value, kind=kind)
    otherwise = None if value.otherwise is None else canonical(value.otherwise)
    codes = Codes(value.no_answer, {k: canonical(v) for k, v in value.recode.items()}, otherwise)
    if value.column is not None:
        return Reading(
            role,
            path,
            value.column,
            kind=kind,
            codes=codes,
            form=value.format,
            in_table=True,
        )
    fixed = None if value.value is None else composed(canonical(value.value))
    form = None if isinstance(value.value, dt.date) else value.format
    return Reading(role, path, fixed=fixed, kind=kind, form=form)


def _zone(value: str | ColumnValue) -> str | None:
    """The time zone that a mapping names for times that name none."""
    return None if isinstance(value, str) else value.timezone


def _wide_slots(mapping: MappingTable, signals: Mapping[str, Signal], at: Path) -> Iterator[Slot]:
    for index, wide in enumerate(mapping.signals):
        path = (*at, "signals", index, "columns")
        for column, touchpoint in wide.columns.items():
            place = (*path, column)
            yield Slot(column, signals[wide.signal], touchpoint, index, place, _complaint(mapping, column))


def _long_slots(mapping: MappingTable, project: Project, at: Path) -> Iterator[Slot]:
    assert mapping.long is not None
    for signal in project.signals:
        value = mapping.long.value
        yield Slot(value, signal, None, 0, (*at, "long", "value"), _complaint(mapping, value))


def _complaint(mapping: MappingTable, column: str) -> str:
    duration = mapping.durations.get(Name(Identifier(column)))
    return "not a number" if duration is None else no_duration(duration)


def _blocks(mapping: MappingTable, at: Path) -> Iterator[Block]:
    tables: Sequence[LongColumns | WideColumns] = [mapping.long] if mapping.long else mapping.signals
    for index, table in enumerate(tables):
        path = (*at, "long") if mapping.long else (*at, "signals", index)
        yield Block(Codes(table.no_answer, {k: canonical(v) for k, v in table.recode.items()}), path)


def _verbatims(mapping: MappingTable, at: Path) -> Iterator[Verbatim]:
    for index, verbatim in enumerate(mapping.verbatims):
        path = (*at, "verbatims", index)
        yield Verbatim(verbatim.column, verbatim.touchpoint, Codes(verbatim.no_answer), path)
