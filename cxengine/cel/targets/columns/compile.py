"""From a checked tree to a function on columns.

Data layout. Every node becomes a closure that takes the `Table` and returns `(values, failed)`: values are an
array, `Coded` text, or a Python constant; `failed` marks the rows in which the node is an error, None where
there are none. A bool that failed is False in `values`, so values alone say where a condition is true. A
node of a nullable type becomes a closure that returns `(values, failed, null)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ...ast import (
    And,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Has,
    ListLiteral,
    Literal,
    Local,
    Node,
    Or,
    Select,
    Variable,
    is_closed,
)
from ...functions import Function
from ...types import DYN, NULL, MapType, NullableType, RecordType, Type
from . import calls
from .closures import (
    NoArrayForm,
    NullableRun,
    Run,
    after,
    all_of,
    among,
    any_of,
    are_vectors,
    compared,
    constant,
    either,
    equal_text,
    equal_values,
    fixed,
    mask,
    negated,
    nullable_column,
    nullable_equal,
    settled,
    without_null,
)
from .inputs import Table, as_array, default, kind
from .rows import by_row

__all__ = ["Compiler", "is_nullable"]

DEPTH_LIMIT = 150
_EQUALITY = {"_==_": np.equal, "_!=_": np.not_equal}


def is_nullable(type_: Type) -> bool:
    """Whether null is among the values."""
    return isinstance(type_, NullableType) or type_ in {NULL, DYN}


@attrs.define
class Compiler:
    """Makes closures of nodes; `locals` holds what macros bind."""

    functions: Mapping[str, Function]
    locals: dict[int, Run] = attrs.Factory(dict)
    depth: int = 0

    def run(self, node: Node) -> Run:
        """The closure of `node`; a null is an error in it."""
        if is_nullable(node.type):
            return without_null(self.nullable(node), kind(node.type))
        self.depth += 1
        try:
            return self._array_form(node)
        except NoArrayForm:
            return without_null(self._by_row(node), kind(node.type))
        finally:
            self.depth -= 1

    def nullable(self, node: Node) -> NullableRun:
        """The closure of `node`, with its nulls apart."""
        if not is_nullable(node.type):
            inner = self.run(node)
            return lambda table: (*inner(table), None)
        match node:
            case Literal(value=None):
                return fixed(None, None, np.ones(1, np.bool_))
            case Variable() | Select() if node.type != DYN and (path := _path(node)):
                return nullable_column(path, kind(node.type))
            case Conditional() if node.type != DYN:
                return self._nullable_conditional(node)
        return self._by_row(node)

    def _by_row(self, node: Node) -> NullableRun:
        if not is_closed(node):
            raise NoArrayForm
        return by_row(node, self.functions)

    def _array_form(self, node: Node) -> Run:
        if self.depth > DEPTH_LIMIT:
            raise NoArrayForm
        made: Run | None = None
        match node:
            case Literal():
                made = constant(node.value, kind(node.type))
            case Variable() | Select():
                made = _column(node)
            case Has():
                made = _has(node)
            case Local():
                made = self.locals.get(node.slot)
            case And() | Or():
                terms = [self.run(term) for term in node.terms]
                made = all_of(terms) if isinstance(node, And) else any_of(terms)
            case Conditional():
                made = self._conditional(node)
            case Bind():
                self.locals[node.variable.slot] = self.run(node.value)
                made = self.run(node.body)
            case Comprehension():
                made = self._comprehension(node)
            case Call():
                made = self._call(node)
        if made is None:
            raise NoArrayForm
        return made

    # --- branches ----------------------------------------------------------------------------------

    def _conditional(self, node: Conditional) -> Run:
        condition, then, otherwise = self.run(node.condition), self.run(node.then), self.run(node.otherwise)

        def choose(table: Table) -> tuple[Any, Any]:
            chosen, unknown = condition(table)
            (values, failed), (others, other_failed) = then(table), otherwise(table)
            result = np.atleast_1d(np.where(chosen, as_array(values), as_array(others)))
            if failed is not None or other_failed is not None:
                failed = np.where(chosen, mask(failed), mask(other_failed))
            return result, either(failed, unknown)

        if kind(node.type) == "bool":
            return lambda table: settled(*choose(table))
        return choose

    def _nullable_conditional(self, node: Conditional) -> NullableRun:
        condition = self.run(node.condition)
        branches = [self.nullable(node.then), self.nullable(node.otherwise)]
        filler = default(kind(node.type))

        def choose(table: Table) -> tuple[Any, Any, Any]:
            chosen, unknown = condition(table)
            sides = [branch(table) for branch in branches]
            values = [filler if side[0] is None else as_array(side[0]) for side in sides]
            failed = np.where(chosen, mask(sides[0][1]), mask(sides[1][1]))
            null = np.where(chosen, mask(sides[0][2]), mask(sides[1][2]))
            failed = either(failed, unknown)
            return np.where(chosen, *values), failed, null & ~failed

        return choose

    def _comprehension(self, node: Comprehension) -> Run | None:
        items = node.range
        if not isinstance(items, ListLiteral) or items.optional:
            return None
        if node.macro not in {"all", "exists"} or len(node.variables) != 1:
            return None
        elements = [self.run(element) for element in items.elements]
        bodies = []
        for element in elements:
            self.locals[node.variables[0].slot] = element
            bodies.append(self.run(node.body))
        if not bodies:
            return fixed(node.macro == "all", None)
        return after(elements, (any_of if node.macro == "exists" else all_of)(bodies))

    # --- calls -------------------------------------------------------------------------------------

    def _call(self, node: Call) -> Run | None:
        if all(isinstance(argument, Literal) for argument in node.arguments):
            return calls.folded(node)
        if node.function in _EQUALITY:
            return self._equality(node, *node.arguments)
        if node.overload is None:
            return None
        if node.function == "@in" and isinstance(node.arguments[1], ListLiteral):
            return self._membership(node.arguments[0], node.arguments[1])
        return calls.called(node, [self.run(argument) for argument in node.arguments])

    def _equality(self, node: Call, left: Node, right: Node) -> Run:
        kinds = kind(left.type), kind(right.type)
        unequal = node.function == "_!=_"
        if DYN in {left.type, right.type}:
            raise NoArrayForm
        if is_nullable(left.type) or is_nullable(right.type):
            made = nullable_equal(self.nullable(left), self.nullable(right), equal_values(*kinds))
            return negated(made) if unequal else made
        for side, other in ((left, right), (right, left)):
            if isinstance(side, Literal) and kinds == ("string", "string"):
                return equal_text(self.run(other), side.value, unequal)
        if are_vectors(*kinds):
            return compared(_EQUALITY[node.function], self.run(left), self.run(right))
        made = compared(equal_values(*kinds), self.run(left), self.run(right))
        return negated(made) if unequal else made

    def _membership(self, value: Node, items: ListLiteral) -> Run | None:
        if items.optional or any(is_nullable(part.type) for part in (value, *items.elements)):
            return None
        tested = self.run(value)
        constants = [element.value for element in items.elements if isinstance(element, Literal)]
        if len(constants) == len(items.elements) and kind(value.type) == "string":
            return among(tested, frozenset(c for c in constants if isinstance(c, str)))
        elements = [self.run(element) for element in items.elements]
        equal = [
            compared(equal_values(kind(value.type), kind(element.type)), tested, run)
            for element, run in zip(items.elements, elements, strict=True)
        ]
        # A list exists only when all its elements do.
        return after([tested, *elements], any_of(equal) if equal else fixed(np.zeros(1, np.bool_), None))


def _path(node: Node) -> str | None:
    """The dotted name of a variable or of a field of one."""
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Select):
        inner = _path(node.operand)
        return f"{inner}.{node.field}" if inner else None
    return None


def _column(node: Variable | Select) -> Run | None:
    path, kind_ = _path(node), kind(node.type)
    if path is None or isinstance(node.type, RecordType | MapType):
        return None
    if kind_ == "bool":
        return lambda table: settled(*table.get(path, kind_))
    return lambda table: table.get(path, kind_)


def _has(node: Has) -> Run | None:
    parent = _path(node.operand)
    if parent is None:
        return None
    declared = node.operand.type.field(node.field) if isinstance(node.operand.type, RecordType) else DYN
    may_be_null = declared is not None and declared != DYN and is_nullable(declared)
    path = f"{parent}.{node.field}"

    def has(table: Table) -> tuple[Any, Any]:
        if path not in table:
            return np.full(1, bool(table.under(path))), None
        missing = None if may_be_null else table.missing(path)
        return (np.ones(1, np.bool_) if missing is None else ~missing), None

    return has
