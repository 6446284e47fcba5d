"""A café with two touchpoints, to which tests add rules."""

from __future__ import annotations

import pytest

from cxengine.project import load
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclusion import Subject

CAFE = """
[project]
id = "cafe"
name = "Café"

[params]
floor = 20
lenient = false
brand = "north"

[[stage]]
id = "visit"
name = "I visit"

[[touchpoint]]
id = "counter"
name = "Counter"
stage = "visit"
importance = 0.8
moment_of_truth = true
tags = ["queue"]

[[touchpoint]]
id = "table"
name = "Table"
stage = "visit"
importance = 0.4
end = true

[[segment]]
id = "guests"
name = "Guests"
when = 'attributes.kind == "guest"'

[[signal]]
id = "recommend"
wording = "Would you recommend us?"
scale = { min = 0, max = 10, step = 1 }

[[source]]
id = "cards"
options = { path = "cards.csv" }
mapping.attributes = { kind = "kind" }
mapping.signals = [{ signal = "recommend", columns = { a = "counter", b = "table" } }]

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"

[[team]]
id = "bar"
name = "Bar"
capacity = 1
"""

COUNTER, TABLE = Subject("touchpoint", "counter"), Subject("touchpoint", "table")


def facts(pain=None, nps=None, importance=0.5, **more):
    """Facts about a touchpoint as an engine would give them; what is None is not known."""
    found = {
        "touchpoint": {"id": "counter", "name": "Counter", "stage": "visit", "tags": []},
        "stage": {"id": "visit", "name": "I visit"},
        "metrics": {},
        "importance": importance,
        "moment_of_truth": False,
        "journey": {"id": "cafe", "name": "Café", "metrics": {}},
        "params": {"floor": 20.0, "lenient": False, "brand": "north"},
        **more,
    }
    if pain is not None:
        found["pain"] = pain
    if nps is not None:
        found["metrics"] = {"nps": {"value": nps, "low": nps - 5.0, "high": nps + 5.0, "n": 120.0}}
    return found


@pytest.fixture
def cafe(tmp_path):
    """Loads the café with further TOML."""

    def run(*toml):
        (tmp_path / "cxengine.toml").write_text(CAFE, encoding="utf-8")
        (tmp_path / "rules.toml").write_text("\n".join(toml), encoding="utf-8")
        return load(tmp_path)

    return run


@pytest.fixture
def ruleset(cafe):
    """Compiles the café's rules."""

    def run(*toml):
        loaded = cafe(*toml)
        return compile_rules(loaded.project, loaded.origins)

    return run


@pytest.fixture
def about():
    """Facts about a touchpoint."""
    return facts


@pytest.fixture
def counter():
    return COUNTER


@pytest.fixture
def table():
    return TABLE
