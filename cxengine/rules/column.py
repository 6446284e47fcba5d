"""The values of one input of a decision table, in as many parts as its cells tell apart.

Every cell is constant on every part: between two numbers that any cell compares with, at such a number, at
each text that a cell names, at all other texts. So a cell is the set of parts on which it holds, found by
asking it of one value of each, and sets of parts are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation
from cxengine.rules.cells import INPUT
from cxengine.rules.span import Choice, Span, Values

_COMPARISONS = frozenset({"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_", "@in"})
_LOGIC = frozenset({"!_"})


@attrs.frozen(eq=False)
class Column:
    """The parts of an input's values, by a value in each; `cells` holds the set of parts for each row.

    A set is a number with one bit a part. A row whose cell is not understood has None.
    """

    name: str
    samples: tuple[Any, ...]
    cells: tuple[int | None, ...]

    @property
    def everything(self) -> int:
        """The set of all parts."""
        return (1 << len(self.samples)) - 1

    def sample(self, parts: int) -> Any:
        """A value in the first of the parts."""
        return self.samples[(parts & -parts).bit_length() - 1]


def column(
    name: str, type_: cel.Type, domain: Values, cells: Sequence[cel.Program | None], facts: Mapping[str, Any]
) -> Column:
    """The parts that `cells` (None where anything goes) tell apart in `domain`.

    `facts` are those that do not vary: the parameters.
    """
    constants: list[Any] = []
    understood = [cell is None or _gather(cell, facts, constants) for cell in cells]
    samples = tuple(_samples(domain, constants, whole=type_ in {cel.INT, cel.UINT}))
    everything = (1 << len(samples)) - 1
    found = (
        (_parts(cell, samples, facts) if cell else everything) if is_ else None
        for cell, is_ in zip(cells, understood, strict=True)
    )
    return Column(name, samples, tuple(found))


def _gather(cell: cel.Program, facts: Mapping[str, Any], constants: list[Any]) -> bool:
    """Adds what the cell compares the input with; whether the cell is understood."""
    if not is_understood(cell.tree):
        return False
    try:
        constants += list(_constants(cell, facts))
    except cel.CelError:  # such as a number that is too large
        return False
    return True


def is_understood(node: ast.Node) -> bool:
    """Whether a cell does nothing but compare the input with values that do not vary."""
    match node:
        case ast.And(terms=terms) | ast.Or(terms=terms):
            return all(map(is_understood, terms))
        case ast.Call(function=name, arguments=(inner,)) if name in _LOGIC:
            return is_understood(inner)
        case ast.Call(function="@in", arguments=(left, ast.ListLiteral(elements=elements))):
            return _is_input(left) and all(map(_is_constant, elements))
        case ast.Call(function=name, arguments=(left, right)) if name in _COMPARISONS - {"@in"}:
            others = [side for side in (left, right) if not _is_input(side)]
            return len(others) < 2 and all(map(_is_constant, others))
        case ast.Literal(value=bool()):
            return True
    return _is_input(node)


def _is_input(node: ast.Node) -> bool:
    return isinstance(node, ast.Variable) and node.name == INPUT


def _is_constant(node: ast.Node) -> bool:
    """Whether nothing but parameters is read."""
    names = {n.name for n in ast.walk(node) if isinstance(n, ast.Variable)}
    return names <= {"params"} and not any(isinstance(n, ast.Comprehension) for n in ast.walk(node))


def _constants(cell: cel.Program, facts: Mapping[str, Any]) -> Iterator[Any]:
    """What the cell compares the input with."""
    for node in ast.walk(cell.tree):
        if isinstance(node, ast.Call) and node.function in _COMPARISONS:
            for side in node.arguments:
                if not _is_input(side):
                    value = Evaluation(facts, cell.functions).value(side)
                    yield from value if isinstance(value, list) else [value]


def _samples(domain: Values, constants: Iterable[Any], *, whole: bool) -> Iterator[Any]:
    if isinstance(domain, Choice):
        texts = frozenset(c for c in constants if isinstance(c, str)) - domain.values
        yield from sorted(texts if domain.others else domain.values, key=str)
        if domain.others:
            yield Choice(texts | domain.values, others=True).sample()
        return
    numbers = {float(c) for c in constants if isinstance(c, int | float) and not isinstance(c, bool)}
    inner = {number for number in numbers if number in domain and math.isfinite(number)}
    ends = {end for end in (domain.low, domain.high) if math.isfinite(end) and end in domain}
    for part in _parts_of_line(domain, sorted(inner | ends)):
        value = part.sample()
        if value is not None and not whole:
            yield value
        elif value is not None and (number := _whole_in(part)) is not None:
            yield number


def _parts_of_line(domain: Span, points: Sequence[float]) -> Iterator[Span]:
    """The points, and what lies between and beside them."""
    stops = [domain.low, *points, domain.high]
    for low, high in pairwise(stops):
        between = Span(low, high, low_open=True, high_open=True)
        if low < high and not between.is_empty:
            yield between
        if high in points:
            yield Span(high, high)


def _whole_in(part: Span) -> int | None:
    if math.isinf(part.low) and math.isinf(part.high):
        return 0
    near = math.ceil(part.high) - 1 if math.isinf(part.low) else math.floor(part.low)
    return next((n for n in (near, near + 1) if float(n) in part), None)


def _parts(cell: cel.Program, samples: Sequence[Any], facts: Mapping[str, Any]) -> int:
    return sum(1 << i for i, value in enumerate(samples) if cell.exact({**facts, INPUT: value}) is True)
