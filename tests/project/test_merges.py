"""Sources that must not be pooled are refused when the project is loaded, with both places."""

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

[[signal]]
id = "happy"
wording = "?"
scale = {{ min = 1, max = 5, step = 1 }}
{signal}

[[source]]
id = "first"
{first}
options = {{ path = "a.csv" }}
mapping = {{ signals = [{{ signal = "happy", columns = {{ q = "it" }} }}] }}

[[source]]
id = "second"
{second}
options = {{ path = "b.csv" }}

[source.mapping.long]
value = "v"
signal = {{ column = "s", recode = {{ x = "happy" }}, otherwise = "happy" }}
touchpoint = {{ value = "it" }}
"""


def written(tmp_path, signal="", first="", second=""):
    (tmp_path / "cxengine.toml").write_text(
        PROJECT.format(signal=signal, first=first, second=second), encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"signal": 'mode = "web"', "second": 'mode = "telephone"'}, 30, "(cxengine.toml:20:8)"),
        ({"first": 'mode = "web"', "second": 'mode = "paper"'}, 30, 'asked by web in "first"'),
        ({"second": 'kind = "employee"'}, 30, "customers and employees cannot be pooled"),
    ],
)
def test_refused_with_both_places(tmp_path, monkeypatch, changes, line, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError) as raised:
        load(written(tmp_path, **changes))
    (found,) = raised.value.diagnostics
    assert found.code in {"CX503", "CX504"}
    assert says in found.message
    assert found.location.line == line


@pytest.mark.parametrize(
    "changes",
    [
        {"signal": 'mode = "web"', "first": 'mode = "web"'},
        {"first": 'mode = "web"'},
        {"first": 'kind = "employee"', "second": 'kind = "employee"'},
    ],
)
def test_what_fits_together_is_merged(tmp_path, changes):
    assert load(written(tmp_path, **changes)).project.sources[1].id == "second"
