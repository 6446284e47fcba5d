"""Shares of causes: the axioms of Shapley, and that they add up, whatever cannot be done."""

from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.review.comparing.shares import rounded, shares, walks

CAUSES = ("data", "rule", "estimate", "capacity")
STEPS = [frozenset(c) for n in range(len(CAUSES) + 1) for c in combinations(CAUSES, n)]
games = st.lists(st.floats(-1e6, 1e6), min_size=len(STEPS), max_size=len(STEPS)).map(
    lambda values: {step: Fraction(value) for step, value in zip(STEPS, values, strict=True)}
)


@given(games, st.sets(st.sampled_from(STEPS[1:-1])))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_they_add_up_exactly(game, impossible):
    walked = walks(CAUSES, lambda step: step not in impossible)
    if walked.orders:
        found = shares(walked, {step: game[step] for step in walked.steps})
        assert sum(found.values()) == game[STEPS[-1]] - game[STEPS[0]]


def test_known_game():
    """The glove game: one left glove, two right ones. Shares 2/3, 1/6, 1/6."""
    worth = {s: int("data" in s and len(s) > 1) for s in STEPS if "capacity" not in s}
    found = shares(walks(CAUSES[:3], lambda _: True), worth)
    assert found == {"data": Fraction(2, 3), "rule": Fraction(1, 6), "estimate": Fraction(1, 6)}


def test_a_cause_without_effect_has_no_share_and_equals_have_equal_ones():
    worth = {s: 3 * len(s - {"rule"}) ** 2 for s in STEPS}
    found = shares(walks(CAUSES, lambda _: True), worth)
    assert found["rule"] == 0
    assert found["data"] == found["estimate"] == found["capacity"] == 9


@given(st.dictionaries(st.sampled_from(CAUSES), st.fractions(-1000, 1000), min_size=1), st.integers(0, 3))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_rounded_shares_add_up_too(parts, digits):
    found = rounded(parts, digits)
    whole = sum(round(v * 10**digits) for v in found.values())
    assert whole == round(sum(parts.values()) * 10**digits)
    assert all(
        abs(Fraction(found[c]) - parts[c]) <= Fraction(1, 10**digits) + Fraction(1, 10**9) for c in parts
    )
