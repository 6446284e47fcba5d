"""What an expression computes with, as Python objects.

| CEL | Python |
|---|---|
| int, uint | `int`, `uint` |
| double, string, bytes, bool, null | `float`, `str`, `bytes`, `bool`, `None` |
| list | `list` (a tuple is accepted) |
| map | `dict`, or `MixedMap` when true and 1 are both keys, which a dict cannot tell apart |
| google.protobuf.Timestamp | aware `datetime` in UTC; `NanoTimestamp` where microseconds do not suffice |
| google.protobuf.Duration | `timedelta`; `NanoDuration` where microseconds do not suffice |
| type | `TypeName` |
| optional_type(T) | `Optional` |

A `NanoTimestamp` or `NanoDuration` is made only for a value that has a part below a microsecond. It is the
datetime or timedelta rounded down plus `nanos` (1 to 999), compares exactly with plain ones, and so costs
those who have no nanoseconds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import attrs

__all__ = [
    "EPOCH",
    "INT_MAX",
    "INT_MIN",
    "UINT_MAX",
    "MixedMap",
    "NanoDuration",
    "NanoTimestamp",
    "Optional",
    "TypeName",
    "duration",
    "duration_nanos",
    "timestamp",
    "timestamp_nanos",
    "uint",
]

INT_MIN, INT_MAX, UINT_MAX = -(2**63), 2**63 - 1, 2**64 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class uint(int):  # noqa: N801 - the language's own name for it
    """An unsigned integer of 64 bits.

    Raises:
        ValueError: the value is negative or too large.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """The unsigned integer `value`."""
        if not 0 <= value <= UINT_MAX:
            raise ValueError(f"{value} does not fit into a uint")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"uint({int(self)})"

    __str__ = int.__repr__


@attrs.frozen
class TypeName:
    """A type as a value: what `type(x)` gives."""

    name: str

    def __str__(self) -> str:
        return self.name


@attrs.frozen(eq=False, repr=False)
class Optional:
    """A value that may be there; `Optional.none` is the one that is not."""

    content: Any
    present: bool = True

    def __repr__(self) -> str:
        return f"optional.of({self.content!r})" if self.present else "optional.none()"


NONE = Optional(None, present=False)


class MixedMap(Mapping[Any, Any]):
    """A map in which a bool and a number that Python holds for equal are both keys."""

    def __init__(self, entries: Iterable[tuple[Any, Any]]) -> None:
        self._entries = {(type(key) is bool, key): (key, value) for key, value in entries}

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._entries[type(key) is bool, key][1]
        except KeyError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"MixedMap({list(self._entries.values())!r})"


class NanoTimestamp(datetime):
    """A point in time with nanoseconds; made by `timestamp`."""

    nanos: int

    def _key(self) -> int:
        return timestamp_nanos(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and self._key() == timestamp_nanos(other)

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override] # a date is never compared
        return self._key() < timestamp_nanos(other)

    def __le__(self, other: datetime) -> bool:  # type: ignore[override] # a date is never compared
        return self._key() <= timestamp_nanos(other)

    def __gt__(self, other: datetime) -> bool:  # type: ignore[override] # a date is never compared
        return self._key() > timestamp_nanos(other)

    def __ge__(self, other: datetime) -> bool:  # type: ignore[override] # a date is never compared
        return self._key() >= timestamp_nanos(other)

    def __hash__(self) -> int:
        return hash(self._key())


class NanoDuration(timedelta):
    """A length of time with nanoseconds; made by `duration`."""

    nanos: int

    def _key(self) -> int:
        return duration_nanos(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, timedelta) and self._key() == duration_nanos(other)

    def __lt__(self, other: timedelta) -> bool:
        return self._key() < duration_nanos(other)

    def __le__(self, other: timedelta) -> bool:
        return self._key() <= duration_nanos(other)

    def __gt__(self, other: timedelta) -> bool:
        return self._key() > duration_nanos(other)

    def __ge__(self, other: timedelta) -> bool:
        return self._key() >= duration_nanos(other)

    def __hash__(self) -> int:
        return hash(self._key())


def timestamp_nanos(value: datetime) -> int:
    """Nanoseconds since 1970 in UTC."""
    return duration_nanos(value - EPOCH) + getattr(value, "nanos", 0)


def duration_nanos(value: timedelta) -> int:
    """The length in nanoseconds."""
    whole = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return whole * 1000 + getattr(value, "nanos", 0)


def timestamp(nanos: int) -> datetime:
    """The point in time so many nanoseconds after 1970.

    Raises:
        OverflowError: before the year 1 or after the year 9999.
    """
    micros, rest = divmod(nanos, 1000)
    plain = EPOCH + timedelta(microseconds=micros)
    if not rest:
        return plain
    exact = NanoTimestamp.combine(plain.date(), plain.timetz())
    exact.nanos = rest
    return exact


def duration(nanos: int) -> timedelta:
    """The length of time of so many nanoseconds.

    Raises:
        OverflowError: more than `timedelta` can hold.
    """
    micros, rest = divmod(nanos, 1000)
    if not rest:
        return timedelta(microseconds=micros)
    exact = NanoDuration(microseconds=micros)
    exact.nanos = rest
    return exact
