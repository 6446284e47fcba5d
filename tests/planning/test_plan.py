import datetime as dt
import random

import attrs
import pytest

from cxengine.diagnostics import PlanningError
from cxengine.metrics.measurement import ALL, SUPPRESSED
from cxengine.planning.roadmap import LeftOut
from cxengine.project.model import Estimate

PAIN = """
[[rule]]
id = "fix-pain"
about = "touchpoint"
when = 'pain > params.pain_limit'
because = "Pain at {touchpoint.name} is {pain}."

[rule.propose]
name = "Fix {touchpoint.name}"
metric = "csat"
change = [0.1, 0.2, 0.3]
effort = 2
"""


def items(found):
    return {item.id: item for item in found.roadmap.items}


def texts(item, kind):
    return [r.text for r in item.reasons if r.kind == kind]


def test_impact_is_importance_times_reach_times_share_of_the_range(planned):
    found = items(planned())
    # checkout: importance 0.5 of 1, reach 1; csat runs from 1 to 5.
    assert found["one-page"].impact == Estimate(*map(pytest.approx, (2.5, 5.0, 7.5)))
    # Effort is better where it is low; one point of four, at the most important touchpoint.
    assert found["single-sign-on"].impact == Estimate(*map(pytest.approx, (2.5, 5.0, 12.5)))
    # delivery: importance 0.25, reach 0.5; only 0.2 of the 0.4 points are left up to 5.
    assert found["parcel-lockers"].impact.likely == pytest.approx(100 * 0.25 * 0.5 * 0.2 / 4)


def test_two_metrics_of_one_touchpoint_do_not_count_twice(planned):
    twice = """
    [[initiative]]
    id = "twice"
    name = "Twice"
    effects = [
      { touchpoint = "checkout", metric = "csat", change = 0.4 },
      { touchpoint = "checkout", metric = "hard", change = -0.2 },
    ]
    effort = 1
    """
    harm = twice.replace("twice", "harm").replace("-0.2", "0.2")
    found = items(planned(twice, harm))
    assert found["twice"].impact.likely == pytest.approx(5.0)
    assert found["harm"].impact.likely == pytest.approx(5.0 - 2.5)


def test_only_the_customers_served_count(planned):
    some = """
    [[initiative]]
    id = "welcome"
    name = "Welcome"
    segments = ["new"]
    effects = [{ touchpoint = "checkout", metric = "csat", change = 0.4 }]
    effort = 1
    """
    # 40% of customers are new, and 90% of those meet the checkout.
    assert items(planned(some))["welcome"].impact.likely == pytest.approx(5.0 * 0.4 * 0.9)


def test_ranks_follow_the_score_and_ties_the_id(planned):
    copies = "".join(
        f'[[initiative]]\nid = "{i}"\nname = "{i}"\neffort = 5\n'
        'effects = [{ touchpoint = "search", metric = "csat", change = 0.2 }]\n'
        for i in ("twin-b", "twin-a")
    )
    found = planned(copies).roadmap
    assert [i.rank for i in found.items] == [1, 2, 3, 4, 5]
    assert [i.id for i in found.items] == ["single-sign-on", "one-page", "twin-a", "twin-b", "parcel-lockers"]
    assert [round(i.score, 4) for i in found.items[:2]] == [1.25, 0.8333]


def test_schedule_on_the_calendar(planned):
    found = items(planned())
    assert (found["single-sign-on"].start, found["single-sign-on"].end) == (
        dt.date(2027, 1, 4),
        dt.date(2027, 1, 15),
    )
    assert found["one-page"].start == dt.date(2027, 1, 18)
    # It needs single-sign-on (until week 2) and eight weeks of a team of one.
    assert found["parcel-lockers"].start == dt.date(2027, 1, 18)
    assert found["parcel-lockers"].end == dt.date(2027, 3, 12)
    assert [found[i].horizon for i in ("single-sign-on", "one-page", "parcel-lockers")] == [
        "short",
        "short",
        "long",
    ]


def test_the_schedule_explains_itself(planned):
    found = items(planned())
    assert texts(found["single-sign-on"], "schedule")[:2] == [
        "Starts in week 1: nothing holds it up.",
        (
            "It is critical: any delay moves a day that is wanted, or the end of the plan; One page checkout and"
            " Parcel lockers would start later."
        ),
    ]
    assert texts(found["one-page"], "schedule") == [
        "Starts in week 3: team Web is full until week 2 (Single sign-on).",
        "It may slip by 5 weeks.",
        (
            "It would be finished earlier with Single sign-on finished up to a week earlier (1 week) or half a"
            " person more in team Web (1 week)."
        ),
    ]
    assert texts(found["parcel-lockers"], "schedule")[0] == "Starts in week 3: it waits for Single sign-on."


