"""The canonical spelling of expressions as edits: what changes, what stays, and that the meaning does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import cel
from cxengine.cel.spelling import doubles, edits

from . import mutation
from .test_properties import ENVIRONMENT as TYPED
from .test_properties import EXPRESSIONS

ENVIRONMENT = cel.Environment(mutation.VARIABLES)


def spelled(text, environment=ENVIRONMENT, quote='"', avoid=""):
    program = environment.compile(text)
    for edit in reversed(list(edits(text, doubles(program.tree), quote, avoid))):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nps<20&&count  >=3", "nps < 20.0 && count >= 3"),
        ("( nps+1 )*-2", "(nps + 1.0) * -2.0"),
        ("- count - - 3", "-count - -3"),
        ("! flag||!(flag )", "!flag || !(flag)"),
        ("nps in[1,2 ,3]", "nps in [1.0, 2.0, 3.0]"),
        ("count in [ 1,2,]", "count in [1, 2,]"),
        ("flag?nps:0", "flag ? nps : 0.0"),
        ("flag ?flag? 1:2: 3 ".replace("flag? 1:2", "(flag? 1:2)"), "flag ? (flag ? 1 : 2) : 3"),
        ("{'a' :1 , 'b':flag?2:3}.a", '{"a": 1, "b": flag ? 2 : 3}.a'),
        ("[ ? chosen,1] [ ? 0 ] . hasValue ( )", "[?chosen, 1][?0].hasValue()"),
        ("touchpoint . ? visits", "touchpoint.?visits"),
        ("{? 'k':chosen, ? 'l':chosen}", '{?"k": chosen, ?"l": chosen}'),
        (". count+1", ".count + 1"),
        ("tags . exists( t , t=='a' )", 'tags.exists(t, t == "a")'),
        ("name=='say \"hi\"'", "name == 'say \"hi\"'"),
        ("name == 'caf\\u00e9'", 'name == "café"'),
        ("name.matches(r'\\d+')", "name.matches(r'\\d+')"),
        ("name == '''a'''", "name == '''a'''"),
        ("data==B'\\001'", 'data == b"\\x01"'),
        ("count&&0".replace("&&", ">"), "count > 0"),
        ("count > 0XFF && size_ < 3U && nps < 1e3", "count > 0XFF && size_ < 3u && nps < 1000.0"),
        ("count>007", "count > 7"),
        ("nps<20 //low\n  &&count>3", "nps < 20.0 //low\n  && count > 3"),
        ("\n  nps<20\n  || flag\n", "\n  nps < 20.0\n  || flag\n"),
        ("  flag  ", "flag"),
        ("(2)<nps", "(2.0) < nps"),
    ],
)
def test_spelling(text, expected):
    assert spelled(text) == expected
    assert spelled(expected) == expected


def test_quotes_are_those_that_are_asked_for_unless_others_need_fewer_escapes():
    assert spelled('name == "web" || name == "it\'s"', quote="'") == "name == 'web' || name == \"it's\""
    assert spelled('name == "web" || name == "it\'s"', avoid="'") == 'name == "web" || name == "it\\u0027s"'


def test_a_part_of_an_expression_is_spelled_too():
    def part(text):
        for edit in reversed(list(edits(text))):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    assert part("<=count+ 3") == "<= count + 3"
    assert part("in['a' ]") == 'in ["a"]'
    assert part("- 3") == "-3"


@pytest.mark.parametrize("quote", ['"', "'"])
@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=EXPRESSIONS)
def test_the_meaning_stays(quote, text):
    program = TYPED.compile(text)
    text = spelled(text, TYPED, quote)
    assert TYPED.compile(text).canonical() == program.canonical()
    assert spelled(text, TYPED, quote) == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=EXPRESSIONS, data=st.data())
def test_however_it_was_spaced_the_spelling_is_the_same(text, data):
    from cxengine.cel.errors import Source
    from cxengine.cel.lexer import tokens

    found, _ = tokens(Source(text))
    words = [text[start:end] for _, _, start, end in found]
    spaced = "".join(word + data.draw(st.sampled_from([" ", "  ", "\t"])) for word in words)
    assert spelled(spaced, TYPED) == spelled(text, TYPED)


def test_mutated_expressions_keep_their_meaning():
    compiled = 0
    for text in mutation.expressions(7, 2_000):
        try:
            program = ENVIRONMENT.compile(text)
        except cel.CelError:
            continue
        compiled += 1
        again = spelled(text)
        assert ENVIRONMENT.compile(again).canonical() == program.canonical()
        assert spelled(again) == again
    assert compiled > 200
