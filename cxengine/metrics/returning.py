"""Products of the totals of clusters, from answers that stream by sorted by cluster: the way with DuckDB.

Were everybody to answer once, sums over clusters of products of totals would be sums over answers. Only
answers of one cluster in one cell add to that: as much as the product of their totals has more than the sum
of their own products. So all answers are added up by finest cell and rolled up like any components, and cells
are looked at one level and segment after the other only for the answers that share one with another of their
cluster. Measured on 2 million answers of 100,000 customers that takes a sixth of the time of a query that
joins the totals of clusters with each other (`ClusterScan.sql`), and gives the same to a billionth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics import period, spelling
from cxengine.metrics.exact import FINER, rounded, scaled
from cxengine.metrics.measurement import ALL
from cxengine.metrics.names import Names
from cxengine.metrics.rollup import Rows, concatenated, in_segments, roll_up

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.clusters import ClusterScan
    from cxengine.metrics.components import Axes
    from cxengine.metrics.exact import ExactArray
    from cxengine.metrics.partials.kept import Answers
    from cxengine.metrics.scan import Scan

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    PlaceArray = npt.NDArray[np.int32]

RESPONDED = "cx_responded"
"""The table of what is the same for all answers of a response, with the number of its cluster."""


def streaming(backend: Backend) -> DuckDB | Answers | None:
    """The evidence where DuckDB holds it, as an earlier run kept it, too; None where another engine does."""
    from cxengine.evidence.backend import DuckDB
    from cxengine.metrics.partials.kept import Answers

    return backend if isinstance(backend, DuckDB | Answers) else None


@contextmanager
def numbered(scan: Scan, backend: DuckDB | Answers) -> Iterator[None]:
    """Has the table `RESPONDED` for as long as the context lasts; what fails within leaves it to the next.

    The number of a cluster is that of its first response, so that no order rests on pseudonyms.
    """
    number = f"COALESCE({period.sql(scan.length, 'duckdb')}, {period.NO_TIME})"
    masks = [f"{cube.mask('duckdb')} AS s{i}" for i, cube in enumerate(scan.cubes)]
    columns = ["response", "MIN(response) OVER cluster AS cluster", f"{number} AS period", *masks]
    backend.run(
        f"CREATE OR REPLACE TEMP TABLE {RESPONDED} AS SELECT {', '.join(columns)},"  # noqa: S608 - compiled
        f" {spelling.double('duckdb', 'weight')} AS weight FROM responses"
        " WINDOW cluster AS (PARTITION BY COALESCE(customer, response_id))"
    )
    yield
    backend.run(f"DROP TABLE {RESPONDED}")


@attrs.frozen(eq=False)
class Returning:
    """What a scan of clusters asks for, found in one pass."""

    asked: ClusterScan
    axes: Axes
    times: Sequence[int]

    def rows(self, backend: DuckDB | Answers) -> Rows:
        """The rows of all cells, one each, sorted: sums and highs.

        `b0, b1, ...` and `w0, w1, ...` are exact sums, `n` are answers, `persons` clusters, and `most` is how
        many answers are of one of them. Where that is asked for, `total` is the exact sum of the first term,
        and `largest` the most of it, whatever its sign, that is of one cluster.
        """
        found = [part for some in _by_cluster(backend.stream(self._sql())) for part in self._of(some)]
        alone = [rows for rows, again in found if not again] or [self._nothing]
        more = [rows for rows, again in found if again]
        together = roll_up(_exact(alone), self.asked.hierarchy)
        return _exact([together, *(self.asked.with_current(rows) for rows in more)]).combined()

    def _sql(self) -> str:
        """All answers to the signal, sorted by cluster."""
        asked = self.asked
        order = ["CAST(touchpoint AS VARCHAR)", *(f"x{i}" for i in range(len(asked.terms)))]
        terms = [f"{spelling.double('duckdb', term)} AS x{i}" for i, term in enumerate(asked.terms)]
        answered = (
            f"SELECT {', '.join(['response', 'touchpoint', *terms])} FROM {asked.scan.source('duckdb')}"  # noqa: S608 - compiled or quoted
            f" WHERE {asked.counts('duckdb')}"
        )
        return (
            f"SELECT * FROM ({answered}) AS answered JOIN {RESPONDED} USING (response)"  # noqa: S608 - compiled or quoted
            f" ORDER BY cluster, response, {', '.join(order)}"
        )

    @property
    def _nothing(self) -> Rows:
        none = np.zeros(0, dtype=np.int32)
        names = ("n", *(f"{kind}{k}" for kind in "bw" for k in range(len(self.asked.pairs))), "persons")
        names = (*names, "total") if self.asked.held else names
        highs = ("most", "largest") if self.asked.held else ("most",)
        sums = {name: np.zeros(0, dtype=np.int64) for name in names}
        return Rows(none, none, none, none, sums, highs={name: np.zeros(0) for name in highs})

    def _of(self, table: pa.Table) -> Iterator[tuple[Rows, bool]]:
        """What some whole clusters add: as if nobody answered again, then what those add who did."""
        answers = _Answers.of(table, self.asked, self.times)
        yield concatenated(list(self._alone(answers))).combined(), False
        again = list(self._again(answers))
        if again:
            yield concatenated(again).combined(), True

    def _alone(self, answers: _Answers) -> Iterator[Rows]:
        """The rows of everybody and of every segment, by touchpoint and single period."""
        amounts = {"n": np.ones(len(answers.cluster), dtype=np.int64)} | {
            name: rounded(amount * FINER)
            for k, (i, j) in enumerate(self.asked.pairs)
            for name, amount in (
                (f"b{k}", answers.totals[i] * answers.totals[j]),
                (f"w{k}", answers.totals[i] * answers.terms[j]),
            )
        }
        highs = {}
        if self.asked.held:
            amounts["total"] = rounded(answers.totals[0])
            highs["largest"] = np.abs(answers.totals[0])
        everybody = np.full(len(answers.cluster), self.axes.segments.index(ALL), dtype=np.int32)
        for number, (cube, masks) in enumerate(zip(self.asked.scan.cubes, answers.masks, strict=True)):
            of_cube = Rows(
                answers.touchpoint, everybody, answers.period, masks.code, amounts, highs=highs
            ).combined()
            plain = attrs.evolve(
                of_cube,
                value=np.zeros_like(of_cube.value),
                sums={**of_cube.sums, "persons": of_cube.sums["n"]},
                highs={**of_cube.highs, "most": np.ones(len(of_cube))},
            )
            if number == 0:
                yield plain
            segments = [self.axes.segments.index(segment) for segment in cube.segments]
            yield from in_segments(plain, masks.values[of_cube.value], segments)

    def _again(self, answers: _Answers) -> Iterator[Rows]:
        """What answers add that share a cell of any level with another of their cluster."""
        hierarchy = self.asked.hierarchy
        for level in hierarchy.levels:
            subject = level[answers.touchpoint]
            for when in (np.full_like(answers.period, hierarchy.all_time), answers.period):
                counts = np.flatnonzero((subject >= 0) & (when >= 0))
                shared = _Groups.of(counts, answers.cluster, subject, when)
                for segment, groups in self._populations(answers, shared):
                    if len(groups.rows):
                        yield self._added(answers, groups, subject, when, segment)

    def _populations(self, answers: _Answers, shared: _Groups) -> Iterator[tuple[int, _Groups]]:
        """The groups of everybody and of every segment, with the position of the segment."""
        yield self.axes.segments.index(ALL), shared
        if not len(shared.rows):
            return
        for cube, masks in zip(self.asked.scan.cubes, answers.masks, strict=True):
            mask = masks.values[masks.code[shared.rows]]
            for bit, segment in enumerate(cube.segments):
                yield self.axes.segments.index(segment), shared.where((mask >> bit) & 1 == 1)

    def _added(
        self, answers: _Answers, groups: _Groups, subject: PlaceArray, when: PlaceArray, segment: int
    ) -> Rows:
        """Products of the totals of groups, less the products of their answers; whom they count in vain."""
        rows, starts = groups.rows, groups.starts
        first, sizes = rows[starts], np.diff(np.append(starts, len(rows)))
        own = {i: answers.totals[i][rows] for i in {i for pair in self.asked.pairs for i in pair}}
        totals = {i: np.add.reduceat(amount, starts) for i, amount in own.items()}
        sums = {
            f"b{k}": rounded((totals[i] * totals[j] - np.add.reduceat(own[i] * own[j], starts)) * FINER)
            for k, (i, j) in enumerate(self.asked.pairs)
        }
        highs = {"most": sizes.astype(np.float64)}
        if self.asked.held:
            highs["largest"] = np.abs(np.add.reduceat(answers.totals[0][rows], starts))
        nothing = np.zeros(len(starts), dtype=np.int64)
        sums |= {name: nothing for name in self._nothing.sums if name not in sums}
        everybody = np.full(len(starts), segment, dtype=np.int32)
        return Rows(
            subject[first],
            everybody,
            when[first],
            np.zeros_like(everybody),
            sums | {"persons": 1 - sizes},
            highs=highs,
        ).combined()


@attrs.frozen(eq=False)
class _Masks:
    """A column of masks: `code` is the position of each row's mask among `values`."""

    code: PlaceArray
    values: IntArray

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Masks:
        encoded = column.combine_chunks().dictionary_encode()
        return cls(encoded.indices.to_numpy(), encoded.dictionary.to_numpy().astype(np.int64))


