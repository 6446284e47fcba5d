"""What the checker says, word for word."""

from __future__ import annotations

import pytest

from cxengine import cel

ENVIRONMENT = cel.Environment(
    variables={
        "nps": cel.DOUBLE,
        "count": cel.INT,
        "name": cel.STRING,
        "flag": cel.BOOL,
        "score": cel.nullable(cel.DOUBLE),
        "tags": cel.list_(cel.STRING),
        "touchpoint": cel.record(
            {"channel": cel.enum("web", "app", "store"), "note": cel.nullable(cel.STRING)}
        ),
    }
)


def findings(text):
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(text)
    return [
        (d.code, d.message, (d.location.column, d.location.end_column), d.hint)
        for d in raised.value.diagnostics
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nsp < 3", ("CEL201", "undeclared name 'nsp'", (1, 4), "did you mean 'nps'?")),
        ("revenue < 3", ("CEL201", "undeclared name 'revenue'", (1, 8), None)),
        ("tags.exists(tag, tg == name)", ("CEL201", "undeclared name 'tg'", (18, 20), "did you mean 'tag'?")),
        (
            'touchpoint.chanel == "web"',
            ("CEL204", "touchpoint has no field 'chanel'", (12, 18), "did you mean 'channel'?"),
        ),
        ("touchpoint.x == 1", ("CEL204", "touchpoint has no field 'x'", (12, 13), "fields: channel, note")),
        ("count.x", ("CEL204", "a value of type int has no fields: .x", (7, 8), None)),
        (
            'touchpoint.channel == "wep"',
            ("CEL205", '"wep" is not one of "web", "app", "store"', (23, 28), "did you mean 'web'?"),
        ),
        (
            'touchpoint.channel in ["web", "phone"]',
            ("CEL205", '"phone" is not one of "web", "app", "store"', (31, 38), None),
        ),
        (
            'name.startsWit("a")',
            ("CEL202", "unknown function 'startsWit'", (6, 15), "did you mean 'startsWith'?"),
        ),
        ("maths.abs(1)", ("CEL202", "unknown function 'maths.abs'", (1, 13), "did you mean 'math.abs'?")),
        (
            "size(count)",
            (
                "CEL203",
                "no such overload: size(int)",
                (1, 12),
                "accepted: size(string), size(bytes), size(list(A)), size(map(A, B))",
            ),
        ),
        (
            "nps + count",
            (
                "CEL203",
                "no such overload: double + int",
                (1, 12),
                "turn the whole number into a double: double(...)",
            ),
        ),
        (
            "name == count",
            (
                "CEL203",
                "no such overload: string == int",
                (1, 14),
                "both sides need the same type, or wrap one in dyn(...)",
            ),
        ),
        ("count && flag", ("CEL203", "a side of && is a bool, not a value of type int", (1, 6), None)),
        ("score < 3.0", ("CEL207", "score may be null", (1, 6), "test it first: score != null && ...")),
        (
            "touchpoint.note.size()",
            (
                "CEL207",
                "touchpoint.note may be null",
                (1, 16),
                "test it first: touchpoint.note != null && ...",
            ),
        ),
        ("has(count)", ("CEL208", "has() takes a field: has(a.b)", (5, 10), None)),
        ("tags.all(1, flag)", ("CEL208", "all() binds a name here", (10, 11), "write a simple name")),
        ("nps = 3", ("CEL101", "cannot read '='", (5, 6), "compare with ==")),
        ("flag and flag", ("CEL101", "expected an operator, found 'and'", (6, 9), "write && for and")),
        ("(nps < 3", ("CEL101", "expected ')', found the end", (9, 10), "opened at column 1")),
        (
            "'abc",
            (
                "CEL101",
                "the string is not closed",
                (1, 2),
                "strings over several lines stand in triple quotes",
            ),
        ),
        (
            "'\\q'",
            (
                "CEL101",
                "\\q is not an escape sequence",
                (2, 4),
                "write \\\\ for a backslash, or put r before the string",
            ),
        ),
        (
            "9223372036854775808",
            (
                "CEL101",
                "the number does not fit into an int",
                (1, 20),
                "write 18446744073709551615u for a uint",
            ),
        ),
    ],
)
def test_finding(text, expected):
    assert findings(text) == [expected]


def test_all_findings_come_at_once_in_the_order_of_the_text():
    found = findings('nsp < 3 && touchpoint.chanel == "web" || foo(count) || size(1) > 2')
    assert [code for code, *_ in found] == ["CEL201", "CEL204", "CEL202", "CEL203"]


def test_a_finding_knows_its_line():
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile("flag &&\n  nsp < 3", name="rules.toml")
    assert str(raised.value) == (
        "rules.toml:2:3: CEL201 undeclared name 'nsp'\n"
        "    2 |   nsp < 3\n"
        "      |   ^^^\n"
        "      = did you mean 'nps'?"
    )


@pytest.mark.parametrize(
    "text",
    [
        "score != null && score < 3.0",
        "score == null || score < 3.0",
        "score == null ? false : score < 3.0",
        "!(score == null) && flag && score < 3.0",
        'has(touchpoint.note) && touchpoint.note != null && touchpoint.note.startsWith("a")',
    ],
)
def test_a_test_for_null_narrows(text):
    assert ENVIRONMENT.compile(text).type == cel.BOOL


def test_a_test_for_null_narrows_no_further_than_it_holds():
    assert [code for code, *_ in findings("(score != null || flag) && score < 3.0")] == ["CEL207"]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("nps>100", "nps > 100.0"),
        ("nps in [1, 2]", "nps in [1.0, 2.0]"),
        ("nps * 2 + 1", "nps * 2.0 + 1.0"),
        ("flag ? nps : 0", "flag ? nps : 0.0"),
        ("math.greatest(nps, 0)", "math.greatest(nps, 0.0)"),
        ("math.least([nps, 2.5, -1]) < nps", "math.least([nps, 2.5, -1]) < nps"),
        ("count > 100", "count > 100"),
        ("tags.map(x, nps + 1)", "tags.map(x, nps + 1.0)"),
        ("(nps + 1) * -2", "(nps + 1.0) * -2.0"),
        ("!(flag||flag)&&flag", "!(flag || flag) && flag"),
        ("cel.bind(x, nps, x > 1)", "cel.bind(x, nps, x > 1.0)"),
    ],
)
def test_whole_numbers_beside_a_double_fact_are_doubles(text, canonical):
    assert ENVIRONMENT.compile(text).canonical() == canonical


@pytest.mark.parametrize("text", ["1 + 2.5", "[1.5].map(x, x + 1)", "nps + count", "2.5 * 1 + nps"])
def test_literals_among_themselves_keep_their_types(text):
    assert "CEL203" in [code for code, *_ in findings(text)]


def test_the_wanted_type_is_checked():
    with pytest.raises(cel.CelError, match="expected a bool, this is of type double"):
        ENVIRONMENT.compile("nps", result=cel.BOOL)
    with pytest.raises(cel.CelError, match=r"expected a double, this is of type nullable\(double\)"):
        ENVIRONMENT.compile("score", result=cel.DOUBLE)
    assert ENVIRONMENT.compile("count", result=cel.nullable(cel.INT)).type == cel.INT


def test_unchecked_expressions_fail_when_evaluated():
    program = ENVIRONMENT.compile("missing || foo(1) || flag", check_types=False)
    assert program({"flag": True}) is True
    with pytest.raises(cel.CelError) as raised:
        program({"flag": False})
    assert raised.value.kind == "undeclared_name"
