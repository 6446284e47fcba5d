"""ClickHouse, 24 and newer. Its types are not nullable unless they say so, its doubles follow IEEE 754.

It must be kept from making IN, which knows NaN and -0.0 by their bits, of chains of comparisons: by settings
`optimize_min_equality_disjunction_chain_length` and `optimize_min_inequality_conjunction_chain_length`.
"""

from __future__ import annotations

from .dialect import Dialect, checked_arithmetic, escaped_backslashes
from .standard import COMMON, lengths, numbers

__all__ = ["DIALECT"]

_INT = "Nullable(Int64)"
_LEAST = f"CAST('-9223372036854775808' AS {_INT})"
# A dot matches a newline in ClickHouse unless told not to.
_MATCHES = "match({0}, concat('(?-s)', {1}))"


def _int(text: str) -> str:
    return f"CAST({text} AS {_INT})"


DIALECT = Dialect(
    name="clickhouse",
    types={
        "bool": "Nullable(Bool)",
        "int": _INT,
        "double": "Nullable(Float64)",
        "string": "Nullable(String)",
        "bytes": "Nullable(String)",
        "google.protobuf.Timestamp": "Nullable(DateTime64(6, 'UTC'))",
        "google.protobuf.Duration": _INT,
    },
    functions=COMMON
    | numbers(_INT, "Nullable(Float64)")
    | checked_arithmetic(_INT, "Nullable(Int128)")
    | lengths("intDiv({0}, {1})")
    | {
        "divide_int64": (
            f"(CASE WHEN {{1}} <> 0 AND ({{0}} <> {_LEAST} OR {{1}} <> -1)"
            " THEN intDivOrZero({0}, {1}) END)"
        ),
        "modulo_int64": (
            f"(CASE WHEN {{1}} <> 0 AND ({{0}} <> {_LEAST} OR {{1}} <> -1)"
            " THEN moduloOrZero({0}, {1}) END)"
        ),
        "negate_int64": f"(CASE WHEN {{0}} <> {_LEAST} THEN negate({{0}}) END)",
        "size_string": _int("lengthUTF8({0})"),
        "string_size": _int("lengthUTF8({0})"),
        "starts_with_string": "startsWith({0}, {1})",
        "ends_with_string": "endsWith({0}, {1})",
        "contains_string": "(position({0}, {1}) > 0)",
        "string_index_of_string": _int("positionUTF8({0}, {1}) - 1"),
        "string_lower_ascii": "lower({0})",
        "string_upper_ascii": "upper({0})",
        "string_reverse": "reverseUTF8({0})",
        "matches": _MATCHES,
        "matches_string": _MATCHES,
        "int64_to_string": "CAST({0} AS Nullable(String))",
        "bool_to_string": "(CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END)",
        "math_isNaN_double": "({0} <> {0})",
        "timestamp_to_full_year": _int("toYear({0})"),
        "timestamp_to_month": _int("toMonth({0}) - 1"),
        "timestamp_to_date": _int("toDayOfMonth({0})"),
        "timestamp_to_day_of_month": _int("toDayOfMonth({0}) - 1"),
        "timestamp_to_day_of_week": _int("toDayOfWeek({0}) % 7"),
        "timestamp_to_day_of_year": _int("toDayOfYear({0}) - 1"),
        "timestamp_to_hours": _int("toHour({0})"),
        "timestamp_to_minutes": _int("toMinute({0})"),
        "timestamp_to_seconds": _int("toSecond({0})"),
    },
    text=escaped_backslashes,
    escaped_names=True,
    nan_is_ordered=False,
    equal_where_null="COALESCE({0} = {1}, ({0}) IS NULL AND ({1}) IS NULL)",
    true="COALESCE({0}, FALSE)",
    bytes="unhex('{0}')",
    timestamp="toDateTime64('{0}', 6, 'UTC')",
    years=(1900, 2261),
    null_in_is_null=False,
    nul_in_text=False,
    infinity="inf",
)
