"""`"%s was %.1f".format([...])`: the clauses of the strings extension."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from .. import operations as op
from ..errors import CelError, fault
from .conversions import double_text, duration_text, timestamp_text

__all__ = ["format_text"]

_CLAUSE = re.compile(r"%(?:(%)|(?:\.([0-9]+))?(.)|)", re.DOTALL)
_PRECISION = 6
_PRECISION_LIMIT = 1000


def format_text(template: str, arguments: list[Any]) -> str:
    """`template` with each clause replaced by the next of `arguments`.

    Raises:
        CelError: `invalid_argument` for an unknown clause, a value that the clause does not take, or a
            clause without a value.
    """
    used = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal used
        if match[1]:
            return "%"
        clause = match[3]
        if clause not in _CLAUSES:
            raise fault(
                "invalid_argument", f'could not parse formatting clause: unrecognized "{clause or ""}"'
            )
        if used >= len(arguments):
            raise fault(
                "invalid_argument", f"index {used} out of range: the format has more clauses than values"
            )
        used += 1
        precision = _PRECISION if match[2] is None else int(match[2][:5])
        if precision > _PRECISION_LIMIT:
            raise fault("invalid_argument", f"a precision of {precision} is more than {_PRECISION_LIMIT}")
        return _CLAUSES[clause](arguments[used - 1], precision)

    return _CLAUSE.sub(replace, template)


def _wrong(clause: str, takes: str, value: Any) -> CelError:
    kind = op.type_name(value)
    return fault("invalid_argument", f"error during formatting: {clause} takes {takes}, was given {kind}")


def _special(value: float) -> str | None:
    return None if math.isfinite(value) else double_text(value)


def _text(value: Any, _precision: int = 0) -> str:
    kind = op.type_name(value)
    if kind in _TEXTS:
        return _TEXTS[kind](value)
    if kind in {"int", "uint", "string", "type"}:
        return str(value)
    raise _wrong("%s", "strings, bools, bytes, numbers, lists, maps, types, durations and timestamps", value)


def _bytes_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _map_text(value: dict[Any, Any]) -> str:
    pairs = sorted((_text(key), _text(item)) for key, item in value.items())
    return "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"


_TEXTS: dict[str, Callable[[Any], str]] = {
    "bool": lambda value: "true" if value else "false",
    "double": double_text,
    "null_type": lambda _: "null",
    "bytes": _bytes_text,
    "list": lambda value: "[" + ", ".join(map(_text, value)) + "]",
    "map": _map_text,
    "google.protobuf.Timestamp": timestamp_text,
    "google.protobuf.Duration": duration_text,
}


def _decimal(value: Any, _precision: int) -> str:
    kind = op.type_name(value)
    if kind in {"int", "uint"}:
        return str(value)
    if kind == "double" and _special(value):
        return double_text(value)
    raise _wrong("%d", "whole numbers", value)


def _floating(clause: str) -> Callable[[Any, int], str]:
    def formatted(value: Any, precision: int) -> str:
        if op.type_name(value) not in {"double", "int", "uint"}:
            raise _wrong(f"%{clause}", "numbers", value)
        return _special(float(value)) or f"{float(value):.{precision}{clause}}"

    return formatted


def _binary(value: Any, _precision: int) -> str:
    if op.type_name(value) not in {"int", "uint", "bool"}:
        raise _wrong("%b", "whole numbers and bools", value)
    return f"{int(value):b}"


def _octal(value: Any, _precision: int) -> str:
    if op.type_name(value) not in {"int", "uint"}:
        raise _wrong("%o", "whole numbers", value)
    return f"{int(value):o}"


def _hexadecimal(value: Any, _precision: int) -> str:
    kind = op.type_name(value)
    if kind in {"int", "uint"}:
        return f"{int(value):x}"
    if kind in {"string", "bytes"}:
        data: bytes = value.encode("utf-8", "replace") if kind == "string" else value
        return data.hex()
    raise _wrong("%x", "whole numbers, strings and bytes", value)


_CLAUSES: dict[str, Callable[[Any, int], str]] = {
    "s": _text,
    "d": _decimal,
    "f": _floating("f"),
    "e": _floating("e"),
    "b": _binary,
    "o": _octal,
    "x": _hexadecimal,
    "X": lambda value, precision: _hexadecimal(value, precision).upper(),
}
