"""Spark, on this machine or on a cluster: tables are handed over as Parquet, results come as Arrow."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from cxengine.evidence.engines.failure import told
from cxengine.evidence.engines.parquet import write

if TYPE_CHECKING:
    import pyarrow as pa

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class Spark:
    """An `Engine` on Spark 4.0 or newer; executors run SQL alone and need no Python."""

    dialect = "spark"

    def __init__(self, master: str, folder: str | None = None) -> None:
        """Starts a session.

        Args:
            master: URL of the master: `local[*]`, `spark://host:7077`, `yarn`, `k8s://...`.
            folder: Where the tables are written for the workers, all of which must be able to read it;
                a temporary folder by default, which serves where the workers run on this machine.

        Raises:
            EvidenceError: the session does not start.
        """
        builder = SparkSession.builder.appName("cxengine").master(master)
        for name, value in SETTINGS.items():
            builder = builder.config(name, value)
        with told("Spark", f"to start at {master}", PySparkException, Py4JError):
            self._session = builder.getOrCreate()
        self._session.sparkContext.setLogLevel("ERROR")
        self._folder = tempfile.TemporaryDirectory(prefix="cxengine-spark-", dir=folder)
        self._ended = weakref.finalize(self, _end, self._session, self._folder)

    def load(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Writes the rows as Parquet files, which workers read in parallel, and names them."""
        path = Path(self._folder.name) / name
        write(rows, path)
        with told("Spark", f"to take in {name}", PySparkException, Py4JError):
            self._session.read.parquet(path.as_uri()).createOrReplaceTempView(name)

    def execute(self, sql: str) -> pa.Table:
        """The result of a query."""
        with told("Spark", "to answer a query", PySparkException, Py4JError):
            return self._session.sql(sql).toArrow()

    def close(self) -> None:
        """Ends the session and removes the files."""
        self._ended()


def _end(session: SparkSession, folder: tempfile.TemporaryDirectory[str]) -> None:
    session.stop()
    folder.cleanup()
