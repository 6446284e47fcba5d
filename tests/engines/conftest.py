"""The engines, each set up once where it can be; a test that asks for one says why it skips elsewhere."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import engines
import servers
from equality import SHOP, running

STANDING = pytest.StashKey[dict[str, str | None]]()
"""Why an engine was not compared, None where it was."""


@pytest.fixture(scope="session", params=engines.NAMES)
def settings(request, tmp_path_factory):
    """What a project says of each engine, with the engine's server running."""
    standing = request.config.stash.setdefault(STANDING, {})
    if reason := engines.missing(request.param):
        standing[request.param] = reason
        pytest.skip(reason)
    with ExitStack() as stack:
        try:
            found = stack.enter_context(
                engines.started(request.param, tmp_path_factory.mktemp(request.param))
            )
        except servers.CannotStartError as error:
            standing[request.param] = str(error)
            pytest.skip(str(error))
        standing[request.param] = None
        yield found


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A Spark cluster of the test's own, which it may damage."""
    if reason := engines.missing("spark"):
        pytest.skip(reason)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with ExitStack() as stack:
        try:
            started = stack.enter_context(servers.spark(tmp_path))
        except servers.CannotStartError as error:
            pytest.skip(str(error))
        yield started


@pytest.fixture(scope="session")
def shop():
    """A run of the online shop on DuckDB in memory, which others are compared with."""
    with running(SHOP) as result:
        yield result


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
    if standing := config.stash.get(STANDING, {}):
        terminalreporter.section("engines")
        compared = [name for name, reason in standing.items() if reason is None]
        terminalreporter.line(f"compared with DuckDB in memory: {', '.join(compared) or 'none'}")
        for name, reason in standing.items():
            if reason is not None:
                terminalreporter.line(f"NOT PROVED HERE: {name}, for {reason}", yellow=True, bold=True)


def pytest_collection_modifyitems(items):
    """One process runs these tests: servers are started once, and ClickHouse can be opened once."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("engines"))
