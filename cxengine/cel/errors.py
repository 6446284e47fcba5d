"""What can go wrong with an expression: kinds, their stable codes, and the one exception.

Data layout. `CODES` maps every kind of failure to its code; a `Finding` is a kind, a message, a span of
the source and a hint; `Source` turns spans into lines and columns.
"""

from __future__ import annotations

from bisect import bisect_right

import attrs

from ..diagnostics import CxengineError, Diagnostic, Location

__all__ = ["CODES", "MOST_FINDINGS", "CelError", "Finding", "Source", "fault"]

CODES = {
    "syntax": "CEL101",
    "limit": "CEL102",
    "undeclared_name": "CEL201",
    "unknown_function": "CEL202",
    "no_such_overload": "CEL203",
    "no_such_field": "CEL204",
    "not_in_enum": "CEL205",
    "type_mismatch": "CEL206",
    "may_be_null": "CEL207",
    "bad_macro": "CEL208",
    "unsupported": "CEL209",
    "overflow": "CEL301",
    "divide_by_zero": "CEL302",
    "modulus_by_zero": "CEL303",
    "no_such_key": "CEL304",
    "index_out_of_range": "CEL305",
    "invalid_argument": "CEL306",
    "out_of_range": "CEL307",
    "duplicate_key": "CEL308",
    "unsupported_key_type": "CEL309",
    "no_value": "CEL310",
    "wrong_fact": "CEL311",
    "function_failed": "CEL312",
}
MOST_FINDINGS = 100
"""What is shown of the findings in one expression; the others are counted."""


class CelError(CxengineError):
    """An expression that cannot be read, does not fit its facts, or fails when evaluated.

    `kind` is a key of `CODES`; of several findings it is the first one's. While an error travels up
    through an evaluation, `span` is the part of the source that failed, None before that is known.
    """

    def __init__(self, *diagnostics: Diagnostic, kind: str, span: tuple[int, int] | None = None) -> None:
        super().__init__(*diagnostics)
        self.kind = kind
        self.span = span

    @property
    def message(self) -> str:
        """What happened, without where: the first finding's message."""
        return self.diagnostics[0].message

    def within(self, source: Source) -> CelError:
        """The same error with its place in `source`."""
        if self.span is None:
            return self
        located = [
            attrs.evolve(d, location=d.location or source.location(self.span)) for d in self.diagnostics
        ]
        return CelError(*located, kind=self.kind, span=self.span)


def fault(kind: str, message: str, hint: str | None = None) -> CelError:
    """An error of evaluation, to be raised; its place is not known yet."""
    return CelError(Diagnostic(CODES[kind], message, hint=hint), kind=kind)


@attrs.frozen
class Finding:
    """One thing that is wrong with an expression."""

    kind: str
    message: str
    span: tuple[int, int]
    hint: str | None = None


class Source:
    """The text of an expression, and the lines in it."""

    def __init__(self, text: str, name: str = "<expression>") -> None:
        self.text = text
        self.name = name
        self._starts: list[int] = []
        self._lines: dict[int, str] | None = None

    def location(self, span: tuple[int, int]) -> Location:
        """Where `span` starts; its end is cut at the end of the first line."""
        if self._lines is None:
            self._lines = {}
            self._starts = [0, *(i + 1 for i, character in enumerate(self.text) if character == "\n")]
        start, end = span
        line = bisect_right(self._starts, start)
        first = self._starts[line - 1]
        if line not in self._lines:
            last = self.text.find("\n", first)
            self._lines[line] = self.text[first : last if last >= 0 else None].rstrip("\r")
        column = start - first + 1
        end_column = max(min(end - first, len(self._lines[line])) + 1, column + 1)
        return Location(self.name, line, column, end_column, self._lines[line])

    def error(self, findings: list[Finding]) -> CelError:
        """All `findings` as one exception, in the order in which they stand in the text."""
        ordered = sorted(findings, key=lambda finding: finding.span)
        diagnostics = [
            Diagnostic(CODES[f.kind], f.message, self.location(f.span), hint=f.hint)
            for f in ordered[:MOST_FINDINGS]
        ]
        if len(ordered) > MOST_FINDINGS:
            message = f"{len(ordered) - MOST_FINDINGS} more findings in this expression are not shown"
            place = self.location(ordered[MOST_FINDINGS].span)
            diagnostics.append(Diagnostic(CODES["limit"], message, place, severity="note"))
        return CelError(*diagnostics, kind=ordered[0].kind, span=ordered[0].span)