def test_an_item_takes_what_another_leaves_of_its_team(planned, plan_without_initiatives):
    toml = """
    [[initiative]]
    id = "tour"
    name = "Tour"
    effort = 2
    team = "web"
    duration = 4
    effects = [{ touchpoint = "checkout", metric = "csat", change = 1.0 }]

    [[initiative]]
    id = "hints"
    name = "Hints"
    effort = 5
    team = "web"
    effects = [{ touchpoint = "checkout", metric = "csat", change = 1.0 }]
    """
    found = planned(toml, base=plan_without_initiatives).roadmap
    assert {i.id: (i.start, i.end) for i in found.items} == {
        "tour": (dt.date(2027, 1, 4), dt.date(2027, 1, 29)),
        "hints": (dt.date(2027, 1, 4), dt.date(2027, 1, 27)),  # 1.5 of 2 people: 17 days instead of 13
    }
    assert found.quality is not None
    assert found.quality.gap < 0.1


def test_evidence_is_that_of_the_segments_served(planned):
    toml = """
    [[initiative]]
    id = "welcome"
    name = "Welcome"
    segments = ["new"]
    effects = [{ touchpoint = "checkout", metric = "csat", change = 0.4 }]
    effort = 1
    """
    assert texts(items(planned(toml))["welcome"], "evidence")[0] == (
        "Pain at Checkout for New customers is 0.300 (95% 0.280 to 0.320, n = 100); 90% of responses speak about it."
    )


def test_phases_follow_one_another_and_share_the_effort(planned):
    phases = items(planned())["parcel-lockers"].phases
    assert [p.phase for p in phases] == ["discover", "define", "design", "deliver"]
    assert [round(p.effort, 2) for p in phases] == [0.8, 1.2, 2.0, 4.0]
    assert [(p.first_week, p.last_week) for p in phases] == [(3, 3), (3, 4), (5, 6), (7, 10)]
    assert phases[0].start == dt.date(2027, 1, 18)
    assert phases[-1].end == dt.date(2027, 3, 12)


def test_kpi_baseline_target_and_criterion(planned):
    item = items(planned())["one-page"]
    assert item.kpi is not None
    assert item.kpi.target == pytest.approx(4.1)
    assert item.kpi.baseline.value == 3.7
    assert item.kpi.by == dt.date(2027, 5, 5)
    assert item.success == (
        "Satisfaction at Checkout at least 4.10 (now 3.70, 95% 3.60 to 3.80, n = 400) by 2027-05-05"
    )
    assert "at most 2.10 (now 2.50" in items(planned())["single-sign-on"].success


def test_a_target_stays_within_the_range(planned):
    assert items(planned())["parcel-lockers"].kpi.target == 5.0


def test_areas_by_condition_and_their_teams(planned):
    found = items(planned())
    assert {i: (x.area, x.team) for i, x in found.items()} == {
        "one-page": ("easy", "web"),
        "single-sign-on": ("works", "web"),
        "parcel-lockers": ("works", "ops"),
    }
    assert texts(found["one-page"], "group") == [
        '"Make it easy for me" takes what meets initiative.complexity <= 2.'
    ]
    assert texts(found["single-sign-on"], "group") == ['"Let it work" takes what no other area does.']


def test_a_rule_proposes_where_nothing_is_declared(planned):
    found = planned(PAIN)
    # Checkout and delivery hurt, but declared initiatives improve satisfaction there already.
    assert [i for i in items(found) if i.startswith("fix")] == []
    reasons = [r for r in items(found)["one-page"].reasons if r.kind == "rule"]
    assert [(r.rule, r.text) for r in reasons] == [("fix-pain", "Pain at Checkout is 0.2.")]
    found = planned(PAIN.replace('"csat"', '"hard"'))
    assert [i for i in items(found) if i.startswith("fix")] == ["fix-pain-delivery"]
    item = items(found)["fix-pain-delivery"]
    assert (item.name, item.origin, item.touchpoints) == ("Fix Delivery", "proposed", ("delivery",))
    assert texts(item, "rule") == ["Pain at Delivery is 0.12."]


def test_proposals_for_several_segments_are_one_initiative(planned, evidence):
    evidence.pains["checkout", "old"] = (0.4, 0.9, 100)
    rule = PAIN.replace('"touchpoint"', '"cell"').replace('"csat"', '"hard"').replace("checkout", "search")
    evidence.pains["search", "new"] = (0.4, 0.9, 100)
    evidence.pains["search", "old"] = (0.4, 0.9, 100)
    old = '[[segment]]\nid = "old"\nname = "Old"\nwhen = \'attributes.kind == "old"\'\n'
    found = items(planned(rule, old))
    assert found["fix-pain-search"].segments == ("new", "old")


