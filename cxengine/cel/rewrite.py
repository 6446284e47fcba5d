"""Programs made of programs: macros over lists of a known length written out, parts given names.

What comes out means the same, and says it so that columns can compute it as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs

from . import ast
from . import types as t
from .functions import Function, Overload
from .program import Program

__all__ = ["element", "named_parts", "rebuilt", "unrolled"]


def unrolled(program: Program, lists: Mapping[str, int]) -> Program:
    """The program with macros over some variables written out: `many.exists(x, x.a)` as `x0.a || x1.a`.

    `lists` says how long the value of each of these variables is. The elements become variables of their
    own, called as `element` says. Macros that have no plain form stay as they are.
    """
    return attrs.evolve(program, tree=_Unrolling(lists, program.functions).node(program.tree))


def element(name: str, position: int) -> str:
    """The variable that stands for an element of a list in an unrolled program."""
    return f"{name}[{position}]"


def named_parts(program: Program, is_part: Callable[[Program], bool]) -> tuple[Program, dict[str, Program]]:
    """The program with some of its parts replaced by variables, and these parts by the variables' names.

    A part is the outermost one that `is_part` accepts. It is never asked of constants, nor of what reads
    a variable that a macro around it binds.
    """
    parts: dict[str, Program] = {}

    def replaced(node: ast.Node) -> ast.Node:
        part = attrs.evolve(program, tree=node)
        if isinstance(node, ast.Literal | ast.TypeValue) or not ast.is_closed(node) or not is_part(part):
            return rebuilt(node, replaced)
        name = f"@{len(parts)}"
        parts[name] = part
        return ast.Variable(node.span, node.type, name)

    return attrs.evolve(program, tree=replaced(program.tree)), parts


def rebuilt(node: ast.Node, made: Callable[[ast.Node], ast.Node]) -> ast.Node:  # noqa: PLR0911 - one a kind
    """The node with `made` of each child in its place."""
    match node:
        case ast.Select(operand=operand) | ast.Has(operand=operand):
            return attrs.evolve(node, operand=made(operand))
        case ast.Call(arguments=nodes):
            return attrs.evolve(node, arguments=tuple(map(made, nodes)))
        case ast.And(terms=nodes) | ast.Or(terms=nodes):
            return attrs.evolve(node, terms=tuple(map(made, nodes)))
        case ast.ListLiteral(elements=nodes):
            return attrs.evolve(node, elements=tuple(map(made, nodes)))
        case ast.Conditional():
            parts = map(made, (node.condition, node.then, node.otherwise))
            return ast.Conditional(node.span, node.type, *parts)
        case ast.MapLiteral():
            entries = (attrs.evolve(e, key=made(e.key), value=made(e.value)) for e in node.entries)
            return attrs.evolve(node, entries=tuple(entries))
        case ast.Comprehension(condition=condition):
            tested = None if condition is None else made(condition)
            return attrs.evolve(node, range=made(node.range), condition=tested, body=made(node.body))
        case ast.Bind():
            return attrs.evolve(node, value=made(node.value), body=made(node.body))
        case ast.OptionalMap():
            return attrs.evolve(node, target=made(node.target), body=made(node.body))
    return node


class _Unrolling:
    """Writes macros out; `bound` are the elements that stand for what their variables run over."""

    def __init__(self, lists: Mapping[str, int], functions: Mapping[str, Function]) -> None:
        self._lists, self._functions = lists, functions
        self._bound: dict[int, ast.Node] = {}

    def node(self, node: ast.Node) -> ast.Node:  # noqa: PLR0911 - one a form
        """The node without macros over the lists."""
        match node:
            case ast.Local(slot=slot):
                return self._bound.get(slot, node)
            case ast.Comprehension(range=ast.Variable(name=name), variables=(_,)) if name in self._lists:
                return self._macro(node, self._elements(node.range)) or rebuilt(node, self.node)
            case ast.Call(
                function="_[_]", arguments=(ast.Variable() as many, ast.Literal(value=int() as at))
            ):
                if self._lists.get(many.name, 0) > at >= 0:
                    return self._elements(many)[at]
            case ast.Call(function="size", arguments=(ast.Variable(name=name),)) if name in self._lists:
                return ast.Literal(node.span, t.INT, self._lists[name])
            case ast.Call(function="size", arguments=(ast.Comprehension(macro="filter") as chosen,)):
                return self._count(chosen) or rebuilt(node, self.node)
            case ast.Call(
                function="_[_]", arguments=(ast.Call(function="_+_") as joined, ast.Literal(value=0))
            ):
                return self._choice(rebuilt(joined, self.node)) or rebuilt(node, self.node)
        return rebuilt(node, self.node)

    def _elements(self, many: ast.Node) -> list[ast.Node]:
        assert isinstance(many, ast.Variable)
        inner = many.type.element if isinstance(many.type, t.ListType) else t.DYN
        length = self._lists[many.name]
        return [ast.Variable(many.span, inner, element(many.name, i)) for i in range(length)]

    def _macro(self, node: ast.Comprehension, elements: list[ast.Node]) -> ast.Node | None:
        """What a macro says of these elements; None where it has no plain form."""
        if node.macro not in {"exists", "all", "map"} or node.condition is not None:
            return None
        made = self._bodies(node, elements)
        if node.macro == "map":
            return ast.ListLiteral(node.span, node.type, tuple(made))
        if not made:
            return ast.Literal(node.span, t.BOOL, node.macro == "all")
        join = ast.Or if node.macro == "exists" else ast.And
        return made[0] if len(made) == 1 else join(node.span, t.BOOL, tuple(made))

    def _count(self, node: ast.Comprehension) -> ast.Node | None:
        """How many elements a filter lets through, as a sum of ones."""
        many = node.range
        if not isinstance(many, ast.Variable) or many.name not in self._lists or len(node.variables) != 1:
            return None
        none, one = (ast.Literal(node.span, t.INT, number) for number in (0, 1))
        total: ast.Node = none
        for body in self._bodies(node, self._elements(many)):
            term = ast.Conditional(node.span, t.INT, body, one, none)
            total = ast.Call(node.span, t.INT, "_+_", (total, term), (self._sum,))
        return total

    def _choice(self, joined: ast.Node) -> ast.Node | None:
        """The first element of lists put together, each of one element under a condition, as a choice.

        It fails as the lists do: where a condition does, and where none holds.
        """
        parts = list(_joined(joined))
        cases = [case for part in parts if (case := _case(part)) is not None]
        if len(cases) < len(parts):
            return None
        made: ast.Node = self._nothing(cases[0][1])
        for condition, value in reversed(cases):
            made = (
                value
                if condition is None
                else ast.Conditional(value.span, value.type, condition, value, made)
            )
        asked = tuple(self._is_decided(condition) for condition, _ in cases if condition is not None)
        if not asked:
            return made
        known = asked[0] if len(asked) == 1 else ast.And(made.span, t.BOOL, asked)
        return ast.Conditional(made.span, made.type, known, made, self._nothing(made))

    def _nothing(self, like: ast.Node) -> ast.Node:
        """What there is not: the first element of an empty list."""
        empty = ast.Literal(like.span, t.ListType(like.type), [])
        zero = ast.Literal(like.span, t.INT, 0)
        index = self._functions["_[_]"].overloads
        return ast.Call(
            like.span, like.type, "_[_]", (empty, zero), tuple(o for o in index if "list" in o.id)[:1]
        )

    def _is_decided(self, condition: ast.Node) -> ast.Node:
        """True where the condition is true or false; it fails where that fails."""
        opposite = ast.Call(condition.span, t.BOOL, "!_", (condition,), self._functions["!_"].overloads[:1])
        return ast.Or(condition.span, t.BOOL, (condition, opposite))

    def _bodies(self, node: ast.Comprehension, elements: list[ast.Node]) -> list[ast.Node]:
        """What a macro says of each element."""
        made = []
        for one in elements:
            self._bound[node.variables[0].slot] = one
            made.append(self.node(node.body))
        return made

    @property
    def _sum(self) -> Overload:
        """The sum of whole numbers."""
        overloads = self._functions["_+_"].overloads
        return next(o for o in overloads if o.parameters == (t.INT, t.INT))


def _joined(node: ast.Node) -> Iterator[ast.Node]:
    """The lists that are put together."""
    if isinstance(node, ast.Call) and node.function == "_+_" and isinstance(node.type, t.ListType):
        for part in node.arguments:
            yield from _joined(part)
    else:
        yield node


def _case(node: ast.Node) -> tuple[ast.Node | None, ast.Node] | None:
    """The condition and the element of a list of one element at most; None where it is another list."""
    if any(isinstance(part, ast.ListLiteral) and part.optional for part in ast.walk(node)):
        return None
    match node:
        case ast.ListLiteral(elements=(value,)):
            return None, value
        case ast.Conditional(
            condition=condition,
            then=ast.ListLiteral(elements=(value,)),
            otherwise=ast.ListLiteral(elements=()),
        ):
            return condition, value
    return None
