"""Snowflake. Integers are NUMBER(19, 0), held to 64 bits here; NaN is equal to itself and the greatest."""

from __future__ import annotations

from .dialect import Dialect, checked_arithmetic, escaped_backslashes, opposite, truncated_rest
from .standard import COMMON, REGEX, ascii_case, numbers

__all__ = ["DIALECT"]

_INT = "NUMBER(19, 0)"
_LEAST = f"CAST('-9223372036854775808' AS {_INT})"
# The division of two NUMBERs is rounded to six decimals, so only an exact one may be divided.
_EXACT = f"CAST(({{0}} - MOD({{0}}, NULLIF({{1}}, 0))) / NULLIF({{1}}, 0) AS {_INT})"
_ZERO = "it raises an error on a zero divisor and does not tell the sign of a zero"


def _part(name: str, less: int = 0) -> str:
    return f"(CAST(EXTRACT({name} FROM {{0}}) AS {_INT}) - {less})"


DIALECT = Dialect(
    name="snowflake",
    types={
        "bool": "BOOLEAN",
        "int": _INT,
        "double": "DOUBLE",
        "string": "VARCHAR",
        "bytes": "BINARY",
        "google.protobuf.Timestamp": "TIMESTAMP_NTZ(6)",
        "google.protobuf.Duration": _INT,
    },
    functions={id_: text for id_, text in COMMON.items() if id_ != "divide_double"}
    | ascii_case()
    | numbers(_INT, "DOUBLE")
    | checked_arithmetic(_INT, "NUMBER(38, 0)")
    | {
        "divide_int64": f"(CASE WHEN {{0}} <> {_LEAST} OR {{1}} <> -1 THEN {_EXACT} END)",
        "modulo_int64": truncated_rest(_INT, "MOD({0}, NULLIF({1}, 0))"),
        "negate_int64": opposite(_INT),
        "size_string": "LENGTH({0})",
        "string_size": "LENGTH({0})",
        "starts_with_string": "STARTSWITH({0}, {1})",
        "ends_with_string": "ENDSWITH({0}, {1})",
        "contains_string": "CONTAINS({0}, {1})",
        "string_reverse": "REVERSE({0})",
        "int64_to_string": "CAST({0} AS VARCHAR)",
        "bool_to_string": "(CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END)",
        "math_isNaN_double": "({0} = CAST('NaN' AS DOUBLE))",
        "timestamp_to_full_year": _part("YEAR"),
        "timestamp_to_month": _part("MONTH", 1),
        "timestamp_to_date": _part("DAY"),
        "timestamp_to_day_of_month": _part("DAY", 1),
        "timestamp_to_day_of_week": "MOD(EXTRACT(DAYOFWEEKISO FROM {0}), 7)",
        "timestamp_to_day_of_year": _part("DAYOFYEAR", 1),
        "timestamp_to_hours": _part("HOUR"),
        "timestamp_to_minutes": _part("MINUTE"),
        "timestamp_to_seconds": _part("SECOND"),
    },
    refusals={"matches": REGEX, "matches_string": REGEX, "divide_double": _ZERO},
    text=escaped_backslashes,
    not_nan="({0} <> CAST('NaN' AS DOUBLE))",
    true="COALESCE({0}, FALSE)",
    timestamp="CAST('{0}' AS TIMESTAMP_NTZ(6))",
    nul_in_text=False,
    infinity="inf",
)
