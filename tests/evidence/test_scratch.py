"""Temporary files: nothing of the evidence outlives a run, not even one that was killed."""

import signal
import subprocess
import sys
import tempfile
import threading
from _thread import interrupt_main

import duckdb
import pytest

from cxengine.diagnostics import EvidenceError
from cxengine.evidence import backend
from cxengine.evidence.backend import DuckDB
from cxengine.evidence.scratch import Scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files cannot be locked on Windows")

HOLDS = """
import sys
from cxengine.evidence.backend import DuckDB
engine = DuckDB(on_disk=True)
engine.run("CREATE TABLE answers AS SELECT range AS answer FROM range(1000)")
engine.run("CHECKPOINT")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _temporary(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def another_run():
    started = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout.readline() == "ready\n"
    return started


def test_nothing_stays(tmp_path):
    engine = DuckDB(on_disk=True)
    engine.run("CREATE TABLE answers AS SELECT 1 AS answer")
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    engine.close()
    assert list(tmp_path.iterdir()) == []
    DuckDB()  # not closed, only forgotten
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_is_in_use_stays(tmp_path):
    running, killed = another_run(), another_run()
    killed.kill()
    killed.communicate()
    assert len(list(tmp_path.glob("*/evidence.duckdb"))) == 2
    mine = Scratch()
    (left,) = tmp_path.glob("*/evidence.duckdb")
    assert running.poll() is None
    assert {folder.name for folder in tmp_path.iterdir()} == {left.parent.name, mine.path.name}
    running.communicate("")  # ends by itself
    mine.close()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_query_is_an_interruption():
    engine = DuckDB()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which workers of a test run ignore
    try:
        with pytest.raises(KeyboardInterrupt):
            threading.Timer(0.05, interrupt_main).start()
            engine.execute("SELECT sum(hash(a.range, b.range)) FROM range(100000) a, range(60000) b")
    finally:
        signal.signal(signal.SIGINT, before)
    assert engine.execute("SELECT 1 AS one")["one"].to_pylist() == [1]


def test_too_little_memory_is_told():
    engine = DuckDB(memory="20MB", threads=1)
    with pytest.raises(EvidenceError, match=r"CX268 .*does not fit into the memory"):
        engine.execute("SELECT list(range) AS all_of_them FROM range(50000000)")


def test_too_little_memory_is_told_while_a_result_is_read():
    engine = DuckDB(memory="20MB", threads=1)
    with pytest.raises(EvidenceError, match=r"CX268 .*does not fit into the memory"):
        engine.stream("SELECT list(range) AS all_of_them FROM range(50000000)").read_all()


def limit(engine):
    return engine.execute("SELECT current_setting('memory_limit') AS told")["told"][0].as_py()


def test_a_file_is_read_without_keeping_much_of_it(tmp_path):
    engine = DuckDB(str(tmp_path / "evidence.duckdb"), threads=2)
    usual = limit(engine)
    with engine.sparing(columns=9):
        assert limit(engine) == "47.6 MiB"  # 50 MB
    assert limit(engine) == usual
    engine.close()


@pytest.mark.parametrize("options", [{}, {"on_disk": True, "memory": "200MB"}])
def test_memory_holds_where_evidence_is_in_it_or_somebody_said_how_much(options):
    engine = DuckDB(**options)
    usual = limit(engine)
    with engine.sparing(columns=9):
        assert limit(engine) == usual
    engine.close()


def test_a_full_disk_is_told(tmp_path):
    full = duckdb.IOException('IO Error: Could not write file "x": No space left on device')
    with pytest.raises(EvidenceError, match=rf"CX267 .*full \({tmp_path}\)"), backend.told():
        raise full
    with pytest.raises(duckdb.IOException, match="no such server"), backend.told():
        raise duckdb.IOException("no such server")
