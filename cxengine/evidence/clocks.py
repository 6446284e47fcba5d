"""Whose clocks the times of a source are of, where its origin says so: an export that names its time zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.project.model import ColumnValue, SourceTable

if TYPE_CHECKING:
    from cxengine.evidence.checks import Origins
    from cxengine.evidence.mapping import Path

YEARS = range(2000, 2036)


def by_clocks_of_origin(table: SourceTable, zones: Mapping[str, str], origins: Origins) -> SourceTable:
    """The table with the time zones that the origin names, by column, where its mapping names none.

    Raises:
        EvidenceError: CX271, the mapping and the origin say differently, or the origin names no time zone.
    """
    mapping, at = table.mapping, ("source", str(table.id), "mapping")
    moment, durations = mapping.occurred_at, dict(mapping.durations)
    wrong: list[Diagnostic | None] = []
    value = ColumnValue(column=moment) if isinstance(moment, str) else moment
    if value is not None and (told := zones.get(value.column or "")):
        wrong.append(_contradiction(value.column, told, value.timezone, (*at, "occurred_at"), origins))
        moment = attrs.evolve(value, timezone=value.timezone or told)
    for name, duration in mapping.durations.items():
        if told := zones.get(duration.start):
            path = (*at, "durations", str(name))
            wrong.append(_contradiction(duration.start, told, duration.timezone, path, origins))
            durations[name] = attrs.evolve(duration, timezone=duration.timezone or told)
    if found := [one for one in wrong if one is not None]:
        raise EvidenceError(*found)
    return attrs.evolve(table, mapping=attrs.evolve(mapping, occurred_at=moment, durations=durations))


def _contradiction(
    column: str | None, told: str, named: str | None, path: Path, origins: Origins
) -> Diagnostic | None:
    """What is wrong with the zone that an origin told and that which the mapping named, if it did."""
    header = f'{path[1]}: the header says that times in "{column}" are of'
    if named is None:
        if _offsets(told) is not None:
            return None
        message = f'{header} "{told}", which is no time zone.'
        hint = 'Name theirs in the mapping: `timezone = "Europe/Berlin"`.'
        return Diagnostic("CX271", message, origins.locate(path), hint)
    if _offsets(told) in (None, _offsets(named)):
        return None
    message = f"{header} {told}, and the mapping says {named}."
    hint = "Leave `timezone` out, so that the header counts, or correct it."
    return Diagnostic("CX271", message, origins.locate((*path, "timezone")), hint)


@cache
def _offsets(zone: str) -> tuple[dt.timedelta | None, ...] | None:
    """How far its clocks are from UTC, twice a month; None where there is no such zone."""
    try:
        clock = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    days = (dt.datetime(y, m, d, 12, tzinfo=clock) for y in YEARS for m in range(1, 13) for d in (1, 15))
    return tuple(day.utcoffset() for day in days)
