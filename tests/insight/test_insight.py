"""Feelings: what they are made of, how sure they are, whom they tell apart."""

from __future__ import annotations

import numpy as np
import pytest

from cxengine import journey
from cxengine.insight.difference import Known, p_value
from cxengine.insight.find import find
from cxengine.insight.flags import chances, flagged
from cxengine.insight.moments import Moments, feeling_signals, feelings
from cxengine.insight.views import emotion_curve
from cxengine.metrics.discovery import discover
from cxengine.metrics.measure import measure
from cxengine.project import model


def insight_of(project, evidence):
    found = find(project, journey.build(project), evidence, measure(project, evidence, {}))
    return flagged(found, discover(chances(found)))


def fallen(p):
    """Which hypotheses of a family that stands alone fall."""
    found = discover({"difference": np.array(p)})
    return [found.falls(one) for one in p]


def answers(values, **row):
    return [{"signal": "satisfied", "touchpoint": "search", "value": float(v), **row} for v in values]


# --- answers as feelings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "direction", "neutral", "expected"),
    [
        ((1, 5), "higher_is_better", None, {1: -1, 2: -0.5, 3: 0, 4: 0.5, 5: 1}),
        ((1, 5), "lower_is_better", None, {1: 1, 2: 0.5, 3: 0, 4: -0.5, 5: -1}),
        ((1, 4), "higher_is_better", None, {1: -1, 2: -1 / 3, 3: 1 / 3, 4: 1}),
        ((0, 10), "higher_is_better", (7, 8), {0: -1, 6: -1 / 7, 7: 0, 8: 0, 9: 0.5, 10: 1}),
        ((1, 5), "higher_is_better", (1, 3), {1: 0, 3: 0, 4: 0.5, 5: 1}),
    ],
)
def test_answers_are_feelings_by_scale_direction_and_neutral_zone(scale, direction, neutral, expected):
    signal = model.Signal(
        id="s",
        wording="?",
        scale=model.Scale(min=scale[0], max=scale[1], step=1),
        direction=direction,
        neutral=neutral,
    )
    found = feelings(signal, np.array(list(expected), dtype=float))
    assert found == pytest.approx(list(expected.values()))


def test_records_relationships_and_employees_are_no_feelings(make_project):
    def source(name, kind, signal):
        wide = model.WideColumns(signal=signal, columns={"x": "delivery"})
        return model.SourceTable(id=name, kind=kind, mapping=model.MappingTable(signals=(wide,)))

    scale = model.Scale(min=0, max=1, step=1)
    signals = tuple(
        model.Signal(id=name, wording="?", scale=scale) for name in ("on_time", "solved", "liked", "tools")
    )
    relation = model.Signal(id="trust", wording="?", scale=scale, about="relationship")
    amount = model.Signal(id="spent", wording="?")
    sources = (
        source("o", "order", "on_time"),
        source("p", "order", "solved"),
        source("t", "ticket", "solved"),
        source("e", "employee", "tools"),
    )
    project = make_project(signals=(*signals, relation, amount), sources=sources, segments=())
    assert [s.id for s in feeling_signals(project)] == ["solved", "liked"]


# --- pain, love, reach ----------------------------------------------------------------------------


def test_pain_is_reach_times_share_times_severity(make_project, make_evidence):
    rows = answers([1] * 20 + [2] * 20 + [3] * 20 + [5] * 20)
    rows += answers([4] * 20, touchpoint="order")  # other people: reach of search is 80 of 100
    found = insight_of(make_project(), make_evidence(rows)).feeling("search")
    assert found.reach == pytest.approx(0.8)
    assert found.pain.value == pytest.approx(0.8 * 0.5 * 0.75)  # half are negative, as severe as (1 + .5) / 2
    assert found.love.value == pytest.approx(0.8 * 0.25 * 1.0)
    assert found.emotion.value == pytest.approx((-1 - 0.5 + 0 + 1) / 4)
    for measured in (found.pain, found.love, found.emotion):
        assert measured.low < measured.value < measured.high
        assert measured.n == 80


def test_one_response_is_one_voice(make_project, make_evidence):
    """Several answers of one response say the same thing twice: they must not look like several people."""
    easy = model.Signal(id="easy", wording="?", scale=model.Scale(min=1, max=5, step=1))
    once = [row | {"response_id": f"survey:{i}"} for i, row in enumerate(answers([1, 2, 4, 5] * 10))]
    twice = [*once, *({**row, "signal": "easy"} for row in once)]
    project = make_project(segments=())
    project = make_project(segments=(), signals=(*project.signals, easy))
    one, two = (insight_of(project, make_evidence(rows)).feeling("search") for rows in (once, twice))
    assert two.emotion == one.emotion
    assert (two.pain.n, two.pain.n_eff) == (40, 40.0)


