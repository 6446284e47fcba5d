"""Spark SQL, 3.4 and newer, ANSI mode or not, with `spark.sql.parser.escapedStringLiterals` off.

Its optimizer gathers the constants of nested sums and products, also if they overflow on the way; `| 0L`
keeps each on its own.
"""

from __future__ import annotations

from .dialect import Dialect, escaped_backslashes, truncated_quotient, truncated_rest
from .standard import COMMON, REGEX, ascii_case, calendar, ieee_division, lengths, numbers

__all__ = ["DIALECT"]

_WHOLE = "its CEIL and FLOOR give a BIGINT, which infinities and large doubles do not fit"
_SECOND = "EXTRACT(SECOND FROM {0})"

DIALECT = Dialect(
    name="spark",
    types={
        "bool": "BOOLEAN",
        "int": "BIGINT",
        "double": "DOUBLE",
        "string": "STRING",
        "bytes": "BINARY",
        "google.protobuf.Timestamp": "TIMESTAMP_NTZ",
        "google.protobuf.Duration": "BIGINT",
    },
    functions={
        id_: text for id_, text in COMMON.items() if id_ not in {"math_ceil_double", "math_floor_double"}
    }
    | ascii_case()
    | numbers("BIGINT", "DOUBLE", "{0}")
    | ieee_division("DOUBLE", "STRING", "-0.0")
    | calendar("BIGINT")
    | lengths("({0} DIV {1})")
    | {
        "add_int64": "(TRY_ADD({0}, {1}) | 0L)",
        "subtract_int64": "TRY_SUBTRACT({0}, {1})",
        "multiply_int64": "(TRY_MULTIPLY({0}, {1}) | 0L)",
        "divide_int64": truncated_quotient("BIGINT", "DIV"),
        "modulo_int64": truncated_rest("BIGINT"),
        "negate_int64": "TRY_SUBTRACT(CAST(0 AS BIGINT), {0})",
        "size_string": "CAST(CHAR_LENGTH({0}) AS BIGINT)",
        "string_size": "CAST(CHAR_LENGTH({0}) AS BIGINT)",
        "size_list": "(CASE WHEN {0} IS NOT NULL THEN CAST(SIZE({0}) AS BIGINT) END)",
        "list_size": "(CASE WHEN {0} IS NOT NULL THEN CAST(SIZE({0}) AS BIGINT) END)",
        "in_list": "ARRAY_CONTAINS({1}, {0})",
        "starts_with_string": "STARTSWITH({0}, {1})",
        "ends_with_string": "ENDSWITH({0}, {1})",
        "contains_string": "CONTAINS({0}, {1})",
        "string_index_of_string": "CAST(INSTR({0}, {1}) - 1 AS BIGINT)",
        "string_reverse": "REVERSE({0})",
        "int64_to_string": "CAST({0} AS STRING)",
        "bool_to_string": "CAST({0} AS STRING)",
        "math_isNaN_double": "({0} = CAST('NaN' AS DOUBLE))",
        "timestamp_to_day_of_week": "CAST(EXTRACT(DOW FROM {0}) - 1 AS BIGINT)",
        "timestamp_to_milliseconds": f"(CAST(FLOOR({_SECOND} * 1000) AS BIGINT) % 1000)",
    },
    refusals={
        "matches": REGEX,
        "matches_string": REGEX,
        "math_ceil_double": _WHOLE,
        "math_floor_double": _WHOLE,
    },
    text=escaped_backslashes,
    quote="`",
    not_nan="(NOT ISNAN({0}))",
    equal_where_null="({0} <=> {1})",
    timestamp="TIMESTAMP_NTZ '{0}'",
)
