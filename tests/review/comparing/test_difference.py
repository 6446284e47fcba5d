"""Every planted change is found, and put down to what was changed."""

import json
from fractions import Fraction

import attrs
import jsonschema
import pytest
from click.testing import CliRunner

from cxengine.cli.diff import diff
from cxengine.diagnostics import OutputError
from cxengine.project.model import RoadmapSettings
from cxengine.project.tables import tables
from cxengine.review.comparing.difference import diff_schema
from cxengine.review.comparing.factors import FACTORS, NOT_PLANNED, OF_TABLE, factor_of

BETTER_QUEUE = [("5", "2")] * 20 + [("4", "3")] * 20

PLANTED = {
    "data": ((), BETTER_QUEUE),
    "definition": (
        (
            (
                'id = "counter"\nname = "Counter"\nstage = "buy"\nimportance = 0.5',
                'id = "counter"\nname = "Counter"\nstage = "buy"\nimportance = 0.1',
            ),
        ),
        None,
    ),
    "rule": ((("boost = 2.0", "boost = 0.5"),), None),
    "estimate": ((("change = 0.5 }]\neffort = 4", "change = 0.5 }]\neffort = 20"),), None),
    "capacity": ((('name = "Shop"\ncapacity = 1.0', 'name = "Shop"\ncapacity = 0.5'),), None),
}


@pytest.mark.parametrize("factor", PLANTED)
def test_one_planted_change_is_assigned_whole(run, engine, factor):
    replacements, answers = PLANTED[factor]
    before = run("before")
    after = run("after", *replacements, **({"answers": answers} if answers else {}))
    found = engine.diff(before, after)
    assert found.changed == (factor,)
    assert found.moves
    for move in found.moves:
        assert set(move.shares) == {factor}
        assert move.change != 0
    assert found.replanned == 2


def test_identical_runs_have_nothing_to_tell(run, engine):
    found = engine.diff(run("before"), run("after"))
    assert found.nothing
    assert found.moves == found.edits == found.measurements == ()


def test_shares_of_all_changes_together_add_up_to_what_was_published(run, engine):
    replacements = [pair for factor in PLANTED for pair in PLANTED[factor][0]]
    before, after = run("before"), run("after", *replacements, answers=BETTER_QUEUE)
    found = engine.diff(before, after)
    assert found.changed == ("data", "definition", "rule", "estimate", "capacity")
    assert found.replanned == 32
    for move in found.moves:
        if move.quantity == "rank":
            assert move.change == move.after - move.before
        if move.quantity == "score":
            assert move.change == Fraction(move.after) - Fraction(move.before)
        if move.quantity in ("start", "end") and move.before and move.after:
            assert move.change == (move.after - move.before).days
    assert any(len(move.shares) > 1 for move in found.moves)
    for told in found.to_json()["moves"]:
        assert sum(round(v * 10**6) for v in told["shares"].values()) == round(told["change"] * 10**6)


EMPLOYEES = """
[[signal]]
id = "mood"
wording = "How is your work? 1 bad, 5 good"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "staff"
kind = "employee"
options = { path = "cards.csv" }
mapping.signals = [{ signal = "mood", columns = { queue = "queue" } }]

[[metric]]
id = "mood"
use = "csat_mean"
signal = "mood"

[scoring]
use = "benefit"
options = { week_cost = 10.0, customer_point = 0.0, employee_point = 1000.0 }
"""


def test_what_employees_say_counts_as_that_when_a_run_is_planned_again(run, engine):
    effects = ('touchpoint = "queue", metric = "csat"', 'touchpoint = "queue", metric = "mood"')
    formula = ('score = "100.0 * impact.likely * (relaxed ? 1.0 : factor) / effort.likely"', "")
    before = run("before", effects, formula, extra=EMPLOYEES)
    after = run("after", effects, formula, *PLANTED["estimate"][0], extra=EMPLOYEES)
    (move,) = [
        one
        for one in engine.diff(before, after).moves
        if one.item == "second-till" and one.quantity == "score"
    ]
    assert move.before > 100, "employees count"
    assert float(move.change) == pytest.approx(move.after - move.before)
    assert set(move.shares) == {"estimate"}


def test_a_figure_that_is_defined_anew_is_no_data(run, engine):
    before = run("before")
    after = run("after", ('use = "csat_mean"', 'use = "csat_t2b"'), answers=BETTER_QUEUE)
    found = engine.diff(before, after)
    assert "definition" in found.changed
    # feelings do not rest on the metric: what changed of them is data
    assert "data" in found.changed
    assert all(one.metric == "csat" for one in found.measurements)


def test_an_initiative_for_a_touchpoint_that_was_not_there(run, engine):
    """The initiative without its touchpoint is worth nothing: both changes have a part in its coming."""
    more = """
[[touchpoint]]
id = "shelf"
name = "Shelf"
stage = "buy"
importance = 0.9
"""
    idea = """
[[initiative]]
id = "labels"
name = "Labels"
effects = [{ touchpoint = "shelf", metric = "csat", change = 0.5 }, { touchpoint = "counter", metric = "csat", change = 0.1 }]
effort = 1
"""
    before, after = run("before"), run("after", extra=more + idea)
    found = engine.diff(before, after)
    came = next(m for m in found.moves if m.quantity == "on the roadmap")
    assert (came.item, came.before, came.shares) == ("labels", None, {"estimate": 1})


