"""Larger random grids: nothing of a few follows by linear algebra, and only what adds to it is looked at."""

import numpy as np
import pytest

from cxengine.metrics.disclosure import Sums, hidden

K = 10
SIZES = [
    (0, (6, 4, 900)),
    pytest.param(1, (9, 5, 2500), marks=pytest.mark.slow),
    pytest.param(2, (12, 6, 4000), marks=pytest.mark.slow),
]
SHARES = np.array([0.6, 0.25, 0.1, 0.05])


def grid(seed, touchpoints, months, answers):
    """Answers by touchpoint, kind of person (two attributes of four values, some rare) and month; their sums."""
    dice = np.random.default_rng(seed)
    kinds = np.array([(one, other) for one in range(4) for other in range(4)])
    finest = np.zeros((touchpoints, len(kinds), months), dtype=np.int64)
    chosen = dice.choice(len(kinds), answers, p=np.prod(SHARES[kinds], axis=1))
    np.add.at(finest, (dice.integers(0, touchpoints, answers), chosen, dice.integers(0, months, answers)), 1)
    values = [kinds[:, attribute] == value for attribute in (0, 1) for value in range(4)]
    segments = np.array([np.ones(len(kinds), dtype=bool), *values])
    n = np.einsum("tkm,sk->tsm", finest, segments.astype(np.int64))
    n = np.concatenate([n, n.sum(axis=2, keepdims=True)], axis=2)
    stages = [tuple(range(i, touchpoints, 3)) for i in range(3)]
    n = np.concatenate([n, *(n[list(parts)].sum(axis=0, keepdims=True) for parts in stages)])
    n = np.concatenate([n, n[-3:].sum(axis=0, keepdims=True)])
    subjects = [(touchpoints + i, parts) for i, parts in enumerate(stages)]
    journey = (touchpoints + 3, tuple(range(touchpoints, touchpoints + 3)))
    dear = (*[0] * touchpoints, 1, 1, 1, 2)
    return finest, n, Sums((*subjects, journey), segments, ((months, tuple(range(months))),), dear)


def indicator(finest, sums, subject, segment, period):
    """Which answers are in a cell: touchpoints, kinds and months that occur, flat."""
    touchpoints, _, months = finest.shape
    places = {subject}
    while any(place >= touchpoints for place in places):
        places = {p for place in places for p in (dict(sums.subjects).get(place) or (place,))}
    held = np.zeros(finest.shape, dtype=bool)
    held[sorted(places)] = sums.segments[segment][:, None]
    if period < months:
        held[:, :, [month for month in range(months) if month != period]] = False
    return held[finest > 0].astype(float)


def follows(shown, asked):
    """Which of the indicators are linear combinations of those that are shown."""
    _, strength, ways = np.linalg.svd(shown, full_matrices=False)
    ways = ways[strength > 1e-9 * strength.max()]
    return np.abs(asked - (asked @ ways.T) @ ways).max(axis=1) < 1e-8


@pytest.mark.parametrize(("seed", "size"), SIZES)
def test_nothing_of_a_few_follows(seed, size):
    finest, n, sums = grid(seed, *size)
    unseen = hidden(n, sums, K)
    assert unseen.sum() > ((n > 0) & (n < K)).sum() > 50
    shown = np.array([indicator(finest, sums, *cell) for cell in np.argwhere((n > 0) & ~unseen)])
    small = np.array([indicator(finest, sums, *cell) for cell in np.argwhere((n > 0) & (n < K))])
    assert not follows(shown, small).any()
    atoms = np.eye(shown.shape[1])[finest[finest > 0] < K]
    assert not follows(shown, atoms).any()
    only_small = np.array([indicator(finest, sums, *cell) for cell in np.argwhere(n >= K)])
    assert follows(only_small, small).any()
