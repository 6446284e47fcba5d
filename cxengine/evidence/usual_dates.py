"""In which usual way dates are written that a mapping does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.evidence.sql import text, time

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB

DAYS = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
WAYS: tuple[str | None, ...] = (None, *(day + clock for day in DAYS for clock in CLOCKS))
"""None is ISO 8601."""
MOST = 0.5
"""The share of them that must fit one way: the others are mistyped."""


def hint(backend: DuckDB, source: str, column: str, reason: str, every: int) -> str | None:
    """The way out where some of the `every` texts of a column that are no dates are such in a usual way."""
    counts = ", ".join(f"count({time('value', way, 'UTC')})" for way in WAYS)
    found = backend.execute(
        f"SELECT [{counts}] AS fit FROM quarantine WHERE source = {text(source)}"
        f' AND "column" = {text(column)} AND reason = {text(reason)}'
    ).column("fit")[0]
    fit = [int(n) for n in found.as_py()]
    if (most := max(fit)) < MOST * every:
        return None
    ways = [way for way, n in zip(WAYS, fit, strict=True) if n == most]
    told = " or ".join("ISO 8601 (read without a `format`)" if way is None else f"`{way}`" for way in ways)
    some = "All" if most == every else f"{most:,} of them"
    return (
        f"{some} fit {told}. One `format` is for the whole column: is it that one? Where the file has dates"
        " of both kinds, write them all in one way."
    )
