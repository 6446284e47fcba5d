"""When the rows of a source happened, by month: what lies far beyond all others is a mistyped year.

Metrics that count back from the last moment would see nothing but such a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.checks import Origins

FEW = 0.01
"""The share of rows that may lie beyond; one row may in any case."""
LEAST_GAP, LEAST_ROWS = 6, 10
"""Months of silence before it, and rows before that, from which a row seems to be lost in time."""
LONGEST_TEXT = 40


@attrs.frozen
class Moment:
    """The last moment, where it stands and how it is written there."""

    at: str
    origin: str
    position: int
    text: str

    def is_after(self, other: Moment) -> bool:
        """Whether it is told rather than the other: of the same moments, the one that stands first is."""
        return (self.at, other.origin, other.position) > (other.at, self.origin, self.position)


@attrs.frozen
class Moments:
    """Rows by month (12 * year + month - 1), and the last moment of them."""

    months: Mapping[int, int] = attrs.field(factory=dict)
    last: Moment | None = None

    def joined(self, other: Moments) -> Moments:
        """Those of two parts of one source."""
        there = sorted({*self.months, *other.months})
        months = {month: self.months.get(month, 0) + other.months.get(month, 0) for month in there}
        if self.last is None or (other.last is not None and other.last.is_after(self.last)):
            return Moments(months, other.last)
        return Moments(months, self.last)

    def lost(self) -> tuple[int, int] | None:
        """How few rows lie further beyond all others than those span, and the month in which those end."""
        there, total, beyond = sorted(self.months), sum(self.months.values()), 0
        found = None
        for before, after in reversed(list(pairwise(there))):
            beyond += self.months[after]
            if beyond > max(1, FEW * total) or total - beyond < LEAST_ROWS:
                break
            if after - before > max(LEAST_GAP, before - there[0] + 1):
                found = beyond, before
        return found

    def told(self, source: str, origins: Origins) -> Iterator[Diagnostic]:
        """A warning where few rows happened long after all others."""
        found = self.lost()
        if found is None or self.last is None:
            return
        rows, ended = found
        first_after = dt.date((ended + 1) // 12, (ended + 1) % 12 + 1, 1)
        until = first_after - dt.timedelta(days=1)
        shown = (
            self.last.text if len(self.last.text) <= LONGEST_TEXT else f"{self.last.text[:LONGEST_TEXT]}..."
        )
        yield Diagnostic(
            "CX273",
            f"{source}: {rows:,} of {sum(self.months.values()):,} rows happened long after all others, which"
            f" end in {until:%Y-%m} (the last in {self.last.origin}, row {self.last.position:,}:"
            f' "{shown}"); what counts back from the last moment sees hardly anything else.',
            origins.locate(("source", source, "mapping", "occurred_at")),
            f"Is a year mistyped? `until = {until}` in [evidence] sets aside what is later; if nobody else"
            " has seen a run with it, begin anew then with `--previous none`.",
            severity="warning",
        )


def moments(backend: DuckDB, text: str, origin: str) -> Moments:
    """Those of the good rows in `staged`; `text` is SQL of how a moment is written."""
    months = backend.execute(
        "SELECT 12 * year(t_occurred_at) + month(t_occurred_at) - 1 AS month, count(*) AS n,"
        " max(t_occurred_at) AS last FROM staged WHERE fault IS NULL AND t_occurred_at IS NOT NULL"
        " GROUP BY month ORDER BY month"
    ).to_pylist()
    if not months:
        return Moments()
    last = months[-1]["last"].isoformat(" ")
    (first,) = backend.execute(
        f"SELECT position, {text} AS text FROM staged WHERE fault IS NULL"
        f" AND t_occurred_at = TIMESTAMP '{last}' ORDER BY position LIMIT 1"
    ).to_pylist()
    moment = Moment(last, origin, first["position"], first["text"])
    return Moments({month["month"]: month["n"] for month in months}, moment)
