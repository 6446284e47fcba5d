"""How far a roadmap takes a goal, and what is said of items besides their place."""

import datetime as dt

import pytest

from cxengine.engine import Engine

PROJECT = """
[project]
id = "kiosk"
name = "Kiosk"

[privacy]
minimum_n = 5

[evidence]
period = "quarter"
current = "latest"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "counter"
name = "Counter"
stage = "buy"

[[touchpoint]]
id = "bench"
name = "Bench"
stage = "buy"
end = true

[[segment]]
id = "students"
name = "Students"
when = 'attributes.who == "student"'

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "again"
wording = "Will you come again? 1 yes, 0 no"
scale = { min = 0, max = 1, step = 1 }

[[source]]
id = "cards"
options = { path = "cards.csv" }

[source.mapping]
occurred_at = "day"
attributes = { who = "who" }
signals = [
    { signal = "rating", columns = { counter = "counter", bench = "bench" } },
    { signal = "again", columns = { again = "counter" } },
]

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"
name = "Rating"
target = 4.5
guardrail = 2.0

[[metric]]
id = "returning"
use = "share"
signal = "again"
name = "Coming again"
options = { at_least = 1 }

[[team]]
id = "us"
name = "Us"
capacity = 1.0
focus = 1

[[initiative]]
id = "smile"
name = "A smile"
effects = [{ touchpoint = "counter", metric = "csat", change = 0.5 }]
effort = 2
team = "us"
tasks = [
    { name = "Practice", who = "staff", owner = "Ann", weeks_before = 1 },
    { name = "Poster", kind = "communication", public = true },
]

[[initiative]]
id = "student-day"
name = "Student day"
effects = [{ touchpoint = "counter", metric = "csat", change = 1.0 }]
effort = 2
team = "us"
segments = ["students"]
pilot = "no"

[[initiative]]
id = "card"
name = "A card"
effects = [{ touchpoint = "counter", metric = "returning", change = [5, 10, 15] }]
effort = 4
team = "us"
requires = ["smile", "student-day"]

[roadmap]
start = 2027-01-04
weeks = 26
"""

GOAL = """
[[goal]]
id = "{id}"
name = "Goal {id}"
metric = "csat"
{keys}
"""


@pytest.fixture
def roadmap(tmp_path):
    def plan(extra="", replaced=()):
        text = PROJECT + extra
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "cxengine.toml").write_text(text)
        rows = [
            f"2026-11-{1 + n % 28:02},{'student' if n % 4 == 0 else 'other'},{3 + n % 2},4,{n % 2}"
            for n in range(120)
        ]
        (tmp_path / "cards.csv").write_text("day,who,counter,bench,again\n" + "\n".join(rows) + "\n")
        return Engine().run(tmp_path).roadmap

    return plan


def outcome(planned):
    (found,) = planned.goal_outcomes
    return found


def test_effects_at_its_touchpoint_add_up_for_whom_they_serve(roadmap):
    found = outcome(
        roadmap(GOAL.format(id="g", keys='touchpoint = "counter"\ntarget = 4.1\nby = 2027-06-30'))
    )
    # half a point for everybody, one for the quarter of customers who are students
    assert found.contribution.value == pytest.approx(0.75)
    assert found.baseline.value == pytest.approx(3.5)
    assert found.expected.value == pytest.approx(4.25, abs=0.01)
    assert found.expected.low < found.expected.value < found.expected.high
    assert found.probability > 0.95
    assert found.items == ("smile", "student-day")


def test_only_what_is_finished_by_its_day_adds(roadmap):
    early = outcome(roadmap(GOAL.format(id="g", keys='touchpoint = "counter"\nby = 2027-01-15')))
    assert early.contribution.value == pytest.approx(0.5)
    assert early.target == 4.5, "the metric's"
    assert early.probability == 0.0
    never = outcome(roadmap(GOAL.format(id="g", keys='touchpoint = "counter"\nby = 2027-01-05')))
    assert never.contribution.value == 0.0


def test_over_the_journey_a_touchpoint_counts_by_its_answers(roadmap):
    found = outcome(roadmap(GOAL.format(id="g", keys="target = 4")))
    assert found.contribution.value == pytest.approx(0.375)


def test_what_nothing_is_known_of_is_not_made_up(roadmap):
    found = outcome(roadmap(GOAL.format(id="g", keys='touchpoint = "bench"\ntarget = 5')))
    assert (found.contribution, found.expected, found.probability, found.items) == (None, None, None, ())
    assert found.baseline.value == 4.0
    plain = outcome(roadmap('\n[[goal]]\nid = "g"\nname = "Be kind"\n'))
    assert (plain.metric, plain.baseline, plain.probability) == (None, None, None)


