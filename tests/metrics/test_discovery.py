"""One procedure over the union of all hypotheses: by hand, and on planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxengine.metrics.discovery import Discovery, adjusted, discover

KINDS = {"change": 400, "series": 60, "guardrail": 8, "feeling": 90, "theme": 30, "gap": 20, "driver": 10}
chance = st.floats(0, 1) | st.sampled_from([0.0, 0.001, 0.01, 0.05, 1.0])


def by_hand(chances, rate=0.05):
    """Benjamini and Hochberg's procedure step by step, largest first: the chances that fall."""
    ranked = sorted(chances, reverse=True)
    for place, p in enumerate(ranked):
        if p <= rate * (len(ranked) - place) / len(ranked):
            return ranked[place:]
    return []


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(chance, max_size=30)))
def test_the_union_falls_as_by_hand(families):
    found = discover({kind: np.array(p) for kind, p in families.items()})
    every = [p for family in families.values() for p in family]
    assert sorted(p for p in every if found.falls(p)) == sorted(by_hand(every))
    assert (found.tested, found.flagged) == (len(every), len(by_hand(every)))
    assert {one.kind: (one.tested, one.flagged) for one in found.families} == {
        kind: (len(p), sum(map(found.falls, p))) for kind, p in families.items() if p
    }


@given(st.lists(chance, min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_adjusted_chances_say_at_which_rate_each_is_flagged(every, rate):
    p = np.array(every)
    rates = adjusted(p[::2], [p[:3], p[3:]])
    least = [min(1.0, *(q * len(p) / (p <= q).sum() for q in p if q >= one)) for one in p[::2]]
    assert rates == pytest.approx(least)
    found = discover({"": p}, rate)
    clear = np.abs(rates - rate) > 1e-12
    assert [found.falls(one) for one in p[::2][clear]] == list(rates[clear] <= rate)


def test_one_kind_moves_the_cutoff_of_another():
    gaps = np.array([0.02, 0.2, 0.7])
    alone = discover({"gap": gaps})
    assert alone.cutoff is None
    beside_clear = discover({"gap": gaps, "theme": np.full(20, 1e-6)})
    assert beside_clear.falls(0.02)
    mild = np.array([0.01, 0.2, 0.7])
    assert discover({"gap": mild}).falls(0.01)
    assert not discover({"gap": mild, "change": np.linspace(0.3, 1, 100)}).falls(0.01)


def test_single_parts_of_what_fell_are_tested_at_the_level_of_the_union():
    found = discover({"series": np.array([1e-5, 0.5]), "change": np.full(98, 0.9)})
    assert (found.flagged, found.tested) == (1, 100)
    assert found.level == pytest.approx(0.05 / 100)
    assert Discovery().level == 0.05


def test_where_nothing_is_real_one_run_in_twenty_shows_a_flag_and_not_three_in_ten():
    rng = np.random.default_rng(5)
    runs, together, apart = 2000, 0, 0
    for _ in range(runs):
        families = {kind: rng.random(size) for kind, size in KINDS.items()}
        together += discover(families).flagged > 0
        apart += any(discover({kind: p}).flagged for kind, p in families.items())
    assert 0.035 <= together / runs <= 0.065
    assert 0.27 <= apart / runs <= 0.33


@pytest.mark.parametrize("real", [("theme",), ("gap", "feeling"), ("change", "driver", "guardrail")])
def test_of_all_flags_of_a_report_one_in_twenty_is_false_at_most_and_what_is_real_is_found(real):
    """A third of some kinds is real, three and a half standard errors from nothing; comparisons go together."""
    from scipy.special import ndtr

    rng = np.random.default_rng(6)
    wrong, hits, there = [], 0, 0
    for _ in range(400):
        shared, families, truths = rng.normal(), {}, {}
        for kind, size in KINDS.items():
            truths[kind] = np.arange(size) < (size // 3 if kind in real else 0)
            deviate = np.sqrt(0.8) * rng.normal(size=size) + np.sqrt(0.2) * shared + 3.5 * truths[kind]
            families[kind] = 2 * ndtr(-np.abs(deviate))
        least = discover(families).cutoff or -1.0
        told = np.concatenate([truths[kind][families[kind] <= least] for kind in KINDS])
        wrong.append(1 - told.mean() if len(told) else 0.0)
        hits, there = hits + told.sum(), there + sum(truth.sum() for truth in truths.values())
    assert np.mean(wrong) <= 0.05
    assert hits / there >= 0.4
