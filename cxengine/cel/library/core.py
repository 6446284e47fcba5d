"""Operators, `size`, `type`, `dyn` and the string functions of the language definition itself."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .. import arithmetic
from .. import operations as op
from ..errors import fault
from ..functions import Function, Overload
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    ListType,
    MapType,
    Type,
    TypeParameter,
    TypeType,
    optional,
)
from ..values import TypeName
from . import temporal

__all__ = ["FUNCTIONS", "SELECT_OPTIONAL"]

_A, _B = TypeParameter("A"), TypeParameter("B")
_LIST, _MAP = ListType(_A), MapType(_A, _B)
Implementation = Callable[..., Any]


def _binary(id_: str, left: Type, right: Type, result: Type, python: Implementation) -> Overload:
    return Overload(id_, (left, right), result, python=python, linear=left in {STRING, BYTES, _LIST})


def _arithmetic(name: str, stem: str, *overloads: tuple[str, Type, Implementation]) -> Function:
    made = (_binary(f"{stem}_{suffix}", type_, type_, type_, python) for suffix, type_, python in overloads)
    return Function(name, tuple(made))


_ORDERABLE = (
    ("bool", BOOL),
    ("int64", INT),
    ("uint64", UINT),
    ("double", DOUBLE),
    ("string", STRING),
    ("bytes", BYTES),
    ("timestamp", TIMESTAMP),
    ("duration", DURATION),
)
_CROSS = (
    ("int64_uint64", INT, UINT),
    ("int64_double", INT, DOUBLE),
    ("uint64_int64", UINT, INT),
    ("uint64_double", UINT, DOUBLE),
    ("double_int64", DOUBLE, INT),
    ("double_uint64", DOUBLE, UINT),
)


def _ordering(name: str, stem: str, python: Implementation) -> Function:
    compare = op.ordered(name.strip("_"), python)
    same = (_binary(f"{stem}_{suffix}", type_, type_, BOOL, compare) for suffix, type_ in _ORDERABLE)
    cross = (_binary(f"{stem}_{suffix}", left, right, BOOL, compare) for suffix, left, right in _CROSS)
    return Function(name, (*same, *cross))


def _concatenate(left: Any, right: Any) -> list[Any]:
    return [*left, *right]


def _matches(text: str, pattern: str) -> bool:
    try:
        return _compiled(pattern).search(text) is not None
    except UnicodeEncodeError as error:
        raise fault("invalid_argument", "the text holds half of a surrogate pair") from error


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise fault("invalid_argument", f"not a regular expression: {reason}") from error


def _typed(id_: str, parameters: tuple[Type, ...], result: Type, python: Implementation) -> Overload:
    return Overload(id_, parameters, result, receiver=True, python=python, linear=True)


def _text(name: str, stem: str, python: Implementation) -> Function:
    return Function(name, (_typed(f"{stem}_string", (STRING, STRING), BOOL, python),))


def _size() -> Function:
    sized = (("string", STRING), ("bytes", BYTES), ("list", _LIST), ("map", _MAP))
    plain = (Overload(f"size_{name}", (type_,), INT, python=len) for name, type_ in sized)
    method = (Overload(f"{name}_size", (type_,), INT, receiver=True, python=len) for name, type_ in sized)
    return Function("size", (*plain, *method), "The number of characters, bytes, elements or entries.")


SELECT_OPTIONAL = Overload("select_optional_field", (DYN, STRING), DYN, python=op.optional_select)

FUNCTIONS = (
    Function(
        "_+_",
        (
            _binary("add_int64", INT, INT, INT, arithmetic.add_int),
            _binary("add_uint64", UINT, UINT, UINT, arithmetic.add_uint),
            _binary("add_double", DOUBLE, DOUBLE, DOUBLE, operator.add),
            _binary("add_string", STRING, STRING, STRING, operator.add),
            _binary("add_bytes", BYTES, BYTES, BYTES, operator.add),
            _binary("add_list", _LIST, _LIST, _LIST, _concatenate),
            _binary("add_timestamp_duration", TIMESTAMP, DURATION, TIMESTAMP, temporal.later),
            _binary(
                "add_duration_timestamp", DURATION, TIMESTAMP, TIMESTAMP, lambda d, t: temporal.later(t, d)
            ),
            _binary("add_duration_duration", DURATION, DURATION, DURATION, temporal.add_durations),
        ),
    ),
    Function(
        "_-_",
        (
            _binary("subtract_int64", INT, INT, INT, arithmetic.subtract_int),
            _binary("subtract_uint64", UINT, UINT, UINT, arithmetic.subtract_uint),
            _binary("subtract_double", DOUBLE, DOUBLE, DOUBLE, operator.sub),
            _binary("subtract_timestamp_timestamp", TIMESTAMP, TIMESTAMP, DURATION, temporal.between),
            _binary("subtract_timestamp_duration", TIMESTAMP, DURATION, TIMESTAMP, temporal.earlier),
            _binary("subtract_duration_duration", DURATION, DURATION, DURATION, temporal.subtract_durations),
        ),
    ),
    _arithmetic(
        "_*_",
        "multiply",
        ("int64", INT, arithmetic.multiply_int),
        ("uint64", UINT, arithmetic.multiply_uint),
        ("double", DOUBLE, operator.mul),
    ),
    _arithmetic(
        "_/_",
        "divide",
        ("int64", INT, arithmetic.divide_int),
        ("uint64", UINT, arithmetic.divide_uint),
        ("double", DOUBLE, arithmetic.divide_double),
    ),
    _arithmetic(
        "_%_", "modulo", ("int64", INT, arithmetic.modulo_int), ("uint64", UINT, arithmetic.modulo_uint)
    ),
    Function(
        "-_",
        (
            Overload("negate_int64", (INT,), INT, python=arithmetic.negate_int),
            Overload("negate_double", (DOUBLE,), DOUBLE, python=operator.neg),
        ),
    ),
    Function("!_", (Overload("logical_not", (BOOL,), BOOL, python=operator.not_),)),
    Function("_==_", (_binary("equals", _A, _A, BOOL, op.equal),)),
    Function("_!=_", (_binary("not_equals", _A, _A, BOOL, lambda a, b: not op.equal(a, b)),)),
    _ordering("_<_", "less", operator.lt),
    _ordering("_<=_", "less_equals", operator.le),
    _ordering("_>_", "greater", operator.gt),
    _ordering("_>=_", "greater_equals", operator.ge),
    Function(
        "@in",
        (
            Overload("in_list", (_A, _LIST), BOOL, python=op.contains, linear=True),
            Overload("in_map", (_A, _MAP), BOOL, python=op.contains),
        ),
    ),
    Function(
        "_[_]",
        (
            Overload("index_list", (_LIST, INT), _A, python=op.index),
            Overload("index_map", (_MAP, _A), _B, python=op.index),
            Overload("optional_list_index_value", (optional(_LIST), INT), optional(_A), python=op.index),
            Overload("optional_map_index_value", (optional(_MAP), _A), optional(_B), python=op.index),
        ),
    ),
    Function(
        "_[?_]",
        (
            Overload("list_optindex_optional_int", (_LIST, INT), optional(_A), python=op.optional_index),
            Overload("map_optindex_optional_value", (_MAP, _A), optional(_B), python=op.optional_index),
            Overload(
                "optional_list_optindex_optional_int",
                (optional(_LIST), INT),
                optional(_A),
                python=op.optional_index,
            ),
            Overload(
                "optional_map_optindex_optional_value",
                (optional(_MAP), _A),
                optional(_B),
                python=op.optional_index,
            ),
        ),
    ),
    Function("_?._", (SELECT_OPTIONAL,)),
    _size(),
    Function(
        "type",
        (Overload("type", (_A,), TypeType(_A), python=lambda value: TypeName(op.type_name(value))),),
        "The type of a value.",
    ),
    Function(
        "dyn",
        (Overload("to_dyn", (_A,), DYN, python=lambda value: value),),
        "The value, its type forgotten: the check then leaves it to evaluation.",
    ),
    _text("startsWith", "starts_with", str.startswith),
    _text("endsWith", "ends_with", str.endswith),
    _text("contains", "contains", operator.contains),
    Function(
        "matches",
        (
            Overload("matches", (STRING, STRING), BOOL, python=_matches, cost=4, linear=True),
            Overload("matches_string", (STRING, STRING), BOOL, True, _matches, cost=4, linear=True),
        ),
        "Whether the regular expression (RE2) is found in the text.",
    ),
)
