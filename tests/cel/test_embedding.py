"""What a program that embeds the language does wrong, and that it is told what to do instead."""

from __future__ import annotations

import enum
from collections import ChainMap, UserDict
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from cxengine import cel


class Channel(enum.Enum):
    WEB = "web"


class Text(enum.StrEnum):
    WEB = "web"


ENVIRONMENT = cel.Environment(
    {
        "nps": cel.DOUBLE,
        "n": cel.INT,
        "u": cel.UINT,
        "s": cel.STRING,
        "t": cel.TIMESTAMP,
        "g": cel.DURATION,
        "l": cel.list_(cel.INT),
        "m": cel.map_(cel.STRING, cel.DOUBLE),
        "r": cel.record({"c": cel.enum("web", "app"), "k": cel.nullable(cel.INT)}),
        "x": cel.DYN,
    }
)
NUMPY = "Python's own values are facts: .tolist() makes them of NumPy's"


@pytest.mark.parametrize(
    ("text", "facts", "kind", "hint"),
    [
        ("nps < 20", {"nps": np.int64(3)}, "wrong_fact", NUMPY),
        ("nps < 20", {"nps": np.float32(3)}, "wrong_fact", NUMPY),
        ("l == [1]", {"l": np.array([1])}, "wrong_fact", NUMPY),
        (
            "x == 1",
            {"x": np.int64(1)},
            "wrong_fact",
            "Python's own values are: .tolist() makes them of NumPy's",
        ),
        ("nps < 20", {"nps": Decimal(3)}, "wrong_fact", "make it a float"),
        ("nps < 20", {"nps": None}, "wrong_fact", "leave the fact out, or declare it as nullable(double)"),
        ("nps < 20", {"nps": "3"}, "wrong_fact", "text is never read as another type: convert it before"),
        ("n < 20", {"n": 2**63}, "wrong_fact", "an int has 64 bits, a uint is not negative"),
        ("u < 20u", {"u": -1}, "wrong_fact", "an int has 64 bits, a uint is not negative"),
        ("nps < 20", {"nps": 2**70}, "wrong_fact", "an int has 64 bits, a uint is not negative"),
        (
            "t.getFullYear()",
            {"t": datetime(2026, 1, 1)},
            "wrong_fact",
            "give it a time zone: .replace(tzinfo=datetime.UTC)",
        ),
        (
            "t.getFullYear()",
            {"t": date(2026, 1, 1)},
            "wrong_fact",
            "a timestamp has a time of day: datetime.combine(date, time(tzinfo=UTC))",
        ),
        ("g > duration('1s')", {"g": 5}, "wrong_fact", "make it a timedelta"),
        ("r.c == 'web'", {"r": {"c": Channel.WEB}}, "wrong_fact", "give its .value"),
        ("l == [1]", {"l": {1}}, "wrong_fact", "give a list"),
        ("r.c == 'web'", {"r": {}}, "no_such_key", None),
        ("r.c == 'web'", {"r": None}, "no_such_overload", None),
        ("s.matches('a')", {"s": "\ud800"}, "invalid_argument", None),
        ("bytes(s)", {"s": "\ud800"}, "invalid_argument", None),
        ("n < 1", None, "wrong_fact", None),
        ("n < 1", [1], "wrong_fact", None),
    ],
)
def test_wrong_facts(text, facts, kind, hint):
    program = ENVIRONMENT.compile(text)
    for evaluate in (program, program.exact):
        with pytest.raises(cel.CelError) as raised:
            evaluate(facts)
        (found,) = raised.value.diagnostics
        assert (raised.value.kind, found.hint) == (kind, hint)
        assert found.location is not None
    assert program.explain(facts).error.kind == kind


