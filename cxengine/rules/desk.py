"""Compiles the texts of a project and collects what is wrong with them, each at its character."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic
from cxengine.rules.origins import Origins
from cxengine.rules.template import Template, TemplateError, compile_template

Path = tuple[str | int, ...]
"""Where a text is written: table, id, keys."""

Severity = Literal["error", "warning", "note"]
_NUMBERS = {cel.INT, cel.UINT, cel.DOUBLE, cel.DYN}


@attrs.define
class Desk:
    """Compiles texts and collects what is wrong with them."""

    origins: Origins
    functions: tuple[cel.Function, ...] = ()
    findings: list[Diagnostic] = attrs.Factory(list)

    def environment(self, scope: Mapping[str, cel.Type]) -> cel.Environment:
        """What expressions may refer to: the facts in `scope`, and the functions that plugins bring."""
        return cel.Environment(variables=scope, functions=self.functions)

    def program(
        self, environment: cel.Environment, text: str, path: Path, *, shift: int = 0
    ) -> cel.Program | None:
        """The compiled text; None, and findings at `path`, where it cannot be.

        `shift` is how many characters of the text stand before those at `path`.
        """
        try:
            return environment.compile(text)
        except cel.CelError as error:
            self.place((_moved(d, -shift) for d in error.diagnostics) if shift else error.diagnostics, path)
            return None

    def condition(self, environment: cel.Environment, text: str, path: Path) -> cel.Program | None:
        """The compiled text, which must be a condition."""
        program = self.program(environment, text, path)
        if program is not None and program.type not in {cel.BOOL, cel.DYN}:
            message = f"this is of type {program.type}, not a condition"
            self.report("CX401", message, path, 'write a comparison, for example "pain > 0.2"')
        return program

    def number(self, environment: cel.Environment, text: str, path: Path) -> cel.Program | None:
        """The compiled text, which must be a number."""
        program = self.program(environment, text, path)
        if program is not None and program.type not in _NUMBERS:
            message = f"this is of type {program.type}, not a number"
            self.report(
                "CX408", message, path, 'write a formula, for example "impact.likely / effort.likely"'
            )
        return program

    def template(self, environment: cel.Environment, text: str, path: Path) -> Template | None:
        """The compiled text with expressions in braces."""
        try:
            return compile_template(text, environment.compile)
        except TemplateError as error:
            self.place(error.diagnostics, path)
            return None

    def place(self, diagnostics: Iterable[Diagnostic], path: Path) -> None:
        """Keeps findings whose places are relative to the text at `path`."""
        for d in diagnostics:
            self.findings.append(attrs.evolve(d, location=self.origins.locate(path, d.location)))

    def report(self, code: str, message: str, path: Path, hint: str, severity: Severity = "error") -> None:
        """Keeps a finding about the whole value at `path`."""
        self.findings.append(Diagnostic(code, message, self.origins.locate(path), hint, severity))


def _moved(found: Diagnostic, by: int) -> Diagnostic:
    """The finding on the first line, as many columns further; at least at the first one."""
    at = found.location
    if at is None or at.line > 1:
        return found
    end = None if at.end_column is None else max(at.end_column + by, 2)
    return attrs.evolve(found, location=attrs.evolve(at, column=max(at.column + by, 1), end_column=end))
