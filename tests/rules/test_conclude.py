import pytest

from cxengine.rules.conclude import conclude
from cxengine.rules.conclusion import Subject, Unanswered

CHAIN = """
[[rule]]
id = "z-first"
about = "touchpoint"
when = 'pain > 0.1'
derive = { urgent = 'true', lack = 'params.floor - metrics.nps.value' }
because = 'Pain is {pain} and NPS {metrics.nps}.'

[[rule]]
id = "a-second"
about = "touchpoint"
when = 'urgent && lack > 30'
derive = { weight = 'importance * lack' }
tag = ["act-now"]
because = 'The lack of {lack} weighs {weight}.'
"""


def only(ruleset, subject, facts):
    (conclusion,) = conclude(ruleset, {subject: facts})
    return conclusion


def test_what_one_rule_derives_another_reads_whatever_their_order(ruleset, about, counter):
    found = only(ruleset(CHAIN), counter, about(pain=0.2, nps=-20.0, importance=0.5))
    assert found.derived == {"urgent": True, "lack": 40.0, "weight": 20.0}
    assert found.tags == ("act-now",)
    assert [(f.rule, f.because) for f in found.firings] == [
        ("z-first", "Pain is 0.2 and NPS -20 (95% -25 to -15, n = 120)."),
        ("a-second", "The lack of 40 weighs 20."),
    ]


def test_a_boolean_that_nobody_derived_is_false(ruleset, about, counter):
    rules = ruleset(CHAIN)
    found = only(rules, counter, about(pain=0.0, nps=0.0))
    assert found.derived == {}
    assert found.firings == found.unanswered == ()
    assert rules.settled(found)["urgent"] is False
    assert "lack" not in rules.settled(found)


def test_a_missing_fact_leaves_a_rule_unanswered(ruleset, about, counter):
    found = only(ruleset(CHAIN), counter, about(nps=0.0))
    assert found.unanswered == (Unanswered("z-first", "pain"),)
    assert found.firings == ()


def test_a_rule_whose_formula_lacks_a_fact_derives_nothing_at_all(ruleset, about, counter):
    found = only(ruleset(CHAIN), counter, about(pain=0.2))
    assert found.unanswered == (Unanswered("z-first", "metrics.nps.value"),)
    assert found.derived == {}


def test_a_text_may_read_what_another_rule_derives(ruleset, about, counter):
    rules = ruleset(
        """
        [[rule]]
        id = "a-tells"
        about = "touchpoint"
        when = 'true'
        because = "The lack is {lack}."

        [[rule]]
        id = "b-derives"
        about = "touchpoint"
        when = 'true'
        derive = { lack = 'importance * 10' }
        """
    )
    found = only(rules, counter, about(importance=0.5))
    assert [f.because for f in found.firings] == ["It holds everywhere.", "The lack is 5."]


def test_logic_decides_without_what_is_missing(ruleset, about, counter):
    rules = ruleset(
        """
        [[rule]]
        id = "either"
        about = "touchpoint"
        when = 'metrics.nps.value < 0 || pain > 0.1'
        because = "NPS is {metrics.nps.value}."
        """
    )
    found = only(rules, counter, about(pain=0.2))
    assert [f.because for f in found.firings] == ["NPS is unknown."]


def test_measured_facts_may_be_asked_for(ruleset, about, counter):
    rules = ruleset(
        """
        [[rule]]
        id = "unmeasured"
        about = "touchpoint"
        when = '!has(metrics.nps)'
        tag = ["ask"]
        """
    )
    assert only(rules, counter, about()).tags == ("ask",)
    assert only(rules, counter, about(nps=3.0)).tags == ()


def test_whole_numbers_become_doubles(ruleset, about, counter):
    rules = ruleset(
        """
        [[rule]]
        id = "count"
        about = "touchpoint"
        when = 'true'
        derive = { labels = 'size(touchpoint.tags)', two = '2' }

        [[rule]]
        id = "use"
        about = "touchpoint"
        when = 'true'
        derive = { share = 'two * importance + labels' }
        """
    )
    derived = only(rules, counter, about(importance=0.25)).derived
    assert derived == {"labels": 0.0, "two": 2.0, "share": 0.5}
    assert all(type(v) is float for v in derived.values())


def test_cells_read_what_their_touchpoint_derived(ruleset, about, counter, table):
    rules = ruleset(
        CHAIN,
        """
        [[rule]]
        id = "here-too"
        about = "cell"
        when = 'urgent && segment.id == "guests"'
        derive = { worse = 'lack > 10' }
        """,
    )
    cell, other = Subject("cell", "counter", "guests"), Subject("cell", "table", "guests")
    known = {
        cell: about(segment={"id": "guests", "name": "Guests", "value": 1.0}),
        other: about(segment={"id": "guests", "name": "Guests", "value": 1.0}),
        counter: about(pain=0.2, nps=0.0),
        table: about(pain=0.0, nps=0.0),
    }
    found = {c.subject: c for c in conclude(rules, known)}
    assert found[cell].derived == {"worse": True}
    assert found[other].derived == {}
    assert found[other].unanswered == ()


def test_a_rule_proposes_with_its_texts_filled_in(ruleset, about, counter):
    rules = ruleset(
        """
        [[rule]]
        id = "propose"
        about = "touchpoint"
        when = 'pain > 0.1'
        because = "Pain {pain}."
        propose = { name = "Fix {touchpoint.name}", about = "{{{stage.name}}}", metric = "nps", change = 5, effort = [1, 2, 3] }
        """
    )
    (firing,) = only(rules, counter, about(pain=0.3)).firings
    assert firing.proposal is not None
    assert (firing.proposal.name, firing.proposal.about) == ("Fix Counter", "{I visit}")
    assert firing.proposal.effort.likely == 2


def test_initiatives_see_the_touchpoints_they_change(ruleset, about):
    rules = ruleset(
        CHAIN,
        """
        [[rule]]
        id = "calm"
        about = "initiative"
        when = '!touchpoints.exists(t, t.urgent) && initiative.team != "bar"'
        exclude = true
        because = "Nothing urgent at {initiative.touchpoints}."

        [[rule]]
        id = "must"
        about = "initiative"
        when = 'touchpoints.exists(t, t.urgent && t.lack > 5)'
        require = true
        """,
    )

    def initiative(touchpoint):
        facts = {"initiative": {"team": "", "touchpoints": ["counter"]}, "touchpoints": [touchpoint]}
        return only(rules, Subject("initiative", "x"), facts)

    calm = initiative({"urgent": False})
    assert calm.excluded
    assert not calm.required
    assert calm.firings[0].because == "Nothing urgent at counter."
    urgent = initiative({"urgent": True, "lack": 10.0})
    assert urgent.required
    assert not urgent.excluded


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rules_and_subjects_changes_nothing(ruleset, about, counter, table, order):
    blocks = [f"[[rule]]{block}" for block in CHAIN.split("[[rule]]")[1:]]
    rules = ruleset(*blocks[::order])
    known = [(counter, about(pain=0.2, nps=-20.0)), (table, about(pain=0.3, nps=0.0))]
    found = sorted(conclude(rules, dict(known[::order])), key=lambda c: c.subject.id)
    assert [c.derived.get("weight") for c in found] == [20.0, None]
    assert [[f.rule for f in c.firings] for c in found] == [["z-first", "a-second"], ["z-first"]]
