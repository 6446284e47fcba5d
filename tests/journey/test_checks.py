import pytest

from cxengine.journey import check


def found(project, places):
    return [(d.code, d.location.file, d.severity) for d in check(project, places)]


def test_a_sound_journey_has_no_findings(sketch, places):
    assert found(sketch({"a": "x y", "b": "z"}), places) == []
    assert found(sketch({"a": "x y"}, ["x > y"], end="y", personas={"p": ""}), places) == []


def test_a_project_without_touchpoints_has_no_findings(sketch, places):
    assert found(sketch({"a": ""}), places) == []


def test_a_stage_without_touchpoints(sketch, places):
    assert found(sketch({"a": "x", "b": ""}), places) == [("CX150", "stage b id", "warning")]
    assert found(sketch({"a": "x", "their-b": ""}), places) == []  # of a ruleset it takes what it needs


def test_an_unreachable_touchpoint_names_the_starts(sketch, places):
    project = sketch({"s": "x y z"}, ["x > y", "z > y"], end="y")
    (finding,) = check(project, places)
    assert finding.code == "CX151"
    assert finding.message == 'no way leads from the start of the journey ("x") to touchpoint "z"'
    assert finding.location.file == "touchpoint z id"
    assert found(sketch({"s": "x y z"}, ["x > y", "z > y"], start="x z", end="y"), places) == []


def test_backstage_touchpoints_need_no_way_to_them(sketch, places):
    assert found(sketch({"s": "x y b"}, ["x > y"], end="y", b={"frontstage": False}), places) == []


def test_a_dead_end_that_is_not_marked(sketch, places):
    project = sketch({"s": "x y z"}, ["x > y", "x > z"], end="y")
    assert found(project, places) == [("CX152", "touchpoint z id", "warning")]


def test_a_step_to_itself_does_not_save_a_dead_end(sketch, places):
    project = sketch({"s": "x y z"}, ["x > y", "x > z", "z > z"], end="y")
    assert found(project, places) == [
        ("CX152", "touchpoint z id", "warning"),
        ("CX154", "transition z -> z target", "note"),
    ]


def test_loops_are_allowed_and_reported_once_by_their_shortest_way(sketch, places):
    steps = ["help > form", "form > reply", "reply > help", "form > help", "reply > done"]
    (finding,) = check(sketch({"s": "help form reply done"}, steps, end="done"), places)
    assert (finding.code, finding.severity) == ("CX153", "note")
    assert finding.message == "customers may go round here: help -> form -> help"
    assert finding.location.file == "transition form -> help target"


def test_loops_are_told_in_the_order_of_the_journey(sketch, places):
    steps = ["z > y", "y > z", "y > b", "b > a", "a > b", "a > end"]
    told = [d.message for d in check(sketch({"s": "z y b a end"}, steps, end="end"), places)]
    assert [message.rpartition(": ")[2] for message in told] == ["z -> y -> z", "b -> a -> b"]


def test_of_several_ways_round_the_shortest_is_told(sketch, places):
    steps = ["help > ask", "ask > wait", "wait > help", "help > call", "call > help", "help > done"]
    (finding,) = check(sketch({"s": "help ask wait call done"}, steps, end="done"), places)
    assert finding.message.endswith("help -> call -> help")


def test_a_loop_without_a_way_to_an_end(sketch, places):
    steps = ["x > y", "x > a", "a > b", "b > a"]
    assert found(sketch({"s": "x y a b"}, steps, end="y"), places) == [
        ("CX157", "touchpoint a id", "warning"),
        ("CX157", "touchpoint b id", "warning"),
        ("CX153", "transition b -> a target", "note"),
    ]


@pytest.mark.parametrize(
    ("backstage", "why"), [(True, "it is backstage"), (False, "no way leads there")], ids=["hidden", "lost"]
)
def test_a_persona_cannot_meet_what_nobody_reaches(sketch, places, backstage, why):
    keys = {"z": {"frontstage": not backstage}}
    project = sketch({"s": "x y z"}, ["x > y"], end="y z", personas={"p": "x y z"}, **keys)
    finding = next(d for d in check(project, places) if d.code == "CX155")
    assert finding.message == f'persona "p" cannot meet touchpoint "z": {why}'
    assert finding.location.file == "persona p touchpoints 2"


def test_a_touchpoint_that_no_persona_meets(sketch, places):
    project = sketch({"s": "x y"}, personas={"p": "x"})
    assert found(project, places) == [("CX156", "touchpoint y id", "note")]


def test_findings_never_stop_a_run(sketch, places):
    steps = ["x > x", "y > z", "z > y"]
    project = sketch({"s": "x y z", "e": ""}, steps, personas={"p": "z"})
    assert {d.severity for d in check(project, places)} <= {"warning", "note"}
