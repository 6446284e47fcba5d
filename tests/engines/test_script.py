"""`make test-engines` where what speaks to the engines cannot be installed."""

import os
import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "test-engines.sh"


def run(folder, *, pytest=None):
    """The script on a machine without a network, with a `pytest` of the developer's environment or without."""
    for name in ("scripts", "requirements", ".venv/bin"):
        (folder / name).mkdir(parents=True)
    shutil.copy(SCRIPT, folder / "scripts")
    (folder / "scripts" / "install-servers.sh").write_text("", encoding="utf-8")
    for name in ("engines.txt", "duckdb-1.4.txt"):
        (folder / "requirements" / name).write_text("", encoding="utf-8")
    if pytest:
        there = folder / ".venv" / "bin" / "pytest"
        there.write_text(f"#!/bin/sh\n{pytest}\n", encoding="utf-8")
        there.chmod(0o755)
    command = ["sh", folder / "scripts" / SCRIPT.name]
    environment = os.environ | {"PYTHON": "false"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_where_nothing_can_be_compared_it_fails(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert "NOTHING was proved" in done.stderr.splitlines()[-1]


def test_duckdb_is_compared_all_the_same(tmp_path):
    done = run(tmp_path, pytest='echo "ran $*"')
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "ran tests/engines"


def test_a_difference_fails_it(tmp_path):
    assert run(tmp_path, pytest="exit 1").returncode == 1
