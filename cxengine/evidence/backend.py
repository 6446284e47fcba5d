"""The embedded engine: DuckDB, set up so that the same input gives the same output."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.scratch import Scratch
from cxengine.evidence.sql import text

if TYPE_CHECKING:
    import pyarrow as pa

SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET preserve_insertion_order = true",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_progress_bar = false",
)
_A_THREAD, _A_COLUMN = 16, 1
"""The megabytes that reading takes for each thread, and for each column besides: a block has a quarter."""


class DuckDB:
    """A `Backend` on an embedded DuckDB database.

    Times are UTC whatever the machine's zone, and nothing is fetched from elsewhere.
    """

    dialect = "duckdb"
    _bounded = True

    def __init__(
        self,
        database: str = ":memory:",
        *,
        threads: int | None = None,
        memory: str | None = None,
        on_disk: bool = False,
    ) -> None:
        """Opens a database.

        Args:
            database: A file, or `:memory:`.
            threads: The cores that queries may use.
            memory: What it may hold in memory, such as "2GB"; the rest goes to temporary files.
            on_disk: Keeps the tables in a temporary file, compressed, that is removed in the end.
        """
        self._scratch = Scratch()
        if on_disk:
            database = str(self._scratch.path / "evidence.duckdb")
        self._bounded = memory is not None or database == ":memory:"
        self._connection = duckdb.connect(database)
        settings = [*SETTINGS, f"SET temp_directory = {text(str(self._scratch.path))}"]
        settings += [f"SET threads = {threads:d}"] if threads is not None else []
        settings += [f"SET memory_limit = {text(memory)}"] if memory is not None else []
        for setting in settings:
            self._connection.execute(setting)

    def execute(self, sql: str) -> pa.Table:
        """The result of a query; ENUM columns come as plain text."""
        with told():
            return _plain(self._connection.sql(sql).to_arrow_table())

    def run(self, sql: str) -> int:
        """Runs a statement; the number of rows it wrote, 0 for one that writes none."""
        with told():
            row = self._connection.execute(sql).fetchone()
        return int(row[0]) if row and isinstance(row[0], int) else 0

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The result of a query, batch by batch; read it to its end before the next statement."""
        import pyarrow as pa

        with told():
            found = self._connection.sql(sql).arrow()

        def batches() -> Iterator[pa.RecordBatch]:
            with told():
                yield from found

        return pa.RecordBatchReader.from_batches(found.schema, batches())

    @contextmanager
    def sparing(self, columns: int) -> Iterator[None]:
        """Reads so many columns of a database in a file without keeping much of it in memory.

        For what reads everything once, as long as the context lasts. Where somebody said how much memory may
        be used, that holds; what is in use is not freed.
        """
        if self._bounded:
            yield
            return
        threads = int(self.execute("SELECT current_setting('threads') AS threads")["threads"][0].as_py())
        enough = threads * (_A_THREAD + columns * _A_COLUMN)
        with suppress(duckdb.OutOfMemoryException):  # more than that is in use
            self._connection.execute(f"SET memory_limit = '{enough}MB'")
        try:
            yield
        finally:
            self._connection.execute("RESET memory_limit")

    @contextmanager
    def lent(self, name: str, table: pa.Table) -> Iterator[None]:
        """Lets queries read an Arrow table in place, under `name`, for as long as the context lasts."""
        self._connection.register(name, table)
        try:
            yield
        finally:
            self._connection.unregister(name)

    def close(self) -> None:
        """Frees the database."""
        self._connection.close()
        self._scratch.close()


@contextmanager
def told() -> Iterator[None]:
    """What a query runs into from outside, in words of ours.

    Raises:
        EvidenceError: neither memory nor the disk holds what the query needs.
        KeyboardInterrupt: it was interrupted.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException, OSError) as error:
        if (found := _from_outside(error)) is None:
            raise
        raise EvidenceError(found) from error
    except RuntimeError as error:
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from error


def _from_outside(error: Exception) -> Diagnostic | None:
    """What ran out; while Arrow reads a result, errors of DuckDB come as OSErrors with the same words."""
    if "Out of Memory Error" in str(error):
        message = f"The evidence does not fit into the memory that the engine may use: {_first(error)}"
        hint = 'Raise `memory` in `[engine]`, or keep the evidence on disk: `storage = "disk"`.'
        return Diagnostic("CX268", message, hint=hint)
    if "No space left" in str(error):
        message = f"The disk for temporary files is full ({tempfile.gettempdir()})."
        hint = "Free some space there, or let the variable TMPDIR name a folder with more."
        return Diagnostic("CX267", message, hint=hint)
    return None


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _plain(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(index).cast(field.type.value_type)
            table = table.set_column(index, field.name, column)
    return table
