"""Small mistakes in an expression, made on purpose: what a careful set of cases notices.

Every mutant changes one node of the checked tree:

- a comparison loses or gains its bound (`<` and `<=`), or is turned round (`<` and `>`; `==` and `!=`);
- a number moves up and down, by a tenth and by one unit of the digit after its last;
- `&&` becomes `||`, `exists` becomes `all`, `+` becomes `-`, `*` becomes `/`, and the other way round;
- a plain condition is negated, a negation dropped, `true` becomes `false`;
- a text becomes another one of its enum, or one that nothing is called.

Mutants that mean the same are left out where that is provable: a number that is compared with a fact in
whole numbers moves by whole numbers, and nothing is divided instead of multiplied by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.types import EnumType
from cxengine.cel.unparse import unparse
from cxengine.diagnostics import Location

_COMPARISONS: Mapping[str, tuple[str, ...]] = {
    "_<_": ("_<=_", "_>_"),
    "_<=_": ("_<_", "_>=_"),
    "_>_": ("_>=_", "_<_"),
    "_>=_": ("_>_", "_<=_"),
    "_==_": ("_!=_",),
    "_!=_": ("_==_",),
}
_ARITHMETIC: Mapping[str, str] = {"_+_": "_-_", "_-_": "_+_", "_*_": "_/_", "_/_": "_*_"}
_NEUTRAL: Mapping[str, float] = {"_+_": 0, "_-_": 0, "_*_": 1, "_/_": 1}
_MACROS: Mapping[str, ast.Macro] = {"exists": "all", "all": "exists"}
_NUMBERS = {cel.INT, cel.UINT, cel.DOUBLE}


@attrs.frozen(eq=False)
class Mutant:
    """A changed program: what was written, what it became, and where (within the expression's text)."""

    program: cel.Program
    before: str
    after: str
    place: Location


def mutants(program: cel.Program, whole: frozenset[str]) -> Iterator[Mutant]:
    """All mutants of a program, in the order of its text; `whole` names the facts in whole numbers."""
    parents = {id(child): node for node in ast.walk(program.tree) for child in ast.children(node)}
    for node in ast.walk(program.tree):
        parent = parents.get(id(node))
        for changed in _changes(node, parent, whole):
            shown = parent if isinstance(node, ast.Literal) and isinstance(parent, ast.Call) else node
            yield Mutant(
                attrs.evolve(program, tree=_replaced(program.tree, node, changed)),
                before=" ".join(program.source.text[slice(*shown.span)].split()),
                after=unparse(_replaced(shown, node, changed)),
                place=program.source.location(node.span),
            )


def _changes(node: ast.Node, parent: ast.Node | None, whole: frozenset[str]) -> Iterator[ast.Node]:
    match node:
        case ast.Literal():
            yield from _other_constants(node, parent, whole)
        case ast.And():
            yield ast.Or(node.span, node.type, node.terms)
        case ast.Or():
            yield ast.And(node.span, node.type, node.terms)
        case ast.Comprehension(macro="exists" | "all"):
            yield attrs.evolve(node, macro=_MACROS[node.macro])
        case ast.Call():
            yield from _other_calls(node)
        case ast.Variable() | ast.Select() | ast.Has() | ast.Local():
            if node.type == cel.BOOL and not _negates(parent):
                yield _negation(node)


def _other_calls(node: ast.Call) -> Iterator[ast.Node]:
    if node.function in _COMPARISONS:
        for function in _COMPARISONS[node.function]:
            yield _calling(node, function)
    elif node.function in _ARITHMETIC:
        second = node.arguments[1]
        if not (isinstance(second, ast.Literal) and second.value == _NEUTRAL[node.function]):
            yield _calling(node, _ARITHMETIC[node.function])
    elif node.function == "!_":
        yield node.arguments[0]
    elif node.type == cel.BOOL:
        yield _negation(node)


def _calling(node: ast.Call, function: str) -> ast.Call:
    """The call of another function; evaluation chooses the overload."""
    return attrs.evolve(node, function=function, candidates=())


def _negation(node: ast.Node) -> ast.Call:
    return ast.Call(node.span, cel.BOOL, "!_", (node,), ())


def _negates(node: ast.Node | None) -> bool:
    return isinstance(node, ast.Call) and node.function == "!_"


# --- constants -------------------------------------------------------------------------------------


def _other_constants(
    node: ast.Literal, parent: ast.Node | None, whole: frozenset[str]
) -> Iterator[ast.Literal]:
    compared = _compared(node, parent)
    if isinstance(node.value, bool):
        yield attrs.evolve(node, value=not node.value)
    elif node.type in _NUMBERS:
        steps_whole = node.type != cel.DOUBLE or (compared is not None and unparse(compared) in whole)
        for value in moved(node.value, whole=steps_whole):
            yield attrs.evolve(node, value=type(node.value)(value))
    elif isinstance(node.value, str):
        known = compared.type.values if compared and isinstance(compared.type, EnumType) else ()
        others = [v for v in known if v != node.value]
        yield attrs.evolve(node, value=others[0] if others else f"not {node.value}".strip())


def _compared(node: ast.Node, parent: ast.Node | None) -> ast.Node | None:
    """What a constant is compared with, where it is."""
    if isinstance(parent, ast.Call) and parent.function in _COMPARISONS:
        return next(argument for argument in parent.arguments if argument is not node)
    return None


def moved(value: float, *, whole: bool) -> tuple[float, ...]:
    """The number moved down and up, by a tenth and by one unit of the digit after its last.

    Numbers that stand for whole ones move by whole ones.
    """
    exact = Decimal(repr(value)) if not isinstance(value, int) else Decimal(int(value))
    exponent = exact.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    if whole:
        steps = [Decimal(1), max(Decimal(1), abs(exact * Decimal("0.1")).to_integral_value())]
    else:
        steps = [Decimal(1).scaleb(min(exponent, 0) - 1), abs(exact) * Decimal("0.1")]
    found = [exact + sign * step for step in steps if step for sign in (-1, 1)]
    return tuple(dict.fromkeys(float(one) for one in found))


# --- trees -----------------------------------------------------------------------------------------


def _replaced(tree: ast.Node, old: ast.Node, new: ast.Node) -> ast.Node:
    """The tree with one node replaced; everything beside the way down to it is shared."""
    if tree is old:
        return new
    changed = {
        field.name: _part_replaced(getattr(tree, field.name), old, new) for field in attrs.fields(type(tree))
    }
    same = all(changed[name] is getattr(tree, name) for name in changed)
    return tree if same else type(tree)(**changed)


def _part_replaced(part: Any, old: ast.Node, new: ast.Node) -> Any:
    if isinstance(part, ast.Node):
        return _replaced(part, old, new)
    if isinstance(part, ast.Entry):
        key, value = _replaced(part.key, old, new), _replaced(part.value, old, new)
        return part if key is part.key and value is part.value else attrs.evolve(part, key=key, value=value)
    if isinstance(part, tuple):
        parts = tuple(_part_replaced(one, old, new) for one in part)
        return part if all(a is b for a, b in zip(parts, part, strict=True)) else parts
    return part
