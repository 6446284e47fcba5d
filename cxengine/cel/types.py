"""The types of the language, as immutable values.

Data layout. A type is one of:

- `Primitive(name)`: `BOOL`, `INT`, `UINT`, `DOUBLE`, `STRING`, `BYTES`, `NULL`, `TIMESTAMP`, `DURATION`,
  and `DYN`, the type of what is only known when it is evaluated;
- `ListType(element)` and `MapType(key, value)`;
- `RecordType(fields)`: named fields with a type each, a dict at run time; assignable to a map from strings;
- `EnumType(values)`: one of these strings; assignable to `STRING`;
- `NullableType(base)`: null, or a value of `base`;
- `AbstractType(name, parameters)`: a type that a library brings, such as `optional_type(T)` or `net.IP`;
- `TypeType(of)`: the type of a type;
- `TypeParameter(name)`: stands in a declaration for any type; `TypeVariable(number)` is one such standing
  in the middle of a check, and never left in a checked tree.

`str(type)` is the form shown to people, for example `list(map(string, double))`.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = [
    "BOOL",
    "BYTES",
    "DOUBLE",
    "DURATION",
    "DYN",
    "INT",
    "NULL",
    "STRING",
    "TIMESTAMP",
    "TYPE",
    "UINT",
    "AbstractType",
    "EnumType",
    "ListType",
    "MapType",
    "NullableType",
    "Primitive",
    "RecordType",
    "Type",
    "TypeParameter",
    "TypeType",
    "TypeVariable",
    "children",
    "declared",
    "enum",
    "list_",
    "map_",
    "nullable",
    "optional",
    "record",
    "with_children",
]


class Type:
    """Any type of the language."""

    __slots__ = ()


@attrs.frozen(str=False, cache_hash=True)
class Primitive(Type):
    """A type without parts, known by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


@attrs.frozen(cache_hash=True)
class ListType(Type):
    """A list of elements of one type."""

    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


@attrs.frozen(cache_hash=True)
class MapType(Type):
    """A map; keys may be int, uint, bool or string."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


@attrs.frozen(cache_hash=True)
class RecordType(Type):
    """Named fields, each of its own type; `fields` keeps the declared order."""

    fields: tuple[tuple[str, Type], ...]
    _by_name: Mapping[str, Type] = attrs.field(init=False, repr=False, eq=False)

    @_by_name.default
    def _named(self) -> Mapping[str, Type]:
        return dict(self.fields)

    def field(self, name: str) -> Type | None:
        """The type of the field `name`, or None when there is no such field."""
        return self._by_name.get(name)

    def names(self) -> tuple[str, ...]:
        """The field names in declared order."""
        return tuple(name for name, _ in self.fields)

    def __str__(self) -> str:
        return "record(" + ", ".join(f"{name}: {type_}" for name, type_ in self.fields) + ")"


@attrs.frozen(cache_hash=True)
class EnumType(Type):
    """A string that is one of `values`."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return "enum(" + ", ".join(f'"{value}"' for value in self.values) + ")"


@attrs.frozen(cache_hash=True)
class NullableType(Type):
    """Null, or a value of `base`."""

    base: Type

    def __str__(self) -> str:
        return f"nullable({self.base})"


@attrs.frozen(cache_hash=True)
class AbstractType(Type):
    """A type that a library declares: values are opaque to the language."""

    name: str
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.parameters))
        return f"{self.name}({inner})" if inner else self.name


@attrs.frozen(cache_hash=True)
class TypeType(Type):
    """The type of the type `of`; `TypeType(DYN)` when that is unknown."""

    of: Type

    def __str__(self) -> str:
        return "type" if self.of == DYN else f"type({self.of})"


@attrs.frozen(cache_hash=True)
class TypeParameter(Type):
    """Stands for any one type throughout the declaration of an overload."""

    name: str

    def __str__(self) -> str:
        return self.name


@attrs.frozen(cache_hash=True)
class TypeVariable(Type):
    """A type not known yet, while an expression is being checked."""

    number: int

    def __str__(self) -> str:
        return f"?{self.number}"


BOOL = Primitive("bool")
INT = Primitive("int")
UINT = Primitive("uint")
DOUBLE = Primitive("double")
STRING = Primitive("string")
BYTES = Primitive("bytes")
NULL = Primitive("null_type")
TIMESTAMP = Primitive("google.protobuf.Timestamp")
DURATION = Primitive("google.protobuf.Duration")
DYN = Primitive("dyn")
TYPE = TypeType(DYN)


def declared(type_: object, what: str) -> Type:
    """`type_`, which has to be a type of the language.

    Raises:
        TypeError: it is none, but perhaps one of Python's.
    """
    if isinstance(type_, Type):
        return type_
    raise TypeError(f"{what} is a type of CEL, such as cel.INT or cel.record({{...}}), not {type_!r}")


def list_(element: Type) -> ListType:
    """The type of lists of `element`."""
    return ListType(declared(element, "an element of a list"))


def map_(key: Type, value: Type) -> MapType:
    """The type of maps from `key` to `value`.

    Raises:
        ValueError: the key type is not one a map may have (int, uint, bool, string, an enum or dyn).
    """
    if not (key in {INT, UINT, BOOL, STRING, DYN} or isinstance(key, EnumType | TypeParameter)):
        raise ValueError(f"a map key cannot be of type {key}")
    return MapType(key, declared(value, "a value of a map"))


def record(fields: Mapping[str, Type]) -> RecordType:
    """The type of dicts that hold `fields`."""
    return RecordType(tuple((name, declared(type_, f"the field {name!r}")) for name, type_ in fields.items()))


def enum(*values: str) -> EnumType:
    """The type of strings that are one of `values`.

    Raises:
        ValueError: no value is given.
        TypeError: one is no string.
    """
    if not values:
        raise ValueError("an enum needs at least one value")
    if not all(isinstance(value, str) for value in values):
        raise TypeError(f"the values of an enum are strings, not {values!r}")
    return EnumType(tuple(dict.fromkeys(values)))


def nullable(base: Type) -> Type:
    """`base` or null; saying it twice, or of a type that holds null anyway, changes nothing."""
    if isinstance(base, NullableType) or base in {NULL, DYN}:
        return base
    return NullableType(declared(base, "what may be null"))


def optional(base: Type) -> AbstractType:
    """The type of `optional.of(...)` and `optional.none()`."""
    return AbstractType("optional_type", (declared(base, "what an optional holds"),))


def children(type_: Type) -> tuple[Type, ...]:
    """The types that `type_` is made of, in a fixed order."""
    match type_:
        case ListType(element):
            return (element,)
        case MapType(key, value):
            return (key, value)
        case RecordType(fields):
            return tuple(field for _, field in fields)
        case NullableType(inner) | TypeType(inner):
            return (inner,)
        case AbstractType(_, parameters):
            return parameters
    return ()


def with_children(type_: Type, parts: tuple[Type, ...]) -> Type:
    """`type_` with `parts` in place of its `children`."""
    made: Type = type_
    match type_:
        case ListType():
            made = ListType(parts[0])
        case MapType():
            made = MapType(parts[0], parts[1])
        case RecordType(fields):
            made = RecordType(tuple((name, part) for (name, _), part in zip(fields, parts, strict=True)))
        case NullableType():
            made = nullable(parts[0])
        case TypeType():
            made = TypeType(parts[0])
        case AbstractType(name):
            made = AbstractType(name, parts)
    return made
