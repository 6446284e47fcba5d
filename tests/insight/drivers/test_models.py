"""What a driver model says, refuses and warns of, on planted answers."""

import datetime as dt

import numpy as np
import pytest

from cxengine.insight.drivers.findings import findings
from cxengine.insight.drivers.report import Drivers
from cxengine.project import model
from cxengine.testing.drivers import PlantedDrivers, kano, on_scale

TOUCHPOINTS = ("search", "pay", "parcel", "help")


def planted(n, effects=(0.6, 0.3, 0.15, 0.0), seed=1, **more):
    return on_scale(PlantedDrivers(effects, **more).draw(n, np.random.default_rng(seed)))


def columns(answers, touchpoints=TOUCHPOINTS):
    found = {("rating", t): answers[:, i] for i, t in enumerate(touchpoints)}
    return found | {("overall", "journey"): answers[:, -1]}


@pytest.fixture(scope="module")
def result(ask):
    return ask(TOUCHPOINTS, columns(planted(3000)))


def test_drivers_come_in_the_order_of_their_effects(result):
    assert [driver.id for driver in result.drivers] == list(TOUCHPOINTS)
    assert [driver.rank for driver in result.drivers] == [1, 2, 3, 4]
    assert result.refused is None


def test_importances_add_up_and_lie_in_their_intervals(result):
    assert sum(driver.importance.value for driver in result.drivers) == pytest.approx(result.r2.value)
    assert sum(driver.share for driver in result.drivers) == pytest.approx(1)
    for driver in result.drivers:
        for found in (driver.importance, driver.pearson, driver.spearman, driver.slope, driver.coefficient):
            assert found.low < found.value < found.high
        assert driver.n == 3000
        assert driver.ranks[0] <= driver.rank <= driver.ranks[1]


def test_an_order_is_as_sure_as_effects_are_apart(result):
    above = np.array(result.above)
    assert above[0, 1] > 0.99
    assert above[np.triu_indices(4, 1)] == pytest.approx(1 - above.T[np.triu_indices(4, 1)])


def test_slopes_are_points_of_the_outcome(result):
    answers = planted(3000)
    design = np.column_stack([answers[:, :-1], np.ones(len(answers))])
    expected = np.linalg.lstsq(design, answers[:, -1], rcond=None)[0][:-1]
    by_id = {driver.id: driver.slope.value for driver in result.drivers}
    assert [by_id[t] for t in TOUCHPOINTS] == pytest.approx(expected, abs=1e-9)


def test_both_methods_are_told(ask):
    answers = planted(2000)
    by_lmg, by_johnson = (
        {d.id: d for d in ask(TOUCHPOINTS, columns(answers), method=method).drivers}
        for method in ("lmg", "johnson")
    )
    for name, driver in by_lmg.items():
        assert driver.other_method == pytest.approx(by_johnson[name].importance.value)
        assert driver.importance.value == pytest.approx(by_johnson[name].other_method)


def test_a_column_of_noise_does_not_pass_for_a_driver(ask):
    found = ask(TOUCHPOINTS, columns(planted(1500, (0.6, 0.3, 0.0, 0.0), common=0.0)))
    told = findings(Drivers((found,)))
    assert {f.subject for f in told if f.kind == "driver"} == {"search", "pay", ""}
    quiet = next(f for f in told if f.kind == "driver" and not f.subject)
    assert "Parcel" in quiet.text
    assert "Help" in quiet.text


def test_too_few_rows_are_refused_with_the_number_needed(ask):
    found = ask(TOUCHPOINTS, columns(planted(50)))
    assert found.refused is not None
    assert "50 responses have an answer about search; 4 drivers need 60 (15 for each)" in found.refused
    assert found.drivers == ()
    allowed = ask(TOUCHPOINTS, columns(planted(50)), rows_per_driver=10)
    assert len(allowed.drivers) == 4
    told = findings(Drivers((found,)))
    assert [f.kind for f in told] == ["refused"]


def test_weights_make_rows_count_for_less(ask):
    answers = planted(70)
    uneven = np.where(np.arange(70) % 2, 1.9, 0.1)
    found = ask(TOUCHPOINTS, columns(answers), of_evidence={"weights": uneven})
    assert "70 responses, as good as 39 by their weights, have an answer about" in found.refused


