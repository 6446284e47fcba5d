"""Typed values as the text that a CSV file would hold: dates ISO 8601, 5.0 as "5", true and false.

Durations, such as 30:00 in a workbook, are numbers of hours.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


EXACT = 2.0**53
"""Up to here floating-point numbers hold every whole number."""
WRITTEN_OUT = 1e21
"""Whole numbers below are written with all their digits: they are ids rather than amounts."""


def canonical(value: Any) -> str | None:
    """The text of one value; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return _moment(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return json.dumps(value, ensure_ascii=False, default=canonical) if _is_nested(value) else str(value)


def canonical_column(column: pa.Array) -> pa.Array:
    """A typed column as text."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return canonical_column(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _floats(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if any(
        is_kind(kind)
        for is_kind in (pa.types.is_integer, pa.types.is_boolean, pa.types.is_date, pa.types.is_large_string)
    ):
        return column.cast(pa.string())
    if pa.types.is_string(kind):
        return column
    return pa.array([canonical(v) for v in column.to_pylist()], pa.string())


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _moment(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str | None:
    if isinstance(value, dt.timedelta):
        return _number(value / dt.timedelta(hours=1))
    if isinstance(value, dt.datetime) and value.time() == dt.time() and value.tzinfo is None:
        return value.date().isoformat()
    return value.isoformat()


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None
    if value.is_integer() and abs(value) < WRITTEN_OUT:
        return str(int(value)) if abs(value) < EXACT else str(int(Decimal(repr(value))))
    return repr(value)


def _floats(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    number = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    whole, size = pc.equal(pc.floor(number), number), pc.abs(number)
    short = pc.and_(whole, pc.less(size, EXACT))
    as_integer = pc.if_else(short, number, 0.0).cast(pa.int64()).cast(pa.string())
    text = pc.if_else(short, as_integer, number.cast(pa.string()))
    long = pc.fill_null(pc.and_(whole, pc.and_not(pc.less(size, WRITTEN_OUT), short)), fill_value=False)
    if not pc.any(long).as_py():
        return text
    return pc.replace_with_mask(
        text, long, pa.array(map(canonical, number.filter(long).to_pylist()), pa.string())
    )


def _moments(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    aware = column.type.tz is not None
    zone = "UTC" if aware else None
    try:
        seconds = column.cast(pa.timestamp("s", zone))
    except pa.ArrowInvalid:
        return _fractions(column.cast(pa.timestamp("us", zone)), aware=aware)
    text = pc.binary_replace_slice(seconds.cast(pa.string()), 10, 11, "T")
    if aware:
        return text
    return pc.if_else(pc.ends_with(text, "T00:00:00"), pc.utf8_slice_codeunits(text, 0, 10), text)


def _fractions(column: pa.Array, *, aware: bool) -> pa.Array:
    """Moments with parts of seconds."""
    import pyarrow.compute as pc

    text = pc.strftime(column, "%Y-%m-%dT%H:%M:%S")
    text = pc.replace_substring_regex(text, r"\.(\d*[1-9])?0*$", r".\1")
    text = pc.utf8_rtrim(text, ".")
    if aware:
        return pc.binary_join_element_wise(text, "Z", "")
    return pc.replace_substring_regex(text, r"T00:00:00$", "")
