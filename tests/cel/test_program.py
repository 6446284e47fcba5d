"""Evaluating: facts, errors, explanations, fused programs, limits."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cxengine import cel

VARIABLES = {
    "nps": cel.DOUBLE,
    "count": cel.INT,
    "flag": cel.BOOL,
    "name": cel.STRING,
    "when": cel.TIMESTAMP,
    "maybe": cel.nullable(cel.INT),
    "any": cel.DYN,
    "order": cel.record({"total": cel.DOUBLE, "lines": cel.list_(cel.record({"price": cel.DOUBLE}))}),
}
ENVIRONMENT = cel.Environment(VARIABLES)


def value(text, **facts):
    program = ENVIRONMENT.compile(text)
    found = program(facts)
    assert program.exact(facts) == found
    return found


def failure(text, **facts):
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(text)(facts)
    return raised.value


def test_values():
    assert value("nps < 20 && order.total > 50", nps=12.5, order={"total": 60.0}) is True
    assert value("order.lines.map(l, l.price)", order={"lines": [{"price": 1}, {"price": 2.5}]}) == [1.0, 2.5]
    assert value("any.a[1] + 1", any={"a": (1, 2)}) == 3
    assert value("maybe == null", maybe=None) is True


@pytest.mark.parametrize(
    ("text", "facts", "kind"),
    [
        ("nps < 20", {}, "no_such_key"),
        ("order.total > 1", {"order": {}}, "no_such_key"),
        ("order.total > 1", {"order": 5}, "no_such_overload"),
        ("nps < 20", {"nps": "12"}, "wrong_fact"),
        ("nps < 20", {"nps": True}, "wrong_fact"),
        ("flag", {"flag": 1}, "wrong_fact"),
        ("flag || flag", {"flag": "true"}, "wrong_fact"),
        ("count + 1", {"count": 2**63 - 1}, "overflow"),
        ("count > 1", {"count": 2**63}, "wrong_fact"),
        ("1 / count", {"count": 0}, "divide_by_zero"),
        ("1 % count", {"count": 0}, "modulus_by_zero"),
        ("count % -1", {"count": -(2**63)}, "overflow"),
        ("count / -1", {"count": -(2**63)}, "overflow"),
        ("any.a", {"any": {"b": 1}}, "no_such_key"),
        ("any + 1", {"any": "x"}, "no_such_overload"),
        ("[1][count]", {"count": 1}, "index_out_of_range"),
        ("int(name)", {"name": "x"}, "invalid_argument"),
        ("int(nps)", {"nps": 1e300}, "out_of_range"),
        ("when.getHours()", {"when": datetime(2026, 1, 1)}, "wrong_fact"),
        ("name.matches(name)", {"name": "("}, "invalid_argument"),
        ("{name: 1, 'a': 2}", {"name": "a"}, "duplicate_key"),
        ("optional.none().value()", {}, "no_value"),
    ],
)
def test_failures_are_of_the_right_kind(text, facts, kind):
    error = failure(text, **facts)
    assert error.kind == kind
    assert error.diagnostics[0].location is not None


def test_a_failure_is_shown_at_its_place():
    assert str(failure("flag && 10 / count > 1", flag=True, count=0)) == (
        "<expression>:1:9: CEL302 division by zero\n"
        "    1 | flag && 10 / count > 1\n"
        "      |         ^^^^^^^^^^"
    )


@pytest.mark.parametrize(
    "text", ["count / 0 > 1 || flag", "flag || count / 0 > 1", "!(count / 0 > 1 && !flag)"]
)
def test_a_decided_and_or_absorbs_failures_on_either_side(text):
    assert value(text, flag=True, count=1) is True


def test_a_missing_fact_hurts_only_who_needs_it():
    programs = {
        text: ENVIRONMENT.compile(text) for text in ("nps < 20", "flag", "count > 1 || flag", "maybe == null")
    }
    found = cel.fuse(programs)({"flag": True, "nps": 3})
    assert found["nps < 20"] is True
    assert found["flag"] is True
    assert found["count > 1 || flag"] is True
    assert isinstance(found["maybe == null"], cel.CelError)
    assert found["maybe == null"].kind == "no_such_key"


def test_a_missing_fact_is_no_member_of_an_empty_list_either():
    program = cel.Environment(variables={"x": cel.INT, "xs": cel.list_(cel.INT)}).compile("x in xs")
    for evaluate in (program, program.exact):
        with pytest.raises(cel.CelError) as caught:
            evaluate({"xs": []})
        assert caught.value.kind == "no_such_key"


def test_the_method_of_an_unknown_name_stays_one_in_canonical_text():
    environment = cel.Environment(variables={"count": cel.INT})
    text = "(math).greatest(count, 3, -1)"
    canonical = environment.compile(text, check_types=False).canonical()
    assert environment.compile(canonical, check_types=False).canonical() == canonical == text


def test_programs_of_different_environments_fuse():
    other = cel.Environment({"nps": cel.STRING})
    programs = {"number": ENVIRONMENT.compile("nps > 1"), "text": other.compile('nps == "x"')}
    assert cel.fuse(programs)({"nps": "x"})["text"] is True
    assert cel.fuse(programs)({"nps": 2.0})["number"] is True


def test_timestamps_of_any_zone_are_the_same_moment():
    east = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert value("when.getFullYear()", when=east) == 2025
    assert value('when == timestamp("2025-12-31T23:00:00Z")', when=east) is True


def test_nanoseconds_are_kept():
    text = 'timestamp("2026-01-01T00:00:00.000000001Z")'
    assert value(f"{text} > when", when=datetime(2026, 1, 1, tzinfo=UTC)) is True
    assert value(f'{text} - duration("1ns") == when', when=datetime(2026, 1, 1, tzinfo=UTC)) is True
    assert value(f"string({text})") == "2026-01-01T00:00:00.000000001Z"


def test_an_overflow_test_may_stand_in_what_a_macro_runs_over():
    assert value("[count + 1].map(x, x * 2)[0] + count", count=1) == 5


def test_true_and_one_are_two_keys():
    assert value("{true: 'a', 1: 'b'}[true]") == "a"
    assert value("{true: 'a', 1: 'b'}[1]") == "b"
    assert value("true in any", any={1: 2}) is False


def test_explain_has_the_shape_of_the_expression():
    program = ENVIRONMENT.compile("nps < 20 && (count > 1 || flag)")
    assert str(program.explain({"nps": 12.0, "count": 2})) == (
        "nps < 20 && (count > 1 || flag) -> True\n"
        "  nps < 20 -> True\n"
        "    nps -> 12.0\n"
        "  (count > 1 || flag) -> True\n"
        "    count > 1 -> True\n"
        "      count -> 2\n"
        "    flag -> not evaluated"
    )
    assert str(program.explain({"nps": 30.0})).splitlines()[3] == "  (count > 1 || flag) -> not evaluated"
    broken = program.explain({"nps": 3.0})
    assert broken.state == "error"
    assert broken.outcome() == "error: no such key: there is no fact 'count'"


def test_reads():
    program = ENVIRONMENT.compile("has(order.total) && order.lines.exists(l, l.price > nps) || any.a.b == 1")
    assert program.reads == {("order", "total"), ("order", "lines"), ("nps",), ("any", "a", "b")}


def test_functions_of_ones_own():
    double = cel.Overload("twice_int", (cel.INT,), cel.INT, receiver=True, python=lambda number: number * 2)
    broken = cel.Overload("broken_int", (cel.INT,), cel.INT, python=lambda number: [][number])
    functions = [cel.Function("twice", (double,)), cel.Function("broken", (broken,))]
    environment = cel.Environment({"count": cel.INT}, functions)
    assert environment.compile("count.twice()")({"count": 4}) == 8
    with pytest.raises(cel.CelError) as raised:
        environment.compile("broken(count)")({"count": 4})
    assert raised.value.kind == "function_failed"
    with pytest.raises(ValueError, match="twice_int"):
        cel.Environment({}, [*functions, functions[0]])


@pytest.mark.parametrize(
    "text",
    ["(" * 300 + "1" + ")" * 300, "-" * 5000 + "count", "count + " * 300 + "1", "1" * 200_000, "[" * 100_000],
)
def test_limits(text):
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(text)
    assert raised.value.kind == "limit"


def test_deep_expressions_below_the_limit_work():
    assert value("(" * 240 + "count" + ")" * 240, count=1) == 1
    assert value("count + " * 240 + "1", count=1) == 241
    assert value("flag ? 1 : " * 240 + "2", flag=False) == 2
    assert value("flag && " * 5000 + "flag", flag=True) is True
    assert value("[1].map(x, " * 120 + "x" + ")" * 120 + "[0]" * 100) is not None


def test_cost():
    nested = "any.all(a, any.all(b, any.all(c, a != b && b != c)))"
    assert ENVIRONMENT.compile(nested).cost > 1_000_000 > ENVIRONMENT.compile("any.all(a, a > 1)").cost
    doubling = "".join(f"cel.bind(x{i}, x{i - 1} + x{i - 1}, " for i in range(1, 60))
    doubling = f'cel.bind(x0, "ab", {doubling}x59)' + ")" * 59
    assert ENVIRONMENT.compile(doubling).cost > 2**50
    with pytest.raises(cel.CelError, match="estimated cost"):
        cel.Environment(VARIABLES, cost_limit=10_000).compile(nested)


def test_importing_is_cheap():
    text = "import sys; from cxengine import cel; print([m for m in ('re2', 'numpy', 'zoneinfo') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_block_nests_as_deeply_as_it_has_values():
    def block(count):
        return f"cel.block([{', '.join(['count'] * count)}], cel.index({count - 1}) + 1)"

    assert ENVIRONMENT.compile(block(200)).canonical().count("cel.bind") == 200
    with pytest.raises(cel.CelError, match="nests deeper than 250 levels"):
        ENVIRONMENT.compile(block(249))


def test_where_the_stack_is_used_up_there_is_an_error_of_the_language():
    program = ENVIRONMENT.compile("count + " * 240 + "1")
    small = ENVIRONMENT.compile("count + 1")

    def uses(program):
        facts = {"count": 1}
        yield lambda: program.exact(facts)
        yield program.canonical
        yield lambda: program.explain(facts)
        yield lambda: program.sql("duckdb", {"count": "c"})

    def deep(levels, use):
        return use() if levels == 0 else deep(levels - 1, use)

    used = len(inspect.stack())
    for imported, use in zip(uses(small), uses(program), strict=True):
        imported()
        with pytest.raises(cel.CelError) as raised:
            deep(sys.getrecursionlimit() - used - 60, use)
        assert raised.value.kind in {"limit", "unsupported"}


def test_a_program_is_made_once_for_the_same_text():
    environment = cel.Environment(VARIABLES)
    assert environment.compile("nps < 20") is environment.compile("nps < 20")
    assert environment.compile("nps < 20") is not environment.compile("nps < 20", name="other")
    assert environment.compile("nps", check_types=False) is not environment.compile("nps")
    with pytest.raises(cel.CelError):
        environment.compile("nps", result=cel.BOOL)
