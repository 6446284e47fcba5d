"""Literals beside enums: a string that the enum does not have can never be equal to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import ast
from .. import types as t

if TYPE_CHECKING:
    from .checker import Checker

__all__ = ["check"]


def check(checker: Checker, call: ast.Node) -> None:
    """A finding for every literal in a comparison or an `in` that is outside the enum on the other side."""
    if not isinstance(call, ast.Call) or call.function not in {"_==_", "_!=_", "@in"}:
        return
    left, right = call.arguments
    if call.function == "@in":
        _check_in(checker, left, right)
        return
    _check_pair(checker, left, right)
    _check_pair(checker, right, left)


def _check_in(checker: Checker, value: ast.Node, container: ast.Node) -> None:
    if isinstance(container, ast.ListLiteral):
        for element in container.elements:
            _check_pair(checker, value, element)
            _check_pair(checker, element, value)
    elif isinstance(container.type, t.ListType) and isinstance(container.type.element, t.EnumType):
        _check_literal(checker, container.type.element, value)


def _check_pair(checker: Checker, value: ast.Node, other: ast.Node) -> None:
    type_ = value.type.base if isinstance(value.type, t.NullableType) else value.type
    if isinstance(type_, t.EnumType):
        _check_literal(checker, type_, other)


def _check_literal(checker: Checker, enum: t.EnumType, other: ast.Node) -> None:
    if isinstance(other, ast.Literal) and isinstance(other.value, str) and other.value not in enum.values:
        shown = ", ".join(f'"{value}"' for value in enum.values)
        hint = checker.suggestion(other.value, enum.values)
        message = f'"{other.value}" is not one of {shown}'
        checker.report("not_in_enum", message, other.span, hint)