@attrs.frozen(eq=False)
class _Answers:
    """Answers of whole clusters, sorted by cluster: parallel arrays."""

    cluster: IntArray
    touchpoint: PlaceArray
    """Position in the order of the hierarchy."""
    period: PlaceArray
    """Position on the axis; negative without a time."""
    masks: tuple[_Masks, ...]
    terms: tuple[FloatArray, ...]
    weight: FloatArray

    @classmethod
    def of(cls, table: pa.Table, asked: ClusterScan, times: Sequence[int]) -> _Answers:
        names = Names.of(table["touchpoint"])
        known = {name: place for place, name in enumerate(asked.touchpoints)}
        number = table["period"].to_numpy().astype(np.int64)
        place = np.where(number == period.NO_TIME, -1, np.searchsorted(np.array(times), number))
        return cls(
            cluster=table["cluster"].to_numpy(),
            touchpoint=np.array([known.get(name, -1) for name in names.names], dtype=np.int32)[names.code],
            period=place.astype(np.int32),
            masks=tuple(_Masks.of(table[f"s{i}"]) for i in range(len(asked.scan.cubes))),
            terms=tuple(table[f"x{i}"].to_numpy() for i in range(len(asked.terms))),
            weight=table["weight"].to_numpy(),
        )

    @cached_property
    def totals(self) -> tuple[FloatArray, ...]:
        """What each answer adds to the totals of its cluster."""
        return tuple(self.weight * term for term in self.terms)