def test_the_pair_that_few_answer_is_named_and_every_n_told(ask):
    answers = planted(500)
    answers[40:, 0] = np.nan
    answers[:30, 1] = np.nan
    found = ask(TOUCHPOINTS, columns(answers))
    assert "10 responses have answers about both search and pay" in found.refused
    answers[:, 0] = planted(500)[:, 0]
    found = ask(TOUCHPOINTS, columns(answers))
    ids = [driver.id for driver in found.drivers]
    expected = {frozenset((a, b)): 470 if "pay" in (a, b) else 500 for a in ids for b in ids}
    for i, a in enumerate(ids):
        for j, b in enumerate(ids):
            assert found.pairs[i][j] == expected[frozenset((a, b))]
    assert found.n == 470


def test_listwise_counts_only_those_who_answered_everything(ask):
    answers = planted(500)
    answers[:30, 1] = np.nan
    found = ask(TOUCHPOINTS, columns(answers), missing="listwise")
    assert {n for row in found.pairs for n in row} == {470}
    kept = answers[30:]
    assert found.drivers[0].pearson.value == pytest.approx(np.corrcoef(kept[:, 0], kept[:, -1])[0, 1])


def test_answers_of_different_people_that_do_not_fit_are_refused(ask):
    # Three thirds each answer one pair: a with b and b with c agree, a with c oppose.
    rng = np.random.default_rng(2)
    x = rng.integers(1, 6, 900).astype(float)
    answers = np.full((900, 4), np.nan)
    answers[:, 3] = rng.integers(1, 6, 900)
    for part, (i, j, sign) in enumerate(((0, 1, 1), (1, 2, 1), (0, 2, -1))):
        rows = slice(300 * part, 300 * part + 300)
        answers[rows, i] = x[rows]
        answers[rows, j] = x[rows] if sign > 0 else 6 - x[rows]
    found = ask(("a", "b", "c"), columns(answers, ("a", "b", "c")))
    assert "do not fit together" in found.refused
    assert 'missing = "listwise"' in found.refused


def test_the_outcome_in_other_words_is_noticed(ask):
    answers = planted(600)
    rng = np.random.default_rng(3)
    answers[:, 3] = np.where(rng.random(600) < 0.95, answers[:, -1], 3)
    found = ask(TOUCHPOINTS, columns(answers))
    assert [d.id for d in found.drivers if d.restates_outcome] == ["help"]
    assert "Help may be the outcome in other words" in found.cautions[0]
    told = findings(Drivers((found,)))
    assert told[0].kind == "caution"
    assert next(f for f in told if f.subject == "help").caution == "It may be the outcome in other words."


def test_a_driver_that_others_nearly_tell_is_noticed(ask):
    rng = np.random.default_rng(4)
    answers = rng.standard_normal((500, 4))
    answers[:, 2] = answers[:, 0] + answers[:, 1] + 0.1 * rng.standard_normal(500)
    answers[:, 3] += answers[:, 0]
    columns = {("amount", t): answers[:, i] for i, t in enumerate("abc")} | {
        ("overall", "journey"): on_scale(answers[:, 3])
    }
    found = ask("abc", columns, drivers=(model.Driver(signal="amount"),), of_project={"signal": "amount"})
    assert any("is nearly told by the other drivers" in caution for caution in found.cautions)


def test_segments_have_drivers_of_their_own(ask):
    rng = np.random.default_rng(5)
    young = PlantedDrivers((0.9, 0.0, 0.0, 0.0)).draw(1500, rng)
    old = PlantedDrivers((0.0, 0.9, 0.0, 0.0)).draw(1500, rng)
    age = np.repeat([25.0, 65.0], 1500)
    found = ask(
        TOUCHPOINTS,
        columns(on_scale(np.vstack([young, old]))),
        attributes={"age": age},
        segments=(
            ("young", "attributes.age < 30.0"),
            ("old", "attributes.age > 60.0"),
            ("none", "attributes.age > 99.0"),
        ),
    )
    by_name = {segment.segment: segment for segment in found.segments}
    assert by_name["young"].drivers[0].id == "search"
    assert by_name["old"].drivers[0].id == "pay"
    assert by_name["young"].drivers[0].n == 1500
    assert by_name["none"].refused == "nobody in it answered"
    told = {f.segment: f.text for f in findings(Drivers((found,))) if f.kind == "segment driver"}
    assert "Young: Search matters more" in told["young"] or "Young: Pay matters less" in told["young"]
    assert set(told) == {"young", "old"}


