"""Text to tokens.

Data layout. A token is a tuple `(kind, value, start, end)`; `start` and `end` count code points. `kind` is
`name`, `quoted` (a field name in backquotes), `int`, `uint`, `double`, `string`, `bytes`, `end`, or the
operator or keyword itself (`"&&"`, `"in"`, `"true"`, ...). `value` is the name, or the constant; the value
of an `int` is not yet checked for range, because its sign stands before it.
"""

from __future__ import annotations

import math
import re
from typing import Any

from .errors import Finding, Source
from .values import uint

__all__ = ["RESERVED", "Token", "tokens"]

Token = tuple[str, Any, int, int]

RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_KEYWORDS = frozenset({"true", "false", "null", "in"})
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f]+|//[^\n]*)
  | (?P<text>(?P<prefix>[rR][bB]?|[bB][rR]?|)(?P<quote>\"{3}|'{3}|"|'))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<double>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
  | (?P<integer>0[xX][0-9a-fA-F]+|[0-9]+)(?P<unsigned>[uU])?
  | `(?P<quoted>[A-Za-z0-9_.\-/ ]+)`
  | (?P<operator>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE | re.ASCII,
)
_LITERAL_END = {
    ("raw", '"'): re.compile(r'([^"\r\n]*)"'),
    ("raw", "'"): re.compile(r"([^'\r\n]*)'"),
    ("raw", '"""'): re.compile(r'(.*?)"""', re.DOTALL),
    ("raw", "'''"): re.compile(r"(.*?)'''", re.DOTALL),
    ("cooked", '"'): re.compile(r'((?:[^"\\\r\n]|\\[^\r\n])*+)"'),
    ("cooked", "'"): re.compile(r"((?:[^'\\\r\n]|\\[^\r\n])*+)'"),
    ("cooked", '"""'): re.compile(r'((?:[^\\"]|\\.|"(?!""))*+)"""', re.DOTALL),
    ("cooked", "'''"): re.compile(r"((?:[^\\']|\\.|'(?!''))*+)'''", re.DOTALL),
}
_ESCAPE = re.compile(
    r"""\\(?:(?P<simple>[abfnrtv\\?"'`])|[xX](?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-3][0-7]{2})
    |u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})
    |u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<bad>.?))""",
    re.VERBOSE | re.DOTALL,
)
_SIMPLE = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_SURROGATE = re.compile("[\ud800-\udfff]")
_UINT_MAX = 2**64 - 1
_MOST_DIGITS = 25


def tokens(source: Source) -> list[Token]:
    """The tokens of `source`, closed by an `end` token.

    Raises:
        CelError: a character, a number or a string that the language does not know.
    """
    text, found, position = source.text, list[Token](), 0
    lone = _SURROGATE.search(text)
    if lone:
        raise source.error([Finding("syntax", "the text holds half of a surrogate pair", lone.span())])
    match_at = _TOKEN.match
    while position < len(text):
        match = match_at(text, position)
        if match is None:
            raise source.error([_unreadable(text, position)])
        kind, start, position = match.lastgroup, position, match.end()
        if kind == "name":
            word = match[0]
            found.append((word if word in _KEYWORDS else "name", word, start, position))
        elif kind == "operator":
            found.append((match[0], None, start, position))
        elif kind in {"text", "quote"}:
            token = _literal(source, match, start)
            position = token[3]
            found.append(token)
        elif kind != "space":
            found.append(_number_or_quoted(source, match, start, position))
    found.append(("end", None, len(text), len(text)))
    return found


def _unreadable(text: str, position: int) -> Finding:
    character = text[position]
    hints = {
        "=": "compare with ==",
        "&": "write && for and",
        "|": "write || for or",
        "`": "a name in backquotes is closed by a backquote and holds letters, digits, _ . - / and spaces",
        ";": "an expression has no end mark",
    }
    return Finding("syntax", f"cannot read {character!r}", (position, position + 1), hints.get(character))


def _number_or_quoted(source: Source, match: re.Match[str], start: int, end: int) -> Token:
    if match["quoted"] is not None:
        return ("quoted", match["quoted"], start, end)
    if match["double"] is not None:
        number = float(match["double"])
        if math.isinf(number):
            raise source.error([Finding("syntax", "the number does not fit into a double", (start, end))])
        return ("double", number, start, end)
    digits = match["integer"]
    base = 16 if digits[:2] in {"0x", "0X"} else 10
    significant = digits[2:].lstrip("0") if base == 16 else digits.lstrip("0")
    value = int(significant or "0", base) if len(significant) <= _MOST_DIGITS else _UINT_MAX + 1
    if match["unsigned"] is None:
        return ("int", value, start, end)
    if value > _UINT_MAX:
        raise source.error([Finding("syntax", "the number does not fit into a uint", (start, end))])
    return ("uint", uint(value), start, end)


def _literal(source: Source, match: re.Match[str], start: int) -> Token:
    prefix, quote = match["prefix"].lower(), match["quote"]
    style = "raw" if "r" in prefix else "cooked"
    if len(quote) == 1 and source.text.startswith(quote * 2, match.end()):
        raise source.error([Finding("syntax", "the string is not closed", (start, match.end() + 2))])
    closed = _LITERAL_END[style, quote].match(source.text, match.end())
    if closed is None:
        hint = None if len(quote) == 3 else "strings over several lines stand in triple quotes"
        raise source.error([Finding("syntax", "the string is not closed", (start, match.end()), hint)])
    body = closed[1]
    if "b" in prefix:
        value: str | bytes = body.encode() if style == "raw" else _bytes(source, body, match.end())
        return ("bytes", value, start, closed.end())
    return ("string", body if style == "raw" else _string(source, body, match.end()), start, closed.end())


def _string(source: Source, body: str, offset: int) -> str:
    if "\\" not in body:
        return body

    def replace(match: re.Match[str]) -> str:
        if match["simple"]:
            return _SIMPLE[match["simple"]]
        if match["octal"]:
            return chr(int(match["octal"], 8))
        if match["high"]:
            return chr(0x10000 + (int(match["high"], 16) - 0xD800) * 0x400 + int(match["low"], 16) - 0xDC00)
        digits = match["byte"] or match["short"] or match["long"]
        code = int(digits, 16) if digits else -1
        if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise _bad_escape(source, match, offset)
        return chr(code)

    return _ESCAPE.sub(replace, body)


def _bytes(source: Source, body: str, offset: int) -> bytes:
    parts, position = list[bytes](), 0
    for match in _ESCAPE.finditer(body):
        parts.append(body[position : match.start()].encode())
        position = match.end()
        if match["simple"]:
            parts.append(_SIMPLE[match["simple"]].encode())
        elif match["octal"]:
            parts.append(bytes([int(match["octal"], 8)]))
        elif match["byte"]:
            parts.append(bytes([int(match["byte"], 16)]))
        else:
            raise _bad_escape(source, match, offset)
    parts.append(body[position:].encode())
    return b"".join(parts)


def _bad_escape(source: Source, match: re.Match[str], offset: int) -> Exception:
    span = (offset + match.start(), offset + match.end())
    hint = "write \\\\ for a backslash, or put r before the string"
    return source.error([Finding("syntax", f"{match[0]} is not an escape sequence", span, hint)])
