"""The tables of the evidence in DuckDB: how they are made.

Answers are kept narrow (a row number, two ENUMs, a number) beside one row a response, so that tens of
millions fit in memory and conditions on attributes are evaluated once a response; `signals` joins them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cxengine.evidence.mapping import JOURNEY
from cxengine.evidence.sql import name, text

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.sql import Kind
    from cxengine.project.model import Project

COLUMN_TYPES: Mapping[Kind, str] = {"text": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN"}


def create_tables(backend: DuckDB, project: Project, attributes: Mapping[str, Kind]) -> None:
    """Makes the empty tables and the view `signals`."""
    create_types(backend, project)
    columns = {a: name(f"a_{a}") for a in attributes}
    declared = "".join(f", {columns[a]} {COLUMN_TYPES[kind]}" for a, kind in attributes.items())
    backend.run(
        "CREATE TABLE responses (response BIGINT, response_id VARCHAR, source cx_source, customer VARCHAR,"
        f" occurred_at TIMESTAMP, occurred_on DATE, channel VARCHAR, weight DECIMAL(18, 9){declared})"
    )
    backend.run(
        "CREATE TABLE answers (response BIGINT, touchpoint cx_touchpoint, signal cx_signal, value DOUBLE,"
        " censored BOOLEAN)"
    )
    backend.run(
        "CREATE TABLE verbatims (response BIGINT, response_id VARCHAR, source cx_source,"
        " touchpoint cx_touchpoint, channel VARCHAR, occurred_at TIMESTAMP, text VARCHAR)"
    )
    backend.run(
        "CREATE TABLE labels (response BIGINT, response_id VARCHAR, source cx_source,"
        " touchpoint cx_touchpoint, enricher VARCHAR, label VARCHAR)"
    )
    backend.run("CREATE TABLE strays (response_id VARCHAR, source cx_source, occurred_at TIMESTAMP)")
    backend.run(
        'CREATE TABLE quarantine (file INTEGER, source VARCHAR, origin VARCHAR, "position" BIGINT,'
        ' "column" VARCHAR, value VARCHAR, reason VARCHAR, kind VARCHAR)'
    )
    create_view(backend, attributes)


def create_types(backend: DuckDB, project: Project) -> None:
    """Makes the types of what the project names, in its order."""
    _enum(backend, "cx_source", (s.id for s in project.sources))
    _enum(backend, "cx_touchpoint", (JOURNEY, *(t.id for t in project.touchpoints)))
    _enum(backend, "cx_signal", (s.id for s in project.signals))


def create_view(backend: DuckDB, attributes: Iterable[str]) -> None:
    """Makes the view `signals` with these attributes."""
    selected = "".join(f", r.{name(f'a_{attribute}')}" for attribute in attributes)
    backend.run(
        "CREATE VIEW signals AS SELECT r.response_id, r.customer, r.occurred_at, r.occurred_on, r.source,"
        f" a.touchpoint, r.channel, a.signal, a.value, r.weight, a.censored{selected}"
        " FROM answers AS a JOIN responses AS r USING (response)"
    )


def _enum(backend: DuckDB, type_name: str, values: Iterable[str]) -> None:
    backend.run(f"CREATE TYPE {type_name} AS ENUM ({', '.join(text(v) for v in dict.fromkeys(values))})")
