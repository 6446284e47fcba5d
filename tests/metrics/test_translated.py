"""Components that no engine can compute are found by `check`, at their line, whatever their signal is."""

from __future__ import annotations

import pytest

from cxengine import CxengineError, Engine

PROJECT = """
[project]
id = "shop"
name = "Shop"
[engine]
use = "{engine}"
[[stage]]
id = "buy"
name = "I buy"
[[touchpoint]]
id = "desk"
name = "Desk"
stage = "buy"
start = true
end = true
[[signal]]
id = "rating"
wording = "How was it?"
{scale}
[[metric]]
id = "own"
use = "formula"
signal = "rating"
[metric.options]
formula = "a / n"
direction = "higher_is_better"
components.a = "{component}"
[[source]]
id = "answers"
options = {{ path = "answers.csv" }}
[source.mapping]
response_id = "id"
signals = [{{ signal = "rating", columns = {{ a = "desk" }} }}]
"""
SCALE = "scale = { min = 1, max = 5, step = 1 }"


@pytest.fixture
def checked(tmp_path):
    """`checked(component)`: what checking a project finds in it, and what running it does."""

    def of(component, *, scale="", engine="duckdb"):
        text = PROJECT.format(component=component, scale=scale, engine=engine)
        (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
        (tmp_path / "answers.csv").write_text("id,a\n1,5\n2,4\n", encoding="utf-8")
        found = Engine().check(Engine().load(tmp_path))
        line = text[: text.index("components.a")].count("\n") + 1
        return [one for one in found if one.severity == "error"], line

    return of


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "spark", "clickhouse"])
@pytest.mark.parametrize("scale", ["", SCALE])
@pytest.mark.parametrize("component", ["count(string(value) == '5.0')", "sum(double(size(string(value))))"])
def test_what_has_no_translation_is_found_before_a_run(checked, component, scale, engine):
    (found,), line = checked(component, scale=scale, engine=engine)
    assert found.code == "CEL209"
    assert found.message.startswith(
        'The component "a" of own: string(double) cannot be translated to ' + engine
    )
    assert found.location.line == line
    assert "value >= 4.0" in found.hint


def test_a_run_ends_with_the_same(checked, tmp_path):
    (found,), _ = checked("count(string(value) == '5.0')", scale=SCALE)
    with pytest.raises(CxengineError) as refused:
        Engine().run(tmp_path)
    assert refused.value.diagnostics == (found,)


@pytest.mark.parametrize("component", ["count(value >= 4.0)", "sum(value * value, value in [1.0, 5.0])"])
def test_what_can_be_computed_is_not_told(checked, component):
    assert checked(component)[0] == []
