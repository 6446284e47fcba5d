"""Where rows and values go that cannot be used: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.evidence import sql
from cxengine.evidence.enrich import rewritten

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.enrich import Enriching
    from cxengine.plugin.base import Reject

LONGEST_VALUE = 200


@attrs.frozen
class Quarantine:
    """The quarantine of one file: `file` is its number within its source."""

    backend: DuckDB
    source: str
    origin: str
    file: int

    def add(
        self, kind: Literal["row", "answer", "attribute"], column: str, value: str, reason: str, rest: str
    ) -> int:
        """Sets aside what `rest`, the end of a query, selects; the others are SQL. How many there are."""
        return self.backend.run(
            f"INSERT INTO quarantine SELECT {self.file}, {sql.text(self.source)}, {sql.text(self.origin)},"
            f" position, {column}, left({value}, {LONGEST_VALUE}), {reason}, {sql.text(kind)} {rest}"
        )

    def add_rejects(self, rejects: Sequence[Reject], *, private: bool) -> int:
        """Sets aside what the source could not read; without its text where it might name a customer."""
        import pyarrow as pa

        if not rejects:
            return 0
        table = pa.table(
            {
                "position": pa.array([r.position for r in rejects], pa.int64()),
                "value": pa.array([None if private else r.text for r in rejects], pa.string()),
                "reason": pa.array([r.reason for r in rejects], pa.string()),
            }
        )
        with self.backend.lent("lent_rejects", table):
            return self.add("row", "NULL", "value", "reason", "FROM lent_rejects")


def rewrite(backend: DuckDB, source: str, enrichers: Sequence[Enriching]) -> None:
    """Lets what rewrites the texts of a source rewrite the values that were set aside of it, too.

    Of a value that was cut the last word goes: a part of an address would not be known as one.
    """
    import pyarrow as pa

    if not enrichers:
        return
    of_source = f"source = {sql.text(source)} AND value IS NOT NULL"
    said = backend.execute(f"SELECT DISTINCT value FROM quarantine WHERE {of_source} ORDER BY value")
    texts = said.column("value").to_pylist()
    whole = [text if len(text) < LONGEST_VALUE else (text.rsplit(maxsplit=1) or [""])[0] for text in texts]
    table = pa.table(
        {"said": pa.array(texts, pa.string()), "stored": pa.array(rewritten(whole, enrichers), pa.string())}
    )
    with backend.lent("lent_texts", table):
        backend.run(
            f"UPDATE quarantine SET value = stored FROM lent_texts WHERE {of_source} AND value = said"
        )


def read_quarantine(backend: DuckDB, sources: Sequence[str]) -> pa.Table:
    """Everything that was set aside, in the order of `sources`, their files and rows."""
    nth = "".join(f" WHEN {sql.text(source)} THEN {i}" for i, source in enumerate(sources))
    return backend.execute(
        'SELECT source, origin, "position", "column", value, reason, kind FROM quarantine'
        f' ORDER BY CASE source{nth} WHEN NULL THEN -1 END, file, "position", kind DESC, "column", reason'
    )
