"""What the log of an observed journey holds: the answers to all queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.observed.silence import Log

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.observed.queries import Queries

LISTED = 20
"""Variants that are told by themselves, at most."""

Row = Mapping[str, Any]


@attrs.frozen(eq=False)
class Rows:
    """Rows as the queries of the same names tell them; `met` are visits by touchpoint."""

    counted: list[Row]
    lengths: list[Row]
    begins: list[Row]
    met: Mapping[str, Row]
    steps: list[Row]
    ways: list[Row]
    departures: list[Row]

    @classmethod
    def of(cls, queries: Queries, evidence: Evidence) -> Rows:
        """Of one event log."""

        def ask(query: str) -> list[Row]:
            rows: list[Row] = evidence.whole.execute(query).to_pylist()
            return rows

        return cls(
            counted=ask(queries.populations()),
            lengths=ask(queries.lengths()),
            begins=ask(queries.begins()),
            met={row["touchpoint"]: row for row in ask(queries.visits())},
            steps=ask(queries.steps()),
            ways=ask(queries.variants(LISTED)),
            departures=ask(queries.departures()),
        )

    @property
    def cases(self) -> int:
        """All of them."""
        return sum(row["cases"] for row in self.counted)

    def where(self, name: str) -> int:
        """Cases of which something is true."""
        return sum(row["cases"] for row in self.counted if row[name])

    @property
    def log(self) -> Log:
        """What cases did, by things."""
        ended = {row["source"]: row["cases"] for row in self.steps if row["target"] is None}
        things: dict[tuple[str, ...], tuple[int | None, ...]] = {}
        for row in self.begins:
            things["begin", row["touchpoint"]] = (row["n"],)
        for row in self.steps:
            things["step", row["source"], row["target"] or ""] = (row["cases"], row["times"])
        for name, row in self.met.items():
            again = row["again"], row["back"]
            things["visit", name] = (row["cases"], row["times"], ended.get(name, 0), *again)
        for row in self.departures:
            things["departure", row["kind"], row["source"], row["target"] or ""] = (row["n"],)
        for row in self.ways:
            things["variant", *row["way"]] = (row["n"],)
        if sum(row["n"] for row in self.ways) < self.cases:
            things["others",] = (None,)
        return Log(self.cases, sum(row["events"] for row in self.counted), things)
