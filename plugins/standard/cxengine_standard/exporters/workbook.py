"""A workbook: tables with a head that stays, and native charts on sheets of their own."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from typing import Any

from cxengine_standard.exporters.office import not_installed, printable, steady

Value = str | float | int | dt.date | None
Reach = tuple[float, float]
"""How far an interval reaches below and above its value."""


class Book:
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
        self,
        title: str,
        sheet: str,
        labels: Sequence[str],
        *,
        axes: tuple[str, str],
        across: Sequence[Reach],
        up: Sequence[Reach],
    ) -> None:
        """Effort (column J) across, impact (column G) up, with whiskers from low to high."""
        chart, rows = self._book.add_chart({"type": "scatter"}), len(labels)
        blue = {"type": "circle", "size": 8, "fill": {"color": "#0A6CAB"}, "border": {"none": True}}
        chart.add_series(
            {
                "name": title,
                "categories": [sheet, 1, 9, rows, 9],
                "values": [sheet, 1, 6, rows, 6],
                "marker": blue,
                "x_error_bars": _whiskers(across),
                "y_error_bars": _whiskers(up),
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

    def bars(self, title: str, sheet: str, name: str, reaches: Sequence[Reach]) -> None:
        """Column C as bars, with whiskers."""
        chart, rows = self._book.add_chart({"type": "bar"}), len(reaches)
        chart.add_series(
            {
                "name": name,
                "categories": [sheet, 1, 1, rows, 1],
                "values": [sheet, 1, 2, rows, 2],
                "fill": {"color": "#0A6CAB"},
                "y_error_bars": _whiskers(reaches),
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


def _whiskers(reaches: Sequence[Reach]) -> dict[str, Any]:
    return {
        "type": "custom",
        "minus_values": [below for below, _ in reaches],
        "plus_values": [above for _, above in reaches],
        "line": {"color": "#626F7D"},
    }
