"""Calls: which function a name means, which overload the arguments choose, what to say when none fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .. import ast
from .. import syntax as s
from .. import types as t
from ..functions import Function, Overload
from . import enums
from .declarations import Choice, Given
from .narrowing import path_of
from .settle import is_open

if TYPE_CHECKING:
    from .checker import Checker, Step

__all__ = ["apply", "check_call", "promoted", "report_null"]

_PROMOTING = frozenset({"_+_", "_-_", "_*_", "_/_", "_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"})
_EXTREMES = frozenset({"math.greatest", "math.least"})
_EXACT_AS_DOUBLE = 2**53
_SHOWN_OVERLOADS = 8


def check_call(checker: Checker, node: s.Call) -> Step:
    """The call of a function or an operator."""
    qualified = _qualified(checker, node)
    arguments = []
    if node.target is not None and qualified is None:
        arguments.append((yield node.target))
    for argument in node.arguments:
        arguments.append((yield argument))  # noqa: PERF401 - each argument is a step of its own
    if qualified is not None:
        return _apply(checker, qualified, arguments, node.span, receiver=False)
    function = checker.declarations.function(node.name, node.absolute)
    if node.target is not None:
        function = checker.declarations.functions.get(node.name)
    if function is None:
        return _unknown(checker, node, arguments)
    return _apply(checker, function, arguments, node.span, receiver=node.target is not None)


def apply(checker: Checker, name: str, arguments: list[ast.Node], span: ast.Span) -> ast.Node:
    """The operator `name` applied to checked arguments."""
    return _apply(checker, checker.declarations.functions[name], arguments, span, receiver=False)


def _qualified(checker: Checker, node: s.Call) -> Function | None:
    """The function `math.abs` of a call that looks like the method `abs` of a variable `math`."""
    named = s.dotted(node.target) if node.target is not None else None
    if named is None or named[0].split(".", 1)[0] in checker.scope:
        return None
    return checker.declarations.function(f"{named[0]}.{node.name}", named[1])


def _unknown(checker: Checker, node: s.Call, arguments: list[ast.Node]) -> ast.Node:
    named = s.dotted(node.target) if node.target is not None else None
    known = [
        name
        for name, function in checker.declarations.functions.items()
        if name.isidentifier() and any(o.receiver == (node.target is not None) for o in function.overloads)
    ]
    if named and node.target is not None and isinstance(arguments[0], ast.Unresolved):
        known = list(checker.declarations.functions)
        full = f"{named[0]}.{node.name}"
        hint = checker.suggestion(full, known)
        if hint and checker.findings and checker.findings[-1].kind == "undeclared_name":
            checker.findings.pop()
            checker.report("unknown_function", f"unknown function {full!r}", node.span, hint)
    else:
        hint = checker.suggestion(node.name, known)
        checker.report("unknown_function", f"unknown function {node.name!r}", node.name_span, hint)
    return ast.Call(node.span, t.DYN, node.name, tuple(arguments), (), node.target is not None)


def _apply(
    checker: Checker, function: Function, arguments: list[ast.Node], span: ast.Span, *, receiver: bool
) -> ast.Node:
    if function.name in _PROMOTING or function.name in _EXTREMES:
        arguments = promoted(checker, arguments)
    if function.name in _EXTREMES and len(arguments) > 2:
        arguments = [_gathered(checker, arguments)]
    if function.name == "@in":
        arguments = _promoted_members(checker, arguments)
    given = tuple(argument.type for argument in arguments)
    exact = checker.declarations.exact(function, receiver, given)
    if exact is None and _is_null_test_again(checker, function, arguments):
        exact = function.overloads[0]
    if exact is not None:
        made = ast.Call(span, exact.result, function.name, tuple(arguments), (exact,), receiver)
    else:
        made = _choose(checker, function, arguments, span, receiver)
    enums.check(checker, made)
    return made


def _is_null_test_again(checker: Checker, function: Function, arguments: list[ast.Node]) -> bool:
    """Whether a path is compared with null again, inside a test for it: needless, not wrong."""
    if function.name not in {"_==_", "_!=_"} or t.NULL not in {argument.type for argument in arguments}:
        return False
    return any(path_of(argument) in checker.narrowed for argument in arguments)


def _choose(
    checker: Checker, function: Function, arguments: list[ast.Node], span: ast.Span, receiver: bool
) -> ast.Call:
    known = (function.name, receiver, tuple(argument.type for argument in arguments))
    candidates, type_ = checker.declarations.chosen.get(known) or _matching(checker, function, known)
    if candidates:
        _report_nulls(checker, arguments, candidates[0])
    else:
        _report_mismatch(checker, function, arguments, span, receiver)
    return ast.Call(span, type_, function.name, tuple(arguments), candidates, receiver)


def _matching(checker: Checker, function: Function, known: Given) -> Choice:
    """The overloads that take arguments of these types, and the type of the result."""
    _, receiver, given = known
    inference, matches = checker.inference, list[tuple[Overload, t.Type, dict[int, t.Type]]]()
    before = dict(inference.bindings)
    for overload in function.overloads:
        if overload.receiver != receiver or len(overload.parameters) != len(given):
            continue
        parameters, result = inference.instantiate(overload)
        if all(map(inference.assignable, given, parameters)):
            matches.append((overload, inference.deep(result), inference.bindings))
        inference.bindings = dict(before)
    type_: t.Type = t.DYN
    if len(matches) == 1:
        _, type_, inference.bindings = matches[0]
    elif matches and len({result for _, result, _ in matches}) == 1:
        type_ = matches[0][1]
    choice = tuple(overload for overload, _, _ in matches), type_
    if not any(map(is_open, (*given, type_))):
        checker.declarations.chosen[known] = choice
    return choice


def _report_nulls(checker: Checker, arguments: list[ast.Node], overload: Overload) -> None:
    for argument, parameter in zip(arguments, overload.parameters, strict=True):
        takes_null = isinstance(parameter, t.TypeParameter | t.NullableType) or parameter == t.DYN
        if not takes_null and isinstance(checker.inference.resolve(argument.type), t.NullableType):
            report_null(checker, argument)


def report_null(checker: Checker, node: ast.Node) -> None:
    """The finding that `node` may be null where null does not fit."""
    text = checker.source.text[slice(*node.span)]
    checker.report("may_be_null", f"{text} may be null", node.span, f"test it first: {text} != null && ...")


def _report_mismatch(
    checker: Checker, function: Function, arguments: list[ast.Node], span: ast.Span, receiver: bool
) -> None:
    given = tuple(checker.inference.deep(argument.type, t.DYN) for argument in arguments)
    shown = Overload("", given, t.DYN, receiver).signature(function.name)
    fitting = [o.signature(function.name) for o in function.overloads if o.receiver == receiver]
    fitting = fitting or [o.signature(function.name) for o in function.overloads]
    hint = "accepted: " + ", ".join(fitting[:_SHOWN_OVERLOADS])
    hint += ", ..." if len(fitting) > _SHOWN_OVERLOADS else ""
    if function.name in _PROMOTING and set(given) in ({t.INT, t.DOUBLE}, {t.UINT, t.DOUBLE}):
        hint = "turn the whole number into a double: double(...)"
    elif function.name in {"_==_", "_!=_"}:
        hint = "both sides need the same type, or wrap one in dyn(...)"
    checker.report("no_such_overload", f"no such overload: {shown}", span, hint)


def _gathered(checker: Checker, arguments: list[ast.Node]) -> ast.Node:
    """`math.greatest(a, b, c)` takes its arguments as one list."""
    joined: t.Type | None = arguments[0].type
    for argument in arguments[1:]:
        joined = checker.inference.join(joined, argument.type) if joined else None
    span = (arguments[0].span[0], arguments[-1].span[1])
    return ast.ListLiteral(span, t.ListType(joined or t.DYN), tuple(arguments))


def promoted(checker: Checker, nodes: list[ast.Node]) -> list[ast.Node]:
    """`nodes` with int literals made doubles, if another node is a double that depends on a fact.

    Literals among themselves keep their types: `1 + 2.5` is an error, `revenue + 1` is not.
    """
    if not any(map(_is_int_literal, nodes)):
        return nodes
    if any(checker.inference.resolve(_base(n)) == t.DOUBLE and checker.is_grounded(n) for n in nodes):
        return [_as_double(node) if _is_int_literal(node) else node for node in nodes]
    return nodes


def _promoted_members(checker: Checker, arguments: list[ast.Node]) -> list[ast.Node]:
    """`revenue in [1, 2]`: the literals in the list are compared with a double."""
    value, container = arguments
    if not isinstance(container, ast.ListLiteral) or container.type != t.ListType(t.INT):
        return arguments
    _, *elements = promoted(checker, [value, *container.elements])
    if _base(value) != t.DOUBLE or not all(element.type == t.DOUBLE for element in elements):
        return arguments
    return [value, attrs.evolve(container, type=t.ListType(t.DOUBLE), elements=tuple(elements))]


def _base(node: ast.Node) -> t.Type:
    return node.type.base if isinstance(node.type, t.NullableType) else node.type


def _is_int_literal(node: ast.Node) -> bool:
    return isinstance(node, ast.Literal) and node.type == t.INT and abs(node.value) <= _EXACT_AS_DOUBLE


def _as_double(node: ast.Node) -> ast.Node:
    assert isinstance(node, ast.Literal)
    return ast.Literal(node.span, t.DOUBLE, float(node.value))
