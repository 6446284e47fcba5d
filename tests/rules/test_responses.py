"""Rules about responses: attributes computed in SQL, held against the rows by hand."""

import csv
import random
import types

import pytest

from cxengine import Engine, cel
from cxengine.diagnostics import ProjectError
from cxengine.evidence.collect import collect
from cxengine.metrics.segment import cubes
from cxengine.plugin import hookimpl
from cxengine.rules.compiler import compile_rules
from cxengine.rules.plugged import plugged
from cxengine.rules.responses import derived_attributes


def derive(id_, when, **facts):
    given = ", ".join(f"{name} = '{formula}'" for name, formula in facts.items())
    return f'[[rule]]\nid = "{id_}"\nabout = "response"\nwhen = \'{when}\'\nderive = {{ {given} }}\n'


RULES = (
    derive("let-down", "at.counter.recommend <= 3 || answers.recommend.highest < 5", let_down="true"),
    derive(
        "depth", "let_down && answers.recommend.n == 2", depth="params.floor / 10 - answers.recommend.lowest"
    ),
    derive("deep", 'depth > 1 && attributes.kind == "guest"', deep="true", word='"deep"'),
)


@pytest.fixture
def rows(tmp_path):
    rng = random.Random(7)
    answers = ("", *map(str, range(11)))
    found = [
        {"kind": rng.choice(["guest", "member", ""]), "a": rng.choice(answers), "b": rng.choice(answers)}
        for _ in range(400)
    ]
    with (tmp_path / "cards.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["kind", "a", "b"])
        writer.writeheader()
        writer.writerows(found)
    return found


@pytest.fixture
def collected(cafe, rows):
    """The evidence of a run with these rules, and the responses as they stand in its tables."""

    def run(*toml):
        loaded = cafe(*toml)
        ruleset = compile_rules(loaded.project, loaded.origins, plugged(loaded))
        evidence = collect(loaded, derived=derived_attributes(ruleset))
        return evidence, evidence.backend.execute("SELECT * FROM responses ORDER BY response").to_pylist()

    return run


def by_hand(row):
    """What the rules say about a row, read from them by a person."""
    answers = [float(row[c]) for c in "ab" if row[c]]
    let_down = bool((row["a"] and float(row["a"]) <= 3) or (answers and max(answers) < 5))
    depth = 2.0 - min(answers) if let_down and len(answers) == 2 else None
    deep = depth is not None and depth > 1 and row["kind"] == "guest"
    return let_down, depth, deep, "deep" if deep else None


def test_attributes_are_those_of_the_rows(collected, rows):
    evidence, responses = collected(*RULES)
    found = [tuple(r[f"a_{name}"] for name in ("let_down", "depth", "deep", "word")) for r in responses]
    expected = [by_hand(row) for row in rows]
    assert found == expected
    assert all(len({row[i] for row in expected}) > 1 for i in range(4))
    kinds = {"kind": "text", "let_down": "boolean", "depth": "number", "deep": "boolean", "word": "text"}
    assert evidence.types == kinds


def test_no_answer_is_lost(collected):
    (plain, _), (more, _) = collected(), collected(*RULES)
    asked = "SELECT response_id, touchpoint, signal, value FROM signals ORDER BY ALL"
    assert more.backend.execute(asked).to_pylist() == plain.backend.execute(asked).to_pylist()


def test_the_order_of_rules_never_matters(collected):
    _, responses = collected(*RULES)
    _, shuffled = collected(*reversed(RULES))
    assert [sorted(r.items(), key=str) for r in shuffled] == [sorted(r.items(), key=str) for r in responses]


def test_segments_ask_for_what_was_derived(cafe, rows):
    segment = '[[segment]]\nid = "hurt"\nname = "Hurt"\nwhen = "attributes.let_down"\n'
    loaded = cafe(*RULES, segment)
    assert not [d for d in Engine().check(loaded) if d.severity == "error"]
    measurements = Engine().run(loaded).measurements
    found = measurements.get("nps", "touchpoint", "counter", segment="hurt")
    assert found.n == sum(by_hand(row)[0] for row in rows if row["a"])


def test_segments_still_have_to_read_what_there_is(cafe):
    loaded = cafe(*RULES, '[[segment]]\nid = "hurt"\nname = "Hurt"\nwhen = "attributes.letdown"\n')
    (found,) = [d for d in Engine().check(loaded) if d.severity == "error"]
    assert "let_down" in found.hint


@pytest.mark.parametrize(
    ("toml", "code", "line"),
    [
        (derive("a", "attributes.knd == 1", x="1"), "CEL204", 4),
        (derive("a", "true", kind="1"), "CX404", 5),
        (derive("a", "true", x="[1]"), "CX408", 5),
        (derive("a", "true", x="attributes.kind.format([1])"), "CEL", 5),
        (derive("a", "true", x="1") + 'tag = ["x"]', "CX406", 6),
        (derive("a", "true", x="1") + 'because = "x"', "CX406", 6),
    ],
)
def test_what_cannot_be_computed_there_is_said_at_its_line(cafe, toml, code, line):
    loaded = cafe(toml)
    with pytest.raises(ProjectError) as caught:
        compile_rules(loaded.project, loaded.origins)
    assert {d.location.line for d in caught.value.diagnostics} == {line}
    assert all(d.code.startswith(code) for d in caught.value.diagnostics)


SHOUTED = cel.Overload(
    "shop_shouted", (cel.STRING,), cel.BOOL, python=str.isupper, sql=lambda dialect, text: f"({text} = UPPER({text}))"
)  # fmt: skip


@pytest.mark.parametrize("has_sql", [True, False])
def test_segments_call_functions_of_plugins_that_are_implemented_in_sql(cafe, has_sql):
    loaded = cafe('[[segment]]\nid = "loud"\nname = "Loud"\nwhen = "shop.shouted(attributes.kind)"\n')
    overload = SHOUTED if has_sql else cel.Overload("quiet", (cel.STRING,), cel.BOOL, python=str.isupper)
    vendor = types.ModuleType("vendor")
    vendor.cxengine_functions = hookimpl(lambda: [cel.Function("shop.shouted", (overload,))])
    engine = Engine(plugins=[vendor])
    if has_sql:
        found = cubes(loaded.project, loaded.origins, {}, engine.registry.functions)
        assert any("UPPER" in cube.mask("duckdb") for cube in found)
        return
    with pytest.raises(ProjectError) as caught:
        cubes(loaded.project, loaded.origins, {}, engine.registry.functions)
    assert caught.value.diagnostics[0].location.line == 4
