"""The generator plants what it says: estimates made from its evidence find the truth again."""

import csv
import json
import math
import re
from pathlib import Path

import attrs
import numpy as np
import pytest

from cxengine.testing import shop, shop_evidence, shop_files
from cxengine.testing.dice import answer_shares

SHIPPED = Path(__file__).parents[2] / "rulesets" / "online-shop" / "data"


@pytest.fixture(scope="module")
def responses():
    return list(shop_evidence.responses(7, 12_000))


def weighted_mean(answers):
    """Mean and standard error of (weight, answer) pairs."""
    weights, values = (np.array(column, dtype=float) for column in zip(*answers, strict=True))
    mean = (weights * values).sum() / weights.sum()
    return mean, math.sqrt((weights**2 * (values - mean) ** 2).sum()) / weights.sum()


# --- the truth -------------------------------------------------------------------------------------


def test_shares_of_the_population_add_up():
    assert sum(p.share for p in shop.TRUTH.profiles) == pytest.approx(1)
    new = [p for p in shop.TRUTH.profiles if shop.TRUTH.belongs(p, "new-customers")]
    assert sum(p.share for p in new) == pytest.approx(0.4)


def test_means_follow_from_what_is_planted():
    assert shop.TRUTH.mean("delivery", 0) == pytest.approx(3.8 - 0.7 * 0.3 - 0.4 * 0.25)
    assert shop.TRUTH.mean("delivery", 3) == pytest.approx(3.8 - 0.7 * 0.3 - 0.4 * 0.25 - 0.85)
    assert shop.TRUTH.mean("delivery", 3, "large-orders") == pytest.approx(3.8 - 0.85 - 0.7 - 0.4 * 0.25)
    assert shop.TRUTH.mean("checkout", 1, "new-customers") == pytest.approx(4.0 - 0.7 - 0.5 * 0.45)
    assert shop.TRUTH.mean("club", 2) == pytest.approx(3.6)


def test_a_touchpoint_for_some_has_the_mean_of_those():
    club = attrs.evolve(shop.TRUTH.touchpoint("club"), segments={"regulars": -1.0})
    truth = attrs.evolve(shop.TRUTH, touchpoints=(club,))
    regular_members, new_members = 0.6 * 0.5, 0.4 * 0.1
    expected = 3.6 - regular_members / (regular_members + new_members)
    assert truth.mean("club", 0) == pytest.approx(expected)


def test_no_mean_is_impossible():
    for planted in shop.TRUTH.touchpoints:
        for profile in shop.TRUTH.profiles:
            for period in range(len(shop.QUARTERS)):
                answer_shares(1, 5, shop.TRUTH.mean_of(planted, profile, period))


def test_the_strongest_drivers_come_first():
    assert shop.TRUTH.driver_order()[:5] == (
        "delivery", "service-contact", "living-with-it", "refund", "checkout",
    )  # fmt: skip


# --- the evidence ----------------------------------------------------------------------------------


def test_weighted_means_find_the_truth(responses):
    misses = []
    for planted in shop.TRUTH.touchpoints:
        for period in range(len(shop.QUARTERS)):
            told = [
                (r.weight, r.ratings[planted.id])
                for r in responses
                if planted.id in r.ratings and shop.quarter_of(r.submitted.date()) == period
            ]
            mean, error = weighted_mean(told)
            misses.append(abs(mean - shop.TRUTH.mean(planted.id, period)) / error)
    assert len(misses) == 88
    assert max(misses) < 4
    assert 0.88 <= np.mean(np.array(misses) < 1.96) <= 1


@pytest.mark.parametrize("segment", sorted(shop.TRUTH.segments))
def test_segments_have_their_own_truth(responses, segment):
    for touchpoint in ("delivery", "checkout", "payment", "returns"):
        told = [
            (r.weight, r.ratings[touchpoint])
            for r in responses
            if touchpoint in r.ratings
            and shop.TRUTH.belongs(r.profile, segment)
            and shop.quarter_of(r.submitted.date()) == 3
        ]
        mean, error = weighted_mean(told)
        assert abs(mean - shop.TRUTH.mean(touchpoint, 3, segment)) < 4 * error


def test_ease_follows_the_shifts_of_satisfaction(responses):
    for touchpoint in shop.EASE:
        told = [(r.weight, r.ease[touchpoint]) for r in responses if touchpoint in r.ease]
        planted = sum(p.share * shop.ease_of(touchpoint, p, 0) for p in shop.TRUTH.profiles)
        mean, error = weighted_mean(told)
        assert abs(mean - planted) < 4 * error


def test_weights_make_up_for_those_who_answer_less(responses):
    is_new = [shop.TRUTH.belongs(r.profile, "new-customers") for r in responses]
    weights = [r.weight for r in responses]
    assert np.mean(is_new) == pytest.approx(0.25, abs=0.02)
    assert np.average(is_new, weights=weights) == pytest.approx(0.4, abs=0.02)
    assert np.mean(weights) == pytest.approx(1, abs=0.02)


