"""The file source: whatever the file looks like, text comes out, with the position of every row."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cxengine_standard.sources import delimited
from cxengine_standard.sources.file import FileOptions, FileSource

from cxengine.diagnostics import CxengineError


@pytest.fixture
def read(tmp_path):
    """`read(content, **options)`: rows as dicts, positions, rejects of one file."""

    def of(content: str | bytes | None, name: str = "in.csv", **options):
        if content is not None:
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        batches = list(FileSource(FileOptions(path=name, **options), tmp_path).read())
        rows = [row for batch in batches for row in batch.rows.to_pylist()]
        positions = [p for batch in batches for p in batch.positions.to_pylist()]
        rejects = [(r.position, r.reason, r.text) for batch in batches for r in batch.rejects]
        assert all(pa.types.is_string(f.type) for batch in batches for f in batch.rows.schema)
        assert len(rows) == len(positions)
        assert sorted([*positions, *(r[0] for r in rejects)]) == list(range(1, len(rows) + len(rejects) + 1))
        return rows, positions, rejects

    return of


def with_a_name_that_is_no_text() -> bytes:
    """A Parquet file damaged in the name of a column."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"elemental": pa.array([{"nested": 1}])}), sink, store_schema=False)
    return sink.getvalue().to_pybytes().replace(b"nested", b"nes\xd3ed")


def values(found):
    return [tuple(row.values()) for row in found[0]]


def test_a_file_whose_name_is_not_utf_8_is_told(tmp_path):
    try:
        (tmp_path / os.fsdecode("Umfrage_M\xe4rz.csv".encode("latin-1"))).write_text("a\n1\n")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    source = FileSource(FileOptions(path="Umfrage*.csv"), tmp_path)
    for ask in (source.fingerprints, source.parts, lambda: list(source.read())):
        with pytest.raises(CxengineError) as raised:
            ask()
        (found,) = raised.value.diagnostics
        assert (found.code, r'"Umfrage_M\xe4rz.csv" is not UTF-8' in found.message) == ("CX205", True)
        assert '`path` match other files than "Umfrage*.csv"' in found.hint


@pytest.mark.parametrize(
    ("path", "message", "way_out"),
    [
        ("", "`path` is empty, and names no file.", "Files there: b.csv"),
        ("a" * 5000, f'"{"a" * 100}...{"a" * 100}" cannot be looked for: file name too long.', "`path`"),
    ],
)
def test_a_path_that_can_be_none(path, message, way_out, tmp_path):
    (tmp_path / "b.csv").write_text("a\n1\n")
    with pytest.raises(CxengineError) as raised:
        list(FileSource(FileOptions(path=path), tmp_path).read())
    (found,) = raised.value.diagnostics
    assert (found.code, found.message, way_out in found.hint) == ("CX201", message, True)


