"""Cells of Excel of which what reads workbooks loses something, as they are written in the file.

Errors such as #N/A it takes for empty cells; of whole numbers it keeps 53 bits, where ids have more digits.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile, ZipFile

CHUNK = 1 << 22
LONGEST = 1 << 14
"""Bytes of such a cell, at most."""
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_LINK = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_FORMULA = rb"(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?"
_LONG = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>" + _FORMULA + rb"(<(?:\w+:)?v>-?\d{16,}<)")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


def written_cells(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row and column, from 0, and text of errors and long numbers in a sheet; of .xlsx and .xlsm only."""
    try:
        with ZipFile(path) as archive:
            member = _member(archive, sheet)
            if member is None:
                return
            with archive.open(member) as file:
                rest = b""
                while chunk := file.read(CHUNK):
                    rest += chunk
                    end = 0
                    errors = _ERROR.finditer(rest) if b't="e"' in rest else ()
                    for cell in chain(errors, _LONG.finditer(rest)):
                        end = max(end, cell.end())
                        yield from _written(cell[1], cell[2])
                    rest = rest[max(end, len(rest) - LONGEST) :]
    except (BadZipFile, OSError):
        return


def _member(archive: ZipFile, sheet: str) -> str | None:
    """The file of a sheet in the archive."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    for found in _SHEET.finditer(archive.read("xl/workbook.xml")):
        if _attribute(found[1], "name") == sheet:
            wanted = _attribute(found[1], r"\w+:id")
            for link in _LINK.finditer(archive.read("xl/_rels/workbook.xml.rels")):
                if _attribute(link[1], "Id") == wanted:
                    target = _attribute(link[1], "Target")
                    member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    return member if member in names else None
    return None


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rf"""(?<![\w:]){name}\s*=\s*(?:"([^"]*)"|'([^']*)')""".encode(), tag)
    return "" if found is None else html.unescape((found[1] or found[2] or b"").decode(errors="replace"))


def _written(attributes: bytes, content: bytes) -> Iterator[tuple[int, int, str]]:
    place, value = _PLACE.search(attributes), _VALUE.search(content)
    if place is None or value is None:
        return
    column = 0
    for letter in place[1]:
        column = column * 26 + letter - ord("A") + 1
    yield int(place[2]) - 1, column - 1, html.unescape(value[1].decode(errors="replace"))
