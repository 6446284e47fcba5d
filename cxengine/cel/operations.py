"""What operators mean for any pair of values: run-time types, equality, order, lookup.

Generated code uses Python's own operators where the static types make them mean the same, and these
functions where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from .errors import CelError, fault
from .values import (
    MixedMap,
    NanoDuration,
    NanoTimestamp,
    Optional,
    TypeName,
    uint,
)

__all__ = [
    "contains",
    "elements",
    "entries",
    "equal",
    "find",
    "index",
    "make_map",
    "no_overload",
    "optional_index",
    "optional_select",
    "ordered",
    "present",
    "select",
    "type_name",
]

_NAMES = {
    bool: "bool",
    int: "int",
    uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null_type",
    list: "list",
    tuple: "list",
    dict: "map",
    MixedMap: "map",
    datetime: "google.protobuf.Timestamp",
    NanoTimestamp: "google.protobuf.Timestamp",
    timedelta: "google.protobuf.Duration",
    NanoDuration: "google.protobuf.Duration",
    Optional: "optional_type",
    TypeName: "type",
}
_NUMERIC = frozenset({"int", "uint", "double"})
_ORDERED = frozenset({"string", "bytes", "bool", "google.protobuf.Timestamp", "google.protobuf.Duration"})


def type_name(value: Any) -> str:
    """The name of the type that `value` has when it is evaluated.

    Raises:
        CelError: no type of the language has such values; of kind `wrong_fact`.
    """
    found = _NAMES.get(type(value))
    if found is None:
        found = getattr(type(value), "cel_type", None) or ("map" if isinstance(value, Mapping) else None)
    if found is None:
        hint = "Python's own values are: .tolist() makes them of NumPy's" if hasattr(value, "dtype") else None
        raise fault("wrong_fact", f"a Python {type(value).__name__} is no value of the language", hint)
    return str(found)


def no_overload(function: str, *arguments: Any) -> CelError:
    """The error of a function applied to values that it does not take."""
    shown = ", ".join(type_name(argument) for argument in arguments)
    return fault("no_such_overload", f"no such overload: {function} applied to ({shown})")


def equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; values of different types are not, except numbers of equal value."""
    kind, other = type_name(left), type_name(right)
    if kind in _NUMERIC and other in _NUMERIC:
        if "double" in {kind, other}:
            return float(left) == float(right)
        return int(left) == int(right)
    if kind != other:
        return False
    same = _EQUAL.get(kind)
    return same(left, right) if same else bool(left == right)


def _equal_lists(left: Any, right: Any) -> bool:
    return len(left) == len(right) and all(map(equal, left, right))


def _equal_maps(left: Any, right: Any) -> bool:
    return len(left) == len(right) and all(_entry_in(key, value, right) for key, value in left.items())


def _equal_optionals(left: Optional, right: Optional) -> bool:
    return left.present == right.present and (not left.present or equal(left.content, right.content))


_EQUAL = {"list": _equal_lists, "map": _equal_maps, "optional_type": _equal_optionals}


def _entry_in(key: Any, value: Any, entries_: Mapping[Any, Any]) -> bool:
    found = find(entries_, key)
    return found is not _ABSENT and equal(value, found)


