"""One TOML file: its text, its meaning, and the places of its values."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, Location, ProjectError
from cxengine.project.scanner import Entry, Span, decoded_offsets, scan, statement_at
from cxengine.project.scanner import Path as TomlPath

DEEPEST = 60
"""Levels of lists and tables; no table of a project needs ten."""


@attrs.frozen(eq=False)
class Document:
    """A file that was read; `name` is how messages call it. Without data where it could not be parsed."""

    path: Path
    name: str
    text: str = attrs.field(repr=False)
    data: dict[str, Any] = attrs.field(repr=False)

    @cached_property
    def _entries(self) -> dict[TomlPath, Entry]:
        return scan(self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]

    def locate(self, path: TomlPath, *, key: bool = False) -> Location:
        """Where the value at `path` stands, or its key; where there is none, what should contain it."""
        entry = self._entries.get(path)
        if entry:
            return self.place(entry.key if key else entry.value)
        while path:
            path = path[:-1]
            if path in self._entries:
                return self.place(self._entries[path].key)
        return Location(self.name, source=self._line(0))

    def within(self, path: TomlPath, place: Location) -> Location:
        """The place in the file of a place inside the string at `path` (lines and columns from 1)."""
        span = self.string(path)
        if span is None:
            return self.locate(path)
        offsets = decoded_offsets(self.text, span)
        string = tomllib.loads(f"key = {self.text[span.start : span.end]}")["key"]
        lines = string.split("\n")
        line = min(place.line, len(lines)) - 1
        before = sum(len(earlier) + 1 for earlier in lines[:line])
        start = min(before + place.column - 1, len(offsets) - 1)
        end = start + 1 if place.end_column is None else before + place.end_column - 1
        last = offsets[min(end, len(offsets) - 1)]
        return self.place(Span(offsets[start], max(last, offsets[start] + 1)))

    def string(self, path: TomlPath) -> Span | None:
        """Where the string at `path` stands, with its quotes; None where there is none."""
        entry = self._entries.get(path)
        return entry.value if entry and self.text[entry.value.start] in "\"'" else None

    def at_line(self, line: int, column: int) -> Location:
        """A place given by line and column, with its source line."""
        return Location(self.name, line, column, source=self._line(line - 1))

    def offset(self, line: int, column: int) -> int:
        """Where a line and column (from 1) lie in the text."""
        return min(self._line_starts[line - 1] + column - 1, len(self.text))

    def place(self, span: Span) -> Location:
        """The place of a piece of the text."""
        line = bisect_right(self._line_starts, span.start) - 1
        start = self._line_starts[line]
        source = self._line(line)
        end = min(span.end - start, len(source))
        return Location(self.name, line + 1, span.start - start + 1, end + 1, source)

    def _line(self, line: int) -> str:
        if line >= len(self._line_starts):
            return ""
        start = self._line_starts[line]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)]


def read(path: Path, name: str) -> Document:
    """The document in a file.

    Raises:
        ProjectError: CX100 when it cannot be read, CX101 when it is not TOML, CX102 when it is not UTF-8,
            CX103 when it is nested too deeply.
    """
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():  # reading a pipe would wait for ever
            raise ProjectError(Diagnostic("CX100", f"Cannot read {name}: it is no regular file."))
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ProjectError(Diagnostic("CX100", f"Cannot read {name}: {reason}.")) from error
    return parse(_decode(raw, name), path, name)


def parse(text: str, path: Path, name: str) -> Document:
    """The document that a text is, whatever its line endings."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    unparsed = Document(path, name, text, {})
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(_syntax(str(error), unparsed)) from error
    except RecursionError as error:
        raise ProjectError(_too_deep(unparsed)) from error
    except ValueError as error:  # Python refuses to read integers of thousands of digits
        found = re.search(r"\d{4000,}", text)
        place = unparsed.place(Span(found.start(), found.end())) if found else None
        raise ProjectError(Diagnostic("CX101", "A number has too many digits.", place)) from error
    if _depth(data) > DEEPEST:
        raise ProjectError(_too_deep(unparsed))
    return Document(path, name, text, data)


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        hint = f"It looks like {'UTF-16' if utf16 else 'Windows-1252 or Latin-1'}: save it as UTF-8."
        source = raw.split(b"\n")[line - 1].decode("utf-8", "replace").rstrip("\r")
        place = Location(name, line, column, source=None if utf16 else source)
        message = f"The file is not UTF-8: byte 0x{raw[error.start]:02x}."
        raise ProjectError(Diagnostic("CX102", message, place, hint)) from error


