"""What a dialect is: the spelling of types, literals and functions, as one table.

Data layout. `functions` maps an overload's id to a template with `{0}`, `{1}`, ... for the arguments; a
template gives NULL where the language gives an error and must not raise. `refusals` maps an overload's id, or
the name of a type, to the reason why it has no translation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

__all__ = ["INT_LIMITS", "Dialect", "checked", "doubled_quotes", "escaped_backslashes"]

INT_LIMITS = "CAST('-9223372036854775808' AS {int}) AND CAST('9223372036854775807' AS {int})"


def doubled_quotes(text: str) -> str:
    """A string literal of standard SQL, in which a backslash is a character like any other."""
    return "'" + text.replace("'", "''") + "'"


def escaped_backslashes(text: str) -> str:
    """A string literal where a backslash starts an escape."""
    return (
        "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"
    )


def checked(wide: str, result: str, integer: str) -> str:
    """Integer arithmetic computed in a wide type, and NULL where the result leaves 64 bits."""
    limits = INT_LIMITS.format(int=integer)
    return f"(CASE WHEN {wide} BETWEEN {limits} THEN {result} END)"


@attrs.frozen
class Dialect:
    """How one backend spells things.

    `nan_is_ordered`: NaN is equal to itself and greater than any number, so comparisons need guards.
    `equal_where_null`: equality that holds between two NULLs and is never NULL.
    `true`: makes a condition false where it is NULL.
    """

    name: str
    types: Mapping[str, str]
    functions: Mapping[str, str]
    refusals: Mapping[str, str] = attrs.Factory(dict)
    text: Callable[[str], str] = doubled_quotes
    quote: str = '"'
    nan_is_ordered: bool = True
    not_nan: str = "({0} <> CAST('NaN' AS DOUBLE PRECISION))"
    collated: str = "{0}"
    equal_where_null: str = "({0} IS NOT DISTINCT FROM {1})"
    true: str = "({0} IS TRUE)"
    bytes: str = "X'{0}'"
    timestamp: str = "TIMESTAMP '{0}'"
    years: tuple[int, int] = (1, 9999)
    zoned: str | None = None
    shifted: str | None = None
    nul_in_text: bool = True
    enums_equal_text: bool = False
    list_lambdas: bool = False

    def identifier(self, name: str) -> str:
        """`name`, quoted so that case, spaces and keywords do not matter."""
        escaped = (
            name.replace("\\", "\\\\") if self.quote == "`" and self.text is not doubled_quotes else name
        )
        return self.quote + escaped.replace(self.quote, self.quote * 2) + self.quote

    def integer(self, value: int, *, typed: bool = True) -> str:
        """An integer literal of 64 bits; `typed=False` where the context makes it one."""
        if not typed and abs(value) < 2**31:
            return str(value)
        return f"CAST({value if abs(value) < 2**31 else repr(str(value))} AS {self.types['int']})"

    def double(self, value: float) -> str:
        """A double literal that reads back as `value`."""
        text = {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, repr(value))
        return f"CAST('{'NaN' if value != value else text}' AS {self.types['double']})"  # noqa: PLR0124

    def moment(self, value: datetime) -> str | None:
        """A timestamp literal in UTC, or None when the dialect cannot hold the year."""
        if not self.years[0] <= value.year <= self.years[1]:
            return None
        return self.timestamp.format(value.replace(tzinfo=None).isoformat(" ", "microseconds"))
