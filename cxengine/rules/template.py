"""Texts with CEL in braces: `NPS is {metrics.nps}`; `{{` and `}}` stand for the braces themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic, Location
from cxengine.rules.wording import shown

UNKNOWN = "unknown"


@attrs.frozen(eq=False)
class Template:
    """Literal text and programs in turn."""

    parts: tuple[str | cel.Program, ...]

    @property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """Everything that its expressions read."""
        return frozenset(path for part in self.parts if not isinstance(part, str) for path in part.reads)

    def __call__(self, facts: Mapping[str, Any]) -> str:
        """The text with values filled in; "unknown" where a fact is missing."""
        return "".join(part if isinstance(part, str) else _filled(part, facts) for part in self.parts)


def _filled(program: cel.Program, facts: Mapping[str, Any]) -> str:
    try:
        return shown(program(facts))
    except cel.CelError:
        return UNKNOWN


class TemplateError(Exception):
    """A template that cannot be compiled, with every finding; locations are relative to its text."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics


def compile_template(text: str, compile_: Callable[[str], cel.Program]) -> Template:
    """The template, its expressions compiled.

    Raises:
        TemplateError: a brace is not closed, or an expression is wrong.
    """
    parts: list[str | cel.Program] = []
    findings: list[Diagnostic] = []
    for start, part, is_expression in _split(text, findings):
        if not is_expression:
            parts.append(part)
            continue
        try:
            parts.append(compile_(part))
        except cel.CelError as error:
            findings += [_moved(d, text, start) for d in error.diagnostics]
    if findings:
        raise TemplateError(*findings)
    return Template(tuple(parts))


def _split(text: str, findings: list[Diagnostic]) -> Iterator[tuple[int, str, bool]]:
    """Where each part starts, its text, and whether it is an expression."""
    at = begun = 0
    literal = ""
    while at < len(text):
        if text[at : at + 2] in {"{{", "}}"}:
            literal += text[begun : at + 1]
            at = begun = at + 2
        elif text[at] == "{":
            yield begun, literal + text[begun:at], False
            literal, end = "", _closing(text, at)
            if end is None:
                findings.append(_broken(text, at, "this brace is not closed"))
                return
            yield at + 1, text[at + 1 : end], True
            at = begun = end + 1
        else:
            if text[at] == "}":
                findings.append(_broken(text, at, "this brace closes nothing"))
            at += 1
    yield begun, literal + text[begun:], False


def _closing(text: str, start: int) -> int | None:
    """The brace that closes the one at `start`, past the maps and strings of the expression."""
    depth, quote, at = 0, "", start
    while at < len(text):
        character = text[at]
        if quote:
            at += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            depth += (character == "{") - (character == "}")
            if not depth:
                return at
        at += 1
    return None


def _broken(text: str, at: int, message: str) -> Diagnostic:
    hint = "write {{ and }} for braces that are text"
    return Diagnostic("CX405", message, _location(text, at), hint)


def _location(text: str, at: int) -> Location:
    return Location("", text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _moved(found: Diagnostic, text: str, start: int) -> Diagnostic:
    """The finding, its place relative to the text instead of the expression that starts at `start`."""
    if found.location is None:
        return attrs.evolve(found, location=_location(text, start))
    begin, place = _location(text, start), found.location
    shift = begin.column - 1 if place.line == 1 else 0
    end = None if place.end_column is None else place.end_column + shift
    moved = Location("", begin.line + place.line - 1, place.column + shift, end)
    return attrs.evolve(found, location=moved)
