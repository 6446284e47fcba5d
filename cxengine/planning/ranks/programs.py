"""Programs over facts of which some vary: what does not vary is computed once a subject, the rest as columns.

A program that runs over the places of a subject is written out for their number, so that columns can compute
it; its parts that read nothing that varies are evaluated once. What still has no form as columns is
evaluated row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.rewrite import named_parts, unrolled
from cxengine.cel.types import EnumType

if TYPE_CHECKING:
    from cxengine.planning.ranks.subjects import Subject

Path = tuple[str, ...]
LISTS = ("touchpoints", "cells")
"""The facts that are lists of places."""
_PLAIN = {cel.BOOL, cel.INT, cel.UINT, cel.DOUBLE, cel.STRING}


@attrs.frozen(eq=False)
class Values:
    """A value in every row where there is one; `present` is None where that is everywhere."""

    values: Any
    present: Any = None

    def column(self) -> Any:
        """As a column that programs read."""
        return self.values if self.present is None else np.ma.masked_array(self.values, ~self.present)

    def where(self, rows: Any) -> Values:
        """The same in these rows only."""
        return Values(self.values, rows if self.present is None else rows & self.present)

    def filled(self, value: Any) -> Any:
        """The values, with `value` where there is none."""
        return self.values if self.present is None else np.where(self.present, self.values, value)


@attrs.frozen(eq=False)
class Prepared:
    """A program for subjects with so many places; `parts` are those that do not vary, by variable."""

    whole: cel.Program
    rest: cel.Program
    parts: Mapping[str, cel.Program]
    by_row: bool
    """Whether what varies of it reads whole records, which columns cannot hold."""

    def values(self, subject: Subject, rows: int) -> Values:
        """Its value in every row."""
        if self.by_row:
            return _row_by_row(self.whole, subject, rows)
        known = {name: _value(part, subject.facts) for name, part in self.parts.items()}
        columns: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
        for path in self.rest.reads:
            if path[0] not in self.parts:
                found = subject.column(path)
                columns |= {} if found is None else {".".join(path): _scalar(found)}
        # The last column says how many rows there are, even where nothing varies.
        found = self.rest.columns({**columns, "": np.broadcast_to(False, rows)})
        return Values(found.values, None if found.valid.all() else found.valid)


@attrs.define(eq=False)
class Press:
    """Prepares programs, each once for every length of lists; `varies` tells which facts may vary."""

    varies: Callable[[Path], bool]
    _made: dict[tuple[cel.Program, tuple[int, ...]], Prepared] = attrs.Factory(dict)

    def prepared(self, program: cel.Program, lengths: Mapping[str, int]) -> Prepared:
        """The program for a subject whose lists have these lengths."""
        key = (program, tuple(lengths.get(name, -1) for name in LISTS))
        if key not in self._made:
            rest, parts = named_parts(unrolled(program, lengths), self._is_constant)
            by_row = any(not _is_plain(node) for node in _facts(rest.tree))
            self._made[key] = Prepared(program, rest, parts, by_row)
        return self._made[key]

    def _is_constant(self, part: cel.Program) -> bool:
        return _is_plain(part.tree) and not any(map(self.varies, part.reads))


def _is_plain(node: ast.Node) -> bool:
    return node.type in _PLAIN or isinstance(node.type, EnumType)


def _facts(node: ast.Node) -> Iterator[ast.Node]:
    """The facts that an expression reads, each as a whole: `a.b.c`, not `a` and `a.b` too."""
    inner = node
    while isinstance(inner, ast.Select):
        inner = inner.operand
    if isinstance(inner, ast.Variable):
        yield node
        return
    for child in ast.children(node):
        # has(a.b) asks for a field of a record, and does not read the record.
        if not isinstance(node, ast.Has) or not isinstance(child, ast.Select | ast.Variable):
            yield from _facts(child)


def _value(part: cel.Program, facts: Mapping[str, Any]) -> Any:
    """The value of a part; None where it fails."""
    try:
        return part(facts)
    except cel.CelError:
        return None


def _scalar(found: Any) -> Any:
    return found.item() if isinstance(found, np.generic) else found


def _row_by_row(program: cel.Program, subject: Subject, rows: int) -> Values:
    """The program on the facts of every row."""
    values, present = [], np.ones(rows, np.bool_)
    numbers = [path for path in program.reads if path[0].startswith("@")]
    for row, facts in enumerate(subject.rows(rows, numbers)):
        value = _value(program, facts)
        present[row] = value is not None
        values.append(value)
    known = [value for value in values if value is not None]
    filler = known[0] if known else False
    if isinstance(filler, int) and not isinstance(filler, bool):
        filler = float(filler)
    kind = object if isinstance(filler, str) else None
    array = np.array([filler if value is None else value for value in values], kind)
    return Values(array, None if present.all() else present)
