"""Reads event logs in XES (IEEE 1849), plain or gzipped, as a stream of events.

The parser is expat with every declaration of an entity refused, so that a hostile file can neither expand
in memory nor read another file; memory does not grow with the length of the log.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, cast
from xml.parsers import expat

from cxengine.diagnostics import Diagnostic, EvidenceError, Location

CHUNK = 1 << 16
VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
CASE = "case:"

Event = Mapping[str, str]


def read_xes(path: Path, origin: str) -> Iterator[Event]:
    """Every event of a log, in order: its attributes by key, those of its case as `case:<key>`.

    Raises:
        EvidenceError: CX207, when it is no XES, is cut off, or declares entities.
    """
    reader = _Reader()
    try:
        with _opened(path) as file:
            while chunk := file.read(CHUNK):
                reader.parser.Parse(chunk, False)
                yield from reader.taken()
            reader.parser.Parse(b"", True)
            yield from reader.taken()
    except expat.ExpatError as error:
        place = Location(origin, error.lineno, error.offset + 1)
        message = f"{origin} is not a readable XES log: {expat.ErrorString(error.code)}."
        raise EvidenceError(
            Diagnostic("CX207", message, place, "Is it cut off, or of another format?")
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        message = f"{origin} is not a readable XES log: the gzip stream is damaged."
        raise EvidenceError(Diagnostic("CX207", message, Location(origin))) from error
    except _RefusedError as error:
        place = Location(origin, error.line)
        raise EvidenceError(Diagnostic("CX207", f"{origin} {error}.", place)) from error


class _RefusedError(Exception):
    """What a log must not hold."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


class _Reader:
    """Collects events while the parser runs; attributes of attributes are passed over."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entity
        self._open: list[str] = []
        self._case: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._pending: list[Event] = []

    def taken(self) -> list[Event]:
        """The events that were completed since."""
        done, self._pending = self._pending, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if not self._open and tag != "log":
            raise _RefusedError(f"is no XES log: it begins with <{tag}>", self.parser.CurrentLineNumber)
        if tag in VALUES and "key" in attributes:
            if self._open[-2:] == ["trace", "event"]:
                self._event[attributes["key"]] = attributes.get("value", "")
            elif self._open[-1] == "trace":
                self._case[CASE + attributes["key"]] = attributes.get("value", "")
        elif tag == "trace":
            self._case = {}
        elif tag == "event":
            self._event = {}
        self._open.append(tag)

    def _end(self, name: str) -> None:
        self._open.pop()
        if name.rpartition(" ")[2] == "event":
            self._pending.append(self._case | self._event)

    def _refuse_entity(self, *_: object) -> None:
        raise _RefusedError("declares entities, which no XES log needs", self.parser.CurrentLineNumber)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if zipped else path.open("rb")
