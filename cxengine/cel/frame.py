"""An open bracket, or the whole expression, and what has been read in it: operands, operators, parts.

Data layout. `operands` and `operators` are the operator-precedence stacks of the part being read, `parts` the
finished ones (arguments, elements, keys and values in turn). An operator is `(symbol, precedence, start)`;
`?` waits for its `:` and then becomes `?:`. `flags` says of every element whether it is optional.
`awaits_colon`: between the `?` and the `:` of a conditional; `awaits_value`: behind the `:` of a map.
"""

from __future__ import annotations

import attrs

from .errors import Finding
from .syntax import (
    NESTING_LIMIT,
    Broken,
    Call,
    Chain,
    Index,
    ListOf,
    MapOf,
    Struct,
    Syntax,
    Ternary,
)

__all__ = ["BINARY", "CLOSES", "TOO_DEEP", "UNARY", "Frame", "TooDeep"]

BINARY = {"||": 1, "&&": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "in": 3}
BINARY |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
UNARY = 6
CLOSES = {"(": ")", "call": ")", "[": "]", "index": "]", "{": "}", "struct": "}"}
_NAMES = {"in": "@in"}
_CHAINS = frozenset({"&&", "||"})
_CONDITIONAL = frozenset({"?", "?:"})
TOO_DEEP = f"the expression nests deeper than {NESTING_LIMIT} levels"


class TooDeep(Exception):  # noqa: N818 - ends the parse, and becomes a finding
    """The expression nests deeper than anything after the parser could walk."""

    def __init__(self, span: tuple[int, int]) -> None:
        super().__init__(span)
        self.finding = Finding("limit", TOO_DEEP, span)


@attrs.define
class Frame:
    """What has been read since a bracket was opened; `kind` says what the bracket is."""

    kind: str
    start: int
    operands: list[Syntax] = attrs.Factory(list)
    operators: list[tuple[str, int, int]] = attrs.Factory(list)
    parts: list[Syntax] = attrs.Factory(list)
    flags: list[bool] = attrs.Factory(list)
    name: str = ""
    name_span: tuple[int, int] = (0, 0)
    target: Syntax | None = None
    optional: bool = False
    awaits_value: bool = False
    awaits_colon: bool = False
    absolute: bool = False

    @property
    def is_map(self) -> bool:
        """Whether keys and values take turns in it."""
        return self.kind in {"{", "struct"}

    def push(self, node: Syntax) -> None:
        """Take an operand.

        Raises:
            TooDeep: it nests too deeply.
        """
        if node.height > NESTING_LIMIT:
            raise TooDeep(node.span)
        self.operands.append(node)

    def reduce(self, precedence: int, chain: str = "") -> None:
        """Apply the operators that bind tighter than `precedence` or as tight; chains wait to be complete."""
        operators = self.operators
        while operators and operators[-1][1] >= precedence and operators[-1][0] not in _CONDITIONAL:
            symbol = operators[-1][0]
            if symbol == chain and symbol in _CHAINS:
                return
            self._apply(symbol)

    def _apply(self, symbol: str) -> None:
        _, precedence, start = self.operators.pop()
        if precedence == UNARY:
            operand = self.operands.pop()
            span, name_span = (start, operand.span[1]), (start, start + 1)
            self.push(Call(span, operand.height + 1, symbol, name_span, None, [operand]))
            return
        count = 2
        while symbol in _CHAINS and self.operators and self.operators[-1][0] == symbol:
            self.operators.pop()
            count += 1
        operands = self.operands[-count:]
        del self.operands[-count:]
        span, height = (operands[0].span[0], operands[-1].span[1]), max(o.height for o in operands) + 1
        if symbol in _CHAINS:
            self.push(Chain(span, height, symbol, operands))
        else:
            name_span = (start, start + len(symbol))
            name = _NAMES.get(symbol, f"_{symbol}_")
            self.push(Call(span, height, name, name_span, None, operands))

    def end_part(self, at: int, *, is_key: bool) -> str | None:
        """The part being read ends at `at`; what is missing there, if anything, is filled in and told."""
        self.reduce(1)
        missing = None
        while self.operators:
            if self.operators.pop()[0] == "?":
                missing = "expected : and the other branch of the conditional"
                self.operands.append(Broken((at, at), 1, []))
            otherwise, then, condition = self.operands.pop(), self.operands.pop(), self.operands.pop()
            height = max(condition.height, then.height, otherwise.height) + 1
            self.push(Ternary((condition.span[0], otherwise.span[1]), height, condition, then, otherwise))
        self.awaits_colon = False
        self.parts.append(self.operands.pop())
        if is_key:
            self.awaits_value = True
            return missing
        self.flags.append(self.optional)
        if self.is_map and not self.awaits_value:
            missing = missing or "expected : and a value after the key"
            self.parts.append(Broken((at, at), 1, []))
        self.awaits_value = False
        return missing

    def break_term(self, end: int) -> None:
        """Give up the term being read, up to `end`: its operands stay, whatever they were part of."""
        count = 1
        while self.operators and self.operators[-1][0] not in _CHAINS | _CONDITIONAL:
            count += self.operators.pop()[1] != UNARY
        operands = self.operands[-count:]
        del self.operands[-count:]
        height = max(operand.height for operand in operands) + 1
        self.push(Broken((operands[0].span[0], end), height, operands))

    def closed(self, end: int) -> Syntax:
        """The node that it is, closed before `end`."""
        span = (self.start, end)
        inner = self.parts if self.target is None else [self.target, *self.parts]
        height = max((part.height for part in inner), default=0) + 1
        match self.kind:
            case "(":
                node = self.parts[0]
                node.span, node.bracketed = span, True
                return node
            case "call":
                return Call(span, height, self.name, self.name_span, self.target, self.parts, self.absolute)
            case "[":
                optional = frozenset(i for i, flag in enumerate(self.flags) if flag)
                return ListOf(span, height, self.parts, optional)
            case "{":
                keys, values = self.parts[::2], self.parts[1::2]
                return MapOf(span, height, list(zip(keys, values, self.flags, strict=True)))
            case "struct":
                return Struct(span, height, self.name, self.parts[1::2])
        assert self.target is not None
        return Index((self.target.span[0], end), height, self.target, self.parts[0], self.optional)
