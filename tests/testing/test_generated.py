"""From planted truth to files, mapping, scan and intervals: what a run finds is what was planted, as often as said."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics.buying import expected_purchases

from cxengine import Engine
from cxengine.testing import Intervention, Planted, PlantedAnswers, PlantedPurchases, generate

pytestmark = pytest.mark.xdist_group("generated")  # its tests share runs

EFFECTS = {"delivery": 0.9, "service": 0.5, "search": 0.25}
PLACES = (*EFFECTS, "basket", "payment", "account", "club", "returns", "unboxing", "newsletter")
SHOP = Planted(
    touchpoints=tuple(
        PlantedAnswers(name, 2.6 + 0.18 * i, 3.5 + 0.25 * i, EFFECTS.get(name, 0.0))
        for i, name in enumerate(PLACES)
    ),
    regions={f"r{i}": 0.08 * (i - 3.5) for i in range(8)},
    desks={f"desk{i}": 8.0 * 1.22**i for i in range(20)},
    purchases=PlantedPurchases(),
)
"""The slowest desk takes a quarter of the time that is watched: many of its tickets are open at the end."""
NOTHING = Planted(
    touchpoints=tuple(PlantedAnswers(f"t{i}") for i in range(4)), regions=dict.fromkeys("abcd", 0.0)
)
SEEDS = pytest.mark.parametrize(
    ("seeds", "least"), [((1, 2), 0.88), pytest.param(range(3, 33), 0.93, marks=pytest.mark.slow)]
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """`run(seed)`: a shop with all that is planted, and what a run finds; each once."""
    kept = {}

    def of(seed):
        if seed not in kept:
            shop = generate(tmp_path_factory.mktemp(f"shop{seed}"), seed, SHOP)
            kept[seed] = shop, Engine().run(shop.folder)
        return kept[seed]

    return of


def covered(run, seeds, metric, truths):
    """The share of the touchpoints' intervals that hold the truth."""
    held = [
        found.low <= truth <= found.high
        for seed in seeds
        for place, truth in truths.items()
        for found in [run(seed)[1].measurements.get(metric, "touchpoint", place)]
    ]
    return sum(held) / len(held)


@SEEDS
def test_satisfaction_and_ease_by_touchpoint(run, seeds, least):
    assert covered(run, seeds, "csat", {place: SHOP.csat(place) for place in PLACES}) >= least
    assert covered(run, seeds, "ces", {place: SHOP.ces(place) for place in PLACES}) >= least


@SEEDS
def test_medians_of_tickets_some_of_which_are_open(run, seeds, least):
    assert covered(run, seeds, "time", SHOP.desks) >= least
    text = (run(seeds[0])[0].folder / "tickets.csv").read_text(encoding="utf-8")
    assert 50 < sum(line.endswith(",") for line in text.splitlines()) < 600


@SEEDS
def test_loyalty(run, seeds, least):
    found = [run(seed)[1].measurements.get("nps", "journey", "planted") for seed in seeds]
    assert sum(one.low <= SHOP.nps <= one.high for one in found) / len(found) >= least - 0.05


@SEEDS
def test_what_buyers_are_worth(run, seeds, least):
    held = 0
    for seed in seeds:
        shop, result = run(seed)
        plan, bought = SHOP.purchases, shop.bought
        buys = expected_purchases(26.0, plan.buying, bought.x, bought.last, bought.age)
        truth = float((buys * plan.expected_amount(bought)).mean())
        found = result.measurements.get("clv", "journey", "planted")
        held += found.low <= truth <= found.high
    assert held / len(seeds) >= least - 0.05


@SEEDS
def test_drawn_towards_everybody_is_nearer_to_the_truth(run, seeds, least):
    raw = drawn = held = asked = 0
    for seed in seeds:
        measurements = run(seed)[1].measurements
        for place in PLACES:
            for region, one in measurements.shrunk("csat", "touchpoint", place, SHOP.regions).items():
                truth = SHOP.csat(place, region)
                raw += (measurements.get("csat", "touchpoint", place, segment=region).value - truth) ** 2
                drawn += (one.value - truth) ** 2
                held, asked = held + (one.low <= truth <= one.high), asked + 1
    assert asked == len(seeds) * len(PLACES) * len(SHOP.regions)
    assert drawn < raw
    assert held / asked >= least


@SEEDS
def test_drivers_in_their_order(run, seeds, least):
    del least
    for seed in seeds:
        (model,) = run(seed)[1].insight.drivers.models
        found = sorted(model.drivers, key=lambda driver: -driver.importance.value)
        assert tuple(driver.touchpoint for driver in found[: len(EFFECTS)]) == SHOP.drivers


def test_seasons_are_none_and_interventions_are(tmp_path):
    truth = Planted(
        touchpoints=tuple(PlantedAnswers(name) for name in ("search", "delivery", "returns")),
        months=36,
        season=0.5,
        interventions=(Intervention("delivery", 27, -0.6),),
    )
    shop = generate(tmp_path, 5, truth, responses=7_200, customers=7_200)
    changes = Engine().run(shop.folder).insight.changes
    assert [(c.place.subject, c.good) for c in changes.found] == [("delivery", False)]
    assert changes.found[0].since.low <= "2025-04" <= changes.found[0].since.high
    still = generate(
        tmp_path / "still", 5, Planted(truth.touchpoints, months=36, season=0.5), responses=7_200
    )
    assert Engine().run(still.folder).insight.changes.found == ()


@pytest.mark.parametrize(
    ("seeds", "most"), [(range(8), 2), pytest.param(range(100, 200), 9, marks=pytest.mark.slow)]
)
def test_nothing_is_flagged_where_nothing_is(tmp_path, seeds, most):
    """Customers answer four times each; all that is flagged is false, and one report in twenty may flag."""
    flagged = 0
    for seed in seeds:
        shop = generate(tmp_path / str(seed), seed, NOTHING, responses=600, customers=150)
        flagged += Engine().run(shop.folder).insight.discovery.flagged > 0
    assert flagged <= most


def test_the_same_seed_gives_the_same_files(tmp_path):
    one, other, third = (
        generate(tmp_path / name, seed, SHOP, responses=50, customers=20, tickets=5, buyers=20)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    files = [{path.name: path.read_bytes() for path in shop.folder.iterdir()} for shop in (one, other, third)]
    assert files[0] == files[1]
    assert files[0]["survey.csv"] != files[2]["survey.csv"]
    assert set(files[0]) == {"cxengine.toml", "survey.csv", "tickets.csv", "purchases.csv"}


def test_means_follow_from_what_is_planted():
    swing = np.mean([SHOP.season * np.sin(2 * np.pi * (m + 0.5) / 12) for m in range(SHOP.months)])
    assert SHOP.csat("basket") == pytest.approx(2.6 + 0.18 * 3 + swing)
    assert SHOP.csat("basket", "r0") == pytest.approx(SHOP.csat("basket") - 0.28)
    fallen = Planted((PlantedAnswers("a", 4.0),), interventions=(Intervention("a", 18, -1.0),))
    assert fallen.csat("a") == pytest.approx(4.0 - 0.25)
    assert SHOP.drivers == tuple(EFFECTS)
