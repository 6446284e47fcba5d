"""What a plugin author subclasses to bring a method of scoring: `Scoring`, its inputs and its terms.

A method is not code that ranks: it is a formula, told term by term, over the facts about one initiative. So
whatever the method, one more candidate reorders none of the others, every score can be explained term by term
and turned around ("what would lift it?"), and a formula runs over columns of draws as it runs over one row.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import attrs

from cxengine.plugin.base import Plugin

Role = Literal["adds", "multiplies", "raises", "divides"]
"""What becomes of a term: it is added; a factor; a factor of 1 + weight x value; or a divisor."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_PLAIN = re.compile(r"[A-Za-z_][\w.]*|\d+\.\d+")


@attrs.frozen(kw_only=True)
class Input:
    """What only people can say of an initiative, on a scale whose ends are fixed.

    A number is `[low, likely, high]` or one number within `scale`; formulas read `inputs.<name>.low`,
    `.likely` and `.high`. With `choices` it is one of these words, and with `counts` a table of counts of
    that many rows and columns, which the method has to digest.
    """

    about: str
    scale: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    counts: tuple[int, int] | None = None
    required: bool = False


@attrs.frozen(kw_only=True)
class Term:
    """A part of a score: its name for people, its CEL formula over facts, and what becomes of it.

    A value that is added counts `weight` times. A value that raises makes the sum 1 + weight x value times as
    large. `weight` is a number, or CEL over `params`.
    """

    name: str
    value: str
    role: Role = "adds"
    weight: float | str = 1.0
    path: tuple[str | int, ...] = ()
    """Where its formula is written among the options, if it is: mistakes are shown there."""
    shift: int = 0
    """How many characters of the formula stand before what is written there."""


@attrs.frozen(kw_only=True)
class Link:
    """An outcome that the method counts in money or points, and to which stream of value it belongs.

    `model` is a driver model: an expected change moves its outcome by the estimated effect of the driver,
    and no more. Streams that share customers share a name, and count a change once.
    """

    model: str
    stream: str


class Scoring(Plugin):
    """A method by which initiatives are scored.

    The score is the sum of the terms that add, times those that multiply or raise, divided by those that
    divide; 1 where nothing adds. Where the sum is not positive it stands alone: what loses gains nothing by
    being small or simple, and loses no more by being strategic.

    Formulas may read what `cxengine facts` lists for initiatives, and `inputs.<name>` of the method's inputs.
    """

    title: ClassVar[str]
    source: ClassVar[str]
    """Who described the method, where."""
    inputs: Mapping[str, Input] = _NOTHING
    """What authors give under `inputs`, by name."""
    digested: Mapping[str, Input] = _NOTHING
    """Further inputs that `digest` makes of those that authors give."""
    needs: Sequence[Literal["duration"]] = ()
    """Keys of `[[initiative]]` that the formula cannot do without."""

    @abstractmethod
    def terms(self) -> Sequence[Term]:
        """The terms of the score, in the order in which people read them; their names differ."""

    def links(self) -> Sequence[Link]:
        """The outcomes that it counts: what they count is not among the facts `points` besides."""
        return ()

    def digest(self, given: Mapping[str, Any]) -> Mapping[str, tuple[float, float, float]]:
        """What formulas read besides what was given, as (low, likely, high).

        `given` holds estimates with `low`, `likely` and `high`, words, and tables of counts.

        Raises:
            OptionError: a value cannot be; its `option` is the name of the input.
        """
        del given
        return {}


def formula(terms: Iterable[Term], *, divided: bool = True) -> str:
    """The whole score as CEL; without what it is divided by, where `divided` is false."""
    kept = [term for term in terms if divided or term.role != "divides"]
    adds = [_weighted(term) for term in kept if term.role == "adds"]
    factors = [_factor(term) for term in kept if term.role in ("multiplies", "raises")]
    divisors = [_grouped(term.value) for term in kept if term.role == "divides"]
    below = "".join(f" / {one}" for one in divisors)
    if not adds:
        return " * ".join(factors or ["1.0"]) + below
    total = " + ".join(adds)
    if not factors and not divisors:
        return total
    whole = f"({total})" if len(adds) > 1 else total
    return f"{whole} > 0.0 ? {' * '.join([whole, *factors])}{below} : {whole}"


def _weighted(term: Term) -> str:
    value = _grouped(term.value)
    return value if term.weight == 1.0 else f"{_weight(term)} * {value}"


def _factor(term: Term) -> str:
    return f"(1.0 + {_weighted(term)})" if term.role == "raises" else _grouped(term.value)


def _weight(term: Term) -> str:
    return _grouped(term.weight) if isinstance(term.weight, str) else repr(float(term.weight))


def _grouped(text: str) -> str:
    """In parentheses, where there is more than a name or a number."""
    text = " ".join(text.split())
    return text if _PLAIN.fullmatch(text) else f"({text})"
