"""Columns that a mapping adds to those of the source: durations, choices, formulas, as SQL over its texts.

Every one is a text like any other, so that the rest of a mapping reads it in the same way.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic, closest
from cxengine.evidence import sql
from cxengine.evidence.business_hours import BusinessHours

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins
    from cxengine.project.model import Calendar, ColumnValue, DurationColumns, MappingTable, Project

MICROSECONDS: Mapping[str, int] = {
    "seconds": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}
ATTRIBUTES = {"text": cel.STRING, "number": cel.DOUBLE, "boolean": cel.BOOL}
RESULTS = (cel.BOOL, cel.DOUBLE, cel.INT, cel.UINT, cel.STRING)

Path = tuple[str | int, ...]


def no_duration(table: DurationColumns) -> str:
    """Why a row has none."""
    parts = ["not both are dates as declared", "the end is before the start"]
    parts += [] if table.open_until is None else ["it began after `open_until`"]
    parts += (
        [] if table.calendar is None else ["before 1970 or after 2069, where business hours are not known"]
    )
    return f"no duration: {', '.join(parts[:-1])}, or {parts[-1]}"


@attrs.frozen
class Duration:
    """The time from `start` to `end`; with `until`, what had not ended by then is open."""

    name: str
    path: Path
    start: str
    end: str
    unit: str
    codes: sql.Codes
    form: str | None
    zone: str
    until: dt.date | None
    hours: BusinessHours | None = None
    """The only time that counts; all of it where there is none."""

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The columns it reads, and where they are named."""
        yield self.start, (*self.path, "start")
        yield self.end, (*self.path, "end")

    def text(self, start: str, end: str) -> str:
        """SQL of the value as text; what cannot be measured stays legible, and is no number."""
        began, ended = self._meant(start), self._meant(end)
        missing = f"{began} IS NULL" if self.until else f"{began} IS NULL OR {ended} IS NULL"
        lasted = self._lasted(began, ended)
        counted = lasted if self.hours is None else self._worked(began, ended, self.hours)
        value = f"CAST(({counted}) / {MICROSECONDS[self.unit]} AS VARCHAR)"
        found = f"{began} || ' to ' || coalesce({ended}, 'open')"
        return (
            f"CASE WHEN {missing} THEN NULL WHEN {lasted} >= 0 THEN coalesce({value}, {found})"
            f" ELSE {found} END"
        )

    def is_open(self, start: str, end: str) -> str:
        """SQL of whether it had not ended when observation did."""
        if self.until is None:
            return "false"
        began, ended = self._meant(start), self._meant(end)
        return f"({ended} IS NULL OR coalesce({self._moment(ended)} > {self._until(began)}, false))"

    def has_no_end(self, start: str, end: str) -> str:
        """SQL of whether it began, and no end is told."""
        began, ended = self._meant(start), self._meant(end)
        return f"({self._moment(began)} IS NOT NULL AND {ended} IS NULL)"

    def apart(self, began: str, ended: str) -> str:
        """SQL of the microseconds between two texts, by the clocks of the zone."""
        return f"epoch_us({self._stop(began, ended)}) - epoch_us({self._moment(began)})"

    def _lasted(self, began: str, ended: str) -> str:
        """Microseconds; between two dates alone every day has 24 hours, whatever the clocks did."""
        apart = self.apart(began, ended)
        if self.zone == "UTC":
            return apart
        dates = f"{sql.is_day(began, self.form)} AND coalesce({sql.is_day(ended, self.form)}, true)"
        return f"CASE WHEN {dates} THEN {attrs.evolve(self, zone='UTC').apart(began, ended)} ELSE {apart} END"

    def _worked(self, began: str, ended: str, hours: BusinessHours) -> str:
        """Microseconds of work."""
        stop, start = f"epoch_us({self._stop(began, ended)})", f"epoch_us({self._moment(began)})"
        return f"{hours.until(stop)} - {hours.until(start)}"

    def _meant(self, column: str) -> str:
        return f"({sql.meaning(sql.stripped(column), self.codes)})"

    def _moment(self, text: str) -> str:
        """A moment in UTC; a date alone is midnight on the clocks of the zone."""
        moment = sql.time(text, self.form, self.zone)
        if self.zone == "UTC":
            return f"({moment})"
        day = sql.is_day(text, self.form)
        return f"(CASE WHEN {day} THEN {sql.local(f'({moment})', self.zone)} ELSE {moment} END)"

    def _stop(self, began: str, ended: str) -> str:
        if self.until is None:
            return self._moment(ended)
        moment, until = self._moment(ended), self._until(began)
        return f"(CASE WHEN {ended} IS NULL OR {moment} > {until} THEN {until} ELSE {moment} END)"

    def _until(self, began: str) -> str:
        """When observation ended: at the end of a date, or, of what began on a date alone, on that date.

        What began on the 1st and is open on the 2nd has lasted longer than one day; whether it will last two
        is not known, as it would be were it open at the beginning of the 3rd.
        """
        assert self.until is not None
        if isinstance(self.until, dt.datetime):
            return f"({sql.time(sql.text(self.until.isoformat()), None, self.zone)})"
        date = self._midnight(self.until)
        after = self._midnight(self.until + dt.timedelta(days=1))
        return f"(CASE WHEN {sql.is_day(began, self.form)} THEN {date} ELSE {after} END)"

    def _midnight(self, day: dt.date) -> str:
        return sql.local(f"TIMESTAMP {sql.text(day.isoformat())}", self.zone)


