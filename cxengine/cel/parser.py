"""Tokens to a syntax tree, in one pass with stacks of its own: no input can exhaust Python's stack.

After a mistake the parser goes on: a missing operand is filled in, a term that cannot be read is given up to
the next `&&`, `||`, comma or closing bracket. What was given up is a `Broken` node in the tree, so that the
rest can still be checked. One mistake is one finding: until the parser has found its way again, and at the
token where it has, nothing more is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from .errors import Finding, Source
from .frame import BINARY, CLOSES, UNARY, Frame, TooDeep
from .lexer import RESERVED, UNCLOSED, Token, tokens
from .recovery import resumption
from .syntax import NESTING_LIMIT, Broken, Constant, Name, Select, Syntax, dotted
from .values import INT_MAX

__all__ = ["SIZE_LIMIT", "parse"]

SIZE_LIMIT = 100_000
_CONSTANTS = {"true": ("bool", True), "false": ("bool", False), "null": ("null", None)}
_LITERALS = frozenset({"int", "uint", "double", "string", "bytes"})
_WORDS = {"and": "&&", "or": "||"}


def parse(source: Source) -> tuple[Syntax | None, list[Finding]]:
    """The syntax tree of `source` and what is wrong with it, of kind `limit` or `syntax`.

    There is no tree where the text is too long, is no text, or nests too deeply.
    """
    if len(source.text) > SIZE_LIMIT:
        message = f"the expression has {len(source.text)} characters; the limit is {SIZE_LIMIT}"
        return None, [Finding("limit", message, (0, 1))]
    found, findings = tokens(source)
    if not found:
        return None, findings
    parser = _Parser(source, found, findings)
    try:
        return parser.run(), findings
    except TooDeep as error:
        return None, [*findings, error.finding]


class _Parser:
    def __init__(self, source: Source, found: list[Token], findings: list[Finding]) -> None:
        self.source = source
        self.tokens = found
        self.findings = findings
        self.position = 0
        self.frames = [Frame("whole", 0)]
        self.closers = {")": 0, "]": 0, "}": 0}
        """How many open brackets each closing one would close."""
        self.told = -1
        """Up to here everything has been said: a finding at or before this place would be a follow-up."""

    def run(self) -> Syntax:
        expecting_operand = True
        while True:
            token = self.tokens[self.position]
            if expecting_operand:
                expecting_operand = self._operand(token)
            elif token[0] == "end" and len(self.frames) == 1:
                return self._finish(token)
            else:
                expecting_operand = self._operator(token)

    def _next(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def _report(self, token: Token, message: str, hint: str | None = None) -> None:
        if token[2] > self.told:
            self.told = token[2]
            if token[0] != "unread":
                span = (token[2], max(token[3], token[2] + 1))
                self.findings.append(Finding("syntax", message, span, hint))

    def _push(self, node: Syntax) -> None:
        self.frames[-1].push(node)

    def _open(self, frame: Frame) -> None:
        if len(self.frames) > NESTING_LIMIT:
            raise TooDeep((frame.start, frame.start + 1))
        self.frames.append(frame)
        self.closers[CLOSES[frame.kind]] += 1

    # -- after a mistake; each returns whether an operand is expected now, which none is

    def _no_operand(self, token: Token, message: str, hint: str | None = None) -> bool:
        """Where an operand had to come stands `token`, which is none."""
        self._report(token, message, hint)
        self._push(Broken((token[2], token[3]), 1, []))
        if token[0] in BINARY:
            self.position -= self.tokens[self.position - 1] is token
        else:
            self._give_up(token)
        return False

    def _no_operator(self, token: Token, message: str, hint: str | None = None) -> bool:
        """Where an operator or an end had to come stands `token`, which is none."""
        self._report(token, message, hint)
        self._give_up(token)
        return False

    def _give_up(self, token: Token) -> None:
        """Go on where the term that `token` stands in must have ended."""
        start = self.position - (self.tokens[self.position - 1] is token)
        self.position = resumption(self.tokens, start, self.frames[-1], self.closers)
        at = self.tokens[self.position][2]
        if any(passed[:2] == UNCLOSED for passed in self.tokens[start + 1 : self.position]):
            # Quotes that do not match turn code into text and text into code: they are the mistake.
            self.findings[:] = [finding for finding in self.findings if finding.span[0] != token[2]]
        self.frames[-1].break_term(max(at, token[3]))
        self.told = max(self.told, at)

    # -- where an operand is expected; each returns whether one still is

    def _operand(self, token: Token) -> bool:
        kind, value, start, end = token
        if kind in {"name", "."}:
            return self._name()
        if kind in _LITERALS:
            self._constant(token, start, value)
            return False
        self.position += 1
        if kind in {"!", "-"}:
            return self._prefix(kind, start)
        if kind in {"(", "[", "{"}:
            self._open(Frame(kind, start))
            return kind == "(" or self._element_or_close()
        if kind in _CONSTANTS:
            self._push(Constant((start, end), 1, *_CONSTANTS[kind]))
        elif token[:2] == UNCLOSED:
            self._push(Broken((start, end), 1, []))
            self.told = self.tokens[self.position][2]  # nobody knows what should have been in the string
        else:
            message = f"expected an expression, found {_shown(token)}"
            self._no_operand(token, message, self._operand_hint(token))
        return False

    def _operand_hint(self, token: Token) -> str | None:
        before = self.tokens[self.position - 2] if self.position > 1 else None
        if token[0] == "end" and len(self.frames) > 1:
            return f"the bracket opened {self._place(self.frames[-1].start)} is not closed"
        return "write != for unequal" if token[0] == ">" and before and before[0] == "<" else None

    def _place(self, start: int) -> str:
        at = self.source.location((start, start))
        return f"at column {at.column}" if at.line == 1 else f"at line {at.line}, column {at.column},"

    def _prefix(self, symbol: str, start: int) -> bool:
        number = self.tokens[self.position]
        if symbol == "-" and number[0] in {"int", "double"}:
            self._constant(number, start, -number[1])
            return False
        self.frames[-1].operators.append((symbol + "_", UNARY, start))
        return True

    def _constant(self, token: Token, start: int, value: object) -> None:
        self.position += 1
        if token[0] == "int" and isinstance(value, int) and not -INT_MAX - 1 <= value <= INT_MAX:
            hint = "write 18446744073709551615u for a uint" if 0 < value < 2**64 else None
            self._report(token, "the number does not fit into an int", hint)
            self._push(Broken((start, token[3]), 1, []))
            return
        self._push(Constant((start, token[3]), 1, token[0], value))

    def _name(self) -> bool:
        first = self._next()
        absolute = first[0] == "."
        token = self._next() if absolute else first
        if token[0] != "name":
            self.position -= 1
            return self._no_operand(token, f"expected a name after the dot, found {_shown(token)}")
        following = self.tokens[self.position]
        if token[1] in RESERVED:
            self._report(token, f"{token[1]!r} is a reserved word")
            self._push(Broken((first[2], token[3]), 1, []))
            return False
        if token[1] == "not" and following[0] in _LITERALS | {"name", "true", "false"}:
            self._report(token, "expected an expression, found 'not'", "write ! for not")
            self.frames[-1].operators.append(("!_", UNARY, token[2]))
            return True
        if following[0] == "(":
            self.position += 1
            self._open(
                Frame("call", first[2], name=token[1], name_span=(token[2], token[3]), absolute=absolute)
            )
            return self._element_or_close()
        self._push(Name((first[2], token[3]), 1, token[1], absolute))
        return False

    def _element_or_close(self) -> bool:
        """After an opening bracket or a comma: the bracket may close here, and an element may be optional."""
        frame = self.frames[-1]
        token = self.tokens[self.position]
        if token[0] == CLOSES[frame.kind]:
            self._close(self._next()[3])
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
        if kind in BINARY:
            return self._binary(kind, token[2])
        if kind in self._postfix:
            return self._postfix[kind](self, token)
        frame = self.frames[-1]
        if kind == CLOSES.get(frame.kind):
            self._end_part(token)
            self._close(token[3])
            return False
        if kind in {")", "]", "}", "end"}:
            return self._wrong_end(token)
        message = f"expected an operator, found {_shown(token)}"
        if kind == "name" and token[1] in _WORDS:
            symbol = _WORDS[token[1]]
            self._report(token, message, f"write {symbol} for {token[1]}")
            return self._binary(symbol, token[2])
        return self._no_operator(token, message)

    def _binary(self, symbol: str, start: int) -> bool:
        self.frames[-1].reduce(BINARY[symbol], chain=symbol)
        self.frames[-1].operators.append((symbol, BINARY[symbol], start))
        return True

    def _wrong_end(self, token: Token) -> bool:
        """A bracket closes that is not the innermost one, or the text ends inside of one."""
        kind, frame = token[0], self.frames[-1]
        if kind == "end":
            hint = f"opened {self._place(frame.start)}".rstrip(",")
            self._report(token, f"expected {CLOSES[frame.kind]!r}, found the end", hint)
        else:
            closes = CLOSES.get(frame.kind)
            hint = f"{closes} closes the bracket" if closes else "nothing is open here"
            self._report(token, f"expected an operator, found {_shown(token)}", hint)
        while len(self.frames) > 1 and CLOSES[self.frames[-1].kind] != kind:
            misspelled = not self.closers.get(kind) and kind != "end"
            self._end_part(token)
            self._close(token[3] if misspelled else token[2])
            if misspelled:
                return False
        if self.closers.get(kind):
            self._end_part(token)
            self._close(token[3])
        self.position -= kind == "end"
        return False

    def _select(self, _dot: Token) -> bool:
        operands = self.frames[-1].operands
        operand = operands[-1]
        optional = self.tokens[self.position][0] == "?"
        self.position += optional
        token = self._next()
        if token[0] not in {"name", "quoted"}:
            return self._no_operator(token, f"expected a field name after the dot, found {_shown(token)}")
        operands.pop()
        span = (token[2], token[3])
        if self.tokens[self.position][0] == "(" and token[0] == "name" and not optional:
            self.position += 1
            self._open(Frame("call", operand.span[0], name=token[1], name_span=span, target=operand))
            return self._element_or_close()
        self._push(Select((operand.span[0], token[3]), operand.height + 1, operand, token[1], span, optional))
        return False

    def _index(self, token: Token) -> bool:
        operand = self.frames[-1].operands.pop()
        optional = self.tokens[self.position][0] == "?"
        self.position += optional
        self._open(Frame("index", token[2], target=operand, optional=optional))
        return True

    def _struct(self, token: Token) -> bool:
        named = dotted(self.frames[-1].operands[-1])
        if named is None:
            return self._no_operator(token, "expected an operator, found '{'")
        operand = self.frames[-1].operands.pop()
        self._open(Frame("struct", operand.span[0], name=named[0], target=operand))
        return self._element_or_close()

    def _question(self, token: Token) -> bool:
        frame = self.frames[-1]
        frame.reduce(1)
        if frame.awaits_colon:
            message = "a conditional inside the middle of another needs brackets"
            return self._no_operator(token, message)
        frame.operators.append(("?", 0, token[2]))
        frame.awaits_colon = True
        return True

    def _colon(self, token: Token) -> bool:
        frame = self.frames[-1]
        frame.reduce(1)
        if frame.awaits_colon:
            frame.operators[-1] = ("?:", *frame.operators[-1][1:])
            frame.awaits_colon = False
            return True
        if frame.is_map and not frame.awaits_value:
            self._end_part(token)
            return True
        return self._no_operator(token, "expected an operator, found ':'")

    def _comma(self, token: Token) -> bool:
        frame = self.frames[-1]
        frame.reduce(1)
        if frame.kind not in {"call", "[", "{", "struct"}:
            return self._no_operator(token, "expected an operator, found ','")
        self._end_part(token)
        if frame.kind == "call" and self.tokens[self.position][0] == ")":
            self._report(token, "expected an argument after the comma")
        return self._element_or_close()

    _postfix: ClassVar[dict[str, Callable[[_Parser, Token], bool]]] = {
        ".": _select,
        "[": _index,
        "{": _struct,
        "?": _question,
        ":": _colon,
        ",": _comma,
    }

    # -- ends

    def _end_part(self, token: Token) -> None:
        frame = self.frames[-1]
        is_key = frame.is_map and not frame.awaits_value and token[0] == ":"
        missing = frame.end_part(token[2], is_key=is_key)
        if missing:
            self._report(token, missing)

    def _close(self, end: int) -> None:
        frame = self.frames.pop()
        self.closers[CLOSES[frame.kind]] -= 1
        self._push(frame.closed(end))

    def _finish(self, token: Token) -> Syntax:
        self._end_part(token)
        return self.frames[0].parts[0]


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
