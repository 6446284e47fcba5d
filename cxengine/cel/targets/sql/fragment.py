"""A piece of SQL with what the pieces around it must know, and how a variable is bound to a column."""

from __future__ import annotations

import attrs

__all__ = ["Fragment", "SqlColumn"]


@attrs.frozen
class SqlColumn:
    """Where a variable's value comes from in SQL.

    `sql` is a quoted column name or any expression; it need not have the exact SQL type of the variable,
    numbers and text are cast. `required` says that it is never NULL, `finite` that a double in it is never
    NaN; either spares a guard, and a false promise gives wrong answers.

    NULL in a column of a `nullable` type is null; in a column of any other type the fact is missing, which
    is an error in the row unless the expression's own logic decides without it.
    """

    sql: str
    required: bool = False
    finite: bool = False


@attrs.frozen
class Fragment:
    """SQL text of one node.

    Data layout: an error of the language is NULL, so SQL's three-valued AND, OR and NOT absorb errors exactly
    as `&&`, `||` and `!` do. `fails` says that the text may be NULL for that reason. A node of a nullable
    type is NULL also where it is null; `error` then is a condition, itself never NULL, that tells errors
    from nulls (None: it cannot fail). `nan` says that a double may be NaN. `plain` is a shorter text that
    does where only equality is asked for.
    """

    text: str
    fails: bool = False
    nan: bool = False
    error: str | None = None
    plain: str | None = None

    @property
    def equatable(self) -> str:
        """The text to be used in an equality."""
        return self.plain or self.text
