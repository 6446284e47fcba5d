"""Slides in one layout: a title that says what there is to see, and one thing below it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cxengine_standard.exporters.office import not_installed, printable, steady

INK, QUIET = "17202C", "4B5866"
ROWS = 14
"""Rows of a table, and bars of a chart, that fit on a slide."""


class Deck:
    """A presentation that grows slide by slide."""

    def __init__(self) -> None:
        try:
            import pptx
        except ImportError as error:
            raise not_installed("PowerPoint slides", "python-pptx") from error
        self._deck = pptx.Presentation()
        self._deck.slide_width, self._deck.slide_height = pptx.util.Inches(13.333), pptx.util.Inches(7.5)

    def content(self) -> bytes:
        """The file."""
        out = io.BytesIO()
        self._deck.core_properties.author = "cxengine"
        self._deck.save(out)
        return steady(out.getvalue())

    def title(self, name: str, told: str) -> None:
        """The first slide."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[6])
        self._text(slide, name, (0.9, 2.6, 11.5, 1.0), size=40, bold=True)
        self._text(slide, told, (0.9, 3.7, 11.5, 1.2), size=20, colour=QUIET)

    def _slide(self, title: str) -> Any:
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        holder = slide.shapes.title
        from pptx.util import Inches

        holder.left, holder.top, holder.width, holder.height = map(Inches, (0.5, 0.35, 12.3, 0.8))
        holder.text_frame.text = printable(title)
        self._styled(holder.text_frame.paragraphs[0], 26, bold=True)
        return slide

    def _text(
        self,
        slide: Any,
        text: str,
        box: tuple[float, float, float, float],
        *,
        size: int,
        bold: bool = False,
        colour: str = INK,
    ) -> None:
        from pptx.util import Inches

        frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
        frame.word_wrap = True
        frame.text = printable(text)
        for paragraph in frame.paragraphs:
            self._styled(paragraph, size, bold=bold, colour=colour)

    def _styled(self, paragraph: Any, size: int, *, bold: bool = False, colour: str = INK) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold = Pt(size), bold
        paragraph.font.color.rgb = RGBColor.from_string(colour)

    def table(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        fill: Callable[[int, int], str | None] | None = None,
        note: str = "",
    ) -> None:
        """A table of its own on as many slides as it takes; nothing where there are no rows."""
        from pptx.util import Inches

        for first, part in _parts(rows):
            slide = self._slide(title)
            place = (Inches(0.5), Inches(1.3), Inches(sum(widths)), Inches(0.36 * (len(part) + 1)))
            table = slide.shapes.add_table(len(part) + 1, len(heads), *place).table
            table.horz_banding = False
            for column, width in enumerate(widths):
                table.columns[column].width = Inches(width)
                self._cell(table.cell(0, column), heads[column], "1D3A57", bold=True, colour="FFFFFF")
            for row, texts in enumerate(part):
                for column, text in enumerate(texts):
                    self._cell(
                        table.cell(row + 1, column),
                        text,
                        (fill(first + row, column) if fill else None) or "FFFFFF",
                    )
            if note:
                self._text(slide, note, (0.5, 7.0, 12.3, 0.4), size=11, colour=QUIET)

    def _cell(self, cell: Any, text: str, fill: str, *, bold: bool = False, colour: str = INK) -> None:
        from pptx.dml.color import RGBColor
        from pptx.util import Inches

        cell.text = printable(text)
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(fill)
        cell.margin_top = cell.margin_bottom = Inches(0.03)
        for paragraph in cell.text_frame.paragraphs:
            self._styled(paragraph, 12, bold=bold, colour=colour)

    def chart(self, title: str, kind: Any, data: Any, *, legend: bool = True) -> Any:
        """A native chart below its title."""
        from pptx.enum.chart import XL_LEGEND_POSITION
        from pptx.util import Inches, Pt

        place = map(Inches, (0.5, 1.25, 12.3, 5.9))
        chart = self._slide(title).shapes.add_chart(kind, *place, data).chart
        chart.font.size = Pt(12)
        chart.has_title = False
        chart.has_legend = legend
        if legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        return chart

    def axes(self, chart: Any, across: str, up: str) -> None:
        """What the axes are called."""
        for axis, text in ((chart.category_axis, across), (chart.value_axis, up)):
            axis.has_title = True
            axis.axis_title.text_frame.text = printable(text)

    def line(self, series: Any, colour: str, width: float) -> None:
        """How a line is drawn; only a thick one has markers."""
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_MARKER_STYLE
        from pptx.util import Pt

        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(colour), Pt(width)
        series.marker.style = XL_MARKER_STYLE.CIRCLE if width > 2 else XL_MARKER_STYLE.NONE
        if width > 2:
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = RGBColor.from_string(colour)

    def fill(self, series: Any, colour: str) -> None:
        """The colour of bars."""
        from pptx.dml.color import RGBColor

        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(colour)

    def label(self, point: Any, text: str) -> None:
        """A text beside a point."""
        from pptx.enum.chart import XL_LABEL_POSITION

        point.data_label.text_frame.text = text
        point.data_label.position = XL_LABEL_POSITION.RIGHT


def _parts(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, Sequence[Sequence[str]]]]:
    """Rows slide by slide, each with the number of its first."""
    for first in range(0, len(rows), ROWS):
        yield first, rows[first : first + ROWS]
