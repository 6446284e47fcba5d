"""What was hidden comes back as soon as enough came since the run that showed it, and tells of nobody."""

import itertools

import numpy as np
import pytest

from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.earlier import NOT_COMPARED, WAS_HIDDEN

K, TOUCHPOINTS, KINDS, PERIODS = 5, 3, 2, 4
SUMS = Sums(
    subjects=((3, (0, 1)), (4, (2,)), (5, (3, 4))),
    segments=np.array([[True, True], [True, False], [False, True]]),
    periods=((PERIODS, tuple(range(PERIODS))),),
    dear=(0, 0, 0, 1, 1, 2),
)
WITHIN = [[0], [1], [2], [0, 1], [2], [0, 1, 2]]
SEGMENTS = [[0, 1], [0], [1]]
TIMES = [*([one] for one in range(PERIODS)), list(range(PERIODS))]
CELLS = list(itertools.product(range(6), range(3), range(PERIODS + 1)))


def cells(answers):
    """By subject, segment and period, of answers by touchpoint, kind of person and period."""
    found = np.zeros((6, 3, PERIODS + 1), dtype=np.int64)
    for s, g, t in CELLS:
        found[s, g, t] = answers[np.ix_(WITHIN[s], SEGMENTS[g], TIMES[t])].sum()
    return found


class Chain:
    """Runs, one after the other, each held against the one before."""

    def __init__(self):
        self.before, self.last = None, np.full((6, 3, PERIODS + 1), NOT_COMPARED)

    def run(self, answers, people=None):
        """Which cells are hidden."""
        n = cells(answers)
        found = hidden(n, SUMS, K, before=self.before, last=self.last, people=people)
        if self.before is not None:
            self.last = np.where(self.before >= 0, self.before, self.last)
        self.before = np.where(found, WAS_HIDDEN, n)
        return found


def indicator(cell):
    s, g, t = cell
    found = np.zeros((TOUCHPOINTS, KINDS, PERIODS))
    found[np.ix_(WITHIN[s], SEGMENTS[g], TIMES[t])] = 1
    return found.ravel()


def follows(known, asked):
    """Whether an indicator is a linear combination of known ones."""
    if not len(known):
        return False
    _, strength, ways = np.linalg.svd(np.array(known), full_matrices=False)
    ways = ways[strength > 1e-9 * strength.max()]
    return bool(np.abs(asked - ways.T @ (ways @ asked)).max() < 1e-8)


def told(first, second, old, new):
    """Cells and combinations of fewer than K that who reads two runs can tell: then, now, and of what came.

    What the first run tells by itself is not asked for again.
    """
    none = np.zeros(TOUCHPOINTS * KINDS * PERIODS)
    was, came, now = cells(old), cells(new), cells(old + new)
    then, known = [], []
    for cell in CELLS:
        at = indicator(cell)
        if not first[cell]:
            then.append(np.concatenate([at, none]))
        if not second[cell]:
            known.append(np.concatenate([at, at]))
        if not first[cell] and not second[cell] and not came[cell]:
            known += [np.concatenate([none, one]) for one in np.diag(at)[at > 0]]
    known += then
    known += [one for i in range(len(none)) if not (old + new).ravel()[i] for one in _empty(i, len(none))]
    found = []
    for cell in CELLS:
        at = indicator(cell)
        for name, count, asked in (
            ("then", was, np.concatenate([at, none])),
            ("came", came, np.concatenate([none, at])),
            ("now", now, np.concatenate([at, at])),
        ):
            if (
                0 < count[cell] < K
                and follows(known, asked)
                and not (name == "then" and follows(then, asked))
            ):
                found.append((name, cell))
    return found


def _empty(i, size):
    found = np.zeros((2, 2 * size))
    found[0, i] = found[1, size + i] = 1
    return found


def answers(seed, mean):
    return np.random.default_rng(seed).poisson(mean, (TOUCHPOINTS, KINDS, PERIODS))


@pytest.mark.parametrize("seed", range(24))
def test_nothing_follows_from_a_run_and_the_one_before(seed):
    old, later, chain = answers(seed, (3, 8, 20)[seed % 3]), answers(100 + seed, 1), Chain()
    if seed % 2:
        later[:, :, :-1] = 0
    first = chain.run(old)
    second = chain.run(old + later)
    assert told(first, second, old, later) == []
    more = answers(200 + seed, (0.3, 5)[seed % 2])
    third = chain.run(old + later + more)
    assert told(second, third, old + later, more) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_cell_is_shown_again_when_as_many_as_the_threshold_came(seed):
    grown, chain, shown = answers(seed, 40), Chain(), {}
    assert not chain.run(grown).any()
    shown = {cell: cells(grown)[cell] for cell in CELLS}
    for _ in range(2 * K):
        grown[0, seed % 2, -1] += 1  # one answer a run, always of the same kind
        found = chain.run(grown)
        for cell in CELLS:
            n = cells(grown)[cell]
            if not found[cell]:
                assert n == shown[cell] or n - shown[cell] >= K
                shown[cell] = n
    assert shown[5, 0, PERIODS] > cells(grown)[5, 0, PERIODS] - K  # everybody, everywhere, ever


@pytest.mark.parametrize("seed", range(6))
def test_after_one_small_step_all_comes_back_with_the_next_large_one(seed):
    grown, chain = answers(seed, 40), Chain()
    assert not chain.run(grown).any()
    grown[0, 0, -1] += 1
    assert chain.run(grown)[5, 0, PERIODS]
    grown[:, :, -1] += 30
    assert not chain.run(grown).any()


def test_a_run_that_showed_nothing_hides_nothing():
    grown, chain = np.zeros((TOUCHPOINTS, KINDS, PERIODS), dtype=np.int64), Chain()
    grown[0, 0, 0] = 3
    assert chain.run(grown)[cells(grown) > 0].all()
    grown = grown + 40
    assert not chain.run(grown).any()


def test_who_is_behind_what_is_left_of_a_sum_is_who_is_behind_what_is_left_of_its_parts():
    """Customers answer at every touchpoint, once at each; what is hidden at one is of as many persons as answers."""
    old = np.full((TOUCHPOINTS, KINDS, PERIODS), 40)
    old[2, 0, 0] = 2
    n = cells(old)
    often = np.array([1, 1, 1, 2, 1, 3])[:, None, None] + np.zeros_like(n)
    people = People(-(-n // often), n, often)
    found = Chain().run(old, people)
    assert found[2, 0, 0]
    assert not found[:, :, PERIODS].any()
