"""Reads a sheet of a workbook: Excel's .xlsx, .xlsm, .xlsb and .xls, and .ods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxengine.diagnostics import Diagnostic, EvidenceError, Location, closest
from cxengine.plugin import Batch, OptionError, Reject
from cxengine_standard.sources.canonical import canonical, canonical_column
from cxengine_standard.sources.header import column_names, header_line
from cxengine_standard.sources.written_cells import written_cells

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine_standard.sources.file import FileOptions

ROWS = 1 << 16
SAMPLE_RECORDS = 50

_ALIKE = {str, bool, dt.date, dt.datetime}
"""Types of which Arrow writes a column as `canonical` writes each cell."""
Cells = Sequence[Any]
"""As the workbook has them; an empty one is an empty text."""


def read_workbook(path: Path, origin: str, options: FileOptions) -> Iterator[Batch]:
    """The rows of a sheet as text: dates as ISO 8601, formulas as the values that were saved with them.

    Rows without any value are none; cells missing at the end of a row are empty.

    Raises:
        EvidenceError: CX204, CX207, CX208: it is no workbook, is empty, or has no such sheet.
    """
    records = _records(path, origin, options.sheet)
    sample = list(islice(records, SAMPLE_RECORDS))
    if not sample:
        raise EvidenceError(Diagnostic("CX204", f"{origin}: the sheet is empty.", Location(origin)))
    names, before = _header(sample, origin, options)
    data = islice(enumerate(chain(sample, records), 1 - before), before, None)
    yield _batch(origin, names, ())
    while chunk := tuple(islice(data, ROWS)):
        yield _batch(origin, names, chunk)


def _header(sample: Sequence[Cells], origin: str, options: FileOptions) -> tuple[list[str], int]:
    """The names of the columns, and how many records come before the data."""
    if options.columns:
        return column_names(options.columns), options.skip_rows
    filled = [[canonical(cell) or "" for cell in record] for record in sample]
    line = header_line(filled) if options.header is None else options.header - 1
    if not 0 <= line < len(filled):
        message = f"{origin} has no line {options.header} to take the column names from."
        raise OptionError("header", Diagnostic("CX207", message))
    return column_names(filled[line][: _width(filled[line])]), line + 1 + options.skip_rows


def _batch(origin: str, names: Sequence[str], records: Sequence[tuple[int, Cells]]) -> Batch:
    import pyarrow as pa

    width = len(names)
    good = [record for record in records if len(record[1]) <= width or _width(record[1]) <= width]
    columns = list(zip(*(cells for _, cells in good), strict=True)) + [()] * width
    arrays = [_column(columns[i] or (None,) * len(good)) for i in range(width)]
    rejects = tuple(
        Reject(
            position,
            f"{_width(cells)} cells where the header has {width}",
            ", ".join(canonical(cell) or "" for cell in cells),
        )
        for position, cells in (records if len(good) < len(records) else ())
        if _width(cells) > width
    )
    rows = pa.RecordBatch.from_arrays(arrays, list(names))
    return Batch(origin, rows, pa.array([position for position, _ in good], pa.int64()), rejects)


def _column(cells: Cells) -> pa.StringArray:
    """Cells as text; most columns hold values of one type, which Arrow writes at once."""
    import pyarrow as pa

    found = [None if cell == "" else cell for cell in cells]
    kinds = {type(cell) for cell in found} - {type(None)}
    if kinds <= {int, float}:
        return canonical_column(pa.array(found, pa.float64()))
    if len(kinds) == 1 and kinds <= _ALIKE:
        return canonical_column(pa.array(found))
    return pa.array([canonical(cell) for cell in found], pa.string())


def _records(path: Path, origin: str, sheet: str | None) -> Iterator[Cells]:
    """The records of the sheet that hold anything."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    hint = "Open it in Excel and save it as .xlsx."
    try:
        with CalamineWorkbook.from_path(path) as book:
            named = _sheet(book, origin, sheet)
            rows = book.get_sheet_by_name(named).to_python(skip_empty_area=False)
    except PasswordError as error:
        message = f"{origin} is protected by a password."
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), "Save it without one.")) from error
    except (CalamineError, OSError) as error:
        message = f"{origin} is not a readable Excel workbook."
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint)) from error
    for row, column, text in written_cells(path, named):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    return (cells for cells in rows if any(cell != "" for cell in cells) and _width(cells))


def _sheet(book: Any, origin: str, sheet: str | None) -> str:
    from python_calamine import SheetTypeEnum

    names = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    if not names:
        raise EvidenceError(Diagnostic("CX208", f"{origin} has no sheet with cells.", Location(origin)))
    if sheet is None:
        return str(names[0])
    if sheet not in names:
        near = closest(sheet, names)
        hint = f'Did you mean "{near}"?' if near else f"Sheets: {', '.join(names)}"
        raise OptionError("sheet", Diagnostic("CX208", f'{origin} has no sheet "{sheet}".', hint=hint))
    return sheet


def _width(cells: Cells) -> int:
    """Cells up to the last that is filled."""
    width = len(cells)
    while width and (cells[width - 1] is None or str(cells[width - 1]).strip() == ""):
        width -= 1
    return width
