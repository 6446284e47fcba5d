"""What the engine says to a person: where, what, and a way out.

Every problem that a user can cause becomes a `Diagnostic`; problems that stop the work travel in a
`CxengineError`, which carries all of them. Three renderers turn diagnostics into text for a
terminal, JSON for a program and workflow commands for GitHub.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import attrs

__all__ = [
    "CxengineError",
    "Diagnostic",
    "EvidenceError",
    "Location",
    "Note",
    "OutputError",
    "PlanningError",
    "PluginError",
    "ProjectError",
    "closest",
    "errors",
    "not_utf8",
    "render_github",
    "render_json",
    "render_text",
    "shortened",
]

Severity = Literal["error", "warning", "note"]


@attrs.frozen
class Location:
    """A place in something a user wrote.

    `line` and `column` count from 1; a column counts code points. `end_column` is exclusive and, like
    `source` (the text of the line), serves the caret.
    """

    file: str
    line: int = 1
    column: int = 1
    end_column: int | None = None
    source: str | None = attrs.field(default=None, repr=False, eq=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@attrs.frozen
class Note:
    """A part of a finding that is written elsewhere."""

    message: str
    location: Location | None = None

    def to_json(self) -> dict[str, Any]:
        """The published JSON shape, as that of a finding."""
        at = self.location
        return {
            "message": self.message,
            "file": at.file if at else None,
            "line": at.line if at else None,
            "column": at.column if at else None,
        }


@attrs.frozen
class Diagnostic:
    """One finding: a stable code (`CX101`), how bad it is, what is wrong, where, and a way out.

    `notes` are the parts of it that are written at different places, where there are several. `example` is
    what evidence has there, word for word: people at the terminal see it, what a run writes has it nowhere.
    """

    code: str
    message: str
    location: Location | None = None
    hint: str | None = None
    severity: Severity = "error"
    notes: tuple[Note, ...] = ()
    example: str | None = None

    @property
    def told(self) -> str:
        """The message with its example."""
        return self.message if self.example is None else f'{self.message} It reads "{self.example}".'

    def to_json(self) -> dict[str, Any]:
        """The published JSON shape: flat, with `file`, `line` and `column` null when unknown."""
        at = self.location
        found: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity,
            "message": self.told,
            "hint": self.hint,
            "file": at.file if at else None,
            "line": at.line if at else None,
            "column": at.column if at else None,
        }
        return {**found, "notes": [n.to_json() for n in self.notes]} if self.notes else found


class CxengineError(Exception):
    """The root of everything the engine raises on purpose; `diagnostics` holds every finding."""

    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return render_text(self.diagnostics)


class ProjectError(CxengineError):
    """The TOML of a project is unusable."""


class EvidenceError(CxengineError):
    """Evidence cannot be read or mapped."""


class PluginError(CxengineError):
    """A plugin is missing, broken, or in conflict with another."""


class PlanningError(CxengineError):
    """No roadmap satisfies what the project demands."""


class OutputError(CxengineError):
    """What a run found cannot be written."""


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those findings that stop the work."""
    return tuple(d for d in diagnostics if d.severity == "error")


def not_utf8(text: str) -> str | None:
    """What the system gave as text, such as the name of a file, to be shown; None where it is UTF-8.

    Nothing can be written about such a name: neither JSON nor TOML nor Parquet has its characters.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return None


def shortened(path: str) -> str:
    """A path to be shown, without its middle where it is longer than any that means something."""
    return path if len(path) <= 240 else f"{path[:100]}...{path[-100:]}"


def closest(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The candidate a user most likely meant, or None when nothing is near enough."""
    pool = sorted(set(candidates))
    folded = {c.casefold(): c for c in reversed(pool)}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def render_text(diagnostics: Sequence[Diagnostic]) -> str:
    """One block a finding: `file:line:column: code message`, the source line with a caret, the hint."""
    return "\n".join(_text_block(d) for d in diagnostics)


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON object with the list of findings, in order."""
    return json.dumps({"diagnostics": [d.to_json() for d in diagnostics]}, indent=2, ensure_ascii=False)


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """GitHub Actions workflow commands, one line a finding, so that they show beside the code.

    Many may read them there: they have no examples from evidence.
    """
    return "\n".join(_github_line(d) for d in diagnostics)


def _text_block(diagnostic: Diagnostic) -> str:
    at = diagnostic.location
    kind = "" if diagnostic.severity == "error" else f"{diagnostic.severity}: "
    head = f"{diagnostic.code} {kind}{diagnostic.told}"
    lines = [f"{at}: {head}" if at else head]
    if at and at.source is not None:
        gutter = f"{at.line:>5} | "
        lines += [gutter + _visible(at.source), " " * (len(gutter) - 2) + "| " + _caret(at, at.source)]
    lines += [f"      - {note.location}: {note.message}" for note in diagnostic.notes if note.location]
    if diagnostic.hint:
        lines.append(f"      = {diagnostic.hint}")
    return "\n".join(lines)


def _visible(source: str) -> str:
    """The line without what would move a terminal's cursor."""
    return "".join(
        " " if c == "\t" else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in source
    )


def _caret(at: Location, source: str) -> str:
    lead = sum(_width(c) for c in source[: at.column - 1])
    last = min(at.end_column or at.column + 1, len(source) + 1)
    span = sum(_width(c) for c in source[at.column - 1 : last - 1])
    return " " * lead + "^" * max(span, 1)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _github_line(diagnostic: Diagnostic) -> str:
    level = {"error": "error", "warning": "warning", "note": "notice"}[diagnostic.severity]
    at = diagnostic.location
    place = f"file={_property(at.file)},line={at.line},col={at.column}," if at else ""
    text = diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else "")
    return f"::{level} {place}title={_property(diagnostic.code)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
