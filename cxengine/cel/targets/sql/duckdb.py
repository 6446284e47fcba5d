"""DuckDB, 1.4 and newer.

Without TRY: in 1.4 one that fails in a row takes the values of its neighbours in the query away.
"""

from __future__ import annotations

from .dialect import Dialect, checked_arithmetic, truncated_quotient, truncated_rest
from .standard import COMMON, ascii_case, calendar, lengths, numbers, time_arithmetic

__all__ = ["DIALECT"]

_CODE_POINTS = "LENGTH({0})"
_PART = "SUBSTRING({0}, {1} + 1, {2} - {1})"
_DIGITS = "REGEXP_FULL_MATCH({0}, '[+-]?[0-9]{{1,40}}')"
_INTEGERS = checked_arithmetic("BIGINT", "HUGEINT")


def _unsigned(sign: str) -> str:
    wide = f"CAST({{0}} AS UHUGEINT) {sign} {{1}}"
    return f"(CASE WHEN {wide} <= CAST('18446744073709551615' AS UBIGINT) THEN CAST({wide} AS UBIGINT) END)"


DIALECT = Dialect(
    name="duckdb",
    types={
        "bool": "BOOLEAN",
        "int": "BIGINT",
        "uint": "UBIGINT",
        "double": "DOUBLE",
        "string": "VARCHAR",
        "bytes": "BLOB",
        "google.protobuf.Timestamp": "TIMESTAMP",
        "google.protobuf.Duration": "BIGINT",
    },
    functions=COMMON
    | ascii_case()
    | numbers("BIGINT", "DOUBLE")
    | calendar("BIGINT")
    | lengths("({0} // {1})")
    | _INTEGERS
    | time_arithmetic("EPOCH_US({0})", "MAKE_TIMESTAMP({0})")
    | {
        "divide_int64": truncated_quotient("BIGINT", "//"),
        "modulo_int64": truncated_rest("BIGINT"),
        "negate_int64": _INTEGERS["subtract_int64"].replace("{0}", "0").replace("{1}", "{0}"),
        "add_uint64": _unsigned("+"),
        "subtract_uint64": "(CASE WHEN {0} >= {1} THEN {0} - {1} END)",
        "multiply_uint64": _unsigned("*"),
        "divide_uint64": "({0} // NULLIF({1}, 0))",
        "modulo_uint64": "({0} % NULLIF({1}, 0))",
        "size_string": _CODE_POINTS,
        "string_size": _CODE_POINTS,
        "size_bytes": "OCTET_LENGTH({0})",
        "bytes_size": "OCTET_LENGTH({0})",
        "size_list": "LEN({0})",
        "list_size": "LEN({0})",
        "starts_with_string": "STARTS_WITH({0}, {1})",
        "ends_with_string": "ENDS_WITH({0}, {1})",
        "contains_string": "CONTAINS({0}, {1})",
        "matches": "REGEXP_MATCHES({0}, {1})",
        "matches_string": "REGEXP_MATCHES({0}, {1})",
        "in_list": "LIST_CONTAINS({1}, {0})",
        "string_char_at_int": "(CASE WHEN {1} BETWEEN 0 AND LENGTH({0}) THEN SUBSTRING({0}, {1} + 1, 1) END)",
        "string_substring_int": (
            f"(CASE WHEN {{1}} BETWEEN 0 AND {_CODE_POINTS} THEN SUBSTRING({{0}}, {{1}} + 1) END)"
        ),
        "string_substring_int_int": (
            f"(CASE WHEN {{1}} >= 0 AND {{1}} <= {{2}} AND {{2}} <= {_CODE_POINTS} THEN {_PART} END)"
        ),
        "string_index_of_string": "(INSTR({0}, {1}) - 1)",
        "string_reverse": (
            "(CASE WHEN {0} = '' THEN ''"
            " ELSE ARRAY_TO_STRING(LIST_REVERSE(REGEXP_EXTRACT_ALL({0}, '(?s).')), '') END)"
        ),
        "int64_to_string": "CAST({0} AS VARCHAR)",
        "bool_to_string": "(CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END)",
        "string_to_int64": f"(CASE WHEN {_DIGITS} THEN TRY_CAST({{0}} AS BIGINT) END)",
        "math_isNaN_double": "ISNAN({0})",
        "math_isInf_double": "ISINF({0})",
        "math_isFinite_double": "ISFINITE({0})",
    },
    not_nan="(NOT ISNAN({0}))",
    bytes="UNHEX('{0}')",
    zoned="({0} AT TIME ZONE 'UTC' AT TIME ZONE {1})",
    shifted="({0} + TO_SECONDS({1}))",
    enums_equal_text=True,
    list_lambdas=True,
)
