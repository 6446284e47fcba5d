"""Nodes of a return on experience are about whom they say."""

from __future__ import annotations

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.project import load

PROJECT = """
[project]
id = "shop"
name = "Shop"
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
id = "happy"
wording = "How happy are you?"
scale = {{ min = 1, max = 5, step = 1 }}
[[metric]]
id = "mood"
use = "csat_mean"
signal = "happy"
[[source]]
id = "asked"
kind = "{source}"
options = {{ path = "a.csv" }}
mapping = {{ {mapping} }}
[[rox]]
id = "back"
name = "Back"
nodes = [{{ kind = "{node}", metric = "mood", base = 1, target = 5 }}]
"""
WIDE = 'signals = [{ signal = "happy", columns = { q = "it" } }]'
OPEN = 'long = { value = "v", signal = "s", touchpoint = { value = "it" } }'


def written(tmp_path, source, node, mapping=WIDE):
    text = PROJECT.format(source=source, node=node, mapping=mapping)
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("source", "node"), [("survey", "employee"), ("employee", "experience")])
@pytest.mark.parametrize("mapping", [WIDE, OPEN])
def test_a_node_of_other_people_is_refused(tmp_path, monkeypatch, source, node, mapping):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError) as raised:
        load(written(tmp_path, source, node, mapping))
    (found,) = raised.value.diagnostics
    who = "customers" if node == "employee" else "employees"
    assert found.code == "CX505"
    assert f'of kind "{node}", and its metric "mood" is of what {who} answer in "asked"' in found.message
    assert "(cxengine.toml:22:1)" in found.message
    assert found.location.line == 30
    assert "kind = " in found.hint


@pytest.mark.parametrize(
    ("source", "node"),
    [("survey", "experience"), ("employee", "employee"), ("employee", "outcome"), ("order", "outcome")],
)
def test_a_node_of_whom_it_says_is_taken(tmp_path, source, node):
    assert load(written(tmp_path, source, node)).project.rox[0].nodes[0].kind == node
