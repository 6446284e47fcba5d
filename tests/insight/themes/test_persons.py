"""Persons who write more than once: what they mention and how they feel counts once."""

from __future__ import annotations

import numpy as np
import pytest

from cxengine.insight.themes.find import _theme
from cxengine.insight.themes.persons import NOBODY_TWICE, persons


def theme(rng, size, visits, *, steady, away=0.0):
    """A theme that people mention, always the same ones where `steady`; they feel lower by `away`."""
    person = np.repeat(np.arange(size), visits)
    mentions = (rng.random(size) < 0.3)[person] if steady else rng.random(len(person)) < 0.3
    said = 0.3 + 0.8 * rng.normal(size=size)[person] + 0.6 * rng.normal(size=len(person)) - away * mentions
    x = np.clip(np.round(said), -2, 2) / 2
    n, all_x, m, t = (
        np.bincount(person, weights=weights, minlength=size)
        for weights in (np.ones(len(x)), x, mentions.astype(float), x * mentions)
    )
    row = {"enricher": "topics", "label": "queue", "touchpoint": "desk"}
    row |= {"n": int(mentions.sum()), "x": float(t.sum()), "xx": float((x**2 * mentions).sum())}
    rest = {"n": int((~mentions).sum()), "x": float((all_x - t).sum())}
    rest["xx"] = float((x**2).sum()) - row["xx"]
    return row, rest, multiplied(m, t, n, all_x), multiplied(n, all_x, n, all_x)


def multiplied(m, t, n, x):
    of = {"m": m, "t": t, "n": n, "x": x}
    return {
        one + other: float(of[one] @ of[other]) for one, other in ("mm", "mt", "tt", "mn", "mx", "nt", "tx")
    }


@pytest.mark.parametrize("visits", [2, 6])
@pytest.mark.parametrize("steady", [True, False])
def test_where_themes_tell_nothing_chances_are_what_they_say(visits, steady):
    rng = np.random.default_rng(visits)
    found = [theme(rng, 120, visits, steady=steady) for _ in range(600)]
    told = [_theme(row, rest, persons(row, rest, own, whole)) for row, rest, own, whole in found]
    assert 0.025 <= np.mean([one.p <= 0.05 for one in told]) <= 0.075
    assert 0.925 <= np.mean([one.difference.low <= 0 <= one.difference.high for one in told]) <= 0.975
    assert 0.92 <= np.mean([one.share.low <= 0.3 <= one.share.high for one in told]) <= 0.98


def test_who_wrote_once_changes_nothing():
    found = theme(np.random.default_rng(1), 300, 1, steady=True)
    assert persons(*found) == NOBODY_TWICE


def test_what_differs_is_found():
    rng = np.random.default_rng(5)
    found = [theme(rng, 120, 6, steady=False, away=0.4) for _ in range(50)]
    told = [_theme(row, rest, persons(row, rest, own, whole)).p for row, rest, own, whole in found]
    assert np.mean(np.array(told) <= 0.05) >= 0.9