class TestDelimited:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, read, delimiter):
        text = "a,b\n1,2\n3,4\n".replace(",", delimiter)
        assert values(read(text)) == [("1", "2"), ("3", "4")]

    def test_semicolons_between_decimal_commas(self, read):
        assert values(read("a;b\n1,5;2,5\n3,5;4,5\n")) == [("1,5", "2,5"), ("3,5", "4,5")]

    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ("4,5", "4.5"),
            (" -4,0 ", " -4.0 "),
            ("1.234", "1234"),
            ("12.345.678,9", "12345678.9"),
            ("1234,5", "1234.5"),
            ("17", "17"),
            ("4.5", "4.5"),
            ("1,2,3", "1,2,3"),
            ("31.12.2026", "31.12.2026"),
            ("room 4,5", "room 4,5"),
        ],
    )
    def test_declared_decimal_commas(self, read, written, read_as):
        assert values(read(f"a;b\n{written};x\n", decimal=",")) == [(read_as, "x")]

    def test_a_declared_delimiter(self, read):
        assert values(read("a:b\n1:2,3\n", delimiter=":")) == [("1", "2,3")]

    def test_one_column(self, read):
        assert values(read("score\n9\n\n10\n")) == [("9",), ("10",)]

    @pytest.mark.parametrize(
        ("encoding", "declared"),
        [
            ("utf-8", None),
            ("utf-8-sig", None),
            ("utf-16", None),
            ("utf-16-le", None),
            ("utf-16-be", None),
            ("windows-1252", "windows-1252"),
            ("windows-1252", "cp1252"),
        ],
    )
    def test_encodings(self, read, encoding, declared):
        rows, _, _ = read("naïve,b\n“é”,2\n".encode(encoding), encoding=declared)
        assert rows == [{"naïve": "“é”", "b": "2"}]

    def test_undecodable_bytes_are_shown_with_their_place(self, read):
        with pytest.raises(CxengineError) as stopped:
            read(b"a,b\n1,2\n3,caf\xe9\n")
        (found,) = stopped.value.diagnostics
        assert (found.code, str(found.location)) == ("CX206", "in.csv:3:6")
        assert "0xe9" in found.message

    def test_undecodable_bytes_far_into_the_file(self, read):
        with pytest.raises(CxengineError) as stopped:
            read(b"a,b\n" + b"1,2\n" * 300_000 + b"\xff,2\n")
        assert str(stopped.value.diagnostics[0].location) == "in.csv:300002:1"

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, read, line_end):
        assert values(read(line_end.join(["a,b", "1,2", "3,4"]))) == [("1", "2"), ("3", "4")]

    def test_quotes_newlines_and_empty_lines(self, read):
        found = read('a,b\n"x,""y""\nz",1\n\n2,\n')
        assert values(found) == [('x,"y"\nz', "1"), ("2", "")]
        assert found[1] == [1, 2]

    def test_columns_of_one_name_can_be_told_apart(self, read):
        rows, _, _ = read("q,q, ,x \n1,2,3,4\n")
        assert rows == [{"q (1)": "1", "q (2)": "2", "column 3": "3", "x": "4"}]

    def test_titles_above_the_table(self, read):
        assert values(read("Survey of May\n\nall answers\na,b\n1,2\n")) == [("1", "2")]

    def test_a_declared_header_and_rows_to_skip(self, read):
        text = 'x,y\na,b\n"How, was it?","And\nthis?"\n1,2\n'
        found = read(text, header=2, skip_rows=1)
        assert found[0] == [{"a": "1", "b": "2"}]
        assert found[1] == [1]

    def test_a_file_without_header(self, read):
        assert read("1,2\n3,4\n", columns=("a", "b"))[0] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]

    def test_nothing_but_ragged_rows(self, read):
        rows, _, rejects = read("1\n2\n3,4,5\n", columns=("a", "b"))
        assert (rows, [position for position, _, _ in rejects]) == ([], [1, 2, 3])

    def test_a_header_alone_still_names_its_columns(self, tmp_path):
        (tmp_path / "in.csv").write_text("a,b\n")
        batches = list(FileSource(FileOptions(path="in.csv"), tmp_path).read())
        assert {tuple(b.rows.schema.names) for b in batches} == {("a", "b")}
        assert sum(b.rows.num_rows for b in batches) == 0

    def test_ragged_rows_are_rejected_where_they_are(self, read):
        _, positions, rejects = read("a,b,c\n1,2,3\n4,5\n6,7,8\n9,9,9,9\n")
        assert positions == [1, 3]
        assert rejects == [
            (2, "2 cells where the header has 3", "4,5"),
            (4, "4 cells where the header has 3", "9,9,9,9"),
        ]

    def test_positions_hold_across_blocks(self, read, monkeypatch):
        monkeypatch.setattr(delimited, "BLOCK", 256)
        lines = ["1,2,3" if i % 7 else "1,2" for i in range(1, 501)]
        _, positions, rejects = read("a,b,c\n" + "\n".join(lines) + "\n")
        assert [p for p, _, _ in rejects] == list(range(7, 501, 7))
        assert positions == [i for i in range(1, 501) if i % 7]

    @pytest.mark.parametrize(
        ("text", "good"), [('a,b\n1,2\n3,"oops\n4,5\n6,7\n', 1), ('a,b\n1,2\n"oops,3\n4,5\n', 1)]
    )
    def test_a_quote_that_is_never_closed_does_not_pass_as_a_value(self, read, text, good):
        rows, _, rejects = read(text)
        assert len(rows) == good
        assert [r[1] for r in rejects] == [delimited.UNCLOSED]

    def test_a_quote_that_ends_at_the_opening_quote_of_a_later_row(self, read):
        lines = [f'{n},3,"fine {n}"' for n in range(1, 11)]
        lines[3] = '4,3,"fine 4'
        rows, positions, rejects = read("id,score,why\n" + "\n".join(lines) + "\n")
        assert [row["id"] for row in rows] == ["1", "2", "3", "6", "7", "8", "9", "10"]
        reason = "a quote opens here and is not closed; 2 lines were read as one value"
        assert rejects == [(4, reason, 'fine 4\n5,3,fine 5"')]
        assert positions == [1, 2, 3, 5, 6, 7, 8, 9]

    def test_quotes_within_several_lines_are_no_damage(self, read):
        rows, _, rejects = read('id,why\n1,"a 5"" screen\nis enough"\n2,"she said\n""great"""\n')
        assert [row["why"] for row in rows] == ['a 5" screen\nis enough', 'she said\n"great"']
        assert rejects == []

    def test_a_last_value_with_newlines_is_one(self, read):
        assert values(read('a,b\n1,"x\ny"')) == [("1", "x\ny")]

    def test_a_row_longer_than_a_block(self, read, monkeypatch):
        monkeypatch.setattr(delimited, "BLOCK", 1 << 10)
        with pytest.raises(CxengineError) as stopped:
            read('a,b\n1,2\n3,"' + "x\n" * 5000)
        assert stopped.value.diagnostics[0].code == "CX207"


