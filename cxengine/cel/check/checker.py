"""The checker: walks the syntax tree once, builds the checked tree, and collects every finding.

A `Step` is a generator that yields the syntax nodes it needs checked and receives their checked nodes;
`Checker.run` keeps the open steps on a list, so that depth costs none of Python's stack.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import ClassVar

from ...diagnostics import closest
from .. import ast
from .. import syntax as s
from .. import types as t
from ..errors import MOST_FINDINGS, Finding, Source
from ..library.core import SELECT_OPTIONAL
from . import calls, macros
from .declarations import Declarations
from .inference import Inference
from .narrowing import Path, not_null, path_of
from .settle import settle

__all__ = ["Checker", "Step", "check"]

Step = Generator[s.Syntax, ast.Node, ast.Node]
_CONSTANTS = {
    "int": t.INT,
    "uint": t.UINT,
    "double": t.DOUBLE,
    "string": t.STRING,
    "bytes": t.BYTES,
    "bool": t.BOOL,
    "null": t.NULL,
}
_KEYS = {t.INT, t.UINT, t.BOOL, t.STRING, t.DYN}


def check(
    source: Source, tree: s.Syntax, declarations: Declarations, lenient: bool = False
) -> tuple[ast.Node, list[Finding]]:
    """The checked tree of `tree` and everything that is wrong with it.

    With `lenient`, what does not fit is left to evaluation, as the language allows: only macros that
    cannot be read are findings.
    """
    checker = Checker(source, declarations, lenient)
    return settle(checker.run(tree), checker.inference), checker.findings


class Checker:
    """The state of one check."""

    def __init__(self, source: Source, declarations: Declarations, lenient: bool) -> None:
        self.source = source
        self.declarations = declarations
        self.lenient = lenient
        self.inference = Inference()
        self.findings: list[Finding] = []
        self.scope: dict[str, ast.Local] = {}
        self.slots = 0
        self.height = 0
        self.grounded: set[int] = set()
        self.narrowed: frozenset[Path] = frozenset()

    def run(self, tree: s.Syntax) -> ast.Node:
        """The checked tree of `tree`."""
        self.height += tree.height
        steps = [self._step(tree)]
        answer: ast.Node | None = None
        while True:
            try:
                wanted = steps[-1].send(answer)  # type: ignore[arg-type] # None starts a generator
            except StopIteration as done:
                steps.pop()
                answer = done.value
                if not steps:
                    return done.value  # type: ignore[no-any-return]
                continue
            answer = self._leaf(wanted)
            if answer is None:
                steps.append(self._step(wanted))

    def report(self, kind: str, message: str, span: ast.Span, hint: str | None = None) -> None:
        """Note a finding; in a lenient check evaluation will find it."""
        if not self.lenient:
            self.findings.append(Finding(kind, message, span, hint))

    def suggestion(self, word: str, known: Iterable[str]) -> str | None:
        """The hint "did you mean", when something known is near enough."""
        if len(self.findings) >= MOST_FINDINGS:
            return None
        found = closest(word, known)
        return f"did you mean {found!r}?" if found and found != word else None

    def bind(self, name: str, type_: t.Type, span: ast.Span, source: ast.Node) -> ast.Local:
        """A new local; it is in scope once it is put into `scope`."""
        self.slots += 1
        if self.is_grounded(source):
            self.grounded.add(self.slots)
        return ast.Local(span, type_, name, self.slots)

    def is_grounded(self, node: ast.Node) -> bool:
        """Whether `node` depends on a fact, and not on literals alone."""
        return any(
            isinstance(n, ast.Variable) or (isinstance(n, ast.Local) and n.slot in self.grounded)
            for n in ast.walk(node)
        )

    # -- leaves

    def _leaf(self, node: s.Syntax) -> ast.Node | None:
        if type(node) is s.Constant:
            return ast.Literal(node.span, _CONSTANTS[node.kind], node.value)
        return self.name(node) if type(node) is s.Name else None

    def name(self, node: s.Name) -> ast.Node:
        """The local, variable or type that a plain name stands for."""
        if not node.absolute and node.name in self.scope:
            local = self.scope[node.name]
            type_ = self.not_null_type(local.type, (local.slot,))
            return ast.Local(node.span, type_, local.name, local.slot)
        found = self._declared(node.span, node.name, node.absolute)
        if found:
            return found
        hint = self.suggestion(node.name, [*self.scope, *self.declarations.variables])
        self.report("undeclared_name", f"undeclared name {node.name!r}", node.span, hint)
        return ast.Unresolved(node.span, t.DYN, "." * node.absolute + node.name)

    def _declared(self, span: ast.Span, name: str, absolute: bool) -> ast.Node | None:
        full = self.declarations.variable(name, absolute)
        if full is not None:
            type_ = self.not_null_type(self.declarations.variables[full], (full,))
            return ast.Variable(span, type_, full)
        named = self.declarations.named_type(name, absolute)
        return ast.TypeValue(span, t.TypeType(named), named) if named else None

    def not_null_type(self, type_: t.Type, path: Path | None) -> t.Type:
        """`type_` without null, if a condition around showed that what is at `path` is not null."""
        if isinstance(type_, t.NullableType) and path in self.narrowed:
            return type_.base
        return type_

    # -- fields and elements

    def _select(self, node: s.Select) -> Step:
        qualified = None if node.optional else self._qualified(node)
        if qualified:
            return qualified
        operand = yield node.operand
        return self.select(node, operand)

    def _qualified(self, node: s.Select) -> ast.Node | None:
        named = s.dotted(node)
        if named is None:
            return None
        name, absolute = named
        root = name.split(".", 1)[0]
        if (root in self.scope and not absolute) or self._is_plain(root, absolute):
            return None
        return self._declared(node.span, name, absolute)

    def _is_plain(self, root: str, absolute: bool) -> bool:
        """Whether only the first name of a dotted one can be declared: no declared name has a dot."""
        declarations = self.declarations
        return not declarations.dotted and declarations.variable(root, absolute) is not None

    def select(self, node: s.Select, operand: ast.Node) -> ast.Node:
        """`operand.field` or `operand.?field`."""
        type_ = self.field_type(operand, operand.type, node.field, node.field_span)
        if node.optional:
            field = ast.Literal(node.field_span, t.STRING, node.field)
            chosen = (SELECT_OPTIONAL,)
            return ast.Call(node.span, _as_optional(type_), "_?._", (operand, field), chosen)
        made = ast.Select(node.span, type_, operand, node.field)
        if isinstance(type_, t.NullableType) and path_of(made) in self.narrowed:
            return ast.Select(node.span, type_.base, operand, node.field)
        return made

    def field_type(self, operand: ast.Node, type_: t.Type, field: str, span: ast.Span) -> t.Type:
        """The type of a field of a value of `type_`; a finding when there can be none."""
        type_ = self.inference.resolve(type_)
        if isinstance(type_, t.NullableType):
            calls.report_null(self, operand)
            type_ = type_.base
        match type_:
            case t.RecordType():
                return self._record_field(operand, type_, field, span)
            case t.MapType():
                return type_.value
            case t.AbstractType("optional_type", (inner,)):
                return _as_optional(self.field_type(operand, inner, field, span))
            case t.TypeVariable():
                self.inference.assignable(t.DYN, type_)
        if type_ != t.DYN and not isinstance(type_, t.TypeVariable):
            self.report("no_such_field", f"a value of type {type_} has no fields: .{field}", span)
        return t.DYN

    def _record_field(self, operand: ast.Node, type_: t.RecordType, field: str, span: ast.Span) -> t.Type:
        found = type_.field(field)
        if found is not None:
            return found
        whole = self.source.text[slice(*operand.span)]
        hint = self.suggestion(field, type_.names()) or f"fields: {', '.join(type_.names())}"
        self.report("no_such_field", f"{whole} has no field {field!r}", span, hint)
        return t.DYN

    def _index(self, node: s.Index) -> Step:
        operand = yield node.operand
        index = yield node.index
        is_field = isinstance(index, ast.Literal) and type(index.value) is str
        if is_field and not node.optional and isinstance(operand.type, t.RecordType):
            field = s.Select(node.span, 1, node.operand, index.value, index.span, optional=False)  # type: ignore[attr-defined]
            return self.select(field, operand)
        name = "_[?_]" if node.optional else "_[_]"
        return calls.apply(self, name, [operand, index], node.span)

    # -- literals of lists and maps

    def _list(self, node: s.ListOf) -> Step:
        elements, joined = [], None
        for position, element in enumerate(node.elements):
            made = yield element
            elements.append(made)
            type_ = self._optional_inner(made) if position in node.optional else made.type
            joined = self._joined(joined, type_)
        element_type = joined or self.inference.fresh()
        return ast.ListLiteral(node.span, t.ListType(element_type), tuple(elements), node.optional)

    def _map(self, node: s.MapOf) -> Step:
        entries, key_type, value_type = [], None, None
        for key_syntax, value_syntax, optional in node.entries:
            key = yield key_syntax
            value = yield value_syntax
            entries.append(ast.Entry(key, value, optional))
            self._check_key(key)
            key_type = self._joined(key_type, key.type)
            value_type = self._joined(value_type, self._optional_inner(value) if optional else value.type)
        fresh = self.inference.fresh
        type_ = t.MapType(key_type or fresh(), value_type or fresh())
        return ast.MapLiteral(node.span, type_, tuple(entries))

    def _check_key(self, key: ast.Node) -> None:
        type_ = self.inference.resolve(key.type)
        if type_ not in _KEYS and not isinstance(type_, t.EnumType | t.TypeVariable):
            hint = "a key is an int, a uint, a bool or a string"
            self.report("unsupported_key_type", f"unsupported key type {type_}", key.span, hint)

    def _joined(self, known: t.Type | None, type_: t.Type) -> t.Type:
        return type_ if known is None else self.inference.join(known, type_) or t.DYN

    def _optional_inner(self, node: ast.Node) -> t.Type:
        type_ = self.inference.resolve(node.type)
        if isinstance(type_, t.AbstractType) and type_.name == "optional_type":
            return type_.parameters[0]
        if type_ != t.DYN:
            self.report("type_mismatch", f"? needs an optional, not a value of type {type_}", node.span)
        return t.DYN

    def _struct(self, node: s.Struct) -> Step:
        for value in node.values:  # noqa: UP028 - a list takes no answers
            yield value
        message = f"{node.name!r} is no message type"
        self.findings.append(
            Finding("unsupported", message, node.span, "this is CEL without protobuf messages")
        )
        return ast.Unresolved(node.span, t.DYN, node.name)

    # -- operators that do not evaluate every operand

    def _chain(self, node: s.Chain) -> Step:
        outcome = node.operator == "&&"
        outer, terms = self.narrowed, []
        for term in node.terms:
            made = yield term
            self.expect_bool(made, f"a side of {node.operator}")
            terms.append(made)
            self.narrowed |= not_null(made, outcome)
        self.narrowed = outer
        return (ast.And if outcome else ast.Or)(node.span, t.BOOL, tuple(terms))

    def _ternary(self, node: s.Ternary) -> Step:
        condition = yield node.condition
        self.expect_bool(condition, "the condition before ?")
        outer = self.narrowed
        self.narrowed = outer | not_null(condition, outcome=True)
        then = yield node.then
        self.narrowed = outer | not_null(condition, outcome=False)
        otherwise = yield node.otherwise
        self.narrowed = outer
        then, otherwise = calls.promoted(self, [then, otherwise])
        return ast.Conditional(
            node.span, self._branch_type(node, then, otherwise), condition, then, otherwise
        )

    def _branch_type(self, node: s.Ternary, then: ast.Node, otherwise: ast.Node) -> t.Type:
        joined = self.inference.join(then.type, otherwise.type)
        if joined is None and t.NULL in {then.type, otherwise.type}:
            joined = t.nullable(self.inference.general(then.type, otherwise.type))
        if joined is None:
            left, right = self.inference.deep(then.type), self.inference.deep(otherwise.type)
            message = f"the branches of ?: have different types: {left} and {right}"
            self.report(
                "no_such_overload", message, node.span, "make both of one type, or wrap one in dyn(...)"
            )
        return joined or t.DYN

    def expect_bool(self, node: ast.Node, place: str) -> None:
        """A finding unless `node` is, or may be, a bool."""
        if isinstance(self.inference.resolve(node.type), t.NullableType):
            calls.report_null(self, node)
        elif not self.inference.assignable(node.type, t.BOOL):
            type_ = self.inference.deep(node.type)
            self.report("no_such_overload", f"{place} is a bool, not a value of type {type_}", node.span)

    def _call(self, node: s.Call) -> Step:
        expansion = macros.find(node)
        return (yield from (expansion(self, node) if expansion else calls.check_call(self, node)))

    def _broken(self, node: s.Broken) -> Step:
        for part in node.parts:  # noqa: UP028 - a list takes no answers
            yield part
        return ast.Unresolved(node.span, t.DYN, "?")

    def _step(self, node: s.Syntax) -> Step:
        return self._steps[type(node)](self, node)

    def _only(self, node: s.Syntax) -> Step:
        yield from ()
        made = self._leaf(node)
        assert made is not None
        return made

    _steps: ClassVar[dict[type[s.Syntax], Callable[..., Step]]] = {
        s.Constant: _only,
        s.Name: _only,
        s.Select: _select,
        s.Index: _index,
        s.ListOf: _list,
        s.MapOf: _map,
        s.Struct: _struct,
        s.Broken: _broken,
        s.Chain: _chain,
        s.Ternary: _ternary,
        s.Call: _call,
    }


def _as_optional(type_: t.Type) -> t.Type:
    is_optional = isinstance(type_, t.AbstractType) and type_.name == "optional_type"
    return type_ if is_optional else t.optional(type_)
