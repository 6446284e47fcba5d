"""The one way to spell an expression, as edits of what the author wrote: spaces, quotes, numbers.

Line breaks, comments and brackets are the author's and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from . import ast
from .errors import Source
from .lexer import Token, tokens
from .types import DOUBLE
from .unparse import text_literal

__all__ = ["Edit", "doubles", "edits"]

_OPERATORS = frozenset({"&&", "||", "<", "<=", ">", ">=", "==", "!=", "in", "+", "-", "*", "/", "%", "!"})
_OPENING, _CLOSING = frozenset({"(", "[", "{"}), frozenset({")", "]", "}"})
_NO_OPERAND = _OPERATORS | _OPENING | {",", ":", "?", "."}
_MARKED = frozenset({"[", "{", ",", "."})


@attrs.frozen
class Edit:
    """The characters from `start` to `end` of an expression become `text`."""

    start: int
    end: int
    text: str


def doubles(tree: ast.Node) -> tuple[tuple[int, int], ...]:
    """Where the text of a checked tree has literals that are doubles, or were made doubles."""
    return tuple(
        node.span for node in ast.walk(tree) if isinstance(node, ast.Literal) and node.type == DOUBLE
    )


def edits(
    text: str, as_doubles: Iterable[tuple[int, int]] = (), quote: str = '"', avoid: str = ""
) -> Iterator[Edit]:
    """What has to change in `text`, in the order in which it stands there.

    Whole numbers in the places `as_doubles` become doubles. Literals of text get the quotes `quote`, unless
    the other ones need fewer escapes; characters in `avoid` do not occur in them. Raw literals and those in
    triple quotes stay as they are. The text may be a part of an expression, but has no mistakes.
    """
    found, _ = tokens(Source(text))
    inside = {position for start, end in as_doubles for position in range(start, end)}
    previous: Token | None = None
    written_to, tight, open_ = 0, True, list[str]()
    for token in found:
        kind, _, start, end = token
        gap, space = text[written_to:start], "" if tight or _attached(previous, token, open_) else " "
        is_margin = "\n" in (text if previous is None or kind == "end" else gap)
        if gap != space and not is_margin and "//" not in gap:
            yield Edit(written_to, start, space)
        written = text[start:end]
        spelled = _double(token) if start in inside else None
        spelled = spelled or _spelled(token, written, quote, avoid)
        if spelled != written:
            yield Edit(start, end, spelled)
        tight = _prefixed(previous, token)
        _note(kind, previous, open_)
        previous, written_to = token, end


def _is_mark(previous: Token | None) -> bool:
    """Whether a `?` behind `previous` marks an optional element, field or index."""
    return previous is not None and previous[0] in _MARKED


def _note(kind: str, previous: Token | None, open_: list[str]) -> None:
    """Keep in mind which brackets and conditionals are open."""
    if kind in _OPENING or (kind == "?" and not _is_mark(previous)):
        open_.append(kind)
    elif open_ and (kind in _CLOSING or (kind == ":" and open_[-1] == "?")):
        open_.pop()


def _prefixed(previous: Token | None, token: Token) -> bool:
    """Whether what follows `token` stands right behind it."""
    if token[0] == "?":
        return _is_mark(previous)
    is_sign = token[0] == "-" and (previous is None or previous[0] in _NO_OPERAND)
    return is_sign or token[0] in _OPENING | {".", "!"}


def _attached(previous: Token | None, token: Token, open_: list[str]) -> bool:
    """Whether `token` stands right behind what comes before it."""
    kind = token[0]
    if kind == ":":
        return not open_ or open_[-1] != "?"
    if kind in _OPENING | {"."}:
        return previous is not None and previous[0] not in _NO_OPERAND
    return kind in _CLOSING | {",", "end"}


def _double(token: Token) -> str | None:
    """A whole number as a double."""
    return repr(float(token[1])) if token[0] == "int" else None


def _spelled(token: Token, written: str, quote: str, avoid: str) -> str:
    kind, value, _, _ = token
    if kind in {"int", "uint"} and written[:2] not in {"0x", "0X"}:
        return f"{int(value)}u" if kind == "uint" else str(value)
    if kind == "double":
        return repr(value)
    body = written.lstrip("bB")
    if kind not in {"string", "bytes"} or body[0] in "rR" or body[:3] in {"'''", '"""'}:
        return written
    other = "'" if quote == '"' else '"'
    wanted, rival = text_literal(value, quote, avoid), text_literal(value, other, avoid)
    return rival if len(rival) < len(wanted) and other not in avoid else wanted
