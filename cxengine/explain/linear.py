"""What decides a condition, as atoms over places among the facts: sums of facts beside a bound, and the rest.

Facts that rules derive are followed to the formulas that derive them, and elements of lists to their places,
so that every place is one that somebody measured or wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation
from cxengine.cel.types import EnumType
from cxengine.explain.wish import Place

_COMPARISONS = frozenset({"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"})


@attrs.frozen
class Linear:
    """A sum of places times factors, and a constant."""

    factors: Mapping[Place, float]
    constant: float = 0.0

    def plus(self, other: Linear, times: float = 1.0) -> Linear:
        """The sum with so many times another."""
        factors = dict(self.factors)
        for place, factor in other.factors.items():
            factors[place] = factors.get(place, 0.0) + times * factor
        kept = {place: factor for place, factor in factors.items() if factor}
        return Linear(kept, self.constant + times * other.constant)

    def times(self, factor: float) -> Linear:
        """Every factor and the constant so many times."""
        return Linear({}).plus(self, factor)


@attrs.frozen(eq=False)
class Atoms:
    """Everything that decides a rule: `sums` compare with zero, `choices` are places with values to try.

    `opaque` is true where something decides that is not followed.
    """

    sums: tuple[Linear, ...]
    choices: Mapping[Place, tuple[Any, ...]]
    opaque: bool


@attrs.frozen(eq=False)
class Scope:
    """Facts at a place, and the rules that derive more of them: `at` is what stands before every place."""

    facts: Mapping[str, Any]
    writers: Mapping[str, tuple[cel.Program, cel.Program]]
    """Derived fact to the condition under which it is derived, and its formula."""
    at: Place = ()
    shared: frozenset[str] = frozenset()
    """Facts that do not stand below `at`, because they are the same for everything."""
    elements: Scope | None = None
    """How the elements of `touchpoints` are read; its facts and place are those of one of them."""


@attrs.define(eq=False)
class Reader:
    """Gathers the atoms of conditions."""

    sums: list[Linear] = attrs.Factory(list)
    choices: dict[Place, list[Any]] = attrs.Factory(dict)
    opaque: bool = False
    seen: set[tuple[int, Place]] = attrs.Factory(set)

    def gather(self, program: cel.Program, scope: Scope) -> None:
        """Adds what decides an expression, and the expressions that derive what it reads."""
        if (id(program), scope.at) not in self.seen:
            self.seen.add((id(program), scope.at))
            _Walk(self, program, scope).walk(program.tree)

    def atoms(self) -> Atoms:
        """What was gathered."""
        unique = {(tuple(sorted(s.factors.items(), key=str)), s.constant): s for s in self.sums if s.factors}
        choices = {place: tuple(_distinct(values)) for place, values in self.choices.items()}
        return Atoms(tuple(unique.values()), choices, self.opaque)


def _distinct(values: list[Any]) -> Iterator[Any]:
    found: list[Any] = []
    for value in values:
        if not any(type(value) is type(one) and value == one for one in found):
            found.append(value)
            yield value


@attrs.define(eq=False)
class _Walk:
    """One expression with its facts, and where the elements stand that macros run over."""

    reader: Reader
    program: cel.Program
    scope: Scope
    places: dict[int, tuple[Place, Scope]] = attrs.Factory(dict)
    values: dict[int, Any] = attrs.Factory(dict)

    def walk(self, node: ast.Node) -> None:
        match node:
            case ast.Call(function=name, arguments=(left, right)) if name in _COMPARISONS:
                self._compared(left, right)
            case ast.Call(function="@in", arguments=(item, container)):
                self._member(item, container)
            case ast.Comprehension(macro="exists" | "all"):
                self._elements(node)
            case ast.Variable() | ast.Select() | ast.Local():
                self._flag(node)
            case ast.Has() | ast.Comprehension():
                self.reader.opaque = True
            case ast.Literal():
                pass
            case _:
                for child in ast.children(node):
                    self.walk(child)

    # --- places -------------------------------------------------------------------------------------

    def place(self, node: ast.Node) -> tuple[Place, Scope] | None:
        """Where the fact stands that the node reads, and the scope that it is read in."""
        match node:
            case ast.Variable(name=name):
                at = () if name in self.scope.shared else self.scope.at
                return (*at, name), self.scope
            case ast.Local(slot=slot):
                return self.places.get(slot)
            case ast.Select(operand=operand, field=field):
                found = self.place(operand)
                return ((*found[0], field), found[1]) if found else None
        return None

    def derived(self, place: Place, scope: Scope) -> tuple[cel.Program, cel.Program] | None:
        """The condition and the formula of a place, if rules derive it."""
        inner = place[len(scope.at) :]
        return (
            scope.writers.get(str(inner[0]))
            if len(inner) == 1 and place[: len(scope.at)] == scope.at
            else None
        )

    def value(self, node: ast.Node) -> Any:
        evaluation = Evaluation(self.scope.facts, self.program.functions)
        evaluation.locals.update(self.values)
        try:
            return evaluation.value(node)
        except cel.CelError as error:
            return error

    # --- atoms --------------------------------------------------------------------------------------

    def _flag(self, node: ast.Node) -> None:
        found = self.place(node)
        if found is None:
            self.reader.opaque = True
            return
        place, scope = found
        if derivation := self.derived(place, scope):
            for program in derivation:
                self.reader.gather(program, scope)
        elif node.type == cel.BOOL:
            self.reader.choices.setdefault(place, []).extend((True, False))

    def _compared(self, left: ast.Node, right: ast.Node) -> None:
        sides = [self.linear(left), self.linear(right)]
        if sides[0] is not None and sides[1] is not None:
            self.reader.sums.append(sides[0].plus(sides[1], -1.0))
            return
        if all([self.in_steps(side) for side in (left, right)]):  # noqa: C419 - both are gathered
            return
        for node, other in ((left, right), (right, left)):
            found = self.place(node)
            if found is None or self.derived(*found) or not _is_choice(node):
                self.reader.opaque |= not self.in_steps(node)
                continue
            values = self.reader.choices.setdefault(found[0], [])
            values += _texts(node, self.value(other)) if node.type != cel.BOOL else [True, False]

    def in_steps(self, node: ast.Node) -> bool:
        """Whether conditions alone decide the value: what is chosen between is written; they are gathered."""
        match node:
            case ast.Literal():
                return True
            case ast.Conditional():
                self.walk(node.condition)
                branches = [self.in_steps(branch) for branch in (node.then, node.otherwise)]
                return all(branches)
            case ast.ListLiteral(elements=parts) | ast.Call(arguments=parts) if node.type != cel.BOOL:
                found_in = [self.in_steps(part) for part in parts]  # all of them are gathered
                return all(found_in)
            case ast.Variable() | ast.Select() | ast.Local():
                found = self.place(node)
                derivation = self.derived(*found) if found else None
                if found is None or derivation is None:
                    return False
                self.reader.gather(derivation[0], found[1])
                return _Walk(self.reader, derivation[1], found[1]).in_steps(derivation[1].tree)
        self.walk(node)
        return node.type == cel.BOOL

    def _member(self, item: ast.Node, container: ast.Node) -> None:
        listed, wanted = self.value(container), self.value(item)
        place, inner = self.place(container), self.place(item)
        if place and isinstance(listed, list) and not isinstance(wanted, cel.CelError):
            known = self.reader.choices.setdefault(place[0], [])
            known += [[*listed, wanted]] if wanted not in listed else [[o for o in listed if o != wanted]]
        if inner and isinstance(listed, list):
            if item.type == cel.DOUBLE:
                self.reader.sums += [Linear({inner[0]: 1.0}, -float(value)) for value in listed]
            else:
                values = self.reader.choices.setdefault(inner[0], [])
                values += [other for one in listed for other in _texts(item, one)]
        if not isinstance(listed, list) or not (place or inner):
            self.reader.opaque = True

    def _elements(self, node: ast.Comprehension) -> None:
        elements, found = self.value(node.range), self.place(node.range)
        if not isinstance(elements, list) or len(node.variables) != 1:
            self.reader.opaque = True
            return
        slot = node.variables[0].slot
        for index, element in enumerate(elements):
            self.values[slot] = element
            self.places.pop(slot, None)
            if found is not None:
                place = (*found[0], index)
                self.places[slot] = (place, self._element_scope(place, element))
            self.walk(node.body)

    def _element_scope(self, place: Place, element: Any) -> Scope:
        inner = self.scope.elements
        if inner is None or len(place) != 2 or not isinstance(element, Mapping):
            return attrs.evolve(self.scope, writers={})
        shared = {name: self.scope.facts[name] for name in inner.shared if name in self.scope.facts}
        return attrs.evolve(inner, at=place, facts={**element, **shared})

    # --- sums ---------------------------------------------------------------------------------------

    def linear(self, node: ast.Node) -> Linear | None:  # noqa: PLR0911 - one answer for each kind of node
        """The number of the node as a sum of places; None where it is no number or no such sum."""
        if node.type not in {cel.DOUBLE, cel.INT, cel.UINT, cel.DYN}:
            return None
        match node:
            case ast.Literal(value=int() | float() as value):
                return Linear({}, float(value))
            case ast.Call(function="-_", arguments=(inner,)):
                found = self.linear(inner)
                return found.times(-1.0) if found else None
            case ast.Call(function="_+_" | "_-_" as name, arguments=(left, right)):
                first, second = self.linear(left), self.linear(right)
                if first is None or second is None:
                    return None
                return first.plus(second, 1.0 if name == "_+_" else -1.0)
            case ast.Call(function="_*_" | "_/_" as name, arguments=(left, right)):
                return _scaled(self.linear(left), self.linear(right), divided=name == "_/_")
            case ast.Variable() | ast.Select():
                found_at = self.place(node)
                return self._number(*found_at) if found_at else None
        return None

    def _number(self, place: Place, scope: Scope) -> Linear | None:
        if derivation := self.derived(place, scope):
            for program in derivation:
                self.reader.gather(program, scope)
            return _Walk(self.reader, derivation[1], scope).linear(derivation[1].tree)
        return Linear({place: 1.0})


def _scaled(left: Linear | None, right: Linear | None, *, divided: bool) -> Linear | None:
    if left is None or right is None:
        return None
    if not right.factors and (right.constant or not divided):
        return left.times(1 / right.constant if divided else right.constant)
    return right.times(left.constant) if not left.factors and not divided else None


def _is_choice(node: ast.Node) -> bool:
    return node.type in {cel.BOOL, cel.STRING} or isinstance(node.type, EnumType)


def _texts(node: ast.Node, value: Any) -> list[Any]:
    """A text that a place is compared with, and others that it is not."""
    if isinstance(node.type, EnumType):
        return [*node.type.values]
    return [value, f"not {value}"] if isinstance(value, str) else []
