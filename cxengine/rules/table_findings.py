"""What the rows of a decision table leave out, say twice, or say in vain; each with values that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import attrs

from cxengine.cel import ast
from cxengine.rules.column import Column, column
from cxengine.rules.desk import Desk, Path, Severity
from cxengine.rules.domain import Domain
from cxengine.rules.facts import params
from cxengine.rules.possible import Possible
from cxengine.rules.span import Values
from cxengine.rules.tables import Grid, Row, rank
from cxengine.rules.wording import listed

MOST_STEPS = 20_000
MOST_GAPS = 3

Region = tuple[int, ...]
"""For each column, a set of its parts."""


def analyse(grid: Grid, domain: Domain, desk: Desk) -> None:
    """Says what is to be said about the rows: gaps, contradictions, rows that do nothing.

    What is claimed is true of the inputs as independent values. Cells that do more than compare their
    input with values are taken to hold everywhere where that makes a claim weaker, and nowhere elsewhere.
    """
    _Analysis(grid, _columns(grid, domain), desk).report()


def _columns(grid: Grid, domain: Domain) -> list[Column]:
    possible, facts = Possible(domain), {"params": params(domain.project)}
    found = []
    for name, program in grid.inputs.items():
        values: Values | None = possible.value(program.tree, {})
        cells = [row.cells.get(name) for row in grid.rows]
        if values is None:
            found.append(Column(name, (None,), tuple(None if cell else 1 for cell in cells)))
        else:
            found.append(column(name, program.type, values, cells, facts))
    return found


def counts_somewhere(grid: Grid, index: int, changed: Row, domain: Domain, desk: Desk) -> bool:
    """Whether a table with another row in the place of one would be accepted and answer otherwise anywhere.

    True also where that cannot be told: where cells are not analysed, or there are too many combinations.
    """
    more = attrs.evolve(grid, rows=(*grid.rows, changed))
    analysis = _Analysis(more, _columns(more, domain), desk)
    try:
        return analysis.differs(index) and not analysis.is_refused(index)
    except TooMuch:
        return True


class TooMuch(Exception):  # noqa: N818 - it is caught here and becomes a note
    """There are more combinations than are looked at."""


@attrs.frozen(eq=False)
class _Analysis:
    grid: Grid
    columns: Sequence[Column]
    desk: Desk

    @property
    def path(self) -> Path:
        return ("table", self.grid.table.id)

    def report(self) -> None:
        """All findings."""
        self._outside()
        try:
            self._agreement()
            self._vain()
            self._gaps()
        except TooMuch:
            message = f'table "{self.grid.table.id}" has too many combinations to analyse all of them'
            self._say("CX417", message, self.path, "split it into two tables", "note")

    def _say(self, code: str, message: str, path: Path, hint: str, severity: Severity) -> None:
        self.desk.report(code, message, path, hint, severity)

    def _outside(self) -> None:
        """Cells that are not understood."""
        for one in self.columns:
            for index, cell in enumerate(one.cells):
                if cell is None:
                    message = "this cell does more than compare its input with values: it is not analysed"
                    hint = "gaps and overlaps that depend on it are not found"
                    self._say("CX416", message, (*self.path, "rows", index, one.name), hint, "note")

    def region(self, row: int, *, largest: bool) -> Region | None:
        """Where a row holds, at most or at least; None where that is nowhere."""
        unknown = [one.everything if largest else 0 for one in self.columns]
        cells = (one.cells[row] for one in self.columns)
        parts = tuple(u if cell is None else cell for cell, u in zip(cells, unknown, strict=True))
        return None if 0 in parts else parts

    def witness(self, region: Region) -> str:
        """Values that fall into a region."""
        shown = [
            f"{one.name} {_shown(one.sample(parts))}" for one, parts in zip(self.columns, region, strict=True)
        ]
        return listed(shown) or "anything"

    # --- rows against one another -------------------------------------------------------------------

    def _agreement(self) -> None:
        """Rows that hold at once and must not."""
        table = self.grid.table
        if table.hit not in {"unique", "any", "priority"}:
            return
        for first, second in combinations(range(len(self.grid.rows)), 2):
            both = self._common(first, second)
            if both is None or not self._clash(first, second):
                continue
            sure = table.hit == "unique" or self._differ_surely(first, second)
            problem = "both hold" if table.hit == "unique" else "answer differently"
            message = f"rows {first + 1} and {second + 1} {problem} for {self.witness(both)}"
            code = "CX411" if table.hit == "unique" else "CX412"
            hint = {
                "unique": 'make the cells exclude each other, or choose hit = "first", "any" or "priority"',
                "any": 'rows that may hold at once have to agree; or choose hit = "first" or "priority"',
                "priority": "rows with the same first output have to agree on the others",
            }[table.hit]
            at = (*self.path, "rows", second)
            self._say(code, message, at, hint, "error" if sure else "warning")

    def _common(self, first: int, second: int) -> Region | None:
        one, other = self.region(first, largest=False), self.region(second, largest=False)
        if one is None or other is None:
            return None
        both = tuple(a & b for a, b in zip(one, other, strict=True))
        return None if 0 in both else both

    def _clash(self, first: int, second: int) -> bool:
        """Whether two rows that hold at once are a mistake."""
        table, rows = self.grid.table, self.grid.rows
        if table.hit == "unique":
            return True
        if table.hit == "priority" and rank(table, rows[first]) != rank(table, rows[second]):
            return False
        return self._answers(first) != self._answers(second)

    def _answers(self, row: int) -> tuple[str, ...]:
        return tuple(program.canonical() for program in self.grid.rows[row].outputs.values())

    def _differ_surely(self, first: int, second: int) -> bool:
        """Whether one of the outputs has two different values; formulas may still agree."""
        trees = [[p.tree for p in self.grid.rows[row].outputs.values()] for row in (first, second)]
        return any(
            isinstance(a, ast.Literal) and isinstance(b, ast.Literal) and a.value != b.value
            for a, b in zip(*trees, strict=True)
        )

    # --- a row instead of another -------------------------------------------------------------------

    def differs(self, index: int) -> bool:
        """Whether the last row holds elsewhere than the one whose place it takes, and counts there."""
        changed = len(self.grid.rows) - 1
        for position, one in enumerate(self.columns):
            before, after = one.cells[index], one.cells[changed]
            if before is None or after is None:
                return True
            if before != after:
                others = [e if (c := o.cells[index]) is None else c for o, e in self._everything()]
                region = (*others[:position], before ^ after, *others[position + 1 :])
                better = [found for b in self._better(index) if (found := self.region(b, largest=False))]
                return 0 not in region and any(_gaps(region, better, _Steps()))
        return False

    def _everything(self) -> list[tuple[Column, int]]:
        return [(one, one.everything) for one in self.columns]

    def _better(self, row: int) -> list[int]:
        """The rows that count instead of this one where both hold, whatever they answer."""
        table, rows = self.grid.table, self.grid.rows
        if table.hit == "first":
            return list(range(row))
        own = rank(table, rows[row]) if table.hit == "priority" else 0
        return [o for o, one in enumerate(rows) if table.hit == "priority" and rank(table, one) < own]

    def is_refused(self, index: int) -> bool:
        """Whether the last row and another one, but for the one in whose place it would stand, clash."""
        table, changed = self.grid.table, len(self.grid.rows) - 1
        if table.hit not in {"unique", "any", "priority"}:
            return False
        clashing = (
            o for o in range(changed) if o != index and self._common(o, changed) and self._clash(o, changed)
        )
        return any(table.hit == "unique" or self._differ_surely(other, changed) for other in clashing)

    # --- rows in vain -------------------------------------------------------------------------------

    def _vain(self) -> None:
        """Rows that never hold, or never count."""
        for row in range(len(self.grid.rows)):
            region, at = self.region(row, largest=True), (*self.path, "rows", row)
            if region is None:
                empty = next(one for one in self.columns if one.cells[row] == 0)
                message = f"row {row + 1} never holds: no value of {empty.name} meets its cell"
                hint = "correct the cell, or take the row out"
                self._say("CX413", message, (*at, empty.name), hint, "warning")
                continue
            better = self._before(row)
            covering = [(b, found) for b in better if (found := self.region(b, largest=False))]
            single = next((b for b, found in covering if _within(region, found)), None)
            if single is not None:
                message = f"row {row + 1} never counts: row {single + 1} holds wherever it does"
                message += f", for example for {self.witness(region)}"
                self._say("CX414", message, at, "take it out, or make the other row narrower", "warning")
            elif covering and not any(_gaps(region, [found for _, found in covering], _Steps())):
                rows = listed([str(b + 1) for b, _ in covering])
                message = f"row {row + 1} never counts: rows {rows} together hold wherever it does"
                message += f", for example for {self.witness(region)}"
                self._say("CX414", message, at, "take it out, or make another row narrower", "warning")

    def _before(self, row: int) -> list[int]:
        """The rows that count instead of this one where they hold."""
        table, rows = self.grid.table, self.grid.rows
        if table.hit == "first":
            return list(range(row))
        others = [other for other in range(len(rows)) if other != row]
        if table.hit not in {"priority", "any"}:
            return []
        ranks = [rank(table, one) if table.hit == "priority" else 0 for one in rows]
        agreeing = [o for o in others if ranks[o] == ranks[row] and self._answers(o) == self._answers(row)]
        higher = [o for o in others if ranks[o] < ranks[row]]
        return [*higher, *(o for o in agreeing if self._is_narrower(row, o))]

    def _is_narrower(self, row: int, other: int) -> bool:
        """Whether a row says nothing beside another; of two that say the same, the later one does."""
        inner, outer = self.region(row, largest=True), self.region(other, largest=False)
        if inner is None or outer is None or not _within(inner, outer):
            return False
        return inner != outer or other < row

    # --- what no row says ---------------------------------------------------------------------------

    def _gaps(self) -> None:
        table = self.grid.table
        if table.default or table.hit == "collect":
            return
        numbers = range(len(self.grid.rows))
        rows = [region for row in numbers if (region := self.region(row, largest=True))]
        everything = tuple(one.everything for one in self.columns)
        if 0 in everything:
            return
        gaps: list[Region] = []
        for gap in _gaps(everything, rows, _Steps()):
            gaps.append(gap)
            if len(gaps) > MOST_GAPS:
                break
        for gap in gaps[:MOST_GAPS]:
            message = f"no row holds for {self.witness(gap)}"
            self._say("CX415", message, (*self.path, "rows"), "add a row, or a `default`", "warning")
        if len(gaps) > MOST_GAPS:
            self._say("CX415", "there are more such gaps", (*self.path, "rows"), "add a `default`", "note")


@attrs.define
class _Steps:
    """Counts what is looked at, so that no table takes forever."""

    taken: int = 0

    def step(self) -> None:
        self.taken += 1
        if self.taken > MOST_STEPS:
            raise TooMuch


def _within(inner: Region, outer: Region) -> bool:
    return all(a & ~b == 0 for a, b in zip(inner, outer, strict=True))


def _gaps(region: Region, rows: Sequence[Region], steps: _Steps) -> Iterator[Region]:
    """Regions within `region`, apart from one another, where no row holds.

    Column by column: parts that the same rows contain are looked at together.
    """
    steps.step()
    if not rows:
        yield region
        return
    if not region:
        return
    groups: dict[tuple[int, ...], int] = {}
    rest = region[0]
    while rest:
        part = rest & -rest
        rest ^= part
        holding = tuple(i for i, row in enumerate(rows) if row[0] & part)
        groups[holding] = groups.get(holding, 0) | part
    for holding, parts in groups.items():
        for gap in _gaps(region[1:], [rows[i][1:] for i in holding], steps):
            yield (parts, *gap)


def _shown(value: Any) -> str:
    """A value as a cell would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return "anything" if value is None else f'"{value}"'
