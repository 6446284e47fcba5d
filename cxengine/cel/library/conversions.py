"""Conversions between types: `int("7")`, `string(1.5)`, `timestamp("2026-01-01T00:00:00Z")` and so on."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import CelError, fault
from ..functions import Function, Overload
from ..types import BOOL, BYTES, DOUBLE, DURATION, INT, STRING, TIMESTAMP, UINT, Type
from ..values import INT_MAX, INT_MIN, UINT_MAX, duration_nanos, timestamp_nanos, uint
from .temporal import make_duration, make_timestamp

__all__ = ["FUNCTIONS", "double_text", "duration_text", "timestamp_text"]

_INT = re.compile(r"[+-]?[0-9]{1,40}")
_UINT = re.compile(r"[0-9]{1,40}")
_DOUBLE = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE
)
_BOOLS = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True)
_BOOLS |= dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False)
_TIMESTAMP = re.compile(
    r"(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_UNITS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000}
_UNITS |= {"ms": 1_000_000, "us": 1000, "µs": 1000, "μs": 1000, "ns": 1}
_DURATION = re.compile(r"([0-9]{0,40})(?:\.([0-9]{0,40}))?(h|ms|us|µs|μs|ns|m|s)", re.ASCII)


def _range_error(value: Any, target: str) -> CelError:
    return fault("out_of_range", f"range error: {value} does not fit into {target}")


def _unreadable(text: str, target: str) -> CelError:
    shown = text if len(text) <= 40 else text[:39] + "…"
    return fault("invalid_argument", f"type conversion error: {shown!r} is not {target}")


def _int(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise _range_error(int(value), "an int")
    return int(value)


def _uint(value: int) -> uint:
    if not 0 <= value <= UINT_MAX:
        raise _range_error(value, "a uint")
    return uint(value)


def _int_from_double(value: float) -> int:
    # Both ends are out: the neighbours of 2**63 cannot be told from it as a double.
    if not -(2.0**63) < value < 2.0**63:
        raise _range_error(double_text(value), "an int")
    return int(value)


def _uint_from_double(value: float) -> uint:
    if not 0 <= value < 2.0**64:
        raise _range_error(double_text(value), "a uint")
    return uint(int(value))


def _int_from_string(text: str) -> int:
    if not _INT.fullmatch(text):
        raise _unreadable(text, "an int")
    return _int(int(text))


def _uint_from_string(text: str) -> uint:
    if not _UINT.fullmatch(text):
        raise _unreadable(text, "a uint")
    return _uint(int(text))


def _double_from_string(text: str) -> float:
    if not _DOUBLE.fullmatch(text):
        raise _unreadable(text, "a double")
    return float(text)


def _bool_from_string(text: str) -> bool:
    if text not in _BOOLS:
        raise _unreadable(text, "a bool")
    return _BOOLS[text]


def _string_from_bytes(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise fault("invalid_argument", "the bytes are no UTF-8 text") from error


def _bytes_from_string(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise fault("invalid_argument", "the text holds half of a surrogate pair") from error


def double_text(value: float) -> str:
    """The shortest decimal that reads back as `value`, without a needless `.0`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")


def timestamp_text(moment: datetime) -> str:
    """The moment in UTC as RFC 3339, with as many decimals of a second as it has."""
    seconds, nanos = divmod(timestamp_nanos(moment), 1_000_000_000)
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return utc.replace(tzinfo=None).isoformat(timespec="seconds") + _fraction(nanos) + "Z"


def duration_text(length: timedelta) -> str:
    """The length in seconds, such as `1.5s`."""
    nanos = duration_nanos(length)
    seconds, rest = divmod(abs(nanos), 1_000_000_000)
    return f"{'-' if nanos < 0 else ''}{seconds}{_fraction(rest)}s"


def _fraction(nanos: int) -> str:
    return f".{nanos:09}".rstrip("0") if nanos else ""


