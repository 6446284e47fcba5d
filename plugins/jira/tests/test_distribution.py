"""It builds, installs into a fresh environment beside the wheel of cxengine, and passes its own kits there."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]


def run(*command, cwd):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(
    not (ROOT / "cxengine").is_dir(), reason="no checkout of cxengine lies around this plugin"
)
def test_the_wheels_work_together_in_a_fresh_environment(tmp_path):
    for folder in (ROOT, HERE):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheels", cwd=folder)
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    )
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if (
            not one.name.startswith(("cxengine", "_cxengine", "pip")) and one.suffix != ".pth"
        ):  # the dependencies, not the plugins beside us
            (site / one.name).symlink_to(one)
    install = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install")
    wheels = sorted((tmp_path / "wheels").glob("*.whl"))
    assert len(wheels) == 2
    run(*install, "--no-deps", "--no-index", "--ignore-installed", *wheels, cwd=tmp_path)
    where = run(
        python,
        "-c",
        "import cxengine, cxengine_jira as m; print(cxengine.__file__, m.__file__)",
        cwd=tmp_path,
    )
    assert where.count(str(tmp_path / "env")) == 2
    listed = run(python, "-m", "cxengine", "plugins", cwd=tmp_path)
    assert "cxengine-jira 0.1.0  2 plugins, works" in listed
    said = subprocess.run(
        [python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", HERE / "tests" / "test_admin.py",
         HERE / "tests" / "test_files.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    assert " passed" in said.stdout
