"""The way round for functions that have no array form: their own Python, once a row or once a category."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .inputs import DTYPES, Coded, as_list, default, object_array, of_list

__all__ = ["Mapped", "mapped"]

Mapped = Callable[[Sequence[Any], Any], tuple[Any, Any]]


def mapped(python: Callable[..., Any], kinds: Sequence[str], result: str) -> Mapped:
    """`python` applied to rows: takes columns and the rows to be left out, returns values and failed rows."""

    def apply(columns: Sequence[Any], failed: Any) -> tuple[Any, Any]:
        # NumPy gives scalars of its own for what it computes of constants.
        columns = [column.item() if isinstance(column, np.generic) else column for column in columns]
        varying = [place for place, column in enumerate(columns) if isinstance(column, np.ndarray | Coded)]
        if len(varying) == 1 and isinstance(columns[varying[0]], Coded):
            return _by_category(python, columns, varying[0], failed, result)
        rows = max((len(columns[place]) for place in varying), default=1)
        rows = max(rows, 1 if failed is None else len(failed))
        arguments = [_rows(column, kind_, rows) for column, kind_ in zip(columns, kinds, strict=True)]
        skipped = [False] * rows if failed is None else np.broadcast_to(failed, rows).tolist()
        return _called(python, arguments, skipped, result)

    return apply


def _rows(column: Any, kind_: str, rows: int) -> list[Any]:
    if not isinstance(column, np.ndarray | Coded):
        return [column] * rows
    items = as_list(column, kind_)
    return items * rows if len(items) == 1 and rows > 1 else items


def _called(
    python: Callable[..., Any], arguments: list[list[Any]], skipped: list[bool], result: str
) -> tuple[Any, Any]:
    filler = _filler(result)
    values: list[Any] = []
    failed = list(skipped)
    for row, items in enumerate(zip(*arguments, strict=True)):
        value = filler
        if not skipped[row]:
            try:
                value = python(*items)
            except Exception:  # a function of somebody else may raise anything: its row failed
                failed[row] = True
        values.append(value)
    return of_list(values, result), (np.array(failed, np.bool_) if any(failed) else None)


def _filler(result: str) -> Any:
    return as_list(default(result), result)[0]


def _by_category(
    python: Callable[..., Any], columns: Sequence[Any], place: int, failed: Any, result: str
) -> tuple[Any, Any]:
    coded = columns[place]
    arguments = [[column] * len(coded.categories) for column in columns]
    arguments[place] = list(coded.categories)
    values, wrong = _called(python, arguments, [False] * len(coded.categories), result)
    if wrong is not None:
        wrong = wrong[coded.codes]
        failed = wrong if failed is None else failed | wrong
    if result == "string":
        return Coded(coded.codes, values.tolist()), failed
    if result in DTYPES:
        taken = values[coded.codes]
        return (np.greater(taken, failed) if result == "bool" and failed is not None else taken), failed
    return object_array(values.tolist())[coded.codes], failed
