"""What directions tell to follow is what linear algebra over all answers that occur tells."""

import itertools

import numpy as np
import pytest

from cxengine.metrics.directions import Coordinates
from cxengine.metrics.disclosure import Sums
from cxengine.metrics.entries import Entries
from cxengine.metrics.modular import PRIME
from cxengine.metrics.told import by_two, followed, together

TOUCHPOINTS, PERIODS = 5, 4


def sums(seed):
    """Two attributes with a cross of them, two stages in a journey, all time and (of every second) a half year."""
    values = [(one, other) for one in range(3) for other in range(2)]
    parts = [[one == v for one, _ in values] for v in range(3)] + [
        [v == other for _, other in values] for v in (0, 1)
    ]
    cross = [(one, other) == (0, 0) for one, other in values]
    segments = np.array([[True] * len(values), *parts, *([cross] if seed % 3 else [])])
    stages = ((TOUCHPOINTS, (0, 1, 2)), (TOUCHPOINTS + 1, (3, 4)))
    subjects = (*stages, (TOUCHPOINTS + 2, (TOUCHPOINTS, TOUCHPOINTS + 1)))
    periods = ((2, (0, 1)), (3, (0, 1, 2)) if seed % 2 else (3, (2,)))
    return Sums(subjects if seed % 5 else stages, segments, periods, (0,) * (TOUCHPOINTS + 3))


def atoms(entries):
    """Entries as indicators (rows) over touchpoints, combinations of segments and periods by themselves."""
    subjects = np.eye(entries.subjects)
    for total, parts in entries.sums.subjects:
        subjects[total] = subjects[list(parts)].sum(axis=0)
    segments = [row.astype(float) for row in entries.sums.segments]
    segments += [
        segments[whole] - sum(segments[part] for part in parts) for whole, parts in entries.groups.made
    ]
    segments += [often @ np.array(segments[: entries.segments]) for often in entries.groups.woven]
    periods = [*np.eye(entries.periods)]
    periods += [
        periods[total] - sum(periods[part] for part in parts) for total, parts in entries.sums.periods
    ]
    rows = [np.einsum("a,b,c->abc", *one).ravel() for one in itertools.product(subjects, segments, periods)]
    return np.array(rows)


def open_part(known, rows):
    """Of indicators, what is no linear combination of the known ones."""
    _, strength, ways = np.linalg.svd(known, full_matrices=False)
    ways = ways[strength > 1e-9 * max(strength.max(initial=0), 1)]
    return rows - (rows @ ways.T) @ ways


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_directions_tell_what_follows(seed, linked):
    entries = Entries.of((TOUCHPOINTS + 3, 5 + bool(seed % 3) + 1, PERIODS), sums(seed))
    rows, dice = atoms(entries), np.random.default_rng(seed)
    size = len(rows)
    links = dice.random(size) < 0.3 if linked else None
    if linked:
        nothing = np.zeros_like(rows)
        rows = np.block([[rows, nothing], [nothing, rows]])
    coordinates = Coordinates.of(entries, links)
    found = 0
    for chance in (0.15, 0.3, 0.5):
        known = dice.random(len(rows)) < chance
        told = rows[known] if links is None else np.vstack([rows[known], (rows[:size] - rows[size:])[links]])
        some = dice.choice(len(rows), 150, replace=False)
        left = open_part(told, rows[some])
        open_ = np.abs(left).max(axis=1) > 1e-7
        moves = coordinates.directions(known).moves(some, 3)
        assert (followed(moves[:2]) == ~open_).all()
        against = np.abs(left[:, None] + left[None]).max(axis=2) < 1e-7
        alone = by_two(moves[:2], np.ones(len(some), dtype=np.int64), 3, once=True)
        assert (alone == np.where(open_, against.sum(axis=1), 0)).all()
        length = np.linalg.norm(left, axis=1)
        way = left[open_] / length[open_, None]
        alike = np.abs(np.abs(way @ way.T) - 1) < 1e-9
        few = dice.random(int(open_.sum())) < 0.1
        assert (together(moves[:, open_], moves[:, open_][:, few]) == alike[:, few].any(axis=1)).all()
        found += (~open_ & ~known[some]).sum() + (alone > 0).sum()
    assert found


def test_what_is_remembered_changes_nothing():
    """Known and unknown by turns: directions satisfy all sums, and what was solved before is solved no other way."""
    entries = Entries.of((TOUCHPOINTS + 3, 7, PERIODS), sums(1))
    rows, dice = atoms(entries), np.random.default_rng(3)
    remembering = Coordinates.of(entries)
    known = dice.random(len(rows)) < 0.3
    every = np.arange(len(rows))
    for _ in range(4):
        known = known ^ (dice.random(len(rows)) < 0.02)
        moves = remembering.directions(known).moves(every, 2)
        assert (moves == Coordinates.of(entries).directions(known).moves(every, 2)).all()
        assert not moves[:, known].any()
        signs = entries.equations(np.ones(len(rows), dtype=bool)).signs
        assert not ((signs @ moves.T) % PRIME).any()


def test_persons_of_two_add_up_only_where_they_answer_once():
    moves = np.array([[5, PRIME - 5, 7, 0], [9, PRIME - 9, 7, 0]])
    persons = np.array([3, 4, 1, 1])
    assert by_two(moves, persons, 7, once=True).tolist() == [0, 0, 0, 0]
    assert by_two(moves, persons, 8, once=True).tolist() == [1, 1, 0, 0]
    assert by_two(moves, persons, 5, once=False).tolist() == [1, 1, 0, 0]
    assert by_two(moves, persons, 4, once=False).tolist() == [0, 0, 0, 0]
