"""Budgets and other limits in a plan: what is chosen, why the others are not, what contradicts what."""

import attrs
import pytest

from cxengine.diagnostics import PlanningError
from cxengine.planning.selection.solve import NoSet, solve

MORE = """
[[initiative]]
id = "clearer-search"
name = "Clearer search"
effects = [{ touchpoint = "search", metric = "csat", change = 0.4 }]
effort = 2
cost = 300
tags = ["words"]

[[initiative]]
id = "search-by-photo"
name = "Search by photo"
effects = [{ touchpoint = "search", metric = "csat", change = 0.5 }]
effort = 2
cost = 800
tags = ["words"]

[[initiative]]
id = "express"
name = "Express"
effects = [{ touchpoint = "delivery", metric = "csat", change = 0.1 }]
effort = 2
cost = 900
"""


def budget(limit, **keys):
    more = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    return f'[[budget]]\nid = "cash"\nname = "The budget of 2027"\nlimit = {limit}\n{more}'


def chosen(planned, *toml):
    roadmap = planned(MORE, *toml).roadmap
    return {i.id for i in roadmap.items}, {one.id: one.reason for one in roadmap.left_out}, roadmap.selection


def test_without_limits_nobody_has_to_choose(planned):
    items, left, selection = chosen(planned)
    assert (len(items), left, selection) == (6, {}, None)


def test_what_is_worth_most_together_fits_into_the_budget(planned):
    items, left, selection = chosen(planned, budget(1200))
    assert items == {"one-page", "single-sign-on", "parcel-lockers", "clearer-search", "search-by-photo"}
    assert left["express"] == (
        'The budget of 2027 is used by "Search by photo" and "Clearer search", which give more;'
        " it would need 900 EUR, and 100 EUR is left."
    )
    (use,) = selection.budgets
    assert (use.used, use.limit, use.items) == (1100, 1200, ("search-by-photo", "clearer-search"))
    assert selection.optimal
    assert selection.bound == pytest.approx(selection.value)
    (price,) = selection.prices
    worth = next(c.worth for c in selection.choices if c.id == "express")
    assert (price.kind, price.how, price.price) == ("budget", "chosen again", pytest.approx(worth))


def test_worth_is_the_score_without_what_it_is_divided_by(planned):
    _, _, selection = chosen(planned, budget(1200))
    worths = {c.id: c.worth for c in selection.choices}
    items = {i.id: i for i in planned(MORE).roadmap.items}
    assert worths == pytest.approx({i: items[i].impact.likely for i in worths})


def test_ranks_count_among_what_was_chosen(planned):
    roadmap = planned(MORE, budget(0)).roadmap
    assert [i.rank for i in roadmap.items] == [1, 2, 3]


def test_a_budget_of_work_of_a_team(planned):
    limit = budget(6, unit="person-weeks", team="ops")
    items, left, selection = chosen(planned, limit)
    assert selection.budgets[0].used <= 6
    assert "8 person-weeks" in left["parcel-lockers"]
    assert "parcel-lockers" not in items


def test_what_is_required_comes_along_or_both_stay(planned):
    rich = budget(6, unit="person-weeks", team="web")
    _, left, selection = chosen(planned, rich)
    taken = {c.id for c in selection.choices if c.chosen}
    assert ("parcel-lockers" in taken) <= ("single-sign-on" in taken)
    if "single-sign-on" not in taken:
        assert left["parcel-lockers"] == "It requires Single sign-on, which is not chosen."


def test_exclusions_bundles_and_quotas(planned):
    either = '[[exclusion]]\nid = "one-search"\ninitiatives = ["clearer-search", "search-by-photo"]\n'
    items, left, _ = chosen(planned, either)
    assert "search-by-photo" in items
    assert left == {"clearer-search": "At most 1 of its kind can be chosen, and Search by photo gives more."}
    both = '[[bundle]]\nid = "fast"\ninitiatives = ["express", "clearer-search"]\n'
    items, left, _ = chosen(planned, either, both)
    assert ("express" in items) == ("clearer-search" in items)
    quota = '[[quota]]\nid = "words"\ntag = "words"\nmost = 0\n'
    items, left, _ = chosen(planned, quota)
    assert items.isdisjoint({"clearer-search", "search-by-photo"})
    assert left["clearer-search"] == "At most 0 of its kind are chosen: none."


