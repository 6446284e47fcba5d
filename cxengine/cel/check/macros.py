"""Macros: calls that bind a name, and become nodes of their own.

Data layout. `MACROS` maps (name, whether it has a target, number of arguments) to the step that checks it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from .. import ast
from .. import syntax as s
from .. import types as t
from ..errors import Finding
from ..frame import TOO_DEEP
from . import calls

if TYPE_CHECKING:
    from .checker import Checker, Step

__all__ = ["MACROS", "find"]

Expansion = Callable[["Checker", s.Call], "Step"]
_NAMESPACE = "cel"


def find(node: s.Call) -> Expansion | None:
    """The macro that `node` calls, if it does."""
    if isinstance(node.target, s.Name) and node.target.name == _NAMESPACE:
        return _NAMESPACED.get((node.name, len(node.arguments)))
    return MACROS.get((node.name, node.target is not None, len(node.arguments)))


def _bad(checker: Checker, message: str, span: ast.Span, hint: str | None = None) -> ast.Node:
    # A macro that cannot be read is an error of syntax: no leniency turns it into a call.
    checker.findings.append(Finding("bad_macro", message, span, hint))
    return ast.Unresolved(span, t.DYN, "?")


def _variable_name(node: s.Syntax) -> str | None:
    if isinstance(node, s.Name) and not node.absolute:
        return node.name
    if isinstance(node, s.Call) and isinstance(node.target, s.Name) and node.target.name == _NAMESPACE:
        return _generated_name(node)
    return None


def _generated_name(node: s.Call) -> str | None:
    """The name that `cel.iterVar(0, 1)` and its like stand for."""
    numbers = [a.value for a in node.arguments if isinstance(a, s.Constant) and a.kind == "int"]
    prefixes = {("index", 1): "@index", ("iterVar", 2): "@it", ("accuVar", 2): "@ac"}
    prefix = prefixes.get((node.name, len(numbers)))
    if prefix is None or len(numbers) != len(node.arguments):
        return None
    return ":".join([prefix, *map(str, numbers)])


def _scoped(
    checker: Checker, variables: list[ast.Local], *nodes: s.Syntax
) -> Generator[s.Syntax, ast.Node, list[ast.Node]]:
    """Check `nodes` with `variables` in scope."""
    outer = checker.scope
    checker.scope = {**outer, **{variable.name: variable for variable in variables}}
    made = []
    for node in nodes:
        made.append((yield node))  # noqa: PERF401 - each node is a step of its own
    checker.scope = outer
    return made


def _has(checker: Checker, node: s.Call) -> Step:
    argument = node.arguments[0]
    if not isinstance(argument, s.Select):
        return _bad(checker, "has() takes a field: has(a.b)", argument.span)
    operand = yield argument.operand
    checker.field_type(operand, operand.type, argument.field, argument.field_span)
    return ast.Has(node.span, t.BOOL, operand, argument.field)


def _range_types(checker: Checker, node: ast.Node, count: int) -> list[t.Type]:
    type_ = checker.inference.resolve(node.type)
    if isinstance(type_, t.NullableType):
        calls.report_null(checker, node)
        type_ = type_.base
    found: list[t.Type] = [t.DYN, t.DYN]
    match type_:
        case t.ListType(element):
            found = [element, element] if count == 1 else [t.INT, element]
        case t.MapType(key, value):
            found = [key, value]
        case t.RecordType():
            found = [t.STRING, t.DYN]
        case t.TypeVariable():
            checker.inference.assignable(t.DYN, type_)
        case _ if type_ != t.DYN:
            message = f"a macro runs over a list or a map, not over a value of type {type_}"
            checker.report("no_such_overload", message, node.span)
    return found[:count]


def _comprehension(macro: ast.Macro, count: int) -> Expansion:
    """A macro over a range with `count` variables; what follows them is [condition,] body."""

    def expand(checker: Checker, node: s.Call) -> Step:
        assert node.target is not None
        names = [_variable_name(argument) for argument in node.arguments[:count]]
        for name, argument in zip(names, node.arguments, strict=False):
            if name is None:
                return _bad(checker, f"{node.name}() binds a name here", argument.span, "write a simple name")
        if count == 2 and names[0] == names[1]:
            return _bad(checker, f"{node.name}() needs two different names", node.arguments[1].span)
        range_ = yield node.target
        types = _range_types(checker, range_, count)
        variables = [
            checker.bind(name or "", type_, argument.span, range_)
            for name, type_, argument in zip(names, types, node.arguments, strict=False)
        ]
        parts = yield from _scoped(checker, variables, *node.arguments[count:])
        body, condition = parts[-1], parts[0] if len(parts) == 2 else None
        predicate = body if macro in _PREDICATES else condition
        if predicate is not None:
            checker.expect_bool(predicate, f"the condition of {node.name}()")
        type_ = _result_type(checker, macro, range_, body)
        return ast.Comprehension(node.span, type_, macro, range_, tuple(variables), condition, body)

    return expand


_PREDICATES = frozenset({"all", "exists", "exists_one", "filter"})


def _result_type(checker: Checker, macro: ast.Macro, range_: ast.Node, body: ast.Node) -> t.Type:
    if macro in {"all", "exists", "exists_one"}:
        return t.BOOL
    source = checker.inference.resolve(range_.type)
    if macro == "filter":
        return t.ListType(_range_types(checker, range_, 1)[0])
    if macro in {"map", "transformList"}:
        return t.ListType(body.type)
    if macro == "transformMapEntry":
        made = checker.inference.resolve(body.type)
        if not isinstance(made, t.MapType) and made != t.DYN:
            checker.report("no_such_overload", f"transformMapEntry() makes maps, not {made}", body.span)
        return made if isinstance(made, t.MapType) else t.MapType(t.DYN, t.DYN)
    key = t.INT if isinstance(source, t.ListType) else _range_types(checker, range_, 1)[0]
    return t.MapType(key, body.type)


def _bind(checker: Checker, node: s.Call) -> Step:
    named, value_syntax, body_syntax = node.arguments
    name = _variable_name(named)
    if name is None:
        return _bad(checker, "cel.bind() binds a name here", named.span, "write a simple name")
    value = yield value_syntax
    variable = checker.bind(name, value.type, named.span, value)
    (body,) = yield from _scoped(checker, [variable], body_syntax)
    return ast.Bind(node.span, body.type, variable, value, body)


def _block(checker: Checker, node: s.Call) -> Step:
    values, body_syntax = node.arguments
    if not isinstance(values, s.ListOf) or values.optional:
        return _bad(checker, "cel.block() takes a list of values", values.span)
    checker.height += len(values.elements)  # each value is in scope of those behind it, a level deeper
    if checker.height > s.NESTING_LIMIT:
        checker.findings.append(Finding("limit", TOO_DEEP, values.span))
        return ast.Unresolved(node.span, t.DYN, "?")
    outer, bound = checker.scope, []
    for position, syntax in enumerate(values.elements):
        value = yield syntax
        variable = checker.bind(f"@index:{position}", value.type, syntax.span, value)
        checker.scope = {**checker.scope, variable.name: variable}
        bound.append((variable, value))
    body = yield body_syntax
    checker.scope = outer
    for variable, value in reversed(bound):
        body = ast.Bind(node.span, body.type, variable, value, body)
    return body


def _generated(checker: Checker, node: s.Call) -> Step:
    yield from ()
    name = _generated_name(node)
    if name is None or name not in checker.scope:
        return _bad(checker, f"cel.{node.name}() stands for nothing here", node.span)
    return checker.name(s.Name(node.span, 1, name))


def _optional_map(macro: str) -> Expansion:
    def expand(checker: Checker, node: s.Call) -> Step:
        assert node.target is not None
        named, body_syntax = node.arguments
        name = _variable_name(named)
        if name is None:
            return _bad(checker, f"{macro}() binds a name here", named.span, "write a simple name")
        target = yield node.target
        variable = checker.bind(name, _content_type(checker, target, macro), named.span, target)
        (body,) = yield from _scoped(checker, [variable], body_syntax)
        if macro == "optMap":
            return ast.OptionalMap(node.span, t.optional(body.type), "optMap", target, variable, body)
        _content_type(checker, body, macro)
        type_ = body.type if body.type != t.DYN else t.optional(t.DYN)
        return ast.OptionalMap(node.span, type_, "optFlatMap", target, variable, body)

    return expand


def _content_type(checker: Checker, node: ast.Node, macro: str) -> t.Type:
    type_ = checker.inference.resolve(node.type)
    if isinstance(type_, t.AbstractType) and type_.name == "optional_type":
        return type_.parameters[0]
    if type_ != t.DYN:
        checker.report("no_such_overload", f"{macro}() needs an optional, not {type_}", node.span)
    return t.DYN


MACROS: dict[tuple[str, bool, int], Expansion] = {
    ("has", False, 1): _has,
    ("map", True, 2): _comprehension("map", 1),
    ("map", True, 3): _comprehension("map", 1),
    ("filter", True, 2): _comprehension("filter", 1),
    ("transformList", True, 3): _comprehension("transformList", 2),
    ("transformList", True, 4): _comprehension("transformList", 2),
    ("transformMap", True, 3): _comprehension("transformMap", 2),
    ("transformMap", True, 4): _comprehension("transformMap", 2),
    ("transformMapEntry", True, 3): _comprehension("transformMapEntry", 2),
    ("transformMapEntry", True, 4): _comprehension("transformMapEntry", 2),
    ("optMap", True, 2): _optional_map("optMap"),
    ("optFlatMap", True, 2): _optional_map("optFlatMap"),
}
for _name, _macro in (("all", "all"), ("exists", "exists")):
    MACROS[_name, True, 2] = _comprehension(_macro, 1)  # type: ignore[arg-type]
    MACROS[_name, True, 3] = _comprehension(_macro, 2)  # type: ignore[arg-type]
for _name in ("exists_one", "existsOne"):
    MACROS[_name, True, 2] = _comprehension("exists_one", 1)
    MACROS[_name, True, 3] = _comprehension("exists_one", 2)

_NAMESPACED: dict[tuple[str, int], Expansion] = {
    ("bind", 3): _bind,
    ("block", 2): _block,
    ("index", 1): _generated,
    ("iterVar", 2): _generated,
    ("accuVar", 2): _generated,
}
