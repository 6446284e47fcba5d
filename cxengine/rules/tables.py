"""Decision tables become rules: one condition, and a formula for each output, from the rows.

The rule fires where a row holds (with a default: everywhere). A row that cannot be decided, because a fact
is missing, leaves the whole table unanswered, unless rows are asked in order and an earlier one holds; so
no order of rows matters where the author did not ask for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.diagnostics import closest
from cxengine.project.model import DecisionTable, Expression, Name, Rule, Scalar
from cxengine.rules.cells import INPUT, cell_text, compile_cell, literal, over
from cxengine.rules.desk import Desk, Path
from cxengine.rules.grounds import Grounds
from cxengine.rules.ruleset import CompiledRule, Told
from cxengine.rules.template import Template
from cxengine.rules.verbs import refuse_varying

BECAUSE = "because"


@attrs.frozen(eq=False)
class Row:
    """A row: what it asks of each input that it does not leave open, and what it answers."""

    cells: Mapping[str, cel.Program]
    when: cel.Program
    outputs: Mapping[str, cel.Program]
    because: Told


@attrs.frozen(eq=False)
class Grid:
    """A table with everything in it compiled.

    `environment` is what its expressions may refer to, `cells` what the cells of each input may.
    """

    table: DecisionTable
    inputs: Mapping[str, cel.Program]
    rows: tuple[Row, ...]
    default: Mapping[str, cel.Program]
    environment: cel.Environment
    cells: Mapping[str, cel.Environment]

    def counting(self, facts: Mapping[str, Any]) -> tuple[bool | None, ...]:
        """Of every row whether it counts for these facts; None where that cannot be decided."""
        holding = [_holds(row.when, facts) for row in self.rows]
        if self.table.hit == "first":
            return tuple(
                None if None in holding[:i] and holds is not False else holds and True not in holding[:i]
                for i, holds in enumerate(holding)
            )
        if None in holding:
            return tuple(None if holds else holds for holds in holding)
        ranks = [rank(self.table, row) if self.table.hit == "priority" else 0 for row in self.rows]
        best = min((r for r, holds in zip(ranks, holding, strict=True) if holds), default=0)
        return tuple(bool(holds) and r == best for r, holds in zip(ranks, holding, strict=True))


@attrs.frozen(eq=False)
class TableReason:
    """Why a table answered: the reasons of the rows that count, or the table's own."""

    grid: Grid
    own: Template | None

    @property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """The facts that any of the texts may name."""
        if self.own:
            return self.own.reads
        return frozenset(path for row in self.grid.rows for path in row.because.reads | row.when.reads)

    def __call__(self, facts: Mapping[str, Any]) -> str:
        """The text with values filled in."""
        if self.own:
            return self.own(facts)
        rows = zip(self.grid.rows, self.grid.counting(facts), strict=True)
        told = [row.because(facts) for row, counts in rows if counts]
        return " ".join(dict.fromkeys(told)) or "No row holds, so the default does."


def _holds(condition: cel.Program, facts: Mapping[str, Any]) -> bool | None:
    """Whether the condition holds; None where it cannot be decided."""
    try:
        return condition.exact(facts) is True
    except cel.CelError:
        return None


def texts(table: DecisionTable) -> tuple[str, ...]:
    """Every expression of a table."""
    rows = (*table.rows, table.default)
    cells = (cell_text(value) for row in rows for name, value in row.items() if name != BECAUSE)
    return (*table.inputs.values(), *(cell.text for cell in cells if cell))


def plain(row: Mapping[Name, Scalar]) -> dict[str, Scalar]:
    """The cells of a row by the names of their columns."""
    return {str(name): cell for name, cell in row.items()}


def reasons(table: DecisionTable) -> tuple[str, ...]:
    """Every template of a table."""
    return (table.because, *(str(plain(row).get(BECAUSE, "")) for row in table.rows))


