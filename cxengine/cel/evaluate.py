"""The exact evaluation of a checked tree: slow, complete, and what every target has to agree with.

Generated code falls back to it whenever something is out of the ordinary, and `explain` watches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from . import ast, dispatch, facts
from . import operations as op
from . import types as t
from .errors import CelError, fault
from .functions import Function
from .values import Optional, TypeName

__all__ = ["Evaluation", "Watcher"]

Watcher = Callable[[ast.Node, Any], None]
_NONE = Optional(None, present=False)


class _Lazy:
    """A bound value, evaluated when it is first needed."""

    def __init__(self, node: ast.Node) -> None:
        self.node = node
        self.value: Any = None
        self.error: CelError | None = None
        self.done = False


class Evaluation:
    """One evaluation: the facts, and the values of the locals by slot."""

    def __init__(
        self, given: Mapping[str, Any], functions: Mapping[str, Function], watch: Watcher | None = None
    ) -> None:
        self.facts = given
        self.functions = functions
        self.locals: dict[int, Any] = {}
        self.watch = watch

    def value(self, node: ast.Node) -> Any:
        """The value of `node`.

        Raises:
            CelError: the evaluation fails; `span` is where.
        """
        try:
            found = self._evaluate[type(node)](self, node)
        except CelError as error:
            if error.span is None:
                error.span = node.span
            if self.watch:
                self.watch(node, error)
            raise
        if self.watch:
            self.watch(node, found)
        return found

    def _literal(self, node: ast.Literal) -> Any:
        return node.value

    def _variable(self, node: ast.Variable) -> Any:
        return facts.conform(facts.variable(self.facts, node.name), node.type)

    def _local(self, node: ast.Local) -> Any:
        found = self.locals[node.slot]
        if type(found) is not _Lazy:
            return found
        if not found.done:
            try:
                found.value = self.value(found.node)
            except CelError as error:
                found.error = error
            found.done = True
        if found.error is not None:
            raise found.error
        return found.value

    def _unresolved(self, node: ast.Unresolved) -> Any:
        raise fault("undeclared_name", f"undeclared name {node.name!r}")

    def _type_value(self, node: ast.TypeValue) -> TypeName:
        match node.named:
            case t.ListType():
                return TypeName("list")
            case t.MapType():
                return TypeName("map")
            case t.AbstractType(name):
                return TypeName(name)
        return TypeName(str(node.named))

    def _select(self, node: ast.Select) -> Any:
        found = op.select(self._raw(node.operand), node.field)
        return facts.conform(found, node.type) if _is_path(node.operand) else found

    def _has(self, node: ast.Has) -> bool:
        return op.present(self._raw(node.operand), node.field)

    def _raw(self, node: ast.Node) -> Any:
        """The value of an operand of a selection: of a fact, only the field that is read has to conform."""
        if not _is_path(node):
            return self.value(node)
        try:
            if isinstance(node, ast.Variable):
                found = facts.variable(self.facts, node.name)
            else:
                assert isinstance(node, ast.Select)
                found = op.select(self._raw(node.operand), node.field)
        except CelError as error:
            if error.span is None:
                error.span = node.span
            if self.watch:
                self.watch(node, error)
            raise
        if self.watch:
            self.watch(node, found)
        return found

    def _call(self, node: ast.Call) -> Any:
        arguments = []
        for argument in node.arguments:
            arguments.append(self.value(argument))  # noqa: PERF401 - a comprehension costs a frame a level
        known = self.functions.get(node.function)
        return dispatch.call(node, arguments, known.overloads if known else ())

    def _and(self, node: ast.And) -> bool:
        return self._absorbing(node.terms, decisive=False)

    def _or(self, node: ast.Or) -> bool:
        return self._absorbing(node.terms, decisive=True)

    def _absorbing(self, terms: Iterable[ast.Node], *, decisive: bool) -> bool:
        failure: CelError | None = None
        for term in terms:
            try:
                if dispatch.boolean(self.value(term)) is decisive:
                    return decisive
            except CelError as error:
                error.span = error.span or term.span
                failure = failure or error
        if failure is not None:
            raise failure
        return not decisive

    def _conditional(self, node: ast.Conditional) -> Any:
        chosen = node.then if dispatch.boolean(self.value(node.condition)) else node.otherwise
        return self.value(chosen)

    def _list(self, node: ast.ListLiteral) -> list[Any]:
        made = []
        for position, element in enumerate(node.elements):
            value = self.value(element)
            if position not in node.optional:
                made.append(value)
            elif _optional(value).present:
                made.append(value.content)
        return made

    def _map(self, node: ast.MapLiteral) -> Mapping[Any, Any]:
        pairs = []
        for entry in node.entries:
            key, value = self.value(entry.key), self.value(entry.value)
            if not entry.optional:
                pairs.append((key, value))
            elif _optional(value).present:
                pairs.append((key, value.content))
        return op.make_map(pairs)

    def _bind(self, node: ast.Bind) -> Any:
        self.locals[node.variable.slot] = _Lazy(node.value)
        return self.value(node.body)

    def _optional_map(self, node: ast.OptionalMap) -> Optional:
        target = _optional(self.value(node.target))
        if not target.present:
            return _NONE
        self.locals[node.variable.slot] = target.content
        made = self.value(node.body)
        return _optional(made) if node.macro == "optFlatMap" else Optional(made)

    def _comprehension(self, node: ast.Comprehension) -> Any:
        range_ = self.value(node.range)
        slots = [variable.slot for variable in node.variables]
        rounds = op.entries(range_) if len(slots) == 2 else [(item,) for item in op.elements(range_)]
        if node.macro in {"all", "exists"}:
            return self._quantified(node, slots, rounds, decisive=node.macro == "exists")
        made: list[Any] = []
        for values in rounds:
            self.locals.update(zip(slots, values, strict=True))
            if node.condition is not None and not dispatch.boolean(self.value(node.condition)):
                continue
            body = self.value(node.body)
            if node.macro in {"filter", "exists_one"}:
                if dispatch.boolean(body):
                    made.append(values[0])
            else:
                made.append((values[0], body))
        return _collected(node.macro, made)

    def _quantified(
        self, node: ast.Comprehension, slots: list[int], rounds: list[Any], *, decisive: bool
    ) -> bool:
        failure: CelError | None = None
        for values in rounds:
            self.locals.update(zip(slots, values, strict=True))
            try:
                if dispatch.boolean(self.value(node.body)) is decisive:
                    return decisive
            except CelError as error:
                error.span = error.span or node.body.span
                failure = failure or error
        if failure is not None:
            raise failure
        return not decisive

    _evaluate: ClassVar[dict[type[ast.Node], Callable[[Evaluation, Any], Any]]] = {
        ast.Literal: _literal,
        ast.Variable: _variable,
        ast.Local: _local,
        ast.Unresolved: _unresolved,
        ast.TypeValue: _type_value,
        ast.Select: _select,
        ast.Has: _has,
        ast.Call: _call,
        ast.And: _and,
        ast.Or: _or,
        ast.Conditional: _conditional,
        ast.ListLiteral: _list,
        ast.MapLiteral: _map,
        ast.Bind: _bind,
        ast.OptionalMap: _optional_map,
        ast.Comprehension: _comprehension,
    }


def _collected(macro: ast.Macro, made: list[Any]) -> Any:
    match macro:
        case "filter":
            return made
        case "exists_one":
            return len(made) == 1
        case "map" | "transformList":
            return [body for _, body in made]
        case "transformMap":
            return op.make_map(made)
    return op.make_map([pair for _, body in made for pair in op.entries(body)])


def _is_path(node: ast.Node) -> bool:
    while isinstance(node, ast.Select):
        node = node.operand
    return isinstance(node, ast.Variable)


def _optional(value: Any) -> Optional:
    if type(value) is Optional:
        return value
    raise fault("no_such_overload", f"no such overload: expected an optional, found a {op.type_name(value)}")
