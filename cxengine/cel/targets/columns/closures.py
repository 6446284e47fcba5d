"""The closures that nodes become: combinators of functions from a `Table` to values and failed rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ...operations import equal
from ...values import NanoDuration, NanoTimestamp
from . import elementwise, text
from .inputs import Table, as_array, default, of_list

__all__ = [
    "NoArrayForm",
    "NullableRun",
    "Run",
    "after",
    "all_of",
    "among",
    "any_of",
    "are_vectors",
    "by_element",
    "checked",
    "compared",
    "constant",
    "either",
    "equal_text",
    "equal_values",
    "failing",
    "fixed",
    "mask",
    "negated",
    "nullable_column",
    "nullable_equal",
    "on_text",
    "settled",
    "total",
    "without_null",
]

Run = Callable[[Table], tuple[Any, Any]]
NullableRun = Callable[[Table], tuple[Any, Any, Any]]
_NUMBERS = frozenset({"int", "double"})
_VECTORS = _NUMBERS | {"bool", "google.protobuf.Timestamp", "google.protobuf.Duration"}


class NoArrayForm(Exception):  # noqa: N818 - never leaves this module
    """A part of the expression that arrays cannot compute; it then goes row by row."""


def either(left: Any, right: Any) -> Any:
    """The rows in which one of two failed."""
    if left is None:
        return right
    return left if right is None else left | right


def settled(values: Any, failed: Any) -> tuple[Any, Any]:
    """Booleans with False in the rows that failed."""
    return (values, None) if failed is None else (np.greater(values, failed), failed)


def mask(failed: Any) -> Any:
    """The failed rows as an operand of NumPy."""
    return False if failed is None else failed


def constant(value: Any, kind_: str) -> Run:
    """A constant; times become arrays of one row."""
    if isinstance(value, NanoTimestamp | NanoDuration):
        raise NoArrayForm
    if isinstance(value, datetime | timedelta):
        value = of_list([value], kind_)
    return fixed(value, None)


def fixed(*result: Any) -> Callable[[Table], Any]:
    """The same for every table."""

    def run(_: Table) -> Any:
        return result

    return run


def failing(kind_: str) -> Run:
    """A failure in every row."""
    return fixed(default(kind_), np.ones(1, np.bool_))


def are_vectors(*kinds: str) -> bool:
    """Whether NumPy compares values of these types as the language does."""
    return _VECTORS.issuperset(kinds) and (len(set(kinds)) == 1 or _NUMBERS.issuperset(kinds))


def without_null(inner: NullableRun, kind_: str) -> Run:
    """A null as a failure."""

    def run(table: Table) -> tuple[Any, Any]:
        values, failed, null = inner(table)
        failed = either(failed, null)
        if values is None:
            values = default(kind_)
        return settled(values, failed) if kind_ == "bool" else (values, failed)

    return run


def nullable_column(name: str, kind_: str) -> NullableRun:
    """A column in which what is missing is null; one that is not there at all is a missing fact."""

    def run(table: Table) -> tuple[Any, Any, Any]:
        values, absent = table.get(name, kind_)
        return (values, None, absent) if name in table else (values, absent, None)

    return run


def all_of(terms: list[Run]) -> Run:
    """`&&`: fails where no term is false and some term fails."""

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = terms[0](table)
        possible, fresh = values if failed is None else values | failed, False
        any_failed = failed is not None
        for term in terms[1:]:
            more, failed = term(table)
            if any_failed or failed is not None:
                possible = possible & (more if failed is None else more | failed)
                any_failed = True
            if fresh and values.ndim and np.shape(more) == values.shape:
                np.logical_and(values, more, out=values)
            else:
                values, fresh = np.logical_and(values, more), True
            if not any_failed:
                possible = values
        return (values, possible & ~values) if any_failed else (values, None)

    return run


def any_of(terms: list[Run]) -> Run:
    """`||`: fails where no term is true and some term fails."""

    def run(table: Table) -> tuple[Any, Any]:
        values, any_failed = terms[0](table)
        fresh = False
        for term in terms[1:]:
            more, failed = term(table)
            any_failed = either(any_failed, failed)
            if fresh and values.ndim and np.shape(more) == values.shape:
                np.logical_or(values, more, out=values)
            else:
                values, fresh = np.logical_or(values, more), True
        return values, (None if any_failed is None else np.greater(any_failed, values))

    return run


def negated(inner: Run) -> Run:
    """`!`."""

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = inner(table)
        return settled(np.logical_not(values), failed)

    return run


def compared(compare: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """A comparison of two sides that itself never fails."""

    def run(table: Table) -> tuple[Any, Any]:
        first, failed = left(table)
        second, other = right(table)
        values = compare(first, second)
        if failed is None and other is None:
            return values, None
        return settled(values, either(failed, other))

    return run


def after(required: list[Run], run: Run) -> Run:
    """`run`, but failing wherever one of `required` does."""

    def checked(table: Table) -> tuple[Any, Any]:
        failed = None
        for part in required:
            failed = either(failed, part(table)[1])
        values, more = run(table)
        return settled(values, either(failed, more))

    return checked


def total(function: Callable[..., Any], arguments: list[Run]) -> Run:
    """A function that never fails by itself."""

    def run(table: Table) -> tuple[Any, Any]:
        failed = None
        values = []
        for argument in arguments:
            value, more = argument(table)
            failed = either(failed, more)
            values.append(value)
        return function(*values), failed

    return run


def checked(function: Callable[..., tuple[Any, Any]], arguments: list[Run]) -> Run:
    """A function that also tells in which rows it fails."""
    collected = total(lambda *values: values, arguments)

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = collected(table)
        result, more = function(*values)
        return result, either(failed, more)

    return run


def by_element(rows: elementwise.Mapped, arguments: list[Run]) -> Run:
    """A function applied to one row after the other."""
    collected = total(lambda *values: values, arguments)

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = collected(table)
        return rows(values, failed)

    return run


def on_text(native: Callable[..., Any], rows: elementwise.Mapped, arguments: list[Run]) -> Run:
    """A function of text, native where all arguments are `str_` arrays or constants."""
    collected = total(lambda *values: values, arguments)

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = collected(table)
        if all(_is_plain_text(value) for value in values):
            result = native(*values)
            return settled(result, failed) if result.dtype == np.bool_ else (result, failed)
        return rows(values, failed)

    return run


def _is_plain_text(value: Any) -> bool:
    if isinstance(value, str):
        return not value.endswith("\0")
    return isinstance(value, np.ndarray) and value.dtype.kind == "U"


def equal_text(inner: Run, wanted: str, unequal: bool) -> Run:
    """Text equal to a constant, or unequal."""

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = inner(table)
        found = text.equal_to(values, wanted)
        return settled(~found if unequal else found, failed)

    return run


def among(inner: Run, constants: frozenset[str]) -> Run:
    """Text that is one of some constants."""

    def run(table: Table) -> tuple[Any, Any]:
        values, failed = inner(table)
        return settled(text.among(values, constants), failed)

    return run


def equal_values(left: str, right: str) -> Callable[[Any, Any], Any]:
    """Equality of two columns as a function of their values alone; errors and nulls are the caller's."""
    if are_vectors(left, right):
        return np.equal
    if left == right == "string":
        return lambda a, b: np.equal(as_array(a), as_array(b))
    rows = elementwise.mapped(equal, [left, right], "bool")

    def compare(first: Any, second: Any) -> Any:
        return rows((first, second), None)[0]

    return compare


def nullable_equal(left: NullableRun, right: NullableRun, compare: Callable[[Any, Any], Any]) -> Run:
    """`==` of sides that may be null: nulls are equal to each other and to nothing else."""

    def run(table: Table) -> tuple[Any, Any]:
        first, failed, null = left(table)
        second, other_failed, other_null = right(table)
        both = np.logical_and(mask(null), mask(other_null))
        same = False if first is None or second is None else compare(first, second)
        values = both | (same & ~np.logical_or(mask(null), mask(other_null)))
        return settled(np.atleast_1d(values), either(failed, other_failed))

    return run
