"""The terms of a score in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from cxengine.rules.scoring import Score, TermValue
from cxengine.rules.wording import shown


def told(score: float, how: Score, terms: Sequence[TermValue]) -> str:
    """The score and what it is made of, as in "Score 3.2 by RICE: impact 2 x reach 0.8 / effort 0.5".

    What adds nothing, or raises by nothing, is not told.
    """
    adds = [term for term in terms if term.role == "adds"]
    others = [_applied(term) for term in terms if term.role != "adds" and term.amount != 1]
    total = _sum([term for term in adds if term.amount] or adds[:1])
    if adds and sum(term.amount for term in adds) <= 0 and others:
        return f"Score {shown(score)} by {how.method}: {total}; a loss is neither multiplied nor divided."
    several = sum(bool(term.amount) for term in adds) > 1
    whole = f"({total})" if several and others else total
    made = " ".join([whole, *others]).strip().removeprefix("x ")
    return f"Score {shown(score)} by {how.method}: {made}."


def _sum(adds: Sequence[TermValue]) -> str:
    """The addends, each with its sign."""
    text = ""
    for term in adds:
        sign = "-" if term.weight < 0 else "+"
        text += f" {sign} {_added(term)}" if text or sign == "-" else _added(term)
    return text.strip()


def _added(term: TermValue) -> str:
    times = "" if abs(term.weight) == 1 else f"{shown(abs(term.weight))} x "
    return f"{times}{term.name} {shown(term.value)}"


def _applied(term: TermValue) -> str:
    if term.role == "raises":
        return f"x {shown(term.amount)} for {term.name} {shown(term.value)}"
    return f"{'/' if term.role == 'divides' else 'x'} {term.name} {shown(term.value)}"
