"""What was hidden in vain is shown again: exactly what asking everything anew, cell after cell, would show."""

import itertools

import numpy as np
import pytest

from cxengine.metrics import closing
from cxengine.metrics.closing import Closing
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


def anew(self, cells, beside, asked, shown, threshold):
    """One cell after the other, with what follows from it, solving everything from the start.

    Once more, as sums wait for their parts.
    """
    told = tells(self, asked, shown, threshold)
    assert not told
    spare = np.concatenate([cells, beside])
    before = None
    while before is None or (shown != before).any():
        before = shown
        for cell in cells[~shown[cells]].tolist():
            more = shown.copy()
            more[cell] = True
            more[self._followed(self._known(more), spare)] = True
            if not tells(self, asked, more, threshold):
                shown = more
    return shown


def tells(self, asked, shown, threshold):
    return self._tells(shown, asked, self._followed(self._known(shown), asked), threshold)


@pytest.mark.parametrize("seed", range(12))
def test_directions_that_are_kept_tell_what_solving_anew_would(monkeypatch, seed):
    cells, sums = grid(seed)
    found = hidden(cells, sums, 10)
    assert found[(cells > 0) & (cells < 10)].all()
    monkeypatch.setattr(Closing, "_with", anew)
    assert (hidden(cells, sums, 10) == found).all()


def test_much_is_shown_again(monkeypatch):
    found = [hidden(*grid(seed), 10).sum() for seed in range(12)]
    monkeypatch.setattr(Closing, "_more", lambda self, shown, asked, threshold: shown)
    without = [hidden(*grid(seed), 10).sum() for seed in range(12)]
    assert sum(found) < sum(without)


@pytest.mark.parametrize("seed", [0, 1, 5, 6])
def test_few_at_once_are_as_safe(monkeypatch, seed):
    """Solved again every three cells, nothing that is shown tells of a few either."""
    closed = []

    def close(self, shown, threshold):
        closed.append((self, plain(self, shown, threshold)))
        return closed[-1][1]

    plain = Closing.close
    monkeypatch.setattr(Closing, "close", close)
    monkeypatch.setattr(closing, "_AT_ONCE", 3)
    cells, sums = grid(seed)
    hidden(cells, sums, 10)
    [(one, shown)] = closed
    asked = np.flatnonzero((one.secret | one.listed & ~shown & (one.today.counts < 10)) & ~one.base)
    assert len(asked)
    assert not tells(one, asked, shown, 10)
