"""Changes that were made: what became of what they were to move, known answers and planted truth."""

from __future__ import annotations

import datetime as dt

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics.means import MeanSatisfaction

from cxengine import journey
from cxengine.insight.find import find
from cxengine.insight.finding import certainty
from cxengine.insight.gaps.delivered import DeliveredEffect, delivered_effects, judged
from cxengine.insight.gaps.findings import findings
from cxengine.insight.gaps.gap import Gaps
from cxengine.metrics.discovery import discover
from cxengine.metrics.interval import Interval
from cxengine.metrics.measure import measure
from cxengine.plugin.intervals import Z
from cxengine.project import model

FINISHED = dt.date(2024, 5, 20)
DAYS = {
    "before": dt.datetime(2024, 2, 3),
    "during": dt.datetime(2024, 5, 3),
    "after": dt.datetime(2024, 8, 3),
}
STEPS = np.arange(1.0, 6.0)


def answers(touchpoint, when, values, **row):
    return [
        {"signal": "satisfied", "touchpoint": touchpoint, "value": float(v), "occurred_at": DAYS[when], **row}
        for v in values
    ]


def delivered(touchpoint="search", change=(0.5, 1.0, 1.5), **changes):
    effect = model.Effect(touchpoint=touchpoint, metric="csat", change=model.Estimate(*change))
    made = {"id": f"done-{touchpoint}", "name": "Done", "finished": FINISHED, "effects": (effect,)}
    return model.DeliveredTable(**(made | changes))


def alone(effects):
    """The effects with what is beyond chance, where nothing else is tested."""
    return judged(effects, discover({"delivered": np.array([one.p for one in effects if one.p is not None])}))


@pytest.fixture
def run(make_project, make_evidence):
    """`run(rows, *delivered, **of_project)`: project, insight and effects."""

    def go(rows, *done, direction="higher_is_better", **of_project):
        project = make_project(**({"segments": ()} | of_project))
        signals = tuple(
            attrs.evolve(s, direction=direction) if s.id == "satisfied" else s for s in project.signals
        )
        tables = (model.MetricTable(id="csat", use="csat_mean", signal="satisfied", name="Satisfaction"),)
        project = attrs.evolve(project, metrics=tables, delivered=done, signals=signals)
        satisfied = next(s for s in project.signals if s.id == "satisfied")
        metrics = {"csat": MeanSatisfaction(MeanSatisfaction.Options(), satisfied)}
        evidence = make_evidence(rows)
        measurements = measure(project, evidence, metrics)
        insight = find(project, journey.build(project), evidence, measurements)
        found = alone(delivered_effects(project, measurements, metrics))
        return project, attrs.evolve(insight, gaps=Gaps(delivered=found)), found

    return go


def test_a_move_is_what_it_is_beyond_what_happened_elsewhere(run):
    rows = [
        *answers("search", "before", [2, 3] * 60),
        *answers("search", "during", [1] * 50),  # the period of the change is left out
        *answers("search", "after", [4, 4] * 60),
        *answers("order", "before", [3, 3] * 40),
        *answers("order", "after", [3, 4] * 40),
    ]
    project, insight, (found,) = run(rows, delivered())
    assert (found.before, found.after, found.n) == ("2024-Q1", "2024-Q3", 120)
    assert found.moved.value == pytest.approx(1.5)
    assert found.elsewhere == pytest.approx(0.5)
    assert found.net.value == pytest.approx(1.0)
    assert found.net.low < 1.0 < found.net.high
    assert found.expected.value == pytest.approx(1.0)
    assert found.part == pytest.approx(0.25)
    assert found.verdict == "better"
    (told,) = (f for f in findings(project, insight) if f.kind == "impact")
    assert told.text.startswith('"Done": Satisfaction at Search moved 1 [')
    assert "beyond what it did elsewhere, from 2024-Q1 to 2024-Q3, expected 1: it worked" in told.text
    assert "gets better by itself" in told.caution


@pytest.mark.parametrize(
    ("after", "n", "verdict"),
    [([2, 3], 100, "none seen"), ([1, 2], 100, "worse"), ([2, 5], 3, "unclear"), ([4, 5], 100, "better")],
)
def test_verdicts(run, after, n, verdict):
    rows = [*answers("search", "before", [2, 3] * n), *answers("search", "after", after * n)]
    project, insight, (found,) = run(rows, delivered())
    assert found.elsewhere is None
    assert found.verdict == verdict
    (told,) = (f for f in findings(project, insight) if f.subject == "done-search")
    assert told.kind == ("impact" if verdict in {"better", "worse"} else "no impact")
    assert (" for the worse, from " in told.text) == (verdict == "worse")
    assert "moved -" not in told.text


def test_where_less_is_better_a_fall_is_for_the_better(run):
    rows = [*answers("search", "before", [4, 5] * 60), *answers("search", "after", [2, 3] * 60)]
    _, _, (found,) = run(rows, delivered(change=(-1.5, -1.0, -0.5)), direction="lower_is_better")
    assert (found.net.value, found.expected.value) == (pytest.approx(2.0), pytest.approx(1.0))
    assert found.verdict == "better"


