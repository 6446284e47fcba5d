"""The checked tree: what an expression means, with nothing left to find out.

Data layout. Every node carries `span`, the half-open range of code points of the source it came from, and
`type`, its deduced type (never a type variable; `DYN` where only evaluation tells). Nodes are immutable.

- `Literal(value)`: a constant; `value` is what evaluation gives (see `values`).
- `Variable(name)`: a declared variable, under its full name (`"nps"`, or `"com.example.nps"`).
- `Local(name, slot)`: a variable that a macro binds; `slot` is unique within the expression, so that
  shadowing needs no scopes.
- `Unresolved(name)`: a name nobody declared; only in trees compiled without the static check, where
  evaluating it is the error.
- `Select(operand, field)`: `operand.field` on a record, a map, an optional or a dyn.
- `Has(operand, field)`: `has(operand.field)`.
- `Call(function, arguments, candidates, receiver)`: a function or an operator. `candidates` holds the
  overloads that the static types allow; when it is exactly one that is `overload`, otherwise `overload` is
  None and evaluation chooses by the arguments' run-time types.
- `And(terms)`, `Or(terms)`: two terms or more, as a flat tuple; `Conditional(condition, then, otherwise)`.
- `ListLiteral(elements, optional)`: `optional` holds the indices of `?element`s.
- `MapLiteral(entries)`: `Entry(key, value, optional)` each.
- `TypeValue(named)`: a type used as a value, as in `type(x) == int`.
- `Comprehension(macro, range, variables, condition, body)`: `macro` is one of `all`, `exists`,
  `exists_one`, `map`, `filter`, `transformList`, `transformMap`, `transformMapEntry`. One variable runs
  over elements or keys; two run over index and element, or key and value. `body` is the predicate of the
  first three and of `filter`, and the transformation of the others; `condition` is the filter of the
  three-argument `map` and of the transform macros, else None.
- `Bind(variable, value, body)`: `cel.bind`, and each slot of `cel.block`; `value` is evaluated at most
  once, and only when it is needed.
- `OptionalMap(macro, target, variable, body)`: `optMap` and `optFlatMap`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import Literal as OneOf

import attrs

from .functions import Overload
from .types import Type

__all__ = [
    "And",
    "Bind",
    "Call",
    "Comprehension",
    "Conditional",
    "Entry",
    "Has",
    "ListLiteral",
    "Literal",
    "Local",
    "Macro",
    "MapLiteral",
    "Node",
    "OptionalMap",
    "Or",
    "Select",
    "Span",
    "TypeValue",
    "Unresolved",
    "Variable",
    "children",
    "is_closed",
    "walk",
]

Span = tuple[int, int]
Macro = OneOf[
    "all", "exists", "exists_one", "map", "filter", "transformList", "transformMap", "transformMapEntry"
]


@attrs.frozen(eq=False)
class Node:
    """Any node of a checked tree."""

    span: Span
    type: Type


@attrs.frozen(eq=False)
class Literal(Node):
    """A constant."""

    value: Any


@attrs.frozen(eq=False)
class Variable(Node):
    """A declared variable."""

    name: str


@attrs.frozen(eq=False)
class Local(Node):
    """A variable bound by a macro; as the binder itself, `span` is where it is introduced."""

    name: str
    slot: int


@attrs.frozen(eq=False)
class Unresolved(Node):
    """A name that nobody declared, in an unchecked tree."""

    name: str


@attrs.frozen(eq=False)
class Select(Node):
    """A field of a record, map, optional or dyn."""

    operand: Node
    field: str


@attrs.frozen(eq=False)
class Has(Node):
    """Whether a field is there."""

    operand: Node
    field: str


@attrs.frozen(eq=False)
class Call(Node):
    """A function or operator applied to arguments, the receiver first."""

    function: str
    arguments: tuple[Node, ...]
    candidates: tuple[Overload, ...]
    receiver: bool = False

    @property
    def overload(self) -> Overload | None:
        """The one overload that the static types leave, or None when evaluation has to choose."""
        return self.candidates[0] if len(self.candidates) == 1 else None


@attrs.frozen(eq=False)
class And(Node):
    """All terms; a false term wins over a failing one, wherever it stands."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False)
class Or(Node):
    """Any term; a true term wins over a failing one, wherever it stands."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False)
class Conditional(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


@attrs.frozen(eq=False)
class ListLiteral(Node):
    """`[a, b, ?c]`."""

    elements: tuple[Node, ...]
    optional: frozenset[int] = frozenset()


@attrs.frozen(eq=False)
class Entry:
    """One `key: value` of a map literal, or `?key: value`, left out when the value is none."""

    key: Node
    value: Node
    optional: bool = False


@attrs.frozen(eq=False)
class MapLiteral(Node):
    """`{k: v, ?k: v}`."""

    entries: tuple[Entry, ...]


@attrs.frozen(eq=False)
class TypeValue(Node):
    """A type as a value."""

    named: Type


@attrs.frozen(eq=False)
class Comprehension(Node):
    """A macro over the elements of a list or the entries of a map."""

    macro: Macro
    range: Node
    variables: tuple[Local, ...]
    condition: Node | None
    body: Node


@attrs.frozen(eq=False)
class Bind(Node):
    """A local name for a value."""

    variable: Local
    value: Node
    body: Node


@attrs.frozen(eq=False)
class OptionalMap(Node):
    """`target.optMap(variable, body)` or `optFlatMap`."""

    macro: OneOf["optMap", "optFlatMap"]
    target: Node
    variable: Local
    body: Node


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under `node`, in source order; binders are not among them."""
    found: tuple[Node, ...] = ()
    match node:
        case Select(operand=operand) | Has(operand=operand):
            found = (operand,)
        case Call(arguments=nodes) | And(terms=nodes) | Or(terms=nodes) | ListLiteral(elements=nodes):
            found = nodes
        case Conditional():
            found = (node.condition, node.then, node.otherwise)
        case MapLiteral():
            found = tuple(part for entry in node.entries for part in (entry.key, entry.value))
        case Comprehension(condition=condition):
            found = (node.range, node.body) if condition is None else (node.range, condition, node.body)
        case Bind():
            found = (node.value, node.body)
        case OptionalMap():
            found = (node.target, node.body)
    return found


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything under it, each before what is under it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def is_closed(node: Node) -> bool:
    """Whether `node` reads no local that is bound outside of it."""
    bound: set[int] = set()
    read: set[int] = set()
    for part in walk(node):
        match part:
            case Local():
                read.add(part.slot)
            case Comprehension():
                bound.update(variable.slot for variable in part.variables)
            case Bind() | OptionalMap():
                bound.add(part.variable.slot)
    return read <= bound
