"""A checked node as the text of a Python expression.

The text means the same as the node whenever it gives a value; when it raises anything at all, the node has
to be evaluated exactly. Nothing of the source text gets in: names of facts and literals are written by
`repr`, everything else is a name that this module makes.

Data layout. `Emitter.reads` maps every path that is read to a `Read`: the Python variable that holds it,
and its type. `Emitter.constants` are the objects that the text refers to by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs

from .. import arithmetic, ast, dispatch
from .. import operations as op
from .. import types as t
from ..errors import CelError
from ..functions import Function, Overload
from ..values import uint
from .poison import POISON, Poisoned

__all__ = ["CannotEmit", "Emitter", "Path", "Read"]

Path = tuple[str, ...]
# Python's compiler takes 200 brackets and 20 loops inside one another.
_DEPTH_LIMIT = 45
_LOOP_LIMIT = 15
_COMPARISONS = {"less": "<", "less_equals": "<=", "greater": ">", "greater_equals": ">="}
_ORDERED = ("bool", "int64", "uint64", "double", "string", "bytes", "timestamp", "duration")
_TEMPLATES = {
    f"{stem}_{suffix}": f"({{0}} {sign} {{1}})" for stem, sign in _COMPARISONS.items() for suffix in _ORDERED
}
_TEMPLATES |= {
    f"{stem}_{suffix}": f"({{0}} {sign} {{1}})"
    for stem, sign in _COMPARISONS.items()
    for suffix in ("int64_uint64", "uint64_int64")
}
_TEMPLATES |= {
    "add_double": "({0} + {1})",
    "subtract_double": "({0} - {1})",
    "multiply_double": "({0} * {1})",
    "add_string": "({0} + {1})",
    "add_bytes": "({0} + {1})",
    "negate_double": "(-{0})",
    "logical_not": "(not {0})",
    "starts_with_string": "{0}.startswith({1})",
    "ends_with_string": "{0}.endswith({1})",
    "contains_string": "({1} in {0})",
    **dict.fromkeys(("size_string", "size_bytes", "size_list", "size_map"), "len({0})"),
    **dict.fromkeys(("string_size", "bytes_size", "list_size", "map_size"), "len({0})"),
}
_FOLDED = frozenset({"string_to_timestamp", "int64_to_timestamp", "string_to_duration"})
_ORDERING = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_CHECKED = {"add_int64": ("+", arithmetic.add_int), "subtract_int64": ("-", arithmetic.subtract_int)}
_CHECKED |= {"multiply_int64": ("*", arithmetic.multiply_int)}
_INT_RANGE = f"{-(2**63)} <= {{0}} <= {2**63 - 1}"
_SCALARS = frozenset({t.BOOL, t.INT, t.UINT, t.DOUBLE, t.STRING, t.BYTES, t.NULL, t.TIMESTAMP, t.DURATION})
_MAY_HOLD: dict[t.Type, tuple[type, ...]] = {t.DOUBLE: (float,), t.INT: (int,), t.STRING: (str,)}


class CannotEmit(Exception):  # noqa: N818 - a decision, not an error
    """The node is too deep for Python's own compiler."""


@attrs.frozen
class Read:
    """A fact that is read; a `container` only has to be a mapping, its fields are tested one by one."""

    variable: str
    type: t.Type
    container: bool


def _fail() -> Any:
    raise Poisoned


