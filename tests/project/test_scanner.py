"""The scanner finds every key and value of what tomllib accepts."""

import datetime as dt
import tomllib

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.diagnostics import Location, ProjectError
from cxengine.project.document import parse
from cxengine.project.scanner import decoded_offsets, scan

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x7f"), max_size=12)
KEYS = st.one_of(st.sampled_from(["id", "name", "a-b", "x_1", "7", "true"]), TEXTS)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    TEXTS,
    st.dates(dt.date(1, 1, 1)),
    st.datetimes(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)


# --- a writer that uses every way TOML has ----------------------------------------------------------


@st.composite
def written(draw):
    """The text of a document in varied spelling."""
    data = draw(DOCUMENTS)
    lines = []
    for key, value in data.items():
        spelt = draw(st.sampled_from(["header", "dotted", "plain"]))
        if isinstance(value, dict) and spelt == "header":
            continue
        if isinstance(value, dict) and value and spelt == "dotted":
            lines += [
                f"{spell_key(draw, key)} . {spell_key(draw, k)} = {spell(draw, v)}" for k, v in value.items()
            ]
        else:
            lines.append(
                f"{spell_key(draw, key)}{blank(draw)}={blank(draw)}{spell(draw, value)}{comment(draw)}"
            )
    done = tomllib.loads("\n".join(lines))
    for key, value in data.items():
        if key in done:
            continue
        lines.append(f"[ {spell_key(draw, key)} ]{comment(draw)}")
        lines += [f"\t{spell_key(draw, k)} = {spell(draw, v)}" for k, v in value.items()]
    for index in range(draw(st.integers(0, 3))):
        lines += ["", "[[rows . deep]]" if index % 2 else '[["rows"."deep"]]', f"n = {index}"]
        lines += ["[rows.deep.inner]", f"text = {spell(draw, draw(TEXTS))}"]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", " # the end"]))


def blank(draw):
    return draw(st.sampled_from(["", " ", "\t "]))


def comment(draw):
    return draw(st.sampled_from(["", " # x = [1, '", '# "']))


def spell_key(draw, key):
    if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) and draw(st.booleans()):
        return key
    return basic(key)


def basic(text):
    return tomli_w.dumps({"k": text}).removeprefix("k = ").rstrip("\n")


def spell(draw, value):
    if isinstance(value, str):
        return spell_text(draw, value)
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n  # ] a comment\n "]))
        items = f",{gap}".join(spell(draw, item) for item in value)
        return f"[{gap}{items}{',' if value and draw(st.booleans()) else ''}{gap}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{spell_key(draw, k)} = {spell(draw, v)}" for k, v in value.items()) + " }"
    spelt = tomli_w.dumps({"k": value}).removeprefix("k = ").rstrip("\n")
    return spelt.replace("T", " ") if isinstance(value, dt.datetime) and draw(st.booleans()) else spelt


def spell_text(draw, value):
    plain = all(c == "\t" or c.isprintable() for c in value)
    ways = ["basic"]
    ways += ["literal"] if plain and "'" not in value else []
    ways += ["multi literal"] if plain and "'''" not in value and not value.endswith("'") else []
    ways += ["multi basic"] if all(c in "\t\n" or c.isprintable() for c in value) else []
    way = draw(st.sampled_from(ways))
    if way == "literal":
        return f"'{value}'"
    if way == "multi literal":
        return f"'''\n{value}'''"
    if way == "multi basic":
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        escaped = escaped[:-1] + '\\"' if escaped.endswith('"') else escaped
        fold = draw(st.integers(0, len(value)))
        return (
            '"""\n'
            + (escaped if "\\" in escaped or fold == 0 else escaped[:fold] + folded(escaped[fold:]))
            + '"""'
        )
    return basic(value)


def folded(rest):
    """A line ending that the text does not have; spaces that follow it would be swallowed."""
    return rest if rest[:1] in (" ", "\t", "\n") else "\\  \n\n\t " + rest


# --- properties -------------------------------------------------------------------------------------


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    if path and not isinstance(value, dict | list):
        yield path, value


@settings(max_examples=200, deadline=None, derandomize=True)
@given(written())
def test_every_leaf_is_found_and_parses_back(text):
    entries = scan(text)
    for path, value in leaves(tomllib.loads(text)):
        span = entries[path].value
        assert tomllib.loads(f"k = {text[span.start : span.end]}")["k"] == value
        if isinstance(path[-1], str):
            key = entries[path].key
            assert tomllib.loads(f"{text[key.start : key.end]} = 1") == {path[-1]: 1}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(written())
def test_every_character_of_a_text_is_where_it_is_spelt(text):
    entries = scan(text)
    for path, value in leaves(tomllib.loads(text)):
        if isinstance(value, str):
            span = entries[path].value
            offsets = decoded_offsets(text, span)
            assert len(offsets) == len(value) + 1
            assert offsets == sorted(offsets)
            for character, offset in zip(value, offsets, strict=False):
                assert text[offset] in (character, "\\")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_what_tomli_w_writes_is_found(data):
    text = tomli_w.dumps(data)
    assert {path for path, _ in leaves(data)} <= set(scan(text))


# --- places inside texts ----------------------------------------------------------------------------


def inside(text, path, line, column, end=None):
    document = parse(text, None, "p.toml")
    place = document.within(path, Location("", line, column, end))
    return place.line, place.column, place.end_column


def test_a_place_inside_a_text_on_one_line():
    assert inside("when = 'nps.low < 3'", ("when",), 1, 5, 8) == (1, 13, 16)


def test_a_place_behind_an_escape():
    assert inside(r'when = "a == \"b\" && c"', ("when",), 1, 13) == (1, 23, 24)


def test_a_place_in_a_text_of_several_lines():
    assert inside('when = """\nfirst &&\n  second\n"""', ("when",), 2, 3, 9) == (3, 3, 9)


def test_a_place_behind_a_folded_line():
    assert inside('when = """\nfirst && \\\n   second"""', ("when",), 1, 10) == (3, 4, 5)


def test_windows_line_ends_count_once():
    assert inside('a = 1\r\nwhen = """\r\nfirst\r\nsecond"""', ("when",), 2, 1) == (4, 1, 2)


def test_a_place_past_the_end_is_the_closing_quote():
    assert inside("when = 'a &&'", ("when",), 1, 5) == (1, 13, 14)


def test_a_key_twice_behind_deep_nesting_is_told_all_the_same():
    deep = "a = " + "[" * 450 + "]" * 450
    with pytest.raises(ProjectError) as caught:
        parse(f"{deep}\nb = 1\nb = 2\n", None, "p.toml")
    (finding,) = caught.value.diagnostics
    assert finding.code in ("CX101", "CX103")
    assert finding.location.file == "p.toml"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(written(), st.sampled_from([("once", 1), ('"two words"', 1), ("a.b", 3)]))
def test_a_key_twice_is_told_at_both_places(text, twice):
    key, column = twice
    before = f"{text}\n[a-table-of-its-own]\n"
    line = before.count("\n") + 1
    with pytest.raises(ProjectError) as caught:
        parse(f'{before}{key} = 1\n\n{key} = """\n"""', None, "p.toml")
    (finding,) = caught.value.diagnostics
    assert finding.message == f"The key `{key}` is written twice; first at p.toml:{line}:{column}."
    assert (finding.location.line, finding.location.column) == (line + 2, 1)