def test_what_defines_a_segment_is_no_driver_in_it(ask):
    answers = planted(800)
    age = np.where(answers[:, 2] == 3, 25.0, 65.0)
    found = ask(
        TOUCHPOINTS, columns(answers), attributes={"age": age}, segments=(("young", "attributes.age < 30.0"),)
    )
    assert {driver.id for driver in found.segments[0].drivers} == {"search", "pay", "help"}


def test_basics_and_delights_are_told_apart(ask):
    rng = np.random.default_rng(6)
    answers = np.empty((4000, 4))
    answers[:, :3] = on_scale(rng.standard_normal((4000, 3)))
    bad, good = np.array([1.5, 0.0, 0.7]), np.array([0.0, 1.5, 0.7])
    answers[:, 3] = 3 + kano(bad, good, answers[:, :3]) + rng.normal(0, 0.7, 4000)
    given = {("rating", t): answers[:, i] for i, t in enumerate(("basic", "delight", "both"))}
    outcome = model.Outcome(signal="spent", name="spending")
    found = ask(("basic", "delight", "both"), given | {("spent", "journey"): answers[:, 3]}, outcome=outcome)
    roles = {driver.id: driver.role for driver in found.drivers}
    assert {name: role.name for name, role in roles.items()} == {
        "basic": "basic",
        "delight": "excitement",
        "both": "performance",
    }
    for name, penalty, reward in (("basic", 1.5, 0), ("delight", 0, 1.5), ("both", 0.7, 0.7)):
        assert roles[name].penalty.low <= penalty <= roles[name].penalty.high
        assert roles[name].reward.low <= reward <= roles[name].reward.high


def test_where_low_is_good_bad_answers_are_the_high_ones(ask):
    rng = np.random.default_rng(7)
    answers = np.empty((3000, 2))
    answers[:, 0] = on_scale(rng.standard_normal(3000))
    answers[:, 1] = np.clip(np.round(4 - 2 * (answers[:, 0] > 3) + rng.normal(0, 0.6, 3000)), 1, 5)
    effort = model.Signal(
        id="effort", wording="Effort", scale=model.Scale(min=1, max=5, step=1), direction="lower_is_better"
    )
    made = {"signal": "effort"}
    from_signals = (
        effort,
        model.Signal(id="overall", wording="All in all", scale=effort.scale, about="relationship"),
    )
    given = {("effort", "a"): answers[:, 0], ("overall", "journey"): answers[:, 1]}
    found = ask(
        ["a"],
        given,
        drivers=(model.Driver(signal="effort"),),
        of_project=made | {"signals": (*from_signals, model.Signal(id="spent", wording="s"))},
    )
    driver = found.drivers[0]
    assert driver.role.name == "basic"
    assert driver.role.penalty.value == pytest.approx(2, abs=0.2)
    assert driver.performance.value == pytest.approx(1 - (answers[:, 0].mean() - 1) / 4, abs=1e-9)


def test_quadrants_follow_the_cross_hair(ask):
    answers = planted(3000)
    answers[:, 0] = np.clip(answers[:, 0] - 1, 1, 5)
    found = {d.id: d for d in ask(TOUCHPOINTS, columns(answers)).drivers}
    assert found["search"].quadrant.name == "improve"
    assert found["search"].quadrant.probability > 0.95
    assert found["help"].quadrant.name == "possible overkill"
    moved = ask(TOUCHPOINTS, columns(answers), cross=model.CrossHair(importance=0.9, performance=0.0))
    assert {d.quadrant.name for d in moved.drivers} == {"possible overkill"}


def test_more_than_twenty_drivers_are_sampled_with_a_stated_error(ask):
    touchpoints = [f"t{i}" for i in range(22)]
    answers = planted(900, tuple(0.5 - 0.02 * i for i in range(22)))
    found = ask(touchpoints, columns(answers, touchpoints))
    assert 0 < found.sampling_error < 0.01
    assert sum(d.importance.value for d in found.drivers) == pytest.approx(found.r2.value)
    assert found.drivers[0].importance.low <= found.drivers[0].importance.value


