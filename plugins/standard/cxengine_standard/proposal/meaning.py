"""What the columns of a table of responses seem to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import attrs

from cxengine_standard.proposal import decimals, headings, scales
from cxengine_standard.proposal.columns import Column, Table
from cxengine_standard.proposal.dates import Written, written
from cxengine_standard.proposal.scales import Scale

Kind = Literal[
    "response", "customer", "date", "recommend", "rating", "weight", "amount", "attribute",
    "boolean", "text", "personal", "nothing",
]  # fmt: skip

RECOMMEND = r"recommend|\bnps\b|weiterempf|aanbevelen|recommand|recomend"
WEIGHT = r"^(.* )?(weight|wgt|weights|gewichtung)$"
AMOUNT = (
    r"amount|revenue|price|total|spend|spent|charges|\bcost|sales|fare|paid|value$"
    r"|betrag|umsatz|preis|summe|kosten|wert$|montant|\bprix|importe|precio|importo|prezzo|bedrag|omzet|prijs"
)
YES, NO = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})
OF_TOOLS = frozenset(
    {
        "status",
        "progress",
        "finished",
        "duration",
        "duration (in seconds)",
        "recipientlastname",
        "responseset",
    }
    | {"recipientfirstname", "recipientemail", "distributionchannel", "collectorid", "custom data"}
)
"""Columns that survey tools add, which are no answers."""
RATED = (
    r"satisf|rat(e|ing)|quality|service|score|ease|comfort|clean|friendly|helpful|happy|zufrieden|bewert"
    r"|csat|ces\b"
)
CODES = (
    r"^(lang(uage)?|term(inal)?|gate|strat(a|um)|wave|version|mode|region|country|state|city|dest\w*|origin"
    r"|airline|flight|carrier|gender|sex|age|income|group|segment|type|category|device|channel|(int\w*)?date"
    r"|priority|severity|urgency|impact|year|month|week|day|sprache|land|geschlecht|alter)"
    r"([ _-]?(code|group|nr|no|num|number|name|type))?$"
    r"|[ _-](id|code)$|^(in |on |from )?(which|what|when|where|how (many|often|long|much)|welche[rsn]?|wann"
    r"|wo|wie (viele?|oft|lange))\b"
)
"""Names and wordings of what is told apart or counted by numbers, and rates nothing."""
SAID = r"comment|kommentar|anmerkung|bemerkung|freitext|verbatim|remarks?\b|comentario|opmerking"
"""What people say in their own words, however few did."""
TEXT_WORDS, FEW = 4, 40
"""Words of a text on average from which it is what somebody said; different texts of an attribute at most."""
SORTS = 10
"""Sorts of customers at most: what names more is called by their names."""
REPEATED = 0.1
"""The share of rows that may repeat what names responses elsewhere."""


@attrs.frozen
class Meant:
    """A column, what it seems to be, and what that rests on."""

    column: Column
    kind: Kind
    scale: Scale | None = None
    date: Written | None = None
    why: str = ""


def meanings(table: Table) -> Sequence[Meant]:
    """What every column seems to be, in their order."""
    found = [_meant(column) for column in table.columns]
    shared = Counter((m.scale.low, m.scale.high) for m in found if m.kind == "rating" and m.scale)
    shared.update(
        (m.scale.low, m.scale.high) for m in found if m.kind == "rating" and m.scale and _says_so(m)
    )
    return [m if m.kind != "rating" or _is_rated(m, shared) else _attribute(m.column) for m in found]


def of_states(meant: Sequence[Meant]) -> Sequence[Meant]:
    """The same of a log with a row for every state of a ticket, whose number so stands in many rows."""
    if any(m.kind == "response" for m in meant):
        return meant
    several = next(
        (
            m
            for m in meant
            if _says(m.column, headings.RESPONSE) and (m.column.more or len(m.column.texts) > FEW)
        ),
        None,
    )
    return [attrs.evolve(m, kind="response") if m is several else m for m in meant]


def _is_rated(meant: Meant, shared: Counter[tuple[int, int]]) -> bool:
    """Whether a number on a scale is a rating: it says so, or others that have the same scale do.

    `shared` counts the columns on a scale, those that say so twice; three in all are enough.
    """
    assert meant.scale is not None
    if _says_so(meant):
        return True
    return shared[meant.scale.low, meant.scale.high] >= 3 and len(meant.column.texts) >= 4


def _says_so(meant: Meant) -> bool:
    return bool(meant.scale and meant.scale.recode) or meant.column.says(RATED)


def _meant(column: Column) -> Meant:  # noqa: PLR0911 - one answer for each kind
    name = column.name.strip().lower()
    if not column.filled:
        return Meant(column, "nothing", why="it is empty")
    if name in OF_TOOLS:
        return Meant(column, "nothing", why="about the survey, no answer")
    if headings.is_personal(column.name, answered=_is_answered(column)):
        return Meant(column, "personal")
    if _names_customers(column):
        return Meant(column, "customer")
    if sum("@" in text for text in list(column.texts)[:20]) > 10:
        return Meant(column, "personal")
    if _says(column, headings.RESPONSE) and column.is_key:
        return Meant(column, "response")
    if (date := written(column)) is not None:
        return Meant(column, "date", date=date)
    again = column.filled - len(column.texts)
    if _says(column, headings.RESPONSE) and not column.more and again <= REPEATED * column.filled:
        return Meant(
            column, "nothing", why=f"it seems to name responses, but {again:,} repeat an earlier one"
        )
    if len(column.texts) == 1 and not column.more:
        return Meant(column, "nothing", why="it always says the same")
    return _answer(column)


def _says(column: Column, pattern: str) -> bool:
    """Whether the name says so, whatever its hyphens and capitals; wordings of questions say too much."""
    return re.search(pattern, headings.plain(column.name)) is not None


def _is_answered(column: Column) -> bool:
    """Whether it holds answers: yes and no, or some of a scale."""
    told = {text.lower() for text in column.texts if not scales.NONE.fullmatch(text)}
    return bool(told) and (
        told <= YES | NO or (scales.of_words(column) or scales.of_numbers(column)) is not None
    )


def _names_customers(column: Column) -> bool:
    several = column.more or column.is_key
    if _says(column, headings.CUSTOMER):
        return several or (len(column.texts) > 1 and not {text.lower() for text in column.texts} <= YES | NO)
    if _says(column, headings.ONE_CUSTOMER):
        return several or len(column.texts) > SORTS
    return _says(column, headings.OF_CUSTOMERS) and (several or len(column.texts) > FEW)


def _answer(column: Column) -> Meant:
    told = {text.lower() for text in column.texts if not scales.NONE.fullmatch(text)}
    scale = scales.of_words(column) or scales.of_numbers(column)
    if scale is not None and column.says(RECOMMEND) and scale.high in (10, 11) and not scale.recode:
        return Meant(column, "recommend", scale=scale)
    if told and told <= YES | NO and len(told) == 2:
        return Meant(column, "boolean")
    coded = column.says(CODES) and not column.says(RATED)
    if scale is not None and scale.high <= 11 and (scale.recode or (len(column.texts) >= 3 and not coded)):
        return Meant(column, "rating", scale=scale)
    found = scales.numbers(column)
    if found is not None and _says(column, WEIGHT) and min(found.values()) >= 0:
        return Meant(column, "weight")
    return _attribute(column)


def _attribute(column: Column) -> Meant:
    found = scales.numbers(column)
    if found is not None and (
        column.more or len(found) > FEW or any(not v.is_integer() for v in found.values())
    ):
        if column.is_key:
            return Meant(column, "nothing", why="a number that never comes twice")
        return Meant(column, "amount" if _says(column, AMOUNT) else "attribute", why="number")
    words = sum(len(text.split()) * n for text, n in column.texts.items()) / max(
        sum(column.texts.values()), 1
    )
    many = column.more or len(column.texts) > FEW
    if (
        found is None
        and words >= TEXT_WORDS
        and (many or len(column.texts) > column.filled / 2 or column.says(SAID))
    ):
        return Meant(column, "text")
    if many and (number := decimals.with_comma(column)):
        return Meant(column, "nothing", why=f'numbers such as "{number}" need a point before their decimals')
    if many:
        return Meant(column, "nothing", why="too many different texts for groups")
    return Meant(column, "attribute")
