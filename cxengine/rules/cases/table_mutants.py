"""Small mistakes in a decision table: every mutant of every input, cell and answer, as a table of its own.

Left out is what the checks of tables would refuse (rows that then clash), and what no values tell apart: a
bound that moves only where an earlier row counts, or beyond what the input can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel.unparse import unparse
from cxengine.diagnostics import Location
from cxengine.project.model import Project
from cxengine.project.origins import Origins
from cxengine.rules.cases.mutants import Mutant, mutants
from cxengine.rules.cells import INPUT
from cxengine.rules.desk import Desk, Path, moved
from cxengine.rules.domain import Domain
from cxengine.rules.grounds import Grounds
from cxengine.rules.ruleset import CompiledRule
from cxengine.rules.table_findings import counts_somewhere
from cxengine.rules.tables import Grid, Row, as_rule, made_row


class _Nowhere:
    """Nobody wrote a mutant anywhere."""

    def locate(self, path: Path, within: Location | None = None) -> Location | None:
        del path, within
        return None


@attrs.frozen(eq=False, slots=False)
class TableMutant:
    """A changed table: what was written, what it became, and where."""

    before: str
    after: str
    place: Location | None
    grid: Grid

    @cached_property
    def rule(self) -> CompiledRule | None:
        """The table as a rule; None where it is none, because answers no longer are of one type."""
        return as_rule(self.grid, Desk(_Nowhere()))

    def matters(self, original: Grid, facts: Mapping[str, Any]) -> bool:
        """Whether any row counts otherwise, or answers otherwise where it counts, for these facts."""
        return _answers(original, facts) != _answers(self.grid, facts)


def _answers(grid: Grid, facts: Mapping[str, Any]) -> list[Any]:
    counting = grid.counting(facts)
    found: list[Any] = [*counting]
    for row, counts in zip(grid.rows, counting, strict=True):
        found += [_value(program, facts) for program in row.outputs.values()] if counts else []
    found += [_value(program, facts) for program in grid.default.values()] if not any(counting) else []
    return found


def _value(program: cel.Program, facts: Mapping[str, Any]) -> Any:
    try:
        return program.exact(facts)
    except cel.CelError as error:
        return error.message


def table_mutants(
    grid: Grid, whole: frozenset[str], project: Project, origins: Origins
) -> Iterator[TableMutant]:
    """All mutants of a table, in the order of its text; `whole` names the facts in whole numbers."""
    yield from _Table(grid, whole, project, origins).mutants()


@attrs.frozen(eq=False)
class _Table:
    grid: Grid
    whole: frozenset[str]
    project: Project
    origins: Origins

    @property
    def path(self) -> Path:
        return ("table", self.grid.table.id)

    def mutants(self) -> Iterator[TableMutant]:
        """Inputs, then row by row cells and answers, then the default."""
        grid = self.grid
        yield from self._of_inputs()
        for index, row in enumerate(grid.rows):
            yield from self._of_cells(index, row)
            for name, mutant, changed in _of_answers(row.outputs, grid.environment):
                other = attrs.evolve(row, outputs={**row.outputs, name: changed})
                place = self._place(("rows", index, name), mutant, row.outputs[name])
                before, after = f"{name} = {mutant.before}", f"{name} = {mutant.after}"
                yield TableMutant(before, after, place, self._with_row(index, other))
        for name, mutant, changed in _of_answers(grid.default, grid.environment):
            place = self._place(("default", name), mutant, grid.default[name])
            before, after = f"{name} = {mutant.before}", f"{name} = {mutant.after}"
            other_default = {**grid.default, name: changed}
            yield TableMutant(before, after, place, attrs.evolve(grid, default=other_default))

    def _of_inputs(self) -> Iterator[TableMutant]:
        grid = self.grid
        for name, program in grid.inputs.items():
            for mutant in mutants(program, self.whole):
                changed = _recompiled(grid.environment, mutant)
                if changed is not None and changed.type == program.type:
                    inputs = {**grid.inputs, name: changed}
                    rows = tuple(self._row(row.cells, row, inputs) for row in grid.rows)
                    place = self._place(("inputs", name), mutant, program)
                    other = attrs.evolve(grid, inputs=inputs, rows=rows)
                    yield TableMutant(mutant.before, mutant.after, place, other)

    def _of_cells(self, index: int, row: Row) -> Iterator[TableMutant]:
        domain, desk = Domain(self.project, self.grid.table.about, {}), Desk(_Nowhere())
        for name, cell in row.cells.items():
            asked = self.grid.inputs[name]
            whole = self.whole | {INPUT} if asked.source.text in self.whole else self.whole
            for mutant in mutants(cell, whole):
                changed = _recompiled(self.grid.cells[name], mutant)
                if changed is None:
                    continue
                other = self._row({**row.cells, name: changed}, row, self.grid.inputs)
                if counts_somewhere(self.grid, index, other, domain, desk):
                    place = self._place(("rows", index, name), mutant, cell)
                    before, after = in_words(mutant.before, name), in_words(mutant.after, name)
                    yield TableMutant(before, after, place, self._with_row(index, other))

    def _row(self, cells: Mapping[str, cel.Program], row: Row, inputs: Mapping[str, cel.Program]) -> Row:
        because = None if isinstance(row.because, Grounds) else row.because
        return made_row(cells, row.outputs, because, inputs, self.grid.environment)

    def _with_row(self, index: int, row: Row) -> Grid:
        rows = self.grid.rows
        return attrs.evolve(self.grid, rows=(*rows[:index], row, *rows[index + 1 :]))

    def _place(self, keys: Path, mutant: Mutant, program: cel.Program) -> Location:
        written: Any = self.grid.table
        for key in keys:
            written = getattr(written, str(key)) if written is self.grid.table else written[key]
        shift = program.source.text.find(written) if isinstance(written, str) else -1
        within = moved(mutant.place, -shift) if shift >= 0 else None  # else a number, or one made a double
        return self.origins.locate((*self.path, *keys), within)


def in_words(cell: str, name: str) -> str:
    """The text of a cell with the name of its input for `_`."""
    return _INPUT.sub(name, cell)


_INPUT = re.compile(rf"(?<!\w){INPUT}(?!\w)")


def _of_answers(
    answers: Mapping[str, cel.Program], environment: cel.Environment
) -> Iterator[tuple[str, Mutant, cel.Program]]:
    for name, program in answers.items():
        for mutant in mutants(program, frozenset()):
            changed = _recompiled(environment, mutant)
            if changed is not None:
                yield name, mutant, changed


def _recompiled(environment: cel.Environment, mutant: Mutant) -> cel.Program | None:
    """The mutant from its own text; None where that is no expression that would be accepted."""
    try:
        return environment.compile(unparse(mutant.program.tree))
    except cel.CelError:
        return None
