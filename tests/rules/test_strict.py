"""Findings on request: only what is certainly so."""

import pytest

from cxengine.rules.compiler import compile_rules
from cxengine.rules.plugged import Plugged
from cxengine.rules.strict import strict


def rule(id_, when, about="touchpoint", **keys):
    keys = keys or {"tag": f'["{id_}"]'}
    lines = [f'[[rule]]\nid = "{id_}"\nabout = "{about}"\nwhen = \'{when}\'']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())]) + "\n"


@pytest.fixture
def found(cafe):
    def run(*toml):
        loaded = cafe(*toml)
        plugged = Plugged(ranges={"nps": (-100.0, 100.0)})
        ruleset = compile_rules(loaded.project, loaded.origins, plugged)
        return strict(loaded.project, ruleset, loaded.origins, plugged)

    return run


@pytest.mark.parametrize(
    ("when", "under", "hint"),
    [
        ("importance > 0.1 && pain > 1.5", "pain > 1.5", "pain is from 0 to 1"),
        ("metrics.nps.value < -100", "metrics.nps.value < -100", "metrics.nps.value is from -100 to 100"),
        ("metrics.nps.high < metrics.nps.target", "metrics.nps.high < metrics.nps.target", "is not declared"),
        ("pain > 0.5 && pain < 0.3", "pain > 0.5 && pain < 0.3", "pain is"),
        ("pain > love && love > 0.5 && pain < 0.4", "pain > love && love > 0.5 && pain < 0.4", ""),
        ('touchpoint.id == "counter" && touchpoint.id == "table"', "touchpoint.id", ""),
        ("moment_of_truth && !moment_of_truth", "moment_of_truth", ""),
        ('touchpoint.id == "table" && touchpoint.moment_of_truth', "touchpoint.id", ""),
        ("pain + love > 2", "pain + love > 2", ""),
        ("touchpoint.id in [] || reach < 0", "touchpoint.id in []", ""),
        ("(importance > 0.5 ? pain : love) > 1", "", ""),
        ("pain in [2, 3]", "pain in", ""),
    ],
)
def test_a_rule_that_never_fires(found, when, under, hint):
    (finding,) = found(rule("a", when))
    assert (finding.code, finding.severity) == ("CX440", "warning")
    at = finding.location
    assert at.source[at.column - 1 : at.end_column - 1].startswith(under)
    assert hint in finding.hint


@pytest.mark.parametrize(
    "when",
    ["pain >= 0 || love > 0.5", "!(pain > 1)", "importance <= 1", 'touchpoint.stage == "visit"', "pain != 2"],
)
def test_a_rule_that_always_fires(found, when):
    assert [f.code for f in found(rule("a", when))] == ["CX441"]


@pytest.mark.parametrize(
    "when",
    [
        "true",
        "pain > 0.5",
        "pain >= 1",
        "pain == 1 && love == 0",
        "pain > love && love > 0.3 && pain < 0.4",
        'touchpoint.id == "counter" && touchpoint.moment_of_truth',
        'touchpoint.name.startsWith("C") && pain > 0.1',
        "touchpoint.tags.exists(t, t == \"queue\")",
        "pain / love > 5",
        "metrics.nps.low < -100",
        "has(metrics.nps) || pain > 0.5",
        "(pain > 0.5 || pain < 0.1) && pain < 0.2",
        "pain - love < 0 || n > 30",
    ],
)  # fmt: skip
def test_no_false_alarm(found, when):
    assert found(rule("a", when)) == ()


def test_parameters_may_be_changed_so_they_only_make_a_note(found):
    never, always = found(
        rule("a", "params.lenient && pain > 0.5"), rule("b", "params.floor < 30 || pain > 0.5")
    )
    assert [(f.code, f.severity) for f in (never, always)] == [("CX440", "note"), ("CX441", "note")]


def test_a_rule_that_contradicts_what_it_reads(found):
    (finding,) = found(
        rule("urgent", "pain > 0.5", derive='{ urgent = "true" }'), rule("calm", "urgent && pain < 0.3")
    )
    assert finding.code == "CX442"
    assert '"calm" never fires: it contradicts "urgent"' in finding.message
    assert finding.location.line == 10


def test_numbers_that_are_derived_exist_only_where_their_rule_fires(found):
    writer = rule("lack", "pain > 0.5", derive='{ lack = "pain - 0.5" }')
    assert [f.code for f in found(writer, rule("reader", "lack < 0.1 && pain < 0.2"))] == ["CX442"]
    assert found(writer, rule("reader", "lack < 0.1 || pain < 0.2")) == ()


def test_one_excludes_what_another_requires(found):
    rules = (
        rule("big", "initiative.complexity >= 5.0", "initiative", exclude="true"),
        rule("promise", '"promise" in initiative.tags && impact.likely > 1.5', "initiative", require="true"),
        rule("small", "initiative.complexity < 2.0", "initiative", exclude="true"),
        rule(
            "apart",
            "initiative.complexity >= 2.0 && initiative.complexity < 5.0",
            "initiative",
            require="true",
        ),
    )
    start = "contradict each other: one excludes and one requires an initiative with impact.likely 2.5,"
    assert [f.message for f in found(*rules)] == [
        f'rules "big" and "promise" {start} initiative.complexity 5 and initiative.tags promise',
        f'rules "promise" and "small" {start} initiative.complexity 1 and initiative.tags promise',
    ]


def test_duplicates_however_they_are_written(found):
    one = rule("one", "pain > 0.5 && 0.3 < love", tag='["x"]')
    (finding,) = found(one, rule("two", "love > 0.3 && pain > 0.5", tag='["x"]'))
    assert (finding.code, finding.message) == ("CX444", 'rule "two" says the same as rule "one"')
    assert found(one, rule("two", "love > 0.3 && pain > 0.5", tag='["y"]')) == ()


def test_a_rule_that_adds_nothing(found):
    wide = rule("wide", "pain > 0.2", tag='["x", "y"]')
    (finding,) = found(wide, rule("narrow", "pain > 0.5 && love < 0.1", tag='["x"]'))
    assert (finding.code, finding.location.line) == ("CX445", 10)
    assert found(wide, rule("narrow", "pain > 0.1", tag='["x"]')) == ()
    assert found(wide, rule("narrow", "pain > 0.5", tag='["z"]')) == ()
