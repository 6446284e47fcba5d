"""`report.xlsx`: everything that the report shows as tables to work with, and native charts."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
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

Value = str | float | int | dt.date | None


@attrs.frozen
class ExcelOptions:
    """What the workbook holds."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    language: Code = option("The language of texts: `en` or `de`.", default="en")


class ExcelExporter(Exporter):
    """Writes `report.xlsx`, or `report.public.xlsx`; needs `cxengine[office]`."""

    name = "excel"
    Options = ExcelOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The workbook; none for the public edition of a run that plans nothing."""
        public, say = self.options.edition == "public", language(self.options.language)
        if public and result.roadmap is None:
            return ()
        book = _Book()
        (_public if public else _internal)(book, result, say)
        path = folder / ("report.public.xlsx" if public else "report.xlsx")
        path.write_bytes(book.content())
        return (path,)


def _public(book: _Book, result: Result, say: Language) -> None:
    """Nothing but the public roadmap."""
    roadmap = publish(result, say)
    assert roadmap is not None
    heads = [
        say.text("When"),
        say.text("Expected"),
        say.text("Area"),
        say.text("Initiative"),
        say.text("Touchpoints"),
    ]
    rows = [
        [say.word(HORIZONS[item.horizon]), item.expected, item.area, item.name, ", ".join(item.touchpoints)]
        for item in roadmap.items
    ]
    book.sheet(say.text("Roadmap"), heads, rows, [12, 12, 24, 48, 48])


def _internal(book: _Book, result: Result, say: Language) -> None:
    if result.roadmap:
        _roadmap(book, result, say)
    _journey(book, result, say)
    _heat(book, result, say)
    _drivers(book, result, say)
    _measurements(book, result, say)
    _sources(book, result, say)


def _roadmap(book: _Book, result: Result, say: Language) -> None:
    """Every item with its numbers, the chart of effort and impact, and the bars of the timeline."""
    assert result.roadmap is not None
    names = Names.of(result.loaded, say)
    heads = [
        "#",
        say.text("Initiative"),
        say.text("Area"),
        say.text("Team"),
        say.text("Owner"),
        say.text("Score"),
    ]
    heads += [say.text("Impact, points"), say.text("Impact, low"), say.text("Impact, high")]
    heads += [say.text("Effort, person-weeks"), say.text("Effort, low"), say.text("Effort, high")]
    heads += [say.text("Cost"), say.text("Start"), say.text("End"), say.text("Days"), say.text("Why")]
    items = result.roadmap.items
    rows: list[list[Value]] = [
        [
            item.rank, item.name, names.area(item.area), names.team(item.team), item.owner, item.score,
            item.impact.likely, item.impact.low, item.impact.high,
            item.effort.likely, item.effort.low, item.effort.high,
            item.cost, item.start, item.end,
            (item.end - item.start).days + 1 if item.start and item.end else None,
            " ".join(reason.text for reason in item.reasons),
        ]
        for item in items
    ]  # fmt: skip
    name = say.text("Roadmap")
    book.sheet(name, heads, rows, [5, 44, 22, 20, 22, 9, 10, 10, 10, 10, 10, 10, 12, 12, 12, 7, 90])
    if rows:
        book.scatter(
            say.text("Effort and impact"), name, len(rows), [str(i.rank) for i in items], (heads[9], heads[6])
        )
        book.gantt(say.text("Timeline"), name, len(rows), heads[13], result.roadmap.start)


def _journey(book: _Book, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.journey_map import in_order

    names = Names.of(result.loaded, say)
    heads = [say.text("Stage"), say.text("Touchpoint"), say.text("Moment of truth"), say.text("Emotion")]
    heads += [
        say.text("Lower limit, 95%%"),
        say.text("Upper limit, 95%%"),
        say.text("Pain"),
        say.text("Love"),
    ]
    heads += [say.text("Reach"), say.text("Answers"), say.text("Backed")]
    rows: list[list[Value]] = []
    for touchpoint in in_order(result):
        feeling = result.insight.feeling(touchpoint.id)
        known = feeling if feeling and not feeling.emotion.suppressed else None
        moment = say.text("yes") if touchpoint.moment_of_truth else ""
        row: list[Value] = [names.stages.get(touchpoint.stage, touchpoint.stage), touchpoint.name, moment]
        if known:
            m = known.emotion
            row += [
                m.value,
                m.low,
                m.high,
                known.pain.value,
                known.love.value,
                known.reach,
                m.n,
                say.word(known.grade),
            ]
        rows.append(row)
    name = say.text("Journey")
    book.sheet(name, heads, rows, [24, 36, 14, 10, 12, 12, 10, 10, 10, 10, 12])
    book.lines(say.text("Emotion along the journey"), name, len(rows), heads[3:6])


def _heat(book: _Book, result: Result, say: Language) -> None:
    from cxengine_standard.exporters.report.heatmap import draw
    from cxengine_standard.exporters.report.journey_map import in_order

    found = draw(result, say)
    if found is None:
        return
    segments = ["all", *(segment.id for segment in result.project.segments)]
    rows: list[list[Value]] = []
    for touchpoint, row in zip(in_order(result), found.rows, strict=True):
        values: list[Value] = [touchpoint.name]
        for segment, cell in zip(segments, row.cells, strict=True):
            feeling = result.insight.feeling(touchpoint.id, segment)
            shown = feeling is not None and not feeling.emotion.suppressed
            values.append(feeling.emotion.value if shown and feeling else cell.text)
        rows.append(values)
    name = say.text("Segments")
    book.sheet(name, [say.text("Touchpoint"), *found.columns], rows, [36, *([16] * len(found.columns))])
    book.colours(name, len(rows), len(found.columns))


def _drivers(book: _Book, result: Result, say: Language) -> None:
    heads = [
        say.text("Outcome"),
        say.text("Driver"),
        say.text("Part of the variance"),
        say.text("Lower limit, 95%%"),
    ]
    heads += [
        say.text("Upper limit, 95%%"),
        say.text("First rank"),
        say.text("Last rank"),
        say.text("Performance"),
    ]
    heads += [say.text("Correlation"), say.text("Answers"), say.text("Quadrant")]
    rows: list[list[Value]] = [
        [
            model.outcome, d.name, d.importance.value, d.importance.low, d.importance.high, *d.ranks,
            d.performance.value if d.performance else None, d.pearson.value, d.n,
            say.word(d.quadrant.name) if d.quadrant else "",
        ]
        for model in result.insight.drivers.models
        for d in model.drivers
    ]  # fmt: skip
    if rows:
        name = say.text("Drivers")
        book.sheet(name, heads, rows, [30, 36, 12, 12, 12, 10, 10, 12, 12, 10, 20])
        book.bars(say.text("Relative weights"), name, len(rows), heads[2])


def _measurements(book: _Book, result: Result, say: Language) -> None:
    """Everything measured now, suppressed cells without numbers."""
    names = Names.of(result.loaded, say)
    heads = [say.text("Metric"), say.text("Where"), say.text("Segment"), say.text("Value")]
    heads += [say.text("Lower limit, 95%%"), say.text("Upper limit, 95%%"), say.text("Answers")]
    rows: list[list[Value]] = []
    for (metric, cell), m in sorted(result.measurements.by_cell.items(), key=lambda pair: str(pair[0])):
        if cell.period != "current" or metric not in names.metrics or cell.segment not in names.segments:
            continue
        where = names.touchpoint("journey") if cell.level == "journey" else names.touchpoint(cell.subject)
        where = names.stages.get(cell.subject, cell.subject) if cell.level == "stage" else where
        numbers: list[Value] = (
            [say.text("too few answers to show")] if m.suppressed else [m.value, m.low, m.high, m.n]
        )
        rows.append([names.metrics[metric], where, names.segments[cell.segment], *numbers])
    book.sheet(say.text("Measurements"), heads, rows, [34, 36, 26, 12, 14, 14, 10])


def _sources(book: _Book, result: Result, say: Language) -> None:
    heads = [say.text("Source"), say.text("Rows read"), say.text("Rows used"), say.text("Rows quarantined")]
    heads += [say.text("Values read"), say.text("Values used")]
    rows: list[list[Value]] = [
        [a.source, a.rows_read, a.rows_used, a.rows_quarantined, a.values_read, a.values_used]
        for a in result.evidence.accounts
    ]
    book.sheet(say.text("Sources"), heads, rows, [30, 14, 14, 16, 14, 14])


# --- the workbook ----------------------------------------------------------------------------------


class _Book:
    """Sheets with a head that stays, a filter, and charts beside their data. No text is ever a formula."""

    def __init__(self) -> None:
        try:
            import xlsxwriter
        except ImportError as error:
            raise not_installed("Excel workbooks", "XlsxWriter") from error
        self._out = io.BytesIO()
        quiet = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(self._out, {**quiet, "in_memory": True, "nan_inf_to_errors": False})
        self._head = self._book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1D3A57", "text_wrap": True, "valign": "top"}
        )
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._number = self._book.add_format({"num_format": "#,##0.00"})
        self._whole = self._book.add_format({"num_format": "#,##0"})
        self._sheets: dict[str, Any] = {}

    def content(self) -> bytes:
        """The file."""
        self._book.close()
        return steady(self._out.getvalue())

    def sheet(
        self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Value]], widths: Sequence[int]
    ) -> None:
        """A table with a head that stays in sight."""
        sheet = self._sheets[name] = self._book.add_worksheet(name[:31])
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, printable(head), self._head)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._write(sheet, number, column, value)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)

    def _write(self, sheet: Any, row: int, column: int, value: Value) -> None:
        match value:
            case None:
                return
            case str():
                sheet.write_string(row, column, printable(value)[:32_000])
            case dt.date():
                sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), self._day)
            case int():
                sheet.write_number(row, column, value, self._whole)
            case float() if math.isfinite(value):
                sheet.write_number(row, column, value, self._number)

    def scatter(
        self, title: str, sheet: str, rows: int, labels: Sequence[str], axes: tuple[str, str]
    ) -> None:
        """Effort (column J) across, impact (column G) up, with whiskers from low to high."""
        chart = self._book.add_chart({"type": "scatter"})
        chart.add_series(
            {
                "name": title,
                "categories": [sheet, 1, 9, rows, 9],
                "values": [sheet, 1, 6, rows, 6],
                "marker": {
                    "type": "circle",
                    "size": 8,
                    "fill": {"color": "#0A6CAB"},
                    "border": {"none": True},
                },
                "data_labels": {
                    "custom": [{"value": label} for label in labels],
                    "value": True,
                    "position": "right",
                },
            }
        )
        self._place(chart, title, axes)

    def gantt(self, title: str, sheet: str, rows: int, starts: str, first: dt.date) -> None:
        """Bars from start (column N) for so many days (column P)."""
        chart = self._book.add_chart({"type": "bar", "subtype": "stacked"})
        names = [sheet, 1, 1, rows, 1]
        chart.add_series(
            {"name": starts, "categories": names, "values": [sheet, 1, 13, rows, 13], "fill": {"none": True}}
        )
        chart.add_series(
            {
                "name": title,
                "categories": names,
                "values": [sheet, 1, 15, rows, 15],
                "fill": {"color": "#0A5C9E"},
                "gap": 40,
            }
        )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "mmm yyyy", "min": (first - dt.date(1899, 12, 30)).days})
        chart.set_legend({"none": True})
        self._place(chart, title, None, height=max(360, 22 * rows + 80))

    def lines(self, title: str, sheet: str, rows: int, names: Sequence[str]) -> None:
        """Columns D to F as lines: the value and its limits."""
        chart = self._book.add_chart({"type": "line"})
        for column, (name, colour, width) in enumerate(
            zip(names, ("#0A6CAB", "#A9B4C0", "#A9B4C0"), (2.5, 1, 1), strict=True), 3
        ):
            chart.add_series(
                {
                    "name": name,
                    "categories": [sheet, 1, 1, rows, 1],
                    "values": [sheet, 1, column, rows, column],
                    "line": {"color": colour, "width": width},
                }
            )
        chart.set_y_axis({"min": -1, "max": 1, "crossing": -1})
        chart.show_blanks_as("gap")
        self._place(chart, title, None)

    def bars(self, title: str, sheet: str, rows: int, name: str) -> None:
        """Column C as bars."""
        chart = self._book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": name,
                "categories": [sheet, 1, 1, rows, 1],
                "values": [sheet, 1, 2, rows, 2],
                "fill": {"color": "#0A6CAB"},
                "gap": 40,
            }
        )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "0%"})
        chart.set_legend({"none": True})
        self._place(chart, title, None, height=max(360, 22 * rows + 80))

    def colours(self, sheet: str, rows: int, columns: int) -> None:
        """A scale of colours from pain over neutral to love."""
        scale = {
            "type": "3_color_scale",
            "min_type": "num",
            "min_value": -1,
            "mid_type": "num",
            "mid_value": 0,
            "max_type": "num",
            "max_value": 1,
            "min_color": "#E38D42",
            "mid_color": "#EEF0F3",
            "max_color": "#5CA6D8",
        }
        self._sheets[sheet].conditional_format(1, 1, rows, columns, scale)

    def _place(self, chart: Any, title: str, axes: tuple[str, str] | None, height: int = 480) -> None:
        """A chart on a sheet of its own name."""
        chart.set_title({"name": title, "overlay": False})
        if axes:
            chart.set_x_axis({"name": axes[0]})
            chart.set_y_axis({"name": axes[1]})
            chart.set_legend({"none": True})
        chart.set_size({"width": 1100, "height": height})
        sheet = self._sheets[title] = self._book.add_worksheet(title[:31])
        sheet.insert_chart("B2", chart)
