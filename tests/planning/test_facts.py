"""What rules are told about, and what they are given, is the same."""

import attrs
import pytest

from cxengine import cel
from cxengine.metrics.measurement import ALL, SUPPRESSED, Measurement
from cxengine.project import load
from cxengine.project.model import Estimate
from cxengine.rules.conclusion import Subject
from cxengine.rules.facts import cell_facts, initiative_facts, touchpoint_facts
from cxengine.rules.vocabulary import describe, facts_about


@pytest.fixture
def shop(tmp_path, shop_toml):
    (tmp_path / "cxengine.toml").write_text(shop_toml, encoding="utf-8")
    return load(tmp_path).project


def leaves(value, path=()):
    """Dotted names and values; lists are leaves."""
    if not isinstance(value, dict):
        return {".".join(path): value}
    return {name: leaf for key in value for name, leaf in leaves(value[key], (*path, key)).items()}


def fits(value, type_):
    if isinstance(type_, cel.types.EnumType):
        return value in type_.values
    if isinstance(type_, cel.types.ListType):
        return type(value) is list and all(fits(v, type_.element) for v in value)
    return type(value) is {cel.DOUBLE: float, cel.BOOL: bool, cel.STRING: str, cel.DYN: dict}[type_]


@pytest.fixture
def given(shop, evidence):
    """Facts about one subject of every kind."""
    measurements, insight = evidence.measurements(), evidence.insight()
    touchpoints = touchpoint_facts(shop, measurements, insight)
    cells = cell_facts(shop, measurements, insight)
    checkout = touchpoints[Subject("touchpoint", "checkout")]
    initiative = initiative_facts(
        shop,
        shop.initiatives[0],
        [checkout],
        shared={"journey": checkout["journey"]},
        impact=Estimate(1.0, 2.0, 3.0),
        quick_win=True,
    )
    return {
        "touchpoint": checkout,
        "cell": cells[Subject("cell", "checkout", "new")],
        "initiative": initiative,
    }


@pytest.mark.parametrize("about", ["touchpoint", "cell", "initiative"])
def test_every_fact_given_is_declared_and_of_its_type(shop, given, about):
    declared = {fact.name: fact.type for fact in facts_about(shop, about)}
    found = {n: v for n, v in leaves(given[about]).items() if v != {}}
    assert found.keys() <= declared.keys()
    assert [n for n, v in found.items() if not fits(v, declared[n])] == []


def test_what_may_be_absent(shop, given):
    declared = {fact.name for fact in facts_about(shop, "touchpoint")}
    absent = declared - leaves(given["touchpoint"]).keys()
    journey = {n for n in declared if n.startswith("journey.metrics")}
    moved = {n for n in declared if ".change" in n or ".trend." in n}  # there is no earlier period
    asked = {n for n in declared if "gap." in n or n == "moment_of_truth_probability"}
    assert moved
    assert absent - journey - moved - asked == {
        "metrics.csat.benchmark",
        "metrics.csat.guardrail",
        "metrics.hard.benchmark",
        "metrics.hard.guardrail",
        "metrics.hard.target",
    }


def test_values_are_those_measured(given):
    checkout = given["touchpoint"]
    assert checkout["metrics"]["csat"] == {
        "value": 3.7,
        "low": 3.6,
        "high": pytest.approx(3.8),
        "n": 400.0,
        "target": 4.2,
        "caution": False,
    }
    assert (checkout["pain"], checkout["reach"], checkout["n"]) == (0.2, 1.0, 400.0)
    assert given["cell"]["pain"] == 0.3
    assert given["cell"]["segment"] == {"id": "new", "name": "New customers", "value": 2.0}
    assert given["cell"]["metrics"] == {}


def test_suppressed_is_absent(shop, evidence):
    evidence.values["csat", "checkout", ALL] = SUPPRESSED
    evidence.pains["checkout", ALL] = (0.0, 0.0, 0)
    found = touchpoint_facts(shop, evidence.measurements(), evidence.insight())[
        Subject("touchpoint", "checkout")
    ]
    assert "csat" not in found["metrics"]
    assert found.keys() & {"pain", "love", "emotion", "reach", "n"} == set()


def test_an_initiative_sums_up_its_touchpoints(shop, evidence):
    known = touchpoint_facts(shop, evidence.measurements(), evidence.insight())
    places = [known[Subject("touchpoint", t)] for t in ("search", "checkout")]
    found = initiative_facts(
        shop, shop.initiatives[0], places, shared={}, impact=Estimate(0, 1, 2), quick_win=False
    )
    assert found["pain"] == pytest.approx(0.25)
    assert found["importance"] == 0.5
    assert found["moment_of_truth"] is True
    assert found["segment_value"] == 1.0
    assert [t["touchpoint"]["id"] for t in found["touchpoints"]] == ["search", "checkout"]


def test_the_list_of_facts_for_people(shop):
    rows = {(row.about, row.name): row for row in describe(shop)}
    row = rows["touchpoint", "touchpoint.stage"]
    assert (row.type, row.meaning) == ('enum("buy")', "Id of its stage.")
    assert ("cell", "segment.value") in rows
    assert ("touchpoint", "segment.value") not in rows
    assert rows["initiative", "params.pain_limit"].type == "double"
    assert all(row.meaning.endswith(".") for row in rows.values())


def test_segments_are_also_drawn_towards_everybody(shop, evidence):
    """Beside the raw value, as far as differences may be chance; of everybody and of the hidden there is none."""
    shop = attrs.evolve(shop, segments=[attrs.evolve(shop.segments[0], id=name) for name in "abcd"])
    raw = {"a": 3.0, "b": 3.4, "c": 4.4}
    cells = {
        ("csat", "checkout", name): Measurement(value, value - 0.4, value + 0.4, 20, 20.0)
        for name, value in raw.items()
    }
    hidden = {("csat", "checkout", "d"): SUPPRESSED}
    evidence = attrs.evolve(evidence, values={**evidence.values, **cells, **hidden})
    found = cell_facts(shop, evidence.measurements(), evidence.insight())
    centre = evidence.values["csat", "checkout", "all"].value
    for name, value in raw.items():
        known = found[Subject("cell", "checkout", name)]["metrics"]["csat"]
        assert known["value"] == value
        assert 0 < abs(known["shrunk"]["value"] - centre) < abs(value - centre)
        assert known["shrunk"]["low"] < known["shrunk"]["value"] < known["shrunk"]["high"]
    assert found[Subject("cell", "checkout", "d")]["metrics"] == {}
    for facts in touchpoint_facts(shop, evidence.measurements(), evidence.insight()).values():
        assert not any("shrunk" in one for one in facts["metrics"].values())