@attrs.frozen(eq=False)
class _Groups:
    """Answers that share a cluster and a cell with another: positions, group by group."""

    rows: IntArray
    group: IntArray
    """The number of the group of each of the rows, ascending."""

    @classmethod
    def of(cls, rows: IntArray, cluster: IntArray, subject: PlaceArray, when: PlaceArray) -> _Groups:
        """Among some rows, those of the same cluster, subject and period."""
        rank = np.cumsum(np.diff(cluster, prepend=-1) != 0)
        size = int(when.max(initial=0)) + 1
        key = (rank * (int(subject.max(initial=0)) + 1) + subject)[rows] * size + when[rows]
        order = np.argsort(key, kind="stable")  # which is quick, as most of it is sorted
        group = np.cumsum(np.diff(key[order], prepend=-1) != 0)
        return cls(rows[order], group).shared()

    def where(self, chosen: BoolArray) -> _Groups:
        """What is left of the groups."""
        return _Groups(self.rows[chosen], self.group[chosen]).shared()

    def shared(self) -> _Groups:
        """Without groups of one."""
        twice = self.group[1:] == self.group[:-1]
        kept = np.append(twice, False) | np.insert(twice, 0, False) if len(self.group) else twice
        return _Groups(self.rows[kept], self.group[kept])

    @cached_property
    def starts(self) -> IntArray:
        """The position of the first answer of every group."""
        return np.flatnonzero(np.diff(self.group, prepend=-1))


def _by_cluster(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows again, cut only where a cluster ends."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        cluster = batch["cluster"].to_numpy()
        if held and held[-1]["cluster"][-1].as_py() != cluster[0]:
            yield pa.Table.from_batches(held)
            held = []
        last = int(np.searchsorted(cluster, cluster[-1]))
        if last:
            yield pa.Table.from_batches([*held, batch.slice(0, last)])
            held = []
        held.append(batch.slice(last))
    if held:
        yield pa.Table.from_batches(held)


def _exact(parts: Sequence[Rows]) -> Rows:
    """All rows of all parts, in integers that hold the sums of all of them."""
    together = concatenated(parts)
    sums: Mapping[str, ExactArray] = {name: scaled(amount, 1) for name, amount in together.sums.items()}
    return attrs.evolve(together, sums=sums)
