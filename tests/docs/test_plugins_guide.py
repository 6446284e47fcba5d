"""The guide to plugins is true: the plugin that it builds passes its kit and is found, described and read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
INFO = "Metadata-Version: 2.1\nName: cxengine-guestbook\nVersion: 1.0\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The files that the guide writes, and metadata as an installer leaves them."""
    folder = tmp_path_factory.mktemp("guide")
    for path, text in re.findall(
        r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    import tomllib

    points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["cxengine"]
    info = folder / "cxengine_guestbook-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(INFO)
    lines = [f"{name} = {module}" for name, module in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[cxengine]", *lines]) + "\n")
    return folder


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_plugin_passes_its_kit(built):
    done = run(built, "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", built / "tests")
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_the_plugin_is_found_and_described(built):
    done = run(built, "cxengine", "plugins", "guestbook", "--format", "json", "--timeout", "120")
    assert "guestbook" not in done.stderr
    (plugin,) = json.loads(done.stdout)["plugins"]
    assert plugin["distribution"] == "cxengine-guestbook 1.0"
    assert set(plugin["options"]["properties"]) == {"book", "token", "http"}


def test_the_project_of_the_guide_uses_it(built):
    done = run(built, "cxengine", "check", built)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    (built / "wrong").mkdir()
    text = (built / "cxengine.toml").read_text().replace('"env:GUESTBOOK_TOKEN"', '"gbt-4711"')
    (built / "wrong" / "cxengine.toml").write_text(text)
    done = run(built, "cxengine", "check", built / "wrong")
    assert done.returncode == 2
    assert "CX320" in done.stdout + done.stderr
    assert "4711" not in done.stdout + done.stderr


def test_the_commands_of_the_guide_exist(built):
    for line in re.findall(r"^    cxengine (\S+)", GUIDE, re.MULTILINE):
        assert run(built, "cxengine", line, "--help").returncode == 0, line
