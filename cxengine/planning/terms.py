"""The terms of a score in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from cxengine.rules.scoring import Score, TermValue
from cxengine.rules.wording import shown


def told(score: float, how: Score, terms: Sequence[TermValue]) -> str:
    """The score and what it is made of: "Score 3.2 by RICE: impact 2 x reach 0.8 / effort 0.5."."""
    adds = [_added(term) for term in terms if term.role == "adds"]
    others = [_applied(term) for term in terms if term.role != "adds"]
    total = " + ".join(adds)
    loses = adds and sum(t.amount for t in terms if t.role == "adds") <= 0
    if loses and others:
        return f"Score {shown(score)} by {how.method}: {total}; a loss is neither multiplied nor divided."
    whole = f"({total})" if len(adds) > 1 and others else total
    made = " ".join([whole, *others]).strip().removeprefix("x ")
    return f"Score {shown(score)} by {how.method}: {made}."


def _added(term: TermValue) -> str:
    times = "" if term.weight == 1 else f"{shown(term.weight)} x "
    return f"{times}{term.name} {shown(term.value)}"


def _applied(term: TermValue) -> str:
    if term.role == "raises":
        return f"x {shown(term.amount)} for {term.name} {shown(term.value)}"
    return f"{'/' if term.role == 'divides' else 'x'} {term.name} {shown(term.value)}"
