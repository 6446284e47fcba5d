"""The event log source: what happened, case by case, in CSV, Parquet or XES.

Every event becomes a row with what its place in its case tells: which step it is, what came before it, and
how long the case had waited. Cases may be interleaved in the file; DuckDB sorts them, also beyond memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, closest
from cxengine.plugin import Batch, OptionError, Reject, Source, option
from cxengine_standard.sources.file import FileOptions, FileSource
from cxengine_standard.sources.files import Files, check_encoding
from cxengine_standard.sources.remote import Remote
from cxengine_standard.sources.xes import read_xes

if TYPE_CHECKING:
    import duckdb

ROWS = 1 << 16
DERIVED = (
    "event_number",
    "events_in_case",
    "previous_activity",
    "seconds_since_previous",
    "seconds_since_start",
    "case_variant",
    "new_variant",
)
"""The columns that the source adds."""


@attrs.frozen(kw_only=True)
class EventLogOptions:
    """Which log, and which of its columns say whose event it is, what happened and when."""

    path: str = option(
        "The log (.xes, .xes.gz, .csv, .parquet), relative to the folder of the TOML file; wildcards match"
        " many."
    )
    case: str = option("Column of the case: a ticket, an order, a visit.", default="case:concept:name")
    activity: str = option("Column of what happened.", default="concept:name")
    timestamp: str = option("Column of when it happened.", default="time:timestamp")
    format: str | None = option(
        "How times are written, in strptime's notation; ISO 8601 by default.", default=None
    )
    timezone: str = option("Time zone of times that name none.", default="UTC")
    encoding: str | None = option("Encoding of a CSV file; UTF-8 by default.", default=None)


class EventLog(Source):
    """Reads event logs: one row an event, with its number in the case, what came before and how long it took.

    Several files are read one by one: what is added counts within the file.

    Adds the columns `event_number`, `events_in_case`, `previous_activity`, `seconds_since_previous`,
    `seconds_since_start` and `case_variant`, the way that the case went: 1 is the commonest, of two as common
    the one that was found first. `new_variant` has a value at the first event of every case: 1 where no
    earlier case of the file went this way, else 0; so its answers count cases, and their sum is the number of
    variants. Events of a case are put in the order of their times; of two at the same time the one that the
    file names first comes first. What is added is measured in the time that passed, whatever the clocks did.
    """

    name: ClassVar[str] = "event_log"
    Options: ClassVar[type] = EventLogOptions
    proposed_by: ClassVar[str] = "path"
    options: EventLogOptions

    def __init__(self, options: EventLogOptions, folder: Path, files: Files | None = None) -> None:
        """The log is looked for when it is read; `files` are some of those that the options name."""
        super().__init__(options, folder)
        self._files = files or Files(options.path, folder, remote=Remote(lambda: self.network))

    def read(self) -> Iterator[Batch]:
        """All events of all files, case by case; a row without case, activity or time is rejected.

        Raises:
            EvidenceError: CX201-CX210, when there is no such file or column, or it is no such log.
        """
        check_encoding(self.options.encoding)
        for path in self._files.found():
            origin = self._files.filled(path)
            with _database() as connection:
                self._check_format(connection)
                rejects = self._load(connection, path, origin)
                yield from _cases(connection, origin, rejects)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return self._files.fingerprints()

    def parts(self) -> Mapping[str, Source]:
        """A source for every file: what is told of an event is told of its place in the file."""
        each = self._files.each()
        return {name: EventLog(self.options, self.folder, files) for name, files in each.items()}

    def stamp(self) -> str | None:
        """Size and times of the files."""
        return self._files.stamp()

    def propose(self) -> str:
        """Touchpoints of the activities, a mapping of the events, and the journey that cases observed."""
        from cxengine_standard.proposal.write import log

        return log(self.options.path, self.folder, next(iter(self._files.found())))

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it is XES, or its columns are named like those of a log."""
        from cxengine_standard.proposal.log import Keys

        if is_xes(path):
            return True
        source = FileSource(FileOptions(path=path.name), path.parent)
        try:
            return Keys.of(next(iter(source.read())).rows.schema.names) is not None
        except (EvidenceError, StopIteration):
            return False

    def _load(self, connection: duckdb.DuckDBPyConnection, path: Path, origin: str) -> list[Reject]:
        """Puts the rows of a file into the table `events`; what is no event comes back."""
        rejects: list[Reject] = []
        empty = True
        for batch in self._rows(path, origin):
            rejects += batch.rejects
            if empty:
                self._check_columns(origin, batch.rows.schema.names)
            rows = batch.rows.append_column("_position", batch.positions)
            connection.register("found", rows)
            connection.execute(
                ("CREATE TABLE" if empty else "INSERT INTO") + f" events {'AS' if empty else 'BY NAME'}"  # noqa: S608
                f" SELECT *, {self._moment()} AS _moment FROM found"
            )
            connection.unregister("found")
            empty = False
        if empty:
            return rejects
        return [*rejects, *self._no_events(connection)]

    def _rows(self, path: Path, origin: str) -> Iterator[Batch]:
        if is_xes(path):
            return xes_batches(path, origin)
        options = FileOptions(path=str(path), encoding=self.options.encoding)
        return FileSource(options, self.folder, attrs.evolve(self._files, only=path)).read()

    def _check_columns(self, origin: str, columns: list[str]) -> None:
        for key in ("case", "activity", "timestamp"):
            wanted = getattr(self.options, key)
            if wanted not in columns:
                near = closest(wanted, columns)
                hint = f'Did you mean "{near}"?' if near else f"Columns: {', '.join(columns)}"
                raise OptionError(key, Diagnostic("CX210", f'{origin} has no column "{wanted}".', hint=hint))
        for added in DERIVED:
            if added in columns:
                message = f'{origin} has a column "{added}" of its own, which the source would add.'
                raise OptionError("path", Diagnostic("CX209", message, hint="Rename the column."))

    def _check_format(self, connection: duckdb.DuckDBPyConnection) -> None:
        import duckdb

        try:
            connection.execute("SELECT try_strptime('', ?)", [self.options.format or "%Y"]).fetchall()
        except duckdb.Error as error:
            hint = 'Write it in strptime\'s notation, for example "%d/%m/%Y %H:%M".'
            message = f'"{self.options.format}" is not a date format.'
            raise OptionError("format", Diagnostic("CX213", message, hint=hint)) from error
        try:
            connection.execute(f"SET TimeZone = {_literal(self.options.timezone)}")
        except duckdb.Error as error:
            message = f'There is no time zone "{self.options.timezone}".'
            hint = 'For example "Europe/Amsterdam".'
            raise OptionError("timezone", Diagnostic("CX213", message, hint=hint)) from error

    def _moment(self) -> str:
        text = f"trim({_name(self.options.timestamp)})"
        if self.options.format is None:
            return f"timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ))"
        parsed = f"try_strptime({text}, {_literal(self.options.format)})"
        if "%z" not in self.options.format.lower():
            parsed = f"timezone({_literal(self.options.timezone)}, {parsed})"
        return f"timezone('UTC', {parsed})"

    def _no_events(self, connection: duckdb.DuckDBPyConnection) -> list[Reject]:
        """Takes out the rows that are no events."""
        case, activity = (
            f"coalesce(trim({_name(c)}), '') = ''" for c in (self.options.case, self.options.activity)
        )
        reason = (
            f"CASE WHEN {case} THEN 'no case' WHEN {activity} THEN 'no activity'"
            " WHEN _moment IS NULL THEN 'no time, or none written as declared' END"
        )
        connection.execute(f"CREATE TABLE judged AS SELECT *, {reason} AS _reason FROM events")  # noqa: S608
        found = connection.execute(
            f"SELECT _position, _reason, {_name(self.options.timestamp)} FROM judged"  # noqa: S608
            " WHERE _reason IS NOT NULL ORDER BY _position"
        ).fetchall()
        connection.execute(
            "CREATE TABLE timed AS SELECT * EXCLUDE (_reason),"  # noqa: S608
            f" {_name(self.options.case)} AS _case, {_name(self.options.activity)} AS _activity"
            " FROM judged WHERE _reason IS NULL"
        )
        return [Reject(position, reason, text or "") for position, reason, text in found]


