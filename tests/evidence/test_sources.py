"""The sources besides files: databases, vendors' exports, event logs; broken input is told, never guessed."""

from __future__ import annotations

import gzip
import sqlite3
import sys

import duckdb
import pytest
from cxengine_standard.sources.event_log import EventLog, EventLogOptions
from cxengine_standard.sources.qualtrics import QualtricsExport, QualtricsOptions
from cxengine_standard.sources.sql import SqlOptions, SqlSource
from cxengine_standard.sources.surveymonkey import SurveyMonkeyExport, SurveyMonkeyOptions

from cxengine.diagnostics import CxengineError
from cxengine.plugin import Secret


def read(source):
    """Rows as tuples, positions and rejects."""
    batches = list(source.read())
    rows = [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()]
    positions = [p for batch in batches for p in batch.positions.to_pylist()]
    return rows, positions, [(r.position, r.reason) for batch in batches for r in batch.rejects]


def columns(source):
    return next(iter(source.read())).rows.schema.names


class TestSql:
    @pytest.fixture
    def database(self, tmp_path):
        """`database(kind)` makes the same small table in a file."""

        def make(kind: str) -> None:
            connect = duckdb.connect if kind == "duckdb" else sqlite3.connect
            connection = connect(str(tmp_path / f"shop.{kind}"))
            connection.execute(
                'CREATE TABLE orders (id VARCHAR, "paid EUR" DOUBLE, late BOOLEAN, note VARCHAR)'
            )
            connection.execute(
                "INSERT INTO orders VALUES ('007', 5.0, true, NULL), ('008', 2.25, false, 'x')"
            )
            connection.commit()
            connection.close()

        return make

    @pytest.mark.parametrize(("kind", "yes"), [("duckdb", "true"), ("sqlite", "1")])
    def test_a_table(self, database, tmp_path, kind, yes):
        database(kind)
        source = SqlSource(SqlOptions(table="orders", database=f"shop.{kind}"), tmp_path)
        assert columns(source) == ["id", "paid EUR", "late", "note"]
        rows, positions, rejects = read(source)
        assert rows[0] == ("007", "5", yes, None)
        assert (positions, rejects) == ([1, 2], [])

    def test_a_query_over_a_file_beside_the_project(self, tmp_path, monkeypatch):
        (tmp_path / "in.csv").write_text("a,b\n007,2024-05-01\n", encoding="utf-8")
        monkeypatch.chdir("/")
        query = "SELECT a, CAST(b AS DATE) AS day FROM read_csv('in.csv', all_varchar = true)"
        assert read(SqlSource(SqlOptions(query=query), tmp_path))[0] == [("007", "2024-05-01")]

    def test_the_fingerprint_is_that_of_the_rows(self, tmp_path):
        def of(query):
            return SqlSource(SqlOptions(query=query), tmp_path).fingerprints()["query"]

        assert of("SELECT * FROM range(200000)") == of("FROM range(200000) ORDER BY range + 0")
        assert of("SELECT 1 AS a, '2' AS b") != of("SELECT 1 AS a, '3' AS b")
        assert of("SELECT 1 AS a") != of("SELECT 1 AS b")
        assert of("SELECT 'a,' AS x, 'b' AS y") != of("SELECT 'a' AS x, ',b' AS y")
        assert of("FROM (VALUES (1, 'a,'), (1, 'b'))") != of("FROM (VALUES (1, 'a'), (1, ',b'))")
        assert of("SELECT 'None' AS x") != of("SELECT CAST(NULL AS VARCHAR) AS x")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "CX203 Either"),
            ({"query": "SELECT 1", "table": "t"}, "CX203 Either"),
            ({"query": "SELEC 1"}, "(?s)CX209 .*syntax error.*Write one SELECT"),
            ({"query": "SELECT 1; SELECT 2"}, "CX209 .*must be one SELECT"),
            ({"query": "COPY (SELECT 1) TO 'out.csv'"}, "CX209 .*must be one SELECT"),
            ({"table": "order", "database": "shop.duckdb"}, '(?s)CX209 .*Did you mean "orders"'),
            ({"table": "order", "database": "shop.sqlite"}, '(?s)CX209 .*Did you mean "orders"'),
            ({"query": "DELETE FROM orders", "database": "shop.sqlite"}, "CX209 "),
            (
                {"table": "orders", "database": "notes.csv"},
                '(?s)CX209 "notes.csv" cannot be opened as a DuckDB.*read by the source `file`',
            ),
            ({"table": "orders", "database": "shop.sqlit"}, '(?s)CX201 .*Did you mean "shop.sqlite"'),
        ],
    )
    def test_what_cannot_be_read(self, database, tmp_path, options, message):
        database("duckdb")
        database("sqlite")
        (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
        with pytest.raises(CxengineError, match=message):
            read(SqlSource(SqlOptions(**options), tmp_path))
        assert not (tmp_path / "out.csv").exists()
        assert len(read(SqlSource(SqlOptions(table="orders", database="shop.sqlite"), tmp_path))[0]) == 2


TODAY = """StartDate,Status,ResponseId,Q1,Q2
Anfangsdatum,Antworttyp,Antwort-ID,"How was it,
all in all?",Why?
"{""ImportId"":""startDate""}","{""ImportId"":""status""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2_TEXT""}"
2024-05-01 10:00:00,IP Address,R_1,5,"good,
really"
2024-05-01 10:01:00,Survey Preview,R_2,1,try
2024-05-01 10:02:00,9,R_3,1,try
2024-05-01 10:03:00,0,R_4,2,
2024-05-01 10:03:00,8,R_5,2,x
"""
LEGACY = """V1,V7,V8,Q1,
ResponseID,Status,StartDate,How was it?,
R_1,0,2024-05-01 10:00:00,5,
R_2,1,2024-05-01 10:00:00,5,
"""


class TestQualtrics:
    @pytest.fixture
    def export(self, tmp_path):
        def make(text: str, **options) -> QualtricsExport:
            (tmp_path / "export.csv").write_text(text, encoding="utf-8-sig", newline="")
            return QualtricsExport(QualtricsOptions(path="export.csv", **options), tmp_path)

        return make

    def test_previews_and_spam_are_set_aside_with_the_reason(self, export):
        rows, positions, rejects = read(export(TODAY))
        assert [row[2] for row in rows] == ["R_1", "R_4"]
        assert rows[0][4] == "good,\nreally"
        assert positions == [1, 4]
        assert rejects == [
            (2, "a preview of the survey, not an answer"),
            (3, "a preview of the survey, not an answer"),
            (5, "marked as spam"),
        ]
        assert len(read(export(TODAY, refuse=()))[0]) == 5

    def test_the_wording_is_known_by_column(self, export):
        assert export(TODAY).labels()["Q1"] == "How was it, all in all?"
        assert columns(export(TODAY)) == ["StartDate", "Status", "ResponseId", "Q1", "Q2"]

    def test_legacy_columns_have_the_names_of_today(self, export):
        assert columns(export(LEGACY)) == ["ResponseId", "Status", "StartDate", "Q1", "column 5"]
        assert [row[0] for row in read(export(LEGACY))[0]] == ["R_1"]

    @pytest.mark.parametrize(
        "text", ["a,b\n1,2\n", "V1,Q1\n", "\n\n\n", "a,b\nx,y\n,\n", "StartDate\nx\n{'Impor\n"]
    )
    def test_other_files_are_refused(self, export, text):
        with pytest.raises(CxengineError, match=r"(?s)CX207 .*no export of Qualtrics.*use = "):
            read(export(text))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("V1,Q1\nResponseID\nR_1,5\n", "Header row 2 of export.csv has 1 cells where the first has 2"),
            ("Q1,Q2\nA,B\n\"{'ImportId': 'x'}\"\n5,6\n", "Header row 3 of export.csv has 1 cells"),
            ("Q1\nHow?, really\n{'ImportId': 'x'}\n5\n", "Header row 2 of export.csv has 2 cells"),
            ('Q1\n"How?' + "x" * 200_000, "The header of export.csv cannot be read: field larger than"),
        ],
    )
    def test_header_rows_of_different_length_are_told(self, export, text, message):
        with pytest.raises(CxengineError, match=f"CX207 {message}"):
            read(export(text))

    def test_empty_cells_at_the_end_of_header_rows_are_none(self, export):
        source = export("Q1,Q2\nA,B,,\n{'ImportId': 'QID1'},{'ImportId': 'status'},\n5,0\n")
        assert columns(source) == ["Q1", "Status"]
        assert read(source)[0] == [("5", "0")]

    def test_a_cell_that_is_nearly_an_import_id_ends_nothing(self, export):
        for cell in ("{'ImportId'" + "[" * 5000, '{"ImportId"' + ":[" * 5000, "{'ImportId': 1, []: 2}"):
            with pytest.raises(CxengineError, match=r"CX207 .*no export of Qualtrics"):
                read(export(f'Q1\nx\n"{cell.replace(chr(34), chr(34) * 2)}"\n5\n'))

    def test_a_mapping_by_wording_is_led_to_the_column(self, project):
        from cxengine.evidence.collect import collect

        source = (
            '[[source]]\nid = "s"\nuse = "qualtrics_export"\noptions = { path = "in.csv" }\n[source.mapping]\n'
            'signals = [{ signal = "rating", columns = { "How was it all in all?" = "desk" } }]\n'
        )
        with pytest.raises(
            CxengineError, match=r'The question "How was it, all in all.*" is the column "Q1"'
        ):
            collect(project(source, {"in.csv": TODAY}))


