"""Cases from outside: what passes, what fails and how that is told, what is covered, what is noticed."""

import json
from xml.etree import ElementTree as ET

import pytest

from cxengine.cli import main
from cxengine.diagnostics import ProjectError, render_text
from cxengine.engine import Engine
from cxengine.rules.cases.coverage import coverage
from cxengine.rules.cases.mutants import moved, mutants
from cxengine.rules.cases.mutation import mutate

RULES = """
[[rule]]
id = "hurts"
about = "touchpoint"
when = "pain >= 0.2 && (importance > 0.5 || moment_of_truth)"
derive = { urgent = "true", urgency = "pain * 10.0 + 1.0" }
tag = ["pain"]
because = "{touchpoint.name} hurts: {pain}."

[[rule]]
id = "queue"
about = "touchpoint"
when = 'urgent && "queue" in touchpoint.tags && n >= 30'
propose = { name = "Shorten the queue at {touchpoint.name}", effort = 2 }

[[rule]]
id = "too-dear"
about = "initiative"
when = "initiative.cost > 1000.0 && !touchpoints.exists(t, t.urgent)"
exclude = true

[[area]]
id = "ease"
name = "Ease"
when = '"ease" in initiative.tags'

[[area]]
id = "basics"
name = "Basics"

[roadmap]
start = 2027-01-04
score = "impact.likely / effort.likely"
"""

HURTS = """
[[case]]
id = "hurts-at-the-counter"
about = "touchpoint"
given = { touchpoint.name = "Counter", pain = 0.2, importance = 0.6 }
expect.fired = ["hurts"]
expect.tags = ["pain"]
expect.derived = { urgent = true, urgency = 3.0 }
expect.because = { hurts = "Counter hurts: 0.2." }
"""


@pytest.fixture
def folder(cafe, tmp_path):
    cafe(RULES)
    (tmp_path / "cases").mkdir()
    return tmp_path


@pytest.fixture
def bench(folder):
    def run(*toml):
        (folder / "cases" / "some.toml").write_text("\n".join(toml), encoding="utf-8")
        engine = Engine()
        return engine.bench(engine.load(folder))

    return run


@pytest.fixture
def refused(bench):
    def run(*toml):
        with pytest.raises(ProjectError) as raised:
            bench(*toml)
        return render_text(raised.value.diagnostics)

    return run


@pytest.fixture
def cli(folder, capsys, monkeypatch):
    def run(*words):
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as stopped:
            main(["test", *words])
        output = capsys.readouterr()
        return stopped.value.code, output.out, output.err

    return run


def failures(bench):
    return [(f.key, f.expected, f.actual) for t in bench.trials() for f in t.failures]


def expecting(expect, given="{ pain = 0.1 }", about="touchpoint"):
    return f'[[case]]\nid = "one"\nabout = "{about}"\ngiven = {given}\n{expect}\n'


# --- what passes, what fails ------------------------------------------------------------------------


def test_a_case_that_holds(bench):
    assert failures(bench(HURTS)) == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ('expect.fired = ["hurts"]', ("fired", "hurts: it fires", "it does not fire")),
        ('expect.unanswered = ["hurts"]', ("unanswered", "hurts: it cannot be decided", "it does not fire")),
        ("expect.derived = { urgent = true }", ("derived", "urgent = true", "false")),
        ("expect.derived = { urgency = 2 }", ("derived", "urgency = 2", "not known")),
        ('expect.tags = ["pain"]', ("tags", '"pain"', "none")),
        ('expect.because = { hurts = "So." }', ("because", '"So."', "it does not fire")),
        ('expect.proposes = ["X"]', ("proposes", '"X"', "none")),
    ],
)
def test_a_case_that_fails(bench, expect, told):
    assert failures(bench(expecting(expect))) == [told]


def test_what_is_not_given_is_not_known(bench):
    assert failures(bench(expecting('expect.unanswered = ["hurts"]', "{ pain = 0.5 }"))) == []
    assert failures(bench(expecting('expect.not_fired = ["hurts"]', "{ pain = 0.5 }"))) == []
    assert failures(bench(expecting('expect.fired = ["hurts"]', "{ pain = 0.5 }"))) == [
        ("fired", "hurts: it fires", "it cannot be decided without importance and moment_of_truth")
    ]


def test_a_derived_fact_may_be_given(bench):
    given = '{ urgent = true, n = 30, touchpoint = { name = "Counter", tags = ["queue"] } }'
    assert failures(bench(expecting('expect.proposes = ["Shorten the queue at Counter"]', given))) == []


