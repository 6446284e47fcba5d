"""Where every key and value of a TOML text stands.

`tomllib` says what a document means but not where; this scanner says where and leaves meaning to it.
It runs only when a place has to be shown, and only on text that `tomllib` accepted, so it does not
check: it walks. Line endings must be line feeds alone (`tomllib` normalises them the same way).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

Path = tuple[str | int, ...]
"""Keys and list positions from the root of a document to a value."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:[^\s,#\]}]+|[^\s,#\]}]+")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[ \t]*\n[ \t\n]*|.)", re.DOTALL)


@attrs.frozen
class Span:
    """Offsets into the text; `end` is exclusive."""

    start: int
    end: int


@attrs.frozen
class Entry:
    """Where a key and its value stand; for a table with a header, both are the header."""

    key: Span
    value: Span


def scan(text: str) -> dict[Path, Entry]:
    """The place of every key, value, list element and table of a valid document, by path."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.entries


def statement_at(text: str, offset: int) -> tuple[int, Entry | None]:
    """The start of the statement that ends at or behind `offset`, and where its key was written before.

    All statements up to that one must be well formed.
    """
    scanner = _Scanner(text)
    table: Path = ()
    while True:
        scanner.skip(_BLANK)
        start = scanner.at
        header = text.startswith("[", start)
        scanner.at += 0 if not header else 2 if text.startswith("[[", start) else 1
        names = tuple(name for name, _ in scanner.dotted_key())
        earlier = scanner.entries.get(names if header else (*table, *names))
        scanner.at = start
        if header:
            table = scanner.header()
        else:
            scanner.key_value(table)
        if scanner.at >= offset:
            return start, earlier


def decoded_offsets(text: str, span: Span) -> list[int]:
    """For each character of a string's value, and for its end, the offset where the text spells it."""
    return [*(one.start for one in spelled(text, span)), span.end - _quotes(text, span)]


def spelled(text: str, span: Span) -> list[Span]:
    """For each character of a string's value, where the text spells it."""
    raw = text[span.start : span.end]
    quotes = _quotes(text, span)
    at, end = span.start + quotes, span.end - quotes
    if quotes == 3 and text[at] == "\n":
        at += 1
    found = []
    while at < end:
        step = _ESCAPE.match(text, at) if raw[0] == '"' and text[at] == "\\" else None
        width = step.end() - at if step else 1
        if not (step and "\n" in step.group()):
            found.append(Span(at, at + width))
        at += width
    return found


def _quotes(text: str, span: Span) -> int:
    return 3 if text.startswith(('"""', "'''"), span.start, span.end) else 1


class _Scanner:
    """A cursor over the text that fills `entries`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.entries: dict[Path, Entry] = {}
        self.lengths: dict[Path, int] = {}
        """How many `[[headers]]` an array of tables has had so far."""

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.key_value(table)
            self.skip(_BLANK)

    def header(self) -> Path:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        *parents, (last, _) = self.dotted_key()
        self.at += 2 if array else 1
        path: Path = ()
        for name, _ in parents:
            path = self.current((*path, name))
        path = (*path, last)
        if array:
            self.lengths[path] = self.lengths.get(path, 0) + 1
        span = Span(start, self.at)
        path = self.current(path)
        self.entries[path] = Entry(span, span)
        return path

    def current(self, path: Path) -> Path:
        """The path itself, or its newest element where it is an array of tables."""
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def key_value(self, table: Path) -> None:
        keys = self.dotted_key()
        self.at += 1
        self.skip(_SPACE)
        path = table
        for name, span in keys[:-1]:
            path = (*path, name)
            self.entries.setdefault(path, Entry(span, span))
        name, span = keys[-1]
        self.value((*path, name), span)

    def dotted_key(self) -> list[tuple[str, Span]]:
        """The parts of a key; leaves the cursor on what follows it (`=` or `]`)."""
        keys = []
        while True:
            self.skip(_SPACE)
            start = self.at
            string = _STRING.match(self.text, start)
            bare = string or _BARE_KEY.match(self.text, start)
            assert bare, "a key was expected; tomllib accepts no other text"
            self.at = bare.end()
            name = _decode(bare.group()) if string else bare.group()
            keys.append((name, Span(start, self.at)))
            self.skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def value(self, path: Path, key: Span | None) -> None:
        start = self.at
        opening = self.text[start]
        # The entry comes first, so that containers stand before what they contain.
        self.entries[path] = Entry(Span(start, start), Span(start, start))
        if opening == "[":
            for index in self.items("]"):
                self.value((*path, index), None)
        elif opening == "{":
            for _ in self.items("}"):
                self.key_value(path)
        else:
            found = _STRING.match(self.text, start) or _SCALAR.match(self.text, start)
            assert found, "a value was expected; tomllib accepts no other text"
            self.at = found.end()
        span = Span(start, self.at)
        self.entries[path] = Entry(key or span, span)

    def items(self, closing: str) -> Iterator[int]:
        """Yields at the start of every item of a bracketed list and moves past its end."""
        self.at += 1
        index = 0
        self.skip(_BLANK)
        while self.text[self.at] != closing:
            yield index
            index += 1
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        assert found, "both patterns match the empty text"
        self.at = found.end()


def _decode(string: str) -> str:
    import tomllib

    decoded: str = tomllib.loads(f"key = {string}")["key"]
    return decoded