def test_rules_exclude_and_require(planned):
    rules = """
    [[rule]]
    id = "no-lockers"
    about = "initiative"
    when = 'initiative.complexity > 4'
    exclude = true
    because = "Complexity {initiative.complexity} is too much."

    [[rule]]
    id = "one-page-now"
    about = "initiative"
    when = 'initiative.id == "one-page"'
    require = true
    """
    found = planned(rules).roadmap
    assert [i.id for i in found.items] == ["one-page", "single-sign-on"]
    assert found.left_out == (
        LeftOut("parcel-lockers", "Parcel lockers", "Complexity 5 is too much.", "no-lockers"),
    )
    assert "A rule requires it" in texts(found.items[0], "score")[0]


def test_what_requires_something_left_out_is_left_out(planned):
    rule = """
    [[rule]]
    id = "not-now"
    about = "initiative"
    when = 'initiative.id == "single-sign-on"'
    exclude = true
    """
    left = {x.id: x.reason for x in planned(rule).roadmap.left_out}
    assert left == {
        "single-sign-on": "Initiative.id is single-sign-on.",
        "parcel-lockers": "It requires Single sign-on, which is left out.",
    }


def test_a_rule_cannot_require_what_another_excludes(planned):
    rules = "".join(
        f'[[rule]]\nid = "{verb}-it"\nabout = "initiative"\nwhen = \'initiative.id == "one-page"\'\n{verb} = true\n'
        for verb in ("exclude", "require")
    )
    with pytest.raises(PlanningError) as caught:
        planned(rules)
    (found,) = caught.value.diagnostics
    assert found.code == "CX513"
    assert found.message == (
        'rule "require-it" requires initiative "one-page", but rule "exclude-it" excludes it'
    )
    assert found.location.source == "require = true"


def test_a_score_that_cannot_be_computed(planned):
    nothing = '[[initiative]]\nid = "vague"\nname = "Vague"\neffort = 0\n'
    found = planned(nothing)
    assert found.roadmap.left_out[0].reason == "Its score cannot be computed: it is nan."
    (warning,) = [d for d in found.diagnostics if d.code == "CX523"]
    assert warning.location.source.startswith("score =")


def test_reasons_of_an_item(planned):
    item = items(planned())["one-page"]
    assert texts(item, "evidence") == [
        "Pain at Checkout is 0.200 (95% 0.180 to 0.220, n = 400); 100% of responses speak about it.",
        "Satisfaction at Checkout: now 3.70, 95% 3.60 to 3.80, n = 400.",
    ]
    assert texts(item, "author") == [
        (
            "Expected change of Satisfaction at Checkout: 0.2 to 0.6, likely 0.4 (assumed), "
            "worth 2.5 to 7.5, likely 5 points."
        )
    ]
    assert texts(item, "score") == [
        "Score 0.833 = impact.likely / effort.likely with effort.likely = 6 and impact.likely = 5."
    ]


def test_milestones(planned):
    toml = """
    [[milestone]]
    id = "spring"
    name = "Spring release"
    requires = ["one-page", "single-sign-on"]
    due = 2027-02-15

    [[milestone]]
    id = "early"
    name = "Early"
    requires = ["parcel-lockers"]
    due = 2027-03-01
    """
    found = planned(toml)
    spring, early = found.roadmap.milestones
    assert (spring.reached, spring.on_time) == (dt.date(2027, 2, 5), True)
    assert (early.reached, early.on_time) == (dt.date(2027, 3, 12), False)
    (warning,) = [d for d in found.diagnostics if d.code == "CX521"]
    assert warning.location.source.strip() == "due = 2027-03-01"


def test_a_milestone_moves_what_it_needs_ahead(planned):
    toml = '[[milestone]]\nid = "page"\nname = "Page"\nrequires = ["one-page"]\ndue = 2027-01-22\n'
    found = planned(toml)
    assert found.roadmap.milestones[0].on_time
    assert items(found)["one-page"].start == dt.date(2027, 1, 4)
    assert items(found)["one-page"].rank == 2
    assert texts(items(found)["one-page"], "schedule")[0] == (
        "Starts in week 1: it goes before Single sign-on, so that a day that is wanted is kept."
    )


def test_a_missed_deadline_is_a_warning_at_its_line(planned):
    toml = """
    [[initiative]]
    id = "new-app"
    name = "New app"
    effort = 30
    team = "web"
    deadline = 2027-02-26
    effects = [{ touchpoint = "search", metric = "csat", change = 0.2 }]
    """
    found = planned(toml)
    (warning,) = [d for d in found.diagnostics if d.code == "CX520"]
    assert warning.location.source.strip() == "deadline = 2027-02-26"
    assert "2027-02-26" in warning.message
    assert "too late" in texts(items(found)["new-app"], "schedule")[0]


