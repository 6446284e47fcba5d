"""PostgreSQL, 14 and newer, with UTF-8."""

from __future__ import annotations

from .dialect import Dialect, checked_arithmetic, doubled_quotes, opposite, truncated_quotient, truncated_rest
from .ranges import ARITHMETIC
from .standard import COMMON, REGEX, ascii_case, calendar, lengths, numbers, time_arithmetic

__all__ = ["DIALECT"]

_NAN = "CAST('NaN' AS DOUBLE PRECISION)"
_SECONDS = "({0} / 1000000) * INTERVAL '1 second'"
_MOMENT = f"(TIMESTAMP '1970-01-01' + {_SECONDS} + ({{0}} % 1000000) * INTERVAL '1 microsecond')"


def _text(text: str) -> str:
    """Safe whatever `standard_conforming_strings` is."""
    quoted = doubled_quotes(text)
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


DIALECT = Dialect(
    name="postgres",
    types={
        "bool": "BOOLEAN",
        "int": "BIGINT",
        "double": "DOUBLE PRECISION",
        "string": "TEXT",
        "bytes": "BYTEA",
        "google.protobuf.Timestamp": "TIMESTAMP",
        "google.protobuf.Duration": "BIGINT",
    },
    functions=COMMON
    | ARITHMETIC
    | ascii_case()
    | numbers("BIGINT", "DOUBLE PRECISION")
    | checked_arithmetic("BIGINT", "NUMERIC")
    | calendar("BIGINT")
    | lengths("({0} / {1})")
    | time_arithmetic("CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS BIGINT)", _MOMENT)
    | {
        "divide_int64": truncated_quotient("BIGINT"),
        "modulo_int64": truncated_rest("BIGINT"),
        "negate_int64": opposite("BIGINT"),
        "size_string": "CAST(CHAR_LENGTH({0}) AS BIGINT)",
        "string_size": "CAST(CHAR_LENGTH({0}) AS BIGINT)",
        "size_list": "CAST(CARDINALITY({0}) AS BIGINT)",
        "list_size": "CAST(CARDINALITY({0}) AS BIGINT)",
        "in_list": "(CASE WHEN {0} IS NOT NULL THEN {0} = ANY({1}) END)",
        "starts_with_string": "STARTS_WITH({0}, {1})",
        "ends_with_string": "(RIGHT({0}, CHAR_LENGTH({1})) = {1})",
        "contains_string": "(STRPOS({0}, {1}) > 0)",
        "string_index_of_string": "CAST(STRPOS({0}, {1}) - 1 AS BIGINT)",
        "string_reverse": "REVERSE({0})",
        "int64_to_string": "CAST({0} AS TEXT)",
        "bool_to_string": "CAST({0} AS TEXT)",
        "math_isNaN_double": f"({{0}} = {_NAN})",
        "math_isInf_double": "(ABS({0}) = CAST('Infinity' AS DOUBLE PRECISION))",
        "math_isFinite_double": "(ABS({0}) < CAST('Infinity' AS DOUBLE PRECISION))",
    },
    refusals={"matches": REGEX, "matches_string": REGEX},
    text=_text,
    collated='({0} COLLATE "C")',
    bytes="DECODE('{0}', 'hex')",
    zoned="({0} AT TIME ZONE 'UTC' AT TIME ZONE {1})",
    shifted="({0} + {1} * INTERVAL '1 second')",
    nul_in_text=False,
)
