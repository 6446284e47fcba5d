"""What the SQL target asks of types and nodes, and how it says no."""

from __future__ import annotations

from ...ast import Node, Select, Variable
from ...errors import Finding
from ...types import NULL, STRING, EnumType, NullableType, Primitive, Type

__all__ = ["Refused", "base", "is_nullable", "kind", "path"]


class Refused(Exception):  # noqa: N818 - caught where the expression's source is known
    """A part of the expression that the dialect cannot give the same meaning."""

    def __init__(self, node: Node, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.finding = Finding("unsupported", reason, node.span, hint)


def base(type_: Type) -> Type:
    """The type without null, and an enum as the text that it is."""
    inner = type_.base if isinstance(type_, NullableType) else type_
    return STRING if isinstance(inner, EnumType) else inner


def kind(type_: Type) -> str | None:
    """The name of a type that is one SQL value, or None for lists, maps, records and the like."""
    inner = base(type_)
    return inner.name if isinstance(inner, Primitive) and inner.name != "dyn" else None


def is_nullable(type_: Type) -> bool:
    """Whether null is among the values."""
    return isinstance(type_, NullableType) or type_ == NULL


def path(node: Node) -> str | None:
    """The dotted name of a variable or of a field of one."""
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Select):
        inner = path(node.operand)
        return f"{inner}.{node.field}" if inner else None
    return None
