"""Two editions of a roadmap: everything for those who work on it, promises for everybody else.

The public edition is not the internal one with parts hidden: it is built from `PublicRoadmap`, a value
that has no place for effort, cost, owner, team, score, measured figures or exact dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from cxengine_standard.exporters.figures import quarter
from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    import datetime as dt

    from cxengine.engine import Result
    from cxengine.planning.outlook import Forecast
    from cxengine.planning.roadmap import Horizon, Item, Roadmap
    from cxengine.project.model import Project

Edition = Literal["internal", "public"]

HORIZONS: dict[Horizon, str] = {"short": "Next", "long": "Then", "later": "Later"}


@attrs.frozen
class PublicItem:
    """What customers are told about an initiative."""

    name: str
    area: str
    touchpoints: tuple[str, ...]
    horizon: Horizon
    expected: str
    """The quarter in which it is expected to be there with a probability of 80%; empty for later."""
    about: str = ""
    """What the author wrote for customers."""
    tasks: tuple[str, ...] = ()
    """What is done with people, as far as customers may know."""


@attrs.frozen
class PublicRoadmap:
    """What customers are told."""

    name: str
    vision: str
    areas: tuple[str, ...]
    items: tuple[PublicItem, ...]
    milestones: tuple[tuple[str, str], ...]
    """Name and quarter of those that are reached by public items alone."""

    def at(self, horizon: Horizon) -> tuple[PublicItem, ...]:
        """The items of a horizon."""
        return tuple(item for item in self.items if item.horizon == horizon)


def publish(result: Result, say: Language = ENGLISH) -> PublicRoadmap | None:
    """The public roadmap of a run, by time and name; None where a run plans nothing."""
    if result.roadmap is None:
        return None
    names = Names.of(result.loaded, say)
    items = sorted(
        (item for item in result.roadmap.items if item.public),
        key=lambda item: (list(HORIZONS).index(item.horizon), item.end is None, item.end, item.public_name),
    )
    shown = tuple(_public_item(item, result.project, names) for item in items)
    return PublicRoadmap(
        name=result.roadmap.name,
        vision=result.roadmap.vision,
        areas=tuple(
            area for area in (*names.areas.values(), names.area(None)) if any(i.area == area for i in shown)
        ),
        items=shown,
        milestones=_public_milestones(result.project, result.roadmap),
    )


def _public_item(item: Item, project: Project, names: Names) -> PublicItem:
    seen = {touchpoint.id for touchpoint in project.touchpoints if touchpoint.frontstage}
    return PublicItem(
        name=item.public_name or item.name,
        area=names.area(item.area),
        touchpoints=tuple(names.touchpoint(t) for t in item.touchpoints if t in seen),
        horizon=item.horizon,
        expected=_expected(item.end, item.forecast),
        about=item.public_about,
        tasks=tuple(task.name for task in item.tasks if task.public),
    )


def _expected(planned: dt.date | None, forecast: Forecast | None) -> str:
    """The quarter that can be promised: of the day that is kept in four cases of five."""
    if planned is None:
        return ""
    return quarter(max(planned, forecast.p80) if forecast else planned)


def _public_milestones(project: Project, roadmap: Roadmap) -> tuple[tuple[str, str], ...]:
    public = {item.id for item in roadmap.items if item.public}
    needs: dict[str, set[str]] = {m.id: set(m.requires) for m in project.milestones}
    return tuple(
        (milestone.name, _expected(milestone.reached, milestone.forecast))
        for milestone in roadmap.milestones
        if milestone.reached and needs.get(milestone.id) and needs[milestone.id] <= public
    )
