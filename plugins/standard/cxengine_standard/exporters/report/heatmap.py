"""The heatmap: emotion of every segment at every touchpoint, as a table that is also the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.report.journey_map import in_order

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.insight import Insight


@attrs.frozen
class HeatCell:
    """A cell: what it shows, its step on the scale of colours from -4 (pain) to 4 (love), and its title."""

    text: str
    step: int
    kind: Literal["all", "differs", "same", "suppressed", "empty"]
    title: str
    sign: str = ""
    """▲ or ▼ where the segment feels better or worse than everybody."""


@attrs.frozen
class HeatRow:
    """A touchpoint."""

    position: int
    name: str
    moment_of_truth: bool
    cells: tuple[HeatCell, ...]


@attrs.frozen
class Heatmap:
    """Columns (everybody first) and rows in the order of the journey."""

    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    differing: int


def draw(result: Result, say: Language = ENGLISH) -> Heatmap | None:
    """The heatmap of a run; None where no segment is declared or nobody said anything."""
    segments = result.project.segments
    if not segments or not result.insight.feelings:
        return None
    columns = ("all", *(segment.id for segment in segments))
    least = result.project.privacy.minimum_n
    rows = tuple(
        HeatRow(
            position,
            touchpoint.name,
            touchpoint.moment_of_truth,
            tuple(_cell(result.insight, touchpoint.id, segment, least, say) for segment in columns),
        )
        for position, touchpoint in enumerate(in_order(result))
    )
    return Heatmap(
        columns=(say.word("Everybody"), *(segment.name for segment in segments)),
        rows=rows,
        differing=sum(cell.kind == "differs" for row in rows for cell in row.cells),
    )


def _cell(insight: Insight, touchpoint: str, segment: str, least: int, say: Language) -> HeatCell:
    feeling, everybody = insight.feeling(touchpoint, segment), insight.feeling(touchpoint)
    if feeling is None:
        return HeatCell("", 0, "empty", say.text("no answers"))
    emotion = feeling.emotion
    if emotion.suppressed:
        return HeatCell(
            f"n<{least}", 0, "suppressed", say.text("fewer than %(least)s answers: not shown", least=least)
        )
    text = say.number(emotion.value, 2, signed=True)
    title = f"{say.interval(emotion)}, {say.answers(emotion.n)}"
    if segment == "all":
        return HeatCell(text, step(emotion.value), "all", title)
    if feeling.as_of or (everybody and everybody.as_of):  # nobody compared what is not of now
        return HeatCell(text, step(emotion.value), "same", title)
    if not feeling.differs:
        return HeatCell(
            text, step(emotion.value), "same", f"{title}; {say.text('no clear difference from everybody')}"
        )
    better = everybody is not None and emotion.value > everybody.emotion.value
    told = (
        say.text("better than everybody beyond chance")
        if better
        else say.text("worse than everybody beyond chance")
    )
    return HeatCell(text, step(emotion.value), "differs", f"{title}; {told}", "▲" if better else "▼")


def step(emotion: float) -> int:
    """The step of an emotion from -1 to 1 on the scale of colours: 0 near neutral, 4 from 0.7 on."""
    size = sum(abs(emotion) >= border for border in (0.1, 0.3, 0.5, 0.7))
    return size if emotion > 0 else -size
