"""Business hours between two moments, as SQL without time zones.

A calendar becomes a table with one row a day of UTC: the business time (microseconds) before it, and where
within it work begins and ends. The business time until a moment is then a matter of looking up its day; the
time between two moments is a difference, however far apart they are. Changes of the clocks are part of the
table: the hour that is left out in spring is no hour, the one that comes twice counts twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from cxengine.evidence import sql
from cxengine.project.opening import read_opening

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.project.model import Calendar

FIRST, LAST = dt.date(1970, 1, 1), dt.date(2069, 12, 31)
"""The days that are known; a moment outside has no business time."""

_DAY = 86_400_000_000
_DAYS = (LAST - FIRST).days + 1
_SECOND = 1_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Span = tuple[int, int]
"""Microseconds since 1970, from and until."""


@attrs.frozen
class BusinessHours:
    """The working time of one calendar, which the engine keeps in the table `name`.

    `before` is the business time before each day; `days` holds the spans of work of each.
    """

    name: str
    before: tuple[int, ...]
    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def of(cls, calendar: Calendar, zone: str) -> BusinessHours:
        """The hours of a calendar by the clocks of a time zone, worked out day by day."""
        days = _by_day(calendar, zone)
        worked = (sum(end - begin for begin, end in day) for day in days)
        before = tuple(accumulate(worked, initial=0))
        return cls(f"business_hours_{calendar.id}", before, tuple(map(tuple, days)))

    @property
    def most(self) -> int:
        """How many spans of work a day has at most."""
        return max(map(len, self.days))

    def load(self, backend: DuckDB) -> None:
        """Lets queries of the engine ask for them; a day's spans are filled up with empty ones."""
        import pyarrow as pa

        columns = {"day": range(len(self.days)), "before": self.before[:-1]}
        for i in range(self.most):
            spans = [day[i] if i < len(day) else (0, 0) for day in self.days]
            columns |= {f"begin_{i}": [begin for begin, _ in spans], f"end_{i}": [end for _, end in spans]}
        table = pa.table({name: pa.array(numbers, pa.int64()) for name, numbers in columns.items()})
        with backend.lent("lent_hours", table):
            backend.run(f"CREATE OR REPLACE TEMP TABLE {sql.name(self.name)} AS SELECT * FROM lent_hours")

    def until(self, moment: str) -> str:
        """SQL of the business time from 1970 until a moment, both in microseconds; NULL where unknown."""
        worked = "".join(f" + greatest(0, least(moment, end_{i}) - begin_{i})" for i in range(self.most))
        return (
            f"(SELECT before{worked} FROM (SELECT {moment} AS moment) AS asked"
            f" JOIN {sql.name(self.name)} ON moment >= 0 AND day = moment // {_DAY})"
        )


def _by_day(calendar: Calendar, zone: str) -> list[list[Span]]:
    """The working spans of every day of UTC, in order and apart."""
    openings = [read_opening(one) for one in calendar.open]
    weekly = [
        sorted((o.begin * 60 * _SECOND, o.end * 60 * _SECOND) for o in openings if weekday in o.days)
        for weekday in range(7)
    ]
    closed = {(day - FIRST).days for day in calendar.holidays}
    found: list[list[Span]] = [[] for _ in range(_DAYS)]
    for begin, end, offset in _constant(ZoneInfo(zone)):
        for day in range(max(begin // _DAY, 0), min(-(-end // _DAY), _DAYS)):
            within = max(begin, day * _DAY), min(end, (day + 1) * _DAY)
            found[day] += _worked(within, offset, weekly, closed)
    return [list(_merged(spans)) for spans in found]


def _worked(within: Span, offset: int, weekly: list[list[Span]], closed: set[int]) -> Iterator[Span]:
    """What is worked within a span in which the clocks are off UTC by the same time."""
    first, last = (within[0] + offset) // _DAY, (within[1] + offset - 1) // _DAY
    for day in range(first, last + 1):
        if day in closed:
            continue
        midnight = day * _DAY - offset
        for begin, end in weekly[(day + 3) % 7]:  # 1970 began on a Thursday
            start, stop = max(within[0], midnight + begin), min(within[1], midnight + end)
            if start < stop:
                yield start, stop


def _merged(spans: list[Span]) -> Iterator[Span]:
    """The spans without overlaps."""
    current: Span | None = None
    for begin, end in sorted(spans):
        if current is not None and begin <= current[1]:
            current = current[0], max(current[1], end)
            continue
        if current is not None:
            yield current
        current = begin, end
    if current is not None:
        yield current


def _constant(zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """From and until when the clocks of a zone are off UTC by the same time, and by which."""
    edges = [0]
    offsets = [_offset(zone, day * 86_400) for day in range(_DAYS + 1)]
    for day, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            edges.append(_change(zone, day * 86_400, (day + 1) * 86_400) * _SECOND)
    edges.append(_DAYS * _DAY)
    for begin, end in pairwise(edges):
        yield begin, end, _offset(zone, begin // _SECOND) * _SECOND


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The second at which the clocks change, between two that differ."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    """How many seconds the clocks are ahead of UTC."""
    ahead = (_EPOCH + dt.timedelta(seconds=second)).astimezone(zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())
