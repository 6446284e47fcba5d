"""Why a score by a method is what it is: term by term, down to what was measured and written."""

import pytest

from cxengine.engine import Engine

METHOD = """
[scoring]
use = "benefit"

[scoring.options]
week_cost = 10
customer_point = 200
links = [{ model = "likes", stream = "retention", worth = 500 }]
emphasis = { pain = 1, goals = 1, segment = 0.5 }

[[goal]]
id = "quick"
name = "Served within five minutes"

[[driver_model]]
id = "likes"
name = "What goes with the table"
outcome = { signal = "rating", touchpoint = "table" }
drivers = [{ signal = "rating", touchpoint = "counter" }]

[[initiative]]
id = "self-service"
name = "A machine for guests"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.5, grade = "experimental" }]
effort = 4
team = "bar"
segments = ["regulars"]
goals = ["quick"]
inputs = { cost_reduction = [100, 200, 300] }
"""


@pytest.fixture(scope="module")
def told(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("scoring")
    project = (folder / "cxengine.toml").read_text(encoding="utf-8")
    start = project.index('score = "10.0')
    (home / "cxengine.toml").write_text(project[:start] + METHOD, encoding="utf-8")
    (home / "cards.csv").write_bytes((folder / "cards.csv").read_bytes())
    result = Engine().run(home)
    return str(Engine().why(result, "self-service")).replace(f"{home.as_posix()}/", "")


def test_every_term_is_told_with_what_it_becomes(told):
    lines = [line.strip() for line in told.splitlines()]
    assert any(line.startswith("score ") and "by Benefit model (net present value" in line for line in lines)
    assert any(line.startswith("cost reduction: 198.777, weight 2.5771; adds 512.267") for line in lines)
    assert "cost: 40, weight -1; adds -40" in lines
    assert "valuable segment: 0.5, weight 0.5; makes it 1.25 times as large" in lines
    assert "goals: 1; makes it 2 times as large" in lines
    assert "duration: 4; divides" in lines


def test_facts_of_the_terms_are_told_where_they_come_from(told):
    assert "inputs.cost_reduction: 100 to 300, likely 200  [cxengine.toml:" in told
    assert "it serves Served within five minutes, weight 1  [cxengine.toml:" in told
    assert "Pain at Counter for Regulars" in told
    assert "one more point of it goes with" in told
