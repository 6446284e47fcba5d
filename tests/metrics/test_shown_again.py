"""What was hidden in vain is shown again: by halves exactly what one after the other would show."""

import itertools

import numpy as np
import pytest

from cxengine.metrics import closing, equations
from cxengine.metrics.disclosure import Sums, hidden


def grid(seed):
    """Random answers of two attributes, at touchpoints of two stages in a few periods, and how they add up."""
    rng = np.random.default_rng(seed)
    touchpoints, periods, values = (int(rng.integers(*ends)) for ends in ((3, 8), (1, 4), (2, 4)))
    combinations = np.array(list(itertools.product(range(values), repeat=2)))
    parts = [combinations[:, attribute] == value for attribute in (0, 1) for value in range(values)]
    segments = np.vstack([np.ones(len(combinations), dtype=bool), *parts])
    mean = rng.uniform(1, 12)
    answers = rng.poisson(mean, (touchpoints, len(combinations), periods))
    cells = np.einsum("tcp,sc->tsp", answers, segments.astype(np.int64))
    half = touchpoints // 2
    stages = ((touchpoints, tuple(range(half))), (touchpoints + 1, tuple(range(half, touchpoints))))
    sums = [cells[list(members)].sum(axis=0, keepdims=True) for _, members in stages]
    cells = np.concatenate([cells, *sums, cells.sum(axis=0, keepdims=True)])
    cells = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
    journey = (touchpoints + 2, (touchpoints, touchpoints + 1))
    return cells, Sums(
        subjects=(*stages, journey),
        segments=segments,
        periods=((periods, tuple(range(periods))),),
        dear=(*[0] * touchpoints, 1, 1, 2),
    )


def one_by_one(closing, cells, shown, small, threshold):
    for cell in cells.tolist():
        more = shown.copy()
        more[cell] = True
        if not closing._tells(more, small, threshold):
            shown = more
    return shown


@pytest.mark.parametrize("seed", range(12))
def test_halves_show_what_one_after_the_other_would(monkeypatch, seed):
    cells, sums = grid(seed)
    found = hidden(cells, sums, 10)
    assert found[(cells > 0) & (cells < 10)].all()
    monkeypatch.setattr(closing.Closing, "_more", one_by_one)
    monkeypatch.setattr(
        equations.Equations,
        "telling",
        lambda self, known, asked, entries: np.zeros(len(entries), dtype=bool),
    )
    assert (hidden(cells, sums, 10) == found).all()
