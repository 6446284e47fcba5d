"""Whatever is done to a project file, the loader answers with findings, never with a traceback."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.diagnostics import CxengineError, render_github, render_json, render_text
from cxengine.plugin import Registry
from cxengine.project import load

STARTER = Path(__file__).parents[2] / "cxengine/cli/starter"
VALID = (
    "\n".join(path.read_text(encoding="utf-8") for path in sorted(STARTER.glob("*.toml")))
    .replace("{start}", "2026-01-05")
    .replace("{id}", "x")
    .replace("{name}", "X")
    .replace("${{name}}", "$${name}")
)
LINES = VALID.split("\n")

TOKENS = st.sampled_from(
    ["[", "]", "[[", "]]", "{", "}", '"', "'", '"""', "=", ".", ",", "\n", "#", "\\", "\\u0000", "\x00", "\ufeff", "é",
     "true", "nan", "-inf", "1e999", "0x", "1979-05-27", "07:32", "99999999999999999999", "[]", "{}", '""', "${data}", "${",
     "id = 1", "[stage]", "[[project]]", "extends = '..'", "extends = 'nine-stages'", "remove = true", "[params]\nid = {}", "use = 'nps'"]
)  # fmt: skip


@st.composite
def mutated(draw):
    """A valid project with a few lines dropped, doubled, swapped, cut or filled with something else."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = draw(st.integers(0, len(line)))
        change = draw(st.sampled_from(["drop", "double", "swap", "cut", "insert", "value"]))
        if change == "drop":
            lines.pop(at)
        elif change == "double":
            lines.insert(draw(st.integers(0, len(lines))), line)
        elif change == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], line
        elif change == "cut":
            lines[at] = line[:cut]
        elif change == "insert":
            lines[at] = line[:cut] + draw(TOKENS) + line[cut:]
        else:
            lines[at] = line.partition("=")[0] + "= " + draw(TOKENS)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def registry():
    import cxengine_standard

    return Registry(autoload=False, plugins=[cxengine_standard])


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "project.toml"


def test_the_seed_is_valid(registry, file):
    file.write_text(VALID, encoding="utf-8")
    assert load(file, registry=registry).project.initiatives


def findings(file, registry):
    """What the loader finds; anything but a CxengineError escapes and fails the test."""
    try:
        load(file, registry=registry)
    except CxengineError as error:
        return error.diagnostics
    return None


def attempt(file, registry):
    found = findings(file, registry)
    if found is None:
        return
    assert found
    for finding in found:
        assert finding.code.startswith("CX")
        assert finding.code != "CX600"
        assert finding.message.endswith(".")
        assert "\n" not in finding.message
    for render in (render_text, render_json, render_github):
        assert render(found)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=mutated())
def test_mutations_of_a_project(text, registry, file):
    file.write_text(text, encoding="utf-8")
    attempt(file, registry)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    content=st.one_of(
        st.binary(max_size=200), st.lists(TOKENS, max_size=20).map(lambda t: " ".join(t).encode())
    )
)
def test_anything_at_all(content, registry, file):
    file.write_bytes(content)
    attempt(file, registry)


VALUES = st.recursive(
    st.sampled_from(["true", "0", "-1", "3.5", "inf", '"x"', '"journey"', "2026-01-05", "07:30:00", '"[1]"', "2026-01-05T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
    | st.lists(inner, min_size=1, max_size=3).map(lambda vs: "{ " + ", ".join(f"{k} = {v}" for k, v in zip(["id", "column", "value"], vs, strict=False)) + " }"),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_value_replaced_by_one_of_another_kind(data, registry, file):
    lines = list(LINES)
    settable = [at for at, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    at = data.draw(st.sampled_from(settable))
    lines[at] = lines[at].partition("=")[0] + "= " + data.draw(VALUES)
    file.write_text("\n".join(lines), encoding="utf-8")
    attempt(file, registry)
