"""The engines that the tests compare with DuckDB in memory, each started where it can be."""

import os
import shutil
from contextlib import contextmanager
from importlib.util import find_spec

import servers

from cxengine.evidence.engines import open_embedded
from cxengine.project.model import EngineSettings

NAMES = ("disk", "postgres", "spark", "clickhouse")


def missing(name):
    """Why an engine cannot be started here; None where it can."""
    if name == "postgres" and servers.postgres_programs() is None:
        return "PostgreSQL is not installed: sh scripts/install-servers.sh"
    if name == "spark" and shutil.which("java") is None:
        return "Spark needs Java 17: sh scripts/install-servers.sh"
    package = {"postgres": "adbc_driver_postgresql", "spark": "pyspark", "clickhouse": "chdb"}.get(name)
    if package and find_spec(package) is None:
        return f"{package} is not installed: make test-engines"
    return None


@contextmanager
def started(name, folder):
    """What a project says of the engine, while its server runs."""
    match name:
        case "disk":
            yield EngineSettings(storage="disk", memory="128MB")
        case "clickhouse":
            yield EngineSettings(use="clickhouse")
        case "postgres":
            with servers.postgres() as connection, _environment("CXENGINE_POSTGRES", connection):
                yield EngineSettings(use="postgres")
        case "spark":
            with servers.spark(folder) as cluster, _environment("SPARK_LOCAL_IP", "127.0.0.1"):
                yield EngineSettings(use="spark", master=cluster.url, folder=str(folder))


@contextmanager
def _environment(name, value):
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


class Embedded:
    """DuckDB, which the evidence is collected in, as an `Engine`."""

    dialect = "duckdb"

    def __init__(self, settings):
        self._database = open_embedded(settings)
        self._lent = []

    def load(self, name, rows):
        with self._database.lent("rows", rows.read_all()):
            self._database.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM rows")

    def execute(self, sql):
        return self._database.execute(sql)

    def close(self):
        self._database.close()