@contextmanager
def _database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for one file, on disk beyond memory, that goes with the context."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="cxengine-") as folder, closing(duckdb.connect()) as connection:
        connection.execute(f"SET temp_directory = {_literal(folder)}")
        yield connection


def _cases(connection: duckdb.DuckDBPyConnection, origin: str, rejects: list[Reject]) -> Iterator[Batch]:
    """The events in the order of cases (as they begin in the file) and times, with what their place tells."""
    import pyarrow as pa

    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "timed" not in tables:
        return
    found: Any = connection.sql(
        "WITH numbered AS (SELECT *, min(_position) OVER (PARTITION BY _case) AS _first,"
        " row_number() OVER along AS event_number, count(*) OVER (PARTITION BY _case) AS events_in_case,"
        " lag(_activity) OVER along AS previous_activity,"
        " epoch_us(_moment) - lag(epoch_us(_moment)) OVER along AS _waited,"
        " epoch_us(_moment) - min(epoch_us(_moment)) OVER (PARTITION BY _case) AS _passed"
        " FROM timed WINDOW along AS (PARTITION BY _case ORDER BY _moment, _position)),"
        " ways AS (SELECT _case, min(_position) AS _began,"
        " list(_activity ORDER BY _moment, _position) AS _way FROM timed GROUP BY _case),"
        " variants AS (SELECT _way, min(_began) AS _found,"
        " row_number() OVER (ORDER BY count(*) DESC, min(_began)) AS _variant FROM ways GROUP BY _way),"
        " went AS (SELECT _case, _variant, _began = _found AS _new FROM ways JOIN variants USING (_way))"
        " SELECT * EXCLUDE (_case, _activity, _moment, _first, _waited, _passed, _variant, _new)"
        " REPLACE (CAST(event_number AS VARCHAR) AS event_number,"
        " CAST(events_in_case AS VARCHAR) AS events_in_case),"
        " CAST(_waited / 1e6 AS VARCHAR) AS seconds_since_previous,"
        " CAST(_passed / 1e6 AS VARCHAR) AS seconds_since_start, CAST(_variant AS VARCHAR) AS case_variant,"
        " CASE WHEN numbered.event_number = 1 THEN CAST(CAST(_new AS INTEGER) AS VARCHAR) END AS new_variant"
        " FROM numbered JOIN went USING (_case) ORDER BY _first, numbered.event_number"
    )
    # DuckDB 1.4 and 2.0 call the reader of batches differently.
    batches = (
        found.to_arrow_reader(ROWS) if hasattr(found, "to_arrow_reader") else found.fetch_arrow_reader(ROWS)
    )
    at = batches.schema.get_field_index("_position")
    none = pa.RecordBatch.from_pylist([], batches.schema.remove(at))
    yield Batch(origin, none, pa.array([], pa.int64()), tuple(rejects))
    for batch in batches:
        yield Batch(origin, batch.remove_column(at), batch.column(at))


def is_xes(path: Path) -> bool:
    """Whether a file is called like one of XES."""
    return path.name.lower().endswith((".xes", ".xes.gz"))


def xes_batches(path: Path, origin: str) -> Iterator[Batch]:
    """The events in batches that all have the same columns: those of every event, found in a first pass."""
    import pyarrow as pa

    names = list(dict.fromkeys(key for event in read_xes(path, origin) for key in event))
    events, position = read_xes(path, origin), 0
    while chunk := list(islice(events, ROWS)):
        columns = [pa.array([event.get(name) for event in chunk], pa.string()) for name in names]
        numbers = pa.array(range(position + 1, position + 1 + len(chunk)), pa.int64())
        yield Batch(origin, pa.RecordBatch.from_arrays(columns, names), numbers)
        position += len(chunk)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
