"""The math extension.

`math.greatest` and `math.least` of three arguments or more are calls with a list of them; the checker
makes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import arithmetic
from .. import operations as op
from ..errors import fault
from ..functions import Function, Overload
from ..types import BOOL, DOUBLE, DYN, INT, UINT, ListType, Type
from ..values import UINT_MAX, uint

__all__ = ["FUNCTIONS"]

_NUMBERS = (("int", INT), ("uint", UINT), ("double", DOUBLE))
_LESS = op.ordered("<", lambda left, right: bool(left < right))


def _extreme(name: str, better: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def found(*arguments: Any) -> Any:
        values = arguments[0] if len(arguments) == 1 and op.type_name(arguments[0]) == "list" else arguments
        if not values:
            raise fault("invalid_argument", f"{name} of an empty list")
        best = values[0]
        for value in values:
            if op.type_name(value) not in {"int", "uint", "double"}:
                raise op.no_overload(name, *arguments)
            if better(value, best):
                best = value
        return best

    return found


def _extremes(name: str, stem: str, python: Callable[..., Any]) -> Function:
    one = [Overload(f"{stem}_{name}", (type_,), type_, python=python) for name, type_ in _NUMBERS]
    two = [
        Overload(f"{stem}_{first}_{second}", (left, right), left if left == right else DYN, python=python)
        for first, left in _NUMBERS
        for second, right in _NUMBERS
    ]
    lists = [
        Overload(f"{stem}_list_{name}", (ListType(type_),), type_, python=python, linear=True)
        for name, type_ in _NUMBERS
    ]
    return Function(name, (*one, *two, *lists), f"The {name.removeprefix('math.')} of numbers.")


def _round(value: float) -> float:
    """Halves go away from zero."""
    if not math.isfinite(value) or abs(value) >= 2.0**52:
        return value
    whole = math.floor(abs(value))
    return math.copysign(whole + 1 if abs(value) - whole >= 0.5 else whole, value)


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: math.copysign(function(value), value) if math.isfinite(value) else value


def _abs_int(value: int) -> int:
    return arithmetic.negate_int(value) if value < 0 else value


def _sign(value: Any) -> Any:
    if value != value:  # noqa: PLR0124 - NaN is the number that is not itself
        return value
    return type(value)((value > 0) - (value < 0))


def _sqrt(value: float) -> float:
    return math.sqrt(value) if value >= 0 else float("nan")


def _shift(left: bool) -> Callable[[Any, int], Any]:
    name = "math.bitShiftLeft" if left else "math.bitShiftRight"

    def shifted(value: Any, count: int) -> Any:
        if count < 0:
            raise fault("invalid_argument", f"{name}: negative offset {count}")
        bits = int(value) & UINT_MAX
        moved = 0 if count >= 64 else (bits << count) & UINT_MAX if left else bits >> count
        return uint(moved) if type(value) is uint else _signed(moved)

    return shifted


def _signed(bits: int) -> int:
    return bits - 2**64 if bits >= 2**63 else bits


def _per_type(name: str, about: str, *cases: tuple[Type, Type, Any]) -> Function:
    stem = name.replace(".", "_")
    overloads = (
        Overload(f"{stem}_{type_}", (type_,), result, python=python) for type_, result, python in cases
    )
    return Function(name, tuple(overloads), about)


def _bits(name: str, about: str, python: Callable[[int, int], int]) -> Function:
    stem = name.replace(".", "_")
    signed = Overload(f"{stem}_int_int", (INT, INT), INT, python=python)
    unsigned = Overload(
        f"{stem}_uint_uint", (UINT, UINT), UINT, python=lambda a, b: uint(python(int(a), int(b)))
    )
    return Function(name, (signed, unsigned), about)


def _shifts(name: str, about: str, left: bool) -> Function:
    stem = name.replace(".", "_")
    overloads = (
        Overload(f"{stem}_{type_}_int", (type_, INT), type_, python=_shift(left)) for type_ in (INT, UINT)
    )
    return Function(name, tuple(overloads), about)


FUNCTIONS = (
    _extremes("math.greatest", "math_@max", _extreme("math.greatest", lambda a, b: _LESS(b, a))),
    _extremes("math.least", "math_@min", _extreme("math.least", _LESS)),
    _per_type("math.ceil", "The next whole number up.", (DOUBLE, DOUBLE, _whole(math.ceil))),
    _per_type("math.floor", "The next whole number down.", (DOUBLE, DOUBLE, _whole(math.floor))),
    _per_type("math.round", "The nearest whole number, halves away from zero.", (DOUBLE, DOUBLE, _round)),
    _per_type("math.trunc", "The whole number towards zero.", (DOUBLE, DOUBLE, _whole(math.trunc))),
    _per_type(
        "math.abs",
        "The value without its sign.",
        (INT, INT, _abs_int),
        (UINT, UINT, lambda value: value),
        (DOUBLE, DOUBLE, abs),
    ),
    _per_type(
        "math.sign",
        "-1, 0 or 1, in the type of the value.",
        (INT, INT, _sign),
        (UINT, UINT, _sign),
        (DOUBLE, DOUBLE, _sign),
    ),
    _per_type(
        "math.sqrt", "The square root.", (INT, DOUBLE, _sqrt), (UINT, DOUBLE, _sqrt), (DOUBLE, DOUBLE, _sqrt)
    ),
    _per_type("math.isNaN", "Whether it is not a number.", (DOUBLE, BOOL, math.isnan)),
    _per_type("math.isInf", "Whether it is infinite.", (DOUBLE, BOOL, math.isinf)),
    _per_type("math.isFinite", "Whether it is neither infinite nor NaN.", (DOUBLE, BOOL, math.isfinite)),
    _bits("math.bitAnd", "The bits that both have.", lambda a, b: a & b),
    _bits("math.bitOr", "The bits that either has.", lambda a, b: a | b),
    _bits("math.bitXor", "The bits that one of them has.", lambda a, b: a ^ b),
    _per_type(
        "math.bitNot",
        "The bits turned over.",
        (INT, INT, lambda value: ~value),
        (UINT, UINT, lambda value: uint(~int(value) & UINT_MAX)),
    ),
    _shifts("math.bitShiftLeft", "The bits moved left; zeros come in.", left=True),
    _shifts("math.bitShiftRight", "The bits moved right; zeros come in.", left=False),
)
