"""What methods of scoring read of initiatives: every fact is given, of its type, and what it says."""

import pytest

from cxengine import cel
from cxengine.cel.types import EnumType, ListType, RecordType
from cxengine.project import load
from cxengine.rules.vocabulary import facts_about

TOML = """
[[goal]]
id = "smooth"
name = "Smooth"
weight = 3

[[goal]]
id = "loved"
name = "Loved"

[[input]]
id = "courage"
scale = { min = 1, max = 5 }

[[initiative]]
id = "bold"
name = "Bold"
effects = [
    { touchpoint = "checkout", metric = "csat", change = [0.2, 0.4, 0.6], grade = "experimental" },
    { touchpoint = "delivery", metric = "csat", change = 0.2, grade = "correlational" },
]
effort = 1
segments = ["new"]
goals = ["smooth"]
moscow = "should"
inputs = { courage = [1, 4, 5] }
"""


@pytest.fixture
def facts(planned):
    found = {c.subject.id: c.facts for c in planned(TOML).conclusions}
    return found["bold"], found["single-sign-on"]


def test_they_say_what_they_are_called(facts):
    bold, _ = facts
    assert bold["inputs"] == {"courage": {"low": 1.0, "likely": 4.0, "high": 5.0}}
    assert bold["alignment"] == 0.75
    assert bold["backing"] == "correlational"
    assert (bold["initiative"]["moscow"], bold["initiative"]["goals"]) == ("should", ["smooth"])
    assert bold["thresholds"] == {"impact": 2.0, "effort": 4.0}
    assert bold["reach"] == pytest.approx(0.9 * 0.4)  # of new customers, where it reaches most
    assert bold["feelings"]["pain"] == pytest.approx(0.3)  # what new customers feel at the checkout
    assert [(c["touchpoint"], c["segment"]) for c in bold["cells"]] == [
        ("checkout", "new"),
        ("delivery", "new"),
    ]


def test_lift_is_impact_on_those_who_are_reached(facts):
    bold, other = facts
    share = bold["impact"]["likely"] / bold["lift"]["likely"]
    assert 0 < share < bold["reach"] + 1e-9
    assert other["impact"] == other["lift"] == other["points"]["customers"]  # everybody meets the checkout
    assert other["points"]["employees"] == {"low": 0.0, "likely": 0.0, "high": 0.0}


def test_they_are_declared_and_of_their_types(facts, tmp_path, shop_toml):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "cxengine.toml").write_text(shop_toml + TOML, encoding="utf-8")
    declared = facts_about(load(tmp_path / "one").project, "initiative")
    types = {fact.name: fact.type for fact in declared}
    for name in ("lift.low", "points.customers.likely", "inputs.courage.high", "feelings.pain", "reach"):
        value = facts[0]
        for step in name.split("."):
            value = value[step]
        assert fits(value, types[name]), name
    assert fits(facts[0]["backing"], types["backing"])
    assert all(fits(cell, types["cells"].element) for cell in facts[0]["cells"])


def fits(value, type_):
    if isinstance(type_, RecordType):
        known = dict(type_.fields)
        return all(name in known and fits(inner, known[name]) for name, inner in value.items())
    if isinstance(type_, ListType):
        return all(fits(one, type_.element) for one in value)
    if isinstance(type_, EnumType):
        return value in type_.values
    return isinstance(value, {cel.DOUBLE: float, cel.STRING: str, cel.BOOL: bool}[type_])
