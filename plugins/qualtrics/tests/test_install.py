"""The distribution builds, installs beside the wheel of cxengine into a fresh environment, and works there."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
ROOT = (HERE / "../..").resolve()


def run(*command, cwd):
    done = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(not (ROOT / "cxengine").is_dir(), reason="this is no checkout of cxengine")
def test_it_installs_beside_the_wheel_of_cxengine(tmp_path):
    wheels = tmp_path / "wheels"
    for folder in (ROOT, HERE):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=folder)
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    install = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install")
    run(*install, "--no-deps", "--no-index", *sorted(wheels.glob("*.whl")), cwd=tmp_path)
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    )
    (site / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")  # our dependencies only

    where = run(
        python,
        "-c",
        "import cxengine, cxengine_qualtrics as q; print(cxengine.__file__, q.__file__)",
        cwd=tmp_path,
    )
    assert where.count(str(tmp_path / "env")) == 2
    listed = run(python, "-m", "cxengine", "plugins", "--no-plugin", "cxengine-jira", cwd=tmp_path)
    assert "cxengine-qualtrics 0.1.0  1 plugin, works" in listed
    kit = (
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        HERE / "tests" / "test_kit.py",
        "-k",
        "TestKept",
    )
    said = run(python, *kit, cwd=tmp_path)
    assert "passed" in said
    assert "failed" not in said
