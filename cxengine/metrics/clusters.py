"""Answers that belong together: those of one customer, or of one response where nobody knows the customer.

They are alike, so their number overstates what is known. This is one more scan, made only of the signals
whose answers may come in clusters (the mapping names customers, or lets a response answer in several
places) and do (a count tells). It adds up the answers of every cluster by touchpoint, period and segment,
then by stage, journey and all time, and multiplies the totals of clusters with each other. All answers of
a cluster must be in the evidence together: products of totals do not add up over batches that share
customers, but the totals themselves do.

Two answers of a customer count for a segment together where both belong to it, whatever else changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.cel.targets.sql import literals
from cxengine.metrics import levels, period, spelling
from cxengine.metrics.exact import FINER, billionths, floats
from cxengine.metrics.measurement import ALL
from cxengine.metrics.returning import Returning, numbered, streaming
from cxengine.metrics.rollup import Rows, concatenated, in_segments

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.components import Axes
    from cxengine.metrics.rollup import Hierarchy
    from cxengine.metrics.scan import Scan
    from cxengine.project.model import MappingTable, Project

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_LARGEST_SUM = 1e26


def may_cluster(project: Project, signal: str) -> bool:
    """Whether the project lets one customer or one response answer to the signal more than once."""
    return any(_repeats(source.mapping, signal) for source in project.sources)


def _repeats(mapping: MappingTable, signal: str) -> bool:
    columns = [column for wide in mapping.signals if wide.signal == signal for column in wide.columns]
    long = mapping.long
    named = long is not None and (isinstance(long.signal, str) or long.signal.value in (None, signal))
    if mapping.customer_id is not None:
        return named or bool(columns) or not (mapping.signals or long)
    return len(columns) > 1 or (named and mapping.response_id is not None)


def repeats(project: Project, signals: Sequence[str], backend: Backend) -> Mapping[str, bool]:
    """The signals to which somebody answered more than once: whether totals can be multiplied exactly."""
    asked = [signal for signal in signals if may_cluster(project, signal)]
    if not asked:
        return {}
    query = (
        "SELECT signal, COUNT(*) AS n, COUNT(DISTINCT COALESCE(customer, response_id)) AS clusters,"  # noqa: S608 - quoted
        " MAX(ABS(value)) AS largest, MAX(weight) AS heaviest"
        f" FROM answers JOIN responses USING (response)"
        f" WHERE signal IN ({literals(backend.dialect, asked)}) GROUP BY signal"
    )
    rows = sorted(backend.execute(query).to_pylist(), key=lambda row: str(row["signal"]))
    return {
        str(row["signal"]): (row["n"] * max(row["largest"], 1.0) * float(row["heaviest"])) ** 2 < _LARGEST_SUM
        for row in rows
        if row["n"] > row["clusters"]
    }


@contextmanager
def together(scan: Scan, backend: Backend) -> Iterator[None]:
    """Where scans of clusters can be made: what all of them share is found once."""
    database = streaming(backend)
    with nullcontext() if database is None else numbered(scan, database):
        yield


@attrs.frozen(eq=False)
class Products:
    """What the answers to a signal come to by cluster, multiplied and added up over the clusters of a cell.

    `codes` are the cells, ascending. `between[i, j]` are sums over clusters of the product of their totals
    of terms i and j, `within[i, j]` sums over answers of weight times the product of their terms.
    """

    codes: IntArray
    between: Mapping[tuple[int, int], FloatArray]
    within: Mapping[tuple[int, int], FloatArray]


@attrs.frozen(eq=False)
class ClusterScan:
    """The second scan, of one signal. `terms` are SQL, of which pairs are multiplied."""

    signal: str
    terms: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    scan: Scan
    hierarchy: Hierarchy
    touchpoints: tuple[str, ...]
    """In the order in which the hierarchy holds them."""
    held: bool = False
    """Whether the most of the first term that one cluster holds is asked for, too."""

    def run(self, backend: Backend, axes: Axes, times: Sequence[int]) -> Products:
        """The products in all cells; with DuckDB within the context of `together`."""
        if (database := streaming(backend)) is not None:
            rows = Returning(self, axes, times).rows(database)
        else:
            rows = self.with_current(self._queried(backend, axes, times))
        codes = axes.codes(rows.subject, rows.segment, rows.period)
        order = np.argsort(codes, kind="stable")
        of = {name: floats(amount)[order] / FINER for name, amount in rows.sums.items()}
        return Products(
            codes[order],
            {pair: of[f"b{i}"] for i, pair in enumerate(self.pairs)},
            {pair: of[f"w{i}"] for i, pair in enumerate(self.pairs)},
        )

    def _queried(self, backend: Backend, axes: Axes, times: Sequence[int]) -> Rows:
        """The rows of all cells but current ones, as the engine adds them up."""
        table = backend.execute(self.sql(backend.dialect))
        amounts = [*(f"b{i}" for i in range(len(self.pairs))), *(f"w{i}" for i in range(len(self.pairs)))]
        rows = Rows(
            subject=table["subject"].to_numpy().astype(np.int32),
            segment=np.zeros(len(table), dtype=np.int32),
            period=levels.positions(table["period"], self.hierarchy, times),
            value=np.zeros(len(table), dtype=np.int32),
            sums={name: billionths(table[name]) for name in amounts},
        )
        return self._in_segments(table, rows, axes)

    def _in_segments(self, table: pa.Table, rows: Rows, axes: Axes) -> Rows:
        """The rows of everybody and of every segment."""
        parts = []
        for i, cube in enumerate(self.scan.cubes):
            mask = table[f"s{i}"]
            of_cube = rows.where(mask.is_valid().to_numpy())
            if i == 0:
                parts.append(of_cube.at(segment=axes.segments.index(ALL)).combined())
            segments = [axes.segments.index(segment) for segment in cube.segments]
            parts += in_segments(of_cube, mask.drop_null().to_numpy().astype(np.int64), segments)
        return concatenated(parts).combined()

    def with_current(self, rows: Rows) -> Rows:
        """With the period that is called current: the latest, or all time."""
        return concatenated(
            [rows, rows.where(rows.period == self.hierarchy.current).at(period=self.hierarchy.now)]
        )

    def sql(self, dialect: str) -> str:
        """The query: totals by cluster, at every level, multiplied."""
        masks = [f"s{i}" for i in range(len(self.scan.cubes))]
        totals = [f"t{i}" for i in range(len(self.terms))]
        squares = [f"q{i}" for i in range(len(self.pairs))]
        keys = ", ".join(map(str, range(1, 4 + len(masks))))
        placed = levels.placed(
            list(self._subjects(dialect)),
            "cluster",
            ", ".join((*masks, *(f"SUM({name}) AS {name}" for name in (*totals, *squares)))),
            keys,
            dialect,
        )
        both = [f"{spelling.common_bits(dialect, f'a.{mask}', f'b.{mask}')} AS {mask}" for mask in masks]
        same = " AND ".join(f"a.{mask} = b.{mask}" for mask in masks)
        products = [
            f"{_product(dialect, f'a.t{i}', f'b.t{j}')} AS b{k}" for k, (i, j) in enumerate(self.pairs)
        ]
        products += [f"CASE WHEN {same} THEN a.{name} ELSE 0 END AS w{k}" for k, name in enumerate(squares)]
        sums = ", ".join(f"SUM({s}{k}) AS {s}{k}" for s in "bw" for k in range(len(self.pairs)))
        keys = "subject, period"
        sets = ", ".join(f"({keys}, {mask})" for mask in masks)
        grouping = f"GROUPING SETS ({sets})" if len(masks) > 1 else f"{keys}, {masks[0]}"
        return (
            f"WITH finest AS ({self.finest(dialect)}), placed AS ({placed})"  # noqa: S608 - compiled or quoted
            f" SELECT {keys}, {', '.join(masks)}, {sums}"
            f" FROM (SELECT a.subject, a.period, {', '.join((*both, *products))} FROM placed AS a"
            " JOIN placed AS b ON a.cluster = b.cluster AND a.subject = b.subject AND a.period = b.period)"
            f" AS multiplied GROUP BY {grouping}"
        )

    def finest(self, dialect: str) -> str:
        """The totals of every cluster by place, period and all masks: these add up over batches.

        Places are the numbers of the subjects of every level, worked out once an answer.
        """
        masks = [f"s{i}" for i in range(len(self.scan.cubes))]
        weight = spelling.double(dialect, "weight")
        totals = [f"SUM({_amount(dialect, f'{weight} * x{i}')}) AS t{i}" for i in range(len(self.terms))]
        totals += [
            f"SUM({_amount(dialect, f'{weight} * x{i} * x{j} * {FINER}')}) AS q{k}"
            for k, (i, j) in enumerate(self.pairs)
        ]
        terms = ", ".join(f"{spelling.double(dialect, term)} AS x{i}" for i, term in enumerate(self.terms))
        number = f"COALESCE({period.sql(self.scan.length, dialect)}, {period.NO_TIME})"
        cubes = ", ".join(f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(self.scan.cubes))
        places = self._subjects(dialect)
        placed = ", ".join(f"{subject} AS {level}" for level, subject in places.items())
        keys = ", ".join((*places, "period", *masks))
        return (
            f"SELECT cluster, {keys}, {', '.join(totals)}"  # noqa: S608 - compiled or quoted
            f" FROM (SELECT response, {placed}, {terms} FROM {self.scan.source(dialect)}"
            f" WHERE {self.counts(dialect)}) AS answered"
            " JOIN (SELECT response, COALESCE(customer, response_id) AS cluster,"
            f" {number} AS period, {cubes}, weight FROM responses) AS responded USING (response)"
            f" GROUP BY cluster, {keys}"
        )

    def counts(self, dialect: str) -> str:
        """SQL that is true of the answers that count."""
        return self.scan.answered((self.signal,), dialect)

    def _subjects(self, dialect: str) -> dict[str, str]:
        return levels.subjects(self.hierarchy, self.touchpoints, dialect)


def pairs(places: Iterable[int]) -> set[tuple[int, int]]:
    """Every two of some terms, and each with itself."""
    return set(combinations_with_replacement(sorted(set(places)), 2))


def _amount(dialect: str, term: str) -> str:
    return spelling.amount(dialect, term)


def _product(dialect: str, one: str, other: str) -> str:
    """Two exact totals multiplied, exact to a hundredth of a billionth, in hundredths."""
    return _amount(dialect, f"{spelling.double(dialect, one)} * {spelling.double(dialect, other)} * {FINER}")
