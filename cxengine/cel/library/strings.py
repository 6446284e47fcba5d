"""The strings extension: positions and lengths count code points."""

from __future__ import annotations

from typing import Any

from .. import operations as op
from ..errors import CelError, fault
from ..functions import Function, Overload
from ..types import DYN, INT, STRING, ListType, Type
from .formatting import format_text

__all__ = ["FUNCTIONS"]

_STRINGS = ListType(STRING)
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
_QUOTED = str.maketrans(
    {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v", "\\": r"\\"}
    | {'"': r"\""}
)


def _outside(position: int) -> CelError:
    return fault("index_out_of_range", f"index out of range: {position}")


def _char_at(text: str, position: int) -> str:
    if not 0 <= position <= len(text):
        raise _outside(position)
    return text[position : position + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    if not 0 <= start <= len(text):
        raise _outside(start)
    return text.find(part, start)


def _last_index_of(text: str, part: str, last: int | None = None) -> int:
    if last is None:
        return text.rfind(part)
    if not 0 <= last <= len(text):
        raise _outside(last)
    return text.rfind(part, 0, last + len(part))


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    for position in (start, end):
        if not 0 <= position <= len(text):
            raise _outside(position)
    if start > end:
        raise fault("index_out_of_range", f"invalid substring range. start: {start}, end: {end}")
    return text[start:end]


def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    return text.replace(old, new, limit if limit >= 0 else -1)


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if limit < 0 or limit >= len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]]


def _join(parts: list[Any], separator: str = "") -> str:
    for part in parts:
        if type(part) is not str:
            raise op.no_overload("join", parts, separator)
    return separator.join(parts)


def _quote(text: str) -> str:
    readable = text.encode("utf-8", "replace").decode() if not text.isascii() else text
    return '"' + readable.translate(_QUOTED) + '"'


def _methods(name: str, about: str, python: Any, *signatures: tuple[str, tuple[Type, ...], Type]) -> Function:
    overloads = (
        Overload(id_, parameters, result, receiver=True, python=python, linear=True)
        for id_, parameters, result in signatures
    )
    return Function(name, tuple(overloads), about)


FUNCTIONS = (
    _methods(
        "charAt", "The character at a position.", _char_at, ("string_char_at_int", (STRING, INT), STRING)
    ),
    _methods(
        "indexOf",
        "Where a part first stands, or -1.",
        _index_of,
        ("string_index_of_string", (STRING, STRING), INT),
        ("string_index_of_string_int", (STRING, STRING, INT), INT),
    ),
    _methods(
        "lastIndexOf",
        "Where a part last stands, or -1.",
        _last_index_of,
        ("string_last_index_of_string", (STRING, STRING), INT),
        ("string_last_index_of_string_int", (STRING, STRING, INT), INT),
    ),
    _methods(
        "lowerAscii",
        "The text with A to Z in lower case.",
        lambda text: text.translate(_LOWER),
        ("string_lower_ascii", (STRING,), STRING),
    ),
    _methods(
        "upperAscii",
        "The text with a to z in upper case.",
        lambda text: text.translate(_UPPER),
        ("string_upper_ascii", (STRING,), STRING),
    ),
    _methods(
        "replace",
        "The text with a part replaced.",
        _replace,
        ("string_replace_string_string", (STRING, STRING, STRING), STRING),
        ("string_replace_string_string_int", (STRING, STRING, STRING, INT), STRING),
    ),
    _methods(
        "split",
        "The parts between separators.",
        _split,
        ("string_split_string", (STRING, STRING), _STRINGS),
        ("string_split_string_int", (STRING, STRING, INT), _STRINGS),
    ),
    _methods(
        "substring",
        "The characters from one position up to another.",
        _substring,
        ("string_substring_int", (STRING, INT), STRING),
        ("string_substring_int_int", (STRING, INT, INT), STRING),
    ),
    _methods(
        "trim",
        "The text without space around it.",
        lambda text: text.strip(_SPACES),
        ("string_trim", (STRING,), STRING),
    ),
    _methods(
        "reverse",
        "The characters in reverse.",
        lambda text: text[::-1],
        ("string_reverse", (STRING,), STRING),
    ),
    _methods(
        "join",
        "The texts of a list in one, with a separator.",
        _join,
        ("list_join", (_STRINGS,), STRING),
        ("list_join_string", (_STRINGS, STRING), STRING),
    ),
    _methods(
        "format",
        "The text with % clauses filled from a list.",
        format_text,
        ("string_format", (STRING, ListType(DYN)), STRING),
    ),
    Function(
        "strings.quote",
        (Overload("strings_quote", (STRING,), STRING, python=_quote, linear=True),),
        "The text in quotes, with escapes, safe to print.",
    ),
)
