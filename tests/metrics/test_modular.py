"""Arithmetic modulo a prime is that of whole numbers."""

import numpy as np
import pytest

from cxengine.metrics.modular import PRIME, reduced, times


def test_the_prime_is_one():
    assert all(PRIME % one for one in range(2, int(PRIME**0.5) + 1))
    assert PRIME < 2**26


def test_products_are_exact_at_their_largest():
    """Sums of products as large as they get, of more terms than are added up at once."""
    one = np.full((2, 20_000), PRIME - 1)
    assert (times(one, one.T) == 20_000).all()  # the square of -1 is 1
    dice = np.random.default_rng(0)
    left, right = dice.integers(0, PRIME, (3, 500)), dice.integers(0, PRIME, (500, 4))
    assert (times(left, right) == left.astype(object) @ right.astype(object) % PRIME).all()
    assert times(left[:, :0], right[:0]).tolist() == np.zeros((3, 4)).tolist()


@pytest.mark.parametrize("shape", [(3, 5), (48, 20), (49, 30), (130, 200), (200, 130)])
@pytest.mark.parametrize("rank", [1, 3, 60])
def test_reduced_rows_span_the_same(shape, rank):
    dice = np.random.default_rng(rank)
    rows, columns = shape
    rank = min(rank, rows, columns)
    matrix = times(dice.integers(0, PRIME, (rows, rank)), dice.integers(0, PRIME, (rank, columns)))
    matrix[dice.random(rows) < 0.2] = 0
    found, pivots = reduced(matrix)
    assert len(found) == len(pivots) <= rank
    assert (found[:, pivots] == np.eye(len(pivots), dtype=np.int64)).all()
    assert (times(matrix[:, pivots], found) == matrix).all()
    for row, pivot in zip(found, pivots, strict=True):
        assert not row[:pivot].any()


def test_of_nothing_nothing_is_left():
    for shape in ((0, 4), (4, 0), (60, 3)):
        found, pivots = reduced(np.zeros(shape, dtype=np.int64))
        assert found.shape == (0, shape[1])
        assert not len(pivots)
