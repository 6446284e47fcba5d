"""The tree of what was written, before anything is known about it.

Data layout. `span` covers the node as written, with the brackets around it, if it is `bracketed`. `height`
is the length of the longest path down; the
parser refuses more than `NESTING_LIMIT`, so that everything after it may recurse.
Operators are `Call`s of the language's operator names (`_+_`, `!_`, ...); `&&` and `||` are `Chain`s.
"""

from __future__ import annotations

from typing import Any

import attrs

__all__ = [
    "NESTING_LIMIT",
    "Broken",
    "Call",
    "Chain",
    "Constant",
    "Index",
    "ListOf",
    "MapOf",
    "Name",
    "Select",
    "Struct",
    "Syntax",
    "Ternary",
    "dotted",
]

NESTING_LIMIT = 250
Span = tuple[int, int]


@attrs.define(eq=False)
class Syntax:
    """Any node."""

    span: Span
    height: int
    bracketed: bool = attrs.field(default=False, kw_only=True)


@attrs.define(eq=False)
class Name(Syntax):
    """An identifier; `absolute` when a dot stands before it."""

    name: str
    absolute: bool = False


@attrs.define(eq=False)
class Constant(Syntax):
    """A literal; `kind` is `int`, `uint`, `double`, `string`, `bytes`, `bool` or `null`."""

    kind: str
    value: Any


@attrs.define(eq=False)
class Select(Syntax):
    """`operand.field`, or `operand.?field`."""

    operand: Syntax
    field: str
    field_span: Span
    optional: bool


@attrs.define(eq=False)
class Index(Syntax):
    """`operand[index]`, or `operand[?index]`."""

    operand: Syntax
    index: Syntax
    optional: bool


@attrs.define(eq=False)
class Call(Syntax):
    """`name(arguments)`, `target.name(arguments)`, or an operator."""

    name: str
    name_span: Span
    target: Syntax | None
    arguments: list[Syntax]
    absolute: bool = False


@attrs.define(eq=False)
class Chain(Syntax):
    """Two terms or more joined by `&&` or by `||`."""

    operator: str
    terms: list[Syntax]


@attrs.define(eq=False)
class Ternary(Syntax):
    """`condition ? then : otherwise`."""

    condition: Syntax
    then: Syntax
    otherwise: Syntax


@attrs.define(eq=False)
class ListOf(Syntax):
    """`[a, ?b]`; `optional` holds the indices of the elements with a question mark."""

    elements: list[Syntax]
    optional: frozenset[int]


@attrs.define(eq=False)
class MapOf(Syntax):
    """`{k: v, ?k: v}` as triples of key, value, optional."""

    entries: list[tuple[Syntax, Syntax, bool]]


@attrs.define(eq=False)
class Struct(Syntax):
    """`Name{field: value}`; read so that the checker can say that it has no such type."""

    name: str
    values: list[Syntax]


@attrs.define(eq=False)
class Broken(Syntax):
    """What could not be read; `parts` are the expressions that could."""

    parts: list[Syntax]


def dotted(node: Syntax) -> tuple[str, bool] | None:
    """`a.b.c` as a name and whether a dot stands before it; None for anything else, so for `(a.b).c`."""
    parts = []
    while isinstance(node, Select) and not node.optional and not node.bracketed:
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Name) or node.bracketed:
        return None
    return ".".join([node.name, *reversed(parts)]), node.absolute