@attrs.frozen
class Choice:
    """Whether an answer with several choices holds one of them."""

    name: str
    path: Path
    column: str
    choice: str
    separator: str
    codes: sql.Codes

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The column it reads, and where it is named."""
        yield self.column, (*self.path, "column")

    def text(self, column: str) -> str:
        """SQL of 1, 0 or, where nothing was answered, NULL."""
        meant = f"({sql.meaning(sql.stripped(column), self.codes)})"
        separator, choice = sql.composed(self.separator), sql.composed(self.choice).strip()
        between = sql.text(rf"\s*{re.escape(separator)}\s*")
        mark = sql.text(separator)
        listed = f"{mark} || regexp_replace({meant}, {between}, {mark}, 'g') || {mark}"
        wanted = sql.text(f"{separator}{choice}{separator}")
        return f"CASE WHEN {meant} IS NULL THEN NULL WHEN contains({listed}, {wanted}) THEN '1' ELSE '0' END"


@attrs.frozen(eq=False)
class Formula:
    """A value by an expression over attributes, durations and choices."""

    name: str
    path: Path
    program: cel.Program

    def text(self, computed: Mapping[str, str]) -> str:
        """SQL of the value as text; `computed` has the columns of durations and choices by name."""
        columns: dict[str, str] = {}
        for kind, name in (path[:2] for path in self.program.reads):
            if kind == "attributes":
                columns[f"attributes.{name}"] = sql.name(f"t_a_{name}")
            elif kind == "durations":
                columns[f"durations.{name}"] = sql.number(computed[name])
            else:
                columns[f"choices.{name}"] = f"({computed[name]} = '1')"
        if self.program.type == cel.BOOL:
            value = self.program.sql("duckdb", columns)
            return f"CASE WHEN {value} THEN '1' WHEN NOT ({value}) THEN '0' END"
        return f"CAST({self.program.sql('duckdb', columns)} AS VARCHAR)"


@attrs.frozen(eq=False)
class Computed:
    """All columns that one mapping adds."""

    durations: tuple[Duration, ...] = ()
    choices: tuple[Choice, ...] = ()
    formulas: tuple[Formula, ...] = ()

    def places(self) -> Iterator[tuple[str, Path]]:
        """Their names, and where each is declared."""
        yield from ((d.name, d.path) for d in self.durations)
        yield from ((c.name, c.path) for c in self.choices)
        yield from ((f.name, f.path) for f in self.formulas)

    def load(self, backend: DuckDB) -> None:
        """Gives the engine what their SQL asks for besides columns."""
        for hours in {d.hours.name: d.hours for d in self.durations if d.hours}.values():
            hours.load(backend)

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """Every column of the source that is read, and where it is named."""
        for duration in self.durations:
            yield from duration.inputs()
        for choice in self.choices:
            yield from choice.inputs()

    def measured(self, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Name and SQL of durations and choices; `columns` has the SQL of every column by name."""
        yield from ((d.name, d.text(columns[d.start], columns[d.end])) for d in self.durations)
        yield from ((c.name, c.text(columns[c.column])) for c in self.choices)


