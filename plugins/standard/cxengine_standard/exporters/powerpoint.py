"""`report.pptx`: the report as slides, with charts and tables that can be edited in PowerPoint."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.language import Code, Language, language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.office import not_installed, printable, steady

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item

INK, QUIET, ACCENT, PAIN, LOVE = "17202C", "4B5866", "0A5C9E", "A84A08", "0A6CAB"
RAMP = ("E38D42", "F1AE70", "F8D2AC", "FCECDC", "EEF0F3", "E0EEF8", "BCDCF1", "8CC2E6", "5CA6D8")
"""Fills of the heatmap from pain to love, as in the report."""
ROWS = 14
"""Rows of a table, and bars of a chart, that fit on a slide."""


@attrs.frozen
class PowerPointOptions:
    """What the slides show."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    language: Code = option("The language of texts, numbers and dates: `en` or `de`.", default="en")


class PowerPointExporter(Exporter):
    """Writes `report.pptx`, or `report.public.pptx`; needs `cxengine[office]`."""

    name = "powerpoint"
    Options = PowerPointOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The slides; none for the public edition of a run that plans nothing."""
        public, say = self.options.edition == "public", language(self.options.language)
        if public and result.roadmap is None:
            return ()
        deck = _Deck(say)
        (_public if public else _internal)(deck, result, say)
        path = folder / ("report.public.pptx" if public else "report.pptx")
        path.write_bytes(deck.content())
        return (path,)


def _public(deck: _Deck, result: Result, say: Language) -> None:
    """Nothing but the public roadmap."""
    roadmap = publish(result, say)
    assert roadmap is not None
    deck.title(roadmap.name, roadmap.vision or say.text("What is coming"))
    for horizon, name in HORIZONS.items():
        rows = [(i.name, i.area, i.expected, ", ".join(i.touchpoints)) for i in roadmap.at(horizon)]
        heads = (say.text("Initiative"), say.text("Area"), say.text("Expected"), say.text("Touchpoints"))
        deck.table(say.word(name), heads, rows, (4.6, 2.6, 1.4, 3.4))
    told = (say.text("Milestone"), say.text("Expected"))
    deck.table(say.text("Milestones"), told, list(roadmap.milestones), (6.0, 2.0))


def _internal(deck: _Deck, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report import drivers, heatmap, summary

    told = summary.summarise(result, say)
    project = result.project.project
    deck.title(project.name, project.journey or say.text("Customer experience report"))
    _measured(deck, told, say)
    _journey(deck, result, told, say)
    if found := heatmap.draw(result, say):
        _heat(deck, found, say)
    for model in drivers.models(result, {}, say):
        _drivers(deck, model, say)
    if result.roadmap:
        _effort_impact(deck, result, say)
        _ranking(deck, result, say)
        _gantt(deck, result, say)
        _milestones(deck, result, say)


def _measured(deck: _Deck, told: Any, say: Language) -> None:
    heads = (say.text("Metric"), say.text("Value, 95%% interval"), say.text("Answers"), say.text("Target"))
    rows = [
        (
            tile.gauge.name,
            say.interval(tile.measurement),
            "\N{EN DASH}" if tile.measurement.suppressed else say.number(tile.measurement.n, 0),
            tile.verdict,
        )
        for tile in told.tiles
    ]
    deck.table(say.text("How do we do?"), heads, rows, (4.6, 3.0, 1.4, 3.0))


def _journey(deck: _Deck, result: Result, told: Any, say: Language) -> None:
    """Emotion as a line with its interval; what is not known is a gap in it."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    from cxengine_standard.exporters.report.journey_map import in_order

    touchpoints = in_order(result)
    feelings = [result.insight.feeling(t.id) for t in touchpoints]
    shown = [f.emotion if f and not f.emotion.suppressed else None for f in feelings]
    if not any(shown):
        return
    data = CategoryChartData(number_format="0.00")
    data.categories = [printable(t.name) for t in touchpoints]
    for name, part in (
        (say.text("Emotion"), "value"),
        (say.text("Lower limit, 95%%"), "low"),
        (say.text("Upper limit, 95%%"), "high"),
    ):
        data.add_series(name, [getattr(m, part) if m else None for m in shown])
    chart = deck.chart(told.hurts, XL_CHART_TYPE.LINE_MARKERS, data)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = -1, 1
    for series, colour, width in zip(
        chart.plots[0].series, (LOVE, "A9B4C0", "A9B4C0"), (2.5, 1, 1), strict=True
    ):
        deck.line(series, colour, width)


def _heat(deck: _Deck, found: Any, say: Language) -> None:
    def fill(row: int, column: int) -> str | None:
        cell = found.rows[row].cells[column - 1] if column else None
        return RAMP[cell.step + 4] if cell and cell.kind in ("all", "differs") else None

    rows = [(row.name, *(f"{cell.text} {cell.sign}".strip() for cell in row.cells)) for row in found.rows]
    heads = (say.text("Touchpoint"), *found.columns)
    widths = (3.0, *([9.3 / len(found.columns)] * len(found.columns)))
    title = say.text("Emotion by touchpoint and segment")
    note = say.text("Filled: everybody, and segments that differ from everybody beyond chance (▲ ▼).")
    deck.table(title, heads, rows, widths, fill=fill, note=note)


