"""When a condition can hold: every part is followed from what facts may be to what is left of them.

`assume(condition, True, box)` returns boxes that together hold every combination of facts in `box` for
which the condition is true; none of them means that there is no such combination. What a part says that
is not understood (a macro, a function) leaves its box as it is, so "never" is always true, while "can"
may be too generous: a box is no promise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.types import ListType
from cxengine.rules.domain import Domain, Path
from cxengine.rules.span import EITHER, Choice, Span, Values, of_type, single

Box = Mapping[Path, Values]
MOST_BOXES = 64
_MIRRORED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_", "_!=_": "_!=_"}
_OPPOSITE = {"_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_", "_==_": "_!=_", "_!=_": "_==_"}


@attrs.frozen(eq=False)
class Possible:
    """Follows conditions. `written` holds the condition under which each derived fact is there at all."""

    domain: Domain
    written: Mapping[str, cel.Program] = attrs.Factory(dict)

    def assume(  # noqa: PLR0911 - one answer for each kind of node
        self, node: ast.Node, truth: bool, box: Box
    ) -> tuple[Box, ...]:
        """Boxes that hold everything in `box` for which `node` may be `truth`."""
        match node:
            case ast.Literal(value=bool() as value):
                return (box,) if value is truth else ()
            case ast.And(terms=terms) if truth:
                return self._all(terms, box, truth)
            case ast.Or(terms=terms) if not truth:
                return self._all(terms, box, truth)
            case ast.And(terms=terms) | ast.Or(terms=terms):
                return _limited(tuple(b for term in terms for b in self.assume(term, truth, box)), box)
            case ast.Call(function="!_", arguments=(inner,)):
                return self.assume(inner, not truth, box)
            case ast.Conditional():
                return self._conditional(node, truth, box)
            case ast.Call(function=sign, arguments=(left, right)) if sign in _MIRRORED:
                return self._compared(sign if truth else _OPPOSITE[sign], left, right, box)
            case ast.Call(function="@in", arguments=(value, ast.ListLiteral() as listed)):
                return self._member(value, listed, truth, box)
            case ast.Comprehension(macro="exists") if truth and isinstance(node.range.type, ListType):
                return (box,) if self.assume(node.body, True, box) else ()
        return self._flag(node, truth, box)

    def _all(self, terms: tuple[ast.Node, ...], box: Box, truth: bool) -> tuple[Box, ...]:
        """All terms at once; twice, because a later one may tell what an earlier one compares with."""
        boxes: tuple[Box, ...] = (box,)
        for term in terms * 2:
            boxes = _limited(tuple(b for one in boxes for b in self.assume(term, truth, one)), *boxes)
        return boxes

    def _conditional(self, node: ast.Conditional, truth: bool, box: Box) -> tuple[Box, ...]:
        found = [
            b
            for holds, branch in ((True, node.then), (False, node.otherwise))
            for one in self.assume(node.condition, holds, box)
            for b in self.assume(branch, truth, one)
        ]
        return _limited(tuple(found), box)

    def _flag(self, node: ast.Node, truth: bool, box: Box) -> tuple[Box, ...]:
        """A fact that is a truth value; anything else is not understood."""
        path = path_of(node)
        if path is None:
            return (box,)
        known = self._with_writers(path, box) if truth else (box,)
        return tuple(b for one in known for b in self._narrowed(node, Choice(frozenset([truth])), one))

    def _with_writers(self, path: Path, box: Box) -> tuple[Box, ...]:
        """A derived fact is there (or true) only where its rule fires."""
        condition = self.written.get(path[0]) if len(path) == 1 else None
        if condition is None:
            return (box,)
        others = {name: program for name, program in self.written.items() if name != path[0]}
        return attrs.evolve(self, written=others).assume(condition.tree, True, box)

    def _compared(self, sign: str, left: ast.Node, right: ast.Node, box: Box) -> tuple[Box, ...]:
        boxes: tuple[Box, ...] = (box,)
        for node in (left, right):
            path = path_of(node)
            if path is not None and node.type != cel.BOOL:  # one that nobody derived is false, not absent
                boxes = tuple(b for one in boxes for b in self._with_writers(path, one))
        return tuple(b for one in boxes for b in self._related(sign, left, right, one))

    def _related(self, sign: str, left: ast.Node, right: ast.Node, box: Box) -> tuple[Box, ...]:
        first, second = self.value(left, box), self.value(right, box)
        if first is None or second is None or type(first) is not type(second):
            return (box,)
        found: list[Box] = []
        for narrowed in self._narrowed(left, _beside(sign, second, first), box):
            against = self.value(left, narrowed) or first
            found += self._narrowed(right, _beside(_MIRRORED[sign], against, second), narrowed)
        return tuple(found)

    def _member(self, value: ast.Node, listed: ast.ListLiteral, truth: bool, box: Box) -> tuple[Box, ...]:
        known = [self.value(element, box) for element in listed.elements]
        if listed.optional or not all(_is_point(one) for one in known):
            return (box,)
        if truth:
            found = [b for e in listed.elements for b in self._compared("_==_", value, e, box)]
            return _limited(tuple(found), box)
        boxes: tuple[Box, ...] = (box,)
        for element in listed.elements:
            boxes = tuple(b for one in boxes for b in self._compared("_!=_", value, element, one))
        return boxes

    def _narrowed(self, node: ast.Node, values: Values, box: Box) -> tuple[Box, ...]:
        """The box with `node` among `values`; none if that cannot be."""
        before = self.value(node, box)
        if before is None or type(before) is not type(values):
            return (box,)
        left = before & values  # type: ignore[operator] # both are of one kind
        if left.is_empty:
            return ()
        path = path_of(node)
        return ({**box, path: left},) if path else (box,)

    # --- values -------------------------------------------------------------------------------------

    def value(self, node: ast.Node, box: Box) -> Values | None:  # noqa: PLR0911 - as above
        """What `node` may be; None where nothing can be said."""
        path = path_of(node)
        if path is not None:
            if path in box:
                return box[path]
            return self.domain.of(path, node.type) if _is_fact(path) else of_type(node.type)
        match node:
            case ast.Literal(value=value):
                return single(value)
            case ast.Conditional():
                return _joined(self.value(node.then, box), self.value(node.otherwise, box))
            case ast.Call(function="-_", arguments=(inner,)):
                known = self.value(inner, box)
                return Span(-known.high, -known.low) if isinstance(known, Span) else None
            case ast.Call(function="_/_") if node.type != cel.DOUBLE:
                return None  # whole numbers are cut
            case ast.Call(function=name, arguments=(left, right)) if name in _ARITHMETIC:
                return _calculated(name, self.value(left, box), self.value(right, box))
            case ast.Call(function="size"):
                return Span(0.0)
            case ast.Call(function="double", arguments=(inner,)) if inner.type in {cel.INT, cel.DOUBLE}:
                return self.value(inner, box)
        return EITHER if node.type == cel.BOOL else None


def _limited(found: tuple[Box, ...], *before: Box) -> tuple[Box, ...]:
    """What was found, or, where that is too much to follow, what it was found in."""
    return found if len(found) <= MOST_BOXES else before


def path_of(node: ast.Node) -> Path | None:
    """Where a fact stands; what macros bind has a name that no fact can have."""
    fields = []
    while isinstance(node, ast.Select):
        fields.append(node.field)
        node = node.operand
    if isinstance(node, ast.Local):
        return (f"{node.name}#{node.slot}", *reversed(fields))
    return (node.name, *reversed(fields)) if isinstance(node, ast.Variable) else None


def _is_fact(path: Path) -> bool:
    return "#" not in path[0]


def _is_point(values: Values | None) -> bool:
    if isinstance(values, Span):
        return values.low == values.high
    return values is not None and not values.others and len(values.values) == 1


def _beside(sign: str, other: Values, own: Values) -> Values:  # noqa: PLR0911 - one answer for each sign
    """What is left of `own` values that stand in the relation `sign` to one of `other`."""
    if isinstance(other, Choice):
        if sign == "_==_":
            return other
        (value,) = other.values if _is_point(other) else (None,)
        assert isinstance(own, Choice)
        return own if value is None else own.without(value)
    assert isinstance(own, Span)
    match sign:
        case "_<_" | "_<=_":
            return Span(high=other.high, high_open=sign == "_<_" or other.high_open)
        case "_>_" | "_>=_":
            return Span(low=other.low, low_open=sign == "_>_" or other.low_open)
        case "_==_":
            return other
    if not _is_point(other):
        return own
    return attrs.evolve(
        own,
        low_open=own.low_open or own.low == other.low,
        high_open=own.high_open or own.high == other.low,
    )


def _joined(first: Values | None, second: Values | None) -> Values | None:
    if isinstance(first, Span) and isinstance(second, Span):
        return first | second
    if isinstance(first, Choice) and isinstance(second, Choice) and not (first.others or second.others):
        return Choice(first.values | second.values)
    return None


def _divided(left: float, right: float) -> float:
    return left / right if right else math.nan


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "_+_": lambda left, right: left + right,
    "_-_": lambda left, right: left - right,
    "_*_": lambda left, right: left * right,
    "_/_": _divided,
}


def _calculated(name: str, left: Values | None, right: Values | None) -> Values | None:
    """The ends of a result are among those of its operands; rounding keeps the order of numbers."""
    if not (isinstance(left, Span) and isinstance(right, Span)):
        return None
    if name == "_/_" and (0.0 in Span(right.low, right.high)):
        return Span()
    ends: list[float] = [
        _ARITHMETIC[name](a, b) for a, b in product((left.low, left.high), (right.low, right.high))
    ]
    if any(map(math.isnan, ends)):
        return Span()
    return Span(min(ends), max(ends))