class TestTyped:
    TABLE = pa.table(
        {
            "whole": pa.array([5.0, None, -0.0, float("nan")]),
            "part": pa.array([2.5, 1e-7, 1e16, float("inf")]),
            "n": pa.array([1, None, 3, 4], pa.int16()),
            "yes": pa.array([True, False, None, True]),
            "day": pa.array([dt.date(2024, 3, 5), None, None, None]),
            "at": pa.array([dt.datetime(2024, 3, 5, 10, 20, 30), dt.datetime(2024, 3, 5), None, None]),
            "utc": pa.array([dt.datetime(2024, 3, 5, 10, 20)] * 4, pa.timestamp("ms", "Europe/Amsterdam")),
            "text": pa.array(["5.0", "", None, "é"]),
            "code": pa.array(["x", "y", "x", None]).dictionary_encode(),
            "money": pa.array([Decimal("5.00"), Decimal("5.25"), None, None]),
        }
    )

    def test_parquet(self, read, tmp_path):
        pq.write_table(self.TABLE, tmp_path / "in.parquet")
        rows, positions, _ = read(None, "in.parquet")
        assert positions == [1, 2, 3, 4]
        assert {name: [row[name] for row in rows] for name in rows[0]} == {
            "whole": ["5", None, "0", None],
            "part": ["2.5", "1e-7", "10000000000000000", "inf"],
            "n": ["1", None, "3", "4"],
            "yes": ["true", "false", None, "true"],
            "day": ["2024-03-05", None, None, None],
            "at": ["2024-03-05T10:20:30", "2024-03-05", None, None],
            "utc": ["2024-03-05T10:20:00Z"] * 4,
            "text": ["5.0", "", None, "é"],
            "code": ["x", "y", "x", None],
            "money": ["5", "5.25", None, None],
        }

    def test_excel(self, read, tmp_path):
        book = openpyxl.Workbook()
        book.active.title = "notes"
        sheet = book.create_sheet("answers")
        for row in (
            ["Survey"],
            [],
            ["id", "score", "when", "ok", None],
            [1, 5.0, dt.datetime(2024, 3, 5), True, None],
            [2, 2.5, dt.datetime(2024, 3, 5, 9, 30), False],
            [],
            ["=1+1", None, None, None, "too much"],
            [3],
        ):
            sheet.append(row)
        book.save(tmp_path / "in.xlsx")
        rows, positions, rejects = read(None, "in.xlsx", sheet="answers")
        assert rows == [
            {"id": "1", "score": "5", "when": "2024-03-05", "ok": "true"},
            {"id": "2", "score": "2.5", "when": "2024-03-05T09:30:00", "ok": "false"},
            {"id": "3", "score": None, "when": None, "ok": None},
        ]
        assert positions == [1, 2, 4]
        assert [(p, reason) for p, reason, _ in rejects] == [(3, "5 cells where the header has 4")]

    def test_errors_in_cells_are_no_empty_cells(self, read, tmp_path):
        book = openpyxl.Workbook()
        book.create_sheet("More & more")
        for sheet in book.worksheets:
            sheet.append(["id", "score"])
            for number in range(3):
                sheet.append([number, number + 1])
        sheet["B3"] = "#N/A"
        sheet["B3"].data_type = "e"
        book.save(tmp_path / "in.xlsx")
        rows, _, _ = read(None, "in.xlsx", sheet="More & more")
        assert [row["score"] for row in rows] == ["1", "#N/A", "3"]
        rows, _, _ = read(None, "in.xlsx")
        assert [row["score"] for row in rows] == ["1", "2", "3"]

    def test_ids_keep_all_their_digits(self, read, tmp_path):
        ids = ["123456789012345678", "123456789012345679", "12345678901234567890123", "12"]
        book = openpyxl.Workbook()
        for row in (["id", "score"], *([number, 4] for number in range(4))):
            book.active.append(row)
        book.save(tmp_path / "plain.xlsx")
        cells = zip(("A2", "A3", "A4", "A5"), range(4), ids, strict=True)
        with ZipFile(tmp_path / "plain.xlsx") as plain, ZipFile(tmp_path / "in.xlsx", "w") as book:
            for name in plain.namelist():
                text = plain.read(name).decode()
                if name.endswith("sheet1.xml"):
                    for cell, number, written in cells:
                        before = f'<c r="{cell}" t="n"><v>{number}</v>'
                        assert before in text
                        text = text.replace(before, f'<c r="{cell}"><f>ID()</f><v>{written}</v>')
                book.writestr(name, text)
        rows, _, _ = read(None, "in.xlsx")
        assert [row["id"] for row in rows] == ids
        assert [row["score"] for row in rows] == ["4"] * 4

    def test_a_long_number_with_an_exponent_is_written_out(self, read, tmp_path):
        book = openpyxl.Workbook()
        for row in (["id", "x"], [1.23456789012345e17, 0.5], [-1e20, 1e21], [1, 2]):
            book.active.append(row)
        book.save(tmp_path / "in.xlsx")
        rows, _, _ = read(None, "in.xlsx")
        assert [row["id"] for row in rows] == ["123456789012345000", "-100000000000000000000", "1"]
        assert float(rows[1]["x"]) == 1e21

    def test_durations_are_hours(self, read, tmp_path):
        book = openpyxl.Workbook()
        for row in (["id", "took"], [1, dt.timedelta(hours=30)], [2, dt.timedelta(minutes=15)]):
            book.active.append(row)
        book.save(tmp_path / "in.xlsx")
        rows, _, _ = read(None, "in.xlsx")
        assert [row["took"] for row in rows] == ["30", "0.25"]

    def test_dates_with_and_without_a_time_in_one_column(self, read, tmp_path):
        book = openpyxl.Workbook()
        moments = [dt.date(2024, 3, 5), dt.datetime(2024, 3, 5, 9, 30), "soon", dt.time(9, 30), 5, True]
        for row in (["id", "when"], *([str(n), moment] for n, moment in enumerate(moments))):
            book.active.append(row)
        book.save(tmp_path / "in.xlsx")
        rows, _, _ = read(None, "in.xlsx")
        told = ["2024-03-05", "2024-03-05T09:30:00", "soon", "09:30:00", "5", "true"]
        assert [row["when"] for row in rows] == told

    def test_json_lines(self, read):
        lines = [
            json.dumps({"id": 1, "score": 5.0, "by": {"name": "Ann", "ok": True}}),
            "",
            "{not json}",
            "[1, 2]",
            json.dumps({"id": 2, "late": None, "tags": ["a", 1]}),
        ]
        rows, positions, rejects = read("\n".join(lines), "in.jsonl")
        assert rows == [
            {"id": "1", "score": "5", "by.name": "Ann", "by.ok": "true", "late": None, "tags": None},
            {"id": "2", "score": None, "by.name": None, "by.ok": None, "late": None, "tags": '["a", 1]'},
        ]
        assert positions == [1, 4]
        assert [p for p, _, _ in rejects] == [2, 3]
        assert rejects[1][1] == "not a JSON object"

    def test_tsv_and_declared_format(self, read):
        assert values(read("a\tb\n1,5\t2\n", "in.tsv")) == [("1,5", "2")]
        assert values(read("a,b\n1,2\n", "in.dat", format="csv")) == [("1", "2")]


