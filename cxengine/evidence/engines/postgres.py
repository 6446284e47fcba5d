"""PostgreSQL through ADBC, which copies Arrow in and gives Arrow back."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import adbc_driver_manager
from adbc_driver_postgresql import dbapi

from cxengine.evidence.engines.failure import told

if TYPE_CHECKING:
    import pyarrow as pa

DIGITS = 9


class PostgreSQL:
    """An `Engine` on a PostgreSQL server: the tables are temporary, they go when the connection closes."""

    dialect = "postgres"

    def __init__(self, connection: str) -> None:
        """Connects; `connection` is a URI or key-value string as libpq reads it.

        Raises:
            EvidenceError: the server cannot be reached.
        """
        with told("PostgreSQL", "to connect", adbc_driver_manager.Error):
            self._connection = dbapi.connect(connection, autocommit=True)
        self._closed = weakref.finalize(self, self._connection.close)

    def load(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Copies the rows into a temporary table."""
        with (
            told("PostgreSQL", f"to take in {name}", adbc_driver_manager.Error),
            self._connection.cursor() as cursor,
        ):
            cursor.adbc_ingest(name, rows, mode="create", temporary=True)
            cursor.execute(f"ANALYZE {name}")

    def execute(self, sql: str) -> pa.Table:
        """The result of a query; NUMERIC comes as decimals of nine digits."""
        with (
            told("PostgreSQL", "to answer a query", adbc_driver_manager.Error),
            self._connection.cursor() as cursor,
        ):
            cursor.execute(sql)
            return _decimals(cursor.fetch_arrow_table())

    def close(self) -> None:
        """Closes the connection, which drops the tables."""
        self._closed()


def _decimals(table: pa.Table) -> pa.Table:
    """ADBC gives NUMERIC, which may have any number of digits, as text."""
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if (field.metadata or {}).get(b"ADBC:postgresql:typname") == b"numeric":
            column = table.column(index).cast(pa.string()).cast(pa.decimal128(38, DIGITS))
            table = table.set_column(index, field.name, column)
    return table