# --- what is said of items -------------------------------------------------------------------------


def test_objective_pilot_decision_tasks_and_guardrails(roadmap):
    items = {item.id: item for item in roadmap().items}
    smile = items["smile"]
    assert smile.objective == "Rating at Counter from 3.50 to 4.00"
    assert [(t.name, t.day) for t in smile.tasks] == [
        ("Practice", smile.end - dt.timedelta(weeks=1)),
        ("Poster", smile.end),
    ]
    assert [(g.metric, g.subject, g.limit) for g in smile.guardrails] == [("csat", "counter", 2.0)]
    # ratings of 3 and 4 in equal parts: 2 x 7.849 x 0.25 / 0.25 = 15.7, a little more as intervals are careful
    assert smile.pilot.per_group == 17
    assert smile.pilot.answers_a_week == pytest.approx(120 / (365.2425 / 4 / 7))
    assert smile.pilot.weeks == 4
    assert smile.pilot.start == smile.end + dt.timedelta(days=3), "the Monday after"
    assert smile.decision == smile.pilot.end == smile.pilot.start + dt.timedelta(weeks=4, days=-1)
    assert "17 answers in each half" in smile.pilot.text


def test_a_pilot_that_nobody_wants_and_one_that_would_take_too_long(roadmap):
    items = {item.id: item for item in roadmap().items}
    assert items["student-day"].pilot is None
    assert items["student-day"].decision == items["student-day"].kpi.by
    slow = {
        item.id: item
        for item in roadmap(replaced=[('team = "us"\ntasks', 'team = "us"\npilot_share = 0.05\ntasks')]).items
    }
    assert slow["smile"].pilot.weeks == 74
    assert (slow["smile"].pilot.start, slow["smile"].pilot.end) == (None, None)
    assert slow["smile"].decision == slow["smile"].kpi.by
    assert "too long, so ask more customers first" in slow["smile"].pilot.text


def test_a_pilot_runs_in_the_phase_for_it(roadmap):
    phases = (
        'team = "us"\nphases = { discover = 0, define = 0, design = 0, deliver = 0.5, pilot = 0.5 }\ntasks'
    )
    items = {item.id: item for item in roadmap(replaced=[('team = "us"\ntasks', phases)]).items}
    slot = next(slot for slot in items["smile"].phases if slot.phase == "pilot")
    assert items["smile"].pilot.start == slot.start


def test_forecasts_are_on_items_and_milestones(roadmap):
    extra = '\n[[milestone]]\nid = "m"\nname = "M"\nrequires = ["card"]\ndue = 2027-02-26\n'
    planned = roadmap(extra, [("effort = 4", "effort = [3, 4, 5]")])
    card = next(item for item in planned.items if item.id == "card")
    assert card.forecast.p10 <= card.forecast.p50 <= card.forecast.p80 <= card.forecast.p90
    assert card.forecast.p10 < card.end < card.forecast.p90
    (milestone,) = planned.milestones
    assert milestone.forecast.p80 == card.forecast.p80
    assert 0 < milestone.probability < 1
    sure = next(item for item in planned.items if item.id == "smile")
    assert sure.forecast.p10 == sure.forecast.p90 == sure.end
    assert sure.forecast.as_planned == 1.0


def test_an_item_for_one_segment_is_judged_among_them(roadmap):
    """Students, a quarter of all, rate 3; everybody 3.5."""
    items = {item.id: item for item in roadmap(replaced=[('\npilot = "no"', "")]).items}
    goal = items["student-day"].kpi
    assert (goal.segment, goal.metric_name) == ("students", "Rating (Students)")
    assert (goal.baseline.value, goal.target, goal.baseline.n) == (3.0, 4.0, 30)
    assert items["student-day"].success.startswith("Rating (Students) at Counter at least 4.00 (now 3.00")
    assert items["student-day"].pilot.answers_a_week == pytest.approx(30 / (365.2425 / 4 / 7))
    assert items["smile"].kpi.segment == "all"


def test_a_goal_at_a_touchpoint_has_the_target_of_that_touchpoint(roadmap):
    counter = 'touchpoint = "counter"\ntarget = 3.9'
    goals = (
        GOAL.format(id="own", keys='touchpoint = "counter"')
        + GOAL.format(id="other", keys='touchpoint = "bench"')
        + GOAL.format(id="everywhere", keys="")
        + GOAL.format(id="said", keys=counter)
    )
    own = ('name = "Counter"\n', 'name = "Counter"\ntargets = [{ metric = "csat", value = 3.8 }]\n')
    outcomes = {g.id: g.target for g in roadmap(goals, [own]).goal_outcomes}
    assert outcomes == {"own": 3.8, "other": 4.5, "everywhere": 4.5, "said": 3.9}
