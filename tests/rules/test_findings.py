"""What is wrong with rules is said at the character, all at once."""

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.rules.vocabulary import describe


def rule(id_, when="true", about="touchpoint", **keys):
    lines = [f'[[rule]]\nid = "{id_}"\nabout = "{about}"\nwhen = \'{when}\'']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())]) + "\n"


@pytest.fixture
def findings(cafe):
    from cxengine.rules.compiler import compile_rules

    def run(*toml):
        loaded = cafe(*toml)
        with pytest.raises(ProjectError) as caught:
            compile_rules(loaded.project, loaded.origins)
        return caught.value.diagnostics

    return run


def where(found):
    """The code, the place, and the text under the caret."""
    at = found.location
    return found.code, at.line, at.source[at.column - 1 : at.end_column - 1]


def test_an_unknown_name_is_pointed_at_and_guessed(findings):
    (found,) = findings(rule("a", "importance > 0.5 && metrics.npss.value < 20", tag='["x"]'))
    assert where(found) == ("CEL204", 4, "npss")
    assert "nps" in found.hint


def test_a_literal_outside_an_enum_is_an_error(findings):
    (found,) = findings(rule("a", 'touchpoint.id == "conter"', tag='["x"]'))
    assert where(found) == ("CEL205", 4, '"conter"')
    assert "counter" in found.hint


def test_what_nobody_derives_cannot_be_read(findings):
    (found,) = findings(rule("a", "urgnt", tag='["x"]'), rule("b", derive="{ urgent = 'true' }"))
    assert found.code == "CEL201"
    assert "urgent" in found.hint


def test_every_finding_of_every_rule_is_reported(findings):
    found = findings(
        rule("a", "nothing1 > 1 && nothing2 > 1", because="'{nothing3}'"),
        rule("b", derive="{ x = 'pain +' }"),
        rule("c", "pain", tag='["x"]'),
    )
    assert sorted(d.code for d in found) == ["CEL101", "CEL201", "CEL201", "CEL201", "CX401"]


def test_the_type_of_a_derived_fact_is_known_to_its_readers(findings):
    (found,) = findings(
        rule("reader", "label > 3", tag='["x"]'), rule("writer", derive="""{ label = '"high"' }""")
    )
    assert where(found)[:2] == ("CEL203", 4)
    assert "string" in found.message


def test_a_text_points_into_its_expression(findings):
    (found,) = findings(rule("a", because='"Pain {pain} in {touchpoint.nmae}."'))
    assert where(found) == ("CEL204", 5, "nmae")


@pytest.mark.parametrize(("text", "under"), [("Pain {pain", "{"), ("Pain pain}", "}")])
def test_a_brace_without_partner(findings, text, under):
    (found,) = findings(rule("a", because=f'"{text}"'))
    assert where(found) == ("CX405", 5, under)


def test_two_writers_of_one_fact(findings):
    (found,) = findings(rule("a", derive="{ x = '1' }"), rule("b", derive="{ x = '2' }"))
    assert found.code == "CX403"
    assert '"a"' in found.message
    assert '"b"' in found.message
    assert found.location.line == 11


def test_cells_may_not_shadow_what_touchpoints_derive(findings):
    (found,) = findings(rule("a", derive="{ x = '1' }"), rule("b", about="cell", derive="{ x = '2' }"))
    assert found.code == "CX404"


def test_a_derived_fact_does_not_shadow_a_given_one(findings):
    (found,) = findings(rule("a", derive="{ pain = '1.0' }"))
    assert where(found)[0] == "CX404"
    assert '"pain"' in found.message


def test_a_cycle_is_named_link_by_link(findings):
    (found,) = findings(
        rule("a", "z > 1", derive="{ x = '1' }"),
        rule("b", "x > 1", derive="{ y = '1' }"),
        rule("c", "y > 1", derive="{ z = '1' }"),
    )
    assert found.code == "CX402"
    assert found.message == (
        'rules wait for each other: "b" reads "x" from "a", "c" reads "y" from "b", "a" reads "z" from "c"'
    )


def test_a_rule_does_not_read_what_it_derives(findings):
    (found,) = findings(rule("a", "x > 1", derive="{ x = '1' }"))
    assert found.message == 'rule "a" reads what it derives itself: x'


def test_its_own_text_may_name_what_a_rule_derives(ruleset):
    assert ruleset(rule("a", derive="{ x = '1' }", because='"x is {x}"')).derived["touchpoint"]


@pytest.mark.parametrize("key", ["exclude", "require"])
def test_only_rules_about_initiatives_decide_about_initiatives(findings, key):
    (found,) = findings(rule("a", **{key: "true"}))
    assert where(found) == ("CX406", 5, "true")


def test_initiatives_propose_no_initiatives(findings):
    (found,) = findings(rule("a", about="initiative", propose='{ name = "x", effort = 1 }'))
    assert found.code == "CX406"


def test_areas_and_the_score_are_checked_like_rules(findings):
    found = findings(
        '[[area]]\nid = "easy"\nname = "Easy"\nwhen = \'initiative.complexty < 3\'\n',
        "[roadmap]\nstart = 2027-01-04\nscore = 'initiative.name'\n",
    )
    assert [(d.code, d.location.line) for d in found] == [("CEL204", 4), ("CX408", 8)]


def test_a_rule_without_consequence_is_a_warning(ruleset):
    (found,) = ruleset(rule("a")).warnings
    assert (found.code, found.severity) == ("CX407", "warning")


def test_derived_facts_are_listed_with_their_types(ruleset, cafe):
    rules = (
        rule("a", derive="{ lack = '3', urgent = 'urge > 1' }"),
        rule("b", derive="{ urge = 'importance' }"),
    )
    derived = ruleset(*rules).derived
    rows = [(r.about, r.name, r.type, r.meaning) for r in describe(cafe(*rules).project, derived)]
    assert rows[-3:] == [
        ("touchpoint", "lack", "double", 'Derived by rule "a".'),
        ("touchpoint", "urge", "double", 'Derived by rule "b".'),
        ("touchpoint", "urgent", "bool", 'Derived by rule "a".'),
    ]
