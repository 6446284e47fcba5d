"""Compiles the texts of a project and collects what is wrong with them, each at its character."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.diagnostics import Diagnostic, Location
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
            program = environment.compile(text)
        except cel.CelError as error:
            self.place((_moved(d, -shift) for d in error.diagnostics) if shift else error.diagnostics, path)
            return None
        return program if not self.functions or self._runs_here(program, path) else None

    def _runs_here(self, program: cel.Program, path: Path) -> bool:
        """Whether all functions that plugins bring are implemented where rules run; else that is said."""
        own = {overload for function in self.functions for overload in function.overloads}
        calls = [node for node in ast.walk(program.tree) if isinstance(node, ast.Call)]
        missing = {c.function for c in calls for o in c.candidates if o in own and o.python is None}
        for name in sorted(missing):
            message = f"the function {name} has no implementation in Python, where rules run"
            self.report("CX419", message, path, "ask the author of the plugin for one")
        return not missing

    def condition(self, environment: cel.Environment, text: str, path: Path) -> cel.Program | None:
        """The compiled text, which must be a condition."""
        program = self.program(environment, text, path)
        if program is not None and program.type not in {cel.BOOL, cel.DYN}:
            message = f"this is of type {program.type}, not a condition"
            self.report("CX401", message, path, 'write a comparison, for example "pain > 0.2"')
        return program

    def number(
        self, environment: cel.Environment, text: str, path: Path, *, shift: int = 0
    ) -> cel.Program | None:
        """The compiled text, which must be a number; `shift` as for `program`."""
        program = self.program(environment, text, path, shift=shift)
        if program is not None and program.type not in _NUMBERS:
            message = f"this is of type {program.type}, not a number"
            self.report(
                "CX408", message, path, 'write a formula, for example "impact.likely / effort.likely"'
            )
        return program

    def template(self, environment: cel.Environment, text: str, path: Path) -> Template | None:
        """The compiled text with expressions in braces."""
        try:
            template = compile_template(text, environment.compile)
        except TemplateError as error:
            self.place(error.diagnostics, path)
            return None
        programs = [part for part in template.parts if not isinstance(part, str)] if self.functions else []
        return template if all(self._runs_here(program, path) for program in programs) else None

    def place(self, diagnostics: Iterable[Diagnostic], path: Path) -> None:
        """Keeps findings whose places are relative to the text at `path`."""
        for d in diagnostics:
            self.findings.append(attrs.evolve(d, location=self.origins.locate(path, d.location)))

    def report(self, code: str, message: str, path: Path, hint: str, severity: Severity = "error") -> None:
        """Keeps a finding about the whole value at `path`."""
        self.findings.append(Diagnostic(code, message, self.origins.locate(path), hint, severity))


def _moved(found: Diagnostic, by: int) -> Diagnostic:
    """The finding, its place moved."""
    return found if found.location is None else attrs.evolve(found, location=moved(found.location, by))


def moved(at: Location, by: int) -> Location:
    """The place on the first line, as many columns further; at least at the first one."""
    if at.line > 1:
        return at
    end = None if at.end_column is None else max(at.end_column + by, 2)
    return attrs.evolve(at, column=max(at.column + by, 1), end_column=end)
