"""Rows that repeat a response: where they are versions of it, one of them counts and the others go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.evidence import sql

if TYPE_CHECKING:
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import SourceMapping


def drop_superseded(backend: DuckDB, mapping: SourceMapping) -> tuple[int, int]:
    """Takes out the rows of a source that another version of the same response supersedes.

    Returns:
        How many rows, and how many values of theirs.
    """
    if mapping.repeats not in ("first", "last"):
        return 0, 0
    order = "DESC" if mapping.repeats == "last" else "ASC"
    backend.run(
        "CREATE OR REPLACE TEMP TABLE superseded AS SELECT response FROM (SELECT response, row_number() OVER"
        f" (PARTITION BY response_id ORDER BY response {order}) AS version FROM responses"
        f" WHERE source = {sql.text(mapping.source)}) WHERE version > 1"
    )
    of_superseded = "WHERE response IN (SELECT response FROM superseded)"
    values = backend.run(f"DELETE FROM answers {of_superseded}")
    backend.run(f"DELETE FROM verbatims {of_superseded}")
    return backend.run(f"DELETE FROM responses {of_superseded}"), values
