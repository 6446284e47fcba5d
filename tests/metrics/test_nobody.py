"""A segment of which there is nothing to tell is told itself, with what its condition might have meant."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cxengine import Engine
from cxengine.cli import cxengine

PROJECT = """
[project]
id = "town"
name = "Town"
[engine]
{state}
[privacy]
minimum_n = 5
[[stage]]
id = "live"
name = "I live there"
[[touchpoint]]
id = "desk"
name = "Desk"
stage = "live"
start = true
end = true
[[signal]]
id = "rating"
wording = "How was it?"
scale = {{ min = 1, max = 5, step = 1 }}
[[metric]]
id = "rated"
use = "csat_mean"
signal = "rating"
[[segment]]
id = "some"
name = "Some"
when = '{when}'
{more}
[[source]]
id = "answers"
options = {{ path = "answers.csv" }}
[source.mapping]
response_id = "id"
channel = "by"
attributes = {{ city = "city", age = {{ column = "age", type = "number" }} }}
signals = [{{ signal = "rating", columns = {{ a = "desk" }} }}]
[[source]]
id = "log"
options = {{ path = "log.csv" }}
[source.mapping]
response_id = "id"
attributes = {{ plan = "plan" }}
verbatims = [{{ column = "said" }}]
"""
CITIES = ("Zürich", "Olten", "Genève", "Chur", "Bern", "Thun", "Visp")
ROWS = "id,city,age,by,a\n" + "".join(
    f"{i},{city},{20 + i},web,{1 + i % 5}\n"
    for i, city in enumerate(city for size, city in enumerate(CITIES, 5) for _ in range(size))
)
RARE = "".join(f"r{i},Wil,30,fax,3\n" for i in range(4))
LOG = "id,plan,said\n" + "".join(f"{i},gold,hello\n" for i in range(9))


@pytest.fixture
def told(tmp_path):
    """`told(when)`: what a run says of a segment with that condition."""

    def of(when, *, rows=ROWS + RARE, state="", more="", runs=1):
        text = PROJECT.format(when=when, state=state, more=more)
        (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
        (tmp_path / "answers.csv").write_text(rows, encoding="utf-8")
        (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
        for _ in range(runs):
            result = Engine().run(tmp_path)
        return [one for one in result.warnings if one.code == "CX237"]

    return of


CONDITION = 'attributes.city == "bern"'
NONE = 'Nobody is in the segment "some": its condition holds of no response.'
RIGHTLY = " Where that may be so, say `may_be_empty = true`."
COMMONEST = 'attributes.city is one of "Visp", "Thun", "Bern", "Chur", "Genève", ...'


def test_a_segment_without_anybody_is_told_at_its_line_with_what_may_be_meant(told):
    (found,) = told(CONDITION)
    assert (found.severity, found.message) == ("warning", NONE)
    assert found.location.line == PROJECT[: PROJECT.index("when =")].count("\n") + 1
    assert found.hint == f'Did you mean "Bern"? {COMMONEST}{RIGHTLY}'


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ('attributes.city in ["Zurich", "Basel"]', f'Did you mean "Zürich"? {COMMONEST}'),
        ('channel == "Web"', 'Did you mean "web"? channel is one of "web".'),
        ('attributes.city == "Bern" && channel == "app"', f'{COMMONEST} channel is one of "web".'),
        (
            "attributes.age > 900.0",
            "Compare what it asks for with the values in the sources: capitals count.",
        ),
    ],
)
def test_the_values_that_there_are(told, when, hint):
    assert [(one.message, one.hint) for one in told(when)] == [(NONE, hint + RIGHTLY)]


@pytest.mark.parametrize("when", ['attributes.city == "wil"', 'channel == "Fax"'])
def test_a_value_of_fewer_than_may_be_shown_is_never_told(told, when):
    (found,) = told(when)
    assert "Wil" not in found.hint
    assert "fax" not in found.hint


def test_who_is_there_and_has_answered_nothing_is_told_apart(told):
    (found,) = told('attributes.plan == "gold"')
    assert found.message == 'Nobody in the segment "some" has answered anything that is measured.'
    assert found.hint == "Do the sources of these answers map what its condition reads?" + RIGHTLY


@pytest.mark.parametrize("when", [CONDITION, 'attributes.plan == "gold"'])
def test_a_segment_that_may_be_empty_is_noted(told, tmp_path, when):
    """And a run is then clean, with exit code 0."""
    (warning,) = told(when)
    (note,) = told(when, more="may_be_empty = true")
    assert (warning.severity, note.severity) == ("warning", "note")
    assert (note.message, note.location, note.hint) == (warning.message, warning.location, None)
    assert told('attributes.city == "Bern"', more="may_be_empty = true") == []
    runner = CliRunner()
    for more, code in (("may_be_empty = true", 0), ("may_be_empty = false", 1)):
        text = PROJECT.format(when=when, state="", more=more)
        (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
        out = runner.invoke(cxengine, ["run", str(tmp_path), "--out", str(tmp_path / "out" / str(code))])
        assert out.exit_code == code, out.output


@pytest.mark.parametrize("when", ['attributes.city == "Bern"', 'attributes.city == "Wil"'])
def test_a_segment_with_answers_is_not_told_even_where_they_are_hidden(told, when):
    assert told(when) == []


def test_nothing_is_told_of_segments_where_nobody_answered_at_all(told):
    assert told(CONDITION, rows="id,city,age,by,a\n") == []


def test_what_is_kept_between_runs_tells_it_too(told, monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "a secret that is long enough")
    (found,) = told(CONDITION, state='state = "kept"', runs=2)
    assert found.message == NONE
    assert found.hint == "Compare what it asks for with the values in the sources: capitals count." + RIGHTLY


def test_who_answered_is_somebody_though_no_metric_has_a_value_there(tmp_path):
    project = PROJECT.format(when='attributes.city == "Wil"', state="", more="").replace(
        'use = "csat_mean"\nsignal = "rating"\n',
        'use = "formula"\nsignal = "rating"\n[metric.options]\ndirection = "higher_is_better"\n'
        'components = { best = "count(value >= 5.0)", worst = "count(value <= 1.0)" }\nformula = "best / worst"\n',
    )
    (tmp_path / "cxengine.toml").write_text(project, encoding="utf-8")
    same = "".join(f"s{i},Wil,30,web,3\n" for i in range(9))
    (tmp_path / "answers.csv").write_text(ROWS + same, encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    found = Engine().run(tmp_path)
    assert found.measurements.get("rated", "touchpoint", "desk") is not None
    assert not [one for one in found.warnings if one.code == "CX237"]