def ordered(function: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """`compare` for any two values that have an order; `function` is its name in messages."""

    def compared(left: Any, right: Any) -> bool:
        kind, other = type_name(left), type_name(right)
        if kind in _NUMERIC and other in _NUMERIC:
            if "double" in {kind, other}:
                return compare(float(left), float(right))
            return compare(left, right)
        if kind != other or kind not in _ORDERED:
            raise no_overload(function, left, right)
        return compare(left, right)

    return compared


_ABSENT = object()


def find(entries_: Mapping[Any, Any], key: Any) -> Any:
    """The value under `key`, or `_ABSENT`.

    Numbers of equal value are one key; true and 1 are two, which a dict does not know.
    """
    kind = type(key)
    if kind is str:
        return entries_.get(key, _ABSENT)
    if kind not in {bool, int, uint, float}:
        return _ABSENT
    found = entries_.get(key, _ABSENT)
    if found is _ABSENT or type(entries_) is not dict or key not in {0, 1}:
        return found
    known = next(candidate for candidate in entries_ if candidate == key)
    return found if (type(known) is bool) == (kind is bool) else _ABSENT


def contains(value: Any, container: Any) -> bool:
    """`value in container`: an element of a list, or a key of a map."""
    kind = type_name(container)
    if kind == "list":
        return any(equal(value, element) for element in container)
    if kind == "map":
        return find(container, value) is not _ABSENT
    raise no_overload("in", value, container)


def index(container: Any, key: Any) -> Any:
    """`container[key]`: an element by position, or a value by key.

    Raises:
        CelError: `index_out_of_range`, `invalid_argument`, `no_such_key` or `no_such_overload`.
    """
    kind = type_name(container)
    if kind == "map":
        found = find(container, key)
        if found is _ABSENT:
            raise fault("no_such_key", f"no such key: {_shown(key)}")
        return found
    if kind == "list":
        return _element(container, key)
    if kind == "optional_type":
        return optional_index(container, key)
    raise no_overload("[]", container, key)


def _element(items: Any, position: Any) -> Any:
    kind = type(position)
    if kind is float and not position.is_integer():
        raise fault("invalid_argument", f"a list has no position {position}")
    if kind not in {int, uint, float}:
        raise fault("invalid_argument", f"a list has no position of type {type_name(position)}")
    if not 0 <= position < len(items):
        raise fault("index_out_of_range", f"index out of range: {int(position)} of {len(items)} elements")
    return items[int(position)]


def optional_index(container: Any, key: Any) -> Optional:
    """`container[?key]`: the element or value as an optional, none when it is not there."""
    kind = type_name(container)
    if kind == "optional_type":
        return optional_index(container.content, key) if container.present else container
    if kind == "map":
        found = find(container, key)
        return Optional(None, present=False) if found is _ABSENT else Optional(found)
    if kind == "list":
        if type(key) in {int, uint, float} and 0 <= key < len(container) and key == int(key):
            return Optional(container[int(key)])
        return Optional(None, present=False)
    raise no_overload("[?]", container, key)


def select(operand: Any, field: str) -> Any:
    """`operand.field` of a record, a map, or what an optional holds.

    Raises:
        CelError: `no_such_key`, or `no_such_overload` for what has no fields.
    """
    if isinstance(operand, Mapping):
        found = operand.get(field, _ABSENT)
        if found is _ABSENT:
            raise fault("no_such_key", f"no such key: {_shown(field)}")
        return found
    if type(operand) is Optional:
        return optional_select(operand, field)
    raise fault("no_such_overload", f"a value of type {type_name(operand)} has no fields: .{field}")


def optional_select(operand: Any, field: str) -> Optional:
    """`operand.?field`: the field as an optional, none when it is not there."""
    if type(operand) is Optional:
        return _select_held(operand.content, field) if operand.present else operand
    if not isinstance(operand, Mapping):
        raise fault("no_such_overload", f"a value of type {type_name(operand)} has no fields: .?{field}")
    found = operand.get(field, _ABSENT)
    return Optional(None, present=False) if found is _ABSENT else Optional(found)


def _select_held(held: Any, field: str) -> Optional:
    """A field of what an optional holds; on what has no fields there is no such key."""
    if isinstance(held, Mapping) or type(held) is Optional:
        return optional_select(held, field)
    raise fault(
        "no_such_key", f"no such key: {_shown(field)}: a value of type {type_name(held)} has no fields"
    )


def present(operand: Any, field: str) -> bool:
    """`has(operand.field)`."""
    if type(operand) is Optional:
        return operand.present and present(operand.content, field)
    if not isinstance(operand, Mapping):
        raise fault("no_such_overload", f"a value of type {type_name(operand)} has no fields: .{field}")
    return field in operand


def make_map(pairs: Iterator[tuple[Any, Any]] | list[tuple[Any, Any]]) -> Mapping[Any, Any]:
    """A map of `pairs`.

    Raises:
        CelError: `duplicate_key`, or `unsupported_key_type` for a key that is no int, uint, bool or string.
    """
    made: dict[Any, Any] = {}
    pairs = list(pairs)
    mixed = False
    for key, value in pairs:
        if type(key) not in {str, int, uint, bool}:
            raise fault("unsupported_key_type", f"unsupported key type: {type_name(key)}")
        if find(made, key) is not _ABSENT:
            raise fault("duplicate_key", f"the key {_shown(key)} is there twice")
        mixed = mixed or key in made
        if mixed:
            continue
        made[key] = value
    return _mixed(pairs) if mixed else made


def _mixed(pairs: list[tuple[Any, Any]]) -> MixedMap:
    made = MixedMap(pairs)
    if len(made) != len(pairs):
        raise fault("duplicate_key", "a key is there twice")
    return made


def entries(value: Any) -> list[tuple[Any, Any]]:
    """What a two-variable macro runs over: index and element, or key and value."""
    kind = type_name(value)
    if kind == "list":
        return list(enumerate(value))
    if kind == "map":
        return list(value.items())
    raise fault("no_such_overload", f"a macro cannot run over a value of type {kind}")


def elements(value: Any) -> list[Any]:
    """What a one-variable macro runs over: the elements of a list, or the keys of a map."""
    kind = type_name(value)
    if kind in {"list", "map"}:
        return list(value)
    raise fault("no_such_overload", f"a macro cannot run over a value of type {kind}")


def _shown(key: Any) -> str:
    return f"'{key}'" if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)
