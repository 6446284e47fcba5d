"""What fields of tables are made of: keys with the sentences that document them, names, estimates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NewType

import attrs

from cxengine.plugin.options import documented

Identifier = NewType("Identifier", str)
"""A name used for reference: lower-case letters, digits, `-` and `_`, starting with a letter."""

Name = NewType("Name", Identifier)
"""A name that expressions read: lower-case letters, digits and `_`, starting with a letter."""

Expression = NewType("Expression", str)
"""CEL text."""

Scalar = bool | int | float | str
Direction = Literal["higher_is_better", "lower_is_better"]
Period = Literal["day", "week", "month", "quarter", "year"]
EngineName = Literal["duckdb", "postgres", "spark", "clickhouse"]

NOTHING: Mapping[str, Any] = MappingProxyType({})


def key(
    doc: str,
    *,
    toml: str | None = None,
    refers: str | None = None,
    also: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    **field: Any,
) -> Any:
    """A field that is a TOML key, with the sentence that documents it.

    Args:
        doc: What an editor shows.
        toml: The key in TOML where it is not the field's name.
        refers: The TOML table whose ids this value names (for tables of values: each value).
        also: Names that are allowed besides those ids.
        minimum: Smallest number allowed; `above` is the same but excludes the number itself.
        maximum: Largest number allowed.
        above: The number must be greater than this.
        field: Passed on to `attrs.field`.
    """
    bounds = {"minimum": minimum, "maximum": maximum, "above": above}
    return documented(doc, {"toml": toml, "refers": refers, "also": also, **bounds}, **field)


@attrs.frozen
class Estimate:
    """Low, likely and high: a bare number means certainty, three numbers are what experts expect."""

    low: float
    likely: float
    high: float
