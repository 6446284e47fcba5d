"""Whole numbers of 64 bits, where an overflow is an error, and division as the language defines it."""

from __future__ import annotations

from .errors import fault
from .values import INT_MAX, INT_MIN, UINT_MAX, uint

__all__ = [
    "add_int",
    "add_uint",
    "divide_double",
    "divide_int",
    "divide_uint",
    "modulo_int",
    "modulo_uint",
    "multiply_int",
    "multiply_uint",
    "negate_int",
    "subtract_int",
    "subtract_uint",
]


def _int(value: int) -> int:
    if INT_MIN <= value <= INT_MAX:
        return value
    raise fault("overflow", "the result does not fit into an int (64 bits)")


def _uint(value: int) -> uint:
    if 0 <= value <= UINT_MAX:
        return uint(value)
    raise fault("overflow", "the result does not fit into a uint (64 bits)")


def add_int(left: int, right: int) -> int:
    """The sum; an overflow is an error."""
    return _int(left + right)


def subtract_int(left: int, right: int) -> int:
    """The difference; an overflow is an error."""
    return _int(left - right)


def multiply_int(left: int, right: int) -> int:
    """The product; an overflow is an error."""
    return _int(left * right)


def negate_int(value: int) -> int:
    """The value with the other sign; an overflow is an error."""
    return _int(-value)


def divide_int(left: int, right: int) -> int:
    """The quotient rounded towards zero; a zero divisor is an error."""
    if right == 0:
        raise fault("divide_by_zero", "division by zero")
    quotient = abs(left) // abs(right)
    return _int(quotient if (left < 0) == (right < 0) else -quotient)


def modulo_int(left: int, right: int) -> int:
    """The rest of the division rounded towards zero: it has the sign of `left`.

    Where the quotient overflows there is no rest either, as in cel-go, cel-cpp and cel-java.
    """
    if right == 0:
        raise fault("modulus_by_zero", "modulus by zero")
    if right == -1 and left == INT_MIN:
        raise fault("overflow", "the quotient does not fit into an int (64 bits)")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def divide_double(left: float, right: float) -> float:
    """The quotient by IEEE 754: dividing by zero gives an infinity or NaN."""
    if right == 0.0:
        if left == 0.0 or left != left:  # noqa: PLR0124 - NaN is the number that is not itself
            return float("nan")
        negative = (left < 0) != (str(right)[0] == "-")
        return float("-inf") if negative else float("inf")
    return left / right


def add_uint(left: int, right: int) -> uint:
    """The sum; an overflow is an error."""
    return _uint(int(left) + int(right))


def subtract_uint(left: int, right: int) -> uint:
    """The difference; a negative one is an overflow."""
    return _uint(int(left) - int(right))


def multiply_uint(left: int, right: int) -> uint:
    """The product; an overflow is an error."""
    return _uint(int(left) * int(right))


def divide_uint(left: int, right: int) -> uint:
    """The quotient, rounded down; a zero divisor is an error."""
    if right == 0:
        raise fault("divide_by_zero", "division by zero")
    return uint(int(left) // int(right))


def modulo_uint(left: int, right: int) -> uint:
    """The rest of the division; a zero divisor is an error."""
    if right == 0:
        raise fault("modulus_by_zero", "modulus by zero")
    return uint(int(left) % int(right))
