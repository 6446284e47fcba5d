"""Database engines that may be there: each runs expressions over rows of literals and gives Python values.

DuckDB always is. PostgreSQL is used when `CXENGINE_POSTGRES` holds a connection string and psycopg is
installed, ClickHouse when chdb is, Spark when pyspark and Java are.
"""

from __future__ import annotations

import json
import math
import os
from datetime import datetime
from functools import cache
from importlib.util import find_spec

import pytest

from cxengine.cel.targets.sql import dialect, literal, quoted

MISSING = {
    "postgres": None
    if os.environ.get("CXENGINE_POSTGRES") and find_spec("psycopg")
    else "set CXENGINE_POSTGRES to a connection string and install psycopg",
    "clickhouse": None if find_spec("chdb") else "install chdb",
    "spark": None if find_spec("pyspark") else "install pyspark and Java",
    "duckdb": None,
}


def backend(name):
    """A parameter of a test: the name of an engine, skipped with a reason when it is not there."""
    marks = [pytest.mark.skip(MISSING[name])] if MISSING[name] else []
    return pytest.param(name, marks=marks, id=name)


def relation(name, facts, types):
    """A SELECT of the facts as literals, every column with its type."""
    spelled = dialect(name)
    lines = []
    for number, row in enumerate(facts):
        cells = [f"{number} AS {quoted(name, 'row')}"]
        for path, type_ in types.items():
            value = row.get(path)
            text = "NULL" if value is None else constant(name, value)
            cells.append(f"CAST({text} AS {spelled.types[type_]}) AS {quoted(name, path)}")
        lines.append("SELECT " + ", ".join(cells))
    return " UNION ALL ".join(lines)


def constant(name, value):
    if isinstance(value, datetime):
        return dialect(name).moment(value)
    return literal(name, value)


def ask(name, expressions, facts, types):
    """The values of SQL expressions for every row of facts."""
    rows = relation(name, facts, types)
    order = quoted(name, "row")
    return _ASK[name](f"SELECT {', '.join(expressions)} FROM ({rows}) AS facts ORDER BY {order}")


@cache
def _postgres():
    import psycopg

    con = psycopg.connect(os.environ["CXENGINE_POSTGRES"], autocommit=True)
    con.execute("SET TIME ZONE 'America/Los_Angeles'")
    return con


class LeavesRangeError(Exception):
    """PostgreSQL raises where a double leaves its range: the query fails as a whole, loudly."""


def _ask_postgres(sql):
    import psycopg

    try:
        return [list(row) for row in _postgres().execute(sql.encode()).fetchall()]
    except psycopg.errors.NumericValueOutOfRange as error:
        if "overflow" in str(error) or "underflow" in str(error):
            raise LeavesRangeError from error
        raise


def _ask_clickhouse(sql):
    import chdb

    settings = "SETTINGS output_format_json_quote_denormals = 1"
    text = chdb.query(f"{sql} {settings}", "JSONCompactEachRow").bytes().decode()
    return [[_number(cell) for cell in json.loads(line)] for line in text.splitlines()]


def _number(cell):
    special = {"nan": math.nan, "-nan": math.nan, "inf": math.inf, "-inf": -math.inf}
    return special.get(cell, cell) if isinstance(cell, str) else cell


@cache
def _spark():
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "America/Los_Angeles")
        .getOrCreate()
    )


def _ask_spark(sql):
    return [list(row) for row in _spark().sql(sql).collect()]


def _ask_duckdb(sql):
    import duckdb

    return [list(row) for row in duckdb.connect().execute(sql).fetchall()]


_ASK = {
    "postgres": _ask_postgres,
    "clickhouse": _ask_clickhouse,
    "spark": _ask_spark,
    "duckdb": _ask_duckdb,
}