class TestFiles:
    def test_many_files_in_the_order_of_their_names(self, tmp_path):
        (tmp_path / "more").mkdir()
        for name in ("b.csv", "a.csv", "more/c.csv", "d.txt"):
            (tmp_path / name).write_text("a,b\n1,2\n")
        source = FileSource(FileOptions(path="**/*.csv"), tmp_path)
        assert list(dict.fromkeys(b.origin for b in source.read())) == ["a.csv", "b.csv", "more/c.csv"]
        digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
        assert source.fingerprints() == {"a.csv": digest, "b.csv": digest, "more/c.csv": digest}

    def test_the_order_is_not_that_in_which_a_disk_lists_them(self, tmp_path, monkeypatch):
        for name in "dacb":
            (tmp_path / f"{name}.csv").write_text(f"a,b\n{name},2\n")
        listed = Path.glob
        for turned in (sorted, lambda found: sorted(found, reverse=True)):
            monkeypatch.setattr(
                Path, "glob", lambda path, pattern, turn=turned: iter(turn(listed(path, pattern)))
            )
            source = FileSource(FileOptions(path="*.csv"), tmp_path)
            assert [*source.fingerprints()] == [*source.parts()] == ["a.csv", "b.csv", "c.csv", "d.csv"]
            rows = [row["a"] for batch in source.read() for row in batch.rows.to_pylist()]
            assert rows == ["a", "b", "c", "d"]

    def test_a_file_whose_name_looks_like_a_pattern(self, read):
        assert values(read("a,b\n1,2\n", "in[1].csv")) == [("1", "2")]

    @pytest.mark.parametrize("target", ["elsewhere.csv", "link.csv"])
    def test_a_link_that_leads_nowhere_is_told(self, tmp_path, target):
        (tmp_path / "in.csv").write_text("a,b\n1,2\n")
        (tmp_path / "link.csv").symlink_to(target)
        with pytest.raises(CxengineError, match=f'CX201 "link.csv" is a link to {target}, where nothing is'):
            list(FileSource(FileOptions(path="*.csv"), tmp_path).read())

    def test_an_absolute_path(self, tmp_path):
        (tmp_path / "in.csv").write_text("a,b\n1,2\n")
        batches = FileSource(FileOptions(path=str(tmp_path / "*.csv")), tmp_path / "elsewhere").read()
        assert sum(batch.rows.num_rows for batch in batches) == 1

    @pytest.mark.parametrize(
        ("content", "name", "options", "code"),
        [
            (None, "in.csv", {}, "CX201"),
            (None, "*.csv", {}, "CX202"),
            ("x", "in.xyz", {}, "CX203"),
            ("a,b\n", "in.csv", {"delimiter": "ab"}, "CX203"),
            ("", "in.csv", {}, "CX204"),
            ("\n\n", "in.csv", {}, "CX204"),
            (b"\x00\x01\x02\x03" * 9, "in.csv", {}, "CX205"),
            (b"PK\x03\x04", "in.csv", {}, "CX205"),
            ("a,b\n", "in.csv", {"encoding": "utf-9"}, "CX205"),
            (b"\xff\xfea\x00,\x00b\x00\n\x00\xd8", "in.csv", {}, "CX206"),
            ("{}", "in.jsonl", {}, "CX207"),
            ("PAR1 no", "in.parquet", {}, "CX207"),
            (with_a_name_that_is_no_text(), "in.parquet", {}, "CX207"),
            ("no", "in.xlsx", {}, "CX207"),
            ("a,b\n", "in.csv", {"header": 9}, "CX207"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, read, content, name, options, code):
        with pytest.raises(CxengineError) as stopped:
            read(content, name, **options)
        assert [d.code for d in stopped.value.diagnostics] == [code]

    def test_a_near_miss_is_suggested(self, tmp_path):
        (tmp_path / "survey-2024.csv").write_text("a\n1\n")
        with pytest.raises(CxengineError) as stopped:
            list(FileSource(FileOptions(path="survey_2024.csv"), tmp_path).read())
        assert stopped.value.diagnostics[0].hint == 'Did you mean "survey-2024.csv"?'