def _depth(data: dict[str, Any]) -> int:
    """Levels of nesting, without recursion."""
    deepest = 0
    todo: list[tuple[int, dict[str, Any] | list[Any]]] = [(1, data)]
    while todo:
        level, value = todo.pop()
        deepest = max(deepest, level)
        inner = list(value.values()) if isinstance(value, dict) else value
        todo.extend((level + 1, item) for item in inner if isinstance(item, dict | list))
    return deepest


def _too_deep(document: Document) -> Diagnostic:
    message = f"Lists and tables are nested more than {DEEPEST} levels deep."
    return Diagnostic("CX103", message, Location(document.name))


_SYNTAX: tuple[tuple[str, str, str | None], ...] = (
    (r"Invalid value", "This is not a TOML value.", 'Text needs quotes: name = "I shop".'),
    (r"Expected '=' after a key", "A key needs `=` and a value.", None),
    (r"Invalid statement", "This is neither a key, nor a [table], nor a comment.", None),
    (
        r"Unescaped '\\'",
        "A backslash in a double-quoted text starts an escape.",
        "Use single quotes, which take text as it is: 'C:\\data'.",
    ),
    (
        r"Illegal character '\\n'",
        "The text has no closing quote on its line.",
        'Text of several lines goes between """ and """.',
    ),
    (r"Illegal character '\\r'", "A carriage return stands alone.", "End lines with \\n or \\r\\n."),
    (r"Illegal character", "A control character is not allowed here.", None),
    (r"Cannot mutate immutable", "An inline table { } or a list [ ] cannot be extended later.", None),
    (r"Duplicate inline table key", "The same key is written twice.", None),
    (r"Unclosed array", "The list is not closed.", "Close it with `]`, and separate its items with commas."),
    (r"Unclosed inline table", "The inline table is not closed on its line.", "Close it with `}`."),
    (r"Expected newline or end of document", "Something follows the value on the same line.", None),
    (r"Unterminated string", "The text has no closing quote.", None),
    (r"Expected \"'''\"|Expected '\"\"\"'", "The text of several lines is not closed.", None),
    (r"Expected ']", "The table's header is not closed.", None),
    (r"Invalid initial character for a key", "This is not a key.", "Keys with spaces or signs need quotes."),
    (r"Invalid date or datetime", "There is no such date.", "Dates are written 2026-01-31."),
    (r"Escaped character is not a Unicode scalar|Invalid hex value", "There is no such character.", None),
)


def _written_twice(document: Document, line: int, column: int) -> Diagnostic:
    """A key or table that was there before; `tomllib` notices at the end of the second one."""
    start, earlier = statement_at(document.text, document.offset(line, column))
    header = document.text[start] == "["
    end = document.text.find("\n" if header else "=", start)
    width = len(document.text[start : end if end > 0 else None].rstrip())
    what = f"The {'table' if header else 'key'} `{document.text[start : start + width]}` is written twice"
    first = f"; first at {document.place(earlier.key)}" if earlier else ""
    hint = "Elements of a list have double brackets: [[stage]]." if header else None
    return Diagnostic("CX101", f"{what}{first}.", document.place(Span(start, start + width)), hint)


def _syntax(error: str, document: Document) -> Diagnostic:
    """What `tomllib` found, in words for someone who does not know it."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", error)
    if found:
        line, column = int(found[1]), int(found[2])
    else:
        last = document.text.rstrip("\n")
        line, column = last.count("\n") + 1, len(last.rpartition("\n")[2]) + 1
    if error.startswith(("Cannot overwrite", "Cannot declare")):
        with suppress(RecursionError):  # what is nested too deeply to walk gets the plain message
            return _written_twice(document, line, column)
    for pattern, message, hint in _SYNTAX:
        if re.match(pattern, error):
            return Diagnostic("CX101", message, document.at_line(line, column), hint)
    plain = re.sub(r" \(at [^()]*\)$", "", error)
    return Diagnostic("CX101", f"This is not TOML: {plain}.", document.at_line(line, column))
