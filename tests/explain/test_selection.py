"""Why an initiative was chosen within limits, and why another was not."""

import pytest

from cxengine.engine import Engine

LIMITS = """
[[budget]]
id = "cash"
name = "The cash box"
limit = 500

[[exclusion]]
id = "one-at-the-table"
initiatives = ["softer-chairs", "finer-tables"]
because = "There is one carpenter."

[[initiative]]
id = "finer-tables"
name = "Finer tables"
effects = [{ touchpoint = "table", metric = "csat", change = 0.1 }]
effort = 1
cost = 450
team = "bar"
"""


@pytest.fixture(scope="module")
def told(folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("choosing")
    for file in ("cxengine.toml", "cards.csv"):
        (home / file).write_bytes((folder / file).read_bytes())
    (home / "limits.toml").write_text(LIMITS, encoding="utf-8")
    result = Engine().run(home)

    def tell(question, item):
        engine = Engine()
        step = {"why": engine.why, "why-not": engine.why_not}[question](result, item)
        return str(step).replace(f"{home.as_posix()}/", "")

    return tell


def test_why_says_what_it_was_chosen_for(told):
    text = told("why", "softer-chairs")
    assert "chosen with" in text
    assert "The cash box: 400 of 500 used" in text


def test_why_not_names_the_limits_and_what_taking_it_would_cost(told):
    text = told("why-not", "finer-tables")
    assert 'Finer tables is left out: The cash box is used by "Softer chairs", which gives more;' in text
    assert "There is one carpenter." in text
    assert 'exclusion "one-at-the-table": There is one carpenter; without it, 0 more could be had' in text
    assert "Taking it would cost" in text
    assert "Softer chairs would give way to Finer tables." in text
