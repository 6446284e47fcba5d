"""The effort-impact chart: every initiative with its low-to-high whiskers, and the quick-win region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.report.geometry import Box, Label, Scale, place_labels, shorten, ticks

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item

WIDTH, HEIGHT = 800.0, 560.0
PLOT = Box(58, 14, 784, 506)
LABEL = 11.0
NUMBERED = 80
"""Up to this many items, dots hold their rank."""


@attrs.frozen
class Mark:
    """An initiative: its dot, whiskers (pixels) and label."""

    item: Item
    x: float
    y: float
    r: float
    across: tuple[float, float]
    down: tuple[float, float]
    label: Label | None
    area: int


@attrs.frozen
class EffortImpact:
    """Everything that the template draws."""

    marks: tuple[Mark, ...]
    effort_ticks: tuple[tuple[float, float], ...]
    impact_ticks: tuple[tuple[float, float], ...]
    quick_effort: float
    quick_impact: float
    numbered: bool
    corners: tuple[Label, ...]


def draw(result: Result, areas: Mapping[str | None, int]) -> EffortImpact | None:
    """The chart of a run; None where it plans nothing. `areas` numbers the areas for their colours."""
    if result.roadmap is None or not result.roadmap.items or result.project.roadmap is None:
        return None
    settings, items = result.project.roadmap, result.roadmap.items
    efforts = ticks(0, max(settings.quick_win_effort * 1.2, *(i.effort.high for i in items)), 8)
    impacts = ticks(
        min(0.0, *(i.impact.low for i in items)),
        max(settings.quick_win_impact * 1.2, *(i.impact.high for i in items)),
        6,
    )
    across = Scale(efforts[0], efforts[-1], PLOT.left, PLOT.right)
    up = Scale(impacts[0], impacts[-1], PLOT.bottom, PLOT.top)
    numbered = len(items) <= NUMBERED
    r = 9.0 if numbered else 4.0
    corners = _corners(across(settings.quick_win_effort), up(settings.quick_win_impact))
    spots = [(across(i.effort.likely), up(i.impact.likely), r, shorten(i.name, 190, LABEL)) for i in items]
    labels = place_labels(spots, PLOT, LABEL, [_box(c) for c in corners])
    return EffortImpact(
        marks=tuple(
            Mark(
                item,
                x,
                y,
                r,
                (across(item.effort.low), across(item.effort.high)),
                (up(item.impact.low), up(item.impact.high)),
                label,
                areas[item.area],
            )
            for item, (x, y, _, _), label in zip(items, spots, labels, strict=True)
        ),
        effort_ticks=tuple((across(t), t) for t in efforts),
        impact_ticks=tuple((up(t), t) for t in impacts),
        quick_effort=across(settings.quick_win_effort),
        quick_impact=up(settings.quick_win_impact),
        numbered=numbered,
        corners=corners,
    )


def _corners(x: float, y: float) -> tuple[Label, ...]:
    """Names of the four quadrants, each in its outer corner."""
    return (
        Label(PLOT.left + 8, PLOT.top + 16, "start", "Quick wins"),
        Label(PLOT.right - 6, PLOT.top + 16, "end", "Big bets"),
        Label(PLOT.left + 8, PLOT.bottom - 8, "start", "Fill-ins"),
        Label(PLOT.right - 6, PLOT.bottom - 8, "end", "Think again"),
    )


def _box(label: Label) -> Box:
    width = 84.0
    left = label.x if label.anchor == "start" else label.x - width
    return Box(left, label.y - 12, left + width, label.y + 4)
