"""How many persons are behind the answers: customers where they are known, else responses.

Privacy is about persons, and one may answer often: in several periods, at several touchpoints of a stage.
Persons do not add up over cells, so they are counted in each, in one more scan that is made only of signals
to which somebody answered more than once. Of a segment, only the answers in it count.

Of groups of answers that are no cell, only bounds are known. A group of `a` answers within a cell of `n`
answers, of which nobody gave more than `most`, is of at least `a / most` persons, and of at least so many as
the cell has, less one for every answer that is not in the group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np

from cxengine.metrics import levels, period, spelling
from cxengine.metrics.clusters import ClusterScan
from cxengine.metrics.exact import billionths, floats
from cxengine.metrics.measurement import ALL
from cxengine.metrics.returning import Returning, streaming

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.components import Axes
    from cxengine.metrics.partials.kept import Answers
    from cxengine.metrics.rollup import Hierarchy
    from cxengine.metrics.scan import Scan

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Persons:
    """By cell, ascending by code: answers, the persons who gave them, the most answers of one of them."""

    codes: IntArray
    answers: IntArray
    persons: IntArray
    most: IntArray
    total: FloatArray | None = None
    """What the answers amount to, where that is asked for."""
    largest: FloatArray | None = None
    """The most of it, whatever its sign, that is of one person."""
    NOBODY_TWICE: ClassVar[Persons]

    def behind(self, codes: IntArray, answers: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """At least how many persons gave some of the answers of cells, at most how many, the most of one.

        `answers` are how many of those in the cell count.
        """
        at = np.minimum(np.searchsorted(self.codes, codes), max(len(self.codes) - 1, 0))
        if not len(self.codes):
            return answers, answers, np.ones_like(answers)
        known = self.codes[at] == codes
        every, persons = (
            np.where(known, self.answers[at], answers),
            np.where(known, self.persons[at], answers),
        )
        most = np.where(known, self.most[at], 1)
        least = np.maximum(-(-answers // most), persons - np.maximum(every - answers, 0))
        return np.minimum(least, answers), np.minimum(persons, answers), most

    def held(self, codes: IntArray) -> tuple[FloatArray, FloatArray] | None:
        """What the answers of cells amount to, and the most of it that is of one; None where nobody asked."""
        if self.total is None or self.largest is None or not len(self.codes):
            return None
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = self.codes[at] == codes
        return np.where(known, self.total[at], 0.0), np.where(known, self.largest[at], 0.0)


_NONE = np.zeros(0, dtype=np.int64)
Persons.NOBODY_TWICE = Persons(_NONE, _NONE, _NONE, _NONE)


@attrs.frozen(eq=False)
class PersonScan:
    """The scan, of one signal."""

    signal: str
    scan: Scan
    hierarchy: Hierarchy
    touchpoints: tuple[str, ...]
    """In the order in which the hierarchy holds them."""
    amounts: bool = False
    """Whether to ask for what the answers amount to."""

    def run(self, backend: Backend, axes: Axes, times: Sequence[int]) -> Persons:
        """The persons in all cells; with DuckDB within the context of `clusters.together`."""
        if (database := streaming(backend)) is not None:
            return self._passed(database, axes, times)
        return self._queried(backend, axes, times)

    def _passed(self, backend: DuckDB | Answers, axes: Axes, times: Sequence[int]) -> Persons:
        """From answers that stream by sorted by person; it takes a third of the time of the query."""
        terms = ("value",) if self.amounts else ()
        alone = ClusterScan(
            self.signal, terms, (), self.scan, self.hierarchy, self.touchpoints, held=self.amounts
        )
        rows = Returning(alone, axes, times).rows(backend)
        codes = axes.codes(rows.subject, rows.segment, rows.period)
        order = np.argsort(codes, kind="stable")
        most = rows.highs["most"].astype(np.int64)
        found = Persons(codes[order], rows.sums["n"][order], rows.sums["persons"][order], most[order])
        if not self.amounts:
            return found
        total, largest = floats(rows.sums["total"])[order], rows.highs["largest"][order]
        return attrs.evolve(found, total=total, largest=largest)

    def _queried(self, backend: Backend, axes: Axes, times: Sequence[int]) -> Persons:
        """As another engine counts them."""
        codes, counts, held = [], [], []
        for number in range(len(self.scan.cubes)):
            table = backend.execute(self.sql(backend.dialect, number))
            when = levels.positions(table["period"], self.hierarchy, times)
            subject = table["subject"].to_numpy().astype(np.int32)
            for who, segment in self._populations(number).items():
                told = np.array([table[f"{what}_{who}"].to_numpy() for what in _TOLD])
                some = told[0] > 0
                place = np.full(int(some.sum()), axes.segments.index(segment), dtype=np.int32)
                codes.append(axes.codes(subject[some], place, when[some]))
                counts.append(told[:, some].astype(np.int64))
                amounts = [floats(billionths(table[f"{what}_{who}"])) for what in self._held]
                held.append(np.array(amounts).reshape(-1, len(table))[:, some])
        every, row = self._with_current(np.concatenate(codes), axes)
        found = np.concatenate(counts, axis=1)[:, row]
        return Persons(every, *found, *np.concatenate(held, axis=1)[:, row])

    @property
    def _held(self) -> Mapping[str, str]:
        """SQL of what is asked about the amounts of persons."""
        return {"total": "SUM({0})", "largest": "MAX(ABS({0}))"} if self.amounts else {}

    def _populations(self, number: int) -> dict[str, str]:
        """By name of a column: everybody, with the first cube, and the segments of a cube."""
        segments = {f"b{bit}": segment for bit, segment in enumerate(self.scan.cubes[number].segments)}
        return {"all": ALL} | segments if number == 0 else segments

    def _with_current(self, codes: IntArray, axes: Axes) -> tuple[IntArray, IntArray]:
        """With the period that is called current, the latest or all time: codes, and the row of each."""
        current = self.hierarchy.current
        now = np.flatnonzero(axes.positions(codes)[2] == current)
        every = np.concatenate([codes, codes[now] + self.hierarchy.now - current])
        order = np.argsort(every, kind="stable")
        return every[order], np.concatenate([np.arange(len(codes)), now])[order]

    def sql(self, dialect: str, number: int) -> str:
        """The query for a cube: the answers of every person by cell and segment, then persons."""
        cube, populations = self.scan.cubes[number], self._populations(number)
        bits = [spelling.common_bits(dialect, "mask", str(2**bit)) for bit in range(len(cube.segments))]
        belongs = {"all": "1 = 1"} if number == 0 else {}
        belongs |= {f"b{i}": f"{bit} <> 0" for i, bit in enumerate(bits)}
        paid = spelling.amount(dialect, f"{spelling.double(dialect, 'weight')} * value")
        added = {"n": "1", "t": paid} if self.amounts else {"n": "1"}
        columns = {
            f"{what}_{who}": f"CASE WHEN {condition} THEN {amount} ELSE 0 END"
            for who, condition in belongs.items()
            for what, amount in added.items()
        }
        moment = f"COALESCE({period.sql(self.scan.length, dialect)}, {period.NO_TIME})"
        places = levels.subjects(self.hierarchy, self.touchpoints, dialect)
        read = ", ".join(f"{subject} AS {level}" for level, subject in places.items())
        finest = (
            f"SELECT person, {', '.join(places)}, period,"  # noqa: S608 - compiled or quoted
            f" {', '.join(f'SUM({text}) AS {name}' for name, text in columns.items())}"
            f" FROM (SELECT response, value, {read} FROM answers"
            f" WHERE {self.scan.answered((self.signal,), dialect)}) AS answered"
            " JOIN (SELECT response, COALESCE(customer, response_id) AS person,"
            f" {moment} AS period, {cube.mask(dialect)} AS mask, weight FROM responses)"
            f" AS responded USING (response) GROUP BY person, {', '.join(places)}, period"
        )
        sums = ", ".join(f"SUM({name}) AS {name}" for name in columns)
        placed = levels.placed(list(places), "person", sums, "1, 2, 3", dialect)
        told = [
            f"{spelling.integer(dialect, amount.format(f'n_{who}'))} AS {what}_{who}"
            for who in populations
            for what, amount in _TOLD.items()
        ]
        told += [
            f"{amount.format(f't_{who}')} AS {what}_{who}"
            for who in populations
            for what, amount in self._held.items()
        ]
        return (
            f"WITH finest AS ({finest}), placed AS ({placed})"  # noqa: S608 - compiled or quoted
            f" SELECT subject, period, {', '.join(told)} FROM placed GROUP BY subject, period"
        )


_TOLD = {"answers": "SUM({0})", "persons": "SUM(CASE WHEN {0} > 0 THEN 1 ELSE 0 END)", "most": "MAX({0})"}
