"""Workbooks that no library here writes: .ods, .xls and .xlsb, made byte by byte; all give the same rows."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import ZipFile

import pytest
from cxengine_standard.sources.file import FileOptions, FileSource

from cxengine.diagnostics import CxengineError

ROWS = [("id", "score", "say"), ("r1", 9.0, "fine"), ("r2", 4.5, "für später"), ("007", 123456789012.0, "x")]
EXPECTED = [("r1", "9", "fine"), ("r2", "4.5", "für später"), ("007", "123456789012", "x")]


def ods():
    """OpenDocument: XML in a zip archive."""

    def cell(value):
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Answers">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return out.getvalue()


def xls():
    """BIFF8, the records of Excel 97, in a compound file."""

    def record(kind, data=b""):
        return struct.pack("<HH", kind, len(data)) + data

    def cell(row, column, value):
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, float):
            return record(0x0203, place + struct.pack("<d", value))
        return record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))

    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    name = b"Answers"

    def globals_(offset):
        sheet = struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name
        return (
            record(0x0809, begin)
            + record(0x0042, struct.pack("<H", 1200))
            + record(0x0085, sheet)
            + record(0x000A)
        )

    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    sheet += record(0x0200, struct.pack("<IIHHH", 0, len(ROWS), 0, len(ROWS[0]), 0))
    sheet += b"".join(cell(r, c, value) for r, row in enumerate(ROWS) for c, value in enumerate(row))
    return compound((globals_(len(globals_(0))) + sheet + record(0x000A)).ljust(4096, b"\0"))


def compound(stream):
    """A compound file that holds the stream `Workbook`: its header, a table of sectors, a directory."""
    size, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    stream = stream.ljust(-(-len(stream) // size) * size, b"\0")
    count = len(stream) // size
    header = (
        bytes.fromhex("D0CF11E0A1B11AE1")
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0, free, free)[:40]
    header = header + struct.pack("<I", 0)
    header = header.ljust(size, b"\xff")
    chain = [0xFFFFFFFD, end, *(i + 3 for i in range(count - 1)), end]
    table = struct.pack("<128I", *(chain + [free] * (128 - len(chain))))

    def entry(name, kind, child, first, length):
        text = name.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
            + bytes(36)
            + struct.pack("<IQ", first, length)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    return header + table + directory.ljust(size, b"\0") + stream


def xlsb():
    """The binary records of Excel 2007 in a zip archive."""

    def record(kind, data=b""):
        head = bytes([kind & 0x7F | 0x80, kind >> 7]) if kind >= 128 else bytes([kind])
        length, rest = b"", len(data)
        while True:
            length += bytes([rest & 0x7F | (0x80 if rest > 0x7F else 0)])
            rest >>= 7
            if not rest:
                return head + length + data

    def wide(text):
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column, value):
        place = struct.pack("<II", column, 0)
        if isinstance(value, float):
            return record(5, place + struct.pack("<d", value))
        return record(6, place + wide(value))

    sheet = (
        record(129) + record(148, struct.pack("<IIII", 0, len(ROWS) - 1, 0, len(ROWS[0]) - 1)) + record(145)
    )
    for r, row in enumerate(ROWS):
        sheet += record(0, struct.pack("<IIHBBI", r, 0, 300, 0, 0, 0))
        sheet += b"".join(cell(c, value) for c, value in enumerate(row))
    sheet += record(146) + record(130)
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Answers"))
    book += record(144) + record(132)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kind}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


FORMATS = {".ods": ods, ".xls": xls, ".xlsb": xlsb}


@pytest.fixture
def read(tmp_path):
    def of(name, content, **options):
        (tmp_path / name).write_bytes(content)
        batches = list(FileSource(FileOptions(path=name, **options), tmp_path).read())
        return [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()]

    return of


@pytest.mark.parametrize("ending", FORMATS)
def test_rows(read, ending):
    assert read(f"in{ending}", FORMATS[ending]()) == EXPECTED
    assert read(f"in{ending}", FORMATS[ending](), sheet="Answers") == EXPECTED


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_wrong_is_told(read, ending):
    with pytest.raises(CxengineError, match=r'(?s)CX208 .*no sheet "Answer".*Did you mean "Answers"'):
        read(f"in{ending}", FORMATS[ending](), sheet="Answer")
    with pytest.raises(
        CxengineError, match=r"(?s)CX207 .*is not a readable Excel workbook.*save it as .xlsx"
    ):
        read(f"in{ending}", FORMATS[ending]()[:300])
