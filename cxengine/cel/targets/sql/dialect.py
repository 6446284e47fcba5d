"""What a dialect is: the spelling of types, literals and functions, as one table.

Data layout. `functions` maps an overload's id to a template with `{0}`, `{1}`, ... for the arguments; a
template gives NULL where the language gives an error and must not raise. `refusals` maps an overload's id, or
the name of a type, to the reason why it has no translation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

__all__ = [
    "Dialect",
    "checked_arithmetic",
    "doubled_quotes",
    "escaped_backslashes",
    "opposite",
    "truncated_quotient",
    "truncated_rest",
]

_LIMITS = "CAST('-9223372036854775808' AS {int}) AND CAST('9223372036854775807' AS {int})"


def doubled_quotes(text: str) -> str:
    """A string literal of standard SQL, in which a backslash is a character like any other."""
    return "'" + text.replace("'", "''") + "'"


def escaped_backslashes(text: str) -> str:
    """A string literal where a backslash starts an escape."""
    return (
        "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"
    )


def truncated_quotient(integer: str, operator: str = "/") -> str:
    """Integer division towards zero, and NULL where it overflows or the divisor is zero."""
    return _divided(integer, f"{{0}} {operator} NULLIF({{1}}, 0)")


def truncated_rest(integer: str, rest: str = "{0} % NULLIF({1}, 0)") -> str:
    """The rest of that division, and NULL where there is no quotient."""
    return _divided(integer, rest)


def _divided(integer: str, result: str) -> str:
    least = _LIMITS.format(int=integer).partition(" AND ")[0]
    return f"(CASE WHEN {{0}} <> {least} OR {{1}} <> -1 THEN {result} END)"


def opposite(integer: str) -> str:
    """The integer with the other sign, and NULL for the least one."""
    least = _LIMITS.format(int=integer).partition(" AND ")[0]
    return f"(CASE WHEN {{0}} <> {least} THEN -{{0}} END)"


def checked_arithmetic(integer: str, wide: str) -> dict[str, str]:
    """Sums, differences and products computed in a wide type, NULL where the result leaves 64 bits."""
    limits = _LIMITS.format(int=integer)
    signs = {"add_int64": "+", "subtract_int64": "-", "multiply_int64": "*"}
    exact = {id_: f"CAST({{0}} AS {wide}) {sign} {{1}}" for id_, sign in signs.items()}
    return {
        id_: f"(CASE WHEN {result} BETWEEN {limits} THEN CAST({result} AS {integer}) END)"
        for id_, result in exact.items()
    }


@attrs.frozen
class Dialect:
    """How one backend spells things.

    `nul_in_text`: text may hold the character NUL, and CHR(0) is it. `list_lambdas`: lists have LIST_FILTER.
    `nan_is_ordered`: NaN is equal to itself and greater than any number, so comparisons need guards.
    `equal_where_null`: equality that holds between two NULLs and is never NULL.
    `true`: makes a condition false where it is NULL. `null_in_is_null`: NULL IN (...) is NULL, as in the
    standard. `years`: the first and the last year of a timestamp. `zoned` and `shifted` make local time of a
    timestamp in UTC, by the name of a zone or by seconds. `enums_equal_text`: an enumerated column may be
    compared with any text without a cast. `escaped_names`: a backslash escapes within quoted names.
    """

    name: str
    types: Mapping[str, str]
    functions: Mapping[str, str]
    refusals: Mapping[str, str] = attrs.Factory(dict)
    text: Callable[[str], str] = doubled_quotes
    quote: str = '"'
    escaped_names: bool = False
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
    null_in_is_null: bool = True
    list_lambdas: bool = False
    infinity: str = "Infinity"

    def identifier(self, name: str) -> str:
        """`name`, quoted so that case, spaces and keywords do not matter."""
        if self.escaped_names:
            return self.quote + name.replace("\\", "\\\\").replace(self.quote, "\\" + self.quote) + self.quote
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def integer(self, value: int, *, typed: bool = True) -> str:
        """An integer literal of 64 bits; `typed=False` where the context makes it one."""
        if not typed and abs(value) < 2**31:
            return str(value)
        return f"CAST({value if abs(value) < 2**31 else repr(str(value))} AS {self.types['int']})"

    def double(self, value: float) -> str:
        """A double literal that reads back as `value`."""
        text = {math.inf: self.infinity, -math.inf: f"-{self.infinity}"}.get(value, repr(value))
        return f"CAST('{'NaN' if value != value else text}' AS {self.types['double']})"  # noqa: PLR0124

    def moment(self, value: datetime) -> str | None:
        """A timestamp literal in UTC, or None when the dialect cannot hold the year."""
        if not self.years[0] <= value.year <= self.years[1]:
            return None
        return self.timestamp.format(value.replace(tzinfo=None).isoformat(" ", "microseconds"))
