"""Text on arrays: natively for `str_` arrays, once a category for coded ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .inputs import Coded

__all__ = ["NATIVE", "among", "equal_to"]


def equal_to(values: Any, constant: str) -> Any:
    """In which rows the text is `constant`."""
    if isinstance(values, str):
        return np.array([values == constant])
    if isinstance(values, Coded):
        try:
            return values.codes == values.categories.index(constant)
        except ValueError:
            return np.zeros(len(values), np.bool_)
    # NumPy drops NUL at the end of a str_, so no row of such an array can end with one.
    if values.dtype.kind == "U" and constant.endswith("\0"):
        return np.zeros(len(values), np.bool_)
    return values == constant


def among(values: Any, constants: frozenset[str]) -> Any:
    """In which rows the text is one of `constants`."""
    if isinstance(values, str):
        return np.array([values in constants])
    if isinstance(values, Coded):
        chosen = [code for code, text in enumerate(values.categories) if text in constants]
        if len(chosen) > 4:
            return np.array([text in constants for text in values.categories], np.bool_)[values.codes]
        return _any_of([values.codes == code for code in chosen], len(values))
    if values.dtype.kind == "U":
        return _any_of([equal_to(values, constant) for constant in sorted(constants)], len(values))
    return np.fromiter(map(constants.__contains__, values.tolist()), np.bool_, len(values))


def _any_of(found: list[Any], rows: int) -> Any:
    if not found:
        return np.zeros(rows, np.bool_)
    for other in found[1:]:
        np.logical_or(found[0], other, out=found[0])
    return found[0]


def _contains(values: Any, part: Any) -> Any:
    return np.strings.find(values, part) >= 0


NATIVE: dict[str, Callable[..., Any]] = {
    "starts_with_string": np.strings.startswith,
    "ends_with_string": np.strings.endswith,
    "contains_string": _contains,
    "size_string": np.strings.str_len,
    "string_size": np.strings.str_len,
}
"""By overload; for `str_` arrays and constants that do not end with NUL."""
