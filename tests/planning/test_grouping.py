import pytest
from cxengine_standard.groupings.area import AreaGrouping

from cxengine import cel
from cxengine.diagnostics import PlanningError
from cxengine.plugin import Assignment, Grouping, GroupingItem, NoOptions
from cxengine.project.model import Area

ENVIRONMENT = cel.Environment(variables={"x": cel.DOUBLE, "y": cel.DOUBLE})


def assign(facts, declared=None, areas=()):
    conditions = {a.id: ENVIRONMENT.compile(a.when) for a in areas if a.when}
    (found,) = AreaGrouping(NoOptions()).group([GroupingItem("i", facts, declared)], areas, conditions)
    return found


SMALL = Area(id="small", name="Small", when="x < 10")
TINY = Area(id="tiny", name="Tiny", when="x < 1")
OTHER = Area(id="other", name="Other", when="y > 1")
REST = Area(id="rest", name="Rest")


@pytest.mark.parametrize(
    ("facts", "areas", "expected"),
    [
        ({"x": 0.5}, [SMALL, TINY, REST], "small"),
        ({"x": 0.5}, [REST, TINY, SMALL], "tiny"),
        ({"x": 20.0}, [SMALL, REST], "rest"),
        ({"x": 20.0}, [SMALL], None),
        ({}, [SMALL, REST], "rest"),
        ({"x": 0.5}, [OTHER, SMALL], "small"),
    ],
)
def test_the_first_area_as_written_whose_condition_holds(facts, areas, expected):
    assert assign(facts, areas=areas).area == expected


def test_the_authors_choice_wins():
    found = assign({"x": 0.5}, "rest", [SMALL, REST])
    assert (found.area, found.reason) == ("rest", "The initiative names its area.")


def test_what_could_not_be_decided_is_said():
    assert assign({}, areas=[SMALL, REST]).reason == (
        '"Rest" takes what no other area does (not known: Small).'
    )


class Forgetful(Grouping):
    name = "forgetful"

    def group(self, items, areas, conditions):
        return [Assignment(item.id, None, "Because.") for item in items[1:]]


class Inventive(Grouping):
    name = "inventive"

    def group(self, items, areas, conditions):
        return [Assignment(item.id, "esy", "Because.") for item in items]


def test_a_plugin_that_forgets_an_item_is_named(planned):
    with pytest.raises(PlanningError) as caught:
        planned(grouping=Forgetful(NoOptions()))
    (found,) = caught.value.diagnostics
    assert found.code == "CX510"
    assert '"forgetful"' in found.message


def test_a_plugin_that_invents_an_area_is_named(planned):
    with pytest.raises(PlanningError) as caught:
        planned(grouping=Inventive(NoOptions()))
    (found,) = caught.value.diagnostics
    assert (found.code, found.hint) == ("CX511", 'did you mean "easy"?')
