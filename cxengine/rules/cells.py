"""Cells of decision tables: CEL over the input, which is called `_`."""

from __future__ import annotations

import re
import unicodedata

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.project.model import Scalar
from cxengine.rules.desk import Desk, Path

INPUT = "_"
_ANYTHING = ("", "-")
_OPERATOR = re.compile(r"\s*(<=|>=|<|>|==|!=|in\b)")


@attrs.frozen
class CellText:
    """A cell as CEL: `shift` is how many characters stand before what the author wrote."""

    text: str
    shift: int = 0


def cell_text(written: Scalar) -> CellText | None:
    """A cell of an input as CEL, as far as that can be said before its type is known; None for anything."""
    if not isinstance(written, str):
        return CellText(f"{INPUT} == {literal(written)}")
    written = literal(written)
    if written.strip() in _ANYTHING:
        return None
    if _OPERATOR.match(written):
        return CellText(f"{INPUT} {written}", len(INPUT) + 1)
    return CellText(written)


def literal(value: Scalar) -> str:
    """A TOML value as CEL; a text is CEL already, its letters put together as those of the evidence are."""
    return str(value).lower() if isinstance(value, bool) else unicodedata.normalize("NFC", str(value))


def compile_cell(environment: cel.Environment, written: Scalar, desk: Desk, at: Path) -> cel.Program | None:
    """The condition on `_`, of which `environment` knows the type; None where it is wrong, which is said.

    A cell that is a value, or that is no condition, is what the input has to equal.
    """
    cell = cell_text(written)
    assert cell is not None
    program = desk.program(environment, cell.text, at, shift=cell.shift)
    if program is None or not _is_value(program):
        return program
    if isinstance(program.tree, ast.Literal | ast.Variable | ast.Select):
        prefix, end = f"{INPUT} == ", ""
    else:
        prefix, end = f"{INPUT} == (", ")"
    return desk.program(environment, f"{prefix}{cell.text}{end}", at, shift=len(prefix))


def _is_value(program: cel.Program) -> bool:
    return isinstance(program.tree, ast.Literal) or program.type not in {cel.BOOL, cel.DYN}


def over(program: cel.Program, replacement: str) -> str:
    """The text of the condition on `_` as one on `replacement`."""
    text, end, parts = program.source.text, 0, list[str]()
    for node in sorted(ast.walk(program.tree), key=lambda node: node.span):
        if isinstance(node, ast.Variable) and node.name == INPUT:
            parts += [text[end : node.span[0]], f"({replacement})"]
            end = node.span[1]
    return f"{''.join(parts)}{text[end:]}"
