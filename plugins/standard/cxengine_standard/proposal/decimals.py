"""Whether the numbers of a file have a comma before their decimals, as in `1.234,56`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cxengine_standard.proposal.scales import NONE

if TYPE_CHECKING:
    from cxengine_standard.proposal.columns import Column, Table

NUMBER = re.compile(r"[+-]?(\d{1,3}([.]\d{3})+|\d+)(,\d+)?", re.ASCII)
"""What is read as a number where decimals stand behind a comma."""
WITH_A_COMMA = re.compile(r"[+-]?(0|\d{1,3}([.]\d{3})+|\d+),\d+", re.ASCII)
ENGLISH = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
"""What may be a whole number as well, with a comma between its thousands."""
POINT = re.compile(r"[+-]?(\d+[.]\d*|[.]\d+)", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}([.]\d{3})+", re.ASCII)
"""What a comma before decimals would turn into a number a thousand times as large."""
LEAST = 0.9
"""The share of texts that must be numbers."""


def with_comma(column: Column) -> str | None:
    """A number of the column that surely has a comma before its decimals, where nearly all are numbers."""
    told = [text for text in column.texts if not NONE.fullmatch(text)]
    if sum(NUMBER.fullmatch(text) is not None for text in told) < LEAST * len(told):
        return None
    sure = (text for text in told if WITH_A_COMMA.fullmatch(text) and not ENGLISH.fullmatch(text))
    return next(sure, None)


def told(table: Table) -> tuple[Column, str] | None:
    """The first column whose numbers have a comma before their decimals, and one of them.

    None where those of another column have a point, and would be read as a thousand times as large.
    """
    if any(map(_would_grow, table.columns)):
        return None
    found = ((column, with_comma(column)) for column in table.columns)
    return next(((column, text) for column, text in found if text is not None), None)


def _would_grow(column: Column) -> bool:
    """Whether its numbers have a point before their decimals, and three of these for some."""
    texts = [text for text in column.texts if not NONE.fullmatch(text)]
    points = [text for text in texts if POINT.fullmatch(text)]
    whole = sum(text.lstrip("+-").isdigit() for text in texts)
    groups = sum(THOUSANDS.fullmatch(text) is not None and text.lstrip("+-")[0] != "0" for text in points)
    return (
        len(points) + whole >= LEAST * len(texts)
        and groups < len(points)
        and any(map(THOUSANDS.fullmatch, points))
    )
