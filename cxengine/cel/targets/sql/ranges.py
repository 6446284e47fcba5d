"""Arithmetic of doubles on PostgreSQL, which raises an error where IEEE 754 goes on with infinity or zero.

Whether a result leaves the range is decided on operands scaled by powers of two, which is exact, before the
operation itself is asked for. Each operand is evaluated once: the subquery with OFFSET is not flattened, nor
are constants folded into it, which would raise the error while planning.
"""

from __future__ import annotations

__all__ = ["ARITHMETIC"]

_INFINITY = "CAST('Infinity' AS DOUBLE PRECISION)"
_DOWN, _UP, _FAR_DOWN = repr(2.0**-512), repr(2.0**512), repr(2.0**-563)

# Only two numbers of at least 2**970 (9.98e291) can add up to more than the greatest double.
_SUM = (
    "CASE WHEN ABS(x) < 9e291 OR ABS(y) < 9e291 THEN x + y"
    f" WHEN ABS(x / 2 + y / 2) <= {2.0**1023 - 2.0**970!r} THEN x + y"
    f" ELSE (x / 2 + y / 2) * {_INFINITY} END"
)
# |xy| >= 2**1024 overflows, |xy| <= 2**-1075 is rounded to zero.
_PRODUCT = (
    "CASE WHEN ABS(x) >= 1 AND ABS(y) >= 1 THEN"
    f" CASE WHEN ABS((x * {_DOWN}) * (y * {_DOWN})) < 1 THEN x * y"
    f" ELSE (x * {_DOWN}) * (y * {_DOWN}) * {_INFINITY} END"
    " WHEN LEAST(ABS(x), ABS(y)) > 0 AND LEAST(ABS(x), ABS(y)) < 1e-150 AND GREATEST(ABS(x), ABS(y)) < 1 THEN"
    f" CASE WHEN (LEAST(ABS(x), ABS(y)) * {2.0**1000!r}) * (GREATEST(ABS(x), ABS(y)) * {2.0**75!r}) > 1"
    " THEN x * y ELSE SIGN(x) * SIGN(y) * 0 END"
    " ELSE x * y END"
)
# |x / y| >= 2**1024 overflows, |x / y| <= 2**-1075 is rounded to zero. Only text shows the sign of a zero.
_QUOTIENT = (
    "CASE WHEN y = 0 THEN"
    f" x * CASE CAST(y AS TEXT) WHEN '0' THEN {_INFINITY} ELSE -{_INFINITY} END"
    f" WHEN ABS(y) < 1 AND ABS(x) BETWEEN 1e-16 AND {_INFINITY} THEN"
    f" CASE WHEN ABS(x) * {_DOWN} >= ABS(y) * {_UP} THEN SIGN(x) * SIGN(y) * {_INFINITY} ELSE x / y END"
    f" WHEN ABS(y) > 1 AND ABS(y) <= {_INFINITY} AND x <> 0 AND ABS(x) < 1 THEN"
    f" CASE WHEN ABS(x) * {_UP} <= ABS(y) * {_FAR_DOWN} THEN SIGN(x) * SIGN(y) * 0 ELSE x / y END"
    " ELSE x / y END"
)


def _of(result: str, y: str = "{1}") -> str:
    return f"(SELECT {result} FROM (SELECT {{0}} AS x, {y} AS y OFFSET 0) AS operands)"  # noqa: S608 - templates


ARITHMETIC = {
    "add_double": _of(_SUM),
    "subtract_double": _of(_SUM, "-({1})"),
    "multiply_double": _of(_PRODUCT),
    "divide_double": _of(_QUOTIENT),
}
"""Templates by overload; each is NULL where an argument is NULL, and only there."""
