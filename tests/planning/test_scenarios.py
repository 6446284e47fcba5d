"""Scenarios: what is otherwise in them, what comes of it, and what cannot be one."""

import json

import jsonschema
import pytest
from click.testing import CliRunner

from cxengine.cli.scenarios import scenarios as command
from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.project import load
from cxengine.project.model import Scenario
from cxengine.project.scenarios import TABLES, scenario
from cxengine.project.tables import tables
from cxengine.review.scenarios import scenarios_schema

PROJECT = """
[project]
id = "kiosk"
name = "Kiosk"

[params]
boost = 1.0
wave = "2026"

[privacy]
minimum_n = 5

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "counter"
name = "Counter"
stage = "buy"
end = true

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "cards"
options = { path = "${wave}.csv" }
mapping.signals = [{ signal = "rating", columns = { counter = "counter" } }]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"

[[team]]
id = "us"
name = "Us"
capacity = 1.0
focus = 1

[[initiative]]
id = "awning"
name = "An awning"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.4 }]
effort = 2
cost = 500
team = "us"

[[initiative]]
id = "bench"
name = "A bench"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.5 }]
effort = 4
cost = 300
team = "us"

[[milestone]]
id = "summer"
name = "Ready for summer"
requires = ["awning", "bench"]
due = 2027-02-28

[roadmap]
start = 2027-01-04
weeks = 26
score = 'impact.likely / effort.likely * (initiative.id == "bench" ? params.boost : 1.0)'
"""


@pytest.fixture
def project(tmp_path):
    def write(extra):
        (tmp_path / "cxengine.toml").write_text(PROJECT + extra)
        (tmp_path / "2026.csv").write_text("counter\n" + "3\n" * 30)
        return tmp_path

    return write


HALF = """
[[scenario]]
id = "half"
name = "Half the people"
team = [{ id = "us", capacity = 0.5 }]
"""

BENCH = """
[[scenario]]
id = "bench-first"
name = "The bench first"
params = { boost = 10.0 }
initiative = [{ id = "awning", remove = true }, { id = "lamp", name = "A lamp", effort = 1, team = "us" }]
milestone = [{ id = "summer", requires = ["bench"] }]

[scenario.roadmap]
weeks = 30
"""


def test_it_is_the_project_with_something_otherwise(project):
    loaded = load(project(HALF + BENCH))
    half = scenario(loaded, "half").project
    assert [team.capacity for team in half.teams] == [0.5]
    assert half.initiatives == loaded.project.initiatives
    other = scenario(loaded, "bench-first").project
    assert [i.id for i in other.initiatives] == ["bench", "lamp"]
    assert (other.params["boost"], other.roadmap.weeks, other.teams) == (10.0, 30, loaded.project.teams)
    assert loaded.project.params["boost"] == 1.0


def test_what_comes_of_them(project):
    found = Engine().run(project(HALF + BENCH)).scenarios
    assert (found.base.cost, found.base.work, found.base.items) == (800.0, 6.0, 2)
    half, bench = found.scenarios
    assert half.outlook.ends > found.base.ends
    assert half.outlook.milestones["summer"] > found.base.milestones["summer"]
    assert half.outlook.value[-1] == pytest.approx(found.base.value[-1])
    assert (bench.enters, bench.leaves, bench.gone) == (("lamp",), ("awning",), ("awning",))
    assert bench.outlook.cost == 300.0
    assert all(a <= b for a, b in zip(found.base.value, found.base.value[1:], strict=False))


def test_one_that_cannot_be_planned_says_why(project):
    ring = """
[[scenario]]
id = "ring"
name = "Ring"
rule = [
  { id = "in", about = "initiative", when = 'initiative.id == "bench"', require = true },
  { id = "out", about = "initiative", when = 'initiative.id == "bench"', exclude = true },
]
"""
    (found,) = Engine().run(project(ring)).scenarios.scenarios
    assert found.outlook is None
    assert 'rule "in" requires initiative "bench"' in found.problem


def test_the_command_shows_one_table(project):
    folder = project(HALF + BENCH)
    told = CliRunner().invoke(command, [str(folder)], catch_exceptions=False)
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[0].split("  ")[-2:] == ["Half the people", "The bench first"]
    assert next(line for line in lines if line.startswith("Cost")).split() == [
        "Cost",
        "(EUR)",
        "800",
        "800",
        "300",
    ]
    assert (
        "The bench first: Among the first 10 come A lamp. Not among them any more: An awning." in told.output
    )
    content = json.loads(CliRunner().invoke(command, [str(folder), "--format", "json"]).output)
    assert content["format"] == "cxengine.scenarios/1"
    jsonschema.validate(content, scenarios_schema())
    assert [one["id"] for one in content["scenarios"]] == ["half", "bench-first"]
    nothing = CliRunner().invoke(command, [str(project(""))])
    assert "asks about no scenario" in nothing.output


def test_a_run_writes_them(project, tmp_path):
    engine = Engine()
    files = engine.write(engine.run(project(HALF)), tmp_path / "out")
    assert "scenarios.json" in {file.name for file in files}


@pytest.mark.parametrize(
    ("extra", "code", "line", "words"),
    [
        ('team = [{ id = "uss", capacity = 2 }]', "CX189", 0, 'changes team "uss", which there is not'),
        ("team = [{ capacity = 2 }]", "CX112", 0, "which team is changed?"),
        ('team = [{ id = "us", capacity = -1 }]', "CX113", 0, "at least 0"),
        ('team = [{ id = "us", capacty = 1 }]', "CX110", 0, 'Unknown key "capacty"'),
        ('initiative = [\n{ id = "bench", team = "you" }]', "CX180", 1, 'no team "you"'),
        (
            'initiative = [{ id = "bench", remove = true }]',
            "CX180",
            None,
            'In scenario "odd": There is no initiative "bench"',
        ),
        ("params = { bost = 1.0 }", "CX125", 0, 'no parameter "bost"'),
        ('params = { boost = "high" }', "CX126", 0, "must be a number"),
        ('params = { wave = "2027" }', "CX188", 0, "it would have to measure anew"),
        ("roadmap = { weeks = 0 }", "CX113", 0, "at least 1"),
        ("signal = []", "CX110", 0, 'Unknown key "signal"'),
        ('team = [{ id = "us" }, { id = "us", capacity = 1 }]', "CX116", 0, 'changes team "us" twice'),
    ],
)
def test_what_cannot_be_is_told_at_its_line(project, extra, code, line, words):
    head = '\n[[scenario]]\nid = "odd"\nname = "Odd"\n'
    start = (PROJECT + head).count("\n") + 1
    with pytest.raises(ProjectError) as raised:
        load(project(head + extra))
    found = next(d for d in raised.value.diagnostics if d.code == code)
    assert words in found.message
    assert line is None or found.location.line == start + line


def test_wrong_expressions_are_told_by_a_check(project):
    odd = """
[[scenario]]
id = "odd"
name = "Odd"
roadmap = { score = "impact.likly" }
"""
    engine = Engine()
    found = [d for d in engine.check(engine.load(project(odd))) if d.severity == "error"]
    assert [d.code for d in found] == ["CEL204"]
    assert found[0].location.line == (PROJECT + odd).count("\n")


def test_every_table_of_a_scenario_is_one_of_the_project():
    assert set(TABLES) <= set(tables())
    assert {"source", "signal", "metric", "touchpoint", "segment", "scenario"}.isdisjoint(TABLES)
    assert Scenario.__doc__