@pytest.mark.parametrize(
    ("expect", "given", "told"),
    [
        ("expect.excluded = true", "{ initiative.cost = 5000, touchpoints = [{ pain = 0.1 }] }", []),
        (
            "expect.excluded = true",
            "{ initiative.cost = 5000, touchpoints = [{ urgent = true }] }",
            [("excluded", "true", "false")],
        ),
        ("expect.area = 'ease'", "{ initiative.tags = ['ease'] }", []),
        ("expect.area = 'ease'", "{ initiative.tags = [] }", [("area", '"ease"', '"basics"')]),
        ("expect.score = 1.5", "{ impact.likely = 3, effort.likely = 2 }", []),
        ("expect.score = 1.6", "{ impact.likely = 3, effort.likely = 2 }", [("score", "1.6", "1.5")]),
        ("expect.required = false", "{ impact.likely = 3 }", []),
    ],
)
def test_initiatives(bench, expect, given, told):
    assert failures(bench(expecting(expect, given, "initiative"))) == told


def test_a_score_that_cannot_be_computed(bench):
    ((key, expected, actual),) = failures(bench(expecting("expect.score = 1", "{ love = 1 }", "initiative")))
    assert (key, expected) == ("score", "1.0")
    assert "no such key" in actual


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            expecting('expect.fired = ["hurts"]', "{ pian = 0.1 }"),
            """cases/some.toml:4:11: CX420 There is no fact "pian".
    4 | given = { pian = 0.1 }
      |           ^^^^
      = Did you mean "pain"?""",
        ),
        (
            expecting('expect.fired = ["hurts"]', '{ pain = "0.1" }'),
            'CX421 `pain` must be a number, not the text "0.1".',
        ),
        (
            expecting('expect.fired = ["hurts"]', '{ stage.id = "vist" }'),
            'CX422 `stage.id` cannot be "vist".',
        ),
        (
            expecting('expect.fired = ["hurts"]', "{ metrics.nps.valeu = 1 }"),
            'CX420 There is no fact "metrics.nps.valeu".',
        ),
        (
            expecting('expect.fired = ["too-dear"]', "{ touchpoints = [{ urgnt = true }] }", "initiative"),
            'CX420 There is no fact "touchpoints[0].urgnt".',
        ),
        (
            expecting('expect.fired = ["hurts"]', "{ touchpoint = 3, params = [] }"),
            "CX421 `touchpoint` must be a table, not the number 3.",
        ),
        (
            expecting('expect.fired = ["too-dear"]', "{ touchpoints = { urgent = true } }", "initiative"),
            "CX421 `touchpoints` must be a list, not a table.",
        ),
        (expecting('expect.fired = ["hurtz"]'), 'CX423 There is no rule "hurtz".'),
        (
            expecting('expect.fired = ["too-dear"]'),
            'Rule "too-dear" is about an initiative, this case about a touchpoint.',
        ),
        (expecting("expect.derived = { urgnt = true }"), 'CX423 No rule about a touchpoint derives "urgnt".'),
        (
            expecting('expect.derived = { urgent = "yes" }'),
            'must be true or false, not the text "yes".',
        ),
        (expecting("expect = {}"), 'CX424 Case "one" expects nothing.'),
        (expecting("expect.score = 1"), "CX424 Only an initiative has `score`"),
        (expecting('expect.area = "eas"', "{}", "initiative"), 'CX423 There is no area "eas".'),
        (expecting("expect.fierd = ['hurts']"), 'CX110 Unknown key "fierd" in `expect` of [[case]].'),
        ('[[cases]]\nid = "x"\n', 'CX110 Unknown table or key "cases".'),
        ("extends = 'x'\n", 'CX110 Unknown table or key "extends".'),
        (HURTS + HURTS, 'CX116 Case "hurts-at-the-counter" is declared twice'),
    ],
)
def test_mistakes_are_told_at_their_place(refused, toml, told):
    assert told in refused(toml)


def test_all_mistakes_are_told_at_once(refused):
    text = refused(expecting('expect.fired = ["hurtz"]', '{ pian = 1, pain = "x" }'))
    assert [code in text for code in ("CX420", "CX421", "CX423")] == [True] * 3


# --- rulesets ---------------------------------------------------------------------------------------


@pytest.fixture
def extended(folder, tmp_path_factory):
    (folder / "cases" / "base.toml").write_text(HURTS, encoding="utf-8")
    (folder / "rules.toml").write_text(RULES.replace("pain >= 0.2", "pain >= params.floor / 100.0"))
    child = tmp_path_factory.mktemp("child")
    (child / "cases").mkdir()

    def run(more, cases=""):
        toml = f'extends = "{folder.as_posix()}"\n[project]\nid = "north"\nname = "North"\n{more}'
        (child / "cxengine.toml").write_text(toml, encoding="utf-8")
        (child / "cases" / "own.toml").write_text(cases, encoding="utf-8")
        engine = Engine()
        return engine.bench(engine.load(child))

    return run