def test_customers_are_compared_over_sources_and_in_time(ask):
    # What was spent before the first answer has nothing to do with it; what came after has.
    rng = np.random.default_rng(8)
    n = 600
    liking = rng.integers(1, 6, n).astype(float)
    before, after = rng.normal(100, 10, n), 20 * liking + rng.normal(0, 5, n)
    asked, spent = np.full((3 * n, 1), np.nan), np.full(3 * n, np.nan)
    asked[:n, 0] = liking
    spent[n : 2 * n], spent[2 * n :] = before, after
    days = [dt.datetime(2024, 3, 1)] * n + [dt.datetime(2024, 1, 1)] * n + [dt.datetime(2024, 6, 1)] * n
    customers = [f"c{i}" for i in range(n)] * 3
    given = {("rating", "a"): asked[:, 0], ("spent", "journey"): spent}
    shared = {
        "of_evidence": {"customers": customers, "times": days},
        "outcome": model.Outcome(signal="spent", name="spending"),
        "unit": "customer",
    }
    both, later = (ask(["a"], given, after=after, **shared) for after in (False, True))
    assert later.drivers[0].slope.value == pytest.approx(20, abs=0.5)
    assert both.drivers[0].slope.value == pytest.approx(10, abs=1)
    assert later.drivers[0].n == n
    assert any("came after" in caution for caution in both.cautions)
    assert not any("came after" in caution for caution in later.cautions)
    alone = ask(["a"], given, outcome=shared["outcome"], of_evidence=shared["of_evidence"])
    assert "0 responses have answers about both" in alone.refused


def test_an_effect_known_from_elsewhere_stands_beside_what_is_measured(ask):
    answers = planted(2000)
    edge = {"signal": "rating", "touchpoint": "search", "source": "Test of May 2026"}
    fits = model.DriverEdge(**edge, grade="assumed", effect=model.Estimate(0.2, 0.4, 0.9))
    apart = model.DriverEdge(**edge, grade="experimental", effect=model.Estimate(-0.1, 0.0, 0.05))
    found = ask(TOUCHPOINTS, columns(answers), edges=(fits, apart))
    about = [edge for edge in found.edges if edge.driver == "search"]
    assert [(e.grade, e.contradicted) for e in about] == [
        ("correlational", False),
        ("assumed", False),
        ("experimental", True),
    ]
    told = [f for f in findings(Drivers((found,))) if f.kind == "edge"]
    assert len(told) == 1
    assert "Test of May 2026" in told[0].text


def test_one_that_nobody_answered_or_that_never_varies_is_refused(ask):
    answers = planted(200)
    gone = ask(TOUCHPOINTS, columns(answers), drivers=(model.Driver(signal="amount", touchpoint="search"),))
    assert gone.refused == "nobody answered amount at search"
    answers[:, 1] = 4
    same = ask(TOUCHPOINTS, columns(answers))
    assert same.refused == "all answers to rating at pay are the same"
    none = ask(TOUCHPOINTS, columns(planted(200)), outcome=model.Outcome(signal="spent"))
    assert "nobody answered spent at journey" in none.refused


def test_a_model_that_asks_the_same_gives_the_same(ask):
    answers = planted(400)
    assert ask(TOUCHPOINTS, columns(answers)) == ask(
        TOUCHPOINTS, columns(answers), of_evidence={"threads": 1, "shuffle": 3}
    )


def test_what_is_said_of_drivers_that_are_none_is_noticed(ask):
    answers = planted(300)
    answers[:90, 1] = np.nan
    stranger = model.DriverEdge(
        signal="amount", grade="assumed", effect=model.Estimate(0, 1, 2), source="A judgement"
    )
    factors = model.FactorSettings(names=(model.FactorName(name="Ease", drivers=("search", "serch")),))
    found = ask(TOUCHPOINTS, columns(answers), edges=(stranger,), factors=factors)
    told = [caution.split(";")[0] for caution in found.cautions]
    assert told[:2] == [
        "the factor Ease names serch, which is no driver",
        "an effect is declared of amount at journey, which is no driver",
    ]
    assert told[2].startswith("between 210 and 300 rows are behind its pairs")
    assert 'missing = "listwise"' in told[2]
    assert len(told) == 3
