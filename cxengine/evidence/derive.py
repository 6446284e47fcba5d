"""Attributes that rules derive of every response, computed where the responses are.

What a rule about a response reads, as columns:

- `attributes.<name>`, `channel`, `source`, `customer_known`, and facts that earlier layers derived;
- `answers.<signal>` with `lowest`, `highest` and `n`, over everything that the response answers;
- `at.<touchpoint>.<signal>`, its answer about one touchpoint (the lowest of several);
- `params.<name>`, as constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import attrs

from cxengine import cel
from cxengine.cel.targets.sql import literal
from cxengine.evidence.sql import Kind, composed, name, text
from cxengine.evidence.tables import COLUMN_TYPES, create_view

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.project.model import Name, Scalar

    Params = Mapping[Name, Scalar]

Path = tuple[str, ...]

KINDS: Mapping[cel.Type, Kind] = {cel.BOOL: "boolean", cel.DOUBLE: "number", cel.INT: "number"}
DIALECT = "duckdb"


@attrs.frozen(eq=False)
class DerivedAttribute:
    """An attribute of the responses for which any `when` holds; a truth value is false of all others."""

    name: str
    when: tuple[cel.Program, ...]
    value: cel.Program

    @property
    def programs(self) -> tuple[cel.Program, ...]:
        """Everything that is asked to make it."""
        return (*self.when, self.value)

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return KINDS.get(self.value.type, "text")

    def sql(self, params: Params) -> str:
        """The value of a response.

        Raises:
            CelError: of kind `unsupported`; an expression cannot be computed where responses are.
        """
        condition = " OR ".join(predicate(when, params) for when in self.when)
        value = f"CASE WHEN {condition} THEN {self.value.sql(DIALECT, columns(self.value, params))} END"
        value = f"CAST({value} AS {COLUMN_TYPES[self.kind]})"
        return f"COALESCE({value}, FALSE)" if self.kind == "boolean" else value


def predicate(condition: cel.Program, params: Params) -> str:
    """SQL of whether a condition about responses holds; false, too, where it cannot be decided."""
    return f"({condition.predicate(DIALECT, columns(condition, params))})"


def columns(program: cel.Program, params: Params) -> dict[str, cel.SqlColumn]:
    """What the expression reads, as columns of `responses` (r) and of what they answered (q)."""
    return {".".join(path): _column(path, params) for path in program.reads}


def _column(  # noqa: PLR0911 - one answer for each kind of fact
    path: Path, params: Params
) -> cel.SqlColumn:
    match path:
        case ("params", parameter):
            value = params[cast("Name", parameter)]
            if isinstance(value, str):
                return cel.SqlColumn(text(composed(value)), required=True)
            plain = value if isinstance(value, bool) else float(value)
            return cel.SqlColumn(literal(DIALECT, plain), required=True)
        case ("attributes", attribute):
            return cel.SqlColumn(f"r.{name(f'a_{attribute}')}")
        case ("answers", signal, "n"):
            return cel.SqlColumn(f"CAST(COALESCE(q.{name(f'n {signal}')}, 0) AS DOUBLE)", required=True)
        case ("answers" | "at", *_):
            return cel.SqlColumn(f"q.{name(' '.join(path))}")
        case ("customer_known",):
            return cel.SqlColumn("(r.customer IS NOT NULL)", required=True)
        case ("source",):
            return cel.SqlColumn("CAST(r.source AS VARCHAR)", required=True)
        case ("channel",):
            return cel.SqlColumn("r.channel")
    return cel.SqlColumn(f"r.{name(f'a_{path[0]}')}")


def derive(
    backend: DuckDB,
    attributes: Mapping[str, Kind],
    layers: Sequence[Sequence[DerivedAttribute]],
    params: Params,
) -> dict[str, Kind]:
    """Adds the attributes to `responses` and `signals`; returns all attributes.

    A layer reads what earlier ones derived. `attributes` are those that there are.
    """
    found = dict(attributes)
    for layer in filter(None, layers):
        made = ", ".join(f"{one.sql(params)} AS {name(f'a_{one.name}')}" for one in layer)
        source = responses_for(program for one in layer for program in one.programs)
        backend.run("DROP VIEW signals")
        backend.run(f"CREATE TABLE more AS SELECT r.*, {made} FROM {source} ORDER BY r.response")
        backend.run("DROP TABLE responses")
        backend.run("ALTER TABLE more RENAME TO responses")
        found |= {one.name: one.kind for one in layer}
        create_view(backend, found)
    return found


def responses_for(programs: Iterable[cel.Program]) -> str:
    """`responses` as r, beside what each response answered as q, where the programs need that."""
    summary = dict(_summary(path for program in programs for path in program.reads))
    if not summary:
        return "responses AS r"
    made = ", ".join(f"{aggregate} AS {name(column)}" for column, aggregate in summary.items())
    answered = f"SELECT response_id, {made} FROM answers JOIN responses USING (response) GROUP BY response_id"
    return f"responses AS r LEFT JOIN ({answered}) AS q USING (response_id)"


def _summary(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    aggregates = {"lowest": "MIN", "highest": "MAX"}
    for path in sorted(set(paths)):
        match path:
            case ("answers", signal, "n"):
                yield f"n {signal}", f"COUNT(*) FILTER (signal = {text(signal)})"
            case ("answers", signal, end):
                yield " ".join(path), f"{aggregates[end]}(value) FILTER (signal = {text(signal)})"
            case ("at", touchpoint, signal):
                where = f"signal = {text(signal)} AND touchpoint = {text(touchpoint)}"
                yield " ".join(path), f"MIN(value) FILTER ({where})"
