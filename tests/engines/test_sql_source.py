"""The SQL source reads a PostgreSQL server: types as the text of a file, in a transaction that cannot write."""

import engines
import pytest
import servers
from cxengine_standard.sources.sql import SqlOptions, SqlSource

from cxengine import Engine
from cxengine.diagnostics import CxengineError
from cxengine.plugin import Secret

TABLE = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE answers (
    id uuid, score integer, paid numeric(10, 2), ratio double precision, late boolean, feels mood,
    "asked at" timestamptz, local timestamp, day date, extra jsonb, took interval, tags text[], "a ""b"" c" text
);
INSERT INTO answers VALUES (
    '00000000-0000-0000-0000-000000000007', 9, 5.00, 0.25, true, 'glad', '2026-03-29 01:30:00+01',
    '2026-03-29 01:30:00', '2026-03-29', '{"a": 1}', '90 minutes', '{x,y}', 'é'
), (NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE SEQUENCE seq;
CREATE TABLE many AS SELECT i AS id, 1 + i % 5 AS q, DATE '2026-01-01' + i % 90 AS day
    FROM generate_series(1, 200000) AS g(i);
"""
PROJECT = """
[project]
id = "shop"
name = "Shop"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "survey"
use = "sql"
options = { url = "env:SHOP_DB", query = "SELECT * FROM many ORDER BY id -- all of them" }

[source.mapping]
response_id = "id"
occurred_at = "day"
signals = [{ signal = "rating", columns = { q = "checkout" } }]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"
"""


@pytest.fixture(scope="module")
def server():
    if reason := engines.missing("postgres"):
        pytest.skip(reason)
    from adbc_driver_postgresql import dbapi

    try:
        with servers.postgres() as connection:
            with dbapi.connect(connection, autocommit=True) as made, made.cursor() as cursor:
                for statement in filter(str.strip, TABLE.split(";\n")):
                    cursor.execute(statement)
            yield connection
    except servers.CannotStartError as error:
        pytest.skip(str(error))


@pytest.fixture
def read(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SHOP_DB", server)

    def of(**options):
        source = SqlSource(SqlOptions(url=Secret("env", "SHOP_DB"), **options), tmp_path)
        return [row for batch in source.read() for row in batch.rows.to_pylist()]

    return of


def test_every_type_is_text(read):
    first, second = read(table="answers")
    assert first == {
        "id": "00000000-0000-0000-0000-000000000007",
        "score": "9",
        "paid": "5.00",
        "ratio": "0.25",
        "late": "true",
        "feels": "glad",
        "asked at": "2026-03-29 00:30:00+00",
        "local": "2026-03-29 01:30:00",
        "day": "2026-03-29",
        "extra": '{"a": 1}',
        "took": "01:30:00",
        "tags": "{x,y}",
        'a "b" c': "é",
    }
    assert set(second.values()) == {None, "false"}
    assert read(query="SELECT id FROM public.answers WHERE false;") == []


def test_a_run_reads_it_like_a_file(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SHOP_DB", server)
    (tmp_path / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    result = Engine().run(tmp_path)
    found = result.measurements.get("csat", "touchpoint", "checkout")
    assert (found.value, found.n) == (3.0, 200_000)
    (account,) = result.evidence.accounts
    assert account.rows_used == 200_000
    assert len(account.inputs["query"]) == 64


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"table": "answer"},
            r'(?s)CX209 The database refuses the table: .*"answer".*Did you mean "answers"',
        ),
        ({"query": "SELECT nothing FROM many"}, "CX209 The database refuses the query: .*nothing"),
        ({"query": "DELETE FROM many"}, "CX209 The database refuses the query"),
        ({"query": "SELECT 1; DROP TABLE many"}, "CX209 The database refuses the query"),
        ({"query": "SELECT nextval('seq')"}, "CX209 The database refuses the query"),
        (
            {"query": "WITH gone AS (DELETE FROM many RETURNING *) SELECT * FROM gone"},
            "CX209 The database refuses the query",
        ),
    ],
)
def test_what_the_server_refuses(read, options, message):
    with pytest.raises(CxengineError, match=message):
        read(**options)
    assert len(read(query="SELECT 1 AS one FROM many")) == 200_000


def test_a_server_that_is_not_there(read, monkeypatch):
    monkeypatch.setenv("SHOP_DB", f"postgresql://cx:pa%20ssword@127.0.0.1:{servers.free_port()}/shop")
    with pytest.raises(
        CxengineError, match=r"(?s)CX209 The database cannot be reached: .*SHOP_DB"
    ) as refused:
        read(table="answers")
    assert "ssword" not in str(refused.value)
