"""What is said about an expression with mistakes of spelling: every mistake, once, and what else is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel

ENVIRONMENT = cel.Environment(
    variables={
        "nps": cel.DOUBLE,
        "count": cel.INT,
        "name": cel.STRING,
        "flag": cel.BOOL,
        "score": cel.nullable(cel.DOUBLE),
        "tags": cel.list_(cel.STRING),
        "touchpoint": cel.record({"channel": cel.enum("web", "app", "store")}),
    }
)


def findings(text):
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(text)
    return [
        f"{d.location.column} {d.message}" + (f": {d.hint}" if d.hint else "")
        for d in raised.value.diagnostics
    ]


UNENDED = "expected an expression, found the end: the bracket opened at column 1 is not closed"
UNCLOSED = "the string is not closed: strings over several lines stand in triple quotes"
ESCAPE = "\\q is not an escape sequence: write \\\\ for a backslash, or put r before the string"
NSP = "undeclared name 'nsp': did you mean 'nps'?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # an operand is missing
        ("nps < && nsp > 1", ["7 expected an expression, found '&&'", f"10 {NSP}"]),
        ("count > 1 %% nsp", ["12 expected an expression, found '%'", f"14 {NSP}"]),
        ("[1, , nsp]", ["5 expected an expression, found ','", f"7 {NSP}"]),
        ("() || nsp > 1", ["2 expected an expression, found ')'", f"7 {NSP}"]),
        ("(nsp <", [f"2 {NSP}", f"7 {UNENDED}"]),
        # an operator is missing
        ("count foo > 3 && nsp > 1", ["7 expected an operator, found 'foo'", f"18 {NSP}"]),
        ("nsp b c (d e) && flag", [f"1 {NSP}", "5 expected an operator, found 'b'"]),
        ("nps. && nsp > 1", ["6 expected a field name after the dot, found '&&'", f"9 {NSP}"]),
        ("nsp < 3, flag", [f"1 {NSP}", "8 expected an operator, found ','"]),
        # words and signs of other languages
        (
            "nsp < 3 and flag or not count > 1",
            [
                f"1 {NSP}",
                "9 expected an operator, found 'and': write && for and",
                "18 expected an operator, found 'or': write || for or",
                "21 expected an expression, found 'not': write ! for not",
            ],
        ),
        ("nps = 3 & nsp > 2", ["5 cannot read '=': compare with ==",
                               "9 cannot read '&': write && for and", f"11 {NSP}"]),
        ("nps === 3", ["7 cannot read '=': compare with =="]),
        ("nps => nsp", ["5 cannot read '=>': write >=", f"8 {NSP}"]),
        ("nps <> nsp", ["6 expected an expression, found '>': write != for unequal", f"8 {NSP}"]),
        ("nps <\u00a020 && nsp > 1", ["6 cannot read '\\xa0': write a plain space", f"13 {NSP}"]),
        ("nps < 3;;; flag", ["8 cannot read ';': an expression has no end mark"]),
        # brackets
        ("(nsp < 3] && flag", [f"2 {NSP}", "9 expected an operator, found ']': ) closes the bracket"]),
        ("size(tags[1) > nsp", ["12 expected an operator, found ')': ] closes the bracket", f"16 {NSP}"]),
        ("nps < 3) && nsp > 1", ["8 expected an operator, found ')': nothing is open here", f"13 {NSP}"]),
        ("((nsp < 3", [f"3 {NSP}", "10 expected ')', found the end: opened at column 2"]),
        ('tags.exists(t, t == "a" && nsp > 1', [f"28 {NSP}",
                                                "35 expected ')', found the end: opened at column 1"]),
        ("name.substring(1,) == nsp", ["17 expected an argument after the comma", f"23 {NSP}"]),
        # macros bind nothing that cannot be read, and that is no finding of its own
        ("tags.exists(t., t == 1) && nsp > 1", ["15 expected a field name after the dot, found ','",
                                                f"28 {NSP}"]),
        ("tags.exists(t, t == ) && nsp > 1", ["21 expected an expression, found ')'", f"26 {NSP}"]),
        # conditionals and maps
        ("flag ? nsp", [f"8 {NSP}", "11 expected : and the other branch of the conditional"]),
        ("flag ? flag ? 1 : 2 : nsp",
         ["13 a conditional inside the middle of another needs brackets", f"23 {NSP}"]),
        ('{"a": 1 2, "b": nsp}', ["9 expected an operator, found 2", f"17 {NSP}"]),
        ('{nsp, "b": 1}', [f"2 {NSP}", "5 expected : and a value after the key"]),
        # literals
        ("package == nsp", ["1 'package' is a reserved word", f"12 {NSP}"]),
        ("99999999999999999999 > nsp", ["1 the number does not fit into an int", f"24 {NSP}"]),
        ("1e999 > nsp", ["1 the number does not fit into a double", f"9 {NSP}"]),
        ("'\\q' == name && nsp > 2", [f"2 {ESCAPE}", f"17 {NSP}"]),
        ("nsp > 1 && name == 'abc && flag", [f"1 {NSP}", f"20 {UNCLOSED}"]),
        ("""name == "abc' && flag == "x\"""", [f"28 {UNCLOSED}"]),
    ],
)  # fmt: skip
def test_every_mistake_is_said_once_and_hides_nothing_else(text, expected):
    assert findings(text) == expected


def test_a_string_that_is_not_closed_ends_with_its_line():
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile("name == 'abc &&\nnsp > 3")
    assert [(d.location.line, d.location.column) for d in raised.value.diagnostics] == [(1, 9)]
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile("name == 'abc\n&& nsp > 3")
    assert [(d.location.line, d.location.column) for d in raised.value.diagnostics] == [(1, 9), (2, 4)]


# A term, and what is wrong with it however the terms around it are spelled.
TERMS = {
    "nsp > 1": "undeclared name 'nsp'",
    "count == name": "no such overload: int == string",
    "score < 3.0": "score may be null",
    'touchpoint.channel == "wep"': '"wep" is not one of "web", "app", "store"',
    "tags.exists(t, tg == t)": "undeclared name 'tg'",
    "foo(count) == 2": "unknown function 'foo'",
}
BROKEN = [
    "nps <",
    "nps 3",
    "nps = 3",
    "(nps < 3",
    "[1, 2",
    "nps < nps > < 3",
    "tags[0",
    "{count: }",
    "name.size(",
    "count ? 1",
    "!",
    "nps . 3",
    "for == 1",
    "f(a b)",
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    terms=st.lists(st.sampled_from(list(TERMS)), min_size=1, max_size=5),
    broken=st.lists(st.sampled_from(BROKEN), min_size=1, max_size=2),
    sign=st.sampled_from([" && ", " || "]),
    data=st.data(),
)
def test_what_is_wrong_elsewhere_is_told_beside_mistakes_of_spelling(terms, broken, sign, data):
    mixed = data.draw(st.permutations([*terms, *broken]))
    text = sign.join(mixed)
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(text)
    found = [(d.code, d.message) for d in raised.value.diagnostics]
    for term in terms:
        assert sum(message == TERMS[term] for _, message in found) == terms.count(term), (text, found)
    # An open bracket may swallow the mistake behind it, but no mistake makes two of its own kind.
    assert 1 <= sum(code == "CEL101" for code, _ in found) <= len(broken) + 1


def test_of_very_many_findings_the_first_are_shown_and_the_others_counted():
    with pytest.raises(cel.CelError) as raised:
        ENVIRONMENT.compile(" && ".join(f"x{i} > 1" for i in range(250)))
    *shown, last = raised.value.diagnostics
    assert [d.message for d in shown] == [f"undeclared name 'x{i}'" for i in range(100)]
    assert last.message == "150 more findings in this expression are not shown"
    assert last.severity == "note"
