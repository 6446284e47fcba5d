"""What facts would have to be for an expression to come out otherwise: the tree solved backwards.

A comparison is turned round until one fact stands alone on one side, `&&` needs all of its terms, `||`
the cheapest. What comes out are candidates: whoever asks tries them and keeps those that hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Literal

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation
from cxengine.cel.types import EnumType
from cxengine.rules.conditions import exactly

Step = str | int
Place = tuple[Step, ...]
"""Where a fact stands among the facts: keys, and positions in lists."""

Bound = Literal["<", "<=", ">", ">=", "==", "!="]
MOST = 24
"""Candidates that are kept at every node: the cheapest."""

NEAR = 1e-9
"""How far beyond a bound a value is put that must not lie on it, relative to the bound."""

_OPPOSITE: Mapping[str, Bound] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED: Mapping[str, Bound] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_UP, _DOWN = frozenset({">", ">="}), frozenset({"<", "<="})
_STRICT: Mapping[str, Bound] = {"<=": "<", ">=": ">"}
_WORDS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "!=": "anything but"}


@attrs.frozen
class Wish:
    """A fact, what it is, and what it would have to be; `bound` and `limit` say it for people."""

    place: Place
    actual: Any
    value: Any = attrs.field(hash=False)
    bound: Bound = "=="
    limit: Any = attrs.field(default=None, hash=False)

    @property
    def needed(self) -> str:
        """What it would have to be, in words."""
        limit = exactly(self.limit if self.limit is not None else self.value)
        return limit if self.bound == "==" else f"{_WORDS[self.bound]} {limit}"

    @property
    def is_decided(self) -> bool:
        """Whether somebody decided the fact, such as a target, rather than measured it."""
        return self.place[-1] in {"target", "benchmark", "guardrail"} or "params" in self.place

    @property
    def size(self) -> float:
        """How great the change is, from 0; 1 where it is not one of degree."""
        numbers = all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in (self.actual, self.value)
        )
        if not numbers:
            return 1.0
        scale = max(abs(self.actual), abs(self.value))
        return abs(self.value - self.actual) / scale if scale else 0.0


Way = tuple[Wish, ...]
"""Wishes that have to come true together."""


def size(way: Way) -> tuple[int, int, float, str]:
    """Ways in order: fewest facts first, then the fewest that somebody decided, then the smallest changes."""
    decided = sum(wish.is_decided for wish in way)
    return len(way), decided, sum(wish.size for wish in way), str([wish.place for wish in way])


def ways(program: cel.Program, facts: Mapping[str, Any], wanted: bool) -> list[Way]:
    """Candidates for a condition to come out as wanted, the smallest first."""
    return _Solver(facts, program).truth(program.tree, wanted)


def ways_to_number(program: cel.Program, facts: Mapping[str, Any], bound: Bound, limit: float) -> list[Way]:
    """Candidates for a formula to keep the bound."""
    return _cheapest(_Solver(facts, program).number(program.tree, bound, limit))


def joined(parts: Sequence[Sequence[Way]]) -> list[Way]:
    """Ways that satisfy all parts at once, as far as wishes for one fact can be reconciled."""
    found: list[Way] = [()]
    for part in parts:
        found = _cheapest(way for one in found for other in part for way in _merged(one, other))
    return found


def _merged(one: Way, other: Way) -> Iterator[Way]:
    """Both ways together; of two wishes for one fact the stronger, or either where neither is."""
    known = {wish.place: wish for wish in one}
    shared = {wish.place for wish in other} & known.keys()
    alone = [wish for wish in (*one, *other) if wish.place not in shared]
    choices = [_stronger(known[wish.place], wish) for wish in other if wish.place in shared]
    for chosen in product(*choices):
        yield tuple(sorted((*alone, *chosen), key=lambda wish: str(wish.place)))


def _stronger(one: Wish, other: Wish) -> tuple[Wish, ...]:
    """The wish that fulfils both, where they point the same way; or else both, to be tried."""
    if one.bound in _UP and other.bound in _UP:
        return (max(one, other, key=lambda wish: (wish.value, wish.bound == ">")),)
    if one.bound in _DOWN and other.bound in _DOWN:
        return (min(one, other, key=lambda wish: (wish.value, wish.bound != "<")),)
    return (one, other)


def _cheapest(found: Iterable[Way]) -> list[Way]:
    unique = {tuple((w.place, repr(w.value)) for w in way): way for way in found}
    return sorted(unique.values(), key=size)[:MOST]


@attrs.define(eq=False)
class _Solver:
    """One expression with its facts, and where the elements that macros run over stand among them."""

    facts: Mapping[str, Any]
    program: cel.Program
    places: dict[int, Place | None] = attrs.Factory(dict)
    values: dict[int, Any] = attrs.Factory(dict)

    def value(self, node: ast.Node) -> Any:
        """What the node comes out as; the error where it does not."""
        evaluation = Evaluation(self.facts, self.program.functions)
        evaluation.locals.update(self.values)
        try:
            return evaluation.value(node)
        except cel.CelError as error:
            return error

    def place(self, node: ast.Node) -> Place | None:
        """Where the fact stands that the node reads, if it is one."""
        match node:
            case ast.Variable(name=name):
                return (name,)
            case ast.Local(slot=slot):
                return self.places.get(slot)
            case ast.Select(operand=operand, field=field) | ast.Has(operand=operand, field=field):
                inner = self.place(operand)
                return (*inner, field) if inner is not None else None
        return None

    # --- conditions ---------------------------------------------------------------------------------

    def truth(self, node: ast.Node, wanted: bool) -> list[Way]:
        """Ways for the node to be true, or false."""
        if self.value(node) is wanted:
            return [()]
        if isinstance(node, ast.And | ast.Or | ast.Conditional):
            return self._logic(node, wanted)
        if isinstance(node, ast.Comprehension) and node.macro in {"exists", "all"}:
            return self._elements(node, wanted)
        if isinstance(node, ast.Call):
            return self._call(node, wanted)
        place = self.place(node)
        return [(Wish(place, self._actual(node), wanted),)] if place and not isinstance(node, ast.Has) else []

    def _logic(self, node: ast.And | ast.Or | ast.Conditional, wanted: bool) -> list[Way]:
        if isinstance(node, ast.Conditional):
            branches = ((True, node.then), (False, node.otherwise))
            parts = [joined([self.truth(node.condition, c), self.truth(n, wanted)]) for c, n in branches]
            return _cheapest(way for part in parts for way in part)
        parts = [self.truth(term, wanted) for term in node.terms]
        every = isinstance(node, ast.And) is wanted
        return joined(parts) if every else _cheapest(way for part in parts for way in part)

    def _call(self, node: ast.Call, wanted: bool) -> list[Way]:
        if node.function == "!_":
            return self.truth(node.arguments[0], not wanted)
        if node.function == "@in":
            return self._membership(node, wanted)
        return self._comparison(node, wanted) if node.function.strip("_") in _OPPOSITE else []

    def _elements(self, node: ast.Comprehension, wanted: bool) -> list[Way]:
        elements, place = self.value(node.range), self.place(node.range)
        if not isinstance(elements, list) or len(node.variables) != 1:
            return []
        slot, parts = node.variables[0].slot, list[list[Way]]()
        for index, element in enumerate(elements):
            self.values[slot] = element
            self.places[slot] = None if place is None else (*place, index)
            parts.append(self.truth(node.body, wanted))
        every = (node.macro == "all") is wanted
        return joined(parts) if every else _cheapest(way for part in parts for way in part)

    def _membership(self, node: ast.Call, wanted: bool) -> list[Way]:
        item, container = (self.value(argument) for argument in node.arguments)
        found: list[Way] = []
        place, inner = self.place(node.arguments[1]), self.place(node.arguments[0])
        if place and isinstance(container, list) and not isinstance(item, cel.CelError):
            other = [*container, item] if wanted else [one for one in container if one != item]
            found.append((Wish(place, container, other),))
        if inner and wanted and isinstance(container, list):
            found += [(Wish(inner, self._actual(node.arguments[0]), one),) for one in container]
        return _cheapest(found)

    def _comparison(self, node: ast.Call, wanted: bool) -> list[Way]:
        sign: Any = node.function.strip("_")
        bound: Bound = sign if wanted else _OPPOSITE[sign]
        left, right = node.arguments
        found = self._side(left, bound, self.value(right))
        return _cheapest([*found, *self._side(right, _MIRRORED[bound], self.value(left))])

    def _side(self, node: ast.Node, bound: Bound, limit: Any) -> list[Way]:
        if isinstance(limit, cel.CelError):
            return []
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            return list(self.number(node, bound, float(limit)))
        place = self.place(node)
        if place is None or bound not in {"==", "!="}:
            return []
        values = [limit] if bound == "==" else _others(node.type, limit)
        return [(Wish(place, self._actual(node), value),) for value in values]

    # --- numbers ------------------------------------------------------------------------------------

    def number(self, node: ast.Node, bound: Bound, limit: float) -> Iterator[Way]:
        """Ways for the number of the node to keep the bound, by changing one fact each."""
        place = self.place(node)
        if place is not None:
            actual, strict = self._actual(node), _STRICT.get(bound, bound)
            for one in dict.fromkeys((bound, strict)):  # another condition may refuse the bound itself
                yield (Wish(place, actual, _beyond(one, limit), one, limit),)
        elif isinstance(node, ast.Conditional):
            yield from self._branches(node, bound, limit)
        elif isinstance(node, ast.Call) and len(node.arguments) == 2:
            left, right = node.arguments
            yield from self._operand(node.function, left, right, bound, limit)
        elif isinstance(node, ast.Call) and node.function == "-_":
            yield from self.number(node.arguments[0], _MIRRORED[bound], -limit)

    def _branches(self, node: ast.Conditional, bound: Bound, limit: float) -> Iterator[Way]:
        for holds, branch in ((True, node.then), (False, node.otherwise)):
            value = self.value(branch)
            kept = isinstance(value, int | float) and _keeps(value, bound, limit)
            inner = [()] if kept else list(self.number(branch, bound, limit))
            yield from joined([self.truth(node.condition, holds), inner])

    def _operand(
        self, function: str, left: ast.Node, right: ast.Node, bound: Bound, limit: float
    ) -> Iterator[Way]:
        """Either operand alone on its side, the other one as it is."""
        a, b = self.value(left), self.value(right)
        known = isinstance(b, int | float)
        if function in {"_+_", "_-_"}:
            if known:
                yield from self.number(left, bound, limit - b if function == "_+_" else limit + b)
            if isinstance(a, int | float):
                plus = function == "_+_"
                yield from self.number(
                    right, bound if plus else _MIRRORED[bound], limit - a if plus else a - limit
                )
        elif function == "_*_":
            for node, factor in ((left, b), (right, a)):
                if isinstance(factor, int | float) and factor:
                    yield from self.number(node, bound if factor > 0 else _MIRRORED[bound], limit / factor)
        elif function == "_/_":
            if known and b:
                yield from self.number(left, bound if b > 0 else _MIRRORED[bound], limit * b)
            if isinstance(a, int | float) and a and limit:
                same_sign = (a > 0) is (limit > 0)
                yield from self.number(right, _MIRRORED[bound] if same_sign else bound, a / limit)

    def _actual(self, node: ast.Node) -> Any:
        value = self.value(node)
        return None if isinstance(value, cel.CelError) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def in_whole(wish: Wish) -> Wish:
    """The wish for a fact that only has whole numbers."""
    rounded: Mapping[str, tuple[Bound, Callable[[float], float]]] = {
        "<": ("<=", lambda limit: math.ceil(limit) - 1),
        "<=": ("<=", math.floor),
        ">": (">=", lambda limit: math.floor(limit) + 1),
        ">=": (">=", math.ceil),
    }
    if wish.bound not in rounded or not _is_number(wish.limit):
        return wish
    bound, round_ = rounded[wish.bound]
    value = float(round_(wish.limit))
    return attrs.evolve(wish, value=value, bound=bound, limit=value)


def _keeps(value: float, bound: Bound, limit: float) -> bool:
    match bound:
        case "<":
            return value < limit
        case "<=":
            return value <= limit
        case ">":
            return value > limit
        case ">=":
            return value >= limit
    return (value == limit) is (bound == "==")


def _beyond(bound: Bound, limit: float) -> float:
    """A value that keeps the bound, as near to it as rounding in formulas allows."""
    near = max(abs(limit), NEAR) * NEAR
    return {"<": limit - near, ">": limit + near, "!=": limit + 1.0}.get(bound, limit)


def _others(type_: cel.Type, value: Any) -> list[Any]:
    if isinstance(type_, EnumType):
        return [one for one in type_.values if one != value]
    return [not value] if isinstance(value, bool) else [f"not {value}"] if isinstance(value, str) else []
