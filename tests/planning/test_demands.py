"""Keys that say who works when: in TOML, through to the roadmap; and demands that contradict one another."""

from __future__ import annotations

import datetime as dt

import pytest

from cxengine.diagnostics import PlanningError, ProjectError, render_json, render_text


def items(found):
    return {i.id: i for i in found.roadmap.items}


def initiative(name, **more):
    keys = {"effort": "4", "team": '"web"', **more}
    lines = [f'id = "{name}"', f'name = "{name.title()}"', *(f"{k} = {v}" for k, v in keys.items())]
    effect = 'effects = [{ touchpoint = "checkout", metric = "csat", change = 0.2 }]'
    return "\n".join(("[[initiative]]", *lines, effect, ""))


def team(text, base):
    """The shop, with more said of team Web."""
    return base.replace('name = "Web"\n', f'name = "Web"\n{text}\n')


def roadmap(text, base):
    return base.replace("weeks = 20\n", f"weeks = 20\n{text}\n")


def test_holidays_and_leave_make_it_longer(planned, plan_without_initiatives):
    base = team("leave = [{ first = 2027-01-05, last = 2027-01-08, share = 0.5 }]", plan_without_initiatives)
    base = roadmap("holidays = [2027-01-06]", base)
    item = items(planned(initiative("one"), base=base))["one"]
    # Ten days of work: 1 + 0.5 + 0 + 0.5 + 0.5 in the first week, 5 in the second, 2.5 in the third.
    assert (item.start, item.end) == (dt.date(2027, 1, 4), dt.date(2027, 1, 20))


def test_a_team_that_grows_is_smaller_until_then(planned, plan_without_initiatives):
    base = team("capacity_changes = [{ since = 2027-01-18, capacity = 4.0 }]", plan_without_initiatives)
    found = planned(initiative("one", effort=8), base=base)
    assert items(found)["one"].end == dt.date(2027, 1, 22)  # two weeks of 2 people, one of 4
    assert found.roadmap.load["web"][:4] == (2.0, 2.0, 4.0, 0.0)


def test_an_agreed_start_is_kept_by_all_others(planned, plan_without_initiatives):
    fixed = initiative("fixed", start="2027-01-11")
    found = items(planned(fixed, initiative("other", effort=2), base=plan_without_initiatives))
    assert found["fixed"].start == dt.date(2027, 1, 11)
    assert (found["other"].start, found["other"].end) == (dt.date(2027, 1, 4), dt.date(2027, 1, 8))
    told = [r.text for r in found["fixed"].reasons if r.kind == "schedule"]
    assert told[0] == "Starts in week 2: its start on 11 Jan 2027 is agreed."


def test_release_windows_and_freezes(planned, plan_without_initiatives):
    base = team("release_windows = [{ first = 2027-01-13, last = 2027-01-14 }, { first = 2027-02-03, last = 2027-02-03 }]", plan_without_initiatives)  # fmt: skip
    base = roadmap('freezes = [{ first = 2027-01-14, last = 2027-01-31, about = "Sales" }]', base)
    found = items(planned(initiative("one", effort=2), initiative("two", effort=4), base=base))
    assert found["one"].end == dt.date(2027, 1, 13)
    assert found["two"].end == dt.date(2027, 2, 3)
    assert found["two"].phases[-1].end == dt.date(2027, 2, 3)
    assert "for the next release" in next(r.text for r in found["two"].reasons if r.kind == "schedule")


def test_other_teams_and_skills(planned, plan_without_initiatives):
    base = team('skills = ["texts"]', plan_without_initiatives)
    base = base.replace('name = "Operations"\n', 'name = "Operations"\nskills = ["texts"]\n')
    shared = initiative("shared", effort=4, work='[{ team = "ops", share = 0.5 }]')
    skilled = initiative("skilled", effort=2, team='"ops"', work='[{ skill = "texts", share = 1.0 }]')
    found = planned(shared, skilled, base=base)
    assert sum(found.roadmap.load["ops"]) == pytest.approx(2)  # texts go where most room is left
    assert sum(found.roadmap.load["web"]) == pytest.approx(4)
    assert items(found)["shared"].end == dt.date(2027, 1, 15)  # two person-weeks of one person


