"""The commands of the guide that start PostgreSQL, as they stand: as this user, on a machine of Debian's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import engines
import pytest
import servers

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
PLAIN = "/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH as Debian sets it: PostgreSQL's programs are not on it."""


def commands():
    """What the guide says about PostgreSQL; for root with the words that it says for root."""
    block = re.search(r"^# PostgreSQL: .*?(?=\n\n)", GUIDE, re.DOTALL | re.MULTILINE)[0]
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
    path = f"{PLAIN}:{Path(sys.executable).parent}"
    environment = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    for _ in range(servers.ATTEMPTS):
        done = subprocess.run(
            ["sh"], input=commands(), env=environment, cwd=tmp_path, text=True, timeout=servers.PATIENCE,
            capture_output=True, check=False,
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
