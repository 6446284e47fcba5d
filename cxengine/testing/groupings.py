"""The conformance kit for groupings: every initiative gets one area, and a reason."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cxengine import cel
from cxengine.plugin import Assignment, Grouping, GroupingItem
from cxengine.project.model import Area, Expression, Identifier
from cxengine.testing.kit import Kit

EASY = 'has(initiative.tags) && "effort" in initiative.tags'
AREAS = (
    Area(id=Identifier("easy"), name="Make it easy for me", when=Expression(EASY)),
    Area(id=Identifier("cheap"), name="Start small", when=Expression("initiative.cost < 1000.0")),
    Area(id=Identifier("rest"), name="Let it work"),
)


def _item(key: str, *, declared: str | None = None, **facts: Any) -> GroupingItem:
    return GroupingItem(key, {"initiative": {"id": key, "name": key, **facts}}, declared)


ITEMS = (
    _item("callback", tags=["effort"], cost=5000.0),
    _item("poster", tags=[], cost=100.0),
    _item("rebuild", tags=["platform"], cost=900_000.0),
    _item("chosen", tags=["effort"], cost=10.0, declared="rest"),
    _item("unknown"),
)


class GroupingTests(Kit):
    """Set `plugin`; the kit brings areas and initiatives, which may be replaced by others."""

    plugin: ClassVar[type[Grouping]]
    areas: ClassVar[Sequence[Area]] = AREAS
    items: ClassVar[Sequence[GroupingItem]] = ITEMS
    """The facts of the last are not known."""
    expected: ClassVar[Mapping[str, str | None]]
    """The area of every item."""

    # --- tests -------------------------------------------------------------------------------------

    def test_it_groups_as_expected(self) -> None:
        """Every item into the area it belongs to."""
        assert {one.item: one.area for one in self._group(self.items)} == dict(self.expected)

    def test_every_item_gets_one_assignment(self) -> None:
        """In the order of the items."""
        assert [one.item for one in self._group(self.items)] == [item.id for item in self.items]

    def test_areas_are_declared(self) -> None:
        """No area is invented."""
        known = {area.id for area in self.areas} | {None}
        assert {one.area for one in self._group(self.items)} <= known

    def test_it_says_why(self) -> None:
        """A reason for people, whether there is an area or not."""
        for one in self._group(self.items):
            assert len(one.reason.strip()) >= 10, f"the reason of {one.item} says nothing: {one.reason!r}"

    def test_the_author_has_the_last_word(self) -> None:
        """An initiative that names its area gets it."""
        for item, one in zip(self.items, self._group(self.items), strict=True):
            if item.declared is not None:
                assert one.area == item.declared, f"{item.id} names {item.declared} and gets {one.area}"

    def test_order_does_not_matter(self) -> None:
        """Same initiatives in another order: same areas."""
        forth = {one.item: one.area for one in self._group(self.items)}
        back = {one.item: one.area for one in self._group(self.items[::-1])}
        assert forth == back

    def test_it_groups_the_same_again(self) -> None:
        """Same items, same assignments, reasons included."""
        assert list(self._group(self.items)) == list(self._group(self.items))

    def test_no_items_and_no_areas_are_no_failure(self) -> None:
        """Nothing to group, or nowhere to group it."""
        assert list(self._group(())) == []
        undeclared = [item for item in self.items if item.declared is None]
        alone = self.plugin(self.structured()).group(undeclared, (), {})
        assert [one.area for one in alone] == [None] * len(undeclared)

    def test_it_leaves_items_alone(self) -> None:
        """Others read the same facts."""
        items = copy.deepcopy(tuple(self.items))
        self._group(items)
        assert items == tuple(self.items), "facts of an item were changed"

    # --- how ---------------------------------------------------------------------------------------

    def _group(self, items: Sequence[GroupingItem]) -> Sequence[Assignment]:
        plugin = self.plugin(self.structured())
        conditions = {
            str(area.id): environment.compile(area.when) for area in self.areas if area.when is not None
        }
        return plugin.group(items, self.areas, conditions)


environment = cel.Environment(
    variables={
        "initiative": cel.record(
            {"id": cel.STRING, "name": cel.STRING, "tags": cel.list_(cel.STRING), "cost": cel.DOUBLE}
        )
    }
)
"""What the conditions of the kit's areas may read."""
