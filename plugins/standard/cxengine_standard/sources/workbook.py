"""Reads a sheet of an Excel workbook, row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from cxengine.diagnostics import Diagnostic, EvidenceError, Location, closest
from cxengine.plugin import Batch, OptionError, Reject
from cxengine_standard.sources.canonical import canonical
from cxengine_standard.sources.header import column_names, header_line

if TYPE_CHECKING:
    from cxengine_standard.sources.file import FileOptions

ROWS = 1 << 14
SAMPLE_RECORDS = 50

Cells = Sequence[str | None]


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
    filled = [[cell or "" for cell in record] for record in sample]
    line = header_line(filled) if options.header is None else options.header - 1
    if not 0 <= line < len(filled):
        message = f"{origin} has no line {options.header} to take the column names from."
        raise OptionError("header", Diagnostic("CX207", message))
    return column_names(filled[line][: _width(filled[line])]), line + 1 + options.skip_rows


def _batch(origin: str, names: Sequence[str], records: Sequence[tuple[int, Cells]]) -> Batch:
    import pyarrow as pa

    width = len(names)
    good = [(position, cells) for position, cells in records if _width(cells) <= width]
    columns = [[cells[i] if i < len(cells) else None for _, cells in good] for i in range(width)]
    rejects = (
        Reject(
            position,
            f"{_width(cells)} cells where the header has {width}",
            ", ".join(c or "" for c in cells),
        )
        for position, cells in records
        if _width(cells) > width
    )
    rows = pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], list(names))
    return Batch(origin, rows, pa.array([position for position, _ in good], pa.int64()), tuple(rejects))


def _records(path: Path, origin: str, sheet: str | None) -> Iterator[Cells]:
    """The records of the sheet that hold anything."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it does not know; values are not touched by them.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        message, hint = (
            f"{origin} is not a readable Excel workbook.",
            "Open it in Excel and save it as .xlsx.",
        )
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint)) from error
    try:
        for record in _sheet(book, origin, sheet).iter_rows(values_only=True):
            cells = [canonical(cell) for cell in record]
            if _width(cells):
                yield cells
    finally:
        book.close()


def _sheet(book: Any, origin: str, sheet: str | None) -> Any:
    names = [s.title for s in book.worksheets]
    if sheet is None:
        return book.worksheets[0]
    if sheet not in names:
        near = closest(sheet, names)
        hint = f'Did you mean "{near}"?' if near else f"Sheets: {', '.join(names)}"
        raise OptionError("sheet", Diagnostic("CX208", f'{origin} has no sheet "{sheet}".', hint=hint))
    return book[sheet]


def _width(cells: Cells) -> int:
    """Cells up to the last that is filled."""
    width = len(cells)
    while width and not (cells[width - 1] or "").strip():
        width -= 1
    return width