def refuse_malformed(table: DecisionTable, desk: Desk) -> bool:
    """Says what does not fit together in a table; whether there was anything."""
    before, at = len(desk.findings), ("table", table.id)
    for name in sorted({*table.inputs} & {*table.outputs} | ({BECAUSE} & {*table.inputs, *table.outputs})):
        message = f'"{name}" cannot name this column of the table'
        desk.report("CX410", message, at, "an input, an output and the key `because` have different names")
    if not table.rows or not table.outputs:
        missing = "rows" if not table.rows else "outputs"
        desk.report("CX410", f'table "{table.id}" has no {missing}', at, f"give it {missing}")
    for index, row in enumerate(table.rows):
        _refuse_columns(plain(row), (*table.inputs, *table.outputs, BECAUSE), (*at, "rows", index), desk)
        _refuse_gaps(plain(row), table.outputs, (*at, "rows", index), desk)
    if table.default:
        _refuse_columns(plain(table.default), table.outputs, (*at, "default"), desk)
        _refuse_gaps(plain(table.default), table.outputs, (*at, "default"), desk)
    _refuse_policy(table, desk)
    return len(desk.findings) > before


def _refuse_columns(row: Mapping[str, Scalar], known: Sequence[str], at: Path, desk: Desk) -> None:
    for name in row:
        if name not in known:
            meant = closest(name, known)
            hint = f'did you mean "{meant}"?' if meant else f"there are: {', '.join(known)}"
            desk.report("CX410", f'there is no column "{name}"', (*at, name), hint)


def _refuse_gaps(row: Mapping[str, Scalar], outputs: Sequence[str], at: Path, desk: Desk) -> None:
    for name in outputs:
        if name not in row:
            desk.report("CX410", f'this row says nothing about "{name}"', at, f"add {name} = ...")


def _refuse_policy(table: DecisionTable, desk: Desk) -> None:
    for policy in ("collect", "priority"):
        given = bool(getattr(table, policy))
        if given and table.hit != policy:
            message = f'`{policy}` goes with hit = "{policy}", not with "{table.hit}"'
            desk.report("CX410", message, ("table", table.id, policy), "leave one of them out")
        elif table.hit == policy and not given:
            message = f'hit = "{policy}" needs the key `{policy}`'
            hint = {
                "collect": 'write collect = "sum", "min", "max" or "count"',
                "priority": "list the values of the first output, the most important first",
            }[policy]
            desk.report("CX410", message, ("table", table.id, "hit"), hint)


def compile_grid(table: DecisionTable, scope: Mapping[str, cel.Type], desk: Desk) -> Grid | None:
    """The compiled table; None where something in it is wrong, which is said."""
    at: Path = ("table", table.id)
    before, environment = len(desk.findings), desk.environment(scope)
    inputs = {
        name: desk.program(environment, text, (*at, "inputs", name)) for name, text in table.inputs.items()
    }
    asked: dict[str, cel.Program] = {name: program for name, program in inputs.items() if program is not None}
    cells: dict[str, cel.Environment] = {
        name: desk.environment({**scope, INPUT: program.type}) for name, program in asked.items()
    }
    rows = [
        _row(table, index, inputs=asked, cells=cells, environment=environment, desk=desk)
        for index in range(len(table.rows))
        if len(asked) == len(inputs)
    ]
    default = _outputs(table, plain(table.default), environment, desk, (*at, "default"))
    if len(desk.findings) > before:
        return None
    grid = Grid(table, asked, tuple(row for row in rows if row), default, environment, cells)
    return None if _refuse_mixed_types(grid, desk) else grid


