"""Each kit is passed by a good plugin, and each of its tests fails for a plugin that is broken just there."""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cxengine import testing

KITS = Path(__file__).parent / "kits"
NAMES = {
    "sources": testing.SourceTests,
    "metrics": testing.MetricTests,
    "groupings": testing.GroupingTests,
    "enrichers": testing.EnricherTests,
    "exporters": testing.ExporterTests,
    "services": testing.RemoteExporterTests,
}


def classes(file):
    """The test classes of a file, and the test that each is broken for: None for good ones."""
    found = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            breaks = [
                statement.value.value
                for statement in node.body
                if isinstance(statement, ast.Assign) and statement.targets[0].id == "breaks"
            ]
            found[node.name] = breaks[0] if breaks else None
    return found


def chosen(name):
    """The good classes of a file, whole, and of each broken one the test that it is broken for."""
    return [f"{one}::{breaks}" if breaks else one for one, breaks in classes(KITS / f"{name}.py").items()]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of tests: "passed", "failed" or "skipped" by file, class and name; and what pytest said."""
    folder = tmp_path_factory.mktemp("kits")
    report = folder / "report.xml"
    nodes = [f"{KITS / name}.py::{node}" for name in NAMES for node in chosen(name)]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
        f"--junitxml={report}",
    ]
    done = subprocess.run([*command, *nodes], capture_output=True, text=True, check=False, cwd=folder)
    assert report.exists(), done.stdout + done.stderr
    found = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        children = {child.tag for child in case}
        outcome = (
            "failed" if children & {"failure", "error"} else "skipped" if "skipped" in children else "passed"
        )
        found[*case.get("classname").split(".")[-2:], case.get("name")] = outcome
    return found, done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_test_of_a_kit_is_failed_by_its_broken_plugin_alone(name, outcomes):
    broken = classes(KITS / f"{name}.py")
    tests = {test for test in dir(NAMES[name]) if test.startswith("test_")}
    shown = set(dir(testing.ExporterTests)) if name == "services" else set()  # by the broken exporters
    good = [one for one, breaks in broken.items() if breaks is None]
    assert good, "there is no good plugin"
    assert tests - shown <= set(broken.values()), f"not shown to fail: {sorted(tests - set(broken.values()))}"
    found = {key[1:]: outcome for key, outcome in outcomes[0].items() if key[0] == name}
    passed = {key for key, outcome in found.items() if outcome == "passed"}
    failed = {key for key, outcome in found.items() if outcome == "failed"}
    assert passed == {(one, test) for one in good for test in tests}, outcomes[1][-6000:]
    assert failed == {(one, breaks) for one, breaks in broken.items() if breaks}, outcomes[1][-6000:]


def test_an_override_without_a_reason_is_refused_at_collection(tmp_path):
    file = tmp_path / "test_override.py"
    file.write_text(
        "from cxengine.testing import SourceTests\n\n\n"
        "class TestMine(SourceTests):\n"
        "    def test_it_reads_everything(self):\n        pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "TestMine overrides test_it_reads_everything without a reason" in done.stdout


def test_a_test_may_not_be_taken_away_in_silence():
    with pytest.raises(TypeError, match="without a reason"):

        class Mine(testing.GroupingTests):
            test_it_says_why = None


def test_an_override_with_a_reason_holds():
    class Mine(testing.SourceTests):
        @testing.differs("the service has one page only, so there is nothing to resume")
        def test_it_can_be_begun_again_after_a_kill(self):
            """Nothing to resume."""

    assert "one page" in Mine.test_it_can_be_begun_again_after_a_kill.reason


@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_a_reason_says_something(reason):
    with pytest.raises(TypeError, match="no reason"):
        testing.differs(reason)
