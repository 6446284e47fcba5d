"""Tokens to a syntax tree, in one pass with stacks of its own: no input can exhaust Python's stack.

Data layout. A `_Frame` is an open bracket (or the whole expression): `operands` and `operators` are the
operator-precedence stacks of the part being read, `parts` the finished ones (arguments, elements, keys and
values in turn). An operator is `(symbol, precedence, start)`; `?` waits for its `:` and then becomes `?:`.
"""

from __future__ import annotations

import attrs

from .errors import CelError, Finding, Source
from .lexer import RESERVED, Token, tokens
from .syntax import (
    NESTING_LIMIT,
    Call,
    Chain,
    Constant,
    Index,
    ListOf,
    MapOf,
    Name,
    Select,
    Struct,
    Syntax,
    Ternary,
    dotted,
)
from .values import INT_MAX

__all__ = ["SIZE_LIMIT", "parse"]

SIZE_LIMIT = 100_000
_BINARY = {"||": 1, "&&": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "in": 3}
_BINARY |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_UNARY = 6
_CLOSES = {"(": ")", "call": ")", "[": "]", "index": "]", "{": "}", "struct": "}"}
_CONSTANTS = {"true": ("bool", True), "false": ("bool", False), "null": ("null", None)}
_NAMES = {"in": "@in"}


@attrs.define
class _Frame:
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
    absolute: bool = False


