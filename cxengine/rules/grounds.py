"""Why a condition holds, in words: what it compares, with the actual values.

Of alternatives only those are told that hold: `pain > 0.02 || reach > 0.5` reads "pain 0.021 > 0.02".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation
from cxengine.cel.unparse import unparse
from cxengine.rules.wording import listed, shown

_COMPARISONS = ("_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_", "@in")


@attrs.frozen(eq=False)
class Grounds:
    """A text that tells what made a condition hold; it stands where a rule has no `because`."""

    condition: cel.Program

    @property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """What the condition reads."""
        return self.condition.reads

    def __call__(self, facts: Mapping[str, Any]) -> str:
        """The sentence: "Pain 0.021 > 0.02 and moment of truth."."""
        text = grounds(self.condition, facts)
        return f"{text[:1].upper()}{text[1:]}."


def grounds(condition: cel.Program, facts: Mapping[str, Any]) -> str:
    """What makes `condition` hold for `facts`."""
    reader = _Reader(condition, facts)
    terms = list(dict.fromkeys(reader.terms(condition.tree)))
    return listed(terms) if terms else "it holds everywhere"


@attrs.frozen(eq=False)
class _Reader:
    program: cel.Program
    facts: Mapping[str, Any]

    def value(self, node: ast.Node) -> Any:
        """What `node` evaluates to; None where it fails."""
        try:
            return Evaluation(self.facts, self.program.functions).value(node)
        except cel.CelError:
            return None

    def terms(self, node: ast.Node) -> Iterator[str]:
        """The parts of a condition that hold and suffice."""
        match node:
            case ast.Literal():
                return
            case ast.And(terms=parts):
                for part in parts:
                    yield from self.terms(part)
            case ast.Or(terms=parts):
                for part in parts:
                    if self.value(part) is True:
                        yield from self.terms(part)
            case ast.Call(function="!_", arguments=(part,)):
                yield f"not {self.operand(part)}"
            case ast.Call(function=name, arguments=(left, right)) if name in _COMPARISONS:
                yield self._comparison(name.strip("_@"), left, right)
            case _:
                yield self.operand(node)

    def _comparison(self, sign: str, left: ast.Node, right: ast.Node) -> str:
        text = self.operand(left)
        if sign == "==":
            return f"{text} is {shown(self.value(right))}"
        if not isinstance(left, ast.Literal) and not isinstance(self.value(left), list | dict):
            text += f" {shown(self.value(left))}"
        if isinstance(right, ast.Literal):
            return f"{text} {sign} {shown(right.value)}"
        known = self.value(right)
        if isinstance(known, bool | int | float | str):
            return f"{text} {sign} {self.operand(right)} {shown(known)}"
        return f"{text} {sign} {self.operand(right)}"

    def operand(self, node: ast.Node) -> str:
        """A name in words where it is one, else the expression as it is written."""
        text = unparse(node)
        return text.replace("_", " ") if isinstance(node, ast.Variable | ast.Select) else text
