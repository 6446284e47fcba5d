"""Changes strings in a TOML file and nothing else: comments, layout and kinds of quotes stay to the byte."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterable, Mapping

from cxengine.cel.spelling import Edit
from cxengine.diagnostics import Diagnostic, OutputError
from cxengine.project.document import Document
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.scanner import Span, decoded_offsets, spelled

__all__ = ["quotes_inside", "rewritten", "write"]

_RUNS_OF_QUOTES = re.compile(r"^'|''|'$")


def quotes_inside(document: Document, path: TomlPath) -> tuple[str, str]:
    """The quotes for text inside the string at `path` that read best there, and what it cannot hold."""
    span = document.string(path)
    opening = document.text[span.start : span.start + 3] if span else '"'
    if opening[0] == '"':
        return "'", ""
    return '"', "" if opening == "'" * 3 else "'"


def rewritten(document: Document, changes: Mapping[TomlPath, Iterable[Edit]]) -> str:
    """The document's text with edits made in the strings at some paths.

    An edit is left out where it would undo a line break that only the spelling has, where quotes that
    cannot be escaped would end the string, and where TOML would not count what comes to stand first or
    after a break.
    """
    edits = [
        (piece, text)
        for path, wanted in changes.items()
        for piece, text in _in_file(document, path, tuple(wanted))
    ]
    text, done, parts = document.text, 0, list[str]()
    for piece, new in sorted(edits, key=lambda edit: edit[0].start):
        parts += [text[done : piece.start], new]
        done = piece.end
    return "".join(parts) + text[done:]


def _in_file(document: Document, path: TomlPath, wanted: tuple[Edit, ...]) -> list[tuple[Span, str]]:
    """The edits of a string as edits of the file."""
    span = document.string(path)
    assert span is not None
    literal = document.text[span.start : span.end]
    value = _value(literal)
    characters, kept, made = spelled(document.text, span), list[Edit](), list[tuple[Span, str]]()
    for edit in wanted:
        piece = _piece(document.text, characters, span, edit)
        ends_string = literal.startswith("'''") and _RUNS_OF_QUOTES.search(edit.text)
        lines = document.text.count("\n", piece.start, piece.end)
        new = (piece, _encoded(edit.text, literal))
        fits = lines <= value.count("\n", edit.start, edit.end) and not ends_string
        if fits and _says(document.text, span, [*kept, edit], [*made, new]):
            kept.append(edit)
            made.append(new)
    return made


def _piece(text: str, characters: list[Span], span: Span, edit: Edit) -> Span:
    if edit.start < edit.end:
        return Span(characters[edit.start].start, characters[edit.end - 1].end)
    at = characters[edit.start - 1].end if edit.start else decoded_offsets(text, span)[0]
    return Span(at, at)


def _encoded(text: str, literal: str) -> str:
    """`text` as it is spelled inside of the TOML string `literal`."""
    if literal[0] == "'":
        return text
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _says(text: str, span: Span, kept: list[Edit], made: list[tuple[Span, str]]) -> bool:
    """Whether the string says what is meant: the file is the author's, and nothing else may be written."""
    meant, spelled_new = _value(text[span.start : span.end]), text[span.start : span.end]
    for edit, (piece, new) in reversed(list(zip(kept, made, strict=True))):
        meant = meant[: edit.start] + edit.text + meant[edit.end :]
        start, end = piece.start - span.start, piece.end - span.start
        spelled_new = spelled_new[:start] + new + spelled_new[end:]
    try:
        return _value(spelled_new) == meant
    except tomllib.TOMLDecodeError:
        return False


def _value(literal: str) -> str:
    value: str = tomllib.loads(f"key = {literal}")["key"]
    return value


def write(document: Document, text: str) -> None:
    """Writes a changed text of the document to its file, whole or not at all.

    Line ends, the byte order mark and the file's permissions stay.

    Raises:
        OutputError: CX605, the file has changed since it was read.
        OSError: it cannot be written.
    """
    path = document.path.resolve()
    raw = path.read_bytes().decode("utf-8")
    if raw.removeprefix("\ufeff").replace("\r\n", "\n") != document.text:
        message = f"{document.name} has changed since it was read."
        raise OutputError(Diagnostic("CX605", message, hint="Try again."))
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(_as_before(raw, text).encode("utf-8"))
        shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _as_before(raw: str, text: str) -> str:
    """`text` with the line ends of `raw`, of which it has as many, and its byte order mark."""
    mark = "\ufeff" if raw.startswith("\ufeff") else ""
    ends = [*re.findall(r"\r?\n", raw), ""]
    return mark + "".join(line + end for line, end in zip(text.split("\n"), ends, strict=True))
