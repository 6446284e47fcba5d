"""Templates that most backends share; each is NULL where an argument is NULL."""

from __future__ import annotations

__all__ = ["COMMON", "REGEX", "ascii_case", "numbers"]

_UPPER, _LOWER = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'", "'abcdefghijklmnopqrstuvwxyz'"
REGEX = "its regular expressions are not RE2, so the same pattern can match other texts"

COMMON = {
    "add_double": "({0} + {1})",
    "subtract_double": "({0} - {1})",
    "multiply_double": "({0} * {1})",
    "divide_double": "({0} / {1})",
    "negate_double": "(-{0})",
    "add_string": "({0} || {1})",
    "math_abs_double": "ABS({0})",
    "math_ceil_double": "CEIL({0})",
    "math_floor_double": "FLOOR({0})",
}
"""Doubles follow IEEE 754 only where a dialect keeps these; text is concatenated everywhere."""


def ascii_case(translate: str = "TRANSLATE") -> dict[str, str]:
    """`lowerAscii` and `upperAscii` where the backend's own LOWER and UPPER know all of Unicode."""
    return {
        "string_lower_ascii": f"{translate}({{0}}, {_UPPER}, {_LOWER})",
        "string_upper_ascii": f"{translate}({{0}}, {_LOWER}, {_UPPER})",
    }


def numbers(integer: str, double: str, truncated: str = "TRUNC({0})") -> dict[str, str]:
    """Conversions between numbers: a double beyond 64 bits, an infinity and NaN have no integer."""
    limit = f"CAST('9223372036854775808' AS {double})"
    within = f"{{0}} > -{limit} AND {{0}} < {limit}"
    return {
        "int64_to_double": f"CAST({{0}} AS {double})",
        "double_to_int64": f"(CASE WHEN {within} THEN CAST({truncated} AS {integer}) END)",
    }