def test_what_must_be_is_chosen_whatever_it_costs(planned):
    must = '[[initiative]]\nid = "law"\nname = "Law"\neffort = 1\ncost = 1000\nmoscow = "must"\n'
    items, left, selection = chosen(planned, budget(1200), must)
    assert "law" in items
    assert set(left) == {"search-by-photo", "clearer-search", "express"}
    prices = {(p.kind, p.id): p.price for p in selection.prices}
    worths = {c.id: c.worth for c in selection.choices}
    assert prices["must", "law"] == pytest.approx(worths["search-by-photo"] + worths["clearer-search"])


def test_what_would_bring_nothing_is_left_out(planned):
    nothing = '[[initiative]]\nid = "idle"\nname = "Idle"\neffort = 1\n'
    harm = 'effects = [{ touchpoint = "search", metric = "csat", change = -1 }]\n'
    _, left, _ = chosen(planned, budget(9999), nothing + harm)
    assert left["idle"].startswith("It would bring nothing: its worth is -")


def test_limits_that_contradict_one_another_are_named_and_no_others(planned):
    must = '[[initiative]]\nid = "law"\nname = "Law"\neffort = 1\ncost = 1000\nmoscow = "must"\n'
    other = '[[quota]]\nid = "many"\nleast = 2\n[[exclusion]]\nid = "e"\ninitiatives = ["express", "clearer-search"]\n'
    with pytest.raises(PlanningError) as error:
        planned(MORE, budget(999), must, other)
    (found,) = error.value.diagnostics
    assert found.code == "CX515"
    assert 'budget "cash" (' in found.message
    assert 'must "law" (' in found.message
    assert '"many"' not in found.message
    assert '"e"' not in found.message
    assert found.location.source.strip() == "[[budget]]"


def test_at_least_so_many_of_an_area_that_has_fewer(planned):
    with pytest.raises(PlanningError, match='quota "all-works"'):
        planned('[[quota]]\nid = "all-works"\narea = "works"\nleast = 9\n')


def test_another_value_may_be_made_as_large_as_possible(planned):
    value = "[selection]\nvalue = '1000.0 - initiative.cost'\n"
    items, _, selection = chosen(planned, budget(1000), value)
    assert selection.value == pytest.approx(3000 + 700)
    assert "clearer-search" in items


def test_the_gap_that_is_left_is_said(planned):
    _, _, selection = chosen(planned, budget(1200), "[selection]\ngap = 0.5\nnodes = 1\n")
    assert selection.gap <= 0.5
    assert selection.optimal


def test_a_gap_that_is_larger_than_asked_for_is_a_note(planned, monkeypatch):
    def short(problem, *, gap, nodes):
        found = solve(problem, gap=gap, nodes=nodes)
        return attrs.evolve(found, bound=found.value * 1.01)

    monkeypatch.setattr("cxengine.planning.selection.select.solve", short)
    plan = planned(MORE, budget(1200))
    assert not plan.roadmap.selection.optimal
    (note,) = [d for d in plan.diagnostics if d.code == "CX528"]
    assert note.message == "another choice of initiatives could be worth up to 1.00% more"


def test_where_no_set_was_found_it_is_not_said_that_there_is_none(planned, monkeypatch):
    def none(problem, *, gap, nodes):
        raise NoSet(proven=False)

    monkeypatch.setattr("cxengine.planning.selection.select.solve", none)
    with pytest.raises(PlanningError, match="CX518 no set of initiatives that keeps all limits was found"):
        planned(MORE, budget(1200))


def test_a_worth_that_cannot_be_computed_is_an_error(planned):
    with pytest.raises(PlanningError, match='CX517 what initiative "search-by-photo" is worth'):
        planned(MORE, budget(1200), "[selection]\nvalue = 'initiative.duration'\n")
