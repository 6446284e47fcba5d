"""Periods: whole numbers in queries, labels for people."""

from __future__ import annotations

from cxengine.metrics import spelling
from cxengine.project.model import Period

NO_TIME = -1
"""The number of an answer of which nobody knows when it was given."""

_PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


def sql(length: Period, dialect: str, column: str = "occurred_at") -> str:
    """The number of the period that holds a moment: periods since the year 0; NULL without a moment."""
    number = f"EXTRACT(YEAR FROM {column})"
    if length != "year":
        number += f" * {_PER_YEAR[length]} + EXTRACT({length.upper()} FROM {column}) - 1"
    return spelling.integer(dialect, number)


def label(length: Period, number: int) -> str:
    """What people call it: 2017, 2017-Q2, 2017-05."""
    year, part = divmod(number, _PER_YEAR[length])
    match length:
        case "year":
            return f"{year:04}"
        case "quarter":
            return f"{year:04}-Q{part + 1}"
        case "month":
            return f"{year:04}-{part + 1:02}"