def computed(mapping: MappingTable, at: Path, calendars: Sequence[Calendar], zone: str) -> Computed:
    """The columns that a mapping adds, whose formulas `check_computed` has checked.

    What names no time zone is of `zone`.
    """
    named = {table.calendar for table in mapping.durations.values()}
    hours = {c.id: BusinessHours.of(c, c.timezone or zone) for c in calendars if c.id in named}
    durations = tuple(
        Duration(
            name,
            (*at, "durations", name),
            table.start,
            table.end,
            table.unit,
            sql.Codes(table.no_answer),
            table.format,
            table.timezone or zone,
            table.open_until,
            hours.get(table.calendar) if table.calendar else None,
        )
        for name, table in mapping.durations.items()
    )
    choices = tuple(
        Choice(
            name,
            (*at, "choices", name),
            table.column,
            table.choice,
            table.separator,
            sql.Codes(table.no_answer),
        )
        for name, table in mapping.choices.items()
    )
    environment = _environment(mapping)
    formulas = tuple(
        Formula(name, (*at, "formulas", name), environment.compile(text))
        for name, text in mapping.formulas.items()
    )
    return Computed(durations, choices, formulas)


def check_computed(project: Project, origins: Origins) -> Iterator[Diagnostic]:
    """What is wrong with the columns that mappings add, before anything is read."""
    for source in project.sources:
        mapping, at = source.mapping, ("source", source.id, "mapping")
        environment = _environment(mapping)
        untold = {str(name): "NULL" for name in (*mapping.durations, *mapping.choices)}
        for name, text in mapping.formulas.items():
            path = (*at, "formulas", name)
            try:
                program = environment.compile(text)
                if program.type in RESULTS:
                    Formula(name, path, program).text(untold)
            except cel.CelError as error:
                yield from (
                    attrs.evolve(d, location=origins.locate(path, d.location)) for d in error.diagnostics
                )
                continue
            kind = program.type
            if kind not in RESULTS:
                message = f"A formula yields a number, a text or a truth value; this one yields {kind}."
                yield Diagnostic("CX217", message, origins.locate(path))
        kinds: dict[str, str] = {}
        for table in ("durations", "choices", "formulas"):
            for name in getattr(mapping, table):
                if kinds.setdefault(name, table) != table:
                    message = f'"{name}" is among the {kinds[name]} too.'
                    yield Diagnostic(
                        "CX217", message, origins.locate((*at, table, name)), "Rename one of the two."
                    )
        if mapping.customer_id in kinds:
            message = (
                f'Customers are named by a column of the source; "{mapping.customer_id}" is added to it.'
            )
            hint = "Ids are hidden before anything else reads them; name the column that holds them."
            yield Diagnostic("CX217", message, origins.locate((*at, "customer_id")), hint)
        if mapping.repeats in ("first", "last") and mapping.long is not None:
            message = f'`repeats = "{mapping.repeats}"` is for wide files: in a long one every row is a part.'
            yield Diagnostic("CX217", message, origins.locate((*at, "repeats")))
        yield from _check_censored(mapping, at, origins)


def _check_censored(mapping: MappingTable, at: Path, origins: Origins) -> Iterator[Diagnostic]:
    """Whether what is censored is a value, and only one thing says so."""
    values = {column for wide in mapping.signals for column in wide.columns}
    values |= {mapping.long.value} if mapping.long is not None else set()
    watched = {name for name, table in mapping.durations.items() if table.open_until is not None}
    for column in mapping.censored:
        place = origins.locate((*at, "censored", column), key=True)
        if column not in values:
            near = closest(column, values)
            hint = f'Did you mean "{near}"?' if near else "Name a column that `signals` or `long` reads."
            yield Diagnostic("CX217", f'No signal reads the column "{column}".', place, hint)
        elif column in watched:
            message = f'`open_until` already says which values of "{column}" have not ended.'
            yield Diagnostic("CX217", message, place, "Keep one of the two.")


def _environment(mapping: MappingTable) -> cel.Environment:
    """What formulas read: every attribute that is not itself a formula, durations and choices."""
    attributes: dict[str, cel.Type] = {
        name: _attribute(value)
        for name, value in mapping.attributes.items()
        if (value if isinstance(value, str) else value.column) not in mapping.formulas
    }
    records: dict[str, Mapping[str, cel.Type]] = {
        "attributes": attributes,
        "durations": dict.fromkeys(mapping.durations, cel.DOUBLE),
        "choices": dict.fromkeys(mapping.choices, cel.BOOL),
    }
    return cel.Environment(variables={name: cel.record(fields) for name, fields in records.items()})


def _attribute(value: str | ColumnValue) -> cel.Type:
    return cel.STRING if isinstance(value, str) else ATTRIBUTES[value.type]