def _drivers(deck: _Deck, model: Any, say: Language) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    if not model.weights:
        return
    data = CategoryChartData(number_format="0.0%")
    shown = model.weights[:ROWS][::-1]
    data.categories = [printable(f"{w.driver.name} ({w.driver.ranks[0]}-{w.driver.ranks[1]})") for w in shown]
    data.add_series(say.text("Part of the variance"), [w.driver.importance.value for w in shown])
    chart = deck.chart(model.headline, XL_CHART_TYPE.BAR_CLUSTERED, data, legend=False)
    deck.fill(chart.plots[0].series[0], LOVE)
    chart.plots[0].gap_width = 45
    chart.plots[0].has_data_labels = True


def _effort_impact(deck: _Deck, result: Result, say: Language) -> None:
    """A series an area, every point labelled with its rank."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    assert result.roadmap is not None
    names = Names.of(result.loaded, say)
    data = XyChartData(number_format="0.00")
    by_area: dict[str, list[Item]] = {}
    for item in result.roadmap.items:
        by_area.setdefault(names.area(item.area), []).append(item)
    if not by_area:
        return
    for area, items in by_area.items():
        series = data.add_series(printable(area))
        for item in items:
            series.add_data_point(item.effort.likely, item.impact.likely)
    chart = deck.chart(say.text("Effort and impact"), XL_CHART_TYPE.XY_SCATTER, data)
    deck.axes(chart, say.text("Effort, person-weeks"), say.text("Impact, points"))
    for series, items in zip(chart.plots[0].series, by_area.values(), strict=True):
        series.format.line.fill.background()
        for number, item in enumerate(items):
            deck.label(series.points[number], str(item.rank))


def _ranking(deck: _Deck, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.standing import standing

    names, order = Names.of(result.loaded, say), standing(result, say)
    heads = (
        "#",
        say.text("Initiative"),
        say.text("Area"),
        say.text("Impact, points"),
        say.text("Effort, person-weeks"),
        say.text("Rank, 80%% of draws") if order.known else say.text("Score"),
    )
    rows = [
        (
            str(row.item.rank),
            row.item.name,
            names.area(row.item.area),
            say.estimate(row.item.impact),
            say.estimate(row.item.effort),
            row.interval if order.known else say.number(row.item.score, 2),
        )
        for row in order.rows
    ]
    deck.table(say.text("Priorities"), heads, rows, (0.5, 4.4, 2.2, 1.8, 1.8, 1.6))


def _gantt(deck: _Deck, result: Result, say: Language) -> None:
    """Bars from start to end in weeks: a series without fill holds them in their place."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    assert result.roadmap is not None
    planned = sorted(
        (i for i in result.roadmap.items if i.phases), key=lambda i: (i.phases[0].first_week, i.rank)
    )
    for number in range(0, len(planned), ROWS):
        shown = planned[number : number + ROWS][::-1]
        data = CategoryChartData(number_format="0")
        data.categories = [printable(f"{i.rank}. {i.name}") for i in shown]
        data.add_series(say.text("Starts after week"), [i.phases[0].first_week - 1 for i in shown])
        weeks = [max(s.last_week for s in i.phases) - i.phases[0].first_week + 1 for i in shown]
        data.add_series(say.text("Weeks"), weeks)
        title = say.text("Roadmap: weeks from %(day)s", day=say.day(result.roadmap.start))
        chart = deck.chart(title, XL_CHART_TYPE.BAR_STACKED, data, legend=False)
        chart.plots[0].gap_width, chart.plots[0].overlap = 40, 100
        chart.plots[0].series[0].format.fill.background()
        deck.fill(chart.plots[0].series[1], ACCENT)


def _milestones(deck: _Deck, result: Result, say: Language) -> None:
    assert result.roadmap is not None
    heads = (
        say.text("Milestone"),
        say.text("Due"),
        say.text("Reached"),
        say.text("Reached by then, how probably"),
    )
    rows = [
        (
            m.name,
            say.day(m.due),
            say.day(m.reached),
            "" if m.probability is None else say.percent(m.probability),
        )
        for m in result.roadmap.milestones
    ]
    deck.table(say.text("Milestones"), heads, rows, (5.0, 2.2, 2.2, 2.6))


# --- slides ----------------------------------------------------------------------------------------


class _Deck:
    """Slides in one layout: a title that says what there is to see, and one thing below it."""

    def __init__(self, say: Language) -> None:
        try:
            import pptx
        except ImportError as error:
            raise not_installed("PowerPoint slides", "python-pptx") from error
        self._say = say
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