def test_what_left_the_roadmap_is_told(run, engine):
    rule = """
[[rule]]
id = "no-nights"
about = "initiative"
when = 'initiative.id == "night-shift"'
exclude = true
because = "The neighbours sleep."
"""
    found = engine.diff(run("before"), run("after", extra=rule))
    went = next(m for m in found.moves if m.quantity == "on the roadmap")
    assert (went.item, went.after, went.change, went.shares) == ("night-shift", None, -1, {"rule": -1})


def test_a_rule_that_needs_a_new_fact_is_never_planned_without_it(run, engine):
    """The later rules cannot be compiled for the earlier journey: that order is not passed through."""
    more = """
[[touchpoint]]
id = "shelf"
name = "Shelf"
stage = "buy"

[[rule]]
id = "only-shelves"
about = "initiative"
when = 'initiative.touchpoints.exists(t, t == "shelf")'
derive = { shelving = "true" }

[[rule]]
id = "shelf-first"
about = "touchpoint"
when = 'touchpoint.id == "shelf"'
tag = ["new"]
"""
    found = engine.diff(run("before"), run("after", extra=more))
    assert found.impossible == (("rule",),)
    for move in found.moves:
        if move.quantity == "rank":
            assert move.change == move.after - move.before


def test_a_parameter_that_says_where_evidence_lies_changes_no_rule(run, engine):
    where = [('path = "cards.csv"', 'path = "${file}"'), ("boost = 2.0", 'boost = 2.0\nfile = "cards.csv"')]
    before = run("before", *where)
    after = run("after", where[0], ("boost = 2.0", 'boost = 2.0\nfile = "./cards.csv"'))
    found = engine.diff(before, after)
    assert (found.changed, found.nothing) == ((), True)


def test_what_is_kept_holds_no_answer_and_no_customer(run):
    """Of customers and what they wrote nothing is in the files that a plan is made of again."""
    mapping = 'mapping.signals = [{ signal = "rating"'
    told = 'mapping.customer_id = "who"\nmapping.verbatims = [{ column = "said" }]\n' + mapping
    folder = run(
        "before", (mapping, told), answers=[("2", "4,canary-77,canary wrote this")] * 20, head=",who,said"
    )
    for name in ("facts.json", "project.toml", "run.json"):
        assert "canary" not in (folder / name).read_text(encoding="utf-8")


def test_every_table_of_a_project_has_a_factor_or_is_not_planned_with():
    assert set(tables()) == set(OF_TABLE) | NOT_PLANNED
    assert not set(OF_TABLE) & NOT_PLANNED
    assert set(OF_TABLE.values()) <= set(FACTORS)


# --- on the command line ---------------------------------------------------------------------------


def test_when_things_may_go_live_is_capacity():
    days = {f.name for f in attrs.fields(RoadmapSettings) if "Window" in str(f.type) or "date" in str(f.type)}
    assert {"start", "holidays", "release_windows", "freezes"} <= days
    assert {factor_of("roadmap", name) for name in days} == {"capacity"}
    assert factor_of("roadmap", "score") == "rule"


def test_the_command_tells_and_exits(run):
    before, after = run("before"), run("after", *PLANTED["rule"][0])
    same = CliRunner().invoke(diff, [str(before), str(before)], catch_exceptions=False)
    assert (same.exit_code, same.output) == (0, f"{before} -> {before}\nNothing changed.\n")
    told = CliRunner().invoke(diff, [str(before), str(after)], catch_exceptions=False)
    assert told.exit_code == 1
    assert "Changed: rule\n  [params] boost: 2.0 -> 0.5\n" in told.output
    assert "  A second till\n    rank 1 -> 3 (rule +2)\n" in told.output
    as_json = CliRunner().invoke(diff, [str(before), str(after), "--format", "json"], catch_exceptions=False)
    content = json.loads(as_json.output)
    assert content["format"] == "cxengine.diff/1"
    jsonschema.validate(content, diff_schema())


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (lambda folder: (folder / "run.json").unlink(), "CX630", "not the folder of a run"),
        (lambda folder: (folder / "run.json").write_text("{]"), "CX630", "not the folder of a run"),
        (lambda folder: (folder / "run.json").write_text('{"cxengine": "0.0.1"}'), "CX631", "cxengine 0.0.1"),
        (lambda folder: (folder / "facts.json").write_text("{}"), "CX632", "not what the run wrote"),
        (lambda folder: (folder / "project.toml").unlink(), "CX632", "project.toml is missing"),
    ],
)
def test_a_folder_that_is_no_run_is_told(run, engine, spoil, code, words):
    folder = run("before")
    spoil(folder)
    with pytest.raises(OutputError) as raised:
        engine.diff(folder, folder)
    assert raised.value.diagnostics[0].code == code
    assert words in raised.value.diagnostics[0].message
    assert raised.value.diagnostics[0].hint


def test_what_is_kept_gives_nothing_suppressed_away(run):
    """Of the answers of four customers nothing is kept."""
    folder = run("before", ("minimum_n = 5", "minimum_n = 50"))
    kept = json.loads((folder / "facts.json").read_text())
    for subject in kept["subjects"]:
        assert subject["facts"]["metrics"] == {}
        assert not {"pain", "love", "emotion", "reach", "n"} & set(subject["facts"])
    for feeling in kept["insight"]["feelings"]:
        assert {feeling[name] for name in ("reach", "share")} == {"NaN"}
        assert feeling["emotion"]["n"] == 0
