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
from cxengine.rules.conclude import conclude_one
from cxengine.rules.conclusion import Subject
from cxengine.rules.plugged import plugged
from cxengine.rules.responses import derived_attributes, exclusions


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
        evidence = collect(loaded, derived=derived_attributes(ruleset), excluded=exclusions(ruleset))
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
        (derive("a", "true", x="1") + 'tag = ["x"]', "CX403", 5),
        (derive("a", "true", x="1") + 'tag = ["kind"]', "CX404", 6),
        (derive("a", "true", x="1") + 'tag = ["very angry"]', "CX406", 6),
        (derive("a", "true", x="1") + 'because = "{attributes.kind}"', "CX406", 6),
        (derive("a", "true", x="1") + "require = true", "CX406", 6),
        (derive("a", "b") + 'tag = ["a"]\n' + derive("b", "a") + 'tag = ["b"]', "CX402", 4),
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


def tagging(id_, when, *tags, **keys):
    listed = ", ".join(f'"{tag}"' for tag in tags)
    lines = [f'[[rule]]\nid = "{id_}"\nabout = "response"\nwhen = \'{when}\'\ntag = [{listed}]']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())]) + "\n"


TAGS = (
    tagging("low", "at.counter.recommend <= 3", "angry"),
    tagging("deep-down", "let_down && at.table.recommend <= 2", "angry", "lost"),
    RULES[0],
    derive("after", "angry && answers.recommend.n == 2", both="true"),
)
EXCLUDING = (
    tagging("staff", 'attributes.kind == "member" && angry', exclude="true", because='"Members below {params.floor}."'),
    tagging("silent", "answers.recommend.n == 0", exclude="true"),
)  # fmt: skip


def as_facts(row):
    """What a case would say about a row."""
    from cxengine.rules.cases.given import answered

    places = {"counter": row["a"], "table": row["b"]}
    at = {place: {"recommend": float(value)} for place, value in places.items() if value}
    kind = {"kind": row["kind"]} if row["kind"] else {}
    return answered({"attributes": kind, "at": at, "params": {"floor": 20.0}}, ["recommend"])


def test_tags_are_attributes_that_several_rules_give(collected, rows):
    _, responses = collected(*TAGS)
    for row, response in zip(rows, responses, strict=True):
        low = bool(row["a"]) and float(row["a"]) <= 3
        lost = by_hand(row)[0] and bool(row["b"]) and float(row["b"]) <= 2
        assert (response["a_angry"], response["a_lost"]) == (low or lost, lost)
        assert response["a_both"] == ((low or lost) and bool(row["a"]) and bool(row["b"]))
    assert len({r["a_angry"] for r in responses}) == len({r["a_lost"] for r in responses}) == 2


def test_cases_and_the_database_say_the_same(cafe, collected, rows):
    """What rules conclude of one response in Python is what SQL makes of the row."""
    toml = (*TAGS, *RULES[1:], *EXCLUDING)
    loaded = cafe(*toml)
    ruleset = compile_rules(loaded.project, loaded.origins)
    evidence, responses = collected(*toml)
    kept, excluded = iter(responses), 0
    for row in rows:
        found = conclude_one(ruleset, Subject("response", "r"), as_facts(row))
        excluded += found.excluded
        if not found.excluded:
            response, known = next(kept), ruleset.settled(found)
            names = [d.name for d in ruleset.derived["response"]]
            assert {n: response[f"a_{n}"] for n in names} == {n: known.get(n) for n in names}
    assert next(kept, None) is None
    assert excluded == evidence.accounts[0].rows_excluded > 0


def test_what_rules_leave_out_is_accounted_for(collected, rows):
    (before, _), (evidence, responses) = collected(*TAGS), collected(*TAGS, *EXCLUDING)
    (old,), (new,) = before.accounts, evidence.accounts
    assert new.rows_read == new.rows_used + new.rows_quarantined + new.rows_superseded + new.rows_excluded
    assert new.values_read == (
        new.values_used
        + new.values_blank
        + new.values_quarantined
        + new.values_superseded
        + new.values_excluded
    )
    assert (old.rows_excluded, old.excluded_by) == (0, ())
    assert new.rows_used == len(responses) == old.rows_used - new.rows_excluded
    answers = evidence.backend.execute("SELECT COUNT(*) AS n FROM signals").to_pylist()[0]["n"]
    assert answers == new.values_used
    told = {by.rule: (by.rows, by.because) for by in new.excluded_by}
    silent = sum(not row["a"] and not row["b"] for row in rows)
    assert told["silent"] == (silent, "answers.recommend.n == 0")
    assert told["staff"][1] == "Members below 20."
    assert new.rows_excluded == sum(n for n, _ in told.values())


def test_one_exclusion_changes_the_count_of_no_other(collected):
    more = tagging("all-guests", 'attributes.kind == "guest" || answers.recommend.n == 0', exclude="true")
    (alone, _), (together, _) = collected(*TAGS, *EXCLUDING), collected(more, *reversed(EXCLUDING), *TAGS)
    counts = {by.rule: by.rows for by in together.accounts[0].excluded_by}
    assert {by.rule: by.rows for by in alone.accounts[0].excluded_by}.items() <= counts.items()
    assert together.accounts[0].rows_excluded < sum(counts.values())


