"""How long work really took: finished pieces of work, as forecasts are drawn from them.

Only durations are kept, nothing of what was done or by whom. A piece of work whose duration is no number, is
negative or ends before it begins is left out and counted: exports of work trackers hold such rows where
tickets were moved by hand. Work that begins and ends on one day took one day.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, closest

if TYPE_CHECKING:
    from cxengine.project import Loaded
    from cxengine.project.model import HistoryTable

LEAST = 10
"""Pieces of work from which a forecast is drawn, at least."""

LONGEST = 36525.0
"""Days; what took more than a hundred years is a way to write that it is not finished, as 9999-12-31 is."""


@attrs.frozen
class History:
    """Durations by size, sorted; all of them at the size ""."""

    id: str
    relative: bool
    """Whether they are multiples of what was expected rather than days."""
    durations: Mapping[str, tuple[float, ...]]
    left_out: int = 0
    """Rows that say no duration."""

    def of(self, size: str) -> tuple[float, ...]:
        """The durations of a size, or of all where there are too few of it."""
        found = self.durations.get(size, ())
        return found if len(found) >= LEAST else self.durations[""]


@attrs.frozen
class Histories:
    """The histories of a project by id, with what is to be told of them."""

    found: Mapping[str, History]
    notes: tuple[Diagnostic, ...] = ()


def histories(loaded: Loaded) -> Histories:
    """Reads every history.

    Raises:
        EvidenceError: a file cannot be read (CX243), lacks a column (CX244), or tells of too little (CX245).
    """
    found, notes = {}, []
    for table in loaded.project.histories:
        read = _history(table, loaded)
        found[read.id] = read
        if read.left_out:
            rows = "row" if read.left_out == 1 else "rows"
            message = f'History "{read.id}" leaves out {read.left_out} {rows} without a duration that can be.'
            place = loaded.origins.locate(("history", read.id))
            notes.append(Diagnostic("CX246", message, place, severity="note"))
    return Histories(found, tuple(notes))


def _history(table: HistoryTable, loaded: Loaded) -> History:
    path = ("history", str(table.id))
    columns = _columns(table, loaded)
    file = loaded.origins.folder(path) / table.path
    rows = _rows(file, columns, table, loaded)
    durations: dict[str, list[float]] = {"": []}
    left_out = 0
    for row in rows:
        took = _took(table, row)
        if took is None:
            left_out += 1
            continue
        durations[""].append(took)
        if table.size and row[table.size]:
            durations.setdefault(row[table.size], []).append(took)
    if len(durations[""]) < LEAST:
        count = len(durations[""])
        pieces = "piece" if count == 1 else "pieces"
        message = f"{file.name} tells how long {count} {pieces} of work took; {LEAST} are the least."
        raise EvidenceError(Diagnostic("CX245", message, loaded.origins.locate((*path, "path"))))
    kept = {size: tuple(sorted(values)) for size, values in durations.items()}
    return History(str(table.id), bool(table.expected), kept, left_out)


def _columns(table: HistoryTable, loaded: Loaded) -> tuple[str, ...]:
    """The columns that are read."""
    ends = (table.started, table.finished)
    if bool(table.days) == any(ends) or any(ends) != all(ends):
        place = loaded.origins.locate(("history", table.id))
        message = f'History "{table.id}" needs either `days`, or `started` and `finished`.'
        raise EvidenceError(Diagnostic("CX244", message, place))
    return tuple(name for name in (table.days, *ends, table.expected, table.size) if name)


def _rows(
    file: Path, columns: tuple[str, ...], table: HistoryTable, loaded: Loaded
) -> Iterator[Mapping[str, str]]:
    import csv

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        place = loaded.origins.locate(("history", table.id, "path"))
        raise EvidenceError(Diagnostic("CX243", f"{file} cannot be read: {reason}.", place)) from error
    reader = csv.DictReader(text.splitlines(), restval="")
    known = list(reader.fieldnames or ())
    for name in columns:
        if name not in known:
            meant = closest(name, known)
            hint = f'Did you mean "{meant}"?' if meant else f"Columns: {', '.join(known)}."
            key = next(
                k for k in ("days", "started", "finished", "expected", "size") if getattr(table, k) == name
            )
            place = loaded.origins.locate(("history", table.id, key))
            raise EvidenceError(Diagnostic("CX244", f'{file.name} has no column "{name}".', place, hint))
    yield from reader


def _took(table: HistoryTable, row: Mapping[str, str]) -> float | None:
    """How long a piece of work took: days, or how many times what was expected."""
    days = _number(row[table.days]) if table.days else _between(row[table.started], row[table.finished])
    if days is None or not 0 <= days <= LONGEST or not table.expected:
        return days if days is not None and 0 <= days <= LONGEST else None
    expected = _number(row[table.expected])
    return days / expected if expected else None


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _between(started: str | None, finished: str | None) -> float | None:
    try:
        days = [dt.date.fromisoformat((text or "").strip()[:10]) for text in (started, finished)]
    except ValueError:
        return None
    return float((days[1] - days[0]).days + 1) if days[1] >= days[0] else None
