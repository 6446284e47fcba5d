"""`cxengine fmt` from outside: what it changes in files, and what it never touches."""

from __future__ import annotations

import shutil
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.cel.spelling import Edit
from cxengine.engine import Engine
from cxengine.formatting import formatted
from cxengine.project.document import parse
from cxengine.project.layers import rulesets
from cxengine.project.rewrite import rewritten
from cxengine.rules.compiler import compile_rules

FILES = Path(__file__).parent / "fmt"
MESSY, TIDY = (FILES / "messy.toml").read_bytes(), (FILES / "tidy.toml").read_bytes()


@pytest.fixture
def shop(cli, tmp_path):
    folder = tmp_path / "shop"
    assert cli("new", folder)[0] == 0
    shutil.rmtree(folder / "cases")
    (folder / "rules.toml").write_bytes(MESSY)
    return folder


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.toml")}


def canonical(folder):
    loaded = Engine().load(folder)
    layers = compile_rules(loaded.project, loaded.origins).layers.values()
    rules = [rule for layer in layers for one in layer for rule in one.rules]
    return {(r.rule.id, n): p.canonical() for r in rules for n, p in {"when": r.when, **r.derive}.items()}


def test_expressions_change_and_nothing_else_does(cli, shop):
    before, meaning = bytes_of(shop), canonical(shop)
    code, out, err = cli("fmt", shop)
    assert (code, err) == (0, "1 of 5 files changed.\n")
    assert out.startswith("Formatted ")
    assert bytes_of(shop) == before | {"rules.toml": TIDY}
    assert canonical(shop) == meaning
    assert cli("fmt", shop) == (0, "", "Every expression is spelled as it should be.\n")
    assert bytes_of(shop) == before | {"rules.toml": TIDY}
    assert not [path for path in shop.iterdir() if path.name.endswith(".new")]


def test_check_and_diff_write_nothing(cli, shop):
    before = bytes_of(shop)
    code, out, err = cli("fmt", "--check", shop)
    assert (code, err) == (1, "1 of 5 files would change.\n")
    assert '-derive = { a_lot = "pain*100", plain="( pain )", "less"="pain*100.0" }\n' in out
    assert '+derive = { a_lot = "pain * 100.0", plain="(pain)", "less"="pain * 100.0" }\n' in out
    assert cli("fmt", "--diff", shop) == (0, out, err)
    assert bytes_of(shop) == before
    (shop / "rules.toml").write_bytes(TIDY)
    assert cli("fmt", "--check", shop)[0] == 0


def test_line_ends_the_byte_order_mark_and_permissions_stay(cli, shop):
    rules = shop / "rules.toml"
    rules.write_bytes(b"\xef\xbb\xbf" + MESSY.replace(b"\n", b"\r\n"))
    rules.chmod(0o640)
    assert cli("fmt", shop)[0] == 0
    assert rules.read_bytes() == b"\xef\xbb\xbf" + TIDY.replace(b"\n", b"\r\n")
    assert stat.S_IMODE(rules.stat().st_mode) == 0o640


def test_what_is_wrong_is_said_and_nothing_written(cli, shop):
    wrong = MESSY.replace(b"pain>=1&&", b"pian>=1&&", 1).replace(b"love<3", b"love<", 1)
    (shop / "rules.toml").write_bytes(wrong)
    code, out, err = cli("fmt", shop)
    assert (code, out) == (2, "")
    assert "CEL201 undeclared name 'pian'" in err
    assert "CEL101 expected an expression" in err
    assert (shop / "rules.toml").read_bytes() == wrong


def test_a_ruleset_that_is_extended_is_left_alone(cli, tmp_path, shop):
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "./shop/cxengine.toml"\n[[rule]]\nid = "mine"\nabout = "touchpoint"\n'
        'when = "pain>1"\nbecause = "mine"\n'
    )
    before = bytes_of(shop)
    assert cli("fmt", own)[2] == "1 of 1 file changed.\n"
    assert 'when = "pain > 1.0"\n' in own.read_text()
    assert bytes_of(shop) == before


@pytest.mark.parametrize("name", sorted(path.parent.name for path in rulesets().glob("*/cxengine.toml")))
def test_rulesets_are_spelled_as_they_should_be(name):
    assert [file.diff() for file in formatted(Engine().load(rulesets() / name)) if file.changed] == []


STRINGS = st.text(st.sampled_from(["a", "é", "😀", '"', "'", "\\", "\n", " ", "\t", "="]), max_size=8)


def toml_string(value, kind):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    if kind == '"':
        return '"' + escaped.replace("\n", "\\n") + '"'
    if kind == '"""':
        return '"""\n' + escaped.replace(" ", " \\\n   ", 1).replace(" \\\n   ", "\\u0020\\\n   ") + '"""'
    return None if "'" in value or (kind == "'" and "\n" in value) else f"{kind}{value}{kind}"


def test_a_line_break_that_would_come_first_is_not_lost():
    document = parse("k = '''=\nx'''\n", Path("x.toml"), "x.toml")
    assert rewritten(document, {("k",): [Edit(0, 1, "")]}) == document.text
    assert rewritten(document, {("k",): [Edit(0, 1, "b")]}) == "k = '''b\nx'''\n"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), kind=st.sampled_from(['"', "'", '"""', "'''"]))
def test_any_edit_of_any_string_says_what_was_meant(data, kind):
    value = data.draw(STRINGS)
    written = toml_string(value, kind)
    if written is None or tomllib.loads(f"k = {written}")["k"] != value:
        return
    document = parse(f"a = 1 # é\nk = {written} # \"\nb = 'x'\n", Path("x.toml"), "x.toml")
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    new = data.draw(st.text(st.sampled_from(['"', "\\", "b", " "]), max_size=3))
    text = rewritten(document, {("k",): [Edit(start, end, new)]})
    found = tomllib.loads(text)
    assert {**found, "k": None} == {"a": 1, "k": None, "b": "x"}
    edited = value[:start] + new + value[end:]
    joined = kind == '"""' and "\\\n" in written
    first = kind == "'''" and edited.startswith("\n")  # a line break there would not count
    left_out = found["k"] == value and (joined or first)
    assert found["k"] == edited or left_out
    assert text.endswith(" # \"\nb = 'x'\n")
