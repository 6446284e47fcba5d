"""Text to tokens.

Data layout. A token is a tuple `(kind, value, start, end)`; `start` and `end` count code points. `kind` is
`name`, `quoted` (a field name in backquotes), `int`, `uint`, `double`, `string`, `bytes`, `end`, or the
operator or keyword itself (`"&&"`, `"in"`, `"true"`, ...). `value` is the name, or the constant; the value
of an `int` is not yet checked for range, because its sign stands before it. What cannot be read, and is
reported here, is an `unread` token; its value tells a literal from anything else.
"""

from __future__ import annotations

import math
import re
from typing import Any

from .errors import Finding, Source
from .values import uint

__all__ = ["RESERVED", "UNCLOSED", "Token", "tokens"]

Token = tuple[str, Any, int, int]
UNCLOSED = ("unread", "literal")

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
_UNREADABLE = re.compile(r"=[<>]?|\s+|\w+|[^\w\s\"'`=!<>&|+\-*/%?:.,()\[\]{}]+|.", re.DOTALL)
_MEANT = {
    "=": ("==", "compare with =="),
    "=>": (">=", "write >="),
    "=<": ("<=", "write <="),
    "&": ("&&", "write && for and"),
    "|": ("||", "write || for or"),
}
_HINTS = {
    "`": "a name in backquotes is closed by a backquote and holds letters, digits, _ . - / and spaces",
    ";": "an expression has no end mark",
    "#": "a comment starts with //",
}
_SIMPLE = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_SURROGATE = re.compile("[\ud800-\udfff]")
_UINT_MAX = 2**64 - 1
_MOST_DIGITS = 25


def tokens(source: Source) -> tuple[list[Token], list[Finding]]:
    """The tokens of `source`, closed by an `end` token, and what of them the language does not know.

    There are no tokens where the source is no text at all.
    """
    text, found, findings = source.text, list[Token](), list[Finding]()
    lone = _SURROGATE.search(text)
    if lone:
        return [], [Finding("syntax", "the text holds half of a surrogate pair", lone.span())]
    position, match_at = 0, _TOKEN.match
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        match = match_at(text, position)
        if match is None:
            position = _unreadable(text, position, found, findings)
            continue
        kind, start, position = match.lastgroup, position, match.end()
        if kind == "name":
            word = match[0]
            found.append((word if word in _KEYWORDS else "name", word, start, position))
        elif kind == "operator":
            found.append((match[0], None, start, position))
        elif kind != "space":
            read = _literal if kind in {"text", "quote"} else _number_or_quoted
            try:
                token = read(source, match, start)
            except _UnreadError as error:
                findings.append(error.finding)
                token = (*UNCLOSED, start, error.end)
            position = token[3]
            found.append(token)
    found.append(("end", None, len(text), len(text)))
    return found, findings


class _UnreadError(Exception):
    """A literal that cannot be read, up to `end`."""

    def __init__(self, finding: Finding, end: int) -> None:
        super().__init__(finding, end)
        self.finding = finding
        self.end = end


def _unreadable(text: str, start: int, found: list[Token], findings: list[Finding]) -> int:
    """Report what stands at `start`, take it for the sign that was probably meant, and say where it ends."""
    match = _UNREADABLE.match(text, start)
    assert match is not None
    wrong, end = match[0], match.end()
    meant, hint = _MEANT.get(wrong, ("unread", _HINTS.get(wrong[0])))
    hint = "write a plain space" if wrong.isspace() else hint
    shown = wrong if wrong in _MEANT else wrong[0]
    findings.append(Finding("syntax", f"cannot read {shown!r}", (start, start + len(shown)), hint))
    doubled = found and found[-1][0] in {"==", "!="} and found[-1][3] == start and wrong == "="
    if not doubled and not wrong.isspace():
        found.append((meant, None, start, end))
    return end


def _number_or_quoted(_: Source, match: re.Match[str], start: int) -> Token:
    end = match.end()
    if match["quoted"] is not None:
        return ("quoted", match["quoted"], start, end)
    if match["double"] is not None:
        number = float(match["double"])
        if math.isinf(number):
            raise _UnreadError(Finding("syntax", "the number does not fit into a double", (start, end)), end)
        return ("double", number, start, end)
    digits = match["integer"]
    base = 16 if digits[:2] in {"0x", "0X"} else 10
    significant = digits[2:].lstrip("0") if base == 16 else digits.lstrip("0")
    value = int(significant or "0", base) if len(significant) <= _MOST_DIGITS else _UINT_MAX + 1
    if match["unsigned"] is None:
        return ("int", value, start, end)
    if value > _UINT_MAX:
        raise _UnreadError(Finding("syntax", "the number does not fit into a uint", (start, end)), end)
    return ("uint", uint(value), start, end)


def _literal(source: Source, match: re.Match[str], start: int) -> Token:
    prefix, quote = match["prefix"].lower(), match["quote"]
    style = "raw" if "r" in prefix else "cooked"
    closed = _LITERAL_END[style, quote].match(source.text, match.end())
    if closed is None:
        raise _unclosed(source.text, start, match.end(), quote)
    body, end = closed[1], closed.end()
    try:
        if "b" in prefix:
            value: str | bytes = body.encode() if style == "raw" else _bytes(body, match.end())
            return ("bytes", value, start, end)
        return ("string", body if style == "raw" else _string(body, match.end()), start, end)
    except _BadEscapeError as error:
        raise _UnreadError(error.finding, end) from error


def _unclosed(text: str, start: int, opened: int, quote: str) -> _UnreadError:
    """The rest of the line is taken for the string; of one that may have many lines, the rest of the text."""
    line_end = text.find("\n", opened) if len(quote) == 1 else -1
    hint = None if len(quote) == 3 else "strings over several lines stand in triple quotes"
    finding = Finding("syntax", "the string is not closed", (start, opened), hint)
    return _UnreadError(finding, len(text) if line_end < 0 else line_end)


class _BadEscapeError(Exception):
    """An escape sequence that the language does not know."""

    def __init__(self, match: re.Match[str], offset: int) -> None:
        super().__init__(match[0])
        hint = "write \\\\ for a backslash, or put r before the string"
        span = (offset + match.start(), offset + match.end())
        self.finding = Finding("syntax", f"{match[0]} is not an escape sequence", span, hint)


def _string(body: str, offset: int) -> str:
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
            raise _BadEscapeError(match, offset)
        return chr(code)

    return _ESCAPE.sub(replace, body)


def _bytes(body: str, offset: int) -> bytes:
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
            raise _BadEscapeError(match, offset)
    parts.append(body[position:].encode())
    return b"".join(parts)
