"""What cases cover of a decision table: rows that count and that do not, and the outcomes of every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cxengine import cel
from cxengine.cel.unparse import unparse
from cxengine.diagnostics import Diagnostic
from cxengine.project.origins import Origins
from cxengine.project.scanner import Path
from cxengine.rules.cases.outcomes import atoms, outcomes_of
from cxengine.rules.cases.table_mutants import in_words
from cxengine.rules.cells import INPUT
from cxengine.rules.tables import Grid


def table_outcomes(
    grid: Grid, known: Sequence[Mapping[str, Any]], origins: Origins
) -> Iterator[Diagnostic | None]:
    """For every outcome of a table what is to be said; None where it was seen.

    Cells of a row are asked side by side: each for its own input, whatever the others say.
    """
    at: Path = ("table", grid.table.id)
    counted = [grid.counting(facts) for facts in known]
    for index, row in enumerate(grid.rows):
        seen = {counting[index] for counting in counted}
        always = not row.cells and grid.table.hit not in {"first", "priority"}
        for outcome in (True,) if always else (True, False):
            verb = "counts" if outcome else "is decided without counting"
            message = f'In no case row {index + 1} of table "{grid.table.id}" {verb}.'
            finding = Diagnostic("CX431", message, origins.locate((*at, "rows", index)), severity="warning")
            yield None if outcome in seen else finding
        for name, cell in row.cells.items():
            asked = list(_asked(grid.inputs[name], known))
            yield from _of_cell(cell, name, outcomes_of(cell, asked), (*at, "rows", index, name), origins)
    if grid.default:
        message = f'In no case the default of table "{grid.table.id}" answers.'
        finding = Diagnostic("CX431", message, origins.locate((*at, "default")), severity="warning")
        yield None if any(not any(c) and None not in c for c in counted) else finding


def _of_cell(
    cell: cel.Program, name: str, seen: Mapping[int, set[bool]], path: Path, origins: Origins
) -> Iterator[Diagnostic | None]:
    for node in atoms(cell.tree):
        for outcome in (True, False):
            message = f"In no case `{in_words(unparse(node), name)}` is {str(outcome).lower()}."
            finding = Diagnostic("CX432", message, origins.locate(path), severity="warning")
            yield None if outcome in seen.get(id(node), ()) else finding


def _asked(asked: cel.Program, known: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The facts beside the value of an input, where it is known."""
    for facts in known:
        try:
            yield {**facts, INPUT: asked.exact(facts)}
        except cel.CelError:  # a fact is missing: the cell has no outcome
            continue
