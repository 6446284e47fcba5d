"""One meaning on three targets: the same expression and facts give the same result, or fail alike.

The target SQL is DuckDB's here; the same expressions on the other engines are tests/engines/test_corpus.py.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, event, given, settings

from cxengine import cel

from .expressions import NULLABLE, PATHS, VARIABLES, conditions, nested, rows, shrunk_duration, values

FAILED = "failed"
SMALL = settings(derandomize=True, max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
BIG = settings(derandomize=True, max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
ENVIRONMENT = cel.Environment(variables=VARIABLES)
ARROW = {
    "i": pa.int64(),
    "j": pa.int64(),
    "d": pa.float64(),
    "e": pa.float64(),
    "s": pa.string(),
    "u": pa.string(),
    "b": pa.bool_(),
    "t": pa.timestamp("us"),
    "v": pa.timestamp("us"),
    "ns": pa.string(),
    "nd": pa.float64(),
    "tags": pa.list_(pa.string()),
    "r.k": pa.int64(),
    "r.c": pa.string(),
    "r.x": pa.int64(),
}


def outcome(function, facts):
    try:
        return function(facts)
    except cel.CelError:
        return FAILED


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    return type(left) is type(right) and left == right


def compiled(text):
    """The program, or None where the checker rightly objects (a constant that cannot be, say)."""
    try:
        return ENVIRONMENT.compile(text)
    except cel.CelError as error:
        if error.kind not in {"type_mismatch", "no_such_overload", "may_be_null", "not_in_enum", "syntax"}:
            raise
        event(f"not compiled: {error.kind}")
        return None


def plain(moment):
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment


def arrow_table(facts):
    columns = {p: pa.array([plain(row.get(p)) for row in facts], ARROW[p]) for p in PATHS}
    return pa.table(columns)


def column_forms(facts):
    """The same facts as the columns target may get them: Python lists, Arrow, dictionaries, NumPy."""
    table = arrow_table(facts)
    yield "lists", {p: [row.get(p) for row in facts] for p in PATHS}
    yield "arrow", {p: table[p] for p in PATHS}
    coded = {p: table[p].dictionary_encode() for p in ("s", "u", "r.c", "ns")}
    yield "coded", {p: coded.get(p, table[p]) for p in PATHS}
    if all(p in row for row in facts for p in PATHS) and not any("\0" in row["s"] for row in facts):
        yield "numpy", {p: as_numpy(p, [row[p] for row in facts]) for p in PATHS}


def as_numpy(path, items):
    if path in NULLABLE or path == "tags":
        return items
    return np.array([plain(item) for item in items], "M8[us]" if path in {"t", "v"} else None)


def listed(column):
    """A column as Python values, `FAILED` where the row failed."""
    items = [value.item() if hasattr(value, "item") else value for value in column.values]
    if isinstance(column.values, np.ndarray) and column.values.dtype.kind == "M":
        items = [item.replace(tzinfo=UTC) for item in column.values.tolist()]
    if isinstance(column.values, np.ndarray) and column.values.dtype.kind == "m":
        items = column.values.tolist()
    return [item if ok else FAILED for item, ok in zip(items, column.valid.tolist(), strict=True)]


@cache
def connection():
    con = duckdb.connect()
    con.execute("SET TimeZone = 'America/Los_Angeles'")
    return con


def bound(con_paths=PATHS):
    return {path: f'"{path}"' for path in con_paths}


def in_duckdb(program, facts):
    sql = program.sql("duckdb", bound())
    predicate = program.predicate("duckdb", bound()) if program.type == cel.BOOL else "NULL"
    facts_table = arrow_table(facts)
    con = connection()
    con.register("facts", facts_table)
    found = con.execute(f"SELECT {sql}, {predicate} FROM facts").fetchall()
    con.unregister("facts")
    return [row[0] for row in found], [row[1] for row in found]


def check(text, facts):
    program = compiled(text)
    if program is None:
        return
    exact = [outcome(program.exact, nested(row)) for row in facts]
    fused = [outcome(program, nested(row)) for row in facts]
    assert all(map(same, exact, fused)), (text, exact, fused)
    for form, columns in column_forms(facts):
        column = program.columns(columns)
        found = listed(column)
        assert all(map(same, exact, found)), (text, form, exact, found)
        if program.type == cel.BOOL:
            assert column.values.tolist() == [value is True for value in exact], (text, form)
    try:
        found, true = in_duckdb(program, facts)
    except cel.CelError as error:
        if error.kind != "unsupported" or error.diagnostics[0].location is None:
            raise
        event("refused by duckdb")
        return
    expected = [None if value is FAILED else sql_value(value) for value in exact]
    assert all(map(same, expected, found)), (text, program.sql("duckdb", bound()), expected, found)
    if program.type == cel.BOOL:
        assert true == [value is True for value in exact], (text, program.predicate("duckdb", bound()))


def sql_value(value):
    return shrunk_duration(value) if isinstance(value, timedelta) else plain(value)


LEAST = {"i": -(2**63), "j": -1, "d": math.nan, "e": math.nan, "s": "a", "u": "", "tags": [], "r.k": 0}


@pytest.mark.parametrize(
    "text",
    [
        "i % j",
        "i / j",
        "-i",
        "i - 1",
        "i * j",
        "i % r.k",
        "d <= e",
        "1.0 < d",
        "d != e",
        "d in [d]",
        "i in []",
        "i in [7, j]",
        "s + u in tags",
        "-(0 + -9223372036854775808)",
    ],
)
def test_corners_mean_the_same_everywhere(text):
    check(text, [LEAST, {}, {**LEAST, "i": 7, "d": 2.0}, {"j": -1, "e": math.nan}, {"i": 7}])


@SMALL
@given(conditions(2), rows())
def test_conditions_mean_the_same_everywhere(text, facts):
    check(text, facts)


@SMALL
@given(values(2), rows())
def test_values_mean_the_same_everywhere(text, facts):
    check(text, facts)


@SMALL
@given(values(1), rows(missing=False))
def test_complete_facts_mean_the_same_everywhere(text, facts):
    check(text, facts)


@pytest.mark.slow
@BIG
@given(conditions(3), rows())
def test_many_conditions_mean_the_same_everywhere(text, facts):
    check(text, facts)


@pytest.mark.slow
@BIG
@given(values(2), rows())
def test_many_values_mean_the_same_everywhere(text, facts):
    check(text, facts)