def test_cases_of_a_ruleset_are_tried_on_the_merged_rules(extended):
    assert failures(extended("")) == []
    changed = extended('[[rule]]\nid = "hurts"\ntag = ["ouch"]')
    assert failures(changed) == [("tags", '"pain"', '"ouch"')]


def test_a_case_keeps_the_parameters_that_it_was_written_with(extended):
    assert failures(extended("[params]\nfloor = 90")) == []
    own = expecting('expect.not_fired = ["hurts"]', "{ pain = 0.5, importance = 1.0 }")
    assert failures(extended("[params]\nfloor = 90", own)) == []


def test_a_case_can_be_changed_or_removed(extended):
    rule = '[[rule]]\nid = "hurts"\ntag = ["ouch"]'
    changed = '[[case]]\nid = "hurts-at-the-counter"\nexpect = { tags = ["ouch"] }'
    assert failures(extended(rule, changed)) == []
    removed = '[[case]]\nid = "hurts-at-the-counter"\nremove = true\n' + expecting(
        'expect.unanswered=["hurts"]', "{}"
    )
    assert [t.case.id for t in extended(rule, removed).trials()] == ["one"]


# --- coverage and mutants ---------------------------------------------------------------------------


def test_coverage_names_what_is_missing_at_its_line(bench):
    tried = bench(HURTS)
    found = coverage(tried, tried.trials())
    told = [(d.location.line, d.location.column, d.message) for d in found.missing]
    assert (5, 9, "In no case `pain >= 0.2` is false.") in told
    assert (5, 25, "In no case `importance > 0.5` is false.") in told
    assert (5, 45, "In no case `moment_of_truth` is true.") in told
    assert (3, 6, 'In no case rule "hurts" is decided without firing.') in told
    assert (11, 6, 'In no case rule "queue" fires.') in told
    assert not any("`pain >= 0.2` is true" in message for _, _, message in told)
    assert found.seen == found.outcomes - len(found.missing)


def test_a_surviving_mutant_is_told_with_its_text(bench):
    loose = (
        HURTS.replace("pain = 0.2,", "pain = 0.3,")
        .replace("urgency = 3.0", "urgency = 4.0")
        .replace("0.2.", "0.3.")
    )
    told = {(d.location.line, d.message) for d in mutate(bench(loose)).survivors}
    assert (5, "No case notices when `pain >= 0.2` becomes `pain > 0.2`.") in told
    assert (5, "No case notices when `pain >= 0.2` becomes `pain >= 0.21`.") in told
    assert (5, "No case notices when `pain >= 0.2` becomes `pain >= 0.22`.") in told
    assert not any("pain <= 0.2" in message or "pain / 10.0" in message for _, message in told)


def test_a_mutant_that_no_expectation_looks_at_survives(bench):
    only_tags = expecting('expect.tags = ["pain"]', "{ pain = 0.3, importance = 0.6 }")
    told = {d.message for d in mutate(bench(only_tags)).survivors}
    assert "No case notices when `pain * 10.0` becomes `pain / 10.0`." in told
    assert not any("becomes `pain <= 0.2`" in message for message in told)


def test_a_case_at_the_edge_notices_it(bench):
    edge = expecting('expect.not_fired = ["hurts"]', "{ pain = 0.1999, importance = 0.6 }")
    told = {d.message for d in mutate(bench(HURTS, edge)).survivors}
    assert not any("`pain >= 0.2`" in message for message in told)


def test_mutants_do_not_depend_on_order(bench):
    edge = expecting('expect.not_fired = ["hurts"]', "{ pain = 0.1999, importance = 0.6 }")
    assert mutate(bench(HURTS, edge)) == mutate(bench(edge, HURTS))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "pain < 0.5",
            ["pain <= 0.5", "pain > 0.5", "pain < 0.49", "pain < 0.51", "pain < 0.45", "pain < 0.55"],
        ),
        ("n >= 30", ["n > 30.0", "n <= 30.0", "n >= 29.0", "n >= 31.0", "n >= 27.0", "n >= 33.0"]),
        ("urgent", ["!urgent"]),
        ("!urgent", ["urgent"]),
        ("pain * 1.0", ["pain * 0.9", "pain * 1.1"]),
        ("pain + love", ["pain - love"]),
        ("urgent && late", ["urgent || late", "!urgent && late", "urgent && !late"]),
        ('channel == "web"', ['channel != "web"', 'channel == "app"']),
        ("[pain].exists(x, x)", ["[!pain].exists(x, x)", "[pain].all(x, x)", "[pain].exists(x, !x)"]),
        ("true", ["false"]),
    ],
)
def test_the_mutants_of_an_expression(expression, expected):
    from cxengine import cel

    names = {
        "pain": cel.BOOL if "exists" in expression else cel.DOUBLE,
        "love": cel.DOUBLE,
        "n": cel.DOUBLE,
        "urgent": cel.BOOL,
        "late": cel.BOOL,
    }
    environment = cel.Environment(variables=names | {"channel": cel.enum("web", "app")})
    made = [m.program.canonical() for m in mutants(environment.compile(expression), frozenset({"n"}))]
    assert sorted(made) == sorted(expected)


