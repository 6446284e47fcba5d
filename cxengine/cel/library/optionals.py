"""Optional values: `optional.of`, `orValue` and their like. `optMap` and `optFlatMap` are macros."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .. import operations as op
from ..errors import fault
from ..functions import Function, Overload
from ..types import BOOL, ListType, TypeParameter, optional
from ..values import EPOCH, Optional

__all__ = ["FUNCTIONS"]

_T = TypeParameter("T")
_OPTIONAL, _LIST = optional(_T), ListType(_T)
_NONE = Optional(None, present=False)


def _of_non_zero(value: Any) -> Optional:
    return _NONE if _is_zero(value) else Optional(value)


def _is_zero(value: Any) -> bool:
    kind = op.type_name(value)
    if kind in {"list", "map", "string", "bytes"}:
        return len(value) == 0
    if kind == "google.protobuf.Timestamp":
        return bool(value == EPOCH)
    if kind == "google.protobuf.Duration":
        return bool(value == timedelta())
    if kind == "optional_type":
        return not value.present
    return value is None or (kind in {"bool", "int", "uint", "double"} and value == 0)


def _value(holder: Optional) -> Any:
    if not holder.present:
        raise fault("no_value", "optional.none() dereference")
    return holder.content


def _or(holder: Optional, other: Optional) -> Optional:
    return holder if holder.present else other


def _or_value(holder: Optional, default: Any) -> Any:
    return holder.content if holder.present else default


def _unwrap(holders: list[Any]) -> list[Any]:
    for holder in holders:
        if type(holder) is not Optional:
            raise op.no_overload("optional.unwrap", holders)
    return [holder.content for holder in holders if holder.present]


def _first(items: list[Any]) -> Optional:
    return Optional(items[0]) if items else _NONE


def _last(items: list[Any]) -> Optional:
    return Optional(items[-1]) if items else _NONE


FUNCTIONS = (
    Function(
        "optional.of",
        (Overload("optional_of", (_T,), _OPTIONAL, python=Optional),),
        "An optional that holds the value.",
    ),
    Function(
        "optional.ofNonZeroValue",
        (Overload("optional_ofNonZeroValue", (_T,), _OPTIONAL, python=_of_non_zero),),
        "An optional that holds the value unless it is empty, zero, false or null.",
    ),
    Function("optional.none", (Overload("optional_none", (), _OPTIONAL, python=lambda: _NONE),), "No value."),
    Function(
        "optional.unwrap",
        (Overload("optional_unwrap", (ListType(_OPTIONAL),), _LIST, python=_unwrap, linear=True),),
        "The values that the optionals of a list hold.",
    ),
    Function(
        "unwrapOpt",
        (
            Overload(
                "optional_unwrapOpt",
                (ListType(_OPTIONAL),),
                _LIST,
                receiver=True,
                python=_unwrap,
                linear=True,
            ),
        ),
        "The values that the optionals of a list hold.",
    ),
    Function(
        "hasValue",
        (Overload("optional_hasValue", (_OPTIONAL,), BOOL, True, lambda holder: holder.present),),
        "Whether there is a value.",
    ),
    Function(
        "value",
        (Overload("optional_value", (_OPTIONAL,), _T, receiver=True, python=_value),),
        "The value; none is an error.",
    ),
    Function(
        "or",
        (Overload("optional_or_optional", (_OPTIONAL, _OPTIONAL), _OPTIONAL, receiver=True, python=_or),),
        "This optional, or the other when this is none.",
    ),
    Function(
        "orValue",
        (Overload("optional_orValue_value", (_OPTIONAL, _T), _T, receiver=True, python=_or_value),),
        "The value, or the default when there is none.",
    ),
    Function(
        "first",
        (Overload("list_first", (_LIST,), _OPTIONAL, receiver=True, python=_first),),
        "The first element, as an optional.",
    ),
    Function(
        "last",
        (Overload("list_last", (_LIST,), _OPTIONAL, receiver=True, python=_last),),
        "The last element, as an optional.",
    ),
)
