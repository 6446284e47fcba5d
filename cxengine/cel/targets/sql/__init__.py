"""SQL: a checked expression as text for the engine that holds the rows.

NULL stands for an error (a missing fact, an overflow, a division by zero), so that SQL's three-valued logic
is the language's: a row for which the expression fails has the value NULL, and `predicate` is false there.
What a dialect cannot give the same meaning is refused, with the place and the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...ast import Node
from ...errors import Finding, Source
from ...types import BOOL
from .dialect import Dialect
from .fragment import Fragment, SqlColumn
from .kinds import Refused, base

__all__ = ["DIALECTS", "SqlColumn", "dialect", "expression", "literal", "literals", "predicate", "quoted"]

DIALECTS = ("bigquery", "clickhouse", "duckdb", "postgres", "snowflake", "spark", "trino")


def dialect(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        ValueError: there is none; the names are in `DIALECTS`.
    """
    from importlib import import_module

    if name not in DIALECTS:
        raise ValueError(f"no SQL dialect is called {name!r}; there are {', '.join(DIALECTS)}")
    found: Dialect = import_module(f".{name}", __package__).DIALECT
    return found


def expression(tree: Node, source: Source, name: str, columns: Mapping[str, str | SqlColumn]) -> str:
    """The expression in the dialect `name`: NULL in a row where it fails (or is null, if its type has null).

    `columns` binds variables, by dotted path, to column names or SQL of their own.

    Raises:
        CelError: of kind `unsupported`, with the place in the expression.
        ValueError: there is no such dialect.
        TypeError: a variable is bound to something else.
    """
    return _translated(tree, source, name, columns).text


def predicate(tree: Node, source: Source, name: str, columns: Mapping[str, str | SqlColumn]) -> str:
    """A condition for WHERE that is never NULL: true exactly where the expression is true.

    Raises:
        CelError: as `expression`, or the expression is no condition.
        ValueError: there is no such dialect.
    """
    if base(tree.type) != BOOL:
        raise source.error([Finding("type_mismatch", f"a condition is bool, this is {tree.type}", tree.span)])
    made = _translated(tree, source, name, columns)
    never_null = not made.fails and tree.type == BOOL
    return made.text if never_null else dialect(name).true.format(made.text)


def literal(name: str, value: bool | float | str) -> str:
    """A constant as SQL text of the dialect, for use in `columns`."""
    spelled = dialect(name)
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return spelled.integer(value)
        case float():
            return spelled.double(value)
    return spelled.text(value)


def literals(name: str, values: Iterable[str]) -> str:
    """Texts as a list for `IN`, in the order given; NULL, which is equal to nothing, for none."""
    return ", ".join(dialect(name).text(value) for value in values) or "NULL"


def quoted(name: str, identifier: str) -> str:
    """An identifier in the dialect's quotes."""
    return dialect(name).identifier(identifier)


def _translated(tree: Node, source: Source, name: str, columns: Mapping[str, str | SqlColumn]) -> Fragment:
    from .translate import Translator

    bound: dict[str, Any] = {
        path: SqlColumn(sql) if isinstance(sql, str) else sql for path, sql in columns.items()
    }
    wrong = next((path for path, column in bound.items() if not isinstance(column, SqlColumn)), None)
    if wrong is not None:
        raise TypeError(f"{wrong!r} is bound to SQL text or a SqlColumn, not to {bound[wrong]!r}")
    try:
        return Translator(dialect(name), bound).fragment(tree)
    except Refused as refused:
        raise source.error([refused.finding]) from None
