"""Trino. Its doubles follow IEEE 754; its regular expressions are Joni unless configured otherwise."""

from __future__ import annotations

from .dialect import Dialect, truncated_rest
from .standard import COMMON, REGEX, ascii_case, numbers

__all__ = ["DIALECT"]


def _part(name: str, less: int = 0) -> str:
    return f"(EXTRACT({name} FROM {{0}}) - {less})" if less else f"EXTRACT({name} FROM {{0}})"


DIALECT = Dialect(
    name="trino",
    types={
        "bool": "BOOLEAN",
        "int": "BIGINT",
        "double": "DOUBLE",
        "string": "VARCHAR",
        "bytes": "VARBINARY",
        "google.protobuf.Timestamp": "TIMESTAMP(6)",
        "google.protobuf.Duration": "BIGINT",
    },
    functions=COMMON
    | ascii_case()
    | numbers("BIGINT", "DOUBLE", "TRUNCATE({0})")
    | {
        "add_int64": "TRY({0} + {1})",
        "subtract_int64": "TRY({0} - {1})",
        "multiply_int64": "TRY({0} * {1})",
        "divide_int64": "TRY({0} / NULLIF({1}, 0))",
        "modulo_int64": truncated_rest("BIGINT"),
        "negate_int64": "TRY(-{0})",
        "size_string": "LENGTH({0})",
        "string_size": "LENGTH({0})",
        "size_list": "CARDINALITY({0})",
        "list_size": "CARDINALITY({0})",
        "in_list": "CONTAINS({1}, {0})",
        "starts_with_string": "STARTS_WITH({0}, {1})",
        "ends_with_string": (
            "(LENGTH({0}) >= LENGTH({1}) AND SUBSTR({0}, LENGTH({0}) - LENGTH({1}) + 1) = {1})"
        ),
        "contains_string": "(STRPOS({0}, {1}) > 0)",
        "string_index_of_string": "(STRPOS({0}, {1}) - 1)",
        "string_reverse": "REVERSE({0})",
        "int64_to_string": "CAST({0} AS VARCHAR)",
        "bool_to_string": "CAST({0} AS VARCHAR)",
        "math_isNaN_double": "IS_NAN({0})",
        "math_isInf_double": "IS_INFINITE({0})",
        "math_isFinite_double": "IS_FINITE({0})",
        "timestamp_to_full_year": _part("YEAR"),
        "timestamp_to_month": _part("MONTH", 1),
        "timestamp_to_date": _part("DAY"),
        "timestamp_to_day_of_month": _part("DAY", 1),
        "timestamp_to_day_of_week": f"({_part('DOW')} % 7)",
        "timestamp_to_day_of_year": _part("DOY", 1),
        "timestamp_to_hours": _part("HOUR"),
        "timestamp_to_minutes": _part("MINUTE"),
        "timestamp_to_seconds": _part("SECOND"),
        "timestamp_to_milliseconds": "MILLISECOND({0})",
    },
    refusals={"matches": REGEX, "matches_string": REGEX},
    nan_is_ordered=False,
    true="COALESCE({0}, FALSE)",
)