def _refuse_mixed_types(grid: Grid, desk: Desk) -> bool:
    """Says where rows answer in different types; whether there was anything."""
    before, at = len(desk.findings), ("table", grid.table.id)
    answers: list[tuple[Path, Mapping[str, cel.Program]]]
    answers = [(("rows", i), row.outputs) for i, row in enumerate(grid.rows)]
    answers += [(("default",), grid.default)] if grid.default else []
    for name in grid.table.outputs:
        wanted = grid.rows[0].outputs[name].type
        for place, outputs in answers:
            given = outputs[name].type
            if given not in {wanted, cel.DYN} and wanted != cel.DYN:
                message = f"this is of type {given}, but the first row answers with a {wanted}"
                desk.report("CX418", message, (*at, *place, name), "all rows answer in one type")
    return len(desk.findings) > before


def _row(
    table: DecisionTable,
    index: int,
    *,
    inputs: Mapping[str, cel.Program],
    cells: Mapping[str, cel.Environment],
    environment: cel.Environment,
    desk: Desk,
) -> Row | None:
    written, at = plain(table.rows[index]), ("table", table.id, "rows", index)
    compiled = {
        name: compile_cell(cells[name], written[name], desk, (*at, name))
        for name in inputs
        if name in written and cell_text(written[name])
    }
    outputs = _outputs(table, written, environment, desk, at)
    because = desk.template(environment, str(written.get(BECAUSE, "")), (*at, BECAUSE))
    known = {name: program for name, program in compiled.items() if program is not None}
    if len(known) < len(compiled) or len(outputs) < len(table.outputs) or because is None:
        return None
    return made_row(known, outputs, because if written.get(BECAUSE) else None, inputs, environment)


def made_row(
    cells: Mapping[str, cel.Program],
    outputs: Mapping[str, cel.Program],
    because: Told | None,
    inputs: Mapping[str, cel.Program],
    environment: cel.Environment,
) -> Row:
    """The row of these cells; without a reason of its own it tells what made it hold."""
    terms = (f"({over(program, inputs[name].source.text)})" for name, program in cells.items())
    when = _canonical(environment, " && ".join(terms) or "true")
    return Row(cells, when, outputs, because or Grounds(when))


def _canonical(environment: cel.Environment, text: str) -> cel.Program:
    """The program with the text that reads best."""
    return environment.compile(environment.compile(text).canonical())


def _outputs(
    table: DecisionTable, written: Mapping[str, Scalar], environment: cel.Environment, desk: Desk, at: Path
) -> dict[str, cel.Program]:
    found: dict[str, cel.Program] = {}
    for name in table.outputs if written else ():
        program = desk.program(environment, literal(written[name]), (*at, name))
        if program is not None and program.type in {cel.INT, cel.UINT}:
            program = environment.compile(_as_double(program))
        if program is not None:
            found[name] = program
    return found


def _as_double(program: cel.Program) -> str:
    """A whole number as the double that every derived number is."""
    tree = program.tree
    return repr(float(tree.value)) if isinstance(tree, ast.Literal) else f"double({program.source.text})"


# --- the table as a rule ---------------------------------------------------------------------------


def as_rule(grid: Grid, desk: Desk) -> CompiledRule | None:
    """The rule that says what the table says; None where rows answer in different types, which is said."""
    table, environment = grid.table, grid.environment
    own = desk.template(environment, table.because, ("table", table.id, BECAUSE)) if table.because else None
    if table.about == "response":
        _refuse_varying(grid, own, desk)
    when = " || ".join(f"({text})" for text in _conditions(grid.rows))
    always = bool(grid.default) or table.collect in {"sum", "count"}
    condition = _canonical(environment, "true" if always else when)
    derive: dict[str, cel.Program] = {}
    for name in table.outputs:
        text = _POLICIES[table.hit](grid, name)
        program = desk.program(environment, text, ("table", table.id, "rows"))
        if program is None:
            return None
        derive[name] = environment.compile(program.canonical())
    formulas = {name: Expression(derive[name].source.text) for name in table.outputs}
    rule = Rule(id=table.id, about=table.about, when=Expression(condition.source.text), derive=formulas)
    return CompiledRule(rule, condition, derive, TableReason(grid, own), grid=grid)


