"""Where the parser goes on after a mistake."""

from __future__ import annotations

from collections.abc import Mapping

from .frame import Frame
from .lexer import Token

__all__ = ["resumption"]

_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())


def resumption(found: list[Token], position: int, frame: Frame, closers: Mapping[str, int]) -> int:
    """The first place from `position` on where the term being read must have ended.

    That is a `&&` or `||`, a comma, `?` or `:` that the innermost bracket `frame` waits for, a bracket that
    closes one of those that are open (`closers` counts them), or the end. Whatever stands in brackets of its
    own is passed over. Every token is looked at once.
    """
    ends = _ends(frame) | {kind for kind in _CLOSING if closers[kind]}
    passed: list[str] = []  # what closes the brackets and conditionals that were passed over
    while True:
        kind = found[position][0]
        if kind == "end" or (not passed and kind in ends):
            return position
        if kind in _OPENING:
            passed.append(_OPENING[kind])
        elif kind == "?":
            passed.append(":")
        elif kind == ":" and passed and passed[-1] == ":":
            passed.pop()
        elif kind in _CLOSING:
            while passed and passed.pop() != kind:
                pass
        position += 1 + (kind == "." and found[position + 1][0] == "?")


def _ends(frame: Frame) -> set[str]:
    """The signs that end a term in `frame`, brackets aside."""
    ends = {"&&", "||"}
    if frame.kind in {"call", "[", "{", "struct"}:
        ends.add(",")
    if frame.awaits_colon or (frame.is_map and not frame.awaits_value):
        ends.add(":")
    if not frame.awaits_colon:
        ends.add("?")
    return ends
