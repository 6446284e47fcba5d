"""The responses of one survey on disk: what earlier exports gave, and the token for what comes after.

One file a survey, replaced as a whole: either an export and its token are both in it, or neither. So a run
that is cut off anywhere, or two at once, neither lose a response nor have one twice.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import attrs

from cxengine_qualtrics import failure
from cxengine_qualtrics.responses import Row

Drop = Callable[[Row], bool]
FORM = 1
"""Of the file; another one is not read."""


@attrs.frozen
class Head:
    """The first line: what was asked for, when all of it was, and the token for what comes after."""

    asked: Mapping[str, Any]
    exported_at: str
    token: str | None
    form: int = FORM

    def continues(self, asked: Mapping[str, Any], now: dt.datetime, days: float) -> bool:
        """Whether what is there can be brought up to date."""
        age = now - dt.datetime.fromisoformat(self.exported_at)
        return self.asked == asked and self.token is not None and age < dt.timedelta(days=days)


@attrs.frozen
class Store:
    """The file."""

    path: Path

    def head(self) -> Head | None:
        """What is there; None where nothing is, or something of another form.

        Raises:
            EvidenceError: QX08, it cannot be read.
        """
        try:
            with self.path.open(encoding="ascii", errors="replace") as file:
                found = _line(file.readline(), self.path)
        except FileNotFoundError:
            return None
        if not isinstance(found, dict) or found.get("form") != FORM:
            return None
        try:
            return Head(**found)
        except TypeError:
            raise failure.damaged(str(self.path)) from None

    def rows(self) -> Iterator[Row]:
        """The responses; of one that was changed, the last.

        Raises:
            EvidenceError: QX08.
        """
        last = {row.id: number for number, row in enumerate(self._every()) if row.id}
        for number, row in enumerate(self._every()):
            if not row.id or last[row.id] == number:
                yield row

    def replace(self, head: Head, rows: Iterable[Row], *, keep: bool, drop: Drop = lambda _: False) -> None:
        """Writes the file anew: with `keep`, after what is there; without the rows that are to `drop`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f"{self.path.name}.")
        written = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(attrs.asdict(head)) + "\n")
                for row in chain(self._every() if keep else (), rows):
                    if not drop(row):
                        _write(file, row)
                file.flush()
                os.fsync(file.fileno())
            written.replace(self.path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise

    def remove(self, drop: Drop) -> list[Row]:
        """Takes out the rows that are to `drop`, with all versions of their responses; which these are.

        What killed runs have left half-written goes, too, and a file of another form.
        """
        for left in self.path.parent.glob(f"{self.path.name}.*"):
            left.unlink(missing_ok=True)
        head = self.head()
        if head is None:
            self.path.unlink(missing_ok=True)
            return []
        found = [row for row in self._every() if drop(row)]
        ids = {row.id for row in found if row.id}
        if found:
            self.replace(head, (), keep=True, drop=lambda row: row.id in ids or drop(row))
        return found

    def _every(self) -> Iterator[Row]:
        with self.path.open(encoding="ascii", errors="replace") as file:
            next(file, None)
            for line in file:
                found = _line(line, self.path)
                if not (isinstance(found, list) and len(found) == 3):
                    raise failure.damaged(str(self.path))
                yield Row(*found)


def _write(file: TextIO, row: Row) -> None:
    file.write(json.dumps([row.id, dict(row.values), row.refused]) + "\n")


def _line(line: str, path: Path) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise failure.damaged(str(path)) from None
