"""Choosing an overload by the values of the arguments, when the static types left it open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import facts
from . import operations as op
from . import types as t
from .ast import Call
from .errors import CelError, fault
from .functions import Overload

__all__ = ["ANY_VALUES", "applied", "boolean", "call", "conforming", "implementation"]

_OURS = __name__.rpartition(".")[0]
# These take values of any type and say themselves what does not fit.
ANY_VALUES: Mapping[str, Callable[..., Any]] = {
    "_==_": op.equal,
    "_!=_": lambda left, right: not op.equal(left, right),
    "@in": op.contains,
    "_[_]": op.index,
    "_[?_]": op.optional_index,
    "_?._": op.optional_select,
}


def call(node: Call, arguments: list[Any], overloads: tuple[Overload, ...]) -> Any:
    """The value of `node` with evaluated `arguments`; `overloads` are all that the function has.

    Raises:
        CelError: `unknown_function`, `no_such_overload`, or what the function raises; anything else that an
            implementation raises becomes `function_failed`.
    """
    if node.function in ANY_VALUES:
        return ANY_VALUES[node.function](*arguments)
    return applied(node, implementation(node, arguments, node.candidates or overloads), arguments)


def conforming(overload: Overload) -> Callable[..., Any]:
    """The Python implementation of `overload`; of one that is not of this package, with a tested result."""
    python, result = overload.python, overload.result
    assert python is not None
    if (getattr(python, "__module__", None) or "").startswith(_OURS) or not _is_closed(result):
        return python

    def tested(*arguments: Any) -> Any:
        made = python(*arguments)
        try:
            return facts.conform(made, result)
        except CelError as error:
            shown = f"{overload.id} is declared to give a {result}, and gave {made!r}"
            raise fault("function_failed", shown) from error

    return tested


def _is_closed(type_: t.Type) -> bool:
    return not isinstance(type_, t.TypeParameter) and all(map(_is_closed, t.children(type_)))


def applied(node: Call, python: Callable[..., Any], arguments: Iterable[Any]) -> Any:
    """What an implementation of the function that `node` calls makes of `arguments`.

    Raises:
        CelError: what the function raises; `function_failed` for anything that is none.
    """
    try:
        return python(*arguments)
    except CelError:
        raise
    except Exception as error:
        message = f"{node.function} failed: {type(error).__name__}: {error}"
        raise fault("function_failed", message) from error


def implementation(node: Call, arguments: list[Any], overloads: tuple[Overload, ...]) -> Callable[..., Any]:
    """The Python implementation of the first overload that takes the arguments."""
    if not overloads:
        raise fault("unknown_function", f"unknown function {node.function!r}")
    kinds = [op.type_name(argument) for argument in arguments]
    for overload in overloads:
        fits = len(kinds) == len(overload.parameters) and overload.receiver == node.receiver
        if fits and all(map(_takes, overload.parameters, kinds)):
            if overload.python is None:
                raise fault("unsupported", f"{node.function} has no implementation in Python")
            return conforming(overload)
    raise op.no_overload(node.function.strip("_"), *arguments)


def _takes(parameter: t.Type, kind: str) -> bool:  # noqa: PLR0911 - one answer for each type
    match parameter:
        case t.Primitive(name):
            return name in {kind, "dyn"}
        case t.ListType():
            return kind == "list"
        case t.MapType() | t.RecordType():
            return kind == "map"
        case t.NullableType(base):
            return kind == "null_type" or _takes(base, kind)
        case t.EnumType():
            return kind == "string"
        case t.AbstractType(name):
            return name == kind
    return isinstance(parameter, t.TypeParameter) or kind == "type"


def boolean(value: Any) -> bool:
    """`value`, which has to be a bool.

    Raises:
        CelError: it is none; of kind `no_such_overload`.
    """
    if type(value) is bool:
        return value
    raise fault("no_such_overload", f"no such overload: expected a bool, found a {op.type_name(value)}")
