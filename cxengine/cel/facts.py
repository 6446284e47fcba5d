"""What a fact must be to count as a value of its declared type, and what is made of it if it almost is.

Accepted beside the values themselves: a whole number for a double and a non-negative one for a uint (JSON
and TOML do not tell them apart), a tuple for a list, a timestamp in any zone (it becomes UTC), an instance
of a subclass of a plain type (it becomes plain). Text is never turned into a number, nor a number into a
bool. Fields of a record that are not declared are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from numbers import Real
from typing import Any

from . import operations as op
from . import types as t
from .errors import CelError, fault
from .values import INT_MAX, INT_MIN, NanoDuration, NanoTimestamp, uint

__all__ = ["conform", "variable"]

_PLAIN = (bool, uint, int, float, str, bytes)


def variable(facts: Mapping[str, Any], name: str) -> Any:
    """The fact under `name`, whatever it is.

    Raises:
        CelError: it is not there (`no_such_key`), or `facts` is no mapping (`wrong_fact`).
    """
    if not isinstance(facts, Mapping):
        raise fault("wrong_fact", f"facts are a mapping, not a {type(facts).__name__}")
    if name not in facts:
        raise fault("no_such_key", f"no such key: there is no fact '{name}'")
    return facts[name]


def conform(value: Any, type_: t.Type) -> Any:  # noqa: PLR0911 - one answer for each type
    """`value` as a value of `type_`: itself, where nothing has to change.

    Raises:
        CelError: it is none; of kind `wrong_fact`.
    """
    check = _PRIMITIVE.get(type_)
    if check is not None:
        return check(value)
    match type_:
        case t.NullableType(base):
            return None if value is None else conform(value, base)
        case t.EnumType():
            return _string(value)
        case t.ListType(element):
            return _list(value, element)
        case t.MapType(key, inner):
            return _map(value, key, inner)
        case t.RecordType():
            return _record(value, type_)
        case t.AbstractType("optional_type", (inner,)):
            return _optional(value, inner)
    return _abstract(value, type_)


def _wrong(value: Any, wanted: t.Type) -> CelError:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    return fault("wrong_fact", f"expected a fact of type {wanted}, found {shown}", _way_out(value, wanted))


def _way_out(value: Any, wanted: t.Type) -> str | None:  # noqa: PLR0911 - one for each mistake
    """What the caller can do about a fact that does not fit, where that is known."""
    if value is None:
        return f"leave the fact out, or declare it as nullable({wanted})"
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return "Python's own values are facts: .tolist() makes them of NumPy's"
    if isinstance(value, datetime) and wanted == t.TIMESTAMP:
        return "give it a time zone: .replace(tzinfo=datetime.UTC)"
    if isinstance(value, date) and wanted == t.TIMESTAMP:
        return "a timestamp has a time of day: datetime.combine(date, time(tzinfo=UTC))"
    if isinstance(value, Enum):
        return "give its .value"
    if isinstance(value, int) and not isinstance(value, bool):
        fits = wanted in {t.INT, t.UINT, t.DOUBLE}
        return "an int has 64 bits, a uint is not negative" if fits else _MADE_OF_NUMBER.get(wanted)
    if isinstance(value, Real) or hasattr(value, "as_integer_ratio"):
        return "make it a float" if wanted == t.DOUBLE and not isinstance(value, bool) else None
    if isinstance(value, str):
        return "text is never read as another type: convert it before"
    return "give a list" if isinstance(wanted, t.ListType) and isinstance(value, Iterable) else None


_MADE_OF_NUMBER: dict[t.Type, str] = {
    t.TIMESTAMP: "make it a datetime: datetime.fromtimestamp(seconds, UTC)",
    t.DURATION: "make it a timedelta",
    t.STRING: "make it a str",
}


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise _wrong(value, t.STRING)


def _bool(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise _wrong(value, t.BOOL)


def _int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool | uint) and INT_MIN <= value <= INT_MAX:
        return int(value)
    raise _wrong(value, t.INT)


def _uint(value: Any) -> uint:
    if type(value) is uint:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64:
        return uint(value)
    raise _wrong(value, t.UINT)


def _double(value: Any) -> float:
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool) and INT_MIN <= value < 2**64:
        return float(value)
    raise _wrong(value, t.DOUBLE)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    raise _wrong(value, t.BYTES)


def _null(value: Any) -> None:
    if value is not None:
        raise _wrong(value, t.NULL)


def _timestamp(value: Any) -> datetime:
    if type(value) is NanoTimestamp:
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return datetime.combine(*_parts(value.astimezone(UTC)))
        except OverflowError as error:
            raise _wrong(value, t.TIMESTAMP) from error
    raise _wrong(value, t.TIMESTAMP)


def _parts(moment: datetime) -> tuple[Any, Any]:
    return moment.date(), moment.timetz()


def _duration(value: Any) -> timedelta:
    if type(value) in {timedelta, NanoDuration}:
        return value  # type: ignore[no-any-return]
    raise _wrong(value, t.DURATION)


def _list(value: Any, element: t.Type) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(value, t.ListType(element))
    made = [conform(item, element) for item in value]
    return value if isinstance(value, list) and _unchanged(made, value) else made


def _unchanged(made: list[Any], given: list[Any]) -> bool:
    return all(new is old for new, old in zip(made, given, strict=True))


def _map(value: Any, key: t.Type, inner: t.Type) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(value, t.MapType(key, inner))
    made = [(conform(name, key), conform(item, inner)) for name, item in value.items()]
    if all(new is old[0] and item is old[1] for (new, item), old in zip(made, value.items(), strict=True)):
        return value
    return op.make_map(made)


def _record(value: Any, type_: t.RecordType) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(value, type_)
    changed = {}
    for name, field in type_.fields:
        if name in value:
            made = conform(value[name], field)
            if made is not value[name]:
                changed[name] = made
    return {**value, **changed} if changed else value


def _optional(value: Any, inner: t.Type) -> Any:
    if op.type_name(value) != "optional_type":
        raise _wrong(value, t.optional(inner))
    if value.present:
        conform(value.content, inner)
    return value


def _abstract(value: Any, type_: t.Type) -> Any:
    if isinstance(type_, t.TypeType):
        wanted = "type"
    else:
        wanted = type_.name if isinstance(type_, t.AbstractType) else ""
    if getattr(type(value), "cel_type", None) != wanted and op.type_name(value) != wanted:
        raise _wrong(value, type_)
    return value


def _dyn(value: Any) -> Any:
    """Whatever it is, if it is a value of some type, all through."""
    kind = type(value)
    if kind in {str, float, bool, type(None), bytes, uint, NanoTimestamp, NanoDuration, timedelta}:
        return value
    if isinstance(value, list | tuple):
        return _list(value, t.DYN)
    if isinstance(value, Mapping):
        return _map(value, t.DYN, t.DYN)
    for plain, check in _BY_CLASS:
        if isinstance(value, plain):
            return check(value)
    op.type_name(value)
    return value


_PRIMITIVE: dict[t.Type, Callable[[Any], Any]] = {
    t.BOOL: _bool,
    t.INT: _int,
    t.UINT: _uint,
    t.DOUBLE: _double,
    t.STRING: _string,
    t.BYTES: _bytes,
    t.NULL: _null,
    t.TIMESTAMP: _timestamp,
    t.DURATION: _duration,
    t.DYN: _dyn,
}
_BY_CLASS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, _int),
    (float, _double),
    (str, _string),
    (bytes, _bytes),
    (datetime, _timestamp),
)
