"""Calls of functions: which closure an overload becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...ast import Call, Literal
from ...dispatch import applied, conforming
from ...errors import CelError
from . import elementwise, integers, numbers, text, times
from .closures import (
    NoArrayForm,
    Run,
    are_vectors,
    by_element,
    checked,
    compared,
    constant,
    failing,
    negated,
    on_text,
    settled,
    total,
)
from .inputs import as_array, kind

__all__ = ["called", "folded"]

_ORDER = {"_<_": np.less, "_<=_": np.less_equal, "_>_": np.greater, "_>=_": np.greater_equal}
_CHECKED = integers.ARITHMETIC | times.CHECKED
_TOTAL = numbers.TOTAL | times.TOTAL


def folded(node: Call) -> Run:
    """A call of constants, evaluated now by the function's own Python.

    Raises:
        NoArrayForm: it has none, or several overloads fit.
    """
    if node.overload is None or node.overload.python is None:
        raise NoArrayForm
    try:
        constants = (a.value for a in node.arguments if isinstance(a, Literal))
        value = applied(node, conforming(node.overload), constants)
    except CelError:
        return failing(kind(node.type))
    return constant(value, kind(node.type))


def called(node: Call, arguments: list[Run]) -> Run | None:
    """The call of the one overload of `node`; None when nothing implements it here.

    Arrays are used where there is a form for them, else the function's own Python, element by element.
    """
    overload = node.overload
    assert overload is not None
    kinds = [kind(argument.type) for argument in node.arguments]
    made: Run | None = None
    if node.function in _ORDER and are_vectors(*kinds):
        made = compared(_ORDER[node.function], *arguments)
    elif overload.id == "logical_not":
        made = negated(arguments[0])
    elif overload.id in _CHECKED:
        made = checked(_CHECKED[overload.id], arguments)
    elif overload.id in _TOTAL:
        made = total(_TOTAL[overload.id], arguments)
    elif overload.columns is not None:
        made = checked(_plain(node, overload.columns), arguments)
    elif overload.python is not None:
        rows = elementwise.mapped(conforming(overload), kinds, kind(node.type))
        native = text.NATIVE.get(overload.id)
        made = on_text(native, rows, arguments) if native else by_element(rows, arguments)
    return _settled(made) if made is not None and kind(node.type) == "bool" else made


def _settled(inner: Run) -> Run:
    return lambda table: settled(*inner(table))


def _plain(node: Call, function: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """A function on arrays that somebody registered: it takes text as arrays, and never fails in a row."""

    def run(*values: Any) -> tuple[Any, Any]:
        return applied(node, function, map(as_array, values)), None

    return run