@pytest.mark.parametrize(
    ("text", "facts", "value"),
    [
        ("nps < 20", {"nps": np.float64(3)}, True),
        ("nps < 20", {"nps": float("nan")}, False),
        ("r.c == 'web'", {"r": {"c": Text.WEB}}, True),
        ("r.c == 'web'", {"r": ChainMap({"c": "web"})}, True),
        ("m['a']", {"m": UserDict(a=1)}, 1.0),
        ("l", {"l": (1, 2)}, [1, 2]),
        ("has(r.k) && r.k == null", {"r": {"k": None}}, True),
        ("g > duration('1s')", {"g": timedelta(days=200_000)}, True),
    ],
)
def test_facts_that_almost_are_values(text, facts, value):
    assert ENVIRONMENT.compile(text)(facts) == value


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: ENVIRONMENT.compile(None), "an expression is a str, not None"),
        (lambda: ENVIRONMENT.compile("n", result="int"), "the result is a type of CEL"),
        (lambda: cel.Environment({"a": int}), "the variable 'a' is a type of CEL, such as cel.INT"),
        (lambda: cel.record({"a": "x"}), "the field 'a' is a type of CEL"),
        (lambda: cel.list_(int), "an element of a list is a type of CEL"),
        (lambda: cel.enum(1), "the values of an enum are strings"),
        (lambda: ENVIRONMENT.compile("n").sql("duckdb", {"n": 3}), "'n' is bound to SQL text"),
    ],
)
def test_what_is_no_type_and_no_text_is_refused_at_once(made, message):
    with pytest.raises(TypeError, match=message):
        made()


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("nps < 20", {"nps": np.array([1, "a", None], object)}, "the column nps cannot be read as double"),
        ("nps < 20", {"nps": np.array(["1"])}, "its dtype is <U1"),
        ("nps < 20", {"nps": np.array([[1.0]])}, "a column has one dimension"),
        ("n < 20", {"n": np.array([2**63], np.uint64)}, "a value does not fit into 64 bits"),
        ("nps < 20 && n > 1", {"nps": [1.0], "n": [1, 2]}, "the columns have different lengths: n 2, nps 1"),
        ("t.getFullYear()", {"t": ["2026-01-01"]}, "a value is a Python str"),
        ("t.getFullYear()", {"t": [datetime(2026, 1, 1)]}, "a datetime has no time zone"),
        ("r.c == 'web'", {"r": [{"c": "web"}]}, r"the column r is no mapping, so it has no column r\.c"),
        ("nps < 20", None, "columns are a mapping, not a NoneType"),
        ("nps < 20", pa.table({"nps": [1.0]}), "columns are a mapping, not a Table"),
    ],
)
def test_wrong_columns(text, columns, message):
    with pytest.raises(cel.CelError, match=message) as raised:
        ENVIRONMENT.compile(text).columns(columns)
    assert raised.value.kind == "wrong_fact"


def own(name, **targets):
    return cel.Function(name, (cel.Overload(f"{name}_int", (cel.INT,), cel.DOUBLE, **targets),))


OWN = cel.Environment(
    {"n": cel.INT},
    [
        own("fails", python=lambda n: 1 / 0, columns=lambda n: 1 / 0, sql=lambda dialect, n: 1 / 0),
        own("text", python=lambda n: "x", sql=lambda dialect, n: None),
        own("numpy", python=np.float64),
        own("rows", columns=lambda n: n * 1.0),
    ],
)


@pytest.mark.parametrize("text", ["fails(n)", "fails(1)", "text(n)", "text(1) + 1.0"])
def test_a_function_that_fails_is_the_one_that_is_told_of(text):
    program = OWN.compile(text)
    for evaluate in (program, program.exact):
        with pytest.raises(cel.CelError) as raised:
            evaluate({"n": 1})
        assert raised.value.kind == "function_failed"
    assert "error: " in str(program.explain({"n": 1}))


def test_what_is_wrong_with_a_function_is_told_on_other_targets_too():
    with pytest.raises(cel.CelError, match="fails failed: ZeroDivisionError"):
        OWN.compile("fails(n)").columns({"n": [1]})
    assert not OWN.compile("text(n)").columns({"n": [1]}).valid.any()
    with pytest.raises(cel.CelError, match="fails failed: ZeroDivisionError") as raised:
        OWN.compile("n > 0 && fails(n) > 1").sql("spark", {"n": "n"})
    assert raised.value.diagnostics[0].location.column == 10
    with pytest.raises(cel.CelError, match="text has no translation to spark"):
        OWN.compile("text(n)").sql("spark", {"n": "n"})
    with pytest.raises(cel.CelError, match="rows has no implementation in Python"):
        OWN.compile("rows(n)")({"n": 1})


def test_what_a_function_returns_is_a_value_of_the_language():
    program = OWN.compile("numpy(n) + 1.0")
    assert type(program({"n": 2})) is type(program.exact({"n": 2})) is float