def test_testing_and_pilot_are_phases_where_declared(planned, plan_without_initiatives):
    phases = "{ discover = 0.1, define = 0.1, design = 0.2, deliver = 0.3, test = 0.1, pilot = 0.2 }"
    item = items(planned(initiative("one", phases=phases), base=plan_without_initiatives))["one"]
    assert [p.phase for p in item.phases] == ["discover", "define", "design", "deliver", "test", "pilot"]
    assert sum(p.effort for p in item.phases) == pytest.approx(4)


@pytest.mark.parametrize(
    ("toml", "code", "line"),
    [
        (initiative("one", work='[{ share = 0.5 }]'), "CX113", "work"),
        (initiative("one", work='[{ skill = "magic", share = 0.5 }]'), "CX180", "magic"),
        (initiative("one", work='[{ team = "opps", share = 0.5 }]'), "CX180", "opps"),
        (initiative("one", work='[{ team = "ops", share = 0.7 }, { team = "web", share = 0.7 }]'), "CX113", "work"),
        (initiative("one", earliest="2027-03-01", latest="2027-02-01"), "CX183", "latest"),
        (initiative("one", earliest="2027-03-01", start="2027-02-01"), "CX183", "start"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_said_when_it_is_loaded(
    planned, plan_without_initiatives, toml, code, line
):
    with pytest.raises(ProjectError) as caught:
        planned(toml, base=plan_without_initiatives)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert line in found.location.source


def conflict(planned, *toml, base):
    with pytest.raises(PlanningError) as caught:
        planned(*toml, base=base)
    (found,) = caught.value.diagnostics
    assert found.code == "CX514"
    return found


def test_agreed_starts_that_a_team_cannot_keep(planned, plan_without_initiatives):
    """The third has nothing to do with it, nor has the limit to work in progress."""
    found = conflict(
        planned,
        initiative("one", start="2027-01-04", latest="2027-01-15"),
        initiative("two", start="2027-01-11", latest="2027-01-22"),
        initiative("three", start="2027-03-01", effort=1),
        base=plan_without_initiatives,
    )
    # "one" could go on for longer with fewer people; it would still take some that "two" needs. That "two"
    # starts when it does makes it no worse: there is too much to do until it must be finished.
    assert sorted(n.message for n in found.notes) == [
        '"one" starts on 2027-01-04 and takes 2 weeks',
        '"two" must be finished by 2027-01-22 and takes 2 weeks',
        'team "web" has 2 people',
    ]


def test_the_lines_of_a_contradiction(planned, plan_without_initiatives):
    toml = (
        initiative("one", latest="2027-01-15"),
        initiative("two", latest="2027-01-22", requires='["one"]', effort=6),
        initiative("three", latest="2027-05-14", effort=1),
    )
    found = conflict(planned, *toml, base=plan_without_initiatives)
    assert [n.message for n in found.notes] == [
        '"two" requires "one", which takes 2 weeks',
        '"two" must be finished by 2027-01-22 and takes 3 weeks',
    ]
    assert [n.location.source for n in found.notes] == ['requires = ["one"]', "latest = 2027-01-22"]
    text = render_text([found])
    assert all(f"{n.location.file}:{n.location.line}:" in text for n in found.notes)
    assert '"notes"' in render_json([found])
    later = initiative("two", latest="2027-03-31", requires='["one"]', effort=6)
    assert items(planned(toml[0], later, toml[2], base=plan_without_initiatives))["two"].start


def test_a_freeze_can_contradict_a_last_day(planned, plan_without_initiatives):
    base = roadmap("freezes = [{ first = 2027-01-04, last = 2027-02-26 }]", plan_without_initiatives)
    found = conflict(planned, initiative("one", latest="2027-02-19"), base=base)
    assert [n.message for n in found.notes] == [
        'what team "web" does may go live on some days only',
        '"one" must be finished by 2027-02-19 and takes 2 weeks',
    ]
    assert found.notes[0].location.source.startswith("freezes")