def test_too_early_and_not_measured(run):
    rows = [*answers("search", "before", [2, 3] * 60), *answers("search", "during", [5] * 60)]
    _, _, found = run(rows, delivered(), delivered("order"))
    assert [(one.verdict, one.net) for one in found] == [("too early", None), ("not measured", None)]
    project, insight, _ = run(rows, delivered())
    assert not [f for f in findings(project, insight) if f.kind in {"impact", "no impact"}]


def test_hidden_periods_are_not_compared(run):
    rows = [*answers("search", "before", [2, 3] * 4), *answers("search", "after", [5] * 60)]
    _, _, (found,) = run(rows, delivered(), minimum_n=10)
    assert (found.verdict, found.net, found.n) == ("not measured", None, 0)


def test_a_change_for_one_segment_is_looked_for_there(run):
    segments = (model.Segment(id="dutch", name="Dutch", when='attributes.country == "NL"'),)
    rows = [
        *answers("search", "before", [3] * 60, a_country="NL"),
        *answers("search", "after", [5] * 60, a_country="NL"),
        *answers("search", "before", [3] * 200, a_country="BE"),
        *answers("search", "after", [3] * 200, a_country="BE"),
    ]
    _, _, (found,) = run(rows, delivered(segments=("dutch",)), segments=segments)
    assert (found.segment, found.net.value) == ("dutch", pytest.approx(2.0))


def test_where_something_else_was_delivered_is_no_comparison(run):
    rows = [
        *answers("search", "before", [3] * 60), *answers("search", "after", [4] * 60),
        *answers("order", "before", [3] * 60), *answers("order", "after", [5] * 60),
    ]  # fmt: skip
    _, _, found = run(rows, delivered(), delivered("order"))
    assert [one.elsewhere for one in found] == [None, None]


def test_moves_are_found_and_covered_on_planted_truth(run):
    """Of twenty changes ten work, and everything gets better by a quarter of a point in the meantime."""
    rng = np.random.default_rng(6)
    held, wrong, found_true = [], 0, 0
    before = np.array([0.15, 0.2, 0.3, 0.2, 0.15])
    drift, strong = np.array([-0.05, -0.05, 0.0, 0.05, 0.05]), np.array([-0.08, -0.08, -0.05, 0.08, 0.13])
    for _ in range(4):
        rows, truth = [], {}
        for t in range(30):
            later = before + drift + (strong if t < 10 else 0)
            truth[f"t{t}"] = float(strong @ STEPS) if t < 10 else 0.0
            for when, shares in (("before", before), ("after", later)):
                rows += answers(f"t{t}", when, np.repeat(STEPS, rng.multinomial(150, shares)))
        places = _places(30)
        done = [delivered(f"t{t}") for t in range(20)]
        _, _, found = run(rows, *done, touchpoints=places)
        for one in found:
            assert one.elsewhere == pytest.approx(0.3, abs=0.12)
            held.append(one.net.low <= truth[one.touchpoint] <= one.net.high)
            wrong += one.verdict == "better" and truth[one.touchpoint] == 0
            found_true += one.verdict == "better" and truth[one.touchpoint] > 0
    assert np.mean(held) >= 0.9
    assert wrong <= 0.05 * 40
    assert found_true >= 0.85 * 40


def test_one_strong_move_does_not_carry_those_that_chance_makes_among_many(run):
    """Beside nineteen changes that did nothing, a move that would count by itself is unclear."""
    mild = [*answers("t0", "before", [2, 3] * 60), *answers("t0", "after", [2, 3] * 52 + [4, 4] * 8)]
    _, _, (alone,) = run(mild, delivered("t0"), touchpoints=_places(1))
    assert alone.verdict == "better"
    still = [
        row
        for t in range(1, 20)
        for when in ("before", "after")
        for row in answers(f"t{t}", when, [2, 3] * 60)
    ]
    project, insight, found = run(
        [*mild, *still], *(delivered(f"t{t}") for t in range(20)), touchpoints=_places(20)
    )
    assert found[0].net == alone.net
    assert found[0].net.low > 0
    assert [one.verdict for one in found] == ["unclear"] + ["none seen"] * 19
    (told,) = (f for f in findings(project, insight) if f.subject == "done-t0")
    assert "of so much that is tested, chance may have moved one as far" in told.text
    assert "5% are expected to be chance at most" in told.caution


def _places(number):
    return tuple(model.Touchpoint(id=f"t{t}", name="T", stage="get") for t in range(number))


def test_changes_that_did_nothing_are_seldom_said_to_have_worked():
    """Forty changes without effect, 400 times: any verdict at all in 5% of the times, as BH has it."""
    rng = np.random.default_rng(11)
    seen = 0
    for _ in range(400):
        nets = rng.standard_normal(40)
        effects = [_effect(Interval(net, net - Z, net + Z)) for net in nets]
        seen += any(one.verdict in {"better", "worse"} for one in alone(effects))
    assert seen / 400 == pytest.approx(0.05, abs=0.025)


def _effect(net):
    return DeliveredEffect(
        "done",
        "search",
        "csat",
        "all",
        Interval(1.0, 0.5, 1.5),
        None,
        "a",
        "b",
        net,
        None,
        net,
        100,
        "unclear",
        1 - certainty(net.value, net.low, net.high),
    )
