"""What the log of an observed journey holds: the answers to all queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.observed.shares import Whole
from cxengine.insight.observed.silence import Log, Thing

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.observed.queries import Queries

LISTED = 20
"""Variants that are told by themselves, at most."""

Row = Mapping[str, Any]


@attrs.frozen(eq=False, slots=False)
class Rows:
    """Rows as the queries of the same names tell them; `met` are visits by touchpoint."""

    counted: list[Row]
    lengths: list[Row]
    persons: list[Row]
    totals: Row
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
            persons=ask(queries.persons()),
            totals=ask(queries.totals())[0],
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

    @property
    def every(self) -> Whole:
        """All of them, as what shares are of."""
        return Whole(self.cases, self.totals["xx"], self.totals["persons"])

    @cached_property
    def log(self) -> Log:
        """What cases did, by things."""
        things: dict[Thing, tuple[int | None, ...]] = {}
        persons: dict[Thing, int] = {}
        for thing, row in self._things():
            persons[thing] = row["persons"]
            match thing[0]:
                case "step":
                    things[thing] = row["cases"], row["times"]
                case "visit":
                    again = row["again"], row["back"]
                    things[thing] = row["cases"], row["times"], row["ended"], *again
                case _:
                    things[thing] = (row["n"],)
        if sum(row["n"] for row in self.ways) < self.cases:
            things["others",] = (None,)
        return Log(
            cases=self.cases,
            events=sum(row["events"] for row in self.counted),
            things=things,
            persons=self.totals["persons"],
            often=self.totals["often"] or 1,
            by=persons,
        )

    def _things(self) -> Iterator[tuple[Thing, Row]]:
        yield from ((("begin", row["touchpoint"]), row) for row in self.begins)
        yield from ((("step", row["source"], row["target"] or ""), row) for row in self.steps)
        yield from ((("visit", name), row) for name, row in self.met.items())
        yield from ((("variant", *row["way"]), row) for row in self.ways)
        for row in self.departures:
            yield ("departure", row["kind"], row["source"], row["target"] or ""), row
