"""The effort-impact chart: every initiative with its low-to-high whiskers, and the quick-win region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.report.geometry import (
    Axis,
    Box,
    Label,
    RootScale,
    fitting,
    place_labels,
    shorten,
    text_width,
    ticks,
)

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item

WIDTH, HEIGHT = 800.0, 560.0
PLOT = Box(58, 14, 784, 506)
LABEL = 11.0
NUMBERED, LABELLED = 80, 60
"""Up to so many items, dots hold their rank; so many items have a label, the first in rank."""


@attrs.frozen
class Mark:
    """An initiative: its dot, whiskers (pixels) and label."""

    item: Item
    x: float
    y: float
    r: float
    area: int
    across: tuple[float, float]
    down: tuple[float, float]
    cut_right: bool
    cut_top: bool
    """Whether a whisker goes on beyond the chart."""
    label: Label | None = None

    def lines(self) -> Iterator[Box]:
        """What the whiskers cover."""
        yield Box(self.across[0], self.y - 1, self.across[1], self.y + 1)
        yield Box(self.x - 1, self.down[1], self.x + 1, self.down[0])


@attrs.frozen
class EffortImpact:
    """Everything that the template draws."""

    marks: tuple[Mark, ...]
    effort_ticks: tuple[tuple[float, float], ...]
    impact_ticks: tuple[tuple[float, float], ...]
    quick_effort: float
    quick_impact: float
    rooted: tuple[str, ...]
    """The axes that run by the square root."""
    numbered: bool
    corners: tuple[Label, ...]


def corners(say: Language) -> tuple[Label, ...]:
    """What the four regions are called."""
    return (
        Label(PLOT.left + 8, PLOT.top + 16, "start", say.text("Quick wins")),
        Label(PLOT.right - 6, PLOT.top + 16, "end", say.text("Big bets")),
        Label(PLOT.left + 8, PLOT.bottom - 8, "start", say.text("Fill-ins")),
        Label(PLOT.right - 6, PLOT.bottom - 8, "end", say.text("Think again")),
    )


def draw(result: Result, areas: Mapping[str | None, int], say: Language = ENGLISH) -> EffortImpact | None:
    """The chart of a run; None where it plans nothing. `areas` numbers the areas for their colours."""
    if result.roadmap is None or not result.roadmap.items or result.project.roadmap is None:
        return None
    settings, items = result.project.roadmap, result.roadmap.items
    across, efforts = _axis(
        [i.effort.likely for i in items], settings.quick_win_effort, PLOT.left, PLOT.right
    )
    up, impacts = _axis([i.impact.likely for i in items], settings.quick_win_impact, PLOT.bottom, PLOT.top)
    numbered = len(items) <= NUMBERED
    marks = [_mark(item, across, up, 9.0 if numbered else 4.0, areas[item.area]) for item in items]
    return EffortImpact(
        marks=_labelled(marks, corners(say)),
        effort_ticks=tuple((across(t), t) for t in efforts),
        impact_ticks=tuple((up(t), t) for t in impacts),
        quick_effort=across(settings.quick_win_effort),
        quick_impact=up(settings.quick_win_impact),
        rooted=tuple(
            name
            for name, axis in ((say.text("effort"), across), (say.text("impact"), up))
            if isinstance(axis, RootScale)
        ),
        numbered=numbered,
        corners=corners(say),
    )


def _axis(values: Sequence[float], border: float, start: float, end: float) -> tuple[Axis, tuple[float, ...]]:
    """A linear axis; where most values would crowd at its start, one by the square root. And its ticks."""
    found = ticks(min(0.0, *values), max(border * 1.4, max(values) * 1.2), 7)
    return fitting(values, found, start, end)


def _mark(item: Item, across: Axis, up: Axis, r: float, area: int) -> Mark:
    return Mark(
        item=item,
        x=across(item.effort.likely),
        y=up(item.impact.likely),
        r=r,
        area=area,
        across=(across.clamp(item.effort.low), across.clamp(item.effort.high)),
        down=(up.clamp(item.impact.low), up.clamp(item.impact.high)),
        cut_right=item.effort.high > across.high,
        cut_top=item.impact.high > up.high,
    )


def _labelled(marks: Sequence[Mark], around: Sequence[Label]) -> tuple[Mark, ...]:
    names = [shorten(m.item.name, 190, LABEL) if n < LABELLED else "" for n, m in enumerate(marks)]
    labels = place_labels(
        [(m.x, m.y, m.r, name) for m, name in zip(marks, names, strict=True)],
        PLOT,
        LABEL,
        obstacles=[_box(corner) for corner in around],
        lines=[line for mark in marks for line in mark.lines()],
    )
    return tuple(attrs.evolve(m, label=label) for m, label in zip(marks, labels, strict=True))


def _box(corner: Label) -> Box:
    width = text_width(corner.text, 12.5)
    left = corner.x if corner.anchor == "start" else corner.x - width
    return Box(left, corner.y - 12, left + width, corner.y + 4)
