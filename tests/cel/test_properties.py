"""Properties of typed expressions over generated facts: the generated code and the exact evaluation agree."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel

from . import conformance

INTS = st.one_of(st.integers(-5, 5), st.sampled_from([2**63 - 1, -(2**63), 2**53, 2**53 + 1]))
DOUBLES = st.one_of(st.sampled_from([0.0, -0.0, 1.5, 1e300, math.inf, -math.inf, math.nan]), st.floats())
STRINGS = st.one_of(st.sampled_from(["", "a", "ab", "ß😀"]), st.text(max_size=3))
FACTS = {
    "i": (cel.INT, INTS),
    "u": (cel.UINT, st.integers(0, 2**64 - 1).map(cel.uint)),
    "d": (cel.DOUBLE, DOUBLES),
    "s": (cel.STRING, STRINGS),
    "b": (cel.BOOL, st.booleans()),
    "t": (cel.TIMESTAMP, st.datetimes(timezones=st.just(UTC))),
    "g": (cel.DURATION, st.timedeltas(timedelta(days=-90_000), timedelta(days=90_000))),
    "n": (cel.nullable(cel.INT), st.one_of(st.none(), INTS)),
    "l": (cel.list_(cel.INT), st.lists(INTS, max_size=4)),
    "m": (cel.map_(cel.STRING, cel.DOUBLE), st.dictionaries(STRINGS, DOUBLES, max_size=3)),
}
ENVIRONMENT = cel.Environment({name: type_ for name, (type_, _) in FACTS.items()})
WRONG = st.sampled_from([None, "7", 7, 7.5, True, [], {}, 2**70, b"x"])


LEAVES = {"i": ["i", "3", "-1"], "d": ["d", "2.5"], "s": ["s", '"a"'], "b": ["b", "true"]}
# What an expression of a kind may be made of: {i}, {d}, {s} and {b} stand for expressions of those kinds.
FORMS = {
    "i": "({i} + {i})|({i} - {i})|({i} * {i})|({i} / {i})|({i} % {i})|-({i})|size({s})|int({d})|l[{i}]|({b} ? {i} : {i})"
    "|(n != null ? n : {i})|t.getFullYear()|int(s)|l.map(x, x + {i})[0]|math.greatest({i}, {i})",
    "d": "({d} + {d})|({d} - {d})|({d} * {d})|({d} / {d})|-({d})|double({i})|m[{s}]|({b} ? {d} : {d})|math.round({d})",
    "s": "({s} + {s})|string({i})|string({d})|string({b})|{s}.substring({i})|({b} ? {s} : {s})|string(t)",
    "b": "({i} < {i})|({i} == {i})|({d} <= {d})|({d} != {d})|({s} > {s})|({s} == {s})|({b} && {b})|({b} || {b})|!{b}"
    "|({b} && {b} && {b})|({i} in l)|({s} in m)|l.exists(x, x > {i})|l.all(x, {i} / x > 0)|(n != null && n > {i})"
    "|t > t - g|g < g + g|u + 1u > u|{s}.contains({s})|l.exists_one(x, x == {i})|n == {i}|({d} in [1.5, 2.5])|({i} < {d})"
    "|l.filter(x, x != {i}) == l|has(m.a)|({b} == {b})|dyn({i}) == {d}|dyn({s}) < dyn({i})|cel.bind(y, {i}, y == y + 0)",
}
PARTS = re.compile(r"\{([idsb])\}")


@st.composite
def expressions(draw, kind="b", depth=4):
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(LEAVES[kind]))
    form = draw(st.sampled_from(_forms(kind)))
    return PARTS.sub(lambda part: draw(expressions(part[1], depth - 1)), f"({form})")


def _forms(kind):
    return [form.replace("\0", "||") for form in FORMS[kind].replace("||", "\0").split("|")]


EXPRESSIONS = st.sampled_from("idsb").flatmap(expressions)
GIVEN = st.fixed_dictionaries({}, optional={name: values for name, (_, values) in FACTS.items()})
SPOILED = st.builds(
    lambda facts, spoil: {**facts, **spoil},
    GIVEN,
    st.dictionaries(st.sampled_from(list(FACTS)), WRONG, max_size=2),
)


def outcome(function, facts):
    try:
        return function(facts)
    except cel.CelError as error:
        return error


def agree(left, right):
    if isinstance(left, cel.CelError) or isinstance(right, cel.CelError):
        return isinstance(left, cel.CelError) and isinstance(right, cel.CelError) and left.kind == right.kind
    return conformance.same(left, right)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=EXPRESSIONS, facts=SPOILED)
def test_generated_code_agrees_with_the_exact_evaluation(text, facts):
    program = ENVIRONMENT.compile(text)
    fast, exact = outcome(program, facts), outcome(program.exact, facts)
    assert agree(fast, exact), (fast, exact)
    assert agree(cel.fuse({"a": program, "b": program})(facts)["b"], exact)
    again = ENVIRONMENT.compile(program.canonical())
    assert again.canonical() == program.canonical()
    assert agree(outcome(again, facts), exact)
    shown = program.explain(facts)
    assert agree(shown.error if shown.state == "error" else shown.value, exact)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, derandomize=True)
@given(text=EXPRESSIONS, facts=SPOILED)
def test_generated_code_agrees_with_the_exact_evaluation_at_length(text, facts):
    program = ENVIRONMENT.compile(text)
    assert agree(outcome(program, facts), outcome(program.exact, facts))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(left=SPOILED, text=EXPRESSIONS, other=EXPRESSIONS)
def test_fusing_changes_no_result(left, text, other):
    programs = {"one": ENVIRONMENT.compile(text), "two": ENVIRONMENT.compile(other)}
    together = cel.fuse(programs)(left)
    for name, program in programs.items():
        assert agree(together[name], outcome(program, left))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.datetimes(timezones=st.just(UTC)), nanos=st.integers(0, 999))
def test_timestamps_survive_text(value, nanos):
    from cxengine.cel.values import timestamp, timestamp_nanos

    moment = timestamp(timestamp_nanos(value) + nanos)
    program = cel.Environment({"t": cel.TIMESTAMP}).compile(
        "timestamp(string(t)) == t && t - t == duration('0s')"
    )
    assert program({"t": moment}) is True


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), INTS, STRINGS),
        lambda v: st.lists(v, max_size=3) | st.dictionaries(STRINGS, v, max_size=3),
        max_leaves=6,
    )
)
def test_values_of_any_shape_are_equal_to_themselves(value):
    program = cel.Environment({"v": cel.DYN}).compile("v == v && [v] == [v] && {'k': v}.k == v && v in [v]")
    assert program({"v": value}) is True


def test_datetimes_of_python_compare_with_nanoseconds():
    program = cel.Environment({"t": cel.TIMESTAMP}).compile(
        "t < t + duration('1ns') && t + duration('1ns') > t"
    )
    assert program({"t": datetime(2026, 1, 1, tzinfo=UTC)}) is True
