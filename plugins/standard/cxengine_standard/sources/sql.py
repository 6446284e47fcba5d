"""The SQL source: a table or query of a database, or of files that DuckDB reads."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, closest
from cxengine.plugin import Batch, OptionError, Secret, Source, option
from cxengine_standard.sources.canonical import canonical, canonical_column
from cxengine_standard.sources.header import column_names

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROWS = 1 << 16
SQLITE = b"SQLite format 3\0"
SERVERS = ("postgres", "mysql")
TABLES_SHOWN = 12


@attrs.frozen(kw_only=True)
class SqlOptions:
    """Which database, and what to ask it."""

    query: str | None = option(
        "The SELECT to run; give it an ORDER BY, so that rows come in one order. Without `database` it may"
        " read files: `SELECT * FROM 'data/*.parquet'`; of CSV, `read_csv('...', all_varchar = true)` keeps"
        " zeros before a number.",
        default=None,
    )
    table: str | None = option("The table to read, instead of a query.", default=None)
    database: str | None = option(
        "A DuckDB or SQLite file, relative to the folder of the TOML file, or the connection text of a server"
        " without its password, which the database's own environment variables hold (PGPASSWORD).",
        default=None,
    )
    type: Literal["file", "postgres", "mysql"] = option(
        "What `database` is. A server needs the extension of DuckDB of that name, installed beforehand; for"
        " PostgreSQL, `url` needs none.",
        default="file",
    )
    url: Secret | None = option(
        'Where the address of a PostgreSQL server is, as it holds a password: `"env:SHOP_DB"` or'
        ' `"keyring:SERVICE/USER"`, with postgresql://user:password@host/database. Needs the extra'
        " `cxengine[postgres]`.",
        default=None,
    )


class SqlSource(Source):
    """Reads the rows of a table or query of a database that DuckDB reaches; it never writes there."""

    name: ClassVar[str] = "sql"
    Options: ClassVar[type] = SqlOptions
    options: SqlOptions
    _digest: str | None = None

    def read(self) -> Iterator[Batch]:
        """All rows, as text.

        Raises:
            EvidenceError: CX201, CX203, CX209, when there is no such database or it refuses the query.
        """
        position = 0
        digests: list[hashlib._Hash] = []
        for rows in self._record_batches():
            digests = digests or [hashlib.sha256(name.encode()) for name in rows.schema.names]
            for digest, column in zip(digests, rows.columns, strict=True):
                digest.update("".join(f"{text!r}," for text in column.to_pylist()).encode())
            positions = range(position + 1, position + 1 + rows.num_rows)
            yield Batch(self._origin(), rows, _integers(positions))
            position += rows.num_rows
        self._digest = hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of the rows that were read: a database may change where its file's name does not."""
        if self._digest is None:
            for _ in self.read():
                pass
        return {self._origin(): self._digest or ""}

    def _origin(self) -> str:
        what = self.options.table or "query"
        return (
            f"{self.options.database}: {what}"
            if self.options.type == "file" and self.options.database
            else what
        )

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        if (self.options.query is None) == (self.options.table is None):
            raise OptionError("query", Diagnostic("CX203", "Either `query` or `table` says what to read."))
        if self.options.url is not None:
            return self._from_server(self.options.url)
        path = self._file()
        if path is not None and _is_sqlite(path):
            return self._from_sqlite(path)
        return self._from_duckdb(path)

    def _file(self) -> Path | None:
        if self.options.database is None or self.options.type in SERVERS:
            return None
        path = self.folder / self.options.database
        if not path.is_file():
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            near = closest(path.name, siblings)
            message = f'There is no file "{self.options.database}".'
            hint = f'Did you mean "{near}"?' if near else None
            raise OptionError("database", Diagnostic("CX201", message, hint=hint))
        return path

    def _from_duckdb(self, path: Path | None) -> Iterator[pa.RecordBatch]:
        import duckdb
        import pyarrow as pa

        with closing(duckdb.connect()) as connection:
            try:
                self._prepare(connection, path)
                reader = _arrow(connection.sql(self._select(_one_select)))
                names = column_names(reader.schema.names)
                yield pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in names]))
                for batch in reader:
                    yield pa.RecordBatch.from_arrays([canonical_column(c) for c in batch.columns], names)
            except duckdb.Error as error:
                raise self._refused(str(error), _tables(connection)) from error

    def _prepare(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        """Sets the connection up: times in UTC, nothing fetched or installed, the database read-only."""
        import duckdb

        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute(f"SET file_search_path = {_literal(str(self.folder))}")
        if self.options.database is not None:
            kind = self.options.type if path is None else "duckdb"
            place = self.options.database if path is None else str(path)
            try:
                connection.execute(f"ATTACH {_literal(place)} AS evidence (READ_ONLY, TYPE {kind})")
            except duckdb.Error as error:
                if path is None:
                    raise
                message = f'"{self.options.database}" cannot be opened as a DuckDB or SQLite database:'
                hint = "Name the file of a database; CSV and other files are read by the source `file`."
                found = Diagnostic("CX209", f"{message} {_line(error)}", hint=hint)
                raise OptionError("database", found) from error
            connection.execute("USE evidence")

    def _from_server(self, url: Secret) -> Iterator[pa.RecordBatch]:
        from cxengine_standard.sources.postgres import RefusedError, read_postgres

        if self.options.database is not None or self.options.type != "file":
            message = "Either `url` or `database` says where to read."
            raise OptionError("url", Diagnostic("CX203", message))
        try:
            for batch in read_postgres(url, self._select(lambda query: query)):
                yield batch.rename_columns(column_names(batch.schema.names))
        except RefusedError as error:
            raise self._refused(str(error), error.tables) from error

    def _from_sqlite(self, path: Path) -> Iterator[pa.RecordBatch]:
        """SQLite through Python's own module: DuckDB's extension is one more thing to install."""
        import pyarrow as pa

        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            try:
                cursor = connection.execute(self._select(lambda query: query))
                if cursor.description is None:
                    raise self._refused("it is not a SELECT", ())
                names = column_names([column[0] for column in cursor.description])
                yield pa.RecordBatch.from_pylist([], pa.schema([(n, pa.string()) for n in names]))
                while rows := cursor.fetchmany(ROWS):
                    columns = zip(*rows, strict=True)
                    arrays = [pa.array([_text(v) for v in column], pa.string()) for column in columns]
                    yield pa.RecordBatch.from_arrays(arrays, names)
            except (sqlite3.Error, sqlite3.Warning) as error:
                query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
                tables = tuple(str(name) for (name,) in connection.execute(query))
                raise self._refused(str(error), tables) from error

    def _select(self, checked: Any) -> str:
        if self.options.table is not None:
            name = ".".join(
                f'"{part.replace(chr(34), chr(34) * 2)}"' for part in self.options.table.split(".")
            )
            return f"SELECT * FROM {name}"  # noqa: S608 - the parts are quoted
        try:
            return str(checked(self.options.query))
        except ValueError as error:
            raise self._refused(str(error), ()) from error

    def _refused(self, reason: str, tables: tuple[str, ...]) -> EvidenceError:
        key = "table" if self.options.table is not None else "query"
        what = "the table" if key == "table" else "the query"
        line = _line(reason)
        near = closest(self.options.table or "", tables)
        way = "Write one SELECT, as the database itself would take it." if key == "query" else None
        listed = f"Tables: {', '.join(tables[:TABLES_SHOWN])}" if tables else way
        hint = f'Did you mean "{near}"?' if near else listed
        return OptionError(key, Diagnostic("CX209", f"The database refuses {what}: {line}", hint=hint))


def _line(reason: object) -> str:
    """What a database complains about, in one line."""
    return " ".join(str(reason).partition("\n\nLINE")[0].split())


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _one_select(query: str) -> str:
    """The query, if it is one statement that reads."""
    import duckdb

    statements = duckdb.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ValueError("it must be one SELECT")
    return query


def _arrow(result: Any) -> Any:
    """A reader of the result in batches; DuckDB 1.4 and 2.0 call it differently."""
    if hasattr(result, "to_arrow_reader"):
        return result.to_arrow_reader(ROWS)
    return result.fetch_arrow_reader(ROWS)


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    found = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return tuple(str(name) for (name,) in found)


def _text(value: Any) -> str | None:
    """A value of SQLite as text; bytes that are no text as hexadecimal digits."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return canonical(value)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _integers(values: range) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.int64())
