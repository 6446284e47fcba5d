"""BigQuery (GoogleSQL).

It raises an error, where IEEE 754 has infinity, when a sum, difference or product of doubles leaves their
range: such a query fails as a whole, it never gives another value.
"""

from __future__ import annotations

from .dialect import Dialect, escaped_backslashes, truncated_rest
from .standard import COMMON, ascii_case, lengths, numbers, time_arithmetic

__all__ = ["DIALECT"]


def _part(name: str, less: int = 0) -> str:
    return f"(EXTRACT({name} FROM {{0}}) - {less})" if less else f"EXTRACT({name} FROM {{0}})"


DIALECT = Dialect(
    name="bigquery",
    types={
        "bool": "BOOL",
        "int": "INT64",
        "double": "FLOAT64",
        "string": "STRING",
        "bytes": "BYTES",
        "google.protobuf.Timestamp": "TIMESTAMP",
        "google.protobuf.Duration": "INT64",
    },
    functions=COMMON
    | ascii_case()
    | numbers("INT64", "FLOAT64")
    | lengths("DIV({0}, {1})")
    | time_arithmetic("UNIX_MICROS({0})", "TIMESTAMP_MICROS({0})")
    | {
        "duration_to_milliseconds": "MOD(DIV({0}, 1000), 1000)",
        "add_int64": "SAFE_ADD({0}, {1})",
        "subtract_int64": "SAFE_SUBTRACT({0}, {1})",
        "multiply_int64": "SAFE_MULTIPLY({0}, {1})",
        "negate_int64": "SAFE_NEGATE({0})",
        "divide_int64": "SAFE.DIV({0}, NULLIF({1}, 0))",
        "modulo_int64": truncated_rest("INT64", "MOD({0}, NULLIF({1}, 0))"),
        "divide_double": "IEEE_DIVIDE({0}, {1})",
        "size_string": "CHAR_LENGTH({0})",
        "string_size": "CHAR_LENGTH({0})",
        "size_list": "ARRAY_LENGTH({0})",
        "list_size": "ARRAY_LENGTH({0})",
        "in_list": "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN {0} IN UNNEST({1}) END)",
        "starts_with_string": "STARTS_WITH({0}, {1})",
        "ends_with_string": "ENDS_WITH({0}, {1})",
        "contains_string": "(STRPOS({0}, {1}) > 0)",
        "matches": "REGEXP_CONTAINS({0}, {1})",
        "matches_string": "REGEXP_CONTAINS({0}, {1})",
        "string_reverse": "REVERSE({0})",
        "int64_to_string": "CAST({0} AS STRING)",
        "bool_to_string": "CAST({0} AS STRING)",
        "math_isNaN_double": "IS_NAN({0})",
        "math_isInf_double": "IS_INF({0})",
        "timestamp_to_full_year": _part("YEAR"),
        "timestamp_to_month": _part("MONTH", 1),
        "timestamp_to_date": _part("DAY"),
        "timestamp_to_day_of_month": _part("DAY", 1),
        "timestamp_to_day_of_week": _part("DAYOFWEEK", 1),
        "timestamp_to_day_of_year": _part("DAYOFYEAR", 1),
        "timestamp_to_hours": _part("HOUR"),
        "timestamp_to_minutes": _part("MINUTE"),
        "timestamp_to_seconds": _part("SECOND"),
        "timestamp_to_milliseconds": _part("MILLISECOND"),
    },
    text=escaped_backslashes,
    quote="`",
    escaped_names=True,
    nan_is_ordered=False,
    bytes="FROM_HEX('{0}')",
    timestamp="TIMESTAMP '{0}+00'",
    nul_in_text=False,
)
