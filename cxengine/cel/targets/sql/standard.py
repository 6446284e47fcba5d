"""Templates that most backends share; each is NULL where an argument is NULL."""

from __future__ import annotations

__all__ = [
    "COMMON",
    "REGEX",
    "ascii_case",
    "calendar",
    "ieee_division",
    "lengths",
    "numbers",
    "time_arithmetic",
]

_UPPER, _LOWER = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'", "'abcdefghijklmnopqrstuvwxyz'"
REGEX = "its regular expressions are not RE2, so the same pattern can match other texts"

COMMON = {
    "add_double": "({0} + {1})",
    "subtract_double": "({0} - {1})",
    "multiply_double": "({0} * {1})",
    "divide_double": "({0} / {1})",
    "negate_double": "(-{0})",
    "add_string": "({0} || {1})",
    "math_abs_double": "ABS({0})",
    "math_ceil_double": "CEIL({0})",
    "math_floor_double": "FLOOR({0})",
}
"""Doubles follow IEEE 754 only where a dialect keeps these; text is concatenated everywhere."""


def ieee_division(double: str, text: str, negative_zero: str) -> dict[str, str]:
    """Division of doubles where the backend raises on a zero divisor.

    `negative_zero` is how the backend writes -0.0 as `text`: the sign of a zero decides that of the infinity.
    """
    special = {name: f"CAST('{name}' AS {double})" for name in ("NaN", "Infinity", "-Infinity")}
    shown = f"CAST({{1}} AS {text})"
    return {
        "divide_double": (
            "(CASE WHEN {1} <> 0 OR {0} IS NULL THEN {0} / NULLIF({1}, 0)"
            f" WHEN {{0}} = 0 OR {{0}} = {special['NaN']} THEN {special['NaN']}"
            f" WHEN ({{0}} > 0) = ({shown} <> '{negative_zero}') THEN {special['Infinity']}"
            f" WHEN {{1}} = 0 THEN {special['-Infinity']} END)"
        )
    }


def ascii_case(translate: str = "TRANSLATE") -> dict[str, str]:
    """`lowerAscii` and `upperAscii` where the backend's own LOWER and UPPER know all of Unicode."""
    return {
        "string_lower_ascii": f"{translate}({{0}}, {_UPPER}, {_LOWER})",
        "string_upper_ascii": f"{translate}({{0}}, {_LOWER}, {_UPPER})",
    }


def numbers(integer: str, double: str, truncated: str = "TRUNC({0})") -> dict[str, str]:
    """Conversions between numbers: a double beyond 64 bits, an infinity and NaN have no integer."""
    limit = f"CAST('9223372036854775808' AS {double})"
    within = f"{{0}} > -{limit} AND {{0}} < {limit}"
    return {
        "int64_to_double": f"CAST({{0}} AS {double})",
        "double_to_int64": f"(CASE WHEN {within} THEN CAST({truncated} AS {integer}) END)",
    }


def calendar(integer: str) -> dict[str, str]:
    """What the calendar and the clock show of a timestamp in UTC, with EXTRACT as PostgreSQL has it."""

    def part(name: str) -> str:
        return f"CAST(EXTRACT({name} FROM {{0}}) AS {integer})"

    return {
        "timestamp_to_full_year": part("YEAR"),
        "timestamp_to_month": f"({part('MONTH')} - 1)",
        "timestamp_to_date": part("DAY"),
        "timestamp_to_day_of_month": f"({part('DAY')} - 1)",
        "timestamp_to_day_of_week": part("DOW"),
        "timestamp_to_day_of_year": f"({part('DOY')} - 1)",
        "timestamp_to_hours": part("HOUR"),
        "timestamp_to_minutes": part("MINUTE"),
        "timestamp_to_seconds": f"CAST(FLOOR(EXTRACT(SECOND FROM {{0}})) AS {integer})",
        "timestamp_to_milliseconds": f"(CAST(FLOOR(EXTRACT(MILLISECONDS FROM {{0}})) AS {integer}) % 1000)",
    }


def lengths(quotient: str) -> dict[str, str]:
    """Whole units of a duration, which is a number of microseconds; `quotient` rounds towards zero."""
    whole = {unit: quotient.replace("{1}", str(micros)) for unit, micros in _UNITS.items()}
    milliseconds = f"({quotient.replace('{1}', '1000')} % 1000)"
    return {f"duration_to_{unit}": text for unit, text in whole.items()} | {
        "duration_to_milliseconds": milliseconds
    }


def time_arithmetic(micros: str, moment: str) -> dict[str, str]:
    """Arithmetic of timestamps and durations, within the years 1 to 9999 and 64 bits of nanoseconds.

    `micros` makes microseconds since 1970 of a timestamp, `moment` a timestamp of them.
    """
    at, end, start = micros, micros, micros.replace("{0}", "{1}")

    def within(value: str, limits: tuple[int, int], result: str) -> str:
        return f"(CASE WHEN {value} BETWEEN {limits[0]} AND {limits[1]} THEN {result} END)"

    def shifted(value: str) -> str:
        return within(value, _MOMENTS, moment.replace("{0}", f"({value})"))

    return {
        "add_timestamp_duration": shifted(f"{at} + {{1}}"),
        "add_duration_timestamp": shifted(f"{start} + {{0}}"),
        "subtract_timestamp_duration": shifted(f"{at} - {{1}}"),
        "subtract_timestamp_timestamp": within(f"{end} - {start}", _LENGTHS, f"({end} - {start})"),
        "add_duration_duration": within("{0} + {1}", _LENGTHS, "({0} + {1})"),
        "subtract_duration_duration": within("{0} - {1}", _LENGTHS, "({0} - {1})"),
    }


_UNITS = {"hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}
_MOMENTS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
_LENGTHS = (-9_223_372_036_854_775, 9_223_372_036_854_775)