class TestSurveyMonkey:
    def test_split_questions(self, tmp_path):
        text = "RespondentID,How?,Which?,,Which?,\n,Response,Tea,Coffee,Tea,Open-Ended Response\n1,ok,Tea,,,why not\n"
        (tmp_path / "in.csv").write_text(text, encoding="utf-8")
        source = SurveyMonkeyExport(SurveyMonkeyOptions(path="in.csv"), tmp_path)
        expected = [
            "RespondentID",
            "How?",
            "Which? - Tea (1)",
            "Which? - Coffee",
            "Which? - Tea (2)",
            "Which?",
        ]
        assert columns(source) == expected
        assert read(source) == ([("1", "ok", "Tea", "", "", "why not")], [1], [])

    def test_one_header_row(self, tmp_path):
        (tmp_path / "in.csv").write_text("Respondent ID,How?\n1,ok\n,lost\n", encoding="utf-8")
        source = SurveyMonkeyExport(SurveyMonkeyOptions(path="in.csv"), tmp_path)
        assert [row[0] for row in read(source)[0]] == ["1", ""]

    def test_other_files_are_refused(self, tmp_path):
        (tmp_path / "in.csv").write_text("id,How?\n1,ok\n", encoding="utf-8")
        with pytest.raises(CxengineError, match=r"CX207 .*first column is not `RespondentID`"):
            read(SurveyMonkeyExport(SurveyMonkeyOptions(path="in.csv"), tmp_path))


