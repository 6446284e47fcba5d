"""`cxengine new plugin` writes distributions that build, install beside the main wheel and pass their kits."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = ("source", "metric", "scoring", "grouping", "exporter", "enricher")


def run(*command, cwd, code=0):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert code in (None, done.returncode), f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(folder, out):
    """A wheel, by the build backend that is installed."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=folder)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A fresh environment with the wheels of cxengine and of a new plugin of every kind; only our dependencies are shared."""
    folder = tmp_path_factory.mktemp("world")
    wheels = folder / "wheels"
    build(ROOT, wheels)
    for kind in KINDS:
        run(sys.executable, "-m", "cxengine", "new", "plugin", f"my_{kind}", "--kind", kind, cwd=folder)
        build(folder / f"cxengine-my-{kind}", wheels)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install")
    run(*install, "--no-deps", "--no-index", "--ignore-installed", *sorted(wheels.glob("*.whl")), cwd=folder)
    return folder, python


def test_they_are_installed_beside_the_wheel_of_cxengine(world):
    folder, python = world
    where = run(
        python,
        "-c",
        "import cxengine, cxengine_my_source as m; print(cxengine.__file__, m.__file__)",
        cwd=folder,
    )
    assert where.count(str(folder / "env")) == 2


def test_they_are_found_and_work(world):
    folder, python = world
    # Other plugins of this repository are seen through the shared dependencies, and cannot be imported there.
    listed = run(python, "-m", "cxengine", "plugins", "--timeout", "120", cwd=folder, code=None)
    for kind in KINDS:
        assert f"cxengine-my-{kind} 0.1.0  1 plugin, works" in listed
    options = run(python, "-m", "cxengine", "plugins", "my_metric", "--timeout", "120", cwd=folder, code=None)
    assert "| `least` | number | **required** |" in options


def test_they_pass_their_kits_unchanged(world):
    folder, python = world
    tests = [folder / f"cxengine-my-{kind}" / "tests" for kind in KINDS]
    said = run(
        python,
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        *tests,
        cwd=folder,
    )
    assert "passed" in said
    assert "failed" not in said


@pytest.mark.parametrize("name", ["My-Plugin", "9lives", "class", "a b", "ümlaut", ""])
def test_a_name_that_python_or_toml_cannot_hold_is_refused(name, tmp_path):
    run(sys.executable, "-m", "cxengine", "new", "plugin", name, "--kind", "metric", cwd=tmp_path, code=2)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "cxengine-x").mkdir()
    (tmp_path / "cxengine-x" / "mine.txt").write_text("mine")
    run(sys.executable, "-m", "cxengine", "new", "plugin", "x", "--kind", "metric", cwd=tmp_path, code=2)
    assert [path.name for path in (tmp_path / "cxengine-x").iterdir()] == ["mine.txt"]