def parse(source: Source) -> Syntax:
    """The syntax tree of `source`.

    Raises:
        CelError: the text is too long, nests too deeply, or is no expression; of kind `limit` or `syntax`.
    """
    if len(source.text) > SIZE_LIMIT:
        message = f"the expression has {len(source.text)} characters; the limit is {SIZE_LIMIT}"
        raise source.error([Finding("limit", message, (0, 1))])
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = tokens(source)
        self.position = 0
        self.frames = [_Frame("whole", 0)]
        self._postfix = {
            ".": self._select,
            "[": self._index,
            "{": self._struct,
            "?": self._question,
            ":": self._separator,
            ",": self._separator,
        }

    def run(self) -> Syntax:
        expecting_operand = True
        while True:
            token = self.tokens[self.position]
            if expecting_operand:
                expecting_operand = self._operand(token)
            elif token[0] == "end":
                return self._finish(token)
            else:
                expecting_operand = self._operator(token)

    def _next(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def _fail(self, token: Token, message: str, hint: str | None = None, kind: str = "syntax") -> CelError:
        span = (token[2], max(token[3], token[2] + 1))
        return self.source.error([Finding(kind, message, span, hint)])

    def _push(self, node: Syntax) -> None:
        if node.height > NESTING_LIMIT:
            message = f"the expression nests deeper than {NESTING_LIMIT} levels"
            raise self.source.error([Finding("limit", message, node.span)])
        self.frames[-1].operands.append(node)

    def _open(self, frame: _Frame) -> None:
        if len(self.frames) > NESTING_LIMIT:
            message = f"the expression nests deeper than {NESTING_LIMIT} levels"
            raise self.source.error([Finding("limit", message, (frame.start, frame.start + 1))])
        self.frames.append(frame)

    # -- where an operand is expected; each returns whether one still is

    def _operand(self, token: Token) -> bool:
        kind, value, start, end = token
        if kind in {"name", "."}:
            return self._name()
        if kind in {"int", "uint", "double", "string", "bytes"}:
            self._constant(token, start, value)
            return False
        self.position += 1
        if kind in _CONSTANTS:
            self._push(Constant((start, end), 1, *_CONSTANTS[kind]))
            return False
        if kind in {"!", "-"}:
            return self._prefix(kind, start)
        if kind in {"(", "[", "{"}:
            self._open(_Frame(kind, start))
            return kind == "(" or self._element_or_close()
        raise self._fail(token, f"expected an expression, found {_shown(token)}", self._operand_hint(token))

    def _operand_hint(self, token: Token) -> str | None:
        previous = self.tokens[self.position - 2][0] if self.position > 1 else ""
        if token[0] == "end" and len(self.frames) > 1:
            column = self.source.location((self.frames[-1].start, 0)).column
            return f"the bracket opened at column {column} is not closed"
        return {"<": "write <=", ">": "write >="}.get(previous) if token[0] == "=" else None

    def _prefix(self, symbol: str, start: int) -> bool:
        number = self.tokens[self.position]
        if symbol == "-" and number[0] in {"int", "double"}:
            self._constant(number, start, -number[1])
            return False
        self.frames[-1].operators.append((symbol + "_", _UNARY, start))
        return True

    def _constant(self, token: Token, start: int, value: object) -> None:
        self.position += 1
        if token[0] == "int" and isinstance(value, int) and not -INT_MAX - 1 <= value <= INT_MAX:
            hint = "write 18446744073709551615u for a uint" if 0 < value < 2**64 else None
            raise self._fail(token, "the number does not fit into an int", hint)
        self._push(Constant((start, token[3]), 1, token[0], value))

    def _name(self) -> bool:
        first = self._next()
        absolute = first[0] == "."
        token = self._next() if absolute else first
        if token[0] != "name":
            raise self._fail(token, f"expected a name after the dot, found {_shown(token)}")
        if token[1] in RESERVED:
            raise self._fail(token, f"{token[1]!r} is a reserved word")
        if self.tokens[self.position][0] == "(":
            self.position += 1
            frame = _Frame("call", first[2], name=token[1], name_span=(token[2], token[3]), absolute=absolute)
            self._open(frame)
            return self._element_or_close()
        self._push(Name((first[2], token[3]), 1, token[1], absolute))
        return False

    def _element_or_close(self) -> bool:
        """After an opening bracket or a comma: the bracket may close here, and an element may be optional."""
        frame = self.frames[-1]
        token = self.tokens[self.position]
        if token[0] == _CLOSES[frame.kind]:
            self._close(self._next())
            return False
        frame.optional = token[0] == "?" and frame.kind in {"[", "{", "struct"}
        if frame.optional:
            self.position += 1
        if frame.kind == "struct":
            field = self.tokens[self.position]
            if field[0] in {"name", "quoted"}:
                self.position += 1
                self._push(Constant((field[2], field[3]), 1, "string", field[1]))
                return False
        return True

    # -- where an operator or the end of an operand is expected

    def _operator(self, token: Token) -> bool:
        kind = token[0]
        self.position += 1
        if kind in _BINARY:
            self._reduce(_BINARY[kind], chain=kind)
            self.frames[-1].operators.append((kind, _BINARY[kind], token[2]))
            return True
        if kind in self._postfix:
            return self._postfix[kind](token)
        frame = self.frames[-1]
        if frame.kind in _CLOSES and kind == _CLOSES[frame.kind]:
            self._end_part(token)
            self._close(token)
            return False
        raise self._fail(token, f"expected an operator, found {_shown(token)}", self._operator_hint(token))

    def _operator_hint(self, token: Token) -> str | None:
        frame = self.frames[-1]
        if token[0] in {")", "]", "}"}:
            return (
                f"{_CLOSES[frame.kind]} closes the bracket"
                if frame.kind in _CLOSES
                else "nothing is open here"
            )
        words = {"and": "write && for and", "or": "write || for or", "not": "write ! for not"}
        return words.get(token[1]) if token[0] == "name" else None

    def _select(self, _dot: Token) -> bool:
        operand = self.frames[-1].operands.pop()
        optional = self.tokens[self.position][0] == "?"
        self.position += optional
        token = self._next()
        if token[0] not in {"name", "quoted"}:
            raise self._fail(token, f"expected a field name after the dot, found {_shown(token)}")
        span = (token[2], token[3])
        if self.tokens[self.position][0] == "(" and token[0] == "name" and not optional:
            self.position += 1
            self._open(_Frame("call", operand.span[0], name=token[1], name_span=span, target=operand))
            return self._element_or_close()
        self._push(Select((operand.span[0], token[3]), operand.height + 1, operand, token[1], span, optional))
        return False

    def _index(self, token: Token) -> bool:
        operand = self.frames[-1].operands.pop()
        optional = self.tokens[self.position][0] == "?"
        self.position += optional
        self._open(_Frame("index", token[2], target=operand, optional=optional))
        return True

    def _struct(self, token: Token) -> bool:
        named = dotted(self.frames[-1].operands[-1])
        if named is None:
            raise self._fail(token, "expected an operator, found '{'")
        operand = self.frames[-1].operands.pop()
        self._open(_Frame("struct", operand.span[0], name=named[0], target=operand))
        return self._element_or_close()

    def _question(self, token: Token) -> bool:
        self._reduce(1)
        operators = self.frames[-1].operators
        if operators and operators[-1][0] == "?":
            raise self._fail(token, "a conditional inside the middle of another needs brackets")
        operators.append(("?", 0, token[2]))
        return True

    def _separator(self, token: Token) -> bool:
        self._reduce(1)
        frame = self.frames[-1]
        if token[0] == ":":
            if frame.operators and frame.operators[-1][0] == "?":
                frame.operators[-1] = ("?:", *frame.operators[-1][1:])
                return True
            if frame.kind in {"{", "struct"} and not frame.awaits_value:
                self._end_part(token)
                frame.awaits_value = True
                return True
        elif frame.kind in {"call", "[", "{", "struct"}:
            self._end_part(token)
            if frame.kind in {"{", "struct"} and frame.awaits_value:
                raise self._fail(token, "expected : and a value after the key")
            return self._element_or_close_after_comma(token)
        raise self._fail(token, f"expected an operator, found {_shown(token)}")

    def _element_or_close_after_comma(self, comma: Token) -> bool:
        if self.frames[-1].kind == "call" and self.tokens[self.position][0] == ")":
            raise self._fail(comma, "expected an argument after the comma")
        return self._element_or_close()

    # -- putting nodes together

    def _reduce(self, precedence: int, chain: str = "") -> None:
        """Apply the operators that bind tighter than `precedence` or as tight; chains wait to be complete."""
        operators = self.frames[-1].operators
        while operators and operators[-1][1] >= precedence and operators[-1][0] not in {"?", "?:"}:
            symbol = operators[-1][0]
            if symbol == chain and symbol in {"&&", "||"}:
                return
            self._apply(symbol)

    def _apply(self, symbol: str) -> None:
        frame = self.frames[-1]
        _, precedence, start = frame.operators.pop()
        if precedence == _UNARY:
            operand = frame.operands.pop()
            span, name_span = (start, operand.span[1]), (start, start + 1)
            self._push(Call(span, operand.height + 1, symbol, name_span, None, [operand]))
            return
        count = 2
        while symbol in {"&&", "||"} and frame.operators and frame.operators[-1][0] == symbol:
            frame.operators.pop()
            count += 1
        operands = frame.operands[-count:]
        del frame.operands[-count:]
        span, height = (operands[0].span[0], operands[-1].span[1]), max(o.height for o in operands) + 1
        if symbol in {"&&", "||"}:
            self._push(Chain(span, height, symbol, operands))
        else:
            name_span = (start, start + len(symbol))
            name = _NAMES.get(symbol, f"_{symbol}_")
            self._push(Call(span, height, name, name_span, None, operands))

    def _end_part(self, token: Token) -> None:
        """The expression being read in the innermost bracket ends before `token`."""
        frame = self.frames[-1]
        self._reduce(1)
        while frame.operators:
            if frame.operators.pop()[0] == "?":
                raise self._fail(token, "expected : and the other branch of the conditional")
            otherwise, then, condition = frame.operands.pop(), frame.operands.pop(), frame.operands.pop()
            height = max(condition.height, then.height, otherwise.height) + 1
            self._push(Ternary((condition.span[0], otherwise.span[1]), height, condition, then, otherwise))
        frame.parts.append(frame.operands.pop())
        if not (frame.kind in {"{", "struct"} and not frame.awaits_value and token[0] == ":"):
            frame.flags.append(frame.optional)
        if frame.kind in {"{", "struct"} and len(frame.parts) % 2 == 1 and token[0] != ":":
            raise self._fail(token, "expected : and a value after the key")
        frame.awaits_value = False

    def _close(self, token: Token) -> None:
        frame = self.frames.pop()
        span = (frame.start, token[3])
        inner = frame.parts if frame.target is None else [frame.target, *frame.parts]
        height = max((part.height for part in inner), default=0) + 1
        node: Syntax
        match frame.kind:
            case "(":
                node = frame.parts[0]
                node.span, node.bracketed = span, True
            case "call":
                node = Call(
                    span, height, frame.name, frame.name_span, frame.target, frame.parts, frame.absolute
                )
            case "[":
                optional = frozenset(i for i, flag in enumerate(frame.flags) if flag)
                node = ListOf(span, height, frame.parts, optional)
            case "{":
                keys, values = frame.parts[::2], frame.parts[1::2]
                node = MapOf(span, height, list(zip(keys, values, frame.flags, strict=True)))
            case "struct":
                node = Struct(span, height, frame.name, frame.parts[1::2])
            case _:
                assert frame.target is not None
                span = (frame.target.span[0], token[3])
                node = Index(span, height, frame.target, frame.parts[0], frame.optional)
        self._push(node)

    def _finish(self, token: Token) -> Syntax:
        frame = self.frames[-1]
        if len(self.frames) > 1:
            self._end_unclosed(token, frame)
        self._end_part(token)
        return frame.parts[0]

    def _end_unclosed(self, token: Token, frame: _Frame) -> None:
        column = self.source.location((frame.start, frame.start)).column
        raise self._fail(
            token, f"expected {_CLOSES[frame.kind]!r}, found the end", f"opened at column {column}"
        )


def _shown(token: Token) -> str:
    kind, value, _, _ = token
    if kind == "end":
        return "the end"
    if kind in {"name", "quoted"}:
        return repr(value)
    return (
        f"a {kind}"
        if kind in {"string", "bytes", "double", "uint"}
        else f"{value if kind == 'int' else kind!r}"
    )