XES = """<?xml version="1.0" encoding="utf-8"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="?"/></global>
  <string key="concept:name" value="a log"/>
  <trace>
    <string key="concept:name" value="A"/><int key="amount" value="7"><string key="inner" value="no"/></int>
    <event><string key="concept:name" value="end"/><date key="time:timestamp" value="2024-05-01T12:00:00+02:00"/></event>
    <event><string key="concept:name" value="begin"/><date key="time:timestamp" value="2024-05-01T09:30:00Z"/></event>
  </trace>
  <trace>
    <string key="concept:name" value="B"/>
    <event><string key="concept:name" value="begin"/><date key="time:timestamp" value="2024-05-02T09:30:00.5Z"/>
      <string key="who" value="R&amp;D &lt;x&gt;"/></event>
    <event><string key="concept:name" value="lost"/></event>
  </trace>
</log>
"""
BOMB = '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><log><trace><string key="k" value="&b;"/></trace></log>'
STRANGER = '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]><log><trace>&x;</trace></log>'


class TestEventLog:
    @pytest.fixture
    def log(self, tmp_path):
        def make(content: str | bytes, name: str = "log.xes", **options) -> EventLog:
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
            return EventLog(EventLogOptions(path=name, **options), tmp_path)

        return make

    @pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
    def test_events_in_the_order_of_time_with_what_came_before(self, log, name):
        source = log(XES, name)
        rows, positions, rejects = read(source)
        by_name = [dict(zip(columns(source), row, strict=True)) for row in rows]
        assert positions == [2, 1, 3]
        assert rejects == [(4, "no time, or none written as declared")]
        told = (
            "concept:name",
            "event_number",
            "events_in_case",
            "previous_activity",
            "seconds_since_previous",
        )
        assert [tuple(row[key] for key in told) for row in by_name] == [
            ("begin", "1", "2", None, None),
            ("end", "2", "2", "begin", "1800.0"),
            ("begin", "1", "1", None, None),
        ]
        assert [row["case:amount"] for row in by_name] == ["7", "7", None]
        assert by_name[2]["who"] == "R&D <x>"

    def test_cases_may_be_interleaved_in_a_csv_file(self, log):
        text = "id,what,at\n2,a,1/5/2024 10:00\n1,a,1/5/2024 10:01\n2,b,1/5/2024 9:00\n,c,1/5/2024 9:00\n1,b,soon\n"
        source = log(text, "log.csv", case="id", activity="what", timestamp="at", format="%d/%m/%Y %H:%M")
        rows, positions, rejects = read(source)
        assert [row[:2] for row in rows] == [("2", "b"), ("2", "a"), ("1", "a")]
        assert positions == [3, 1, 2]
        assert rejects == [(4, "no case"), (5, "no time, or none written as declared")]

    def test_what_happens_at_one_time_and_ways_as_common_come_as_the_file_has_them(self, log):
        """Here against the order of the alphabet: `z a m` in the first case, `a z m` in the second."""
        rows = [f"{case},{what},2024-05-01" for case, way in (("2", "zam"), ("1", "azm")) for what in way]
        source = log(
            "\n".join(["id,what,at", *rows, ""]), "log.csv", case="id", activity="what", timestamp="at"
        )
        names = columns(source)
        told = [dict(zip(names, row, strict=True)) for row in read(source)[0]]
        assert [(row["id"], row["what"], row["previous_activity"], row["case_variant"]) for row in told] == [
            ("2", "z", None, "1"),
            ("2", "a", "z", "1"),
            ("2", "m", "a", "1"),
            ("1", "a", None, "2"),
            ("1", "z", "a", "2"),
            ("1", "m", "z", "2"),
        ]

    def test_a_time_that_names_its_zone_is_meant_there(self, log):
        """An hour passes, though the clocks in Berlin go on by two: that night summer begins."""
        text = "id,what,at\n1,a,31/3/2024 00:30 +0000\n1,b,30/3/2024 21:30 -0400\n"
        keys = {"case": "id", "activity": "what", "timestamp": "at", "format": "%d/%m/%Y %H:%M %z"}
        source = log(text, "log.csv", **keys, timezone="Europe/Berlin")
        (_, second), (_, positions, _) = read(source)[0], read(source)
        assert positions == [1, 2]
        assert dict(zip(columns(source), second, strict=True))["seconds_since_previous"] == "3600.0"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (BOMB, "CX207 .*declares entities"),
            (STRANGER, "CX207 .*declares entities"),
            (XES[:600], "CX207 .*unclosed token"),
            ("<html></html>", "CX207 .*begins with <html>"),
            ("not xml", "CX207 .*syntax error"),
        ],
    )
    def test_what_is_no_log(self, log, content, message):
        with pytest.raises(CxengineError, match=message):
            read(log(content))

    def test_a_gzip_file_that_is_cut_off(self, log, tmp_path):
        source = log(XES, "log.xes.gz")
        whole = (tmp_path / "log.xes.gz").read_bytes()
        (tmp_path / "log.xes.gz").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(CxengineError, match=r"CX207 .*gzip"):
            read(source)

    def test_a_format_that_is_none(self, log):
        with pytest.raises(CxengineError, match=r'CX213 "%Q" is not a date format'):
            read(log(XES, format="%Q"))

    def test_columns_that_are_not_there(self, log):
        with pytest.raises(
            CxengineError, match=r'(?s)CX210 .*no column "concept:nam".*Did you mean "concept:name"'
        ):
            read(log(XES, activity="concept:nam"))
        with pytest.raises(CxengineError, match=r'CX209 .*"event_number" of its own'):
            read(
                log(
                    "event_number,b,c\n1,2,2024-05-01\n",
                    "x.csv",
                    case="event_number",
                    activity="b",
                    timestamp="c",
                )
            )


class TestSqlOfServers:
    """What needs no server to be told; tests/engines reads one."""

    @pytest.fixture
    def read(self, tmp_path, monkeypatch):
        def of(url, **options):
            monkeypatch.setenv("SHOP_DB", url)
            options = {"table": "orders", "url": Secret("env", "SHOP_DB")} | options
            return read(SqlSource(SqlOptions(**options), tmp_path))

        return of

    def test_other_databases(self, read):
        message = r"(?s)CX209 The environment variable SHOP_DB holds no address .*postgresql://"
        with pytest.raises(CxengineError, match=message) as refused:
            read("mysql://me:sesame@host/shop")
        assert "sesame" not in str(refused.value)

    def test_what_speaks_to_it_is_not_installed(self, read, monkeypatch):
        monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
        with pytest.raises(CxengineError, match=r"(?s)CX240 .*not installed.*cxengine\[postgres\]"):
            read("postgresql://me@host/shop")

    def test_no_variable(self, read):
        with pytest.raises(CxengineError, match=r"CX321 .*SHOP_DB"):
            read("")

    def test_two_places(self, read):
        with pytest.raises(CxengineError, match=r"CX203 Either `url` or `database`"):
            read("postgresql://me@host/shop", database="shop.db")
