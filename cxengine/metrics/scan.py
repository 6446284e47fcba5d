"""The one query: all components of all metrics, by signal, touchpoint, period and segment.

Answers to signals on a discrete scale are grouped by value too, so that what comes back is a histogram.
Continuous signals share the same pass: their aggregates are further columns, each computed once however
many metrics ask for it. Every cube of segments is one grouping set; their cross is never formed.

A continuous signal of which a metric asks for a log histogram is grouped by bin of its values, and where
a metric reads `censored`, by that as well; what metrics read of a customer's history is found by window.

Columns of the result: `signal, touchpoint, period, answer` (value, bin or null), `censored` (only where a
metric reads it), `s0, s1, ...` (the mask of each cube; null but for the row's own), `n`, with weights `w`
and `w2`, `c0, c1, ...`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.cel.targets.sql import literals
from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.metrics import counting, grouping, period, spelling
from cxengine.plugin.component import CENSORED, HISTORY
from cxengine.plugin.distribution import bins_sql

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.aggregate import Scanned
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period, Scale, Signal

_POINTS = 1000
_LARGEST_SUM = 1e28
_KEYS = ("signal", "touchpoint", "period", "answer")


def is_discrete(signal: Signal) -> bool:
    """Whether the scale has so few points that a histogram of its answers is small."""
    scale = signal.scale
    return scale is not None and scale.step is not None and scale.max - scale.min <= _POINTS * scale.step


@attrs.frozen(eq=False)
class Scan:
    """What to ask the evidence for."""

    length: Period
    cubes: tuple[Cube, ...]
    discrete: tuple[str, ...]
    """The signals whose answers are keys."""
    aggregated: tuple[str, ...]
    """The signals of `aggregates`."""
    aggregates: Mapping[tuple[str, str], Scanned]
    """Components of metrics that no histogram of values serves, by metric and component."""
    binned: tuple[str, ...] = ()
    """The continuous signals of which a log histogram is asked for."""
    observed: tuple[str, ...] = ()
    """The signals of which censored values are asked for."""
    followed: tuple[str, ...] = ()
    """The signals of which the history of each customer is asked for."""
    counted: tuple[str, ...] = ()
    """The continuous signals of which the answers are only counted."""
    scales: Mapping[str, Scale] = attrs.field(factory=dict)
    """The scales of which the position of a value tells it exactly, of discrete signals."""
    of: Mapping[str, str] = attrs.field(factory=dict)
    """The signal of every metric of `aggregates`."""

    @property
    def signals(self) -> tuple[str, ...]:
        """All signals whose answers it looks at."""
        return tuple(sorted({*self.discrete, *self.aggregated, *self.counted}))

    @property
    def summable(self) -> tuple[str, ...]:
        """The signals of which nothing is asked for but what adds up over answers, or their extremes."""
        others = {*self.discrete, *self.binned, *self.observed}
        known = {s for s in self.aggregated if s in self.of.values()} | {*self.counted}
        return tuple(sorted(known - others))

    def without(self, signals: Collection[str]) -> Scan:
        """The same, but for some signals. Components keep their columns."""
        discrete, aggregated, counted = (
            tuple(signal for signal in some if signal not in signals)
            for some in (self.discrete, self.aggregated, self.counted)
        )
        return attrs.evolve(self, discrete=discrete, aggregated=aggregated, counted=counted)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the result is grouped by, but for segments."""
        return (*_KEYS, CENSORED) if self.observed else _KEYS

    def columns(
        self, dialect: str, *, weighted: bool
    ) -> tuple[Mapping[tuple[str, str], str], Mapping[str, str]]:
        """The column of every component, and the SQL of every column: equal aggregates share one."""
        columns: dict[str, str] = {}
        names = {}
        for component, aggregate in self.aggregates.items():
            text = aggregate.sql(dialect, weighted=weighted)
            names[component] = columns.setdefault(text, f"c{len(columns)}")
        return names, {name: text for text, name in columns.items()}

    def sql(self, dialect: str, *, weighted: bool, piece: str = "") -> str:
        """The query, of all responses or of a `piece` of them: a condition on their numbers."""
        masks = [f"s{i}" for i in range(len(self.cubes))]
        sums = {"n": "COUNT(*)"}
        if weighted:
            sums |= {"w": "SUM(weight)", "w2": "SUM(square)"}
        sums |= self.columns(dialect, weighted=weighted)[1]
        keys = self.keys
        sets = ", ".join(f"({', '.join((*keys, mask))})" for mask in masks)
        grouping = f"GROUPING SETS ({sets})" if len(masks) > 1 else ", ".join((*keys, *masks))
        return (
            f"SELECT {', '.join((*keys, *masks))},"  # noqa: S608 - compiled or quoted
            f" {', '.join(f'{text} AS {name}' for name, text in sums.items())}"
            f" FROM ({self._answers(dialect)}{piece and f' AND {piece}'}) AS answered"
            f" JOIN ({self._responses(dialect, weighted=weighted)}{piece and f' WHERE {piece}'}) AS responded"
            " USING (response)"
            f" GROUP BY {grouping}"
        )

    def _responses(self, dialect: str, *, weighted: bool) -> str:
        """What is the same for all answers of a response, worked out once."""
        masks = [f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(self.cubes)]
        weights = ["weight", f"{spelling.square(dialect, 'weight')} AS square"] if weighted else []
        columns = ["response", f"{period.sql(self.length, dialect)} AS period", *masks, *weights]
        return f"SELECT {', '.join(columns)} FROM responses"  # noqa: S608 - compiled or quoted

    def _answers(self, dialect: str) -> str:
        """The values that count: those on a discrete scale are keys, the others are aggregated."""
        answer, value = "value", spelling.double(dialect, "NULL")
        if self.aggregated or self.counted:
            answer = f"CASE WHEN signal IN ({literals(dialect, self.discrete)}) THEN value"
            if self.binned:
                answer += f" WHEN signal IN ({literals(dialect, self.binned)}) THEN {bins_sql('value')}"
            answer += " END"
            value = f"CASE WHEN signal IN ({literals(dialect, self.aggregated)}) THEN value END"
        columns = [f"{answer} AS answer", f"{value} AS value"]
        columns += [CENSORED] if self.observed else []
        columns += HISTORY if self.followed else []
        return (
            f"SELECT response, signal, touchpoint, {', '.join(columns)} FROM {self.source(dialect)}"  # noqa: S608 - compiled or quoted
            f" WHERE {self.answered(self.signals, dialect)}"
        )

    def answered(self, signals: Sequence[str], dialect: str) -> str:
        """SQL that is true of the answers to the signals that count."""
        ended = "NOT censored"
        if self.observed:
            ended += f" OR signal IN ({literals(dialect, self.observed)})"
        return f"({ended}) AND signal IN ({literals(dialect, signals)})"

    def source(self, dialect: str) -> str:
        """All answers; where a metric asks for it, with what is known of the customer's other answers.

        `age` is the time from the answer to the last one that anybody gave to the signal; `next_after` the
        time to the same customer's next answer to the signal at the same touchpoint. Both are null where
        customer or moment is unknown. They are worked out only for the signals that need them.
        """
        if not self.followed:
            return "answers"
        moment = spelling.days(dialect, "occurred_at")
        known = "customer IS NOT NULL AND occurred_at IS NOT NULL"
        line = "PARTITION BY signal, touchpoint, customer ORDER BY occurred_at, response"
        columns = f"response, signal, touchpoint, value, {CENSORED}"
        blank = ", ".join(f"{spelling.double(dialect, 'NULL')} AS {name}" for name in HISTORY)
        names = literals(dialect, self.followed)
        return (
            f"(SELECT {columns}, {blank} FROM answers WHERE signal NOT IN ({names})"  # noqa: S608 - quoted
            f" UNION ALL SELECT {columns}, CASE WHEN {known} THEN MAX({moment}) OVER (PARTITION BY signal)"
            f" - {moment} END AS age, CASE WHEN {known} THEN LEAD({moment}) OVER ({line}) - {moment} END"
            f" AS next_after FROM answers JOIN responses USING (response)"
            f" WHERE signal IN ({names})) AS followed"
        )


