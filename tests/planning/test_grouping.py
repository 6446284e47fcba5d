import pytest
from cxengine_standard.groupings.area import AreaGrouping
from cxengine_standard.groupings.nearest import NearestGrouping

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


@pytest.mark.parametrize(
    ("facts", "areas", "expected"),
    [
        ({"x": 5.0}, [SMALL, TINY, REST], 1.0),
        ({"x": 0.5}, [SMALL, TINY, REST], 0.5),
        ({"x": 5.0}, [OTHER, SMALL], 0.5),  # what y is, is not known
        ({"x": 5.0}, [SMALL, OTHER], 1.0),  # nobody asks further
        ({"x": 20.0}, [SMALL, OTHER, REST], 0.5),
    ],
)
def test_how_sure_an_area_is(facts, areas, expected):
    assert assign(facts, areas=areas).confidence == expected


# --- by likeness -----------------------------------------------------------------------------------

EASY = Area(id="easy", name="Easy", prototypes=({"pain": 0.2, "complexity": 2, "tags": ["effort"]},))
DELIGHT = Area(
    id="delight",
    name="Delight",
    prototypes=({"pain": 0.0, "tags": ["delight"]}, {"love": 0.5, "complexity": 1}),
)


def near(facts, areas=(EASY, DELIGHT), declared=None):
    (found,) = NearestGrouping(NoOptions()).group([GroupingItem("i", facts, declared)], areas, {})
    return found


def test_the_area_with_the_nearest_prototype():
    found = near({"pain": 0.1, "initiative": {"complexity": 2.0, "tags": ["effort", "speed"]}})
    # easy: |0.1 - 0.2| / 0.3, 0, 1 - 1/2; delight: 1 and 1, or a third for complexity
    easy, delight = (1 / 3 + 0 + 1 / 2) / 3, 1 / 3
    assert found.area == "easy"
    assert found.confidence == pytest.approx((1 / easy) / (1 / easy + 1 / delight))
    assert found.reason == (
        'It is nearest to "Easy" (distance 0.28) by complexity, pain, tags; next is "Delight" (0.33).'
    )


def test_the_same_facts_are_the_same_area_without_a_doubt():
    found = near({"love": 0.5, "initiative": {"complexity": 1.0}})
    assert (found.area, found.confidence) == ("delight", 1.0)


def test_what_is_not_known_is_left_out():
    assert near({"love": 0.4}).area == "delight"
    assert near({}) == Assignment("i", None, "No area has a prototype of which anything is known here.")
    assert near({"love": 0.5}, declared="easy").area == "easy"


def test_estimates_count_with_their_likely_value_and_records_not_at_all():
    area = Area(id="big", name="Big", prototypes=({"effort": 10, "touchpoints": ["checkout"]},))
    found = near(
        {"effort": {"low": 1.0, "likely": 10.0, "high": 20.0}, "touchpoints": [{"pain": 1.0}]}, [area]
    )
    assert (found.area, found.confidence) == ("big", 1.0)


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