def test_work_without_a_team_is_for_later_and_said_so(planned):
    toml = """
    [[initiative]]
    id = "orphan"
    name = "Orphan"
    area = "nobody"
    effort = 3
    effects = [{ touchpoint = "search", metric = "csat", change = 0.2 }]

    [[area]]
    id = "nobody"
    name = "Nobody's"
    when = 'false'
    """
    found = planned(toml)
    orphan = items(found)["orphan"]
    assert (orphan.horizon, orphan.phases, orphan.start) == ("later", (), None)
    assert orphan.kpi.by is None
    (warning,) = [d for d in found.diagnostics if d.code == "CX522"]
    assert "orphan" in warning.message


def test_without_evidence_an_initiative_counts_nothing_and_that_is_said(planned, evidence):
    evidence.pains["search", ALL] = (0.0, 0.0, 0)
    evidence.values["csat", "search", ALL] = SUPPRESSED
    toml = """
    [[initiative]]
    id = "guess"
    name = "Guess"
    effort = 1
    effects = [{ touchpoint = "search", metric = "csat", change = 0.2 }]
    """
    found = planned(toml)
    guess = items(found)["guess"]
    assert guess.impact == Estimate(0.0, 0.0, 0.0)
    assert guess.kpi is None
    assert guess.success == "Not measurable yet: no present value to start from."
    assert texts(guess, "evidence") == ["How Search feels is kept back: it would tell of a few people."]
    (warning,) = found.diagnostics
    assert (warning.code, warning.message[:37]) == ("CX525", "too few answers speak about touchpoin")


def test_teams_are_never_loaded_beyond_their_capacity(planned):
    found = planned().roadmap
    assert max(found.load["web"]) == 2.0
    assert sum(found.load["web"]) == pytest.approx(4 + 6)
    assert sum(found.load["ops"]) == pytest.approx(8)
    assert len(found.load["ops"]) == 20


def test_the_order_of_tables_and_conclusions_changes_nothing(planned):
    rule = PAIN.replace('"csat"', '"hard"')
    cell = (
        rule.replace('"touchpoint"', '"cell"')
        .replace("fix-pain", "fix-cell")
        .replace("effort = 2", "effort = 3")
    )
    late = '[[initiative]]\nid = "app"\nname = "App"\neffort = 90\nteam = "ops"\ndeadline = 2027-02-01\n'
    late += 'effects = [{ touchpoint = "search", metric = "csat", change = 0.2 }]\n'
    toml = (rule, cell, late, late.replace("app", "bot"))
    first = planned(*toml)
    assert len(first.diagnostics) > 1
    shuffled = random.Random(7)

    def change(project):
        fields = ("initiatives", "teams", "rules", "metrics", "signals")
        return attrs.evolve(
            project,
            **{f: tuple(shuffled.sample(getattr(project, f), len(getattr(project, f)))) for f in fields},
        )

    def shuffle(conclusions):
        return tuple(shuffled.sample(conclusions, len(conclusions)))

    for _ in range(5):
        again = planned(*toml, change=change, shuffle=shuffle)
        assert again.roadmap == first.roadmap
        assert again.conclusions == first.conclusions
        assert [d.message for d in again.diagnostics] == [d.message for d in first.diagnostics]


def test_another_candidate_changes_no_score(planned):
    before = {i.id: i.score for i in planned().roadmap.items}
    huge = """
    [[initiative]]
    id = "huge"
    name = "Huge"
    effort = 1
    effects = [{ touchpoint = "checkout", metric = "csat", change = 1.3 }]
    """
    after = {i.id: i.score for i in planned(huge).roadmap.items}
    assert after.pop("huge") > max(before.values())
    assert after == before


def test_every_item_has_every_kind_of_reason(planned):
    for item in planned(PAIN.replace('"csat"', '"hard"')).roadmap.items:
        assert {r.kind for r in item.reasons} >= {"evidence", "author", "score", "group", "schedule"}
        assert all(r.text.endswith(".") for r in item.reasons)


def test_initiatives_that_wait_for_each_other(planned):
    def change(project):
        return attrs.evolve(
            project,
            initiatives=tuple(
                attrs.evolve(i, requires=("parcel-lockers",)) if i.id == "single-sign-on" else i
                for i in project.initiatives
            ),
        )

    with pytest.raises(PlanningError) as caught:
        planned(change=change)
    assert caught.value.diagnostics[0].code == "CX512"