def _refuse_varying(grid: Grid, own: Template | None, desk: Desk) -> None:
    """Says which reasons of a table about responses are not the same for all of them."""
    at: Path = ("table", grid.table.id)
    if own:
        refuse_varying(own, (*at, BECAUSE), desk)
    for index, row in enumerate(grid.rows):
        if isinstance(row.because, Template):
            refuse_varying(row.because, (*at, "rows", index, BECAUSE), desk)


def _conditions(rows: Sequence[Row]) -> list[str]:
    return sorted(row.when.source.text for row in rows)


def _hits(rows: Sequence[Row], name: str) -> str:
    """A list of what every row that holds answers; it fails where a row cannot be decided."""
    return " + ".join(f"({row.when.source.text} ? [{row.outputs[name].source.text}] : [])" for row in rows)


def _any_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.when.source.text)


def _first(grid: Grid, name: str) -> str:
    rows = list(grid.rows)
    last = grid.default[name] if grid.default else rows.pop().outputs[name]
    asked = "".join(f"{row.when.source.text} ? {_in_brackets(row.outputs[name])} : " for row in rows)
    return f"{asked}{_in_brackets(last)}"


def _single(grid: Grid, name: str) -> str:
    return _head(grid, name, _any_order(grid.rows))


def _priority(grid: Grid, name: str) -> str:
    return _head(grid, name, sorted(_any_order(grid.rows), key=lambda row: rank(grid.table, row)))


def rank(table: DecisionTable, row: Row) -> int:
    """The place of a row's first output among the priorities, from 0; after all of them if it has none."""
    wanted = [float(v) if type(v) is int else v for v in map(_value_of, table.priority)]
    tree = row.outputs[table.outputs[0]].tree
    value = tree.value if isinstance(tree, ast.Literal) else None
    return wanted.index(value) if value in wanted else len(wanted)


def _value_of(written: Scalar) -> Scalar:
    """A value of `priority`: a text may stand in CEL's quotes or be the text itself."""
    if isinstance(written, str) and len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        return written[1:-1]
    return written


def _head(grid: Grid, name: str, rows: Sequence[Row]) -> str:
    """What the first row that holds answers; it fails where any of them cannot be decided.

    Without a default, the last row answers where none holds: then the condition of the rule does not.
    """
    last = grid.default[name] if grid.default else rows[-1].outputs[name]
    asked = "".join(f"{row.when.source.text} ? {_in_brackets(row.outputs[name])} : " for row in rows)
    decided = " + ".join(f"({text} ? 1.0 : 0.0)" for text in _texts(rows))
    return f"{decided} >= 0.0 ? ({asked}{_in_brackets(last)}) : {_in_brackets(last)}"


def _collect(grid: Grid, name: str) -> str:
    rows, how = _any_order(grid.rows), grid.table.collect
    if how in {"sum", "count"}:
        amounts = (row.outputs[name].source.text if how == "sum" else "1.0" for row in rows)
        terms = zip(_texts(rows), amounts, strict=True)
        return " + ".join(f"({condition} ? {amount} : 0.0)" for condition, amount in terms)
    extreme = f"math.{'least' if how == 'min' else 'greatest'}"
    if not grid.default:
        return f"{extreme}({_hits(rows, name)})"
    none = " || ".join(f"({text})" for text in _texts(rows))
    return f"{none} ? {extreme}({_hits(rows, name)}) : {_in_brackets(grid.default[name])}"


def _texts(rows: Sequence[Row]) -> list[str]:
    return [row.when.source.text for row in rows]


def _in_brackets(program: cel.Program) -> str:
    return f"({program.source.text})"


_POLICIES: Mapping[str, Callable[[Grid, str], str]] = {
    "first": _first,
    "unique": _single,
    "any": _single,
    "priority": _priority,
    "collect": _collect,
}
