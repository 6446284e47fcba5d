"""Exact sums: amounts are counted in billionths, as whole numbers, so that the order of adding is nothing.

Layout: an array of int64, or of Python integers (dtype object) where the sums may not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    ExactArray = npt.NDArray[Any]
    FloatArray = npt.NDArray[np.float64]

UNIT = 1_000_000_000
DIGITS = 9
FINER = 100
"""Products of totals are counted in hundredths of billionths: what follows is a small difference of them."""
BEYOND = 1e20
"""What an answer may add at most: sums of a billion of them are exact in 38 digits, nine of them decimals."""
SAFE = 2.0**62
"""Sums below fit into 64 bits, with a margin."""


def billionths(column: pa.ChunkedArray) -> ExactArray:
    """A column of integers or decimals in billionths; null counts as nothing."""
    import pyarrow as pa

    whole = pa.types.is_integer(column.type)
    decimals = column.cast(pa.decimal128(38, 0 if whole else DIGITS)).combine_chunks()
    limbs = np.frombuffer(decimals.buffers()[1], dtype=np.int64)
    limbs = limbs[2 * decimals.offset : 2 * (decimals.offset + len(decimals))].reshape(-1, 2)
    there = decimals.is_valid().to_numpy(zero_copy_only=False)
    low, high = np.where(there, limbs[:, 0], 0), np.where(there, limbs[:, 1], 0)
    if (low >> 63 == high).all():
        return scaled(low, UNIT if whole else 1)
    upper, lower = high.tolist(), low.view(np.uint64).tolist()
    exact = [(h * 2**64 + lo) * (UNIT if whole else 1) for h, lo in zip(upper, lower, strict=True)]
    return np.array(exact, dtype=object)


def decimals(billions: npt.NDArray[np.int64]) -> pa.Array:
    """Billionths as a column of decimals: the inverse of `billionths`."""
    import pyarrow as pa

    limbs = np.stack([billions, billions >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(38, DIGITS), len(billions), [None, pa.py_buffer(limbs)])


def rounded(amounts: FloatArray) -> ExactArray:
    """Amounts to the nearest billionth, in Python integers where a sum might not fit into 64 bits."""
    whole = np.rint(amounts * UNIT)
    if np.abs(whole).sum() < SAFE:
        return whole.astype(np.int64)
    return np.array([int(amount) for amount in whole.tolist()], dtype=object)


def scaled(numbers: ExactArray, factor: int) -> ExactArray:
    """`numbers * factor`, in Python integers where a sum of them might not fit into 64 bits."""
    if np.abs(numbers.astype(np.float64)).sum() * factor >= SAFE:
        numbers = numbers.astype(object)
    product: ExactArray = numbers * factor
    return product


def floats(billions: ExactArray) -> FloatArray:
    """Billionths as ordinary numbers."""
    return billions.astype(np.float64) / UNIT
