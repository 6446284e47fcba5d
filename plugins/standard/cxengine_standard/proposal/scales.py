"""Answers on a scale: numbers, or words that stand for numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cxengine_standard.proposal.columns import Column

WORDS: tuple[tuple[str, ...], ...] = (
    (
        "very dissatisfied",
        "dissatisfied",
        "neither satisfied nor dissatisfied",
        "satisfied",
        "very satisfied",
    ),
    ("very dissatisfied", "somewhat dissatisfied", "neutral", "somewhat satisfied", "very satisfied"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    (
        *("extremely dissatisfied", "somewhat dissatisfied", "neither satisfied nor dissatisfied"),
        *("somewhat satisfied", "extremely satisfied"),
    ),
    ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    (
        *("strongly disagree", "somewhat disagree", "neither agree nor disagree"),
        *("somewhat agree", "strongly agree"),
    ),
    ("very unlikely", "unlikely", "neither likely nor unlikely", "likely", "very likely"),
    ("very unlikely", "unlikely", "neutral", "likely", "very likely"),
    ("very difficult", "difficult", "neither easy nor difficult", "easy", "very easy"),
    ("very difficult", "difficult", "neutral", "easy", "very easy"),
    ("very poor", "poor", "fair", "good", "very good"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("not at all", "not much", "some", "a lot"),
    ("not at all", "a little", "somewhat", "a lot"),
    (
        "very unimportant",
        "somewhat unimportant",
        "neither important nor unimportant (neutral)",
        "somewhat important",
        "very important",
    ),
    (
        "not at all important",
        "slightly important",
        "moderately important",
        "very important",
        "extremely important",
    ),
    ("terrible", "poor", "average", "good", "excellent"),
    (
        "very unfavorably",
        "somewhat unfavorably",
        "neither favorably nor unfavorably",
        "somewhat favorably",
        "very favorably",
    ),
    ("sehr unzufrieden", "unzufrieden", "teils/teils", "zufrieden", "sehr zufrieden"),
    ("sehr unzufrieden", "eher unzufrieden", "weder noch", "eher zufrieden", "sehr zufrieden"),
)
"""Words of scales, from the worst to the best."""
NONE = re.compile(
    r"-+|\?+|n/?a\.?|n\. ?a\.|none|null|not applicable|don'?t know|do not know|no answer|no opinion"
    r"|prefer not .*|does not apply|not used|unknown|refused|k\.? ?a\.?|keine angabe|wei(ss|ß) nicht"
    r"|not sure.*|unfamiliar.*",
    re.IGNORECASE,
)
"""What stands where nothing was answered."""
NUMBER = re.compile(r"[+-]?(\d+[.]?\d*|[.]\d+)([eE][+-]?\d+)?", re.ASCII)
NO_CODES = (99, 98, 97, 88, 999, 998, -99, -98, -1)
TOPS = (5, 7, 10, 11, 100)


@attrs.frozen
class Scale:
    """A scale that answers seem to be on, how codes are read, and what is not sure."""

    low: int
    high: int
    none: tuple[str, ...] = ()
    recode: tuple[tuple[str, int], ...] = ()
    doubt: str = ""


def numbers(column: Column) -> dict[str, float] | None:
    """The texts that are numbers, where all others seem to be no answers; else None."""
    found = {text: float(text) for text in column.texts if NUMBER.fullmatch(text)}
    others = [text for text in column.texts if text not in found]
    return found if found and all(NONE.fullmatch(text) for text in others) else None


def no_answers(column: Column) -> tuple[str, ...]:
    """The texts that seem to say that there is no answer."""
    return tuple(sorted(text for text in column.texts if NONE.fullmatch(text)))


def of_words(column: Column) -> Scale | None:
    """A scale of words."""
    told = {text: " ".join(text.lower().split()) for text in column.texts if not NONE.fullmatch(text)}
    if column.more or len(set(told.values())) < 2:
        return None
    for words in WORDS:
        if set(told.values()) <= set(words):
            recode = tuple((text, words.index(word) + 1) for text, word in told.items())
            return Scale(1, len(words), no_answers(column), tuple(sorted(recode, key=lambda pair: pair[1])))
    return None


def of_numbers(column: Column) -> Scale | None:
    """A scale of whole numbers from 0 or 1 to at most 11, or to 100."""
    found = numbers(column)
    if found is None or column.more or not all(value.is_integer() for value in found.values()):
        return None
    codes = sorted({int(value) for value in found.values()})
    outside = [code for code in codes if code in NO_CODES and (code < 0 or code > 11)]
    inside = [code for code in codes if code not in outside]
    if len(inside) < 2 or inside[0] < 0 or inside[-1] > 11:
        return None
    high = next(top for top in TOPS if top >= max(inside[-1], 5))
    none, doubt, low = [str(code) for code in outside], "", 1
    if inside[0] == 0 and high in (10, 11):
        low = 0
    elif inside[0] == 0:
        none.append("0")
        doubt = "0 occurs: taken as no answer, or is it the lowest?"
    if high == 7 and inside[-1] == 6:
        doubt = f"the largest code is 6: a scale to 7, to 6, or to 5 with 6 for no answer? {doubt}".strip()
    return Scale(low, high, (*no_answers(column), *none), doubt=doubt)
