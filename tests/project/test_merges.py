"""Sources that must not be pooled are refused when the project is loaded, with both places."""

from __future__ import annotations

import pytest

from cxengine.diagnostics import EvidenceError, ProjectError
from cxengine.engine import Engine
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


# --- columns that name the signal of every row -----------------------------------------------------

OPEN = """
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
[[signal]]
id = "proud"
wording = "How proud are you?"
scale = {{ min = 1, max = 5, step = 1 }}
[engine]
{engine}
[[source]]
id = "first"
{first}
options = {{ path = "first.csv" }}
mapping = {{ response_id = "id", long = {{ value = "v", signal = "s", touchpoint = "t" }} }}
[[source]]
id = "second"
{second}
options = {{ path = "second.csv" }}
mapping = {{ response_id = "id", long = {{ value = "v", signal = {signal}, touchpoint = "t"{asked} }} }}
"""


def opened(tmp_path, *, first="", second="", signal='"s"', asked="", engine="", rows=("happy", "happy")):
    text = OPEN.format(first=first, second=second, signal=signal, asked=asked, engine=engine)
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    for name, named in zip(("first", "second"), rows, strict=True):
        (tmp_path / f"{name}.csv").write_text(f"id,s,t,v\n1,{named},it,4\n2,{named},it,5\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("engine", ["", 'state = "kept"'])
@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"first": 'mode = "web"', "second": 'mode = "telephone"'}, 31, "(cxengine.toml:26:8)"),
        ({"first": 'kind = "employee"'}, 26, "customers and employees cannot be pooled"),
        (
            {"signal": '{ column = "s", recode = { h = "proud" } }', "second": 'kind = "employee"'},
            31,
            'also comes from "first" (cxengine.toml:24:1)',
        ),
        (
            {
                "signal": '{ column = "s", recode = { p = "proud" } }',
                "asked": ', asked = { wording = "How proud are you?" }',
            },
            33,
            '"How proud are you?", and the signal is declared with "How happy are you?"',
        ),
    ],
)
def test_signals_that_a_column_names_are_held_against_each_other(
    tmp_path, monkeypatch, engine, changes, line, says
):
    monkeypatch.chdir(tmp_path)
    loaded = load(opened(tmp_path, engine=engine, **changes))
    for _ in range(2):  # what is kept is asked again
        with pytest.raises(EvidenceError) as raised:
            Engine().run(loaded)
        (found,) = raised.value.diagnostics
        assert found.code in {"CX503", "CX504"}
        assert says in found.message
        assert found.location.line == line


def test_signals_of_a_column_that_do_not_meet_are_read(tmp_path):
    changes = {"first": 'kind = "employee"\nmode = "web"', "second": 'mode = "paper"'}
    result = Engine().run(opened(tmp_path, rows=("proud", "happy"), **changes))
    assert [one.values_used for one in result.evidence.accounts] == [2, 2]


def test_how_one_question_was_asked_is_not_said_of_any(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError) as raised:
        load(opened(tmp_path, asked=', asked = { wording = "How proud are you?", window = 7 }'))
    (found,) = raised.value.diagnostics
    assert (found.code, found.location.line) == ("CX503", 33)
    assert 'whatever the column "s" names' in found.message
    assert "recode" in found.hint


@pytest.mark.parametrize(
    ("sources", "refused"), [("", True), ('sources = ["first"]', False), ('sources = ["second"]', False)]
)
def test_texts_of_employees_and_of_customers_are_not_read_into_one_signal(tmp_path, sources, refused):
    said = '[[signal]]\nid = "tone"\nwording = "Tone"\nscale = { min = -1, max = 1 }\n'
    said += f'[[enricher]]\nid = "tone"\nuse = "sentiment"\nsignals = {{ sentiment = "tone" }}\n{sources}\n'
    opened(tmp_path, first='kind = "employee"')
    file = tmp_path / "cxengine.toml"
    written = file.read_text(encoding="utf-8").replace(
        'response_id = "id",', 'response_id = "id", verbatims = [{ column = "s", touchpoint = "it" }],'
    )
    file.write_text(written + said, encoding="utf-8")
    if not refused:
        load(tmp_path)
        return
    with pytest.raises(ProjectError) as raised:
        load(tmp_path)
    assert [one.code for one in raised.value.diagnostics] == ["CX504"]


TWICE = """
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

[[signal]]
id = "happy"
wording = "?"
scale = {{ min = 1, max = 5, step = 1 }}

[[source]]
id = "first"
options = {{ path = "a.csv" }}
mapping = {{ {first} }}

[[source]]
id = "second"
{options}
mapping = {{ {second} }}
"""
WIDE = 'signals = [{ signal = "happy", columns = { q = "it" } }]'
LONG = 'long = { value = "v", signal = "s", touchpoint = { value = "it" } }'
TIMED = 'durations = { q = { start = "from", end = "to" } }, ' + WIDE


def read_twice(folder, first=WIDE, second=WIDE, options='options = { path = "a.csv" }'):
    text = TWICE.format(first=first, second=second, options=options)
    (folder / "cxengine.toml").write_text(text, encoding="utf-8")
    return [found for found in load(folder).warnings if found.code == "CX275"]


def test_a_column_that_two_sources_read_into_one_signal_is_told_with_both_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (found,) = read_twice(tmp_path)
    assert found.message == (
        'The source "second" reads the column "q" into "happy", as "first" does from the same file'
        " (cxengine.toml:23:60): every answer counts twice."
    )
    assert (found.location.line, found.severity) == (28, "warning")


@pytest.mark.parametrize(
    "again",
    [
        {"options": 'options = { path = "./a.csv" }'},
        {"first": LONG, "second": LONG},
        {"first": TIMED, "second": TIMED},
    ],
)
def test_read_twice(tmp_path, again):
    assert len(read_twice(tmp_path, **again)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"options": 'options = { path = "b.csv" }'},
        {"options": 'options = { path = "a.csv", sheet = "Two" }'},
        {
            "options": 'use = "event_log"\noptions = { path = "a.csv", case = "c", activity = "a", timestamp = "t" }'
        },
        {"second": WIDE.replace("q =", "r =")},
        {"second": LONG},
        {"second": TIMED},
        {"first": TIMED, "second": TIMED.replace('"to"', '"till"')},
    ],
)
def test_not_read_twice(tmp_path, other):
    assert read_twice(tmp_path, **other) == []


def test_a_source_that_is_declared_twice_is_told_once(tmp_path):
    text = TWICE.format(first=WIDE, second=WIDE, options='options = { path = "a.csv" }')
    (tmp_path / "cxengine.toml").write_text(text.replace('"second"', '"first"'), encoding="utf-8")
    with pytest.raises(ProjectError) as raised:
        load(tmp_path)
    assert [found.code for found in raised.value.diagnostics] == ["CX116"]
