"""The languages that a document can be written in: texts, numbers and dates.

English is written where it is used; `languages/<code>.toml` has the other languages, English to translation.
A text that a catalogue does not have stays English, as do the words of a project and the sentences of the
engine (reasons, findings), which come as they are. Placeholders are `%(name)s`; a per cent sign is `%%`.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from cxengine_standard.exporters import figures

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import Estimate
    from cxengine_standard.exporters.figures import Spanned

Code = Literal["en", "de"]
CODES: tuple[Code, ...] = get_args(Code)

STEPS = (
    *("item", "score", "effect", "rule", "condition", "fact"),
    *("measurement", "source", "group", "schedule", "change", "forecast", "pilot", "standing"),
)
"""Kinds of steps of an explanation."""
WORDS = (
    *("quick win", "big bet", "fill-in", "think again"),
    *("short term", "long term", "later", "Next", "Then", "Later"),
    *("discover", "define", "design", "deliver", "test", "pilot"),
    *("evidence", "guardrail", "rule", "score", "group", "schedule", "author"),
    *("strong", "moderate", "weak", "none", "assumed", "correlational", "experimental"),
    *("improve", "keep", "low priority", "possible overkill"),
    *("basic", "performance", "excitement", "unclear"),
    *STEPS,
    *("survey", "ticket", "review", "order", "behaviour", "employee"),
    *("adds", "multiplies", "raises", "divides"),
    *("Everybody", "The whole journey", "Other", "No team yet"),
)
"""Words that come from values, not from templates; every catalogue has them."""


@attrs.frozen(eq=False, slots=False)
class Language:
    """How a document speaks."""

    code: Code = "en"
    texts: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    plurals: Mapping[str, Sequence[str]] = attrs.field(factory=dict, repr=False)
    """By the English singular: one, and many."""
    months: tuple[str, ...] = figures.MONTHS
    day_pattern: str = "%(day)d %(month)s %(year)d"
    separators: str = ".,"
    """Before decimals, and between thousands."""

    def text(self, message: str, /, **values: object) -> str:
        """The text in this language, with values in place."""
        return self.texts.get(message, message) % values

    def counted(self, one: str, many: str, n: int, /, **values: object) -> str:
        """One of two texts, by number; `%(n)s` is the number, written as numbers are."""
        own = self.plurals.get(one, (one, many))
        return own[n != 1] % {"n": self.number(n, 0), **values}

    def word(self, word: str) -> str:
        """A word that comes from a value, such as the name of a phase."""
        return self.texts.get(word, word)

    # --- numbers ------------------------------------------------------------------------------------

    def _own(self, english: str) -> str:
        """A text with English numbers in it, with ours."""
        return english.translate({ord("."): self.separators[0], ord(","): self.separators[1]})

    def number(self, value: float, decimals: int | None = None, *, signed: bool = False) -> str:
        """A number with thousands separated; without `decimals`, two at most and none that are zero."""
        return self._own(figures.number(value, decimals, signed=signed))

    def range(self, low: str, high: str) -> str:
        """From a number to another."""
        return self.text("%(low)s to %(high)s", low=low, high=high)

    def interval(self, measurement: Measurement) -> str:
        """`39.8 (38.1 to 41.6)`, with the day where it is told again, or that it is suppressed."""
        if measurement.suppressed:
            return self.text("too few answers to show")
        decimals = figures.decimals_of(measurement)
        low, high = self.number(measurement.low, decimals), self.number(measurement.high, decimals)
        told = f"{self.number(measurement.value, decimals)} ({self.range(low, high)})"
        return told if measurement.as_of is None else f"{told}, {self.as_of(measurement)}"

    def as_of(self, m: Measurement) -> str:
        """`as of 12 Nov 2026` of what is told again as an earlier run told it; else nothing."""
        return "" if m.as_of is None else self.text("as of %(day)s", day=self.day(m.as_of))

    def span(self, one: Spanned | None, *, signed: bool = False, decimals: int | None = None) -> str:
        """`0.33 (0.27 to 0.38)`; a dash where there is no value, and for a bound that is not known."""
        if one is None:
            return "\N{EN DASH}"
        decimals = figures.decimals_of(one) if decimals is None else decimals
        low, high = (self.number(bound, decimals, signed=signed) for bound in (one.low, one.high))
        return f"{self.number(one.value, decimals, signed=signed)} ({self.range(low, high)})"

    def answers(self, n: int) -> str:
        """`2,746 answers`."""
        return self.counted("%(n)s answer", "%(n)s answers", n)

    def caution(self, m: Measurement) -> str:
        """`few answers`, or what they are worth together: `worth 19 answers`; else nothing."""
        if not m.caution:
            return ""
        worth = round(m.n_eff)
        if worth == m.n:
            return self.text("few answers")
        return self.counted("worth %(n)s answer", "worth %(n)s answers", worth)

    def estimate(self, value: Estimate) -> str:
        """`8 (5 to 14)`, or one number where low and high agree."""
        if value.low == value.high:
            return self.number(value.likely)
        return f"{self.number(value.likely)} ({self.range(self.number(value.low), self.number(value.high))})"

    def money(self, value: float, currency: str) -> str:
        """`EUR 12,000`."""
        return f"{currency} {self.number(value, 0)}"

    def percent(self, share: float) -> str:
        """A share as a percentage; certainty is shown only where the share is exactly 0 or 1."""
        if 0 < share < 0.01:
            return self.text("under 1%%")
        if 0.99 < share < 1:
            return self.text("over 99%%")
        return self.text("%(number)s%%", number=self.number(share * 100, 0))

    def chance(self, probability: float) -> str:
        """A probability from draws as a percentage: no number of draws makes certain."""
        return self.percent(min(max(probability, figures.NEVER), 1 - figures.NEVER))

    def fact(self, value: object) -> str:
        """A value that a rule derived."""
        if isinstance(value, bool):
            return self.text("true") if value else self.text("false")
        return self.number(float(value)) if isinstance(value, int | float) else str(value)

    decimals_of = staticmethod(figures.decimals_of)

    # --- dates --------------------------------------------------------------------------------------

    def month(self, date: dt.date) -> str:
        """`Jan`."""
        return self.months[date.month - 1]

    def day(self, date: dt.date | None) -> str:
        """`4 Jan 2027`; a day that is not known is a dash."""
        if date is None:
            return "\N{EN DASH}"
        return self.day_pattern % {"day": date.day, "month": self.month(date), "year": date.year}

    def days(self, start: dt.date | None, end: dt.date | None) -> str:
        """`4 Jan 2027 to 19 Feb 2027`."""
        return self.range(self.day(start), self.day(end))

    quarter = staticmethod(figures.quarter)


ENGLISH = Language()


@cache
def language(code: Code) -> Language:
    """The language of a code."""
    if code == "en":
        return ENGLISH
    path = Path(__file__).parent / "languages" / f"{code}.toml"
    content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    form = content["form"]
    return Language(
        code,
        texts=content["texts"],
        plurals=content["plurals"],
        months=tuple(form["months"]),
        day_pattern=form["day"],
        separators=form["separators"],
    )
