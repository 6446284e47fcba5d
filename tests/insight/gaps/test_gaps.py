"""Gap analysis of a small shop: sizes, certainty, who does something about it, what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from cxengine.insight.gaps.findings import findings
from cxengine.insight.gaps.gap import IdleInvestment, UnmetTouchpoint
from cxengine.insight.gaps.remedies import expected
from cxengine.insight.gaps.sizes import above_nothing
from cxengine.metrics.interval import Interval


@pytest.fixture(scope="module")
def gap(shop):
    return shop.insight.gaps.of


def test_the_size_is_what_is_wanting(gap, shop):
    found = gap("search")
    emotion = (20 * -0.5 + 60 * 0.5 + 5) / 85
    assert (found.desired, found.declared, found.by, found.n) == (0.5, "touchpoint", "emotion", 85)
    assert found.size.value == pytest.approx(0.5 - emotion)
    assert found.part == pytest.approx(found.size.value / 2)
    measured = shop.insight.feeling("search").emotion
    assert found.size.low == pytest.approx(0.5 - measured.high)
    assert found.size.high == pytest.approx(0.5 - measured.low)
    assert 0.99 < found.probability <= 1
    better = gap("pay")
    assert better.size.value == pytest.approx(0.25 - 0.75)
    assert better.probability < 0.01


def test_a_touchpoint_has_its_own_target_before_that_of_everywhere(gap):
    assert (gap("search", "csat").desired, gap("search", "csat").declared) == (4.4, "touchpoint")
    assert (gap("pay", "csat").desired, gap("pay", "csat").declared) == (4.0, "metric")
    assert gap("search", "happy").desired == 80


def test_less_is_better_where_the_signal_says_so(gap):
    found = gap("pay", "wait")
    assert found.size.value == pytest.approx(7 - 5)
    assert found.size.low < 2 < found.size.high
    assert found.part is None  # minutes have no end
    assert found.remaining.value == pytest.approx(0)
    assert found.closed == pytest.approx(0.5)


def test_what_remains_is_less_what_initiatives_are_expected_to_bring_to_those_they_serve(gap):
    found = gap("search", "csat")
    served = 40 / 85  # the young among those at search
    assert found.initiatives == ("index", "big-buttons")
    assert found.remaining.value == pytest.approx(found.size.value - 0.5 - served * 0.5)
    assert found.remaining.high - found.remaining.value > found.size.high - found.size.value
    young = gap("search", "csat", "young")
    assert young.remaining.value == pytest.approx(4.4 - 3.0 - 1.0)
    assert 0 < found.closed < 1


def test_an_emotion_moves_with_the_mean_answer(gap):
    found = gap("search")
    assert found.remaining.value == pytest.approx(found.size.value - (0.5 + 0.5 * 40 / 85) / 2)
    assert gap("search", "happy").initiatives == ("index", "big-buttons")
    assert gap("search", "happy").remaining is None  # nobody says what it does to a share
    assert gap("pay").initiatives == ("second-till",)
    assert gap("pay").remaining is None  # minutes are no feeling


def test_what_nobody_measured_is_judged(gap):
    found = gap("store")
    assert (found.grade, found.n, found.probability) == ("judged", 0, None)
    assert found.size == Interval(pytest.approx(0.6), pytest.approx(0.6), pytest.approx(0.6))
    assert found.initiatives == ("carpet",)
    assert gap("store", segment="young") is None
    assert gap("fair") is None


def test_hidden_cells_have_no_gap(gap, shop):
    assert shop.insight.feeling("search", "few").emotion.suppressed
    assert gap("search", segment="few") is None
    assert gap("search", "csat", "few") is None
    assert gap("search", segment="young") is not None


def test_grades_follow_the_width_and_the_answers(gap):
    assert gap("pay").grade == "measured well"
    assert gap("pay", "wait").grade == "measured well"  # sixty answers; without ends only they count
    assert gap("search", segment="young").grade == "measured well"


def test_the_map_lacks_what_evidence_names(shop):
    found = shop.insight.gaps
    assert [(one.source, one.name, one.times) for one in found.missing] == [
        ("survey", "click and collect", 12)
    ]
    assert found.missing[0].share == pytest.approx(12 / 280)
    assert found.unnamed == 3  # too few to be told by name


def test_nobody_met_is_not_nobody_asked(run_shop, shop, shop_toml):
    """Rows that name the touchpoint may tell of any; rows about one touchpoint tell of no other."""
    assert shop.insight.gaps.unmet == (
        UnmetTouchpoint("store", "nobody", ("survey",)),
        UnmetTouchpoint("fair", "nobody", ("survey",)),
    )
    text = shop_toml.replace(
        'touchpoint = { column = "about", recode = { till = "pay" } }', 'touchpoint = { value = "search" }'
    )
    found = run_shop(text, {("search", "rating", 4, 50): 20}).insight.gaps.unmet
    assert {one.touchpoint: one.kind for one in found} == dict.fromkeys(("pay", "store", "fair"), "not asked")


def test_a_source_without_rows_could_tell_of_nothing(run_shop, shop_toml):
    found = run_shop(shop_toml, {}).insight.gaps.unmet
    assert found
    assert {(one.kind, one.sources) for one in found} == {("not asked", ())}


def test_investments_that_nobody_could_judge(shop, run_shop):
    assert shop.insight.gaps.idle == (
        IdleInvestment("slogan", "no effect"),
        IdleInvestment("carpet", "not measured"),
    )
    few = run_shop(answers={("search", "rating", 4, 50): 20, ("till", "waited", 6, 50): 5})
    assert IdleInvestment("second-till", "too few answers") in few.insight.gaps.idle


def test_findings_say_it_in_words(shop):
    told = {(f.kind, f.subject): f for f in findings(shop.project, shop.insight)}
    search = told["gap", "search"]
    assert search.text.startswith("Search: ")
    assert '"A better index", "Big buttons": expected to' in search.text
    assert "Also short: " in search.text
    assert search.matters > 0
    assert told["gap", "store"].text == (
        'The store: the emotion is -0.2 and should be 0.4: 0.6 short, a judgement. Addressed by "A red carpet".'
    )
    assert told["missing touchpoint", "click and collect"].effect == pytest.approx(12 / 280)
    assert told["unmet touchpoint", "fair"].text == "The fair: nobody met it now, though survey could tell."
    assert told["no impact", "slogan"].text.endswith("because it names no effect.")
    assert told["no impact", "carpet"].matters == pytest.approx(100 * 5 / 15)
    assert ("gap", "fair") not in told


def test_an_unaddressed_gap_is_a_finding(run_shop, shop_toml):
    result = run_shop(shop_toml[: shop_toml.index("[[initiative]]")])
    told = {(f.kind, f.subject): f for f in findings(result.project, result.insight)}
    assert "No initiative addresses it." in told["gap", "search"].text


# --- the arithmetic --------------------------------------------------------------------------------


def test_estimates_are_beta_pert():
    found = expected(0.0, 1.0, 4.0)
    assert found.value == pytest.approx(8 / 6)
    assert 0 < found.low < found.value < found.high < 4
    assert expected(0.5, 0.5, 0.5) == Interval(0.5, 0.5, 0.5)


def test_certainty_is_that_of_the_interval():
    assert above_nothing(Interval(1.0, 0.0, 3.0)) == pytest.approx(0.975)
    assert above_nothing(Interval(-1.0, -4.0, 0.0)) == pytest.approx(0.025)
    assert above_nothing(Interval(0.0, -1.0, 1.0)) == 0.5
    assert above_nothing(Interval(1.0, 1.0, 1.0)) == pytest.approx(0.975)  # all that such an interval says
    assert above_nothing(Interval(-1.0, -1.0, -1.0)) == pytest.approx(0.025)
    assert above_nothing(Interval(1.0, -np.inf, 2.0)) == 0.5
