"""Arithmetic of 64-bit integers on arrays: the result, and the rows in which it does not exist.

Every function takes arrays or Python ints and returns `(values, failed)` with
`failed` None when no row fails. Extremes are looked at first: two cheap passes decide in almost all cases
that nothing can overflow, and spare the exact test of every row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...values import INT_MAX, INT_MIN

__all__ = ["ARITHMETIC", "from_double"]

Result = tuple[Any, Any]


def _arrays(left: Any, right: Any) -> tuple[Any, Any]:
    """Two Python ints would be computed without limit, so one becomes an array."""
    return (np.array([left]), right) if isinstance(left, int) and isinstance(right, int) else (left, right)


def _extremes(values: Any) -> tuple[int, int]:
    if isinstance(values, int):
        return values, values
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def _fits(low: int, high: int) -> bool:
    return low >= INT_MIN and high <= INT_MAX


def _some(failed: Any) -> Any:
    return failed if failed.any() else None


def add(left: Any, right: Any) -> Result:
    """The sum; fails where it overflows."""
    left, right = _arrays(left, right)
    (low, high), (other_low, other_high) = _extremes(left), _extremes(right)
    total = left + right
    if _fits(low + other_low, high + other_high):
        return total, None
    return total, _some(((left ^ total) & (right ^ total)) < 0)


def subtract(left: Any, right: Any) -> Result:
    """The difference; fails where it overflows."""
    left, right = _arrays(left, right)
    (low, high), (other_low, other_high) = _extremes(left), _extremes(right)
    difference = left - right
    if _fits(low - other_high, high - other_low):
        return difference, None
    return difference, _some(((left ^ right) & (left ^ difference)) < 0)


def multiply(left: Any, right: Any) -> Result:
    """The product; fails where it overflows."""
    left, right = _arrays(left, right)
    ends = [a * b for a in _extremes(left) for b in _extremes(right)]
    product = left * right
    if _fits(min(ends), max(ends)):
        return product, None
    left, right = np.broadcast_arrays(np.asarray(left, np.int64), np.asarray(right, np.int64))
    divisor = np.where((left == 0) | (left == -1), 1, left)
    wrong = (product // divisor != right) & (left != 0) & (left != -1)
    return product, _some(wrong | ((left == -1) & (right == INT_MIN)))


def divide(left: Any, right: Any) -> Result:
    """The quotient, rounded towards zero; fails where the divisor is zero or the quotient overflows."""
    left, right = np.broadcast_arrays(np.atleast_1d(left), np.atleast_1d(right))
    failed = (right == 0) | ((left == INT_MIN) & (right == -1))
    divisor = np.where(failed, 1, right)
    quotient = left // divisor
    inexact = quotient * divisor != left
    return quotient + (inexact & ((left < 0) != (divisor < 0))), _some(failed)


def modulo(left: Any, right: Any) -> Result:
    """The rest, with the sign of `left`; fails where the divisor is zero or the quotient overflows."""
    right = np.atleast_1d(np.asarray(right, np.int64))
    by_zero, by_minus_one = right == 0, right == -1
    failed = by_zero | (by_minus_one & (np.asarray(left) == INT_MIN))
    return np.fmod(left, np.where(by_zero | by_minus_one, 1, right)), _some(failed)


def negate(value: Any) -> Result:
    """The value with the other sign; fails for the least integer."""
    value = np.atleast_1d(value)
    return -value, _some(value == INT_MIN)


def from_double(value: Any) -> Result:
    """The double without its fraction; fails beyond 64 bits and for NaN."""
    value = np.atleast_1d(value)
    inside = (value > -(2.0**63)) & (value < 2.0**63)
    return np.where(inside, value, 0.0).astype(np.int64), _some(~inside)


ARITHMETIC: dict[str, Callable[..., Result]] = {
    "add_int64": add,
    "subtract_int64": subtract,
    "multiply_int64": multiply,
    "divide_int64": divide,
    "modulo_int64": modulo,
    "negate_int64": negate,
    "double_to_int64": from_double,
}