def test_reach_is_a_share_of_those_who_were_asked(make_project, make_evidence):
    tickets = model.SourceTable(id="tickets", kind="ticket", mapping=model.MappingTable())
    project = make_project(segments=())
    project = make_project(segments=(), sources=(*project.sources, tickets))
    rows = [
        *answers([4] * 30),
        *answers([2] * 30, touchpoint="order"),
        *answers([2] * 40, touchpoint="order", source="tickets"),
        *answers([2] * 25, touchpoint="delivery", source="tickets"),  # no survey asks about it
    ]
    found = insight_of(project, make_evidence(rows))
    assert found.feeling("search").reach == pytest.approx(30 / 60)
    assert found.feeling("order").reach == pytest.approx(30 / 60)
    assert found.feeling("order").emotion.n == 70
    assert found.feeling("delivery").reach == pytest.approx(25 / 125)


def test_who_only_waited_is_no_voice_but_was_there(make_project, make_evidence):
    rows = [*answers([4] * 20), *answers([3.5] * 30, signal="waited"), *answers([4] * 50, touchpoint="order")]
    found = insight_of(make_project(segments=(), minimum_n=21), make_evidence(rows))
    assert found.feeling("search").emotion.suppressed  # twenty voices
    shown = insight_of(make_project(segments=()), make_evidence(rows)).feeling("search")
    assert (shown.emotion.n, shown.reach) == (20, 0.5)


def test_weights_move_feelings_and_reach(make_project, make_evidence):
    rows = [
        *answers([5] * 10, weight="3"),
        *answers([1] * 10, weight="1"),
        *answers([3] * 10, touchpoint="order", weight="1"),
    ]
    found = insight_of(make_project(segments=()), make_evidence(rows)).feeling("search")
    assert found.emotion.value == pytest.approx((30 - 10) / 40)
    assert found.reach == pytest.approx(40 / 50)
    assert found.emotion.n_eff == pytest.approx(40**2 / 100)


def test_only_the_present_counts(make_project, make_evidence):
    import datetime as dt

    rows = [*answers([1] * 20), *answers([5] * 10, occurred_at=dt.datetime(2024, 8, 1))]
    assert (
        insight_of(make_project(current="latest"), make_evidence(rows)).feeling("search").emotion.value == 1
    )
    assert insight_of(make_project(), make_evidence(rows)).feeling("search").emotion.value < 0


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
def test_intervals_of_pain_and_emotion_cover_what_they_claim(n):
    """Over truths of every shape; reach known."""
    from cxengine.insight.intensity import Severities, emotion_of, intensity
    from cxengine.insight.voices import Reach, Voices

    rng = np.random.default_rng(n)
    x = np.array([-1, -0.5, 0, 0.5, 1])
    ill = np.maximum(-x, 0)
    held = {"pain": 0, "emotion": 0}
    samples = 4000
    for _ in range(samples):
        truth = rng.dirichlet(np.ones(5))
        counts = rng.multinomial(n, truth)
        voices = Voices(n, float(n), float(n))
        severities = Severities(n, counts @ ill, counts @ ill**2)
        pain = intensity(severities, voices, Reach(1.0, 1e9, 1.0))
        emotion = emotion_of(Moments(w=n, x=counts @ x, xx=counts @ x**2), voices)
        held["pain"] += pain.low <= truth @ ill <= pain.high
        held["emotion"] += emotion.low <= truth @ x <= emotion.high
    assert 0.935 <= held["emotion"] / samples <= 0.965
    assert 0.935 <= held["pain"] / samples <= 0.965


def test_pain_is_never_certain(make_project, make_evidence):
    found = insight_of(make_project(segments=()), make_evidence(answers([5] * 10))).feeling("search")
    assert found.pain.value == found.pain.low == 0
    assert 0.01 < found.pain.high < 0.2
    assert found.love.low < 0.95
    assert found.emotion.low < 1.0


# --- suppression and grades ------------------------------------------------------------------------


def test_small_cells_tell_nothing(make_project, make_evidence):
    rows = answers([5] * 40, a_country="NL") + answers([1] * 4, a_country="BE")
    found = insight_of(make_project(minimum_n=5), make_evidence(rows))
    hidden = found.feeling("search", "belgian")
    for measured in (hidden.emotion, hidden.pain, hidden.love):
        assert measured.suppressed
        assert (measured.n, measured.n_eff) == (0, 0.0)
        assert np.isnan([measured.value, measured.low, measured.high]).all()
    assert np.isnan(hidden.reach)
    assert (hidden.grade, hidden.differs) == ("none", False)
    assert found.feeling("search", "young") is None


def test_answers_of_few_people_are_a_small_cell(make_project, make_evidence):
    """Three people who answer five signals each are three, not fifteen."""
    scale = model.Scale(min=1, max=5, step=1)
    names = [f"s{i}" for i in range(5)]
    signals = tuple(model.Signal(id=name, wording="?", scale=scale) for name in names)
    rows = [
        {"response_id": f"survey:{person}", "signal": name, "touchpoint": "search", "value": 2.0}
        for person in range(3) for name in names
    ]  # fmt: skip
    found = insight_of(make_project(segments=(), signals=signals, minimum_n=5), make_evidence(rows))
    assert found.feeling("search").emotion.suppressed


