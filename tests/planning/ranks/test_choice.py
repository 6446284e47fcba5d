"""The value of information, against formulas where there are any, and within its bounds everywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from cxengine.planning.ranks import streams
from cxengine.planning.ranks.assess import assess
from cxengine.planning.ranks.choice import Choice
from cxengine.planning.ranks.knowing import Knowing
from cxengine.planning.ranks.scores import Scorer, Scores
from cxengine.planning.ranks.worlds import Drawn

from .shop import SOME, initiative

DRAWS = 20_000


def choice(worth, k=1, order=None, required=()):
    ids = tuple(worth)
    score = np.array(list(worth.values()), float)
    found = Scores(ids, score, np.zeros(score.shape, bool))
    return Choice.of(found, order or ids, required, k)


def unit_loss(mean, deviation):
    """E max(x, 0) - max(mean, 0) of a normal x."""
    z = abs(mean) / deviation
    return deviation * (norm.pdf(z) - z * norm.cdf(-z))


@pytest.mark.parametrize("mean", [0.0, 0.5, -1.0])
def test_perfect_information_about_one_of_two_is_what_the_formula_says(mean):
    x = mean + streams.normal(("x",), DRAWS)
    found = choice({"certain": np.full(DRAWS, 5.0), "open": 5.0 + x})
    assert found.perfect.value == pytest.approx(unit_loss(mean, 1.0), abs=4 * found.perfect.error)
    known = found.knowing([x], ["open"])
    assert known.value == pytest.approx(unit_loss(mean, 1.0), abs=4 * known.error + 0.002)
    nothing = found.knowing([streams.normal(("other",), DRAWS)], ["open"])
    assert nothing.value <= 3 * nothing.error


def test_partial_information_is_what_the_formula_says():
    x, y = streams.normal(("x",), DRAWS), streams.normal(("y",), DRAWS)
    found = choice({"certain": np.full(DRAWS, 9.0), "open": 9.2 + 0.6 * x + 0.8 * y})
    for known, deviation in (([x], 0.6), ([y], 0.8), ([x, y], 1.0)):
        gain = found.knowing(known, ["open"])
        assert gain.value == pytest.approx(unit_loss(0.2, deviation), abs=4 * gain.error)


def test_more_answers_bring_what_the_formula_says():
    # n answers behind a normal mean: m more explain m / (n + m) of its variance.
    x = streams.normal(("x",), DRAWS)
    found = choice({"certain": np.full(DRAWS, 9.0), "open": 9.2 + x})
    for n, more in ((400, 100), (400, 400), (400, 4000)):
        blurred = x + streams.normal(("noise",), DRAWS) * np.sqrt(n / more)
        gain = found.knowing([blurred], ["open"])
        expected = unit_loss(0.2, np.sqrt(more / (n + more)))
        assert gain.value == pytest.approx(expected, abs=4 * gain.error)


def test_a_step_is_found_too():
    x = streams.normal(("x",), DRAWS)
    found = choice({"certain": np.full(DRAWS, 1.0), "open": np.where(x > 0.3, 3.0, 0.0)})
    exact = 2.0 * norm.sf(0.3) - (3.0 * norm.sf(0.3) - 1.0)
    gain = found.knowing([x], ["open"])
    assert exact - 0.03 < gain.value <= exact + 4 * gain.error


def test_what_is_required_is_chosen_in_any_case():
    worth = {"must": np.full(10, 0.1), "good": np.full(10, 3.0), "better": np.full(10, 4.0)}
    found = choice(worth, k=2, order=("must", "good", "better"), required=("must",))
    assert found.expected == pytest.approx(3.1)
    assert found.regret.value == pytest.approx(1.0)
    assert found.settled.tolist() == [True, False, True]
    assert found.perfect.value == 0.0


def test_what_brings_harm_is_not_chosen_for_a_free_place():
    found = choice({"good": np.full(4, 1.0), "bad": np.full(4, -2.0)}, k=2)
    assert found.regret.value == pytest.approx(2.0)
    assert found.settled.tolist() == [True, False]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(1, 4))
def test_information_is_worth_something_between_nothing_and_that_of_all(seed, items, k):
    random = np.random.default_rng(seed)
    known = random.normal(size=(3, 600))
    mixed = random.normal(size=(items, 3)) * random.integers(0, 2, (items, 3))
    worth = mixed @ known + random.normal(size=(items, 600)) + random.normal(0, 2, items)[:, None]
    found = choice({f"i{n}": row for n, row in enumerate(worth)}, k)
    for quantities in ([known[0]], list(known)):
        gain = found.knowing(quantities, found.ids)
        assert 0 <= gain.value <= found.perfect.value + 1e-12
    assert found.perfect.value <= found.regret.value + 1e-12


def test_the_list_is_in_the_order_of_gain_and_says_it_in_words(opened):
    close = [
        initiative("sure", ("checkout", "csat", 0.3), effort=3),
        initiative("open", ("checkout", "hard", (-1.2, -0.3, 0.2)), effort=(2, 3, 4)),
        initiative("poor", ("search", "csat", (0.0, 0.1, 0.2)), effort=9),
    ]
    scene = opened("impact.likely / effort.likely", "").scene(*close, top=1)
    found = assess(scene).worth_knowing
    best = found[0]
    assert (best.kind, best.subject) == ("estimate", ("open", "effects", "0"))
    assert best.text.startswith(
        'To know what "Open" does to Effort at Checkout exactly would be worth 0.308 points'
    )
    gains = [w.gain_by_answers if w.gain_by_answers is not None else w.gain for w in found]
    assert gains == sorted(gains, reverse=True)
    assert not any("poor" in w.subject for w in found)


def test_costs_turn_the_list_to_gain_per_cost(opened):
    close = [
        initiative(n, ("checkout", m, c)) for n, m, c in (("a", "csat", (0.1, 0.3, 0.6)), ("b", "hard", -0.3))
    ]
    costs = {"answer_cost": 2.0, "more_answers": 1000, "estimate_cost": 5000.0, "top": 1}
    found = assess(opened("impact.likely / effort.likely", "").scene(*close, **costs)).worth_knowing
    assert {w.cost for w in found} == {5000.0, 2000.0} or {w.kind for w in found} == {"estimate"}
    assert [w.gain_per_cost for w in found] == sorted((w.gain_per_cost for w in found), reverse=True)
    first = found[0]
    assert first.gain_per_cost == pytest.approx(1000 * first.gain / 5000.0)


def test_answers_are_worth_most_where_the_order_hangs_on_them(opened):
    """A rule that looks at answers decides between two candidates; the answers say nearly nothing now."""
    rule = """
    [[rule]]
    id = "hurts"
    about = "touchpoint"
    when = 'metrics.csat.value < 3.71'
    derive = { urgent = 'true' }
    """
    score = "impact.likely * (touchpoints.exists(t, t.urgent) ? 2.0 : 1.0)"
    two = [initiative("a", ("checkout", "csat", 0.2)), initiative("b", ("search", "csat", 1.2))]
    scene = opened(score, rule).scene(*two, top=1, more_answers=4000)
    world = Drawn(4000)
    scorer = Scorer(scene, world)
    made = Choice.of(scorer.all(), scene.order, [], 1)
    found = {w.subject: w for w in Knowing(scorer, world, made).worth()}
    assert ("checkout",) in found
    checkout = found["checkout",]
    assert checkout.kind == "answers"
    assert 0 < checkout.gain_by_answers < checkout.gain <= made.perfect.value
    assert checkout.text.startswith("4000 more answers about Checkout would be worth")
    assert ("delivery",) not in found
    assert SOME
