"""What is known about each touchpoint: measurements, conclusions, initiatives, where it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.journey_map import in_order
from cxengine_standard.exporters.report.measures import SEGMENT_ROWS, Row, rows

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.insight import Feeling
    from cxengine.planning.roadmap import Item
    from cxengine.project.model import Touchpoint
    from cxengine.rules.conclusion import Conclusion, Unanswered


@attrs.frozen
class Panel:
    """A touchpoint with everything that is known about it."""

    position: int
    touchpoint: Touchpoint
    stage: str
    channels: tuple[str, ...]
    feeling: Feeling | None
    rows: tuple[Row, ...]
    by_segment: tuple[Row, ...]
    conclusions: tuple[tuple[str, Conclusion], ...]
    """With the name of the segment that it concerns, empty for everybody."""
    items: tuple[Item, ...]

    @property
    def fired(self) -> bool:
        """Whether any rule fired."""
        return any(conclusion.firings for _, conclusion in self.conclusions)

    @property
    def open(self) -> tuple[Unanswered, ...]:
        """Rules about the touchpoint as such that could not be decided."""
        return tuple(one for segment, c in self.conclusions if not segment for one in c.unanswered)

    @property
    def tags(self) -> tuple[str, ...]:
        """The labels that rules gave the touchpoint, or a segment of it."""
        return tuple(dict.fromkeys(tag for _, conclusion in self.conclusions for tag in conclusion.tags))


def panels(result: Result, say: Language = ENGLISH) -> tuple[Panel, ...]:
    """One panel a touchpoint, in the order of the journey."""
    names, measured = Names.of(result.loaded, say), rows(result, "touchpoint", say)
    conclusions, items = _conclusions(result, names), _items(result)
    few = sum(not row.everybody for group in measured.values() for row in group) <= SEGMENT_ROWS
    return tuple(
        Panel(
            position=position,
            touchpoint=touchpoint,
            stage=names.stages.get(touchpoint.stage, touchpoint.stage),
            channels=tuple(names.channels.get(c, c) for c in touchpoint.channels),
            feeling=result.insight.feeling(touchpoint.id),
            rows=tuple(row for row in measured.get(touchpoint.id, ()) if row.everybody),
            by_segment=tuple(row for row in measured.get(touchpoint.id, ()) if few and not row.everybody),
            conclusions=tuple(conclusions[touchpoint.id]),
            items=tuple(items[touchpoint.id]),
        )
        for position, touchpoint in enumerate(in_order(result))
    )


def _conclusions(result: Result, names: Names) -> dict[str, list[tuple[str, Conclusion]]]:
    found: dict[str, list[tuple[str, Conclusion]]] = defaultdict(list)
    for conclusion in result.conclusions:
        subject = conclusion.subject
        told = conclusion.firings or (conclusion.unanswered and subject.about == "touchpoint")
        if subject.about != "initiative" and told:
            segment = "" if subject.segment == "all" else names.segments.get(subject.segment, subject.segment)
            found[subject.id].append((segment, conclusion))
    return found


def _items(result: Result) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    items: Sequence[Item] = result.roadmap.items if result.roadmap else ()
    for item in items:
        for touchpoint in item.touchpoints:
            found[touchpoint].append(item)
    return found
