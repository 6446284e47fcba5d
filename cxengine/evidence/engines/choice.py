"""Opens the engine that a project names, and hands it the evidence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.evidence.backend import DuckDB

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.checks import Origins
    from cxengine.evidence.evidence import Evidence
    from cxengine.project.model import EngineSettings

TABLES = {
    "responses": "SELECT * REPLACE (CAST(source AS VARCHAR) AS source) FROM responses",
    "answers": (
        "SELECT * REPLACE (CAST(touchpoint AS VARCHAR) AS touchpoint, CAST(signal AS VARCHAR) AS signal)"
        " FROM answers"
    ),
}
"""What an engine is given, with ENUMs as plain text."""


class Engine(Protocol):
    """A place where queries over the evidence run."""

    dialect: str
    """One of `cxengine.cel.targets.sql.DIALECTS`."""

    def load(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Makes the table `name`, which only this run sees, of the rows."""
        ...

    def execute(self, sql: str) -> pa.Table:
        """The result of a query; numbers without an exponent are integers or `decimal128(38, 9)`."""
        ...

    def close(self) -> None:
        """Removes the tables and frees the engine."""
        ...


def open_embedded(settings: EngineSettings) -> DuckDB:
    """An empty DuckDB database for the evidence, in memory or on disk."""
    return DuckDB(on_disk=settings.storage == "disk", memory=settings.memory)


def open_engine(settings: EngineSettings, origins: Origins) -> Engine | None:
    """The engine that measures; None where that is the embedded DuckDB itself.

    Raises:
        EvidenceError: its Python package is not installed, or it cannot be reached.
    """
    try:
        match settings.use:
            case "duckdb":
                return None
            case "postgres":
                return _postgres(settings)
            case "spark":
                return _spark(settings)
            case "clickhouse":
                return _clickhouse()
    except EvidenceError as error:
        place = origins.locate(("engine", "use"))
        raise EvidenceError(*(attrs.evolve(d, location=place) for d in error.diagnostics)) from error


def hand_over(evidence: Evidence, embedded: DuckDB, engine: Engine) -> Evidence:
    """The same evidence with its responses and answers in another engine.

    Verbatims stay in the embedded DuckDB, which is asked about them and about whole journeys.

    Raises:
        EvidenceError: the engine refuses the tables.
    """
    for name, query in TABLES.items():
        engine.load(name, embedded.stream(query))
    return attrs.evolve(evidence, backend=engine, embedded=embedded)


def _postgres(settings: EngineSettings) -> Engine:
    variable = settings.connection_variable
    connection = os.environ.get(variable)
    if not connection:
        message = f"PostgreSQL is to measure, but the environment variable {variable} is not set."
        hint = f"Put a connection string into {variable}, such as postgresql://user@host/database."
        raise EvidenceError(Diagnostic("CX241", message, hint=hint))
    try:
        from cxengine.evidence.engines.postgres import PostgreSQL
    except ModuleNotFoundError as error:
        raise _missing("PostgreSQL", "postgres") from error
    return PostgreSQL(connection)


def _spark(settings: EngineSettings) -> Engine:
    try:
        from cxengine.evidence.engines.spark import Spark
    except ModuleNotFoundError as error:
        raise _missing("Spark", "spark") from error
    return Spark(settings.master, settings.folder)


def _clickhouse() -> Engine:
    try:
        from cxengine.evidence.engines.clickhouse import ClickHouse
    except ModuleNotFoundError as error:
        raise _missing("ClickHouse", "clickhouse") from error
    return ClickHouse()


def _missing(engine: str, extra: str) -> EvidenceError:
    hint = f'Install it: pip install "cxengine[{extra}]"'
    return EvidenceError(Diagnostic("CX240", f"What speaks to {engine} is not installed.", hint=hint))
