"""The columns target: what arrays it takes, what it gives, and what failure and null look like in it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from cxengine import cel

ENVIRONMENT = cel.Environment(
    variables={
        "nps": cel.DOUBLE,
        "n": cel.INT,
        "ok": cel.BOOL,
        "at": cel.TIMESTAMP,
        "note": cel.nullable(cel.STRING),
        "tags": cel.list_(cel.STRING),
        "touchpoint": cel.record({"channel": cel.enum("web", "app", "store"), "visits": cel.INT}),
        "params": cel.map_(cel.STRING, cel.DOUBLE),
    }
)


def columns(text, **facts):
    return ENVIRONMENT.compile(text).columns(facts)


def test_nested_mappings_and_dotted_paths_are_the_same():
    program = ENVIRONMENT.compile('nps < 20 && touchpoint.channel == "web"')
    nps, channel = np.array([10.0, 30.0, 10.0]), np.array(["web", "web", "app"])
    nested = program.columns({"nps": nps, "touchpoint": {"channel": channel}})
    dotted = program.columns({"nps": nps, "touchpoint.channel": channel})
    assert nested.values.tolist() == dotted.values.tolist() == [True, False, False]
    assert nested.valid.all()


@pytest.mark.parametrize(
    "channel",
    [
        ["web", None, "app"],
        np.array(["web", None, "app"], object),
        np.ma.array(["web", "store", "app"], mask=[False, True, False]),
        pa.array(["web", None, "app"]),
        pa.array(["web", None, "app"]).dictionary_encode(),
        pa.chunked_array([["web"], [None, "app"]]),
    ],
    ids=["list", "object", "masked", "arrow", "dictionary", "chunked"],
)
def test_a_missing_fact_fails_its_row(channel):
    column = columns('touchpoint.channel != "web"', touchpoint={"channel": channel})
    assert column.valid.tolist() == [True, False, True]
    assert column.values.tolist() == [False, False, True]


def test_errors_are_absorbed_row_by_row():
    ok = [True, None, False, None]
    either = columns("ok || n > 1", ok=ok, n=[0, 5, 0, 0])
    assert either.values.tolist() == [True, True, False, False]
    assert either.valid.tolist() == [True, True, True, False]
    both = columns("ok && n > 1", ok=ok, n=[0, 5, 0, 0])
    assert both.values.tolist() == [False, False, False, False]
    assert both.valid.tolist() == [True, False, True, True]


def test_a_negated_failure_is_not_true():
    column = columns("!(n > 1)", n=[0, None, 5])
    assert column.values.tolist() == [True, False, False]
    assert column.valid.tolist() == [True, False, True]


def test_no_function_is_true_where_it_failed():
    column = columns("math.isNaN(nps / nps)", nps=[0.0, None, 1.0])
    assert column.values.tolist() == [True, False, False]
    assert column.valid.tolist() == [True, False, True]


def test_integers_do_not_wrap():
    top = 2**63 - 1
    column = columns("n + 1", n=np.array([top, 1]))
    assert column.valid.tolist() == [False, True]
    assert column.values[1] == 2
    assert columns("n * n", n=np.array([2**32, -3])).valid.tolist() == [False, True]
    assert columns("-n", n=np.array([-top - 1, 7])).valid.tolist() == [False, True]
    assert columns("n - 2", n=np.array([-top, 0])).valid.tolist() == [False, True]


def test_division_truncates_and_fails_by_zero():
    column = columns("n / touchpoint.visits", n=[7, -7, 7, 7], touchpoint={"visits": [2, 2, -2, 0]})
    assert column.values[:3].tolist() == [3, -3, -3]
    assert column.valid.tolist() == [True, True, True, False]
    rest = columns("n % touchpoint.visits", n=[7, -7, 7, 7], touchpoint={"visits": [2, 2, -2, 0]})
    assert rest.values[:3].tolist() == [1, -1, 1]


def test_doubles_follow_ieee_754():
    column = columns("nps / (nps - nps)", nps=np.array([1.0, -1.0, 0.0]))
    assert column.valid.all()
    assert column.values[:2].tolist() == [np.inf, -np.inf]
    assert np.isnan(column.values[2])


def test_nan_is_a_number_and_not_missing():
    column = columns("nps == nps || nps < 1.0", nps=np.array([np.nan, 2.0]))
    assert column.valid.all()
    assert column.values.tolist() == [False, True]


def test_nulls_are_values():
    column = columns("note == null", note=["a", None])
    assert column.values.tolist() == [False, True]
    assert column.valid.all()
    given = columns("note", note=["a", None])
    assert given.null.tolist() == [False, True]
    assert given.filled("-").tolist() == ["a", "-"]


def test_has_tells_which_rows_have_the_fact():
    column = columns("has(touchpoint.visits)", touchpoint={"visits": [1, None], "channel": ["web", "web"]})
    assert column.values.tolist() == [True, False]
    absent = columns("has(touchpoint.visits)", touchpoint={"channel": ["web", "web"]})
    assert absent.values.tolist() == [False, False]


def test_a_column_that_is_not_there_is_missing_everywhere():
    column = columns("ok || n > 1", ok=[True, False])
    assert column.valid.tolist() == [True, False]


def test_lists_and_maps_go_row_by_row():
    column = columns(
        '"a" in tags && params.floor < nps',
        tags=[["a"], [], ["a"]],
        params={"floor": [1.0, 1.0, 9.0]},
        nps=[5.0] * 3,
    )
    assert column.values.tolist() == [True, False, False]
    made = columns("tags.filter(t, t != 'a')", tags=[["a", "b"], []])
    assert made.values.tolist() == [["b"], []]


def test_times_are_utc_microseconds():
    moments = np.array(["2026-01-04T23:30:00", "2026-03-01", "NaT"], "M8[s]")
    column = columns("at.getDayOfWeek()", at=moments)
    assert column.values[:2].tolist() == [0, 0]
    assert column.valid.tolist() == [True, True, False]
    zoned = columns('at.getHours("Europe/Berlin")', at=[datetime(2026, 7, 1, 22, tzinfo=UTC)])
    assert zoned.values.tolist() == [0]


def test_a_scalar_counts_for_every_row():
    assert columns("nps < params.floor", nps=np.array([1.0, 3.0]), params={"floor": 2.0}).values.tolist() == [
        True,
        False,
    ]


def test_constants_fill_all_rows():
    column = columns("n > 0 || true", n=[1, None])
    assert column.values.tolist() == [True, True]


def test_all_valid_says_which_row_is_not():
    column = columns("n + 1", n=[1, None, 3, None])
    with pytest.raises(cel.CelError, match="2 of 4 rows have no value, the first is row 1"):
        column.all_valid()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"n": np.array([1.5])}, "the column n cannot be read as int"),
        ({"n": ["7"]}, "a value is a Python str"),
        ({"n": [True]}, "a value is a Python bool"),
        ({"n": [2**63]}, "does not fit into 64 bits"),
        ({"n": np.array(["7"])}, "the column n cannot be read as int"),
        ({"n": [1, 2], "nps": [1.0]}, "the columns have different lengths: n 2, nps 1"),
    ],
)
def test_columns_of_another_type_are_refused(facts, message):
    with pytest.raises(cel.CelError, match=message) as raised:
        columns("n > 1", **facts)
    assert raised.value.kind == "wrong_fact"


def test_a_table_is_decoded_once():
    reads = []

    class Watched(list):
        def __iter__(self):
            reads.append(1)
            return super().__iter__()

    table = cel.Table({"touchpoint": {"channel": Watched(["web", "app"])}})
    for wanted, found in (("web", [True, False]), ("app", [False, True])):
        program = ENVIRONMENT.compile(f'touchpoint.channel == "{wanted}"')
        assert program.columns(table).values.tolist() == found
    assert len(reads) == 1


def test_registered_functions_may_bring_their_own_arrays():
    double = cel.Overload("double_it", (cel.INT,), cel.INT, python=lambda x: 2 * x, columns=lambda x: x * 2)
    environment = cel.Environment(variables={"n": cel.INT}, functions=[cel.Function("twice", (double,))])
    assert environment.compile("twice(n) + 1").columns({"n": np.array([1, 2])}).values.tolist() == [3, 5]


def test_functions_of_python_get_numbers_of_python_also_from_constants():
    found = columns("math.greatest(nps, -(0.0 / 0.0))", nps=np.array([1.0, 2.0]))
    assert found.valid.all()
    assert found.values.tolist() == [1.0, 2.0]
