"""Decision tables: what rows answer under each policy, and what is said about rows that do not fit."""

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.plugged import Plugged


def table(rows, hit="unique", inputs='{ pain = "pain" }', outputs='["care"]', about="touchpoint", **keys):
    lines = [
        f'[[table]]\nid = "t"\nabout = "{about}"\nhit = "{hit}"\ninputs = {inputs}\noutputs = {outputs}',
        *(f"{key} = {value}" for key, value in keys.items()),
        f"rows = [\n{''.join(f'  {row},{chr(10)}' for row in rows)}]",
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def answer(ruleset, about, counter):
    """What a table answers for facts; None where it does not fire."""

    def run(toml, **facts):
        (found,) = conclude(ruleset(toml), {counter: about(**facts)})
        return dict(found.derived) or None

    return run


@pytest.fixture
def said(cafe):
    """Findings about a table: code, line, message."""

    def run(toml, ranges=()):
        loaded = cafe(toml)
        try:
            found = compile_rules(loaded.project, loaded.origins, Plugged(ranges=dict(ranges))).warnings
        except ProjectError as error:
            found = error.diagnostics
        return [(d.code, d.location.line, d.message) for d in found]

    return run


@pytest.mark.parametrize(("pain", "expected"), [(0.1, "none"), (0.2, "some"), (0.39, "some"), (0.4, "all")])
def test_the_row_that_holds_answers(answer, pain, expected):
    rows = [
        '{ pain = "< 0.2", care = \'"none"\' }',
        '{ pain = ">= 0.2 && _ < 0.4", care = \'"some"\' }',
        '{ pain = "0.4 <= _", care = \'"all"\' }',
    ]
    assert answer(table(rows), pain=pain) == {"care": expected}


@pytest.mark.parametrize(
    ("cell", "holds"),
    [
        ("20", True),
        ("21", False),
        ('"in [10, 20]"', True),
        ('"params.floor"', True),
        ('"-"', True),
        ('"_ > params.floor"', False),
        ('"!= 20"', False),
    ],
)
def test_forms_of_cells(answer, cell, holds):
    toml = table([f"{{ nps = {cell}, care = 1 }}"], inputs='{ nps = "metrics.nps.value" }')
    assert (answer(toml, nps=20.0) == {"care": 1.0}) is holds


def test_a_truth_value_is_compared_and_a_left_out_cell_takes_anything(answer):
    toml = table(["{ mot = false, care = 1 }", "{ care = 2 }"], "first", '{ mot = "moment_of_truth" }')
    assert answer(toml) == {"care": 1.0}
    assert answer(toml, moment_of_truth=True) == {"care": 2.0}


def test_the_first_row_counts_even_where_a_later_one_cannot_be_decided(answer):
    rows = ['{ importance = ">= 0.5", care = 1 }', '{ pain = "> 0.1", care = 2 }']
    toml = table(rows, "first", '{ pain = "pain", importance = "importance" }')
    assert answer(toml) == {"care": 1.0}
    assert answer(toml, importance=0.1) is None
    assert answer(toml, importance=0.1, pain=0.5) == {"care": 2.0}


def test_priority_chooses_by_the_first_output(answer):
    rows = ['{ pain = "> 0.1", care = \'"soon"\' }', '{ pain = "> 0.3", care = \'"now"\' }']
    toml = table(rows, "priority", priority='["now", "soon"]')
    assert answer(toml, pain=0.5) == {"care": "now"}
    assert answer(toml, pain=0.2) == {"care": "soon"}


def test_any_accepts_rows_that_agree(answer):
    rows = ['{ pain = "> 0.1", care = 1 }', '{ pain = "> 0.3", care = 1 }', '{ pain = "<= 0.1", care = 2 }']
    assert answer(table(rows, "any"), pain=0.5) == {"care": 1.0}


@pytest.mark.parametrize(
    ("how", "one", "both", "none"),
    [("sum", 3.0, 8.0, 0.0), ("count", 1.0, 2.0, 0.0), ("min", 3.0, 3.0, None), ("max", 3.0, 5.0, None)],
)
def test_collect(answer, how, one, both, none):
    toml = table(
        ['{ pain = "> 0.1", care = 3 }', '{ pain = "> 0.3", care = 5 }'], "collect", collect=f'"{how}"'
    )
    found = [answer(toml, pain=pain) for pain in (0.2, 0.5, 0.0)]
    assert found == [{"care": one}, {"care": both}, None if none is None else {"care": none}]


def test_the_default_answers_where_no_row_holds_but_not_where_that_is_unknown(answer):
    toml = table(['{ pain = "> 0.1", care = 3 }'], default="{ care = 7 }")
    assert [answer(toml, pain=0.5), answer(toml, pain=0.0), answer(toml)] == [
        {"care": 3.0},
        {"care": 7.0},
        None,
    ]


def test_rules_read_what_tables_derive_and_the_other_way_round(ruleset, about, counter):
    toml = table(
        ['{ double = "> 0.5", care = \'"x"\' }'], inputs='{ double = "twice" }', default="{ care = '\"y\"' }"
    )
    rules = (
        '[[rule]]\nid = "after"\nabout = "touchpoint"\nwhen = \'care == "x"\'\ntag = ["found"]\n'
        '[[rule]]\nid = "before"\nabout = "touchpoint"\nwhen = "true"\nderive = { twice = "pain * 2" }\n'
    )
    (found,) = conclude(ruleset(rules, toml), {counter: about(pain=0.3)})
    assert found.tags == ("found",)
    assert [f.rule for f in found.firings] == ["before", "t", "after"]


def test_reasons(ruleset, about, counter):
    toml = table(
        ['{ pain = "> 0.2", mot = true, care = 1 }', '{ pain = "> 0.3", care = 2, because = "It hurts ({pain})." }'],
        "collect", '{ pain = "pain", mot = "moment_of_truth" }', collect='"sum"',
    )  # fmt: skip
    (found,) = conclude(ruleset(toml), {counter: about(pain=0.412, moment_of_truth=True)})
    assert found.firings[0].because == "Pain 0.412 > 0.2 and moment of truth is yes. It hurts (0.412)."


def test_a_rule_without_because_tells_what_made_it_fire(ruleset, about, counter):
    rule = '[[rule]]\nid = "r"\nabout = "touchpoint"\nwhen = "{}"\ntag = ["x"]\n'
    when = "(pain > 0.02 || importance > 0.9) && !moment_of_truth && metrics.nps.value < params.floor"
    (found,) = conclude(ruleset(rule.format(when)), {counter: about(pain=0.021, nps=12.0)})
    told = "Pain 0.021 > 0.02, not moment of truth and metrics.nps.value 12 < params.floor 20."
    assert found.firings[0].because == told


# --- what is said about rows -------------------------------------------------------------------------


def test_a_gap_has_a_witness(said):
    rows = ['{ pain = "< 0.2", care = 1 }', '{ pain = "> 0.2", care = 2 }']
    assert said(table(rows)) == [("CX415", 7, "no row holds for pain 0.2")]


def test_known_bounds_leave_no_gap_beyond(said):
    rows = ['{ nps = "< 0", care = 1 }', '{ nps = ">= 0 && _ <= 100", care = 2 }']
    toml = table(rows, inputs='{ nps = "metrics.nps.value" }')
    assert said(toml, ranges={"nps": (-100.0, 100.0)}) == []
    assert said(toml) == [("CX415", 7, "no row holds for nps 101")]


def test_an_enum_and_a_text(said):
    ids = ["{ id = '\"counter\"', name = '\"a\"', care = 1 }", "{ id = '\"table\"', care = 2 }"]
    toml = table(ids, inputs='{ id = "touchpoint.id", name = "touchpoint.name" }')
    assert said(toml) == [("CX415", 7, 'no row holds for id "counter" and name "other"')]


def test_rows_that_overlap(said):
    rows = ['{ pain = "< 0.5", care = 1 }', '{ pain = ">= 0.5", care = 2 }', '{ pain = "> 0.7", care = 1 }']
    assert said(table(rows)) == [("CX411", 10, "rows 2 and 3 both hold for pain 0.8")]
    assert said(table(rows, "any"))[0] == ("CX412", 10, "rows 2 and 3 answer differently for pain 0.8")
    assert said(table(rows, "first")) == [
        ("CX414", 10, "row 3 never counts: row 2 holds wherever it does, for example for pain 0.8")
    ]


def test_priorities_that_tie_have_to_agree_on_the_rest(said):
    rows = ['{ pain = ">= 0", care = \'"a"\', x = 1 }', '{ pain = "> 0.7", care = \'"a"\', x = 2 }']
    found = said(table(rows, "priority", outputs='["care", "x"]', priority='["a"]'))
    assert found == [("CX412", 10, "rows 1 and 2 answer differently for pain 0.8")]


def test_rows_in_vain(said):
    rows = [
        '{ pain = "< 0.5", care = 1 }',
        '{ pain = ">= 0.5", care = 2 }',
        "{ care = 3 }",
        '{ pain = "> 3", care = 1 }',
    ]
    assert said(table(rows, "first")) == [
        (
            "CX414",
            10,
            "row 3 never counts: rows 1 and 2 together hold wherever it does, for example for pain 0",
        ),
        ("CX413", 11, "row 4 never holds: no value of pain meets its cell"),
    ]


def test_cells_that_are_not_understood_claim_nothing(said):
    rows = ["{ name = '_.startsWith(\"C\")', care = 1 }", "{ name = '_ == \"Counter\"', care = 2 }"]
    (found,) = said(table(rows, inputs='{ name = "touchpoint.name" }'))
    assert found[:2] == ("CX416", 8)


def test_what_the_default_covers_is_no_gap(said):
    assert said(table(['{ pain = "< 0.2", care = 1 }'], default="{ care = 2 }")) == []


@pytest.mark.parametrize(
    ("toml", "code", "line", "word"),
    [
        (table(['{ pian = "< 0.2", care = 1 }']), "CX410", 8, 'no column "pian"'),
        (table(['{ pain = "< 0.2" }']), "CX410", 8, 'says nothing about "care"'),
        (table(["{ care = 1 }"], collect='"sum"'), "CX410", 7, "goes with"),
        (table(["{ care = 1 }"], "priority"), "CX410", 4, "needs the key `priority`"),
        (table(["{ care = 1 }", '{ pain = "> 1", care = \'"x"\' }']), "CX418", 9, "of type string"),
        (table(["{ care = 1 }"], outputs='["love"]'), "CX404", 6, "a fact already"),
        (table(['{ pain = "< 0.2 &&", care = 1 }']), "CEL101", 8, ""),
        (table(['{ pain = "< floor", care = 1 }']), "CEL201", 8, "floor"),
        (table(["{ care = 1 }"]) + '[[rule]]\nid = "t"\nabout = "touchpoint"\nwhen = "true"\ntag = ["x"]',
         "CX409", 2, "a rule and a table"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_line(said, toml, code, line, word):
    found = [f for f in said(toml) if f[0] == code]
    assert [f[1] for f in found] == [line]
    assert word in found[0][2]


def test_a_misspelt_name_in_a_short_cell_is_pointed_at(cafe):
    loaded = cafe(table(['{ pain = "< flor", care = 1 }']))
    with pytest.raises(ProjectError) as caught:
        compile_rules(loaded.project, loaded.origins)
    at = caught.value.diagnostics[0].location
    assert at.source[at.column - 1 : at.end_column - 1] == "flor"


# --- the project as a whole --------------------------------------------------------------------------


def test_everybody_reads_what_is_derived_of_the_project(ruleset, about, counter):
    from cxengine.rules.conclusion import Subject

    toml = (
        '[[rule]]\nid = "many"\nabout = "project"\nwhen = "touchpoints.exists(t, t.pain > 0.5)"\n'
        'derive = { alarm = "true", worst = "0.7" }\n'
        '[[rule]]\nid = "reader"\nabout = "touchpoint"\nwhen = "project.alarm && project.worst > 0.5"\ntag = ["seen"]\n'
    )
    compiled, whole = ruleset(toml), Subject("project", "cafe")
    for pain, tags in ((0.9, ("seen",)), (0.1, ())):
        known = {
            counter: about(pain=pain),
            whole: {"project": {"id": "cafe", "name": "Café"}, "touchpoints": [{"pain": pain}]},
        }
        assert conclude(compiled, known)[1].tags == tags


def test_the_project_proposes_nothing(said):
    toml = '[[rule]]\nid = "a"\nabout = "project"\nwhen = "true"\npropose = { name = "x", effort = 1 }\n'
    assert [f[0] for f in said(toml)] == ["CX406"]