@pytest.mark.parametrize(
    ("number", "whole", "expected"),
    [
        (0.3, False, {0.29, 0.31, 0.27, 0.33}),
        (4000.0, False, {3999.9, 4000.1, 3600.0, 4400.0}),
        (5.0, True, {4.0, 6.0}),
        (30, True, {29.0, 31.0, 27.0, 33.0}),
        (0.0, False, {-0.1, 0.1}),
        (1e-7, False, {9e-8, 1.1e-7}),
        (-2.5, False, {-2.51, -2.49, -2.25, -2.75}),
    ],
)
def test_numbers_move_both_ways(number, whole, expected):
    assert set(moved(number, whole=whole)) == expected


# --- the command ------------------------------------------------------------------------------------

FAILS = expecting('expect.fired = ["hurts"]', "{ pain = 0.1, importance = 0.9 }")


def test_a_failure_shows_the_condition_with_its_values(cli, folder):
    (folder / "cases" / "some.toml").write_text(HURTS + FAILS, encoding="utf-8")
    code, out, err = cli()
    assert (code, err) == (1, "")
    assert out == (
        "cases/some.toml:10:1: case one fails\n"
        "  fired: expected hurts: it fires; actual: it does not fire\n"
        "    at cases/some.toml:14:17\n"
        '      rule "hurts"\n'
        "        pain >= 0.2 && (importance > 0.5 || moment_of_truth): false\n"
        "          pain >= 0.2: false\n"
        "            pain: 0.1\n"
        "          (importance > 0.5 || moment_of_truth): not evaluated\n"
        "            importance > 0.5: not evaluated\n"
        "              importance: not evaluated\n"
        "            moment_of_truth: not evaluated\n"
        "1 case passed, 1 failed.\n"
    )


def test_formats_say_the_same(cli, folder):
    (folder / "cases" / "some.toml").write_text(HURTS + FAILS, encoding="utf-8")
    code, out, _ = cli("--format", "json", "--coverage")
    content = json.loads(out)
    assert (code, content["passed"], content["failed"]) == (1, 1, 1)
    assert content["cases"][1]["failures"][0]["condition"]["value"] is False
    assert content["coverage"]["missing"][0]["code"] in {"CX431", "CX432"}
    code, out, _ = cli("--format", "tap", "--coverage")
    lines = out.splitlines()
    assert (code, lines[:4]) == (
        1,
        ["TAP version 14", "1..3", "ok 1 - hurts-at-the-counter", "not ok 2 - one"],
    )
    assert "not ok 3 - coverage of rules and conditions" in lines
    code, out, _ = cli("--format", "junit", "--coverage")
    suite = ET.fromstring(out.split("\n", 1)[1])
    assert (code, suite.get("tests"), suite.get("failures")) == (1, "3", "2")
    assert [bool(case.findall("failure")) for case in suite] == [False, True, True]


def test_exit_codes(cli, folder):
    (folder / "cases" / "some.toml").write_text(HURTS, encoding="utf-8")
    assert cli() == (0, "1 case passed, 0 failed.\n", "")
    assert cli("--case", "hurts-at-the-counter")[0] == 0
    code, _, err = cli("--case", "hurts-at-the-countr")
    assert (code, "Did you mean 'hurts-at-the-counter'?" in err) == (2, True)
    assert cli("--case", "hurts-at-the-counter", "--mutate")[0] == 2
    assert cli("--mutate")[0] == 1
    (folder / "cases" / "some.toml").write_text(FAILS, encoding="utf-8")
    code, out, _ = cli("--mutate")
    assert (code, "no mutant was tried, because cases fail." in out) == (1, True)
    (folder / "cases" / "some.toml").write_text("[[case]\n", encoding="utf-8")
    code, out, err = cli()
    assert (code, out, "cases/some.toml:1:" in err) == (2, "", True)
    (folder / "cases" / "some.toml").unlink()
    code, _, err = cli()
    assert (code, "has no cases" in err) == (2, True)


def test_text_that_formats_cannot_hold(cli, folder):
    named = FAILS.replace('id = "one"', 'id = "one"\nname = "a # b \\\\ c\\u0007 <&>"')
    (folder / "cases" / "some.toml").write_text(named, encoding="utf-8")
    assert "not ok 1 - one: a \\# b \\\\ c" in cli("--format", "tap")[1]
    suite = ET.fromstring(cli("--format", "junit")[1].split("\n", 1)[1])
    assert suite[0].get("name") == "one: a # b \\ c\N{REPLACEMENT CHARACTER} <&>"
