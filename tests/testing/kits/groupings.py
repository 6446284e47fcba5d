"""A grouping that passes its kit, and one broken for each test of it."""

import itertools

import attrs

from cxengine.cel import CelError
from cxengine.plugin import Assignment, Grouping, option
from cxengine.testing import GroupingTests


class First(Grouping):
    """The first area whose condition holds."""

    name = "first"

    def group(self, items, areas, conditions):
        return [self.assign(item, areas, conditions) for item in items]

    def assign(self, item, areas, conditions):
        if item.declared:
            return Assignment(item.id, item.declared, "The initiative names its area.")
        for area in areas:
            if area.when is None or self.holds(conditions[area.id], item):
                return Assignment(item.id, area.id, f"{area.name} takes it.")
        return Assignment(item.id, None, "No area takes it.")

    def holds(self, condition, item):
        try:
            return condition(item.facts)
        except CelError:
            return False


class Kit(GroupingTests):
    plugin = First
    expected = {"callback": "easy", "poster": "cheap", "rebuild": "rest", "chosen": "rest", "unknown": "rest"}


class TestFirst(Kit):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Nameless(First):
    """x"""

    name = ""


class TestNameless(Kit):
    breaks = "test_it_says_what_it_is"
    plugin = Nameless


@attrs.frozen
class Undocumented:
    more: int = 1


class Silent(First):
    """x"""

    Options = Undocumented


class TestUndocumented(Kit):
    breaks = "test_its_options_are_documented"
    plugin = Silent


@attrs.frozen
class Lax:
    more: int = option("More.", default=1)


class TakesAll(First):
    """x"""

    Options = Lax


class TestTakesAll(Kit):
    breaks = "test_it_refuses_wrong_options"
    plugin = TakesAll
    refused = {"more": {"more": -1}}


class Last(First):
    """x"""

    def assign(self, item, areas, conditions):
        return super().assign(item, areas[::-1], conditions)


class TestLast(Kit):
    breaks = "test_it_groups_as_expected"
    plugin = Last


class Forgets(First):
    """x"""

    def group(self, items, areas, conditions):
        return super().group(items, areas, conditions)[:-1]


class TestForgets(Kit):
    breaks = "test_every_item_gets_one_assignment"
    plugin = Forgets


class Invents(First):
    """x"""

    def assign(self, item, areas, conditions):
        return attrs.evolve(super().assign(item, areas, conditions), area="misc")


class TestInvents(Kit):
    breaks = "test_areas_are_declared"
    plugin = Invents


class Mute(First):
    """x"""

    def assign(self, item, areas, conditions):
        return attrs.evolve(super().assign(item, areas, conditions), reason="rule 3")


class TestMute(Kit):
    breaks = "test_it_says_why"
    plugin = Mute


class Stubborn(First):
    """x"""

    def assign(self, item, areas, conditions):
        return super().assign(attrs.evolve(item, declared=None), areas, conditions)


class TestStubborn(Kit):
    breaks = "test_the_author_has_the_last_word"
    plugin = Stubborn


class Fills(First):
    """x"""

    def group(self, items, areas, conditions):
        places = itertools.cycle(areas)
        return [Assignment(item.id, next(places).id, "It was its turn.") for item in items]


class TestFills(Kit):
    breaks = "test_order_does_not_matter"
    plugin = Fills


class Moody(First):
    """x"""

    times = itertools.count()

    def assign(self, item, areas, conditions):
        return attrs.evolve(super().assign(item, areas, conditions), reason=f"Decision {next(self.times)}.")


class TestMoody(Kit):
    breaks = "test_it_groups_the_same_again"
    plugin = Moody


class Demanding(First):
    """x"""

    def group(self, items, areas, conditions):
        assert areas[0]
        return super().group(items, areas, conditions)


class TestDemanding(Kit):
    breaks = "test_no_items_and_no_areas_are_no_failure"
    plugin = Demanding


class Scribbles(First):
    """x"""

    def assign(self, item, areas, conditions):
        found = super().assign(item, areas, conditions)
        item.facts["initiative"]["area"] = found.area
        return found


class TestScribbles(Kit):
    breaks = "test_it_leaves_items_alone"
    plugin = Scribbles