def test_what_is_left_out_is_in_no_metric(cafe, rows):
    loaded = cafe(*TAGS, *EXCLUDING)
    measured = Engine().run(loaded).measurements
    kept = [row for row in rows if not (row["kind"] == "member" and row["a"] and float(row["a"]) <= 3)]
    kept = [
        r for r in kept if not (r["kind"] == "member" and by_hand(r)[0] and r["b"] and float(r["b"]) <= 2)
    ]
    assert measured.get("nps", "touchpoint", "counter").n == sum(bool(row["a"]) for row in kept)


CASES = """
[[case]]
id = "angry-member"
about = "response"
given = { attributes.kind = "member", at.counter.recommend = 2 }
expect.fired = ["low", "staff"]
expect.not_fired = ["silent"]
expect.unanswered = ["deep-down"]
expect.tags = ["angry"]
expect.derived = { angry = true, lost = false }
expect.excluded = true
expect.because = { staff = "Members below 20." }

[[case]]
id = "silence"
about = "response"
given = { attributes.kind = "guest" }
expect.fired = ["silent"]
expect.proposes = ["x"]
"""


def test_cases_about_responses(cafe, tmp_path):
    from cxengine.diagnostics import render_text

    loaded = cafe(*TAGS, *EXCLUDING)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "r.toml").write_text(CASES.replace('expect.proposes = ["x"]', ""), encoding="utf-8")
    trials = Engine().bench(loaded).trials()
    assert [trial.failures for trial in trials] == [(), ()]
    (tmp_path / "cases" / "r.toml").write_text(CASES, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        Engine().bench(loaded)
    assert "Only a touchpoint or a cell has `proposes`" in render_text(caught.value.diagnostics)


def table(id_, hit, *extra, rows=None, default=True):
    """A decision table about responses: how somebody feels, from the lowest answer and the kind of guest."""
    asked = rows or [
        """{ lowest = "<= 3", kind = '"guest"', mood = '"lost"' }""",
        """{ lowest = "<= 3", kind = '"member"', mood = '"angry"' }""",
        """{ lowest = "_ > 3 && _ < 9", mood = '"fine"' }""",
    ]
    otherwise = """default = { mood = '"well"' }""" if default else ""
    return f"""[[table]]
id = "{id_}"
about = "response"
inputs = {{ lowest = "answers.recommend.lowest", kind = "attributes.kind" }}
outputs = ["{id_}"]
hit = "{hit}"
{"; ".join(extra)}
rows = [{", ".join(asked).replace("mood", id_)}]
{otherwise.replace("mood", id_)}
"""


COUNTED = ["""{ lowest = "<= 3", mood = 2 }""", """{ kind = '"guest"', mood = 1 }"""]
TABLES = (
    table("one", "unique"),
    table("first", "first", default=False),
    table("agreed", "any", default=False),
    table("grave", "priority", """priority = ["lost", "angry", "fine"]"""),
    table("sum", "collect", """collect = "sum\"""", rows=COUNTED, default=False),
    table("times", "collect", """collect = "count\"""", rows=COUNTED, default=False),
)


def test_tables_say_the_same_in_the_database_as_in_cases(cafe, collected, rows):
    after = derive("after", 'one == "lost" && times == 2.0', worst="true")
    segment = '[[segment]]\nid = "lost"\nname = "Lost"\nwhen = \'attributes.one == "lost"\'\n'
    loaded = cafe(*TABLES, after, segment)
    assert not [d for d in Engine().check(loaded) if d.severity == "error"]
    ruleset = compile_rules(loaded.project, loaded.origins)
    _, responses = collected(*TABLES, after, segment)
    for row, response in zip(rows, responses, strict=True):
        known = ruleset.settled(conclude_one(ruleset, Subject("response", "r"), as_facts(row)))
        names = [d.name for d in ruleset.derived["response"]]
        assert {n: response[f"a_{n}"] for n in names} == {n: known.get(n) for n in names}
    for name in ("one", "first", "agreed", "grave", "sum", "times", "worst"):
        found = {response[f"a_{name}"] for response in responses}
        assert len(found) > 1, name
        assert name == "worst" or None in found, "where nothing was answered, nothing can be decided"


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        (table("a", "collect", """collect = "min\"""", rows=COUNTED, default=False), 7),
        (table("a", "first", 'because = "{attributes.kind}"'), 7),
    ],
)
def test_what_tables_cannot_say_of_responses_is_told_at_its_line(cafe, toml, line):
    loaded = cafe(toml)
    with pytest.raises(ProjectError) as caught:
        compile_rules(loaded.project, loaded.origins)
    (told,) = [d for d in caught.value.diagnostics if d.severity == "error"]
    assert (told.code, told.location.line) == ("CX408" if "min" in toml else "CX406", line)


def test_why_a_table_about_responses_answers(cafe, rows):
    engine = Engine()
    result = engine.run(cafe(*TABLES))
    told = engine.why(result, "one")
    assert told.text.startswith('table "one" is about responses')
    assert any("attributes.one is known in" in part.text for part in told.parts)
