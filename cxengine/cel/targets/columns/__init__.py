"""NumPy columns: a checked expression over many rows at once, an array in for every variable, one out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from ...ast import Node
from ...errors import fault
from ...functions import Function
from .inputs import Table, as_array, kind

__all__ = ["Column", "Table", "compile_columns"]


@attrs.frozen(eq=False)
class Column:
    """What an expression gives, row by row.

    `values` has the dtype of the expression's type (see `inputs`), object for text and what is no number;
    where `valid` is false the row failed and its value means nothing, but that a bool is False there, so
    `values` alone are the rows in which a condition is true. `null` marks nulls; it is None when the type
    has none.
    """

    values: Any
    valid: Any
    null: Any = None

    def filled(self, value: Any) -> Any:
        """The values, with `value` in the rows that failed or are null."""
        usable = self.valid if self.null is None else self.valid & ~self.null
        return np.where(usable, self.values, value)

    def all_valid(self) -> Any:
        """The values, when there is one in every row.

        Raises:
            CelError: some row failed; the message says how many and which one first.
        """
        if self.valid.all():
            return self.values
        failed = np.flatnonzero(~self.valid)
        first = int(failed[0])
        raise fault(
            "no_value", f"{len(failed)} of {len(self.valid)} rows have no value, the first is row {first}"
        )


def compile_columns(
    tree: Node, functions: Mapping[str, Function]
) -> Callable[[Mapping[str, Any] | Table], Column]:
    """A function from columns by dotted path (or a `Table`, to share decoding among programs) to a `Column`.

    Parts that have no array form (list columns, maps, optionals, dyn) are evaluated row by row: the same
    result, much later. The function raises a CelError of kind `wrong_fact` for a column of another type or
    length.
    """
    from .compile import Compiler, is_nullable

    run = Compiler(functions).nullable(tree)
    has_null, kind_ = is_nullable(tree.type), kind(tree.type)

    def columns(facts: Mapping[str, Any] | Table) -> Column:
        table = facts if isinstance(facts, Table) else Table(facts)
        with np.errstate(all="ignore"):
            values, failed, null = run(table)
        rows = table.rows
        valid = np.broadcast_to(True, rows) if failed is None else np.broadcast_to(~failed, rows)
        if not has_null:
            return Column(_spread(values, rows, kind_), valid)
        null = np.broadcast_to(False if null is None else null, rows)
        return Column(_spread(values, rows, kind_), valid, null)

    return columns


def _spread(values: Any, rows: int, kind_: str) -> Any:
    array = as_array(values)
    if (
        isinstance(array, np.ndarray)
        and array.shape == (rows,)
        and (kind_ != "string" or array.dtype == object)
    ):
        return array
    return np.broadcast_to(np.asarray(array, object if kind_ in {"string", "object"} else None), rows)