def test_only_those_whom_a_touchpoint_is_for_meet_it(responses):
    assert all(r.profile.attributes["member"] for r in responses if "club" in r.ratings)
    met = np.mean(["delivery" in r.ratings for r in responses])
    assert met == pytest.approx(shop.TRUTH.touchpoint("delivery").reach, abs=0.02)


def test_a_regression_finds_the_planted_effects(responses):
    told = [r for r in responses if r.recommend is not None]
    planted = shop.TRUTH.touchpoints
    rows = [[r.ratings.get(p.id, shop.LOYALTY_CENTRE) - shop.LOYALTY_CENTRE for p in planted] for r in told]
    design = np.column_stack([np.ones(len(told)), np.array(rows)])
    found = np.linalg.lstsq(design, np.array([r.recommend for r in told], dtype=float), rcond=None)[0][1:]
    effects = np.array([p.effect for p in planted])
    assert np.corrcoef(found, effects)[0, 1] > 0.97
    strongest = [planted[i].id for i in np.argsort(-found)[:4]]
    assert set(strongest) == set(shop.TRUTH.driver_order()[:4])


def test_answers_of_one_customer_share_a_mood(responses):
    pairs = [
        (r.ratings["search"], r.ratings["payment"])
        for r in responses
        if r.ratings.keys() >= {"search", "payment"}
    ]
    assert 0.15 < np.corrcoef(np.array(pairs).T)[0, 1] < 0.35


def test_comments_speak_of_what_hurt_or_pleased(responses):
    commented = [r for r in responses if r.comment]
    assert len(commented) > 3000
    assert all(r.ratings[r.about] in (1, 2, 5) and r.comment[0].isupper() for r in commented)
    assert not any("{" in r.comment for r in commented)


def test_open_tickets_have_no_answers_yet():
    tickets = list(shop_evidence.tickets(7, 6000))
    still_open = [t for t in tickets if t.closed is None]
    assert still_open
    assert all(t.ease is None and t.resolved is None for t in still_open)
    for name, desk in shop.DESKS.items():
        answers = [(t.resolved, t.ease) for t in tickets if t.desk == name and t.resolved is not None]
        errors = np.std(answers, axis=0) / math.sqrt(len(answers))
        assert (abs(np.mean(answers, axis=0) - (desk.resolved, desk.ease)) < 4 * errors).all()


def test_fewer_orders_arrive_on_time_since_the_new_carrier():
    orders = list(shop_evidence.orders(7, 8000))
    for period, planted in enumerate(shop.ON_TIME):
        kept = [
            o.on_time
            for o in orders
            if shop.quarter_of(o.day) == period and not o.profile.attributes["abroad"]
        ]
        assert np.mean(kept) == pytest.approx(planted, abs=0.03)


def test_periods_run_over_one_year(responses):
    periods = [shop.quarter_of(r.submitted.date()) for r in responses]
    assert sorted(set(periods)) == [0, 1, 2, 3]
    assert periods == sorted(periods)
    days = {r.submitted.date() for r in responses}
    assert (min(days), max(days)) == (shop.FIRST_DAY, shop.LAST_DAY)


# --- the files -------------------------------------------------------------------------------------


def test_the_generator_makes_the_shipped_files_byte_for_byte(tmp_path):
    written = shop_files.write(tmp_path)
    assert sorted(p.name for p in written) == sorted(p.name for p in SHIPPED.iterdir())
    for path in written:
        assert path.read_bytes() == (SHIPPED / path.name).read_bytes(), path.name


def test_another_seed_makes_other_files(tmp_path):
    (survey, *_) = shop_files.write(tmp_path, seed=1)
    assert survey.read_bytes() != (SHIPPED / survey.name).read_bytes()


@pytest.mark.parametrize("mistake", shop_files.MISTAKES, ids=lambda m: f"{m.file}-{m.row}")
def test_the_planted_mistakes_are_in_the_files(mistake):
    delimiter = ";" if mistake.file == "survey.csv" else ","
    with (SHIPPED / mistake.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    assert rows[mistake.row - 1][mistake.column] == mistake.text


def test_the_shipped_files_are_small_and_name_nobody():
    files = sorted(SHIPPED.iterdir())
    assert sum(p.stat().st_size for p in files) < 2_000_000
    for path in files:
        assert not re.search(r"\S@\S", path.read_text(encoding="utf-8"))


def test_reviews_are_json_lines():
    lines = (SHIPPED / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    stars = [json.loads(line)["stars"] for line in lines]
    assert len(stars) == 600
    assert np.mean(stars) == pytest.approx(shop.STARS, abs=0.15)
