"""Finds how a text file is encoded, and where it is not what it is said to be."""

from __future__ import annotations

import codecs
from pathlib import Path

from cxengine.diagnostics import Diagnostic, EvidenceError, Location

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", 'Set `format = "excel"` if it is a workbook.'),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save it as .xlsx."),
    (b"PAR1", "a Parquet file", 'Set `format = "parquet"`.'),
    (b"\x1f\x8b", "compressed", "Let its name end in .gz."),
    (b"\x28\xb5\x2f\xfd", "compressed", "Let its name end in .zst."),
    (b"%PDF", "a PDF document", "Export the data as CSV."),
)
HEAD = 4096
CHUNK = 1 << 20


def find_encoding(path: Path, origin: str, declared: str | None) -> str:
    """The encoding to read a file with: the declared one, or what its first bytes tell, or UTF-8.

    Raises:
        EvidenceError: CX205, when the file is no text at all.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    for signature, what, hint in SIGNATURES:
        if head.startswith(signature):
            raise EvidenceError(Diagnostic("CX205", f"{origin} is {what}, not text.", Location(origin), hint))
    if declared is not None:
        return declared
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    if head[1::2].count(0) > len(head) / 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) / 4:
        return "utf-16-be"
    if b"\0" in head:
        raise EvidenceError(
            Diagnostic("CX205", f"{origin} is not text: it holds zero bytes.", Location(origin))
        )
    return "utf-8"


def undecodable(path: Path, origin: str, encoding: str) -> EvidenceError:
    """The error for a file that its encoding cannot decode, with the place of the first such byte."""
    line, column, found = _first_undecodable(path, encoding)
    hint = "Declare its `encoding`."
    if encoding.startswith("utf-8"):
        hint = 'Declare its `encoding`; exports from Windows are often "windows-1252".'
    message = (
        f"{origin} is not {encoding.removesuffix('-sig').upper()}: byte 0x{found:02x} cannot be decoded."
    )
    return EvidenceError(Diagnostic("CX206", message, Location(origin, line, column), hint))


def _first_undecodable(path: Path, encoding: str) -> tuple[int, int, int]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, column = 1, 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(encoding)
                line, column = _after(good, line, column)
                return line, column, error.object[error.start]
            line, column = _after(text, line, column)
            if not chunk:
                return line, column, (pending or b"\0")[0]


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    newlines = text.count("\n")
    return (line + newlines, len(text) - text.rfind("\n")) if newlines else (line, column + len(text))
