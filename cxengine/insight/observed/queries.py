"""What is asked of the events: aggregates only, no case leaves the database.

All queries stand on the same relations: `events` (one row an event of the log that is at a touchpoint),
`steps` (with the event that follows in the case) and `cases` (one row a case). Events of a case are in the
order of their times; of two at the same time, the one with the smaller value of the signal comes first. The
`person` of a case is its customer where that is known, else the case itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.cel.targets.sql import quoted
from cxengine.evidence.sql import text
from cxengine.metrics import period

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.metrics.segment import Cube
    from cxengine.project.model import ObservedJourneyTable, Project

DIALECT = "duckdb"


@attrs.frozen(eq=False)
class Queries:
    """The queries of one event log; DuckDB's dialect."""

    project: Project
    graph: nx.DiGraph[str]
    table: ObservedJourneyTable
    cubes: Sequence[Cube]

    @property
    def masks(self) -> list[str]:
        """Names of the columns that tell the segments."""
        return [f"s{i}" for i in range(len(self.cubes))]

    def populations(self) -> str:
        """Cases and events by masks, period, furthest stage and whether they follow the design."""
        keys = ", ".join([*self.masks, "period", "furthest", "follows", "designed", "unmapped"])
        return self._with(
            f"SELECT {keys}, count(*)::BIGINT AS cases, sum(events)::BIGINT AS events FROM cases"  # noqa: S608
            f" GROUP BY {keys} ORDER BY ALL"
        )

    def lengths(self) -> str:
        """Median seconds from first to last event by period (null: all time), a column a segment."""
        columns = "".join(
            f", median(lasted) FILTER (WHERE s{i} & {2**bit} <> 0) / 1e6 AS {quoted(DIALECT, segment)}"
            for i, cube in enumerate(self.cubes)
            for bit, segment in enumerate(cube.segments)
        )
        return self._with(
            f'SELECT period, grouping(period) AS total, median(lasted) / 1e6 AS "all"{columns} FROM cases'  # noqa: S608
            " GROUP BY GROUPING SETS ((), (period)) ORDER BY total, period"
        )

    def totals(self) -> str:
        """All cases and what they do; `xx` is the sum of the squares of persons' cases, `often` the most."""
        done = [name for name, _ in self._done()]
        sums = ", ".join(_sums(name, "m", name) for name in done)
        columns = ", ".join(
            f"count(*) FILTER (WHERE {condition})::HUGEINT AS {name}" for name, condition in self._done()
        )
        return self._with(
            f"SELECT sum(m)::BIGINT AS cases, count(*)::BIGINT AS persons, sum(m * m)::BIGINT AS xx,"  # noqa: S608
            f" max(m)::BIGINT AS often, {sums}"
            f" FROM (SELECT person, count(*)::HUGEINT AS m, {columns} FROM cases GROUP BY person)"
        )

    def _done(self) -> Iterator[tuple[str, str]]:
        """What is asked of all cases: names and conditions; `reached_1` is the second stage."""
        yield from ((name, name) for name in ("follows", "designed", "unmapped"))
        yield from ((f"reached_{rank}", f"furthest >= {rank}") for rank in range(len(self.project.stages)))

    def persons(self) -> str:
        """Persons by period (null: all time), a column a segment."""
        columns = "".join(
            f", count(DISTINCT person) FILTER (WHERE s{i} & {2**bit} <> 0) AS {quoted(DIALECT, segment)}"
            for i, cube in enumerate(self.cubes)
            for bit, segment in enumerate(cube.segments)
        )
        return self._with(
            f'SELECT period, grouping(period) AS total, count(DISTINCT person) AS "all"{columns} FROM cases'  # noqa: S608
            " GROUP BY GROUPING SETS ((), (period)) ORDER BY total, period"
        )

    def begins(self) -> str:
        """Cases by the touchpoint where they begin."""
        return self._with(f"{self._cases_by('first AS touchpoint', 'touchpoint')} ORDER BY ALL")

    def steps(self) -> str:
        """Every step: how often it was taken, and in how many cases."""
        return self._with(
            f"SELECT y.here AS source, y.next AS target, {_sums('y', 'x', 'times')},"  # noqa: S608
            f" {_sums('k', 'c', 'cases')}, count(*)::BIGINT AS persons, any_value(median) / 1e6 AS seconds"
            " FROM (SELECT person, here, next, count(*)::HUGEINT AS y, count(DISTINCT case_id)::HUGEINT AS k"
            " FROM steps GROUP BY ALL) AS y"
            " JOIN (SELECT person, here, count(*)::HUGEINT AS x, count(DISTINCT case_id)::HUGEINT AS c"
            " FROM steps GROUP BY ALL) AS x ON x.person = y.person AND x.here = y.here"
            " JOIN (SELECT here, next, median(waited) AS median FROM steps GROUP BY ALL) AS waits"
            " ON waits.here = y.here AND waits.next IS NOT DISTINCT FROM y.next"
            " GROUP BY y.here, y.next ORDER BY ALL"
        )

    def visits(self) -> str:
        """Touchpoints: cases that meet them, again, after leaving, and end there; departures and squares."""
        shares = ", ".join(_sums(name, "c", name) for name in ("again", "back", "ended"))
        return self._with(
            f"SELECT here AS touchpoint, {_sums('c', 'm', 'cases')}, {shares}, count(*)::BIGINT AS persons,"  # noqa: S608
            " sum(x)::BIGINT AS times, sum(x * x)::BIGINT AS xx"
            " FROM (SELECT person, here, count(*)::HUGEINT AS c, sum(x)::HUGEINT AS x,"
            " count(*) FILTER (WHERE x > 1)::HUGEINT AS again, sum(ended)::HUGEINT AS ended,"
            " count(*) FILTER (WHERE left_it > 1)::HUGEINT AS back"
            " FROM (SELECT person, case_id, here, count(*) AS x,"
            " count(*) FILTER (WHERE next IS NULL) AS ended,"
            " count(*) FILTER (WHERE next IS DISTINCT FROM here) AS left_it FROM steps GROUP BY ALL)"
            " GROUP BY person, here) JOIN people USING (person) GROUP BY here ORDER BY ALL"
        )

    def variants(self, listed: int) -> str:
        """The commonest ways that cases went (ties in the order of names), and how many ways there are."""
        ways = self._cases_by("way, designed", "way, designed")
        return self._with(
            f"SELECT *, count(*) OVER () AS variants FROM ({ways})"  # noqa: S608
            f" ORDER BY n DESC, way LIMIT {listed:d}"
        )

    def departures(self) -> str:
        """Where cases leave the design for the first time."""
        named = "departure.kind AS kind, departure.source AS source, departure.target AS target"
        return self._with(
            f"{self._cases_by(named, 'kind, source, target', 'WHERE departure IS NOT NULL')} ORDER BY ALL"
        )

    def _cases_by(self, named: str, keys: str, chosen: str = "") -> str:
        """Cases and persons by some keys, of all cases of the same persons."""
        return (
            f"SELECT {keys}, {_sums('y', 'm', 'n')}, count(*)::BIGINT AS persons"  # noqa: S608
            f" FROM (SELECT {named}, person, count(*)::HUGEINT AS y FROM cases {chosen} GROUP BY ALL)"
            f" JOIN people USING (person) GROUP BY {keys}"
        )

    def cases_in_time(self) -> str:
        """Cases by masks and period, and the most cases of one person."""
        keys = ", ".join([*self.masks, "period"])
        return self._with(
            f"SELECT {keys}, count(*)::BIGINT AS n, (SELECT max(m) FROM people)::BIGINT AS often"  # noqa: S608
            " FROM cases WHERE period IS NOT NULL"
            f" GROUP BY {keys} ORDER BY ALL"
        )

    def visits_in_time(self) -> str:
        """Cases that meet each touchpoint, by masks and period of the case."""
        return self._in_time("here", "here AS source")

    def steps_in_time(self) -> str:
        """Cases that take each step, by masks and period of the case."""
        return self._in_time("here, next", "here AS source, next AS target")

    def _in_time(self, what: str, named: str) -> str:
        keys = ", ".join([*self.masks, "period"])
        return self._with(
            f"SELECT {named}, {keys}, count(*)::BIGINT AS n"  # noqa: S608
            f" FROM (SELECT DISTINCT case_id, {what} FROM steps)"
            f" JOIN (SELECT case_id, {keys} FROM cases WHERE period IS NOT NULL) USING (case_id)"
            f" GROUP BY {what}, {keys} ORDER BY ALL"
        )

    def _with(self, query: str) -> str:
        return (
            f"WITH {self._events()}, {self._strays()}, {self._steps()}, {self._cases()},"  # noqa: S608
            f" people AS (SELECT person, count(*)::HUGEINT AS m FROM cases GROUP BY person) {query}"
        )

    def _events(self) -> str:
        masks = "".join(
            f", {cube.mask(DIALECT)} AS {name}" for cube, name in zip(self.cubes, self.masks, strict=True)
        )
        number = period.sql(self.project.evidence.period, DIALECT)
        return (
            "events AS (SELECT response_id AS case_id, touchpoint::VARCHAR AS here, occurred_at, value,"  # noqa: S608
            f" response, customer, {number} AS period{masks} FROM answers JOIN responses USING (response)"
            f" WHERE source = {text(str(self.table.source))} AND signal = {text(str(self.table.signal))}"
            " AND touchpoint <> 'journey')"
        )

    def _strays(self) -> str:
        """Cases with an event that is at no touchpoint, and when the first one was."""
        return (
            "astray AS (SELECT response_id AS case_id, true AS stray, min(occurred_at) AS went"  # noqa: S608
            f" FROM strays WHERE source = {text(str(self.table.source))} GROUP BY response_id)"
        )

    def _steps(self) -> str:
        along = "PARTITION BY case_id ORDER BY occurred_at, value, response"
        return (
            "steps AS (SELECT *, row_number() OVER along AS number, lead(here) OVER along AS next,"  # noqa: S608
            " epoch_us(lead(occurred_at) OVER along) - epoch_us(occurred_at) AS waited,"
            " coalesce(max(customer) OVER (PARTITION BY case_id), case_id) AS person"
            f" FROM events WINDOW along AS ({along}))"
        )

    def _cases(self) -> str:
        ranks: dict[Any, int] = {stage.id: rank for rank, stage in enumerate(self.project.stages)}
        furthest = " ".join(
            f"WHEN {text(node)} THEN {ranks[stage]}" for node, stage in self.graph.nodes(data="stage")
        )
        graph = self.graph.graph
        designed = _listed(" ".join(edge) for edge in self.graph.edges)
        off = (
            f"CASE WHEN number = 1 AND here NOT IN {_listed(graph['starts'])}"
            " THEN {'kind': 'start', 'source': here, 'target': NULL::VARCHAR}"
            f" WHEN next IS NOT NULL AND (here || ' ' || next) NOT IN {designed}"
            " THEN {'kind': 'step', 'source': here, 'target': next}"
            f" WHEN next IS NULL AND here NOT IN {_listed(graph['ends'])}"
            " THEN {'kind': 'end', 'source': here, 'target': NULL::VARCHAR} END"
        )
        astray = (
            "CASE WHEN any_value(stray) IS NOT NULL THEN {'kind': 'unmapped', 'source': coalesce("
            "arg_max(here, number) FILTER (WHERE occurred_at <= went), arg_min(here, number)),"
            " 'target': NULL::VARCHAR} END"
        )
        firsts = "".join(f", arg_min({name}, number) AS {name}" for name in ("period", *self.masks))
        return (
            f"judged AS (SELECT *, {off} AS off FROM steps LEFT JOIN astray USING (case_id)),"  # noqa: S608
            f" cases AS (SELECT case_id, count(*) AS events, arg_min(here, number) AS first{firsts},"
            f" max(CASE here {furthest} END) AS furthest, list(here ORDER BY number) AS way,"
            " epoch_us(max(occurred_at)) - epoch_us(min(occurred_at)) AS lasted,"
            " any_value(person) AS person,"
            f" coalesce(arg_min(off, number) FILTER (WHERE off IS NOT NULL), {astray}) AS departure,"
            " bool_and(off IS NULL) AS designed, any_value(stray) IS NOT NULL AS unmapped,"
            " designed AND NOT unmapped AS follows FROM judged GROUP BY case_id)"
        )


def _sums(y: str, x: str, name: str) -> str:
    """Sums over persons: of y, of its squares, and of its products with x, of which it is a part."""
    sums = {"": y, "_yy": f"{y} * {y}", "_xy": f"{y} * {x}"}
    return ", ".join(f"sum({of})::BIGINT AS {name}{ending}" for ending, of in sums.items())


def _listed(names: Iterable[str]) -> str:
    """A list for IN that is never empty; ids hold no blanks."""
    return f"({', '.join(text(name) for name in names) or text('')})"