@pytest.mark.parametrize(
    ("n", "grade"), [(120, "strong"), (99, "moderate"), (30, "moderate"), (29, "weak"), (9, "none")]
)
def test_grades(make_project, make_evidence, n, grade):
    found = insight_of(make_project(segments=(), minimum_n=10), make_evidence(answers([4] * n)))
    assert found.feeling("search").grade == grade


# --- differences -----------------------------------------------------------------------------------


def test_benjamini_hochberg_agrees_with_print():
    # The example of Benjamini and Hochberg (1995), section 3.2: of 15 hypotheses four fall at 5%.
    printed = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0]  # fmt: skip
    assert fallen(printed) == [True] * 4 + [False] * 11
    assert fallen(printed[::-1]) == [False] * 11 + [True] * 4
    assert fallen([]) == []
    assert fallen([0.2, 0.9]) == [False, False]


def known(n):
    return Known(n, n - 1)


def test_welch_agrees_with_scipy():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(2)
    one, other = rng.normal(0, 1, 20), rng.normal(0.5, 2, 50)
    sums = [Moments(w=len(x), x=x.sum(), xx=(x**2).sum()) for x in (one, other)]
    expected = ttest_ind(one, other, equal_var=False).pvalue
    assert p_value(sums[0], known(20), sums[1], known(50)) == pytest.approx(expected, rel=1e-9)


def test_a_clean_division_has_its_exact_chance():
    same, opposite = Moments(w=3, x=3, xx=3), Moments(w=3, x=-3, xx=3)
    assert p_value(same, known(3), opposite, known(3)) == pytest.approx(2 / 20)
    assert p_value(same, known(3), Moments(w=9, x=9, xx=9), known(9)) == 1.0


def test_a_segment_that_feels_otherwise_is_told_apart(make_project, make_evidence):
    rng = np.random.default_rng(8)
    rows = [
        *answers(rng.choice([1, 2, 3], 80), a_country="NL", a_member=True),
        *answers(rng.choice([3, 4, 5], 80), a_country="BE", a_member=True),
        *answers(rng.choice([1, 2, 3, 4, 5], 100), a_country="DE", a_member=False),
    ]
    found = insight_of(make_project(), make_evidence(rows))
    flags = {f.segment: f.differs for f in found.feelings}
    assert flags == {"all": False, "dutch": True, "belgian": True, "dutch-or-young": True, "member": False}


def test_false_discoveries_stay_below_what_is_declared():
    """Forty cells, ten of which differ: of those that are flagged, at most 5% are wrong."""
    rng = np.random.default_rng(17)
    x = np.array([-1, -0.5, 0, 0.5, 1])
    usual, worse = [0.1, 0.2, 0.2, 0.3, 0.2], [0.25, 0.3, 0.2, 0.15, 0.1]

    def moments(shares, n):
        counts = rng.multinomial(n, shares)
        return Moments(w=n, x=counts @ x, xx=counts @ x**2)

    wrong, found = [], 0
    for _ in range(200):
        cells = [moments(worse if cell < 10 else usual, 60) for cell in range(40)]
        flags = fallen([p_value(cell, known(60), moments(usual, 300), known(300)) for cell in cells])
        wrong.append(sum(flags[10:]) / max(sum(flags), 1))
        found += sum(flags[:10])
    assert np.mean(wrong) <= 0.05
    assert found / 2000 >= 0.8


# --- views -----------------------------------------------------------------------------------------


def test_views_follow_the_journey(make_project, make_evidence):
    rows = [
        *answers([5] * 30, touchpoint="delivery", a_country="NL"),
        *answers([1] * 30, touchpoint="search"),
        *answers([4] * 30, touchpoint="order", a_country="BE"),
    ]
    found = insight_of(make_project(), make_evidence(rows))
    assert [f.touchpoint for f in emotion_curve(found)] == ["search", "order", "delivery"]
    assert [f.touchpoint for f in emotion_curve(found, "dutch")] == ["delivery"]


def test_the_same_feelings_whatever_the_threads_and_the_order(make_project, make_evidence):
    rng = np.random.default_rng(5)
    rows = []
    for i in range(400):
        rows += answers(
            [rng.integers(1, 6)], touchpoint=str(rng.choice(["search", "order"])), weight=f"{rng.uniform(0.2, 4):.9f}",
            a_country=str(rng.choice(["NL", "BE"])), response_id=f"survey:{i}",
        )  # fmt: skip
    first = insight_of(make_project(), make_evidence(rows, threads=1))
    second = insight_of(make_project(), make_evidence(rows[::-1], threads=4))
    assert first.feelings == second.feelings