@attrs.frozen
class Size:
    """How many answers a signal has, and the largest of them, whatever its sign."""

    signal: str
    n: int
    largest: float


def weights(backend: Backend) -> tuple[float, float]:
    """The least and the largest weight of a response; where both are 1, counts are the sums of weights."""
    query = "SELECT MIN(weight) AS least, MAX(weight) AS most FROM responses"
    row = backend.execute(query).to_pylist()[0]
    return (1.0, 1.0) if row["least"] is None else (float(row["least"]), float(row["most"]))


def sizes(backend: Backend, signals: Sequence[str]) -> list[Size]:
    """How large the answers to the signals are."""
    if not signals:
        return []
    query = (
        "SELECT signal, COUNT(*) AS n, MAX(ABS(value)) AS largest FROM answers"  # noqa: S608 - quoted
        f" WHERE signal IN ({literals(backend.dialect, signals)}) GROUP BY signal"
    )
    return [Size(row["signal"], row["n"], row["largest"]) for row in backend.execute(query).to_pylist()]


def check_sizes(found: Sequence[Size], heaviest: float) -> None:
    """Checks that the squares of the answers that are aggregated will add up exactly.

    Raises:
        EvidenceError: a signal holds values too large for that.
    """
    wrong = [
        Diagnostic(
            "CX502",
            f'The signal "{size.signal}" holds values too large to be added exactly, up to {size.largest:g}.',
            hint="Measure it in a larger unit, or declare a scale so that wrong values are quarantined.",
        )
        for size in sorted(found, key=lambda size: size.signal)
        if size.n * size.largest * size.largest * max(heaviest, heaviest**2) > _LARGEST_SUM
    ]
    if wrong:
        raise EvidenceError(*wrong)


def run(scan: Scan, backend: Backend, *, weighted: bool) -> pa.Table:
    """The finest cells of the evidence. Rows with the same keys may repeat: their amounts add up.

    DuckDB's answers on discrete scales are counted as they stream by where that is possible.
    """
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB

    if not isinstance(backend, DuckDB) or scan.followed or not scan.signals:
        return backend.execute(scan.sql(backend.dialect, weighted=weighted))
    with backend.sparing(sum(len(cube.reads) for cube in scan.cubes) + len(scan.aggregates)):
        counted = counting.counted(scan, backend, weighted=weighted)
    found, left = list(counted.tables), scan.without(counted.signals)
    if left.signals:
        found += grouping.queried(left, backend, weighted=weighted)
    order = [*scan.keys, *(f"s{i}" for i in range(len(scan.cubes)))]
    together = pa.concat_tables(_alike(found))
    return together.select([*order, *(name for name in together.column_names if name not in order)])


def _alike(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """The tables with all columns of all of them; nulls of what they lack take memory only once."""
    import pyarrow as pa

    layout = pa.unify_schemas([table.schema for table in tables], promote_options="default")
    longest = max(table.num_rows for table in tables)
    nulls = {type_: pa.nulls(longest, type_) for type_ in set(layout.types)}
    return [
        pa.table(
            [
                table[field.name]
                if field.name in table.column_names
                else nulls[field.type].slice(0, table.num_rows)
                for field in layout
            ],
            schema=layout,
        )
        for table in tables
    ]