def _timestamp_from_string(text: str) -> datetime:
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        raise _unreadable(text, "a timestamp as RFC 3339 writes it")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if not 1 <= year <= 9999:
        raise _range_error(text, "a timestamp (years 1 to 9999)")
    if match[8] and (int(match[9]) > 23 or int(match[10]) > 59):
        raise _unreadable(text, "a timestamp as RFC 3339 writes it")
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise _unreadable(text, "a timestamp as RFC 3339 writes it") from error
    nanos = timestamp_nanos(local) + int((match[7] or "0").ljust(9, "0"))
    if match[8]:
        offset = (int(match[9]) * 60 + int(match[10])) * _UNITS["m"]
        nanos -= offset if match[8] == "+" else -offset
    return make_timestamp(nanos)


def _duration_from_string(text: str) -> timedelta:
    unsigned = text[1:] if text[:1] in {"+", "-"} else text
    if unsigned == "0":
        return make_duration(0)
    position, total = 0, 0
    while position < len(unsigned):
        match = _DURATION.match(unsigned, position)
        if not match or not (match[1] or match[2]):
            raise _unreadable(text, "a duration such as 1h30m or 1.5s")
        unit, decimals = _UNITS[match[3]], match[2] or ""
        total += int(match[1] or "0") * unit + int(decimals or "0") * unit // 10 ** len(decimals)
        position = match.end()
    if not unsigned:
        raise _unreadable(text, "a duration such as 1h30m or 1.5s")
    return make_duration(-total if text[0] == "-" else total)


def _same(value: Any) -> Any:
    return value


def _conversions(name: str, result: Type, about: str, **sources: tuple[Type, Any]) -> Function:
    overloads = (
        Overload(f"{source}_to_{_SUFFIX.get(name, name)}", (type_,), result, python=python)
        for source, (type_, python) in sources.items()
    )
    return Function(name, tuple(overloads), about)


_SUFFIX = {"int": "int64", "uint": "uint64"}
_SECOND = 1_000_000_000

FUNCTIONS = (
    _conversions(
        "int",
        INT,
        "A whole number: rounded towards zero, read from text, or seconds since 1970.",
        int64=(INT, _same),
        uint64=(UINT, _int),
        double=(DOUBLE, _int_from_double),
        string=(STRING, _int_from_string),
        timestamp=(TIMESTAMP, lambda moment: timestamp_nanos(moment) // _SECOND),
    ),
    _conversions(
        "uint",
        UINT,
        "A whole number without sign.",
        uint64=(UINT, _same),
        int64=(INT, _uint),
        double=(DOUBLE, _uint_from_double),
        string=(STRING, _uint_from_string),
    ),
    _conversions(
        "double",
        DOUBLE,
        "A floating-point number.",
        double=(DOUBLE, _same),
        int64=(INT, float),
        uint64=(UINT, float),
        string=(STRING, _double_from_string),
    ),
    _conversions(
        "bool",
        BOOL,
        "True or false, also read from text.",
        bool=(BOOL, _same),
        string=(STRING, _bool_from_string),
    ),
    _conversions(
        "string",
        STRING,
        "The value as text.",
        string=(STRING, _same),
        bool=(BOOL, lambda value: "true" if value else "false"),
        int64=(INT, str),
        uint64=(UINT, str),
        double=(DOUBLE, double_text),
        bytes=(BYTES, _string_from_bytes),
        timestamp=(TIMESTAMP, timestamp_text),
        duration=(DURATION, duration_text),
    ),
    _conversions(
        "bytes", BYTES, "UTF-8 of a text.", bytes=(BYTES, _same), string=(STRING, _bytes_from_string)
    ),
    _conversions(
        "timestamp",
        TIMESTAMP,
        "A point in time: RFC 3339 text, or seconds since 1970.",
        timestamp=(TIMESTAMP, _same),
        string=(STRING, _timestamp_from_string),
        int64=(INT, lambda seconds: make_timestamp(seconds * _SECOND)),
    ),
    _conversions(
        "duration",
        DURATION,
        "A length of time such as 1h30m.",
        duration=(DURATION, _same),
        string=(STRING, _duration_from_string),
    ),
)
