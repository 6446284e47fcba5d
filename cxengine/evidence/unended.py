"""Counts rows that began and tell no end: a duration without `open_until` has no value of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.evidence import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.mapping import SourceMapping


class Unended:
    """The rows of one source that began and have not ended, by the duration that leaves them out."""

    def __init__(self, backend: DuckDB, mapping: SourceMapping, columns: Mapping[str, str]) -> None:
        """`columns` says what each column of the source is called in `staged`."""
        self._backend = backend
        values = {slot.column for slot in mapping.slots} - mapping.censored.keys()
        self._conditions = {
            duration.name: duration.has_no_end(columns[duration.start], columns[duration.end])
            for duration in mapping.computed.durations
            if duration.until is None and duration.name in values
        }
        if self._conditions:
            backend.run("CREATE OR REPLACE TEMP TABLE unended (response BIGINT, duration VARCHAR)")

    def note(self) -> None:
        """Looks at the good rows in `staged`."""
        for name, condition in self._conditions.items():
            self._backend.run(
                f"INSERT INTO unended SELECT row, {sql.text(name)} FROM staged"
                f" WHERE fault IS NULL AND {condition}"
            )

    def counted(self) -> dict[str, int]:
        """How many responses there are by duration; superseded versions of a response do not count."""
        if not self._conditions:
            return {}
        found = self._backend.execute(
            "SELECT duration, count(*) AS n FROM unended SEMI JOIN responses USING (response)"
            " GROUP BY duration"
        )
        self._backend.run("DROP TABLE unended")
        return {row["duration"]: row["n"] for row in found.to_pylist()}
