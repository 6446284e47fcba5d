"""The commands of the guide that start PostgreSQL and Spark, as they stand: as this user, on a machine of Debian's."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import engines
import pytest
import servers

from cxengine import Engine

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
PLAIN = "/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH as Debian sets it: PostgreSQL's programs are not on it."""
LONGEST = 1800
"""Seconds that the run on Spark is given; two cores of its own measure the shop in a few minutes."""


def commands(title):
    """The part of the guide's commands that begins with this comment."""
    return re.search(rf"^# {title}: .*?(?=\n\n|^```)", GUIDE, re.DOTALL | re.MULTILINE)[0]


def environment(home):
    """What a shell with an environment of Python's sets."""
    path = f"{Path(sys.executable).parent}:{PLAIN}"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}


def postgres():
    """What the guide says about PostgreSQL; for root with the words that it says for root."""
    block = commands("PostgreSQL")
    if os.geteuid() == 0:
        for_root = re.search(r"# as root: (.+)", block)[1]
        block = re.sub(r"^as=.*$", for_root, block, flags=re.MULTILINE)
    assert block.count("5433") == 2
    return block.replace("5433", str(servers.free_port()))


def test_the_guide_starts_postgres_and_stops_it(tmp_path):
    if reason := engines.missing("postgres"):
        pytest.skip(reason)
    if not Path("/usr/lib/postgresql").exists() or servers.unprivileged() not in (None, "postgres"):
        pytest.skip("PostgreSQL is not that of Debian's package here")
    (tmp_path / "rulesets").symlink_to(ROOT / "rulesets")
    for _ in range(servers.ATTEMPTS):
        done = subprocess.run(
            ["sh"], input=postgres(), env=environment(tmp_path), cwd=tmp_path, text=True,
            timeout=servers.PATIENCE, capture_output=True, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        if "could not start server" not in said:  # another program may have taken the port
            break
    assert done.returncode == 0, said
    assert "server stopped" in said
    assert "Wrote runs/online-shop" in said
    kept = re.findall(r"/tmp/cx\.\w{6}", said)
    assert kept
    assert not Path(kept[0]).exists()


def typed(text, folder, variables):
    """What a shell says to these commands; nothing that they start outlives this."""
    with subprocess.Popen(
        ["sh"], env=variables, cwd=folder, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as shell:  # fmt: skip
        try:
            return shell.communicate(text, timeout=LONGEST)[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def test_the_guide_starts_spark_measures_the_same_on_it_and_stops_it(shop, tmp_path):
    if reason := engines.missing("spark"):
        pytest.skip(reason)
    folder = tmp_path / "temporary"
    folder.mkdir()
    variables = environment(tmp_path) | {"SPARK_MASTER_PORT": str(servers.free_port()), "TMPDIR": str(folder)}
    variables["PATH"] += f":{Path(shutil.which('java')).parent}"
    said = typed(commands("Spark") + "\njobs\n", tmp_path, variables)
    assert "Wrote runs/online-shop" in said, said
    assert len(set(re.findall(r"Launching executor \S+ on worker (\S+)", said))) == 2, said
    assert not re.search(r"^\[\d\].*Running", said, re.MULTILINE), said
    assert not list(folder.iterdir())
    Engine().write(shop, tmp_path / "expected")
    found, expected = (
        tmp_path / place / "measurements.parquet" for place in ("runs/online-shop", "expected")
    )
    assert found.read_bytes() == expected.read_bytes()
