"""Segments against everybody else: known differences, and no more false ones than declared."""

from __future__ import annotations

import numpy as np
import pytest

from cxengine import journey
from cxengine.insight.apart import apart
from cxengine.insight.find import find
from cxengine.insight.flags import chances, flagged
from cxengine.insight.insight import Feeling
from cxengine.insight.intensity import emotion_of, love_of, pain_of
from cxengine.insight.moments import Moments
from cxengine.insight.voices import WHOLE_JOURNEY, Heard, Voices, reach
from cxengine.metrics.discovery import discover
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import SUPPRESSED

STEPS = np.array([-1, -0.5, 0, 0.5, 1])


def insight_of(project, evidence):
    found = find(project, journey.build(project), evidence, measure(project, evidence, {}))
    return flagged(found, discover(chances(found)))


def answers(values, **row):
    return [{"signal": "satisfied", "touchpoint": "search", "value": float(v), **row} for v in values]


def found(insight, feeling, segment="dutch", touchpoint="search"):
    (one,) = (
        a for a in insight.apart if (a.touchpoint, a.segment, a.feeling) == (touchpoint, segment, feeling)
    )
    return one


def test_a_segment_is_held_against_all_who_are_not_in_it(make_project, make_evidence):
    rows = [
        *answers([1] * 20 + [5] * 20, a_country="NL"),  # half suffer, as much as one can
        *answers([2] * 15 + [5] * 45, a_country="BE"),  # a quarter suffers half as much
        *answers([4] * 60, touchpoint="order", a_country="BE"),  # half of the Belgians were never at search
    ]
    insight = insight_of(make_project(), make_evidence(rows))
    pain, love, emotion = (found(insight, name) for name in ("pain", "love", "emotion"))
    assert pain.value == pytest.approx(1.0 * 0.5 * 1.0 - 0.5 * 0.25 * 0.5)
    assert love.value == pytest.approx(1.0 * 0.5 - 0.5 * 0.75)
    assert emotion.value == pytest.approx(0.0 - (0.75 - 0.125))
    assert pain.low < pain.value < pain.high
    assert (pain.beyond_chance, emotion.beyond_chance) == (True, True)
    assert emotion.beyond_chance == insight.feeling("search", "dutch").differs
    assert found(insight, "pain", "belgian").value == pytest.approx(-pain.value)


def test_who_is_everybody_has_nobody_to_differ_from(make_project, make_evidence):
    insight = insight_of(make_project(), make_evidence(answers([1, 5] * 20, a_country="NL")))
    assert not [one for one in insight.apart if one.segment == "dutch"]


def test_hidden_cells_are_held_against_nobody(make_project, make_evidence):
    rows = answers([5] * 40, a_country="NL") + answers([1] * 4, a_country="BE")
    insight = insight_of(make_project(minimum_n=5), make_evidence(rows))
    hidden = {(f.touchpoint, f.segment) for f in insight.feelings if f.emotion.suppressed}
    assert ("search", "belgian") in hidden
    assert not hidden & {(one.touchpoint, one.segment) for one in insight.apart}


def survey(rng, touchpoints, planted, n):
    """Feelings, sums and voices of a segment (a third of `n`) and of everybody, at every touchpoint.

    Where `planted`, twice as many of the segment suffer.
    """
    usual, worse = np.array([0.1, 0.2, 0.2, 0.3, 0.2]), np.array([0.25, 0.35, 0.2, 0.15, 0.05])
    sizes = {"few": n // 3, "rest": n - n // 3}
    heard = {(WHOLE_JOURNEY, "few"): voices(sizes["few"]), (WHOLE_JOURNEY, "all"): voices(n)}
    sums, feelings = {}, []
    for i in range(touchpoints):
        counts = {}
        for who, size in sizes.items():
            shares = worse if who == "few" and i < planted else usual
            counts[who] = rng.multinomial(rng.binomial(size, 0.7), shares)
        counts["all"] = counts["few"] + counts["rest"]
        for who in ("few", "all"):
            place = (f"t{i}", who)
            sums[place], heard[place] = moments(counts[who]), voices(int(counts[who].sum()))
        for who in ("few", "all"):
            place = (f"t{i}", who)
            met = reach(heard, *place)
            felt = (f(sums[place], heard[place].feeling, met) for f in (pain_of, love_of))
            feelings.append(
                Feeling(*place, emotion_of(sums[place], heard[place].feeling), *felt, met.value, "strong")
            )
    return feelings, sums, heard


def voices(n):
    one = Voices(n, float(n), float(n))
    return Heard(one, one, one)


def moments(counts):
    ill, joy = np.maximum(-STEPS, 0), np.maximum(STEPS, 0)
    columns = (np.ones(5), STEPS, STEPS**2, ill, ill**2, joy, joy**2)
    return Moments(*(float(counts @ column) for column in columns))


def test_of_the_pains_and_loves_that_are_flagged_no_more_are_false_than_declared():
    rng = np.random.default_rng(11)
    wrong, right = [], 0
    for _ in range(60):
        told = [one for one in apart(*survey(rng, 20, 5, 300)) if one.feeling != "emotion"]
        decided = discover({"difference": np.array([one.p for one in told])})
        flags = [(int(one.touchpoint[1:]) < 5) for one in told if decided.falls(one.p)]
        wrong.append(flags.count(False) / max(len(flags), 1))
        right += sum(flags)
    assert np.mean(wrong) <= 0.05
    assert right / (60 * 10) >= 0.8  # five pains and five loves differ


def test_differences_cover_what_they_claim():
    rng = np.random.default_rng(12)
    held, size = 0, 0
    for _ in range(40):
        told = [one for one in apart(*survey(rng, 20, 0, 240)) if one.feeling != "emotion"]
        held += sum(one.low <= 0 <= one.high for one in told)
        size += len(told)
    assert 0.93 <= held / size <= 0.975


def test_a_hidden_feeling_of_everybody_hides_the_difference():
    feelings, sums, heard = survey(np.random.default_rng(1), 1, 1, 300)
    hidden = [
        Feeling(f.touchpoint, f.segment, SUPPRESSED, SUPPRESSED, SUPPRESSED, float("nan"), "none")
        if f.segment == "all"
        else f
        for f in feelings
    ]
    assert apart(hidden, sums, heard) == ()
