"""The engines, each set up once where it can be; a test that asks for one says why it skips elsewhere."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cxengine.project.model import EngineSettings

sys.path.insert(0, str(Path(__file__).parent))
import servers

ENGINES = ("disk", "postgres", "spark", "clickhouse")


def missing(name):
    """Why an engine cannot be tested here; None where it can."""
    if name == "postgres" and servers.postgres_programs() is None:
        return "PostgreSQL is not installed: sh scripts/install-postgres.sh"
    if name == "spark" and shutil.which("java") is None:
        return "Spark needs Java 17"
    package = {"postgres": "adbc_driver_postgresql", "spark": "pyspark", "clickhouse": "chdb"}.get(name)
    if package and find_spec(package) is None:
        return f"{package} is not installed: make test-engines"
    return None


@pytest.fixture(scope="session", params=ENGINES)
def settings(request, tmp_path_factory):
    """What a project says of each engine, with the engine's server running."""
    if reason := missing(request.param):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(request.param)
    match request.param:
        case "disk":
            yield EngineSettings(storage="disk", memory="64MB")
        case "clickhouse":
            yield EngineSettings(use="clickhouse")
        case "postgres":
            with servers.postgres() as connection, pytest.MonkeyPatch.context() as patch:
                patch.setenv("CXENGINE_POSTGRES", connection)
                yield EngineSettings(use="postgres")
        case "spark":
            with servers.spark(folder) as cluster, pytest.MonkeyPatch.context() as patch:
                patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
                yield EngineSettings(use="spark", master=cluster.url, folder=str(folder))


@pytest.fixture
def cluster(tmp_path):
    """A Spark cluster of the test's own, which it may damage."""
    if reason := missing("spark"):
        pytest.skip(reason)
    with servers.spark(tmp_path) as cluster, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield cluster


FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def record_figures(request):
    """Keeps what a test measured, for the end of the run to show."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(terminalreporter, config):
    if figures := config.stash.get(FIGURES, []):
        terminalreporter.section("figures of the engines")
        for line in figures:
            terminalreporter.line(line)


def pytest_collection_modifyitems(items):
    """One process runs these tests: servers are started once, and ClickHouse can be opened once."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("engines"))