class Emitter:
    """Turns nodes into Python text and collects what the text needs."""

    def __init__(self) -> None:
        self.functions: Mapping[str, Function] = {}
        self.reads: dict[tuple[Path, bool, t.Type], Read] = {}
        self.constants: dict[str, Any] = {
            "fail": _fail,
            "POISON": POISON,
            "inf": math.inf,
            "nan": math.nan,
            "boolean": dispatch.boolean,
        }
        self.temporaries = 0
        self.begin({})

    def begin(self, functions: Mapping[str, Function]) -> None:
        """The next nodes are those of another program, which knows `functions`."""
        self.functions = functions
        self.depth = 0
        self.loops = 0

    def value(self, node: ast.Node) -> str:
        """The text for a place where a poisoned fact would pass unnoticed."""
        text = self.operand(node)
        if _path(node) is not None:
            return f"({text} if {text} is not POISON else fail())"
        if isinstance(node, ast.And | ast.Or):
            return f"(True if {text} else False)"
        return text

    def operand(self, node: ast.Node) -> str:
        """The text for a place that does something with the value: a poisoned fact fails there."""
        path = _path(node)
        if path is not None:
            return self.read(path, node.type)
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise CannotEmit
        text = self._emit[type(node)](self, node)
        self.depth -= 1
        return text

    def read(self, path: Path, type_: t.Type, *, container: bool = False) -> str:
        """The variable that holds the fact at `path`."""
        key = (path, container, _base(type_))
        known = self.reads.get(key)
        if known is None:
            known = Read(f"{'c' if container else 'p'}{len(self.reads)}", type_, container)
        elif isinstance(type_, t.NullableType):
            known = attrs.evolve(known, type=type_)
        self.reads[key] = known
        return known.variable

    def constant(self, value: Any) -> str:
        """A name for `value`."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def helper(self, function: Callable[..., Any]) -> str:
        """A name for a function of this package, the same every time."""
        name = f"f_{function.__module__.rsplit('.', 1)[-1]}_{function.__name__}"
        if self.constants.setdefault(name, function) is not function:
            return self.constant(function)
        return name

    def _bool(self, node: ast.Node) -> str:
        return self.operand(node) if node.type == t.BOOL else f"boolean({self.value(node)})"

    def _literal(self, node: ast.Literal) -> str:
        value = node.value
        if type(value) is uint:
            return self.constant(value)
        if type(value) in {int, float} and value < 0:
            return f"({value!r})"
        return repr(value)

    def _local(self, node: ast.Local) -> str:
        return f"v{node.slot}"

    def _unresolved(self, _: ast.Unresolved) -> str:
        return "fail()"

    def _type_value(self, _: ast.TypeValue) -> str:
        raise CannotEmit

    def _select(self, node: ast.Select) -> str:
        return f"{self.helper(op.select)}({self.value(node.operand)}, {node.field!r})"

    def _has(self, node: ast.Has) -> str:
        path = _path(node.operand)
        if path is None:
            return f"{self.helper(op.present)}({self.value(node.operand)}, {node.field!r})"
        return f"({node.field!r} in {self.read(path, node.operand.type, container=True)})"

    def _joined(self, terms: tuple[ast.Node, ...], word: str) -> str:
        return "(" + f" {word} ".join(map(self._bool, terms)) + ")"

    def _and(self, node: ast.And) -> str:
        return self._joined(node.terms, "and")

    def _or(self, node: ast.Or) -> str:
        return self._joined(node.terms, "or")

    def _conditional(self, node: ast.Conditional) -> str:
        condition = self._bool(node.condition)
        return f"({self.value(node.then)} if {condition} else {self.value(node.otherwise)})"

    def _list(self, node: ast.ListLiteral) -> str:
        if node.optional:
            raise CannotEmit
        return "[" + ", ".join(map(self.value, node.elements)) + "]"

    def _map(self, node: ast.MapLiteral) -> str:
        if any(entry.optional for entry in node.entries):
            raise CannotEmit
        pairs = ", ".join(f"({self.value(entry.key)}, {self.value(entry.value)})" for entry in node.entries)
        return f"{self.helper(op.make_map)}([{pairs}])"

    def _bind(self, node: ast.Bind) -> str:
        value = self.value(node.value)
        return f"(lambda v{node.variable.slot}: {self.value(node.body)})({value})"

    def _optional_map(self, _: ast.OptionalMap) -> str:
        raise CannotEmit

    def _comprehension(self, node: ast.Comprehension) -> str:
        self.loops += 1
        if self.loops > _LOOP_LIMIT:
            raise CannotEmit
        text = self._loop(node)
        self.loops -= 1
        return text

    def _loop(self, node: ast.Comprehension) -> str:
        range_ = self.value(node.range)
        names = ", ".join(f"v{variable.slot}" for variable in node.variables)
        if len(node.variables) == 2:
            range_ = f"{self.helper(op.entries)}({range_})"
        elif not isinstance(node.range.type, t.ListType | t.MapType):
            range_ = f"{self.helper(op.elements)}({range_})"
        loop = f"for {names} in {range_}"
        if node.condition is not None:
            loop += f" if {self._bool(node.condition)}"
        first = f"v{node.variables[0].slot}"
        match node.macro:
            case "all" | "exists":
                word = "all" if node.macro == "all" else "any"
                return f"{word}({self._bool(node.body)} {loop})"
            case "exists_one":
                return f"(sum([1 {loop} if {self._bool(node.body)}]) == 1)"
            case "filter":
                return f"[{first} {loop} if {self._bool(node.body)}]"
            case "map" | "transformList":
                return f"[{self.value(node.body)} {loop}]"
            case "transformMap":
                return f"{self.helper(op.make_map)}([({first}, {self.value(node.body)}) {loop}])"
        raise CannotEmit

    # -- calls

    def _call(self, node: ast.Call) -> str:  # noqa: PLR0911 - one text for each way to call
        if node.function in {"_==_", "_!=_"}:
            return self._equality(node)
        if node.function == "@in":
            return self._membership(node)
        overload = node.overload
        if overload is None or not all(map(_certain, node.arguments, overload.parameters)):
            return self._dynamic(node)
        if overload.id in _FOLDED and isinstance(node.arguments[0], ast.Literal):
            return self._folded(node.arguments[0], overload)
        if overload.id in _TEMPLATES:
            return _TEMPLATES[overload.id].format(*map(self.operand, node.arguments))
        if overload.id in _CHECKED:
            return self._checked(node, *_CHECKED[overload.id])
        if overload.id == "divide_double":
            return self._divide(node)
        if overload.python is None:
            return "fail()"
        function = self.constant(dispatch.conforming(overload))
        return f"{function}({', '.join(map(self.value, node.arguments))})"

    def _folded(self, literal: ast.Literal, overload: Overload) -> str:
        """A conversion of a literal, such as `timestamp("...")`, is made once."""
        assert overload.python is not None
        try:
            return self.constant(overload.python(literal.value))
        except CelError:
            return "fail()"  # the exact evaluation raises it again, at its place

    def _dynamic(self, node: ast.Call) -> str:
        implementations = {candidate.python for candidate in node.candidates}
        if node.function in _ORDERING and len(implementations) == 1:
            left, right = map(self.value, node.arguments)
            return f"{self.constant(implementations.pop())}({left}, {right})"
        known = self.functions.get(node.function)
        overloads = known.overloads if known else ()
        arguments = ", ".join(map(self.value, node.arguments))
        return (
            f"{self.helper(dispatch.call)}({self.constant(node)}, [{arguments}], {self.constant(overloads)})"
        )

    def _checked(self, node: ast.Call, sign: str, function: Callable[[int, int], int]) -> str:
        left, right = map(self.operand, node.arguments)
        self.temporaries += 1
        name = f"t{self.temporaries}"
        if (
            self.loops
        ):  # inside a comprehension a name cannot be assigned everywhere; a call can stand anywhere
            return f"{self.helper(function)}({left}, {right})"
        return f"({name} if {_INT_RANGE.format(f'({name} := {left} {sign} {right})')} else fail())"

    def _divide(self, node: ast.Call) -> str:
        left, right = node.arguments
        if isinstance(right, ast.Literal) and right.value != 0:
            return f"({self.operand(left)} / {self.operand(right)})"
        return f"{self.helper(arithmetic.divide_double)}({self.value(left)}, {self.value(right)})"

    def _equality(self, node: ast.Call) -> str:
        left, right = node.arguments
        sign = "==" if node.function == "_==_" else "!="
        if _scalar(left.type) and _scalar(right.type) and _same_base(left.type, right.type):
            return f"({self.operand(left)} {sign} {self.operand(right)})"
        text = f"{self.helper(op.equal)}({self.value(left)}, {self.value(right)})"
        return text if sign == "==" else f"(not {text})"

    def _membership(self, node: ast.Call) -> str:
        value, container = node.arguments
        literals = _literals(container, value.type)
        if literals is not None:
            return f"({self.operand(value)} in {self.constant(literals)})"
        if _plain_membership(_base(value.type), container.type):
            # An empty list asks its candidate nothing, so a poisoned one would pass unnoticed.
            candidate = self.value if isinstance(container.type, t.ListType) else self.operand
            return f"({candidate(value)} in {self.value(container)})"
        return f"{self.helper(op.contains)}({self.value(value)}, {self.value(container)})"

    _emit: ClassVar[dict[type[ast.Node], Callable[[Emitter, Any], str]]] = {
        ast.Literal: _literal,
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


def _path(node: ast.Node) -> Path | None:
    """The names that lead to the fact that `node` reads."""
    fields = []
    while isinstance(node, ast.Select):
        fields.append(node.field)
        node = node.operand
    return (node.name, *reversed(fields)) if isinstance(node, ast.Variable) else None


def _base(type_: t.Type) -> t.Type:
    type_ = type_.base if isinstance(type_, t.NullableType) else type_
    return t.STRING if isinstance(type_, t.EnumType) else type_


def _scalar(type_: t.Type) -> bool:
    return _base(type_) in _SCALARS


def _same_base(left: t.Type, right: t.Type) -> bool:
    return _base(left) == _base(right) or t.NULL in {left, right}


def _certain(argument: ast.Node, parameter: t.Type) -> bool:
    if isinstance(parameter, t.TypeParameter) or parameter == t.DYN:
        return True
    return argument.type != t.DYN and not isinstance(argument.type, t.NullableType)


def _literals(container: ast.Node, type_: t.Type) -> frozenset[Any] | None:
    """The literals of a list, when looking one up means the same to Python as to the language."""
    classes = _MAY_HOLD.get(_base(type_))
    if classes is None or not isinstance(container, ast.ListLiteral) or container.optional:
        return None
    values = []
    for element in container.elements:
        if not isinstance(element, ast.Literal) or type(element.value) not in classes:
            return None
        values.append(element.value)
    return frozenset(values)


def _plain_membership(value: t.Type, container: t.Type) -> bool:
    if isinstance(container, t.RecordType):
        return value == t.STRING
    if isinstance(container, t.ListType):
        return value in {t.STRING, t.INT} and _base(container.element) == value
    return isinstance(container, t.MapType) and value == t.STRING == _base(container.key)
