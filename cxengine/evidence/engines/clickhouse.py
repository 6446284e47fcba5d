"""ClickHouse inside this process, as chDB packs it."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import chdb
from chdb.session import Session

from cxengine.evidence.engines.failure import told
from cxengine.evidence.engines.parquet import write

if TYPE_CHECKING:
    import pyarrow as pa

SETTINGS = {
    "session_timezone": "'UTC'",
    "group_by_use_nulls": "1",
    "join_use_nulls": "1",
    "prefer_column_name_to_alias": "1",
    "output_format_arrow_string_as_string": "1",
    "optimize_min_equality_disjunction_chain_length": "1000000",
    "optimize_min_inequality_conjunction_chain_length": "1000000",
}
"""The last two keep chains of `=` and `<>` from becoming IN, to which NaN is NaN and -0.0 is not 0.0."""


class ClickHouse:
    """An `Engine` on an embedded ClickHouse; a process has one at a time."""

    dialect = "clickhouse"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cxengine-clickhouse-")
        with told("ClickHouse", "to start", RuntimeError, chdb.ChdbError):
            self._session = Session(str(Path(self._folder.name) / "database"))
            self._session.query(f"SET {', '.join(f'{k} = {v}' for k, v in SETTINGS.items())}")
        self._ended = weakref.finalize(self, _end, self._session, self._folder)

    def load(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Writes the rows as Parquet files and makes a table of them."""
        path = Path(self._folder.name) / name
        write(rows, path)
        with told("ClickHouse", f"to take in {name}", RuntimeError, chdb.ChdbError):
            self._session.query(
                f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY tuple()"
                f" AS SELECT * FROM file('{path}/*.parquet', Parquet)"
            )

    def execute(self, sql: str) -> pa.Table:
        """The result of a query."""
        import pyarrow as pa

        with told("ClickHouse", "to answer a query", RuntimeError, chdb.ChdbError):
            result = self._session.query(sql, "ArrowStream").bytes()
        return pa.ipc.open_stream(result).read_all()

    def close(self) -> None:
        """Ends the session and removes its files."""
        self._ended()


def _end(session: Session, folder: tempfile.TemporaryDirectory[str]) -> None:
    session.close()
    folder.cleanup()
