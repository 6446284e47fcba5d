"""What README.md shows is true: its commands, its output, its examples, its list of dependencies."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from cxengine import Engine
from cxengine.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(language: str, first: str) -> str:
    """The one block of code of this language whose first line holds `first`."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    [block] = [block for block in blocks if first in block.splitlines()[0]]
    return block


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A working folder from which the shipped rulesets are seen as from the repository."""
    (tmp_path / "rulesets").symlink_to(ROOT / "rulesets")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_excerpt_is_what_the_demo_prints(shop, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["run", "rulesets/online-shop", "--out", "runs/online-shop"])
    printed = capsys.readouterr().out
    assert stopped.value.code == 1
    place = 0
    for line in example("text", "rows read").splitlines():
        for piece in filter(None, line.split("[...]")):
            place = printed.index(piece, place) + len(piece)


def test_every_command_is_shown_and_no_other():
    assert set(re.findall(r"^    cxengine ([a-z-]+)", README, re.MULTILINE)) == set(COMMANDS)


def test_the_commands_run_as_they_are_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in re.findall(r"^    cxengine (.*)$", README, re.MULTILINE):
        words = re.split(r" [#>]", line)[0].split()
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 0, (line, capsys.readouterr())


def ruleset(folder: Path) -> Path:
    (folder / "cxengine.toml").write_text(example("toml", "extends"), encoding="utf-8")
    answers = [1, 2, 2, 3, 3, 3, 4, 4, 5, 99] * 4
    (folder / "survey.csv").write_text("Q1\n" + "".join(f"{a}\n" for a in answers), encoding="utf-8")
    return folder


def test_the_ruleset_measures_and_concludes(tmp_path):
    result = Engine().run(ruleset(tmp_path))
    found = result.measurements.get("csat", "touchpoint", "checkout")
    assert (found.value, found.n) == (3.0, 36)
    [fired] = [firing for one in result.conclusions for firing in one.firings]
    assert fired.rule == "struggling-checkout"
    assert fired.because.startswith("Satisfaction 3.00 (95% ")


def test_the_plugin_measures(tmp_path, monkeypatch):
    package = tmp_path / "my_plugin"
    package.mkdir()
    (package / "__init__.py").write_text(example("python", "my_plugin/__init__.py"))
    (package / "delight.py").write_text(example("python", "my_plugin/delight.py"))
    project = tmp_path / "shop"
    project.mkdir()
    ruleset(project)
    with (project / "cxengine.toml").open("a") as file:
        file.write('\n[[metric]]\nid = "delight"\nuse = "delight"\nsignal = "satisfaction"\n')
    monkeypatch.syspath_prepend(tmp_path)
    import my_plugin

    try:
        found = Engine(plugins=[my_plugin]).run(project).measurements.get("delight", "touchpoint", "checkout")
        assert found.value == pytest.approx(4 / 36)
        assert found.low < found.value < found.high
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "my_plugin"]:
            del sys.modules[name]


def test_the_embedding_prints_and_writes(shop, capsys):
    exec(example("python", "from cxengine import CxengineError"), {})  # the example is ours
    assert re.fullmatch(r"NPS -?\d+ \(-?\d+ to -?\d+, n = \d+\)\n", capsys.readouterr().out)
    assert (shop / "runs/online-shop/run.json").is_file()


def test_the_dependencies_are_those_of_the_package():
    listed = re.findall(r"\*\*([\w-]+)\*\*", README[README.index("Dependencies, and why") :])
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {name.lower() for name in listed} == {re.match(r"[\w-]+", d)[0].lower() for d in declared}


def test_no_line_is_wider_than_a_page():
    assert not [line for line in README.splitlines() if len(line) > 110]
