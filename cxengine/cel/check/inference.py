"""Type variables: what they stand for, and whether one type can be used for another.

Data layout. `bindings` maps the number of a type variable to a type, which may hold variables again.
"""

from __future__ import annotations

from ..functions import Overload
from ..types import (
    DURATION,
    DYN,
    NULL,
    STRING,
    TIMESTAMP,
    AbstractType,
    EnumType,
    ListType,
    MapType,
    NullableType,
    RecordType,
    Type,
    TypeParameter,
    TypeType,
    TypeVariable,
    children,
    nullable,
    with_children,
)

__all__ = ["Inference"]


class Inference:
    """The type variables of one expression."""

    def __init__(self) -> None:
        self.bindings: dict[int, Type] = {}
        self.count = 0

    def fresh(self) -> TypeVariable:
        """A variable that stands for nothing yet."""
        self.count += 1
        return TypeVariable(self.count)

    def instantiate(self, overload: Overload) -> tuple[tuple[Type, ...], Type]:
        """The parameters and the result of `overload`, with fresh variables for its type parameters."""
        made: dict[str, TypeVariable] = {}

        def replaced(type_: Type) -> Type:
            if isinstance(type_, TypeParameter):
                if type_.name not in made:
                    made[type_.name] = self.fresh()
                return made[type_.name]
            parts = children(type_)
            return with_children(type_, tuple(map(replaced, parts))) if parts else type_

        return tuple(map(replaced, overload.parameters)), replaced(overload.result)

    def resolve(self, type_: Type) -> Type:
        """What `type_` stands for, on the surface: inner types may still be variables."""
        while isinstance(type_, TypeVariable) and type_.number in self.bindings:
            type_ = self.bindings[type_.number]
        return type_

    def deep(self, type_: Type, unknown: Type | None = None) -> Type:
        """`type_` with every bound variable replaced, and every other by `unknown` if that is given."""
        type_ = self.resolve(type_)
        if isinstance(type_, TypeVariable):
            return unknown or type_
        parts = children(type_)
        if not parts:
            return type_
        return with_children(type_, tuple(self.deep(part, unknown) for part in parts))

    def assignable(self, given: Type, wanted: Type) -> bool:
        """Whether a `given` can stand where a `wanted` is expected; binds variables to make it so.

        After a False, some variables may be bound: the caller goes back to a copy of `bindings`.
        """
        if given is wanted:
            return True
        if isinstance(wanted, TypeVariable):
            return self._fit_variable(given, wanted)
        if isinstance(given, TypeVariable):
            return self._fit_variable(wanted, given)
        if DYN in {given, wanted} or given == wanted:
            return True
        return self._fit(given, wanted)

    def _fit_variable(self, given: Type, variable: TypeVariable) -> bool:
        bound = self.bindings.get(variable.number)
        given = self.resolve(given)
        if given == variable:
            return True
        if bound is None:
            if self._occurs(variable, given):
                return False
            self.bindings[variable.number] = given
            return True
        if isinstance(bound, TypeVariable):
            return self._fit_variable(given, bound)
        if not (self.assignable(given, bound) or self.assignable(bound, given)):
            if not (self.assignable(given, STRING) and self.assignable(bound, STRING)):
                return False
            given, bound = STRING, STRING
        general = self.general(given, bound)
        if not self._occurs(variable, general):
            self.bindings[variable.number] = general
        return True

    def _occurs(self, variable: TypeVariable, type_: Type) -> bool:
        type_ = self.resolve(type_)
        return type_ == variable or any(self._occurs(variable, part) for part in children(type_))

    def _fit(self, given: Type, wanted: Type) -> bool:  # noqa: PLR0911 - one answer for each pair of kinds
        if isinstance(wanted, NullableType):
            base = given.base if isinstance(given, NullableType) else given
            return given == NULL or self.assignable(base, wanted.base)
        if given == NULL:
            return isinstance(wanted, AbstractType) or wanted in {TIMESTAMP, DURATION}
        if isinstance(given, NullableType):
            return self.assignable(given.base, wanted)
        match given, wanted:
            case EnumType(values), EnumType(allowed):
                return set(values) <= set(allowed)
            case EnumType(), _:
                return wanted == STRING
            case RecordType(), RecordType():
                return self._fit_record(given, wanted)
            case RecordType(), MapType():
                kinds = {self.deep(field) for _, field in given.fields}
                value = kinds.pop() if len(kinds) == 1 else DYN
                return self.assignable(STRING, wanted.key) and self.assignable(value, wanted.value)
            case TypeType(), TypeType():
                return True
            case (ListType(), ListType()) | (MapType(), MapType()):
                pass
            case AbstractType(name, mine), AbstractType(other, theirs):
                if name != other or len(mine) != len(theirs):
                    return False
            case _:
                return False
        return all(map(self.assignable, children(given), children(wanted)))

    def _fit_record(self, given: RecordType, wanted: RecordType) -> bool:
        fields = dict(given.fields)
        return all(name in fields and self.assignable(fields[name], type_) for name, type_ in wanted.fields)

    def general(self, left: Type, right: Type) -> Type:
        """The more general of two types of which one can be used for the other."""
        left, right = self.resolve(left), self.resolve(right)
        if left == right or isinstance(right, TypeVariable):
            return left
        if isinstance(left, TypeVariable):
            return right
        if DYN in {left, right}:
            return DYN
        if NULL in {left, right}:
            other = right if left == NULL else left
            return (
                other
                if isinstance(other, AbstractType) or other in {TIMESTAMP, DURATION}
                else nullable(other)
            )
        if isinstance(left, NullableType) or isinstance(right, NullableType):
            bases = (part.base if isinstance(part, NullableType) else part for part in (left, right))
            return nullable(self.general(*bases))
        return self._general_parts(left, right)

    def _general_parts(self, left: Type, right: Type) -> Type:
        if isinstance(left, EnumType) and isinstance(right, EnumType):
            return left if set(left.values) >= set(right.values) else right
        if STRING in {left, right}:
            return STRING
        if type(left) is not type(right) or isinstance(left, RecordType):
            return right if isinstance(right, MapType) else left
        pairs = zip(children(left), children(right), strict=False)
        return with_children(left, tuple(self.general(mine, other) for mine, other in pairs))

    def join(self, left: Type, right: Type) -> Type | None:
        """The type of what is a `left` or a `right`; None when the two have nothing in common."""
        kept = dict(self.bindings)
        if self.assignable(left, right) or self.assignable(right, left):
            return self.general(left, right)
        self.bindings = kept
        if isinstance(left, EnumType) and isinstance(right, EnumType):
            return STRING
        return None
