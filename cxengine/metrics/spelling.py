"""What the queries need besides CEL, as each engine spells it: types, names, and exact amounts.

Engines differ in how a double becomes a decimal; each spelling rounds to the nearest billionth.
"""

from __future__ import annotations

from cxengine.cel.targets.sql import dialect as spelled
from cxengine.cel.targets.sql import quoted
from cxengine.metrics.exact import BEYOND, DIGITS

_AMOUNTS = {
    "bigquery": "CAST({0} AS NUMERIC)",
    # ClickHouse cuts digits off where it casts.
    "clickhouse": "CAST(round(({0}) * 1e9) AS Nullable(Decimal(38, 0))) * toDecimal128('0.000000001', 9)",
}
_SQUARES = {
    "bigquery": "{0} * {0}",
    "clickhouse": (
        "CAST(round(CAST({0} AS Decimal(38, 9)) * CAST({0} AS Decimal(38, 9)), 9) AS Decimal(38, 9))"
    ),
}
_UNIONS_OF_BITS = {"clickhouse": "groupBitOr", "snowflake": "BITOR_AGG", "trino": "BITWISE_OR_AGG"}
_COMMON_BITS = {
    "clickhouse": "bitAnd({0}, {1})",
    "snowflake": "BITAND({0}, {1})",
    "trino": "bitwise_and({0}, {1})",
}
_SECONDS = {
    "bigquery": "UNIX_MICROS({0}) / 1e6",
    "clickhouse": "toUnixTimestamp64Micro({0}) / 1e6",
    "snowflake": "DATE_PART('epoch_microsecond', {0}) / 1e6",
    "spark": "unix_micros({0}) / 1e6",
    "trino": "to_unixtime({0})",
}
_DAYS = {
    "bigquery": "UNIX_DATE({0})",
    "clickhouse": "toInt32({0})",
    "snowflake": "DATEDIFF('day', DATE '1970-01-01', {0})",
    "spark": "unix_date({0})",
    "trino": "date_diff('day', DATE '1970-01-01', {0})",
}
_DECIMAL = f"DECIMAL(38, {DIGITS})"


def integer(dialect: str, term: str) -> str:
    """A number as an integer of 64 bits."""
    return f"CAST({term} AS {spelled(dialect).types['int']})"


def double(dialect: str, term: str) -> str:
    """A number as a double."""
    return f"CAST({term} AS {spelled(dialect).types['double']})"


def amount(dialect: str, term: str) -> str:
    """A double as a decimal of nine digits, whose sums are exact."""
    return _AMOUNTS.get(dialect, f"CAST({{0}} AS {_DECIMAL})").format(term)


def bounded(dialect: str, term: str) -> str:
    """The amount of a double, null where it is too large to be added exactly, infinite or no number."""
    return f"CASE WHEN {within(term, BEYOND)} THEN {amount(dialect, term)} END"


def within(term: str, limit: float) -> str:
    """Whether a double is smaller than a limit, whatever its sign; never of what is no number."""
    return f"ABS({term}) < {limit!r}"


def square(dialect: str, column: str) -> str:
    """The square of a decimal column as a decimal of nine digits."""
    return _SQUARES.get(dialect, f"CAST({{0}} * {{0}} AS {_DECIMAL})").format(column)


def days(dialect: str, column: str) -> str:
    """A moment as days since 1970, a double."""
    seconds = _SECONDS.get(dialect, "EXTRACT(EPOCH FROM {0})").format(column)
    return f"{double(dialect, seconds)} / 86400"


def day(dialect: str, column: str) -> str:
    """A date as whole days since 1970."""
    return _DAYS.get(dialect, "({0} - DATE '1970-01-01')").format(column)


def union_of_bits(dialect: str, column: str) -> str:
    """The bits that are set in any row."""
    return f"{_UNIONS_OF_BITS.get(dialect, 'BIT_OR')}({column})"


def common_bits(dialect: str, one: str, other: str) -> str:
    """The bits that are set in both of two numbers."""
    return _COMMON_BITS.get(dialect, "({0} & {1})").format(one, other)


def name(dialect: str, identifier: str) -> str:
    """A quoted name."""
    return quoted(dialect, identifier)
