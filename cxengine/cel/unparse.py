"""A checked tree as text again: one way to write every expression, and it reads back as the same tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from . import ast
from . import types as t
from .lexer import RESERVED
from .values import uint

__all__ = ["text_literal", "unparse"]

_SIGNS = {"||": 1, "&&": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "in": 3}
_SIGNS |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_TERNARY, _UNARY, _MEMBER = 0, 6, 7
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_QUOTABLE = re.compile(r"[A-Za-z0-9_.\-/ ]+", re.ASCII)
_KEYWORDS = frozenset({"true", "false", "null", "in"})
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def unparse(tree: ast.Node, absolute: bool = False) -> str:
    """The text of `tree`: operators with spaces around them, brackets only where they are needed.

    With `absolute`, a dot stands before every variable, so that a container cannot change what it means.
    """
    return _Writer(absolute).text(tree, _TERNARY)


class _Writer:
    def __init__(self, absolute: bool) -> None:
        self.absolute = absolute
        self.bound: list[str] = []

    def text(self, node: ast.Node, precedence: int) -> str:
        """The text of `node` where an operator of `precedence` or tighter may stand without brackets."""
        written, own = self._write[type(node)](self, node)
        return f"({written})" if own < precedence else written

    def _literal(self, node: ast.Literal) -> tuple[str, int]:
        value = node.value
        if isinstance(value, bool) or value is None:
            return {True: "true", False: "false", None: "null"}[value], _MEMBER
        if isinstance(value, str | bytes):
            return text_literal(value), _MEMBER
        return f"{value}u" if type(value) is uint else repr(value), _MEMBER

    def _variable(self, node: ast.Variable) -> tuple[str, int]:
        shadowed = node.name.split(".", 1)[0] in self.bound
        return f".{node.name}" if shadowed or self.absolute else node.name, _MEMBER

    def _local(self, node: ast.Local) -> tuple[str, int]:
        return _local_name(node.name), _MEMBER

    def _unresolved(self, node: ast.Unresolved) -> tuple[str, int]:
        return node.name, _MEMBER

    def _type_value(self, node: ast.TypeValue) -> tuple[str, int]:
        match node.named:
            case t.ListType():
                return "list", _MEMBER
            case t.MapType():
                return "map", _MEMBER
            case t.AbstractType(name):
                return name, _MEMBER
        return str(node.named), _MEMBER

    def _select(self, node: ast.Select) -> tuple[str, int]:
        return self._field(node.operand, node.field), _MEMBER

    def _field(self, operand: ast.Node, field: str, dot: str = ".") -> str:
        before = self.text(operand, _MEMBER)
        if _NAME.fullmatch(field) and field not in _KEYWORDS:
            return f"{before}{dot}{field}"
        if _QUOTABLE.fullmatch(field):
            return f"{before}{dot}`{field}`"
        return f"{before}[{dot[1:]}{text_literal(field)}]"

    def _has(self, node: ast.Has) -> tuple[str, int]:
        return f"has({self._field(node.operand, node.field)})", _MEMBER

    def _call(self, node: ast.Call) -> tuple[str, int]:  # noqa: PLR0911 - one form for each operator
        name, arguments = node.function, node.arguments
        if name in {"_[_]", "_[?_]"}:
            mark = "?" if name == "_[?_]" else ""
            return f"{self.text(arguments[0], _MEMBER)}[{mark}{self.text(arguments[1], _TERNARY)}]", _MEMBER
        if name == "_?._" and isinstance(arguments[1], ast.Literal):
            return self._field(arguments[0], arguments[1].value, ".?"), _MEMBER
        if name == "-_" and isinstance(arguments[0], ast.Literal):
            return f"-({self.text(arguments[0], _TERNARY)})", _UNARY
        if name in {"-_", "!_"}:
            return name[0] + self.text(arguments[0], _UNARY), _UNARY
        sign = "in" if name == "@in" else name.strip("_") if name.startswith("_") else ""
        if sign in _SIGNS:
            own = _SIGNS[sign]
            return f"{self.text(arguments[0], own)} {sign} {self.text(arguments[1], own + 1)}", own
        if node.receiver:
            inner = self._arguments(arguments[1:])
            target = self.text(arguments[0], _MEMBER)
            if isinstance(arguments[0], ast.Unresolved):
                target = f"({target})"  # or `(math).abs(x)` would become the function `math.abs`
            return f"{target}.{name}({inner})", _MEMBER
        return f"{name}({self._arguments(arguments)})", _MEMBER

    def _arguments(self, nodes: tuple[ast.Node, ...]) -> str:
        written = []
        for node in nodes:
            written.append(self.text(node, _TERNARY))  # noqa: PERF401 - a frame a level
        return ", ".join(written)

    def _chain(self, node: ast.And | ast.Or) -> tuple[str, int]:
        sign = "&&" if isinstance(node, ast.And) else "||"
        own, written = _SIGNS[sign], []
        for term in node.terms:
            written.append(self.text(term, own + 1))  # noqa: PERF401 - a frame a level
        return f" {sign} ".join(written), own

    def _conditional(self, node: ast.Conditional) -> tuple[str, int]:
        condition, then = self.text(node.condition, 1), self.text(node.then, 1)
        return f"{condition} ? {then} : {self.text(node.otherwise, _TERNARY)}", _TERNARY

    def _list(self, node: ast.ListLiteral) -> tuple[str, int]:
        written = []
        for position, element in enumerate(node.elements):
            mark = "?" if position in node.optional else ""
            written.append(mark + self.text(element, _TERNARY))
        return f"[{', '.join(written)}]", _MEMBER

    def _map(self, node: ast.MapLiteral) -> tuple[str, int]:
        written = []
        for entry in node.entries:
            mark = "?" if entry.optional else ""
            written.append(f"{mark}{self.text(entry.key, _TERNARY)}: {self.text(entry.value, _TERNARY)}")
        return f"{{{', '.join(written)}}}", _MEMBER

    def _comprehension(self, node: ast.Comprehension) -> tuple[str, int]:
        range_ = self.text(node.range, _MEMBER)
        names = [variable.name for variable in node.variables]
        self.bound += names
        parts = [_local_name(name) for name in names]
        for part in (node.condition, node.body):
            if part is not None:
                parts.append(self.text(part, _TERNARY))  # noqa: PERF401 - a frame a level
        del self.bound[-len(names) :]
        return f"{range_}.{node.macro}({', '.join(parts)})", _MEMBER

    def _bind(self, node: ast.Bind) -> tuple[str, int]:
        value = self.text(node.value, _TERNARY)
        body = self._within(node.variable, node.body)
        return f"cel.bind({_local_name(node.variable.name)}, {value}, {body})", _MEMBER

    def _optional_map(self, node: ast.OptionalMap) -> tuple[str, int]:
        target = self.text(node.target, _MEMBER)
        body = self._within(node.variable, node.body)
        return f"{target}.{node.macro}({_local_name(node.variable.name)}, {body})", _MEMBER

    def _within(self, variable: ast.Local, body: ast.Node) -> str:
        self.bound.append(variable.name)
        written = self.text(body, _TERNARY)
        self.bound.pop()
        return written

    _write: ClassVar[dict[type[ast.Node], Callable[[_Writer, Any], tuple[str, int]]]] = {
        ast.Literal: _literal,
        ast.Variable: _variable,
        ast.Local: _local,
        ast.Unresolved: _unresolved,
        ast.TypeValue: _type_value,
        ast.Select: _select,
        ast.Has: _has,
        ast.Call: _call,
        ast.And: _chain,
        ast.Or: _chain,
        ast.Conditional: _conditional,
        ast.ListLiteral: _list,
        ast.MapLiteral: _map,
        ast.Comprehension: _comprehension,
        ast.Bind: _bind,
        ast.OptionalMap: _optional_map,
    }


_BYTES = (
    frozenset(range(256))
    - frozenset(b" !#$%&()*+,-./:;<=>?@[]^_{|}~")
    - frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
)


def _local_name(name: str) -> str:
    """The name, or the call that stands for a name that a generator made (`@it:0:1`)."""
    if not name.startswith("@"):
        return f"{name}" if name not in RESERVED else f"`{name}`"
    kind, *numbers = name.split(":")
    function = {"@index": "index", "@it": "iterVar", "@ac": "accuVar"}[kind]
    return f"cel.{function}({', '.join(numbers)})"


def text_literal(value: str | bytes, quote: str = '"', avoid: str = "") -> str:
    """The literal of a text or of bytes, in one sort of quotes and without the characters in `avoid`."""
    if isinstance(value, bytes):
        body = "".join(f"\\x{byte:02x}" if byte in _BYTES else chr(byte) for byte in value)
        return f"b{quote}{body}{quote}"
    return quote + "".join(_character(character, quote, avoid) for character in value) + quote


def _character(character: str, quote: str, avoid: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character not in avoid:
        return f"\\{quote}" if character == quote else character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
