"""A signal that is overridden with another question is not filled by the sources of what is extended."""

from __future__ import annotations

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.project import load

BASE = """
[project]
id = "base"
name = "Base"
[params]
data = "one.csv"
[[stage]]
id = "use"
name = "I use it"
[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true
[[signal]]
id = "ease"
wording = "How much effort was it?"
scale = { min = 1, max = 5, step = 1 }
direction = "lower_is_better"
[[source]]
id = "one"
options = { path = "FILE" }
mapping = { signals = [{ signal = "ease", columns = { q = "it" } }] }
"""
MAPPING = 'mapping = { signals = [{ signal = "ease", columns = { r = "it" } }] }\n'
EASE = '[[signal]]\nid = "ease"\n'
ONE = '[[source]]\nid = "one"\n'


def layered(tmp_path, *own, file="one.csv"):
    """A base, and projects that extend one another; the last is loaded."""
    before = tmp_path / "base"
    before.mkdir()
    (before / "cxengine.toml").write_text(BASE.replace("FILE", file), encoding="utf-8")
    for number, text in enumerate(own):
        folder = tmp_path / f"own{number}"
        folder.mkdir()
        head = f'extends = "../{before.name}"\n'
        (folder / "cxengine.toml").write_text(head + text, encoding="utf-8")
        before = folder
    return load(before)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ('wording = "They made it easy"', "wording"),
        ("scale = { min = 1, max = 7, step = 1 }", "scale"),
        ('direction = "higher_is_better"', "direction"),
        ('about = "relationship"', "about"),
        ('wording = "Easy?"\nscale = { min = 1, max = 7 }', "wording and scale"),
    ],
)
def test_another_question_is_refused_with_all_places(tmp_path, monkeypatch, changed, key):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError) as raised:
        layered(tmp_path, EASE + changed)
    found = next(one for one in raised.value.diagnostics if one.code == "CX503")
    assert f"overridden with another {key}, and the source" in found.message
    assert '"one" (base/cxengine.toml:21:1)' in found.message
    assert "declared before (base/cxengine.toml:16:1)" in found.message
    assert (found.location.file, found.location.line) == ("own0/cxengine.toml", 4)
    assert "a signal of its own" in found.hint


@pytest.mark.parametrize(
    "own",
    [
        EASE + 'wording = "how much effort was it"\n',  # the same, written otherwise
        EASE + "scale = { min = 1.0, max = 5, step = 1.0 }\n",
        EASE + 'window = 7\nmode = "web"\nunit = "points"\n',  # of which nothing had been said
        EASE + 'wording = "Easy?"\n' + ONE + MAPPING,
        EASE + 'wording = "Easy?"\n' + ONE + 'options = { path = "mine.csv" }\n',
        EASE + 'wording = "Easy?"\n' + ONE + "remove = true\n",
    ],
)
def test_what_is_the_same_question_or_asked_by_ones_own_source_is_no_finding(tmp_path, own):
    assert layered(tmp_path, own).project.signals[0].id == "ease"


def test_who_brings_data_by_a_parameter_says_what_was_asked(tmp_path):
    own = EASE + 'wording = "Einfach?"\n'
    assert layered(tmp_path, '[params]\ndata = "mine.csv"\n' + own, file="${data}").project.signals


def test_a_parameter_that_is_left_as_it_was_brings_nothing(tmp_path):
    with pytest.raises(ProjectError, match="overridden with another wording"):
        layered(tmp_path, EASE + 'wording = "Einfach?"\n', file="${data}")


def test_layers_in_between(tmp_path):
    said = EASE + "scale = { min = 1, max = 7, step = 1 }\n"
    again = EASE + "scale = { min = 1, max = 5, step = 1 }\n"
    assert layered(tmp_path, said + ONE + MAPPING, "").project.signals
    (tmp_path / "second").mkdir()
    assert layered(tmp_path / "second", said, again).project.signals  # as the source was mapped
    (tmp_path / "third").mkdir()
    with pytest.raises(ProjectError, match="another scale, and the source"):
        layered(tmp_path / "third", ONE + MAPPING, said)
