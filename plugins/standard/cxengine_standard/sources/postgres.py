"""Rows of a PostgreSQL server through ADBC, batch by batch, as the text that the server makes of them.

Nothing is written there: the transaction is read-only, and the query stands within a SELECT of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import OptionError, Secret
from cxengine.plugin.secret import hide

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMES = ("postgresql://", "postgres://")
SETTINGS = ("SET TRANSACTION READ ONLY", "SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'")
TABLES = (
    "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
    " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)


class RefusedError(Exception):
    """What the server says against a query, and the tables that it has."""

    def __init__(self, reason: str, tables: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.tables = tables


def read_postgres(url: Secret, query: str) -> Iterator[pa.RecordBatch]:
    """The rows of a query as text, first a batch without rows.

    Raises:
        OptionError: CX209, CX240, the server cannot be reached, or what speaks to it is not installed.
        RefusedError: the server refuses the query.
    """
    import pyarrow as pa

    with closing(_connected(url)) as connection, closing(connection.cursor()) as cursor:
        try:
            for setting in SETTINGS:
                cursor.execute(setting)
            within = f"FROM (\n{query.strip().rstrip(';')}\n) AS asked"
            cursor.execute(f"SELECT * {within} LIMIT 0")
            names = cursor.fetch_record_batch().schema.names
            yield pa.RecordBatch.from_pylist([], pa.schema([(name, pa.string()) for name in names]))
            texts = ", ".join(f"{quoted(name)}::text" for name in names)
            cursor.execute(f"SELECT {texts} {within}")
            for batch in cursor.fetch_record_batch():
                yield pa.RecordBatch.from_arrays([c.cast(pa.string()) for c in batch.columns], names)
        except (connection.Error, pa.ArrowException, OSError) as error:  # the latter while rows come
            raise RefusedError(str(error), _tables(url)) from error


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def _connected(url: Secret) -> Any:
    text = url.reveal()
    if not text.startswith(SCHEMES):
        message = f"{url.place} holds no address of a database that can be read."
        hint = "Such as postgresql://user:password@host/database; files are named by `database`."
        raise OptionError("url", Diagnostic("CX209", message[0].upper() + message[1:], hint=hint))
    try:
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError as error:
        hint = 'Install it: pip install "cxengine[postgres]"'
        message = "What speaks to PostgreSQL is not installed."
        raise OptionError("url", Diagnostic("CX240", message, hint=hint)) from error
    try:
        return dbapi.connect(text)
    except dbapi.Error as error:
        said = hide(" ".join(str(error).split()), [text])
        hint = f"Is the address in {url.place} right, and may this machine reach the server?"
        message = f"The database cannot be reached: {said}"
        raise OptionError("url", Diagnostic("CX209", message, hint=hint)) from error


def _tables(url: Secret) -> tuple[str, ...]:
    with closing(_connected(url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(TABLES)
        names = (str(row[0]) for row in cursor.fetchall())
        return tuple(name.removeprefix("public.") for name in names)
